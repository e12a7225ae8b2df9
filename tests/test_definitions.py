"""Case definitions before and after 14 July 2020 are different things: kept apart, marked, never compared."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from dashboard.areas import Places
from dashboard.indicators import covid
from dashboard.panels import Series
from dashboard.panels import series as drawn
from dashboard.panels.deaths import ASSUMED_DAYS, _says, _shade
from dashboard.queries import Asked, Point, compared
from dashboard.scope import DAY, Scope
from etl.areas import area_book
from etl.catalogue import contracts
from etl.cities import load_city
from etl.sift import sift
from etl.source import load_source
from etl.sources.covid_cases import DEFINED, DEFINED_BEFORE
from etl.warehouse import TABLES

CITY = load_city("samarinda")
CHANGED = covid.REDEFINED.day
HEADERS = {
    "web_corona": ("NO KASUS", "STATUS", "TGL LAPOR", "KELURAHAN", "KECAMATAN"),
    "web_covid19": ("Nomor", "Keadaan", "Lapor", "Desa/Kelurahan", "Kecamatan"),
}
BROKEN = [one for one in covid.INDICATORS if one.breaks]


def asked(since: dt.date, until: dt.date) -> Asked:
    now = dt.datetime.combine(until + DAY * 30, dt.time(5), dt.UTC)
    return Asked(Scope(CITY.slug, CITY.code, since, until), CITY, now)


def shapes(since: dt.date, until: dt.date, step: dt.timedelta, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The lines that a chart of suspected cases draws."""
    points = [Point(since + step * number, 5.0) for number in range((until - since) // step + 1)]
    monkeypatch.setattr(drawn, "measure", lambda *what, **more: points)
    answer = Series(covid.SUSPECTED).shown(None, asked(since, until), Places(CITY, area_book(CITY)))  # type: ignore[arg-type]
    found: list[dict[str, Any]] = answer["figure"]["layout"].get("shapes", [])
    return found


@pytest.mark.parametrize("name", ["web_corona", "web_covid19"])
def test_what_was_called_otherwise_keeps_its_name(name: str) -> None:
    city = load_city("samarinda" if name == "web_corona" else "banyumas")
    settings = {f"{city.slug.upper()}_FILES": "/nowhere"}
    source = load_source(city.folder / "sources" / f"{name}.toml", city.slug, settings)
    words = [*DEFINED_BEFORE, *DEFINED]
    book, report_day = area_book(city), "05/06/2020" if city.slug == "samarinda" else "5 Juni 2020"
    ward = book.at("kelurahan")[0]
    case, state, reported, village, district = HEADERS[name]
    headers = [one if isinstance(one, str) else one.header for one in source.columns.values()]
    rows = {header: [""] * len(words) for header in headers} | {
        case: [f"K{n}" for n in range(len(words))],
        state: [word.replace("_", " ").upper() for word in words],
        reported: [report_day] * len(words),
        village: [ward.name] * len(words),
        district: [book.areas[ward.parent].name] * len(words),
    }
    cells = pl.DataFrame(rows).with_row_index("_row", 2).cast({"_row": pl.Int64})
    sifted = sift(cells, contracts()["covid_cases"], source, book, city.zone, name)
    assert sifted.bad["reason_en"].to_list() == []
    assert sifted.good["status"].to_list() == words


def test_no_indicator_counts_old_and_new_together() -> None:
    cells = TABLES[covid.CASES].c
    for one in covid.INDICATORS:
        if one.dataset == covid.CASES and one.where:
            condition = str(one.where(cells).compile(compile_kwargs={"literal_binds": True}))
            assert not any(f"'{word}'" in condition for word in DEFINED_BEFORE), one.key


@pytest.mark.parametrize("step", [DAY, DAY * 7])
def test_a_chart_across_the_change_marks_it(step: dt.timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    span = 60 if step == DAY else 300
    across = shapes(CHANGED - step * 5, CHANGED - step * 5 + DAY * span, step, monkeypatch)
    assert [one["label"]["text"] for one in across] == [covid.REDEFINED.says.id]
    assert across[0]["x0"] == (CHANGED.isoformat() if step == DAY else across[0]["x1"])


def test_a_chart_of_one_side_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shapes(CHANGED, CHANGED + DAY * 40, DAY, monkeypatch) == []
    assert shapes(CHANGED - DAY * 40, CHANGED - DAY, DAY, monkeypatch) == []


@pytest.mark.parametrize("indicator", BROKEN, ids=lambda one: one.key)
def test_nothing_is_compared_across_the_change(indicator: Any) -> None:
    """The query would fail: there is no connection to ask."""
    assert compared(None, indicator, asked(CHANGED, CHANGED + DAY * 2)) is None  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        compared(None, indicator, asked(CHANGED + DAY * 60, CHANGED + DAY * 66))  # type: ignore[arg-type]


def test_days_that_are_not_whole_are_shaded_to_the_end() -> None:
    question = asked(CHANGED, CHANGED + DAY * 30)
    shade = _shade(question, 3, "belum lengkap")
    assert (shade["x0"], shade["x1"]) == ((CHANGED + DAY * 27).isoformat(), (CHANGED + DAY * 31).isoformat())
    assert str(ASSUMED_DAYS) in _says(None).id and "3" in _says(3).en
