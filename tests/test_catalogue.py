"""What is declared fits together: pages, panels, indicators, contracts, cities, sources; and nothing personal is read.

Every case comes from the catalogue itself, so a new page, indicator, dataset, city or source is tested by being there.
"""

import ast
import datetime as dt
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import dash
import polars as pl
import pytest
import sqlalchemy as sa

from dashboard import ledger, overlaps, systems
from dashboard.areas import Places
from dashboard.dictionary import DERIVATIONS
from dashboard.indicators import indicators, services
from dashboard.ledger import View
from dashboard.page import Page
from dashboard.panels import IndicatorPanel, Listing, Panel, Rows
from dashboard.public import create as create_public
from dashboard.queries import STEPS, Asked, filters, measure
from dashboard.scope import PRESETS, Scope
from dashboard.words import WORDS
from etl.analyses import ANALYSES
from etl.areas import area_book
from etl.bundle import Shelf
from etl.catalogue import contracts
from etl.cities import City, all_cities, load_city, source_files
from etl.contract import Column, Contract, Derivation, Kind, Privacy
from etl.rollups import ROLLUPS, SCHEMA
from etl.rules import OneOf
from etl.sift import sift
from etl.source import Cell, Source, load_source
from etl.text import MARK, Text
from etl.warehouse import HISTORIES, LEDGER, METADATA, TABLES, WEB_LEDGER, readable_by_web
from simulator.exports import EXPORTS
from tests.recorder import NOW, Recorder, compiled
from tests.source_tree import ROOT, modules

PAGE_FILES = sorted(path.stem for path in (ROOT / "pages" / "command").glob("*.py"))
SOURCE_FILES = [(city, path) for city in all_cities() for path in source_files(city)]
SOURCE_NAMES = [f"{city.slug}/{path.stem}" for city, path in SOURCE_FILES]
EVERY_SOURCE = pytest.mark.parametrize(("city", "path"), SOURCE_FILES, ids=SOURCE_NAMES)
# Indicators that no page shows yet, and why.
UNUSED = {
    "aid_grants": "the whole that the rejected grants are a part of; compared with the truth, not drawn",
    "emergencies_rate": "published, to compare a district with the city",
    "orders_rate": "published, to compare a ward with its district",
    "requests_rate": "published, to compare a ward with its district",
    "requests_served": "how many requests the time to be served is of; decides whether that time is published",
}


@cache
def page(file: str) -> Page:
    """The page that a file of ``pages/command`` declares; Dash itself is kept out of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dash, "register_page", lambda *what, **more: None)
        declared = importlib.import_module(f"pages.command.{file}").PAGE
    assert isinstance(declared, Page)
    return declared


def panels() -> Iterator[tuple[Page, Panel]]:
    """Every panel of every page."""
    for file in PAGE_FILES:
        yield from ((page(file), panel) for panel in page(file).panels)


def indicator_panels() -> Iterator[tuple[Page, IndicatorPanel]]:
    """Those that show an indicator; the others show the ledger."""
    yield from ((declared, panel) for declared, panel in panels() if isinstance(panel, IndicatorPanel))


def filled(text: Text) -> bool:
    """Whether something is said in both languages."""
    return bool(text.id.strip() and text.en.strip())


# Pages and panels


@pytest.mark.parametrize("file", PAGE_FILES)
def test_a_page_says_what_it_asks(file: str) -> None:
    declared = page(file)
    assert filled(declared.title)
    assert filled(declared.question)
    assert declared.period in PRESETS
    assert (ROOT / "assets" / "icons" / f"{declared.icon}.svg").is_file()


def test_every_way_to_derive_a_column_has_words() -> None:
    assert set(get_args(Derivation)) == set(DERIVATIONS)


@pytest.mark.parametrize("file", PAGE_FILES)
def test_a_page_has_a_picture(file: str) -> None:
    icon = page(file).icon
    assert (ROOT / "assets" / "icons" / f"{icon}.svg").is_file()
    assert f".icon--{icon} {{" in (ROOT / "assets" / "shell.css").read_text()


def test_pages_do_not_share_a_name_a_path_or_a_place() -> None:
    declared = [page(file) for file in PAGE_FILES]
    assert len({one.slug for one in declared}) == len(declared)
    assert len({one.path for one in declared}) == len(declared)
    assert len({one.order for one in declared}) == len(declared)


def test_panels_show_indicators_of_the_catalogue() -> None:
    for declared, panel in indicator_panels():
        for indicator in panel.indicators:
            assert indicators()[indicator.key] is indicator, (declared.slug, panel.id)
        assert panel.title is None or filled(panel.title), (declared.slug, panel.id)


def test_panels_are_split_by_what_people_may_filter() -> None:
    for declared, panel in indicator_panels():
        known = {"area", "place", "weekday_hour", *STEPS, *filters(panel.indicator.dataset)}
        used = {getattr(panel, name, None) for name in ("by", "split")} - {None}
        assert used <= known, (declared.slug, panel.id)


def test_single_rows_are_shown_of_public_datasets_only() -> None:
    with pytest.raises(ValueError, match="public datasets only"):
        Rows(services.REQUESTS_OPEN, columns=("service",), due="opened_at", nothing=Text("–", "–"))


# Indicators


def test_every_indicator_is_on_a_page_or_listed() -> None:
    shown = {indicator.key for _, panel in indicator_panels() for indicator in panel.indicators}
    assert indicators().keys() - shown == UNUSED.keys()


@pytest.mark.parametrize("key", sorted(indicators()))
def test_an_indicator_is_said_in_both_languages(key: str) -> None:
    indicator = indicators()[key]
    for text in (indicator.title, indicator.meaning, indicator.formula, indicator.unit.value):
        assert filled(text), text
    assert set(indicator.datasets) <= contracts().keys()


# Views of the ledger


def views() -> list[View]:
    """Every view of the ledger, found by itself."""
    return [one for module in (ledger, overlaps, systems) for one in vars(module).values() if isinstance(one, View)]


def test_every_view_is_on_a_page_and_said_in_both_languages() -> None:
    shown = [panel.view for _, panel in panels() if isinstance(panel, Listing)]
    assert {view.key for view in shown} == {view.key for view in views()}
    for view in views():
        texts = [view.title, view.meaning, view.formula, view.nothing, *(head.title for head in view.heads)]
        assert all(filled(text) for text in texts), view.key
        assert not any(words[:1] in "=+-@" for text in texts for words in text), view.key  # a spreadsheet would run it


# Contracts


def columns() -> list[tuple[Contract, Column]]:
    """Every column of every contract."""
    return [(contract, column) for contract in contracts().values() for column in contract.columns]


@pytest.mark.parametrize("name", sorted(contracts()))
def test_a_contract_is_said_in_both_languages(name: str) -> None:
    contract = contracts()[name]
    texts = [contract.title, contract.meaning, contract.grain]
    texts += [column.meaning for column in contract.columns]
    texts += [rule.says for column in contract.columns for rule in column.rules]
    assert all(filled(text) for text in texts)


def test_every_dimension_can_be_asked_for_and_read() -> None:
    dimensions = [(contract, column) for contract, column in columns() if column.dimension]
    assert dimensions
    for contract, column in dimensions:
        assert column.readable_by_web, (contract.name, column.name)
        assert column.kind is Kind.AREA or filled(filters(contract.name)[column.name]), (contract.name, column.name)


def test_every_word_of_a_dimension_is_in_both_languages() -> None:
    for contract, column in columns():
        for word in vocabulary(column) if column.dimension else ():
            assert word in WORDS, (contract.name, column.name)
            assert filled(WORDS[word]), word


def vocabulary(column: Column) -> tuple[str, ...]:
    """The only words that a column may hold; empty when it may hold any."""
    return next((rule.words for rule in column.rules if isinstance(rule, OneOf)), ())


def test_identifiers_are_personal_and_a_pseudonym_stands_for_what_is_personal() -> None:
    for contract, column in columns():
        assert column.kind is not Kind.IDENTIFIER or column.privacy >= Privacy.P2, (contract.name, column.name)
        assert not column.derived or not contract[column.derived.of].readable_by_web, (contract.name, column.name)


# Sources


def loaded(city: City, path: Any) -> Source:
    """A source with something in the place of every setting."""
    names = re.findall(r"\$\{(\w+)\}", path.read_text(encoding="utf-8"))
    return load_source(path, city.slug, {name: f"http://127.0.0.1/{name}" for name in names})


@EVERY_SOURCE
def test_a_source_maps_its_contract(city: City, path: Any) -> None:
    source = loaded(city, path)
    assert source.dataset in contracts()
    contract = contracts()[source.dataset]
    wanted = {column.name for column in contract.delivered if column.required}
    mapped = set(source.columns) | {
        column.name for column in contract.columns if column.kind is Kind.AREA and source.area
    }
    assert set(source.columns) <= {column.name for column in contract.delivered}
    assert wanted <= mapped
    assert filled(source.title)
    assert source.owner
    assert source.licence
    assert 0 < source.cadence_s <= source.promise_s


@EVERY_SOURCE
def test_a_source_gives_only_words_of_the_vocabulary(city: City, path: Any) -> None:
    source = loaded(city, path)
    for name, cell in source.columns.items():
        known = vocabulary(contracts()[source.dataset][name])
        if known and isinstance(cell, Cell):
            assert set(given(cell)) <= set(known), name


def given(cell: Cell) -> list[str]:
    """Every word that a cell is turned into."""
    fixed = [word for word in (cell.constant, cell.default, cell.otherwise) if word is not None]
    return [*fixed, *cell.words.values(), *(pattern.gives for pattern in cell.patterns)]


@EVERY_SOURCE
def test_a_source_holds_no_secret_and_no_address(city: City, path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    for key in ("url", "token_url", "client_id", "client_secret"):
        for value in re.findall(rf"^{key}\s*=\s*(.+)$", text, re.MULTILINE):
            assert value.startswith('"${'), f"{key} = {value}"


@pytest.mark.parametrize("city", all_cities(), ids=str)
def test_a_city_has_a_source_of_every_core_dataset(city: City) -> None:
    brought = {loaded(city, path).dataset for path in source_files(city)}
    assert {"marketplace_orders", "covid_cases", "bansos_grants", "emergency_calls", "areas"} <= brought


# Every system that the domain names, and the source of a city that brings it.
SYSTEMS = {
    "Behambinan": ("samarinda", "behambinan"),
    "e-Peken": ("surabaya", "e_peken"),
    "Lingkaran": ("samarinda", "lingkaran"),
    "Point of sale": ("samarinda", "point_of_sale"),
    "e-katalog lokal": ("samarinda", "e_katalog_lokal"),
    "112 Samarinda": ("samarinda", "112"),
    "112 Surabaya": ("surabaya", "112"),
    "PSC 119": ("banyumas", "psc119"),
    "Corona website": ("samarinda", "web_corona"),
    "Web Covid-19": ("banyumas", "web_covid19"),
    "Bansos recipients": ("samarinda", "bansos"),
    "JPSBMS": ("banyumas", "jpsbms"),
    "TTE": ("samarinda", "tte"),
    "Santer": ("samarinda", "santer"),
    "Kelurahan/kecamatan digitalisation": ("samarinda", "digitalisasi"),
    "Smart-city master plan": ("samarinda", "masterplan"),
    "Vaberaya": ("banyumas", "vaberaya"),
    "Oksimas, stock": ("banyumas", "oksimas_stok"),
    "Oksimas, loans": ("banyumas", "oksimas_pinjam"),
    "Isoman": ("banyumas", "isoman"),
    "Jiwong Jiga / Mas Basid": ("banyumas", "jiwong_jiga"),
    "Sipanji Mas": ("banyumas", "sipanji_mas"),
    "Apps without a published function": ("banyumas", "aplikasi"),
    "Apps of Samarinda": ("samarinda", "aplikasi"),
    "Jeknyong": ("banyumas", "jeknyong"),
    "Lapak Aduan": ("banyumas", "lapak_aduan"),
    "Data centre, smart room, command center (Banyumas)": ("banyumas", "pemantauan"),
    "Data centre, smart room, command center (Samarinda)": ("samarinda", "pemantauan"),
}


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_every_system_of_the_domain_has_a_source_and_an_upstream(system: str) -> None:
    slug, name = SYSTEMS[system]
    city = load_city(slug)
    source = loaded(city, next(path for path in source_files(city) if path.stem == name))
    assert (slug, source.dataset) in EXPORTS


def test_every_upstream_is_read_by_a_source() -> None:
    read = {(city.slug, loaded(city, path).dataset) for city, path in SOURCE_FILES}
    assert set(EXPORTS) == {(slug, dataset) for slug, dataset in read if dataset != "areas"}


@EVERY_SOURCE
def test_the_sample_of_a_source_fits_its_contract(city: City, path: Any) -> None:
    sample = city.folder / "samples" / f"{path.stem}.csv"
    if sample.exists():
        cells = pl.read_csv(sample, infer_schema=False).with_row_index("_row", 2).cast({"_row": pl.Int64})
        source = loaded(city, path)
        sifted = sift(cells, contracts()[source.dataset], source, area_book(city), city.zone, sample.name)
        assert cells.height > 0
        assert sifted.bad["reason_en"].to_list() == []


@pytest.mark.parametrize("city", all_cities(), ids=str)
def test_every_sample_has_its_source(city: City) -> None:
    samples = {path.stem for path in (city.folder / "samples").glob("*")}
    assert samples <= {path.stem for path in source_files(city)}


def test_nothing_is_left_to_be_written_by_a_person() -> None:
    texts = {name: repr(contract) for name, contract in contracts().items()}
    texts |= {str(path): path.read_text(encoding="utf-8") for _, path in SOURCE_FILES}
    assert not {name for name, text in texts.items() if MARK in text or "# putuskan" in text}


# Privacy


QUALIFIED = re.compile(r"\b(warehouse|history|ledger|rollups)\.(\w+)\.\"?(\w+)\"?")


def read_by(query: sa.Select[Any]) -> set[tuple[str, str, str]]:
    """Every (schema, table, column) that a query names."""
    return set(QUALIFIED.findall(compiled(query)))


@cache
def readable() -> frozenset[tuple[str, str, str]]:
    """Every (schema, table, column) that the web's role may read."""
    found = {(table.schema, table.name, name) for table in TABLES.values() for name in readable_by_web(table.name)}
    found |= {(old.schema, old.name, name) for old in HISTORIES.values() for name in readable_by_web(old.name)}
    found |= {(old.schema, old.name, "known_to") for old in HISTORIES.values()}
    found |= {(LEDGER, table.name, name) for table, names in WEB_LEDGER.items() for name in names}
    found |= {(SCHEMA, table.name, column.name) for table in ROLLUPS.tables.values() for column in table.columns}
    return frozenset((str(schema), table, name) for schema, table, name in found)


def questions() -> Iterator[Asked]:
    """A city, one of its districts, and the city as it was known before."""
    city = load_city("samarinda")
    whole = Scope(city.slug, city.code, dt.date(2026, 11, 1), dt.date(2026, 11, 22))
    for area, as_of in ((city.code, None), (f"{city.code}.02", None), (city.code, NOW - dt.timedelta(days=3))):
        yield Asked(Scope(whole.city, area, whole.since, whole.until, (), as_of), city, NOW)


@pytest.mark.parametrize("key", sorted(indicators()))
def test_an_indicator_reads_nothing_personal(key: str) -> None:
    indicator, seen = indicators()[key], Recorder()
    splits = (None, *(("day", "week", "area") if indicator.time and indicator.area else ()))
    for asked in questions():
        rows = indicator.rows(asked.city, asked.moment, None)
        for by in (*splits, *(name for name in filters(indicator.dataset) if name in rows.c)):
            measure(seen, indicator, asked, by=by)
    named = set().union(*(read_by(query) for query in seen.queries))
    assert named
    assert named <= readable()


@pytest.mark.parametrize("file", PAGE_FILES)
def test_a_page_reads_nothing_personal(file: str) -> None:
    seen = Recorder()
    for asked in questions():
        places = Places(asked.city, area_book(asked.city))
        for panel in page(file).panels:
            panel.answer(seen, asked, places)
    named = set().union(*(read_by(query) for query in seen.queries))
    stands_on = {dataset for panel in page(file).panels for dataset in panel.datasets}
    only = next(iter(stands_on)) if len(stands_on) == 1 else ""
    kept = {LEDGER: {"history"}, ANALYSES: set()}.get(only, {"warehouse"})  # what models said is of nobody
    assert {schema for schema, _, _ in named} >= kept | {"ledger"}
    assert named <= readable()


def test_no_code_of_the_dashboard_names_a_personal_column() -> None:
    kept = {column.name for _, column in columns() if column.readable_by_web}
    personal = {column.name for _, column in columns() if not column.readable_by_web} - kept
    assert personal
    for module in modules().values():
        if module.package in ("dashboard", "pages"):
            assert not personal & set(columns_named(module.tree)), module.path


def columns_named(tree: ast.Module) -> Iterator[str]:
    """Every ``….c.name`` and ``c.name`` of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).rpartition(".")[2] == "c":
            yield node.attr


def test_a_query_of_a_personal_column_is_seen() -> None:
    grants = METADATA.tables["warehouse.bansos_grants"]
    assert not read_by(sa.select(grants.c.nik)) <= readable()
    assert not read_by(sa.select(sa.select(grants.c.nik).subquery().c.nik)) <= readable()
    assert read_by(sa.select(grants.c.recipient)) <= readable()


# What the documents say


def document(name: str) -> str:
    """The text of a document."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_route_is_documented(tmp_path: Path) -> None:
    said = document("docs/api.md")
    routes = {rule.rule.split("<")[0] for rule in create_public(Shelf(tmp_path)).url_map.iter_rules()}
    for node in ast.walk(modules()["dashboard.command"].tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("add_url_rule"):
            routes.add(ast.literal_eval(node.args[0]).split("<")[0])
    assert {"/pulse", "/bell", "/panel/", "/boundaries/"} <= routes
    assert not {route for route in routes if f"`{route}" not in said}


def test_every_personal_column_is_named_where_privacy_is_explained() -> None:
    rows = {
        line.split("|")[1].strip(): line for line in document("docs/privacy.md").splitlines() if line.startswith("| `")
    }
    for contract, column in columns():
        named = f"`{column.name}`" in rows.get(f"`{contract.name}`", "").rpartition("|")[0].rpartition("|")[0]
        assert named == (not column.readable_by_web), (contract.name, column.name)


def test_every_dataset_is_in_the_glossary() -> None:
    assert not {name for name in contracts() if f"`{name}`" not in document("GLOSSARY.md")}
