"""What a page is printed from: one release, the place in it that is looked at, and the releases around it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from dashboard import format as fmt
from dashboard.public.address import Address
from dashboard.public.draw.sheet import Shapes, load
from dashboard.public.graphics import Pen
from dashboard.public.sight import Figure, Sight, around
from etl.bundle import Bundle, Manifest, Place, Shelf
from etl.text import Text

SHAPES = "shapes.json"


@dataclass(frozen=True)
class View:
    """One page of one release for one place."""

    bundle: Bundle
    address: Address
    shelf: Shelf

    @property
    def manifest(self) -> Manifest:
        return self.bundle.manifest

    @property
    def place(self) -> Place:
        """The place that is looked at: the city where none is named."""
        return self.bundle.places[self.address.area or self.manifest.city_code]

    @property
    def around(self) -> list[Place]:
        return around(self.bundle, self.place)

    @property
    def permanent(self) -> Address:
        """The same place in this very release: it never changes."""
        return self.address.at(self.manifest.number)

    @cached_property
    def pen(self) -> Pen:
        """What draws its figures: in its language, with the shapes of the city, leading to the pages of its areas."""
        return Pen(self.address.language, shapes(self.bundle), lambda code: self.address.within(code).path)

    @property
    def rural(self) -> bool:
        """Whether there are villages (desa) beside the kelurahan."""
        return any(place.level == "desa" for place in self.manifest.places)

    @property
    def as_of(self) -> str:
        """Up to when everything in the release was known."""
        return fmt.moment(self.manifest.as_of, self.manifest.zone, self.address.language)

    def say(self, text: Text) -> str:
        return text.say(self.address.language)

    def sights(self, figures: tuple[Figure, ...]) -> Iterator[Sight]:
        """The figures that this release has."""
        sights = (Sight(self.bundle, figure, self.place) for figure in figures)
        return (sight for sight in sights if sight.there)

    def former(self) -> Iterator[Bundle]:
        """This release and those before it, newest first."""
        yield self.bundle
        if self.manifest.previous:
            numbers = reversed(self.shelf.numbers(self.manifest.city))
            earlier = (number for number in numbers if number < self.manifest.number)
            yield from (self.shelf.bundle(self.manifest.city, number) for number in earlier)


@lru_cache(maxsize=64)
def shapes(bundle: Bundle) -> Mapping[str, Shapes]:
    """The shapes of the areas that a release was made with, by level; none where it has no such file."""
    path = bundle.folder / SHAPES
    return load(path) if path.is_file() else {}
