"""Figures as pictures, drawn when a release is made: what other pages, chats and newspapers show of it.

``/samarinda/rilis/12/gambar/kasus-per-pekan.png`` is 1200 × 630 with title, source and date; ``.svg`` is for print.
"""

from itertools import product
from pathlib import Path

from flask import Flask, Response, abort

from dashboard.public.address import LANGUAGES, Address
from dashboard.public.draw.images import card, drawing
from dashboard.public.exhibit import Exhibit, exhibits
from dashboard.public.page import figure_named, pages
from dashboard.public.view import View
from dashboard.public.wire import FOR_A_WHILE, FOREVER, wired
from etl.bundle import Bundle, NoRelease, Shelf
from etl.text import Text

IMAGES = "images"
TYPES = {"png": "image/png", "svg": "image/svg+xml"}
SOURCE = Text(
    "Sumber: {producers} · Pantau {city}, rilis {number}", "Source: {producers} · Pantau {city}, release {number}"
)


def make(bundle: Bundle) -> None:
    """Draw every figure of a staged release, of the whole city, in both languages."""
    shelf = Shelf(bundle.folder.parents[1])
    for language, page in product(LANGUAGES, pages().values()):
        view = View(bundle, Address(language, bundle.manifest.city, bundle.manifest.number, page.slug), shelf)
        folder = bundle.folder / IMAGES / language
        folder.mkdir(parents=True, exist_ok=True)
        for one in exhibits(view, page.figures):
            _draw(one, folder)


def _draw(one: Exhibit, folder: Path) -> None:
    svg = one.drawn.svg
    if svg:
        source = source_line(one)
        (folder / f"{one.figure.id}.png").write_bytes(card(one.title, svg, source))
        (folder / f"{one.figure.id}.svg").write_bytes(drawing(one.title, svg, source))


def source_line(one: Exhibit) -> str:
    """Who made the figure, and of which release it is."""
    manifest = one.view.manifest
    said = one.view.say(SOURCE).format(producers=one.producers, city=manifest.city_name, number=manifest.number)
    return f"{said} · {one.view.as_of}{' · SIMULASI' if manifest.simulated else ''}"


def register(app: Flask, shelf: Shelf) -> None:
    """Answer the pictures on ``app``."""

    def picture(language: str, city: str, name: str, release: int | None = None) -> Response:
        figure, _, kind = name.rpartition(".")
        if kind not in TYPES or not figure_named(figure):
            abort(404, "figure")
        try:
            path = shelf.bundle(city, release).folder / IMAGES / language / name
        except NoRelease:
            abort(404, "release")
        if not path.is_file():
            abort(404, "figure")
        return wired(path.read_bytes(), TYPES[kind], FOREVER if release else FOR_A_WHILE)

    for language, release in product(LANGUAGES, ("", "/rilis/<int:release>")):
        rule = f"{'/en' if language == 'en' else ''}/<city>{release}/gambar/<name>"
        app.add_url_rule(rule, rule, picture, defaults={"language": language})
