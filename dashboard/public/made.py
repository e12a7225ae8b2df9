"""What is made of every release before it is in force, in this order: later ones read what earlier ones wrote."""

from dashboard.public import files, packed, pictures, printing
from dashboard.public.draw.shapes import made
from dashboard.public.view import SHAPES
from etl.bundle import Bundle
from etl.cities import load_city
from etl.release import Maker


def shapes(bundle: Bundle) -> None:
    """The shapes of the areas, from the boundaries in force."""
    (bundle.folder / SHAPES).write_bytes(made(load_city(bundle.manifest.city)))


MAKERS: tuple[Maker, ...] = (shapes, files.make, pictures.make, printing.make, packed.make)
