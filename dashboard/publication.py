"""A published table declared once: which indicators it is a projection of, and by what it is split.

``Publication`` → ``draft`` → disclosure control (``etl.release``). Only whole periods that the sources know to their
end are published: what is added to a period later is a correction, and is told as one.
"""

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import product
from typing import Any

import msgspec
import sqlalchemy as sa

from dashboard.areas import Places
from dashboard.calendar import DAY, Step, after, start, whole
from dashboard.indicator import Cells, Expression, Indicator, Moment, Unit
from dashboard.queries import local, named
from dashboard.words import UNKNOWN, word
from etl.areas import Level
from etl.bundle import About, Column, Kind, Row, Table, Value
from etl.catalogue import contract
from etl.cities import City
from etl.contract import Kind as Stored
from etl.contract import Privacy
from etl.release import Cell, Draft, Key
from etl.text import Text
from etl.warehouse import SOURCES, WEB_LEDGER, read

ALL, NOT_RECORDED = "all", "unknown"  # categories: the whole, and what the source left empty
LENGTHS = {"city": 5, "kecamatan": 8, "kelurahan": 13}  # of area codes
CITY_ONLY, DISTRICTS, WARDS = ("city",), ("city", "kecamatan"), ("city", "kecamatan", "kelurahan")
KINDS = {
    Unit.RUPIAH: Kind.RUPIAH,
    Unit.PERCENT: Kind.PERCENT,
    Unit.MINUTES: Kind.MINUTES,
    Unit.HOURS: Kind.HOURS,
    Unit.PER_100K: Kind.RATE,
    Unit.PER_1000: Kind.RATE,
}
LISTED = {
    Stored.TEXT: Kind.TEXT,
    Stored.CATEGORY: Kind.CATEGORY,
    Stored.INTEGER: Kind.TEXT,  # years and other names that are written in digits
    Stored.DECIMAL: Kind.PERCENT,
    Stored.MONEY: Kind.RUPIAH,
    Stored.DATE: Kind.DATE,
    Stored.BOOLEAN: Kind.CATEGORY,
    Stored.AREA: Kind.AREA,
}
NO_LIMITS = Text("", "")
HALF = 0.5  # minutes and hours are told to the half


class Tree(StrEnum):
    """What the counts of a table are parts of."""

    AREAS = "areas"  # kelurahan of kecamatan of the city, for each category by itself
    CATEGORIES = "categories"  # the categories of a total
    DAYS = "days"  # the days of a week
    NONE = "none"  # of nothing that is published: statistics alone


@dataclass(frozen=True)
class Part:
    """How many of those counted are of one kind; told as a number, and as the indicator's share where there is one."""

    key: str
    title: Text
    where: Expression
    share: Indicator | None = None


@dataclass(frozen=True, kw_only=True)
class Publication:
    """One table of the releases. ``count`` decides what may be shown of a row."""

    name: str
    subject: str
    title: Text
    meaning: Text
    count: Indicator
    step: Step
    periods: int  # how many are told, the newest being the last whole one
    tree: Tree = Tree.AREAS
    week: Step = Step.WEEK  # of a table of days: the weeks that other tables tell
    levels: tuple[str, ...] = WARDS
    by: str | None = None  # a column of the dataset
    told: tuple[str, ...] = ()  # categories that add up to what another table tells
    parts: tuple[Part, ...] = ()
    amounts: tuple[Indicator, ...] = ()
    rates: tuple[Indicator, ...] = ()
    figures: tuple[Indicator, ...] = ()
    settles: int = 0  # days after a period's end until it is told
    printed: bool = True  # whether the count itself is told
    limits: Text = NO_LIMITS

    @property
    def datasets(self) -> tuple[str, ...]:
        """What it is made of."""
        return (self.count.dataset,)

    def about(self, words: Mapping[str, Text], sources: tuple[str, ...]) -> About:
        """Everything that readers may know of the table."""
        keys = [_AREA, _PERIOD]
        if self.by:
            title, meaning = _SPLITS[self.by]
            keys.append(Column(key=self.by, title=title, meaning=meaning, kind=Kind.CATEGORY, words=dict(words)))
        return About(
            name=self.name,
            subject=self.subject,
            title=self.title,
            meaning=self.meaning,
            grain=_grain(keys),
            columns=(*keys, *self._measures()),
            key=tuple(column.key for column in keys),
            datasets=self.datasets,
            sources=sources,
            step=self.step,
            levels=self.levels,
            limits=self.limits,
        )

    def _measures(self) -> Iterator[Column]:
        if self.printed:
            yield _measure(self.count)
        for part in self.parts:
            if self.printed:
                yield _of_part(part, self.count)
            if part.share:
                yield _measure(part.share)
        for indicator in (*self.amounts, *self.rates, *self.figures):
            yield _measure(indicator)


_AREA = Column(
    key="area", title=Text("Wilayah", "Area"), meaning=Text("Kode Kemendagri", "Kemendagri code"), kind=Kind.AREA
)
_PERIOD = Column(
    key="period",
    title=Text("Periode", "Period"),
    meaning=Text("Hari pertama periode", "First day of the period"),
    kind=Kind.PERIOD,
)
_SPLITS = {
    "age_band": (Text("Kelompok umur", "Age group"), Text("Umur saat dilaporkan", "Age when reported")),
    "sex": (Text("Jenis kelamin", "Sex"), Text("Menurut sumber", "As the source says")),
    "outcome": (Text("Hasil panggilan", "Outcome"), Text("Apa jadinya panggilan", "What became of the call")),
    "category": (Text("Jenis", "Kind"), Text("Jenis menurut sumber", "Kind as the source says")),
    "programme": (Text("Program", "Programme"), Text("Program bantuan", "Aid programme")),
    "status": (Text("Keadaan", "State"), Text("Keadaan terakhir", "Last state")),
    "buyer_type": (Text("Pembeli", "Buyer"), Text("ASN, OPD atau umum", "Civil servants, agencies or the public")),
    "agency_code": (Text("OPD", "Agency"), Text("Organisasi perangkat daerah", "Agency of the city")),
}


def _grain(keys: Sequence[Column]) -> Text:
    return Text("satu " + " × ".join(c.title.id.lower() for c in keys), " × ".join(c.title.en.lower() for c in keys))


def _measure(indicator: Indicator) -> Column:
    return Column(
        key=indicator.key,
        title=indicator.title,
        meaning=indicator.meaning,
        kind=KINDS.get(indicator.unit, Kind.COUNT),
        unit=indicator.unit.name,
        formula=indicator.formula,
        indicator=indicator.key,
        better=indicator.better,
        flagged=True,
    )


def _of_part(part: Part, whole: Indicator) -> Column:
    return Column(
        key=part.key, title=part.title, meaning=part.title, kind=Kind.COUNT, unit=whole.unit.name, flagged=True
    )


@dataclass(frozen=True)
class Told:
    """What is known when a release is made: of which city, as of when, and up to when each source is known."""

    connection: sa.Connection
    places: Places
    as_of: dt.datetime
    people: Mapping[str, int]

    @property
    def city(self) -> City:
        return self.places.city

    def sources(self, datasets: Sequence[str]) -> list[sa.Row[Any]]:
        """The sources of these datasets, by name."""
        told = (SOURCES.c[name] for name in WEB_LEDGER[SOURCES])
        query = sa.select(*told).where(SOURCES.c.city_code == self.city.code, SOURCES.c.dataset.in_(datasets))
        return list(self.connection.execute(query.order_by(SOURCES.c.source)))

    def day(self, moment: dt.datetime) -> dt.date:
        return moment.astimezone(self.city.tz).date()


def draft(publication: Publication, told: Told, before: Table | None = None) -> Draft | None:
    """The table with exact counts; None where the city has no such source, or no whole period yet.

    ``before``: the table as it was told last. A row that was there stays while its period is told: one that went would
    be a zero, and what it hid would be forgotten.
    """
    there = told.sources(publication.datasets)
    known = min((row.fresh_at for row in there if row.fresh_at), default=None)
    if known is None:
        return None
    periods = _periods(publication, told, min(known, told.as_of))
    counting = _Counting(publication, told, periods, before=before)
    return counting.draft(tuple(row.source for row in there)) if periods else None


def _periods(publication: Publication, told: Told, known: dt.datetime) -> list[dt.date]:
    """The whole periods from the first row on, up to the last that every source knows to its end."""
    count = publication.count
    rows = count.rows(told.city, Moment(told.day(told.as_of), told.as_of), told.as_of)
    first = told.connection.scalar(
        sa.select(sa.func.min(local(rows.c[count.time], told.city))).where(rows.c.city_code == told.city.code)
    )
    if first is None:
        return []
    begun = first.date() if isinstance(first, dt.datetime) else first
    last = told.day(known) - (1 + publication.settles) * DAY
    return list(whole(begun, last, publication.step))[-publication.periods :]


Measured = dict[tuple[Any, ...], float]


@dataclass(frozen=True)
class _Counting:
    """The queries of one publication over its periods, and the cells that come of them."""

    publication: Publication
    told: Told
    periods: list[dt.date]
    before: Table | None = field(default=None, kw_only=True)

    def draft(self, sources: tuple[str, ...]) -> Draft:
        publication, told = self.publication, self.told
        return Draft(
            about=publication.about(self._words(), sources),
            cells=list(self._cells()),
            base=publication.count.key if publication.printed else "",
            share_of={part.share.key: part.key for part in publication.parts if part.share},
            per_people={rate.key: (rate.unit.per_people or 1, told.people) for rate in publication.rates},
        )

    @cached_property
    def counts(self) -> Measured:
        return self._measured(self.publication.count)

    @cached_property
    def categories(self) -> list[str]:
        """The categories that there are now."""
        total = {key[2] for key in self.counts} if self.publication.by else set()
        return sorted(total)  # by name: an order by size would compare what is hidden

    @cached_property
    def gone(self) -> dict[str, list[str]]:
        """The categories that are not there any more, by the periods of which they were told."""
        by = self.publication.by
        if not by or not self.before or by not in self.before.about.key:
            return {}
        told = {(str(record["period"]), str(record[by])) for record in self.before.records}
        old = sorted(told - set(product({period for period, _ in told}, (ALL, *self.categories))))
        return {period: [category for of, category in old if of == period] for period, _ in old}

    def _words(self) -> dict[str, Text]:
        names = dict(self.told.places.agencies)
        fixed = {ALL: Text("Semua", "All"), NOT_RECORDED: UNKNOWN}

        def called(category: str) -> Text:
            name = names.get(category)
            return fixed.get(category) or (
                Text(name, name) if name else Text(word(category, "id"), word(category, "en"))
            )

        gone = sorted({category for period in self.periods for category in self.gone.get(period.isoformat(), ())})
        return {category: called(category) for category in (*self._whole(), *self.categories, *gone)}

    def _whole(self) -> tuple[str, ...]:
        return (ALL,) if self.publication.tree is Tree.CATEGORIES else ()

    def _cells(self) -> Iterator[Cell]:
        parts = {part.key: self._measured(self.publication.count, part.where) for part in self.publication.parts}
        amounts = {one.key: self._measured(one) for one in self.publication.amounts}
        figures = {one.key: self._measured(one) for one in self.publication.figures}
        if self.publication.tree is Tree.DAYS or (self.publication.tree is Tree.AREAS and self.publication.by):
            yield from self._totals()
        for key in self._keys():
            yield Cell(
                key=(key[0], key[1].isoformat(), *key[2:]),
                parent=self._parent(key),
                told=bool(set(key[2:]) & set(self.publication.told)),
                count=int(self._sum(self.counts, key)),
                parts={name: int(self._sum(found, key)) for name, found in parts.items()},
                amounts={name: self._sum(found, key) for name, found in amounts.items()},
                figures={name: _to_half(found.get(key)) for name, found in figures.items()},
            )

    def _sum(self, found: Measured, key: tuple[Any, ...]) -> float:
        if key[2:] == (ALL,):
            return sum(found.get((*key[:2], category), 0.0) for category in self.categories)
        return found.get(key, 0.0)

    def _keys(self) -> Iterator[tuple[Any, ...]]:
        """Every row that the table has, also where a category did not occur: no row would be a zero."""
        areas = [area.code for level in self.publication.levels for area in self.told.places.book.at(level)]
        for period, area in product(self.periods, areas):
            if not self.publication.by:
                yield area, period
                continue
            for category in (*self._whole(), *self.categories, *self.gone.get(period.isoformat(), ())):
                yield area, period, category

    def _parent(self, key: tuple[Any, ...]) -> Hashable | None:
        area, period, *rest = key
        match self.publication.tree:
            case Tree.AREAS:
                if area != self.told.city.code:
                    return (self.told.places.book[area].parent, period.isoformat(), *rest)
                return _total(period) if rest else None
            case Tree.CATEGORIES:
                return None if rest == [ALL] else (area, period.isoformat(), ALL)
            case Tree.DAYS:
                return _total(self._of_total(period))
            case Tree.NONE:
                return None

    def _of_total(self, period: dt.date) -> dt.date:
        """What the total of a period is of: of the week of a day, or of the period itself."""
        return start(period, self.publication.week) if self.publication.tree is Tree.DAYS else period

    def _totals(self) -> Iterator[Cell]:
        """The weeks of days, or all categories of a period: not told here, but who reads other tables knows them."""
        totals: dict[dt.date, int] = {}
        for (area, period, *_), count in self.counts.items():
            if area == self.told.city.code and period in self.periods:
                of = self._of_total(period)
                totals[of] = totals.get(of, 0) + int(count)
        for of in {self._of_total(period) for period in self.periods}:
            yield Cell(key=_total(of), count=totals.get(of, 0), printed=False)

    def _measured(self, indicator: Indicator, part: Expression | None = None) -> Measured:
        """An indicator by area, period and category, at every level that the table has."""
        found: Measured = {}
        for level in self.publication.levels:
            for *key, value in self.told.connection.execute(self._query(indicator, part, level)):
                if value is not None:
                    found[self._named(key)] = float(value)
        return found

    def _named(self, key: Sequence[Any]) -> tuple[Any, ...]:
        area, period, *rest = key
        day = period.date() if isinstance(period, dt.datetime) else period
        return (area, day, *(NOT_RECORDED if value is None else str(value) for value in rest))

    def _query(self, indicator: Indicator, part: Expression | None, level: str) -> sa.Select[Any]:
        told, by = self.told, self.publication.by
        last = after(self.periods[-1], self.publication.step)
        moment = Moment(last - DAY, dt.datetime.combine(last, dt.time(), told.city.tz))
        rows = indicator.rows(told.city, moment, told.as_of)
        keys = [
            _area(rows.c, indicator, told.city, level),
            _period(rows.c[indicator.time], self.publication.step, told.city),
            *([rows.c[by]] if by else []),
        ]
        value = sa.func.count() if part is not None else indicator.value(rows.c)
        kept = [rows.c.city_code == told.city.code, *_within(rows.c[indicator.time], self.periods[0], last, told.city)]
        kept += [condition(rows.c) for condition in (indicator.where, part) if condition]
        if level != Level.CITY and indicator.area:  # what is known of the district alone is in no ward
            kept.append(sa.func.length(rows.c[indicator.area]) >= LENGTHS[level])
        named = [key.label(f"k{n}") for n, key in enumerate(keys)]
        return sa.select(*named, value.label("value")).where(*kept).group_by(*named)


def _total(of: dt.date) -> Key:
    return ("total", of.isoformat())


def _area(c: Cells, indicator: Indicator, city: City, level: str) -> sa.ColumnElement[Any]:
    if level == Level.CITY or not indicator.area:
        return sa.literal(city.code)
    return sa.func.left(c[indicator.area], LENGTHS[level])


def _period(column: sa.ColumnElement[Any], step: Step, city: City) -> sa.ColumnElement[Any]:
    """The first day of the period that a row lies in; epidemic weeks are weeks two days ahead."""
    moment = sa.cast(local(column, city), sa.DateTime())
    if step is Step.EPIDEMIC_WEEK:
        ahead = sa.literal(2 * DAY, sa.Interval())
        return sa.func.date_trunc("week", moment + ahead) - ahead
    return sa.func.date_trunc(step.value, moment)


def _within(column: sa.ColumnElement[Any], first: dt.date, last: dt.date, city: City) -> list[sa.ColumnElement[bool]]:
    if isinstance(column.type, sa.Date):
        return [column >= first, column < last]
    since, until = (dt.datetime.combine(day, dt.time(), city.tz) for day in (first, last))
    return [column >= since, column < until]


def _to_half(value: float | None) -> float | None:
    return None if value is None else round(value / HALF) * HALF


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A list that is about no person, published as it is known: every row, chosen columns."""

    name: str
    subject: str
    title: Text
    meaning: Text
    grain: Text
    dataset: str
    columns: tuple[Column, ...]  # keys are columns of the dataset
    key: tuple[str, ...]
    limits: Text = NO_LIMITS

    @property
    def datasets(self) -> tuple[str, ...]:
        """What it is made of."""
        return (self.dataset,)


def columns_of(dataset: str, *names: str) -> tuple[Column, ...]:
    """Columns of a contract that is public throughout, as columns of a published list. Raises ValueError for others."""
    columns = [contract(dataset)[name] for name in names]
    if private := [column.name for column in columns if column.privacy is not Privacy.P0]:
        raise ValueError(f"{dataset}: not public: {', '.join(private)}")
    return tuple(
        Column(key=column.name, title=named(column.meaning), meaning=column.meaning, kind=LISTED[column.kind])
        for column in columns
    )


def listed(listing: Listed, told: Told) -> Draft | None:
    """The list as it is known; None where the city has no such source."""
    there = told.sources(listing.datasets)
    if not there:
        return None
    rows = read(listing.dataset, told.as_of)
    query = sa.select(*(rows.c[column.key] for column in listing.columns)).where(rows.c.city_code == told.city.code)
    found = told.connection.execute(query.order_by(*(rows.c[name] for name in listing.key))).all()
    about = About(
        name=listing.name,
        subject=listing.subject,
        title=listing.title,
        meaning=listing.meaning,
        grain=listing.grain,
        columns=tuple(_worded(column, [row[n] for row in found]) for n, column in enumerate(listing.columns)),
        key=listing.key,
        datasets=listing.datasets,
        sources=tuple(row.source for row in there),
        people=False,
        limits=listing.limits,
    )
    return Draft(about, exact=[Row(tuple(_plain(value) for value in row)) for row in found]) if found else None


def _worded(column: Column, values: Sequence[Any]) -> Column:
    if column.kind is not Kind.CATEGORY:
        return column
    seen = sorted({str(_plain(value)) for value in values if value is not None})
    return msgspec.structs.replace(column, words={one: Text(word(one, "id"), word(one, "en")) for one in seen})


def _plain(value: Any) -> Value:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, dt.date) else value
