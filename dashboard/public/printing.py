"""Pages as text: templates filled with what a view shows. The same view gives the same bytes, whenever it is asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from dashboard import dictionary
from dashboard import format as fmt
from dashboard.indicators import indicators
from dashboard.public.address import LANGUAGES, Address, whole
from dashboard.public.aid import forms_of
from dashboard.public.exhibit import Exhibit, exhibits
from dashboard.public.home import in_brief
from dashboard.public.page import Page, pages
from dashboard.public.search import Found, options
from dashboard.public.sentences import WHY
from dashboard.public.sight import Sight
from dashboard.public.view import View
from dashboard.static import Assets
from etl.bundle import Bundle, Shelf
from etl.catalogue import contracts
from etl.cities import all_cities
from etl.text import Text

TEMPLATES = Path(__file__).parents[1] / "templates" / "public"
SUBJECTS = 6  # pages of figures come first in the navigation, up to this order


@dataclass(frozen=True)
class Plain:
    """A page of no city: what it is called, and its template."""

    path: str
    title: Text
    template: str


PLAIN = (
    Plain("", Text("Data kota untuk umum", "City data for everyone"), "cities.html"),
    Plain("angka", Text("Semua angka Pantau", "All figures of Pantau"), "figures.html"),
    Plain("kamus", Text("Kamus data", "Data dictionary"), "dictionary.html"),
)


@dataclass(frozen=True)
class Printer:
    """Fills the templates of the public site."""

    shelf: Shelf
    assets: Assets = field(default_factory=Assets)

    @cached_property
    def templates(self) -> Environment:
        made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
        made.globals |= {
            "asset": self.assets.url,
            "whole": whole,
            "fmt": fmt,
            "pages": pages,
            "subject_pages": SUBJECTS,
            "forms": {city.slug: forms_of(city) for city in all_cities()},
        }
        return made

    def page(self, page: Page, view: View) -> str:
        """One page of a release for one place."""
        shown = exhibits(view, page.figures)
        told = page.tells(view) if page.tells else {}
        return self._of(view, page.template, page=page, title=page.title, exhibits=shown, why=WHY, **told)

    def embedded(self, page: Page, sight: Sight, view: View) -> str:
        """One figure by itself, to stand in somebody else's page."""
        exhibit = Exhibit(view, sight)
        return self._of(view, "embed.html", page=page, title=sight.figure.name, exhibit=exhibit)

    def found(self, page: Page, view: View, said: str, found: Found) -> str:
        """The places that a text may mean."""
        return self._of(view, "search.html", page=page, title=SEARCH, said=said, found=found)

    def plain(self, template: str, language: str, title: Text, path: str, /, **told: Any) -> str:
        """A page of no release; ``path`` is where it is, without the language."""
        place = Plain(path, title, template)
        return self._fill(template, language, title=title, place=place, view=None, **told)

    def cities(self, language: str) -> str:
        """The cities that have releases; that there are none yet, where there are none."""
        newest = [self.view(Address(language, city)) for city in self.shelf.cities()]
        title = PLAIN[0].title
        if not newest:
            return self.plain("empty.html", language, EMPTY, "/", cities=all_cities(), count=len(indicators()))
        brief = [(view, in_brief(view)["brief"]) for view in newest]
        return self.plain("cities.html", language, title, "/", brief=brief)

    def described(self, one: Plain, language: str) -> str:
        """What all figures and all datasets mean, published or not."""
        told = {"subjects": _by_subject(), "contracts": contracts(), "words": dictionary, "cities": all_cities()}
        return self.plain(one.template, language, one.title, f"/{one.path}", **told)

    def missing(
        self, language: str, title: Text, says: Text, near: Iterable[tuple[str, str]], view: View | None
    ) -> str:
        """That something is not there, and what may have been meant."""
        place = Plain("", title, "missing.html")
        return self._fill(
            "missing.html", language, title=title, says=says, near=list(near), place=place, view=view,
            address=view.address if view else Address(language), page=None,
        )  # fmt: skip

    def view(self, address: Address) -> View:
        """What an address shows. Raises NoRelease, and KeyError for an area that there is not."""
        bundle = self.shelf.bundle(address.city, address.release)
        if address.area:
            bundle.places[address.area]
        return View(bundle, address, self.shelf)

    def _of(self, view: View, template: str, **told: Any) -> str:
        always = {"view": view, "address": view.address, "manifest": view.manifest, "options": options(view.bundle)}
        return self._fill(template, view.address.language, **always | told)

    def _fill(self, template: str, language: str, **told: Any) -> str:
        def say(text: Text) -> str:
            return text.say(language)

        return self.templates.get_template(template).render(told, language=language, say=say)


SEARCH = Text("Cari kelurahan", "Find a ward")
EMPTY = Text("Belum ada rilis publik", "No public release yet")


def _by_subject() -> list[tuple[str, list[Any]]]:
    found: dict[str, list[Any]] = {}
    for indicator in indicators().values():
        found.setdefault(indicator.subject, []).append(indicator)
    return sorted(found.items())


def render(bundle: Bundle) -> Iterator[tuple[str, bytes]]:
    """Every page of the whole city of a release, in both languages, as newest and by its number: path and bytes.

    ``pages/samarinda/corona.html``, ``pages/en/samarinda/rilis/12/corona.html``: the address of the page and ``.html``.
    """
    manifest = bundle.manifest
    printer = Printer(Shelf(bundle.folder.parents[1]))
    for language, release, page in product(LANGUAGES, (None, manifest.number), pages().values()):
        address = Address(language, manifest.city, release, page.slug)
        yield f"pages{address.path}.html", printer.page(page, View(bundle, address, printer.shelf)).encode()


def make(bundle: Bundle) -> None:
    """Write these pages into the folder of a staged release."""
    for name, body in render(bundle):
        path = bundle.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
