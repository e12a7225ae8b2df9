"""Releases for tests: two cities, three releases each, every kind of column and every flag, always the same bytes.

``shelf_in(folder)`` writes them with the areas of the real city folders; ``makers`` add files, as at a real release.
"""

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import product
from pathlib import Path

import msgspec

from etl.areas import AreaBook, area_book
from etl.bundle import (
    CORRECTIONS,
    CURRENT,
    MANIFEST,
    TABLES,
    About,
    Bundle,
    Column,
    Correction,
    Flag,
    Kind,
    Manifest,
    Place,
    Row,
    Shelf,
    Source,
    Table,
    Value,
    name_of,
    written,
)
from etl.cities import City, load_city
from etl.release import Maker
from etl.text import Text

Cell = tuple[float | None, Flag]

CITIES, RELEASES = ("samarinda", "surabaya"), 3
FIRST_DAY = dt.date(2026, 8, 1)  # a Saturday
WEEKS = 6  # in the first release; each further one has one more
MONTHS = tuple(dt.date(2026, month, 1) for month in (6, 7, 8))
AGES = {name: Text(f"{name} tahun", f"{name} years") for name in ("0-17", "18-59", "60+")}
PROGRAMMES = {name: Text(name, name) for name in ("BLT", "PKH", "Sembako")}
AGENCIES = {"dinkes": Text("Dinas Kesehatan", "Health Office"), "pupr": Text("Dinas PUPR", "Public Works Office")}
STATES = {
    "done": Text("Selesai", "Done"),
    "going": Text("Berjalan", "Under way"),
    "new": Text("Belum mulai", "Not begun"),
}
HOSTILE = (
    '=HYPERLINK("http://evil.example","klik")',
    "<img src=x onerror=alert(1)>",
    "@SUM(1+1)|cmd",
    '"koma", «é» 🏥',
)
MISSING: Cell = (None, Flag.MISSING)
NOBODY_TOLD = 3  # of a hundred cells
HIDDEN = 4


def shelf_in(folder: Path, makers: Sequence[Maker] = (), cities: Iterable[str] = CITIES) -> Shelf:
    """Write every release of these cities below ``folder``; the newest is the current one."""
    for slug in cities:
        town = Town(load_city(slug))
        for number in range(1, RELEASES + 1):
            write(town, number, folder / slug / name_of(number), makers)
        (folder / slug / CURRENT).symlink_to(name_of(RELEASES))
    return Shelf(folder)


def write(town: "Town", number: int, folder: Path, makers: Sequence[Maker] = ()) -> None:
    """Write one release, and what the makers add to it."""
    tables, before = town.tables(number), town.tables(number - 1) if number > 1 else ()
    (folder / TABLES).mkdir(parents=True)
    for table in tables:
        (folder / TABLES / f"{table.about.name}.json").write_bytes(written(table))
    corrections = tuple(one for old, new in zip(before, tables, strict=False) for one in _differences(old, new))
    (folder / CORRECTIONS).write_bytes(msgspec.json.encode(corrections))
    manifest = town.manifest(number, tuple(table.about for table in tables))
    _save(folder, manifest)
    for make in makers:
        make(Bundle(folder))
    there = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST)
    files = {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in there}
    _save(folder, msgspec.structs.replace(manifest, files=files))


def _save(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))


def _differences(old: Table, new: Table) -> Iterator[Correction]:
    """What both releases have and tell differently."""
    named = tuple(column.key for column in new.about.columns if column.key in new.about.key)
    earlier = {tuple(record[key] for key in named): record for record in old.records}
    for record in new.records:
        was = earlier.get(tuple(record[key] for key in named), record)
        for column in new.about.measures:
            flag = f"{column.key}_flag"
            told = [(one[column.key], one.get(flag, Flag.SHOWN)) for one in (was, record)]
            if told[0] != told[1]:
                yield Correction(
                    table=new.about.name, column=column.key, row={key: record[key] for key in named},
                    before=told[0][0], before_flag=Flag(told[0][1]), after=told[1][0], after_flag=Flag(told[1][1]),
                    why=(Text("Laporan susulan dari puskesmas", "Late reports from health centres"),),
                )  # fmt: skip


def made_at(number: int) -> dt.datetime:
    """When a release was made: on the Saturday after its last week, 02.05 UTC."""
    return dt.datetime.combine(weeks(number)[-1] + dt.timedelta(7), dt.time(2, 5), dt.UTC)


def weeks(number: int) -> list[dt.date]:
    """The closed weeks of a release, by their first day."""
    return [FIRST_DAY + dt.timedelta(7 * week) for week in range(WEEKS + number - 1)]


@dataclass(frozen=True)
class Town:
    """A city with made-up figures: the same ones for the same city, cell and release."""

    city: City

    @cached_property
    def book(self) -> AreaBook:
        return area_book(self.city)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(
            Place(
                code=area.code, name=area.name, level=area.level, parent=area.parent, population=area.population,
                population_year=area.population_year, population_source=area.population_source,
            )
            for area in self.book
        )  # fmt: skip

    def manifest(self, number: int, tables: tuple[About, ...]) -> Manifest:
        """Everything about one release but its files."""
        made = made_at(number)
        return Manifest(
            city=self.city.slug, city_code=self.city.code, city_name=self.city.name, zone=self.city.zone,
            number=number, made_at=made, as_of=made - dt.timedelta(minutes=5), previous=number - 1 or None,
            simulated=True, licence="CC BY 4.0", custodian="Dinas Komunikasi dan Informatika", tables=tables,
            sources=tuple(_source(name, made) for name in ("corona", "bansos", "psc", "layanan", "masterplan")),
            places=self.places,
        )  # fmt: skip

    def tables(self, number: int) -> tuple[Table, ...]:
        """Every table as a release has it, rows in the order of the key."""
        rows = (
            self._area_week, self._day, self._age_week, self._aid, self._arrival, self._services, self._complaints,
            self._actions,
        )  # fmt: skip
        return tuple(Table(about, tuple(make(number))) for about, make in zip(ABOUTS, rows, strict=True))

    # The rows of each table, in the order of ABOUTS

    def _area_week(self, number: int) -> Iterator[Row]:
        for place, week in product(self.places, weeks(number)):
            cases = self.count("corona", place.code, week, number, most=40)
            yield _row(place.code, week.isoformat(), cases, _rate(cases, place.population))

    def _day(self, number: int) -> Iterator[Row]:
        last = weeks(number)[-1] + dt.timedelta(6)
        for day in (last - dt.timedelta(back) for back in range(13, -1, -1)):
            yield _row(day.isoformat(), self.cell("day", "", day, number, most=60))

    def _age_week(self, number: int) -> Iterator[Row]:
        for week, age in product(weeks(number), AGES):
            yield _row(week.isoformat(), age, self.cell(f"age {age}", "", week, number, most=300))

    def _aid(self, number: int) -> Iterator[Row]:
        for place, month, programme in product(self.places, MONTHS, PROGRAMMES):
            people = self.count(programme, place.code, month, number, most=120)
            yield _row(place.code, month.isoformat(), programme, people, _times(people, 300_000))

    def _arrival(self, number: int) -> Iterator[Row]:
        for place, month in product(self.places, MONTHS):
            if place.level in ("city", "kecamatan"):
                incidents = self.cell("incidents", place.code, month, number, most=200)
                half = _times(incidents, 0.01)
                yield _row(place.code, month.isoformat(), incidents, half, _times(half, 2.5))

    def _services(self, number: int) -> Iterator[Row]:
        for place, month in product(self.places, MONTHS):
            requests = self.count("requests", place.code, month, number, most=90)
            share: Cell = (float(self.dice("share", place.code, month).choice((0, 0, 61.5, 100))), Flag.SHOWN)
            yield _row(place.code, month.isoformat(), requests, share if requests[1] is Flag.SHOWN else requests)

    def _complaints(self, number: int) -> Iterator[Row]:
        for agency, month in product(AGENCIES, MONTHS):
            complaints = self.cell(agency, "", month, number, most=50)
            yield _row(agency, month.isoformat(), complaints, _times(complaints, 1.5))

    def _actions(self, number: int) -> Iterator[Row]:
        for line, state in enumerate([*STATES, "new"], 1):
            due = None if state == "new" else f"2026-{line + 8:02d}-30"
            share = {"done": 100.0, "going": 42.5, "new": 0.0}[state]
            budget = None if line == len(HOSTILE) else 1_250_000_000 * (line - 1)  # zero and unknown are two things
            yield Row((f"{line}.1", HOSTILE[line - 1], state, due, 2025 + line, share, budget))

    # Made-up figures

    def dice(self, *of: object) -> random.Random:
        """The dice of one cell: whoever throws them, and whenever, they fall the same way."""
        return random.Random(f"{self.city.slug} {of}")

    def count(self, what: str, code: str, period: dt.date, number: int, most: int) -> Cell:
        """A count of people in an area after disclosure control: larger areas are the sum of the smallest."""
        lowest = [place.code for place in self.places if place.level in ("kelurahan", "desa")]
        below = [one for one in lowest if one.startswith(code)]
        if below != [code]:
            return _told(sum(self._truth(what, one, period, number, most) for one in below))
        return self.cell(what, code, period, number, most)

    def cell(self, what: str, code: str, period: dt.date, number: int, most: int) -> Cell:
        """A count that no other is the sum of; few are missing or hidden, in every release the same ones."""
        fate = self.dice("fate", what, code, period).randrange(100)
        if fate < NOBODY_TOLD:
            return MISSING
        if fate < NOBODY_TOLD + HIDDEN:
            return (None, Flag.HIDDEN)
        return _told(self._truth(what, code, period, number, most))

    def _truth(self, what: str, code: str, period: dt.date, number: int, most: int) -> int:
        """What was known at a release: one cell in twenty is corrected between one and the next."""
        known = self.dice(what, code, period).randint(0, most)
        for release in range(2, number + 1):
            late = self.dice(what, code, period, release)
            known += late.randint(-15, 40) if late.randrange(20) == 0 else 0
        return max(0, known)


def _row(*cells: Value | Cell) -> Row:
    values = tuple(cell[0] if isinstance(cell, tuple) else cell for cell in cells)
    return Row(values, tuple(cell[1] for cell in cells if isinstance(cell, tuple)))


def _told(count: int) -> Cell:
    return (None, Flag.BELOW) if count < 10 else (5 * round(count / 5), Flag.SHOWN)


def _rate(count: Cell, people: int | None) -> Cell:
    if people is None:
        return MISSING
    return count if count[0] is None else (round(100_000 * count[0] / people, 1), Flag.SHOWN)


def _times(count: Cell, by: float) -> Cell:
    return count if count[0] is None else (round(count[0] * by, 1), Flag.SHOWN)


def _source(name: str, made: dt.datetime) -> Source:
    return Source(
        name=name, title=Text(f"Aplikasi {name}", f"Application {name}"), owner="Dinas Kesehatan",
        licence="CC BY 4.0", fresh_at=None if name == "psc" else made - dt.timedelta(hours=3), simulated=True,
    )  # fmt: skip


# What the tables are


def _said(name: str) -> Text:
    return Text(f"Arti {name}", f"What {name} is")


def _measure(key: str, kind: Kind, unit: str, *, flagged: bool = True, better: str = "neither") -> Column:
    return Column(
        key=key, title=Text(f"Banyaknya {key}", f"Number of {key}"), meaning=_said(key), kind=kind, unit=unit,
        formula=Text(f"jumlah {key}", f"sum of {key}"), indicator=key, better=better, flagged=flagged,
    )  # fmt: skip


def _plain(key: str, kind: Kind, words: dict[str, Text] | None = None) -> Column:
    return Column(
        key=key, title=Text(f"Kolom {key}", f"Column {key}"), meaning=_said(key), kind=kind, words=words or {}
    )


AREA, PERIOD = _plain("area", Kind.AREA), _plain("period", Kind.PERIOD)
ALL_LEVELS = ("city", "kecamatan", "kelurahan")


def _about(name: str, *columns: Column, source: str, step: str = "", levels: tuple[str, ...] = ()) -> About:
    return About(
        name=name, subject=name.partition("_")[0], title=Text(f"Tabel {name}", f"Table {name}"), meaning=_said(name),
        grain=Text(f"satu baris {name}", f"one row of {name}"), columns=columns,
        key=tuple(column.key for column in columns if column.kind in (Kind.AREA, Kind.PERIOD, Kind.CATEGORY)),
        datasets=(source,), sources=(source,), step=step, levels=levels,
        limits=Text("Hanya yang dilaporkan.", "Only what was reported."),
    )  # fmt: skip


ABOUTS = (
    _about(
        "corona_area_week", AREA, PERIOD, _measure("cases_new", Kind.COUNT, "CASES", better="less"),
        _measure("incidence_week", Kind.RATE, "PER_100K", better="less"),
        source="corona", step="epidemic_week", levels=ALL_LEVELS,
    ),
    _about("corona_day", PERIOD, _measure("cases_new", Kind.COUNT, "CASES"), source="corona", step="day"),
    _about(
        "corona_age_week", PERIOD, _plain("age", Kind.CATEGORY, AGES), _measure("cases_new", Kind.COUNT, "CASES"),
        source="corona", step="epidemic_week",
    ),
    _about(
        "bansos_area_month", AREA, PERIOD, _plain("programme", Kind.CATEGORY, PROGRAMMES),
        _measure("aid_recipients", Kind.COUNT, "PEOPLE"), _measure("aid_amount", Kind.RUPIAH, "RUPIAH"),
        source="bansos", step="month", levels=ALL_LEVELS,
    ),
    _about(
        "darurat_arrival_month", AREA, PERIOD, _measure("incidents", Kind.COUNT, "INCIDENTS"),
        _measure("arrival_p50", Kind.MINUTES, "MINUTES", better="less"),
        _measure("arrival_p90", Kind.MINUTES, "MINUTES", better="less"),
        source="psc", step="month", levels=ALL_LEVELS[:2],
    ),
    _about(
        "layanan_area_month", AREA, PERIOD, _measure("requests", Kind.COUNT, "REQUESTS"),
        _measure("digital_share", Kind.PERCENT, "PERCENT", better="more"),
        source="layanan", step="month", levels=ALL_LEVELS,
    ),
    _about(
        "aduan_agency_month", _plain("agency", Kind.CATEGORY, AGENCIES), PERIOD,
        _measure("complaints", Kind.COUNT, "COMPLAINTS"), _measure("closing", Kind.HOURS, "HOURS", better="less"),
        source="layanan", step="month",
    ),
    msgspec.structs.replace(
        _about(
            "rencana_actions", _plain("action", Kind.TEXT), _plain("title", Kind.TEXT),
            _plain("state", Kind.CATEGORY, STATES), _plain("due", Kind.DATE), _plain("year", Kind.TEXT),
            _measure("progress", Kind.PERCENT, "PERCENT", flagged=False, better="more"),
            _measure("budget", Kind.RUPIAH, "RUPIAH", flagged=False), source="masterplan",
        ),
        key=("action",), people=False,
    ),
)  # fmt: skip
