"""Kept deliveries sifted and loaded again, in their order: after a correction of a contract, an alias or a column map.

All of a source's is one transaction: the rows of every delivery are staged, the one that has the last word
on a key is compared with what is stored. So a replay right after a load changes nothing.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl import raw
from etl.alone import alone
from etl.announce import announce
from etl.catalogue import contract
from etl.cities import City
from etl.contract import Semantics
from etl.limits import refuse_too_many
from etl.load import Counts, Manner, load, quarantine, record_run, stage_rows, staged, upsert
from etl.merge import Meeting, Precedence
from etl.pipeline import Outcome, attempt, sifted_of
from etl.readers.delivery import Delivery, no_rows, now, refused_frame
from etl.source import Source
from etl.span import Span
from etl.text import Text
from etl.warehouse import RUNS

NAME = "replay"
Seen = Callable[[Source, Delivery], None]


@dataclass(frozen=True)
class _Run:
    """A run of the ledger whose delivery was kept."""

    raw: str
    fresh_at: dt.datetime
    within: bool  # the range that is asked for


def replay(source: Source, city: City, asked: Span, seen: Seen) -> Outcome:
    """Replay what was delivered within the range; what came after it keeps the last word. The cursor stays."""
    return attempt(source, city, lambda connection: _replayed(connection, source, city, asked, seen))


def _replayed(connection: sa.Connection, source: Source, city: City, asked: Span, seen: Seen) -> Iterator[Counts]:
    with connection.begin():
        runs = _runs(connection, source, city.code, asked)
        again = _list if source.brings is Semantics.SNAPSHOT else _rows
        if any(run.within for run in runs):
            yield again(connection, source, city, runs, seen)


def _runs(connection: sa.Connection, source: Source, city_code: str, asked: Span) -> list[_Run]:
    mine = sa.and_(RUNS.c.city_code == city_code, RUNS.c.source == source.name)
    kept = sa.and_(mine, RUNS.c.raw.is_not(None), RUNS.c.fresh_at.is_not(None))
    within = sa.and_(RUNS.c.started_at >= asked.since, RUNS.c.started_at < asked.until)
    query = sa.select(RUNS.c.raw, RUNS.c.fresh_at, within.label("within")).where(kept).order_by(RUNS.c.run_id)
    return [_Run(*row) for row in connection.execute(query)]


def _list(connection: sa.Connection, source: Source, city: City, runs: list[_Run], seen: Seen) -> Counts:
    """Of whole lists the last one says all."""
    last = runs[-1]
    delivery = raw.read(source, last.raw, last.fresh_at) if last.within else None
    if delivery is None:
        return Counts()
    manner = Manner(raw=last.raw, precedence=Precedence.OWN, remember=_nothing)
    sifted = sifted_of(connection, delivery, source, city)
    counts = load(connection, contract(source.dataset), source, city.code, delivery, sifted, manner)
    seen(source, delivery)
    return counts


def _nothing(connection: sa.Connection, source: Source, city_code: str, delivery: Delivery) -> None:
    """A replay leaves the source where it is."""


def _rows(connection: sa.Connection, source: Source, city: City, runs: list[_Run], seen: Seen) -> Counts:
    of = contract(source.dataset)
    with staged(connection, of, source, city.code, Precedence.OWN) as meeting:
        tally = _Staging(connection, source, city, meeting)
        for run in runs:
            tally.add(run, seen)
        started = alone(connection, of, city.code)
        chosen = meeting.first() if source.brings is Semantics.APPEND else meeting.newest()
        asked = sa.select(chosen).where(chosen.c._row.between(tally.first, tally.last)).subquery("asked")
        merged = upsert(connection, meeting, tally.good, started, asked)
    counts = tally.counts + Counts(loaded=merged.loaded, unchanged=merged.unchanged, superseded=merged.superseded)
    record_run(connection, source, city.code, _as_delivery(), counts, started, tally.remarks)
    if counts.loaded:
        announce(connection, of.name, city.code)
    return counts


class _Staging:
    """Deliveries put onto one stage, their rows numbered through, those outside the range only for comparison."""

    def __init__(self, connection: sa.Connection, source: Source, city: City, meeting: Meeting) -> None:
        self._connection, self._source, self._city, self._meeting = connection, source, city, meeting
        self._row, self._deliveries, self._gone = 0, 0, 0
        self.first, self.last, self.good, self.counts = 1, 0, 0, Counts()

    def add(self, run: _Run, seen: Seen) -> None:
        delivery = raw.read(self._source, run.raw, run.fresh_at)
        if delivery is None:
            self._gone += run.within
            return
        sifted = sifted_of(self._connection, delivery, self._source, self._city)
        numbered = sifted.good.with_columns(_row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64) + self._row)
        stage_rows(self._connection, self._meeting, numbered)
        start, self._row = self._row + 1, self._row + numbered.height
        if not run.within:
            return
        self.first = self.first if self._deliveries else start
        self.last, self.good, self._deliveries = self._row, self.good + numbered.height, self._deliveries + 1
        fresh, before = quarantine(
            self._connection, self._source, self._city.code, delivery, sifted, self._meeting.ring
        )
        received = delivery.rows.height + delivery.refused.height
        refuse_too_many(self._source, delivery, sifted, received, fresh)
        self.counts += Counts(received, unchanged=before, superseded=sifted.duplicates, quarantined=fresh)
        seen(self._source, delivery)

    @property
    def remarks(self) -> dict[str, Any]:
        """What the ledger says of a replay beside its counts."""
        said = Text(f"{self._deliveries} kiriman diputar ulang", f"{self._deliveries} deliveries replayed")
        if self._gone:
            said = Text(
                f"{said.id}, {self._gone} tidak lagi tersimpan", f"{said.en}, {self._gone} are not kept any more"
            )
        return {"alarm": False, "note_id": said.id, "note_en": said.en}


def _as_delivery() -> Delivery:
    """What stands in the ledger where a delivery would."""
    return Delivery(NAME, no_rows(()), {}, now(), refused_frame())
