"""The past of a source, brought in by range: beside its ordinary runs, window by window, and on again after a stop.

It fills what is missing and takes newer revisions; the cursor of the ordinary runs stays where it is.
"""

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import httpx
import msgspec
import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from etl import cells, rollups
from etl.access import Folder, Rest, Sql
from etl.cities import City
from etl.contract import Kind, Semantics
from etl.errors import SourceError, Where
from etl.load import Counts, Manner
from etl.merge import Precedence
from etl.pipeline import Outcome, Watch, attempt, cursor, take
from etl.planner import Growth
from etl.readers import extract, folder, places
from etl.readers.delivery import Cursor, Delivery, now
from etl.readers.places.file import File
from etl.source import Source
from etl.span import Span
from etl.text import Text
from etl.warehouse import BACKFILLS

WINDOW = dt.timedelta(days=7)
ISO = "%Y-%m-%d %H:%M:%S"  # what every database reads
NAMED = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")  # in a file's name
Position = dict[str, Any]


def backfill(source: Source, city: City, span: Span, watch: Watch, finished: Callable[[], None]) -> Outcome:
    """Bring in what a source has within the span; one that was stopped goes on where it was."""

    def work(connection: sa.Connection) -> Iterator[Counts]:
        _refuse_unasked(source)
        place = _Place(connection, source, city, span)
        for window in windows(source, span):
            yield from _window(connection, source, city, window, place, watch)
            finished()
        place.finish()

    return attempt(source, city, work, purpose=" backfill")


def _window(
    connection: sa.Connection, source: Source, city: City, window: Span, place: "_Place", watch: Watch
) -> Iterator[Counts]:
    if place.is_past(window):
        return
    growth = Growth(source.dataset, city.code, rollups.tables(source.dataset))
    asked, start = _asked(connection, source, city, window)
    for delivery in extract(asked, place.goes_on(start)):
        wanted, beyond = _within(delivery, source, city, window)
        if beyond:
            break
        counts = take(connection, source, city, wanted, Manner(precedence=Precedence.STORED, remember=place.remember))
        watch(source, wanted, counts)
        yield counts
        growth.by(connection, counts.loaded)
    place.leave(window)


def windows(source: Source, span: Span) -> list[Span]:
    """A service that can end a range is asked week by week; anything else all at once."""
    edges = [span.since]
    while _ends(source) and edges[-1] + WINDOW < span.until:
        edges.append(edges[-1] + WINDOW)
    return [Span(*ends) for ends in pairwise([*edges, span.until])]


class _Place:
    """How far a back-fill is: in the ledger, moved by the transactions that load."""

    def __init__(self, connection: sa.Connection, source: Source, city: City, span: Span) -> None:
        self._connection = connection
        self._key = {"city_code": city.code, "source": source.name, "since": span.since, "until": span.until}
        self._mine = sa.and_(*(BACKFILLS.c[name] == value for name, value in self._key.items()))
        with connection.begin():
            self._position: Position = self._begun() or self._anew()

    def _begun(self) -> Position | None:
        unfinished = sa.select(BACKFILLS.c.position).where(self._mine, BACKFILLS.c.finished_at.is_(None))
        return self._connection.scalar(unfinished)

    def _anew(self) -> Position:
        fresh = {"position": {}, "started_at": now(), "finished_at": None}
        statement = insert(BACKFILLS).values(self._key | fresh)
        self._connection.execute(statement.on_conflict_do_update(index_elements=list(self._key), set_=fresh))
        return {}

    def is_past(self, window: Span) -> bool:
        """Whether a window was left behind before."""
        return bool(self._position.get("done", 0) >= window.until.timestamp())

    def goes_on(self, start: Cursor) -> Cursor:
        """The cursor within the first window that is not done."""
        before: Cursor = self._position.get("cursor") or {}
        if "files" in start:
            return {"files": start["files"] | before.get("files", {})}
        return before or start

    def remember(self, connection: sa.Connection, source: Source, city_code: str, delivery: Delivery) -> None:
        """What is loaded is not asked for again; the ordinary cursor is not touched."""
        self._position = {"done": self._position.get("done", 0), "cursor": delivery.cursor}
        connection.execute(sa.update(BACKFILLS).where(self._mine).values(position=self._position))

    def leave(self, window: Span) -> None:
        """Go on to the next window."""
        self._position = {"done": window.until.timestamp()}
        self._write(position=self._position)

    def finish(self) -> None:
        """All of it is there."""
        self._write(finished_at=now())

    def _write(self, **said: Any) -> None:
        with self._connection.begin():
            self._connection.execute(sa.update(BACKFILLS).where(self._mine).values(said))


def _ends(source: Source) -> bool:
    """Whether the source can be told where a range ends."""
    reader = source.reader
    return isinstance(reader, Rest) and reader.body is None and reader.since is not None and bool(reader.since.until)


def _refuse_unasked(source: Source) -> None:
    rangeable = isinstance(source.reader, Folder) or source.asks_for_changes
    if rangeable and source.brings is not Semantics.SNAPSHOT:
        return
    raise SourceError(
        Text("sumber ini selalu memberi seluruh daftarnya", "this source always gives its whole list"),
        Text("jalankan saja: python -m etl run", "just run: python -m etl run"),
        Where(source.city, source.name),
    )


def _asked(connection: sa.Connection, source: Source, city: City, window: Span) -> tuple[Source, Cursor]:
    """The source as it is asked for one window, and the cursor that begins it."""
    reader = source.reader
    if isinstance(reader, Folder):
        return source, {"files": _files_outside(source, city, window)}
    form = _form(source, cursor(connection, source, city), city)
    if isinstance(reader, Rest) and reader.since and _ends(source):
        ended = httpx.URL(reader.url).copy_merge_params(
            {reader.since.until: _written(window.until, form, source, city)}
        )
        reader = msgspec.structs.replace(reader, url=str(ended))
    return msgspec.structs.replace(source, reader=reader), {"since": _written(window.since, form, source, city)}


def _files_outside(source: Source, city: City, window: Span) -> dict[str, list[Any]]:
    """The files of a folder that are not asked for, as if they had been read."""
    with places.opened(source, {}) as place:
        files = folder.settled(place, {})
    return {file.name: [file.size, file.mtime_ns, ""] for file in files if not _belongs(file, city, window)}


def _belongs(file: File, city: City, window: Span) -> bool:
    """By the day or month in a file's name, else by its own time."""
    named = NAMED.search(file.name)
    if named is None:
        return file.changed_at in window
    year, month, day = int(named[1]), int(named[2]), int(named[3] or 0)
    last = min(day or 31, calendar.monthrange(year, month)[1])
    begins = dt.datetime(year, month, min(day or 1, last), tzinfo=city.tz)
    ends = dt.datetime(year, month, last, tzinfo=city.tz) + dt.timedelta(days=1)
    return begins < window.until and ends > window.since


def _within(delivery: Delivery, source: Source, city: City, window: Span) -> tuple[Delivery, bool]:
    """The rows of the window, those without a moment among them; and whether all is beyond it, in a table in order."""
    since = getattr(source.reader, "since", None)
    if since is None or since.field not in delivery.rows.columns:
        return delivery, False
    at = cells.typed(Kind.TIMESTAMP, pl.col(since.field), source.format, source.format.zone or city.zone)
    moments = delivery.rows.select(at.alias("at"))["at"]
    since_utc, until_utc = window.since.astimezone(dt.UTC), window.until.astimezone(dt.UTC)
    inside = ((moments >= since_utc) & (moments < until_utc)).fill_null(True)
    past = (moments >= until_utc).fill_null(False)
    beyond = isinstance(source.reader, Sql) and len(past) > 0 and bool(past.all())
    return replace(delivery, rows=delivery.rows.filter(inside)), beyond


def _form(source: Source, known: Cursor | None, city: City) -> str:
    """How this server writes a moment: as in its last answer, else in its first format."""
    said, forms = (known or {}).get("since"), source.format.datetimes
    first = ISO if isinstance(source.reader, Sql) else forms[0]
    return next((form for form in forms if said and _reads(form, said, source, city)), first)


def _reads(form: str, text: str, source: Source, city: City) -> bool:
    alone = msgspec.structs.replace(source.format, datetimes=(form,))
    read = cells.typed(Kind.TIMESTAMP, pl.col("text"), alone, source.format.zone or city.zone)
    return pl.DataFrame({"text": [text]}).select(read).item() is not None


def _written(moment: dt.datetime, form: str, source: Source, city: City) -> str:
    seconds = {"epoch_s": 1, "epoch_ms": 1000}
    if form in seconds:
        return str(round(moment.timestamp() * seconds[form]))
    local = pl.Series([moment.astimezone(dt.UTC)]).dt.convert_time_zone(source.format.zone or city.zone)
    return str(local.dt.strftime(form.replace("%#z", "%:z"))[0])
