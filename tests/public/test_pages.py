"""Every public page in both languages, for the city and for parts of it: what it says is what the release holds."""

import csv
import re
from functools import lru_cache
from itertools import pairwise, product

import pytest
from flask.testing import FlaskClient

from dashboard.public.address import LANGUAGES, Address
from dashboard.public.page import pages
from dashboard.public.printing import render
from dashboard.public.reading import level_of
from dashboard.public.sight import Figure, Sight
from etl.bundle import Bundle, Flag, Shelf
from tests.public.html import Node, tree

CITY, MANY, FEW, SILENT, DISTRICT = "", "64.72.01.1001", "64.72.01.1002", "64.72.01.1005", "64.72.02"
PLACES = {"city": CITY, "many": MANY, "few": FEW, "silent": SILENT, "district": DISTRICT}
FIGURES = [(page.slug, figure) for page in pages().values() for figure in page.figures]
SIGNS = {
    "id": {Flag.BELOW: {"<10", "terlalu sedikit"}, Flag.HIDDEN: {"disembunyikan"}, Flag.MISSING: {"tidak ada data"}},
    "en": {Flag.BELOW: {"<10", "too few"}, Flag.HIDDEN: {"hidden"}, Flag.MISSING: {"no data"}},
}
REASONS = {
    "id": {Flag.BELOW: "dapat dikenali", Flag.HIDDEN: "dihitung balik", Flag.MISSING: "tidak melaporkannya"},
    "en": {Flag.BELOW: "be recognised", Flag.HIDDEN: "worked out from it", Flag.MISSING: "did not report it"},
}
EVERYWHERE = list(product(pages(), LANGUAGES, PLACES))


@lru_cache(maxsize=512)
def opened(client: FlaskClient, address: Address) -> Node:
    """A page as a tree."""
    answer = client.get(address.path)
    assert answer.status_code == 200, address.path
    return tree(answer.text)


@pytest.mark.parametrize(("slug", "language", "place"), EVERYWHERE)
def test_every_page_of_every_place(client: FlaskClient, slug: str, language: str, place: str) -> None:
    page = opened(client, Address(language, "samarinda", None, slug, PLACES[place]))
    assert page.first("html").attributes["lang"] == language
    strip = page.first("div", class_="strip").text
    assert "SIMULASI" in strip and "28 Nov 2026" in strip and " 2" in strip
    other = "id" if language == "en" else "en"
    assert (
        page.first("a", hreflang=other).attributes["href"]
        == Address(other, "samarinda", None, slug, PLACES[place]).path
    )
    heads = [node.tag for node in page.all() if re.fullmatch(r"h[1-6]", node.tag)]
    assert heads[0] == "h1" and heads.count("h1") == 1
    assert all(int(after[1]) - int(before[1]) <= 1 for before, after in pairwise(heads))


def cells_of(sight: Sight) -> list[tuple[object, Flag]]:
    """What the table of a figure has to hold, row by row, out of the rows of the release as they are."""
    about, figure = sight.about, sight.figure
    measures = (figure.measure, *figure.further) if figure.split in ("measures", "categories") else (figure.measure,)
    measures = (figure.measure,) if figure.kind == "lines" and figure.split == "categories" else measures
    measures = (figure.measure, figure.rate) if figure.kind == "columns" and figure.rate else measures
    named = about.category.key if about.category else ""
    rows = {
        (one["area"], one["period"], one.get(named, ""), key): (one[key], one[f"{key}_flag"])
        for one in sight.reading.table.records
        for key in measures
    }
    nothing = (None, Flag.MISSING)
    periods = sorted({key[1] for key in rows})[-figure.periods :]
    newest_first = periods[::-1]

    def at(area: str, period: str, category: str, key: str) -> tuple[object, Flag]:
        return rows.get((area, period, category, key), nothing)

    here, only = sight.place.code, sight.category
    if figure.kind == "columns":
        return [at(here, period, only, key) for period in newest_first for key in measures]
    if figure.kind == "lines":
        match figure.split:
            case "areas":
                around = [place.code for place in sight.around if level_of(place) in about.levels]
                series = [(area, only, figure.measure) for area in (around if not sight.in_city else [here])]
            case "categories":
                series = [(here, category, figure.measure) for category in sight.parts[:5]]
            case _:
                series = [(here, only, key) for key in measures]
        return [at(area, period, category, key) for period in newest_first for area, category, key in series]
    if figure.kind == "bars":
        if figure.split == "areas":
            codes = [code for code in sight.bundle.places if sight.bundle.places[code].level == "kecamatan"]
            return [at(code, periods[-1], only, figure.measure) for code in codes]
        return [at(here, periods[-1], category, key) for category in sight.parts for key in measures]
    areas = [code for code, place in sight.bundle.places.items() if level_of(place) == sight.level]
    return [at(area, period, only, figure.measure) for area in areas for period in newest_first]


def number_in(text: str, language: str) -> float:
    """The number that a cell of a table shows."""
    digits = re.sub(r"[^\d.,-]", "", text)
    plain = digits.replace(",", "") if language == "en" else digits.replace(".", "").replace(",", ".")
    return float(plain)


def shown_of(section: Node) -> list[tuple[str, str]]:
    """The cells of a figure's table: text, and the flag that its class says."""
    cells = section.first("tbody").all("td")
    return [(cell.text, cell.attributes.get("class", "shown")) for cell in cells]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("slug", "figure"), [one for one in FIGURES if one[1].kind != "list"], ids=lambda one: getattr(one, "id", one)
)
def test_the_table_of_a_figure_holds_the_cells_of_the_release(
    client: FlaskClient, releases: Shelf, slug: str, figure: Figure, place: str, language: str
) -> None:
    bundle = releases.bundle("samarinda")
    asked = bundle.places[PLACES[place] or "64.72"]
    sight = Sight(bundle, figure, asked)
    page = opened(client, Address(language, "samarinda", None, slug, PLACES[place]))
    section = page.first("section", id=figure.id)
    shown, held = shown_of(section), cells_of(sight)
    if figure.kind == "lines" and figure.split == "areas" and sight.in_city:
        width = len(shown) // len(held)  # the city's line comes first, those of districts beside it
        shown = shown[::width]
    if figure.kind == "bars":  # they stand in the order of their size
        shown, held = sorted(shown), sorted(held, key=str)
        assert sorted(number_in(text, language) for text, flag in shown if flag == "shown") == sorted(
            float(str(value)) for value, flag in held if flag == Flag.SHOWN
        )
        return
    assert len(shown) == len(held)
    for (text, said), (value, flag) in zip(shown, held, strict=True):
        assert said == flag
        if flag is Flag.SHOWN:
            assert number_in(text, language) == pytest.approx(float(str(value)))
        else:
            assert text in SIGNS[language][flag]
    for flag in {flag for _, flag in held} - {Flag.SHOWN}:
        assert REASONS[language][flag] in section.text


@pytest.mark.parametrize("name", ["corona_area_week", "pasar_area_month", "bansos_area_month"])
def test_the_tables_hold_what_the_csv_holds(client: FlaskClient, releases: Shelf, name: str) -> None:
    bundle = releases.bundle("samarinda")
    figure = next(figure for _, figure in FIGURES if figure.table == name and figure.kind == "map")
    slug = next(slug for slug, one in FIGURES if one is figure)
    section = opened(client, Address("en", "samarinda", None, slug)).first("section", id=figure.id)
    newest = section.first("thead").all("th")
    sight = Sight(bundle, figure, bundle.places["64.72"])
    assert next(newest).text == "Area"
    with (bundle.folder / "data" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["period"] == sight.period]
    named = sight.about.category.key if sight.about.category else ""
    of = {line["area"]: line for line in lines if not named or line[named] == sight.category}
    codes = {place.name: code for code, place in bundle.places.items() if level_of(place) == sight.level}
    for row in section.first("tbody").all("tr"):
        line, cell = of[codes[row.first("th").text]], row.first("td")
        assert cell.attributes.get("class", "shown") == line[f"{figure.measure}_flag"]
        if line[figure.measure]:
            assert number_in(cell.text, "en") == pytest.approx(float(line[figure.measure]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_rows_of_lists_are_escaped_and_complete(client: FlaskClient, language: str) -> None:
    body = client.get(Address(language, "samarinda", None, "rencana").path).text
    assert "<img src=x" not in body
    assert "&lt;img src=x onerror=alert(1)&gt;" in body
    rows = list(tree(body).first("section", id="rencana-aksi").first("tbody").all("tr"))
    assert len(rows) == 3
    budget = opened(client, Address(language, "samarinda", None, "layanan")).first("section", id="belanja-e-katalog")
    assert len(list(budget.first("tbody").all("tr"))) == 25
    assert "15" in budget.first("p", class_="small").text


@pytest.mark.parametrize(("slug", "figure"), FIGURES, ids=lambda one: getattr(one, "id", one))
def test_around_every_figure_stands_what_is_needed_to_use_it(client: FlaskClient, slug: str, figure: Figure) -> None:
    page = opened(client, Address("id", "samarinda", None, slug, MANY))
    section = page.first("section", id=figure.id)
    assert section.first("h2").text and section.first("details", class_="take")
    links = {node.text: node.attributes["href"] for node in section.first("details", class_="take").all("a")}
    assert {"CSV", "XLSX", "JSON"} <= links.keys()
    assert links["CSV"] == f"/samarinda/rilis/2/data/{figure.table}.csv"
    permanent = next(text for text in links if text.startswith("http"))
    assert permanent.endswith(f"/samarinda/rilis/2/{slug}/{MANY}#{figure.id}")
    take = section.first("details", class_="take").text
    assert f"/rilis/2/sematan/{figure.id}/{MANY}" in take and "<iframe" in take
    assert f"({figure.table}), Kota Samarinda. Rilis 2" in take and "SIMULASI" in take and "CC BY 4.0" in take
    source = section.first("p", class_="source").text
    assert "Dinas " in source and "28 Nov 2026 06.00 WITA (3 j sebelum rilis)" in source
    definition = section.first("a", class_="what").attributes["href"]
    path, _, name = definition.partition("#")
    assert client.get(path).status_code == 200
    assert f'id="{name}"' in client.get(path).text


def test_a_city_that_publishes_nothing_of_a_subject_says_so(client: FlaskClient) -> None:
    page = opened(client, Address("id", "surabaya", None, "pasar"))
    assert not list(page.all("section", class_="figure"))
    assert "belum menerbitkan angka tentang ini" in page.text
    assert "Pasar UMKM" not in [
        node.text for node in opened(client, Address("id", "surabaya")).all("a", class_="subject")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_says_the_findings_of_all_pages(client: FlaskClient, language: str) -> None:
    home = opened(client, Address(language, "samarinda"))
    brief = home.first("ol", class_="brief")
    for page in (page for page in pages().values() if page.figures):
        own = opened(client, Address(language, "samarinda", None, page.slug))
        assert next(own.all("section", class_="figure")).first("h2").text in brief.text
    assert any(node.attributes.get("class", "").startswith("f-map") for node in home.all("svg"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_correction_is_told(client: FlaskClient, releases: Shelf, language: str) -> None:
    bundle = releases.bundle("samarinda")
    assert len(bundle.corrections) > 300
    page = opened(client, Address(language, "samarinda", None, "koreksi"))
    rows = [row for body in page.all("tbody") for row in body.all("tr")]
    assert len(rows) == len(bundle.corrections)
    why = {"id": "Laporan susulan dari puskesmas", "en": "Late reports from health centres"}[language]
    for row, one in zip(rows, bundle.corrections, strict=True):
        texts = [cell.text for cell in row.all("td")]
        assert texts[-1] == why
        for text, value in ((texts[2], one.before), (texts[3], one.after)):
            if value is not None:
                assert number_in(text, language) == pytest.approx(value)
    there = [one for one in bundle.corrections if str(one.row["area"]).startswith(MANY)]
    assert there
    own = opened(client, Address(language, "samarinda", None, "koreksi", MANY))
    assert len([row for body in own.all("tbody") for row in body.all("tr")]) == len(there)


def test_every_table_is_in_the_catalogue_and_every_measure_is_explained(client: FlaskClient, releases: Shelf) -> None:
    bundle = releases.bundle("samarinda")
    data, about = (opened(client, Address("en", "samarinda", None, slug)) for slug in ("data", "angka"))
    for table in bundle.tables.values():
        entry = data.first("article", id=table.name)
        formats = {node.text.split()[0] for node in entry.first("p", class_="files").all("a")}
        assert {"CSV", "XLSX", "JSON", "PARQUET"} <= formats
        assert all(column.key in entry.text and column.meaning.en in entry.text for column in table.columns)
        for column in table.measures:
            article = about.first("article", id=column.indicator or f"{table.name}-{column.key}")
            assert column.title.en in article.text and column.meaning.en in article.text
            assert column.formula.en in article.text
            assert table.limits.en in " ".join(node.text for node in about.all("article"))
    for source in bundle.manifest.sources:
        assert source.owner in about.first("section", id="sumber").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_printed_ahead_the_same_bytes_that_are_answered(
    client: FlaskClient, releases: Shelf, language: str
) -> None:
    bundle = releases.bundle("samarinda")
    printed = dict(render(bundle))
    assert printed == dict(render(Bundle(bundle.folder)))
    assert len(printed) == len(pages()) * len(LANGUAGES) * 2
    begin = "en/" if language == "en" else ""
    for slug, release in product(pages(), (None, 2)):
        address = Address(language, "samarinda", release, slug)
        assert printed[f"pages{address.path}.html"] == client.get(address.path).data, (begin, slug)
