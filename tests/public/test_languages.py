"""Both languages are complete: nothing is left untranslated, in what is declared and in what is printed."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from jinja2 import Environment, nodes

from dashboard.public.address import Address
from dashboard.public.page import pages
from dashboard.public.printing import TEMPLATES
from etl.bundle import Shelf
from tests.public.html import Node
from tests.public.test_pages import MANY, SILENT, opened
from tests.source_tree import ROOT, modules

SAME = {  # what is called so in both languages
    *("Corona", "112", "Data", "API", "Menu", "–", "", "Target", "Level", "<10"),
    "{shown} dari {all} {parts} dapat ditampilkan",
}
PATTERN = re.compile(r"\{\w*\}|[^\w]")  # a pattern of names and signs alone has no language
INDONESIAN = "yang dan di dari dengan tidak untuk atau pada ini itu adalah dalam oleh juga sudah belum ke kurang lebih"
ENGLISH = "the of and is are was were with not this that these been fewer than which has have from by to on"
NAMES = ("Dinas Komunikasi dan Informatika", "CC BY 4.0")


def pairs_of_templates() -> Iterator[tuple[str, str, str]]:
    """Every ``both(…, …)`` of every template."""
    reader = Environment(autoescape=True)
    for path in sorted(TEMPLATES.glob("*.html")):
        for call in reader.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "both" and len(call.args) == 2:
                indonesian, english = call.args
                if isinstance(indonesian, nodes.Const) and isinstance(english, nodes.Const):
                    yield path.name, str(indonesian.value), str(english.value)


def pairs_of_modules() -> Iterator[tuple[str, str, str]]:
    """Every ``Text("…", "…")`` of the modules of the public site."""
    for name, module in modules().items():
        if not name.startswith(("dashboard.public", "pages.public")):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Text" and len(node.args) == 2:
                texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
                if len(texts) == 2:
                    yield name, str(texts[0]), str(texts[1])


@pytest.mark.parametrize("pairs", [pairs_of_templates, pairs_of_modules])
def test_every_pair_says_two_things(pairs: Callable[[], Iterator[tuple[str, str, str]]]) -> None:
    found = list(pairs())
    assert len(found) > 60
    alike = [one for one in found if one[1] == one[2] and one[1] not in SAME and PATTERN.sub("", one[1])]
    assert not alike
    assert not [one for one in found if bool(one[1].strip()) != bool(one[2].strip())]


def test_templates_say_nothing_outside_of_the_pairs() -> None:
    """A bare word between tags would be read in both languages."""
    allowed = {"Pantau", "SIMULASI", "COVID", "Menu", "API", "OpenAPI", "curl", "PNG", "SVG", "ZIP", "NIK"}
    for path in sorted(TEMPLATES.glob("*.html")):
        text = path.read_text(encoding="utf-8")
        bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<style.*?</style>", " ", text, flags=re.S)
        bare = re.sub(r"<[^>]*>", " ", bare)
        words = set(re.findall(r"[A-Za-z]{3,}", bare)) - allowed
        assert words <= BARE.get(path.name, set()), (path.name, words)


BARE = {"aid.html": {"XPA"}, "data.html": {"flag"}, "dictionary.html": {"city", "code"}}


@cache
def names_of(releases: Shelf, language: str) -> re.Pattern[str]:
    """What is written the same in every language, or is data: names of places, of owners, of programmes."""
    bundle = releases.bundle("samarinda")
    names = {place.name for place in bundle.places.values()}
    names |= {source.owner for source in bundle.manifest.sources} | {*NAMES, bundle.manifest.city_name}
    for about in bundle.manifest.tables:
        if about.category:
            names |= {word.say(language) for word in about.category.words.values()}
    return re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))


def spoken(page: Node) -> Iterator[str]:
    """What a page says in its own language: parts in another one are marked so."""
    for one in page.inside:
        if isinstance(one, str):
            yield one
        elif one.tag not in ("script", "style", "code", "option", "td") and "lang" not in one.attributes:
            yield one.attributes.get("aria-label", "")
            yield from spoken(one)


@pytest.mark.parametrize("slug", pages())
@pytest.mark.parametrize("place", ["", MANY, SILENT])
@pytest.mark.parametrize(("language", "foreign"), [("id", ENGLISH), ("en", INDONESIAN)])
def test_a_page_speaks_one_language(
    client: FlaskClient, releases: Shelf, slug: str, place: str, language: str, foreign: str
) -> None:
    page = opened(client, Address(language, "samarinda", None, slug, place))
    text = names_of(releases, language).sub(" ", " ".join(" ".join(spoken(page.first("body"))).split()))
    found = {word for word in re.findall(r"[A-Za-z]+", text.lower()) if word in foreign.split()}
    where = {word: re.findall(rf".{{30}}\b{word}\b.{{30}}", text, re.IGNORECASE)[:3] for word in found}
    assert not found, where


def test_the_folder_of_pages_holds_pages() -> None:
    files = {path.stem for path in Path(ROOT / "pages" / "public").glob("*.py")}
    assert len(files) == len(pages())
