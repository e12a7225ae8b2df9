"""Which rows are told: a filter picks published rows, and never adds any up."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from dashboard.public.api.asking import categories
from dashboard.public.api.problems import Problem
from etl.areas import VILLAGES
from etl.bundle import About, Bundle, Column, Kind, Place, Row, Value
from etl.text import Text

Test = Callable[[tuple[Value, ...]], bool]
AT_HAND = 24  # tables: who reads one release after the other does not fill the memory with all of them


def picked(bundle: Bundle, about: About, said: dict[str, Any]) -> list[Row]:
    """The rows that the filters leave, in the order of the table. Raises Problem for what the table does not have."""
    tests = [*_places(bundle, about, said), *_periods(about, said), *_categories(bundle, about, said)]
    rows = _rows(bundle.folder, about.name)
    return [row for row in rows if all(test(row.values) for test in tests)]


@lru_cache(maxsize=AT_HAND)
def _rows(folder: Path, name: str) -> tuple[Row, ...]:
    return Bundle(folder).table(name).rows


def _within(at: int, wanted: set[str]) -> Test:
    return lambda values: values[at] in wanted


def _places(bundle: Bundle, about: About, said: dict[str, Any]) -> Iterator[Test]:
    if said["area"]:
        at = _position(about, Kind.AREA, "area")
        if not bundle.places.keys() >= set(said["area"]):
            raise Problem(404, Text("tidak ada wilayah ini di kota", "there is no such area in the city"), "area")
        yield _within(at, set(said["area"]))
    if said["level"]:
        at = _position(about, Kind.AREA, "level")
        yield _within(at, {place.code for place in bundle.manifest.places if _level(place) == said["level"]})


def _level(place: Place) -> str:
    return VILLAGES[0] if place.level in VILLAGES else place.level


def _periods(about: About, said: dict[str, Any]) -> Iterator[Test]:
    since, until = said["since"], said["until"]
    if since and until and since > until:
        raise Problem(400, Text("lebih akhir daripada until", "is later than until"), "since")
    if since:
        at = _position(about, Kind.PERIOD, "since")
        yield lambda values: str(values[at]) >= since.isoformat()
    if until:
        at_end = _position(about, Kind.PERIOD, "until")
        yield lambda values: str(values[at_end]) <= until.isoformat()


def _categories(bundle: Bundle, about: About, said: dict[str, Any]) -> Iterator[Test]:
    for key in categories(about):
        if wanted := set(said.get(key, ())):
            there = _values(bundle, about, about[key])
            if not wanted <= set(there):
                raise Problem(404, Text("nilai ini tidak ada", "there is no such value"), key, there)
            yield _within(about.columns.index(about[key]), wanted)


def _values(bundle: Bundle, about: About, column: Column) -> tuple[str, ...]:
    """What a category can be: its words, or what there is where none are declared."""
    at = about.columns.index(column)
    rows = () if column.words else _rows(bundle.folder, about.name)
    return tuple(column.words) or tuple(sorted({str(row.values[at]) for row in rows}))


def _position(about: About, kind: Kind, parameter: str) -> int:
    """Where the column of a kind stands. Raises Problem where the table has none."""
    found = next((at for at, column in enumerate(about.columns) if column.kind is kind), None)
    if found is None:
        missing = {
            Kind.AREA: Text("tabel ini tidak menurut wilayah", "this table is not by area"),
            Kind.PERIOD: Text("tabel ini tidak menurut periode", "this table is not by period"),
        }
        raise Problem(400, missing[kind], parameter)
    return found
