"""Whole lists: put together from their batches, refused when they have shrunk, ignored when they are old."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl.contract import Semantics
from etl.errors import Shrunk, Where
from etl.merge import Meeting, Merged, count
from etl.readers.delivery import Delivery, now
from etl.sift import Sifted
from etl.source import Source
from etl.text import Text
from etl.warehouse import RUNS, SOURCES

LEAST = 0.95  # of what is stored: a list below it is taken for a broken one

EMPTY = Text("nol baris: biasanya ada", "zero rows, where rows were expected")
OLDER = Text(
    "daftar ini lebih lama daripada yang sudah dimuat: tidak mengubah apa pun",
    "this list is older than the one that is loaded: it changes nothing",
)


@dataclass(frozen=True)
class Arrival:
    """When a delivery comes, beside what came before it."""

    older: bool = False  # a whole list from before the one that is loaded


def wholes(deliveries: Iterable[Delivery], source: Source) -> Iterator[Delivery]:
    """Of a snapshot one delivery per list, whatever its batches; of anything else the batches themselves."""
    if source.brings is not Semantics.SNAPSHOT:
        yield from deliveries
        return
    batches: list[Delivery] = []
    for delivery in deliveries:
        batches.append(delivery)
        if delivery.last:
            yield _joined(batches)
            batches = []


def _joined(batches: list[Delivery]) -> Delivery:
    return replace(
        batches[-1],
        rows=pl.concat([batch.rows for batch in batches], how="diagonal"),
        refused=pl.concat([batch.refused for batch in batches]),
        notes=tuple(note for batch in batches for note in batch.notes),
    )


def arrival(connection: sa.Connection, source: Source, city_code: str, delivery: Delivery, raw: str | None) -> Arrival:
    """Whether this is an old list: by its time, or because this very file came before the one that is loaded."""
    if source.brings is not Semantics.SNAPSHOT:
        return Arrival()
    mine = sa.and_(RUNS.c.city_code == city_code, RUNS.c.source == source.name, RUNS.c.fresh_at.is_not(None))
    last = connection.scalar(sa.select(RUNS.c.delivery).where(mine).order_by(RUNS.c.run_id.desc()).limit(1))
    same = sa.select(RUNS.c.run_id).where(mine, RUNS.c.delivery == delivery.name, RUNS.c.raw == raw).limit(1)
    again = last != delivery.name and connection.scalar(same) is not None
    known = sa.select(SOURCES.c.fresh_at).where(SOURCES.c.city_code == city_code, SOURCES.c.source == source.name)
    loaded = connection.scalar(known)
    return Arrival(older=again or (loaded is not None and min(delivery.fresh_at, now()) < loaded))


def refuse_shrunk(
    connection: sa.Connection, meeting: Meeting, source: Source, delivery: Delivery, sifted: Sifted, accepted: bool
) -> None:
    """Raises Shrunk when a list is too short to be true; an empty one is never taken for a deletion of all."""
    there = count(connection, sa.select(meeting.table.c.city_code).where(meeting.own))
    refused = sifted.bad.height + delivery.refused.height
    listed = count(connection, sa.select(meeting.newest().c.city_code)) + refused
    if not there or (listed and accepted) or listed >= LEAST * there:
        return
    action = _accept(source) if listed else _ask(source)
    raise Shrunk(
        Text(
            f"daftar ini hanya {listed} baris, sedangkan yang tersimpan {there}; tidak ada yang dihapus",
            f"this list has only {listed} rows where {there} are stored; nothing was deleted",
        ),
        action,
        Where(source.city, source.name, delivery.name),
    )


def _accept(source: Source) -> Text:
    command = f"python -m etl run --city {source.city} --source {source.name} --accept-shrink"
    return Text(
        f"tanyakan kepada pemilik data; bila memang sebanyak itu yang dihapus: {command}",
        f"ask the owner of the data; if so many really went: {command}",
    )


def _ask(source: Source) -> Text:
    return Text(
        f"daftar kosong tidak pernah menghapus; tanyakan kepada {source.owner}",
        f"an empty list never deletes; ask {source.owner}",
    )


def remarks(
    source: Source, delivery: Delivery, received: int, merged: Merged, came: Arrival, accepted: bool
) -> dict[str, Any]:
    """What the ledger says of a delivery beside its counts; an alarm is for a person to look at."""
    alarms = [EMPTY] if not received and not source.asks_for_changes else []
    if came.older:
        alarms.append(OLDER)
    if merged.spared:
        alarms.append(_spared(merged.spared))
    if accepted and merged.deleted:
        alarms.append(_accepted(merged.deleted))
    said = [*delivery.notes, *alarms]
    return {
        "alarm": bool(alarms),
        "note_id": "; ".join(note.id for note in said),
        "note_en": "; ".join(note.en for note in said),
        "fresh_at": None if came.older else delivery.fresh_at,
    }


def _spared(rows: int) -> Text:
    return Text(
        f"{rows} baris tersimpan tidak ada di daftar tetapi tidak dihapus: baris yang ditolak mungkin menyebutnya",
        f"{rows} stored rows are not on the list and stay: a refused row may be one of them",
    )


def _accepted(rows: int) -> Text:
    return Text(
        f"{rows} baris dihapus; penyusutan diterima dengan --accept-shrink",
        f"{rows} rows deleted; the shrinking was accepted with --accept-shrink",
    )
