"""Made truths of real cities, published release after release as the product publishes: late, corrected, moved rows.

Each row is known from one release on, until it is deleted or moved; what a release counts is what was known when it was
made. Counting stands in for the warehouse; everything after it is the product's own: the declared tables, disclosure
control, the staged and checked folder.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

import numpy as np
import polars as pl
import sqlalchemy as sa

from bench.attacker.published import ALL, REST, UNTOLD, Place
from dashboard.areas import Places
from dashboard.calendar import DAY, Step, whole
from dashboard.indicator import Expression, Indicator
from dashboard.publication import LENGTHS, Measured, Publication, Told, _Counting
from dashboard.publications import publications
from etl.areas import VILLAGES, area_book
from etl.bundle import Bundle, Manifest, Shelf
from etl.bundle import Place as Published
from etl.cities import City, load_city
from etl.release import Draft, Past, make

FIRST_RELEASE = dt.date(2026, 6, 27)
DAYS_BEFORE = 45 * 7  # that the first release knows of
RELEASE_EVERY = 7 * DAY
LATE, DELETED, MOVED, UNPLACED = 0.06, 0.02, 0.02, 0.05  # shares of rows
LATEST = 10  # releases
AGENCIES = 24

Column = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Size:
    """How much there is of a city: releases, weeks before the first of them, rows a kelurahan and week."""

    releases: int = 20
    days: int = DAYS_BEFORE
    busy: float = 6.0


EVERY = pl.lit(value=True)


@dataclass(frozen=True)
class Counted:
    """How an indicator is counted here."""

    dataset: str
    value: pl.Expr
    where: pl.Expr = EVERY
    time: str = "day"


ROWS = pl.len()
ARRIVED = pl.col("arrived").is_not_null() & (pl.col("outcome") == "emergency")
RECIPES = {
    "cases_new": Counted("cases", ROWS),
    "cases_died": Counted("cases", ROWS, pl.col("died").is_not_null(), "died"),
    "calls": Counted("calls", ROWS),
    "emergencies": Counted("calls", ROWS, pl.col("outcome") == "emergency"),
    "emergencies_reached": Counted("calls", ROWS, pl.col("outcome") == "emergency"),
    "arrival_p50": Counted("calls", pl.col("arrived").quantile(0.5), ARRIVED),
    "arrival_p90": Counted("calls", pl.col("arrived").quantile(0.9), ARRIVED),
    "aid_recipients": Counted("grants", pl.col("recipient").n_unique(), pl.col("status") == "paid"),
    "aid_amount": Counted("grants", pl.col("amount").sum(), pl.col("status") == "paid"),
    "aid_grants": Counted("grants", ROWS),
    "orders": Counted("orders", ROWS),
    "gmv": Counted("orders", pl.col("amount").sum()),
    "requests": Counted("requests", ROWS),
    "requests_served": Counted("requests", ROWS, pl.col("served").is_not_null(), "served"),
    "request_hours": Counted("requests", pl.col("hours").median(), pl.col("served").is_not_null(), "served"),
    "complaints": Counted("complaints", ROWS),
}
PARTS = {
    "requests_digital": pl.col("channel") == "digital",
    "complaints_closed": pl.col("status") == "closed",
}
PERIODS = {Step.DAY: "1d", Step.WEEK: "1w", Step.EPIDEMIC_WEEK: "1w", Step.MONTH: "1mo"}


class World:
    """One city: rows of everything that is counted, and what was known of them at each release."""

    def __init__(self, slug: str, seed: int, size: Size = Size(), unplaced: bool = False) -> None:
        self.city: City = load_city(slug)
        self.book = area_book(self.city)
        self.rng, self.size, self.unplaced = np.random.default_rng(seed), size, unplaced
        self.first = FIRST_RELEASE - size.days * DAY
        self.wards = np.array([area.code for area in self.book if area.level in VILLAGES])
        weights = self.rng.lognormal(0, 0.9, len(self.wards))
        self.weights = weights / weights.sum()
        self.data = {name: made() for name, made in self._datasets().items()}

    @property
    def parents(self) -> dict[str, str]:
        """The area that each area lies in."""
        return {area.code: area.parent for area in self.book if area.parent}

    def _datasets(self) -> Mapping[str, Callable[[], pl.DataFrame]]:
        return {
            "cases": self._cases,
            "calls": self._calls,
            "grants": self._grants,
            "orders": self._orders,
            "requests": self._requests,
            "complaints": self._complaints,
        }

    def _rows(self, share: float) -> dict[str, Column]:
        """Days and wards of a dataset that is so much as busy as the city, in waves."""
        days = self.size.days + self.size.releases * RELEASE_EVERY.days
        wave = np.exp(2.2 * np.sin(np.arange(days) / days * 14 + self.rng.uniform(0, 6)))
        mean = share * self.size.busy * len(self.wards) / 7 * wave / wave.mean()
        counts = self.rng.poisson(mean)
        day = np.repeat(np.arange(days), counts)
        return {"day": day, "area": self.rng.choice(self.wards, len(day), p=self.weights)}

    def _pick(self, size: int, **shares: float) -> Column:
        share = np.array(list(shares.values()))
        return self.rng.choice(np.array(list(shares)), size, p=share / share.sum())

    def _cases(self) -> pl.DataFrame:
        rows = self._rows(1.0)
        size = len(rows["day"])
        ages = {"0-5": 3, "6-17": 9, "18-30": 20, "31-45": 30, "46-59": 22, "60+": 15, "unknown": 0.4}
        rows["age_band"] = self._pick(size, **ages)
        rows["sex"] = self._pick(size, male=52, female=47, unknown=0.3)
        died = np.where(self.rng.random(size) < 0.05, rows["day"] + self.rng.integers(1, 20, size), -1)
        return self._known(rows | {"died": died})

    def _calls(self) -> pl.DataFrame:
        rows = self._rows(3.0)
        size = len(rows["day"])
        rows["outcome"] = self._pick(
            size, emergency=12, information=25, prank=35, ghost=27, abandoned=0.8, ivr_lost=0.2
        )
        rows["category"] = self._pick(size, Kebakaran=5, Kecelakaan=30, Medis=50, Banjir=3, Kriminal=10, Hewan=2)
        arrived = np.where(self.rng.random(size) < 0.7, self.rng.gamma(4, 3, size), np.nan)
        return self._known(rows | {"arrived": arrived})

    def _grants(self) -> pl.DataFrame:
        rows = self._rows(4.0)
        size = len(rows["day"])
        rows["recipient"] = np.arange(size)
        rows["programme"] = self._pick(size, PKH=30, Sembako=50, BST=19, JPS=1)
        rows["status"] = self._pick(size, proposed=6, verified=8, paid=85, rejected=1)
        return self._known(rows | {"amount": np.full(size, 200_000)})

    def _orders(self) -> pl.DataFrame:
        rows = self._rows(2.0)
        size = len(rows["day"])
        rows["buyer_type"] = self._pick(size, asn=45, opd=2, public=53)
        agencies = {f"D{number:02d}": 1 / number**1.5 for number in range(1, AGENCIES + 1)}
        rows["agency_code"] = np.where(rows["buyer_type"] == "public", "unknown", self._pick(size, **agencies))
        rows["category"] = self._pick(size, makanan=70, kerajinan=9, pakaian=15, jasa=5, lain=1)
        return self._known(rows | {"amount": self.rng.integers(10, 400, size) * 1000})

    def _requests(self) -> pl.DataFrame:
        rows = self._rows(4.0)
        size = len(rows["day"])
        rows["channel"] = self._pick(size, digital=72, counter=28)
        hours = self.rng.gamma(1.5, 40, size)
        served = np.where(self.rng.random(size) < 0.9, rows["day"] + (hours // 24).astype(int), -1)
        return self._known(rows | {"hours": hours, "served": served})

    def _complaints(self) -> pl.DataFrame:
        rows = self._rows(0.5)
        size = len(rows["day"])
        rows["agency_code"] = self._pick(size, **{f"D{n:02d}": 1 / n for n in range(1, AGENCIES + 1)})
        return self._known(rows | {"status": self._pick(size, closed=80, open=20)})

    def _known(self, rows: dict[str, Column]) -> pl.DataFrame:
        """Rows with the releases that know them, the first and the one after the last."""
        size = len(rows["day"])
        first = np.maximum(0, (rows["day"] - self.size.days) // RELEASE_EVERY.days + 1)
        late = np.where(self.rng.random(size) < LATE, self.rng.integers(1, LATEST, size), 0)
        since = first + late
        draw, life = self.rng.random(size), self.rng.integers(1, LATEST, size)
        until = np.where(draw < DELETED + MOVED, since + life, self.size.releases)
        known = pl.DataFrame(rows | {"since": since, "until": until})
        moved = known.filter(pl.Series((draw >= DELETED) & (draw < DELETED + MOVED)))
        to = self.rng.choice(self.wards, moved.height)
        again = moved.with_columns(
            area=pl.Series(to), since=pl.col("until"), until=pl.lit(self.size.releases, pl.Int64)
        )
        return self._dated(pl.concat([known, again.select(known.columns)]))

    def _dated(self, rows: pl.DataFrame) -> pl.DataFrame:
        days = [name for name in ("day", "died", "served") if name in rows.columns]
        dated = [
            pl.when(pl.col(name) >= 0).then(pl.lit(self.first) + pl.duration(days=pl.col(name))).alias(name)
            for name in days
        ]
        if self.unplaced:
            cut = self.rng.choice([5, 8, 13], rows.height, p=[UNPLACED, UNPLACED, 1 - 2 * UNPLACED])
            dated.append(pl.col("area").str.slice(0, pl.Series(cut)))
        return rows.with_columns(pl.col("arrived").fill_nan(None) if "arrived" in rows.columns else []).with_columns(
            dated
        )

    def known(self, number: int) -> dict[str, pl.DataFrame]:
        """What is known when the release with this number is made, counted from 0."""
        held = (pl.col("since") <= number) & (pl.col("until") > number)
        return {name: rows.filter(held) for name, rows in self.data.items()}

    def drafts(self, number: int, past: Past | None = None) -> Iterator[Draft]:
        """Every declared table, with exact counts; with the rows that the releases before it have."""
        people = {area.code: area.population for area in self.book if area.population}
        agencies = tuple((f"D{n:02d}", f"Dinas {n}") for n in range(1, AGENCIES + 1))
        today = FIRST_RELEASE + number * RELEASE_EVERY
        as_of = dt.datetime.combine(today, dt.time(), self.city.tz)
        told = Told(cast(sa.Connection, None), Places(self.city, self.book, agencies), as_of, people)
        rows = self.known(number)
        for publication in publications().values():
            if isinstance(publication, Publication):
                last = today - (1 + publication.settles) * DAY
                periods = list(whole(self.first, last, publication.step))[-publication.periods :]
                if periods:
                    before = past.table(publication.name) if past else None
                    yield Counting(publication, told, periods, rows, before=before).draft(())

    def truth(self, number: int) -> dict[Place, int]:
        """The exact counts of a release, for judging an attacker."""
        return dict(chain.from_iterable(_exact(draft, self.city.code) for draft in self.drafts(number)))

    def publish(self, shelf: Shelf) -> Iterator[Bundle]:
        """All releases, oldest first, each made before the next."""
        for number in range(self.size.releases):
            yield make(shelf, self._manifest(number), list(self.drafts(number, Past(shelf, self.city.slug))))

    def _manifest(self, number: int) -> Manifest:
        moment = dt.datetime.combine(FIRST_RELEASE + number * RELEASE_EVERY, dt.time(), self.city.tz)
        return Manifest(
            city=self.city.slug,
            city_code=self.city.code,
            city_name=self.city.name,
            zone=self.city.zone,
            number=0,
            made_at=moment,
            as_of=moment,
            previous=None,
            simulated=True,
            licence=self.city.release.licence,
            custodian=self.city.release.custodian,
            tables=(),
            sources=(),
            places=tuple(
                Published(
                    code=area.code, name=area.name, level=area.level, parent=area.parent, population=area.population
                )
                for area in self.book
            ),
        )


def _exact(draft: Draft, city: str) -> Iterator[tuple[Place, int]]:
    about = draft.about
    what = draft.base or UNTOLD.get(about.name, about.name)
    for cell in (cell for cell in draft.cells if cell.printed):
        area, start, kind = (*map(str, cell.key), "")[:3]
        place = Place(about.name, what, area, about.step, start, "" if kind == ALL else kind)
        yield place, cell.count
        for part, found in cell.parts.items():
            yield place._replace(what=f"{what}/{part}"), found
            yield place._replace(what=f"{what}/{part}{REST}"), cell.count - found


@dataclass(frozen=True)
class Counting(_Counting):
    """The product's cells of a table, counted in made rows."""

    rows: Mapping[str, pl.DataFrame]

    def _measured(self, indicator: Indicator, part: Expression | None = None) -> Measured:
        counted = RECIPES[indicator.key]
        where = counted.where
        if part is not None:
            where = where & PARTS[next(one.key for one in self.publication.parts if one.where is part)]
        value = ROWS if part is not None else counted.value
        rows = self.rows[counted.dataset].filter(where & (pl.col(counted.time) >= self.periods[0]))
        levels = self.publication.levels
        return dict(chain.from_iterable(self._level(rows, counted.time, value, level) for level in levels))

    def _level(
        self, rows: pl.DataFrame, time: str, value: pl.Expr, level: str
    ) -> Iterator[tuple[tuple[Any, ...], float]]:
        """A measure at one level. What lies in no area of the level is not counted there."""
        step, by = self.publication.step, self.publication.by
        ahead = pl.duration(days=2 if step is Step.EPIDEMIC_WEEK else 0)
        area = pl.lit(self.told.city.code) if level == "city" else pl.col("area").str.slice(0, LENGTHS[level])
        period = (pl.col(time) + ahead).dt.truncate(PERIODS[step]) - ahead
        keys = [area.alias("area"), period.alias("period"), *([pl.col(by)] if by else [])]
        placed = rows.filter(pl.col("area").str.len_chars() >= LENGTHS[level])
        for *key, found in placed.group_by(keys).agg(value.alias("value")).iter_rows():
            if found is not None:
                yield tuple(key), float(found)
