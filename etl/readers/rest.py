"""JSON APIs, page by page. Every value becomes the text that the server wrote; nested objects become dotted columns."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import polars as pl

from etl import cells, json_text
from etl.access import CursorPages, LinkPages, OffsetPages, Pages, Rest, Since
from etl.contract import Kind
from etl.errors import UnreadableFile
from etl.json_text import Item
from etl.readers import items
from etl.readers.api import Api
from etl.readers.delivery import Cursor, Delivery, now
from etl.readers.http import Answer, parsed
from etl.source import Source
from etl.text import Text

ABSENT = 404
BATCH = 20_000  # rows of one delivery
MOST_PAGES = 100_000
CLOCK_SLACK = dt.timedelta(days=1)  # of a naive moment, whatever its zone

Asked = dict[str, str | int]  # parameters of a question


def extract(source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
    """Batches of about 20,000 rows, in the server's order.

    The cursor moves with the last batch only: nothing says that the pages come in the order of
    change, and a run that was cut asks for all of it again. Raises what ``Api`` raises.
    """
    asked_at, place = now(), (cursor or {}).get("since")
    ahead, row = place, 0
    last: list[Item] = []
    with Api(source) as client:
        for batch in _batches(_pages(client, source, place)):
            if last:
                yield replace(_delivery(client, source, last, row, place, asked_at), last=False)
            row += len(last)
            ahead, last = _furthest(batch, source, ahead, asked_at), batch
        yield _delivery(client, source, last, row, ahead, asked_at)


def probe(source: Source, limit: int) -> pl.DataFrame:
    """The first rows of the first page."""
    small = msgspec.structs.replace(source, reader=msgspec.structs.replace(_reader(source), page_size=limit))
    with Api(small) as client:
        page = next(_pages(client, small, None), [])
        return _delivery(client, small, page[:limit], 0, None, now()).rows


def _reader(source: Source) -> Rest:
    if not isinstance(source.reader, Rest):
        raise TypeError(source.reader)
    return source.reader


def _batches(pages: Iterator[list[Item]]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for page in pages:
        batch += page
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _pages(client: Api, source: Source, place: str | None) -> Iterator[list[Item]]:
    """The pages with something on them, each flattened."""
    for number, page in enumerate(_listing(client, source, place)):
        if number == MOST_PAGES:
            raise _endless(client)
        if page:
            yield page


def _listing(client: Api, source: Source, place: str | None) -> Iterator[list[Item]]:
    match _reader(source).pagination:
        case Pages() | OffsetPages() as style:
            return _by_number(client, source, style, place)
        case CursorPages() as style:
            return _by_cursor(client, source, style, place)
        case LinkPages() as style:
            return _by_link(client, source, style, place)


def _by_number(client: Api, source: Source, style: Pages | OffsetPages, place: str | None) -> Iterator[list[Item]]:
    """Until a page is empty, absent (404), shorter than one before it, or the one before it again.

    A server may give fewer rows a page than it was asked for, so that a first short page proves
    nothing. When a page is full, the next request asks for what changed since its last row: in a
    list that moves while it is read, page numbers would skip a row.
    """
    reader = _reader(source)
    begin = 1 if isinstance(style, Pages) else 0
    at, longest, previous = begin, 0, None
    while True:
        asked = {style.number if isinstance(style, Pages) else style.offset: at, style.size: reader.page_size}
        answer = client.ask(_since(source, place) | asked, absent=at > begin)
        page = [] if answer.status == ABSENT else _items(answer, client)
        if page == previous and len(page) >= reader.page_size:
            raise _endless(client)
        if not page or page == previous:
            return
        yield page
        if len(page) < longest:
            return
        further = _last_moment(page, source, place) if len(page) >= reader.page_size else place
        step = 1 if isinstance(style, Pages) else len(page)
        at, place = (at + step, place) if further == place else (begin, further)
        longest, previous = max(longest, len(page)), page


def _by_cursor(client: Api, source: Source, style: CursorPages, place: str | None) -> Iterator[list[Item]]:
    asked = _since(source, place) | {style.size: _reader(source).page_size}
    seen: set[str] = set()
    while True:
        answer = client.ask(asked)
        yield _items(answer, client)
        following = items.within(_json(answer, client), style.next)
        if following in (None, "", False):
            return
        if not isinstance(following, str) or following in seen:
            raise _endless(client)
        seen.add(following)
        asked |= {style.parameter: following}


def _by_link(client: Api, source: Source, style: LinkPages, place: str | None) -> Iterator[list[Item]]:
    url = client.addressed(_since(source, place) | {style.size: _reader(source).page_size})
    seen: set[str] = set()
    while True:
        answer = client.get(url)
        seen.add(str(url))
        yield _items(answer, client)
        if answer.next_link is None:
            return
        url = url.join(parsed(answer.next_link, client.where))
        if str(url) in seen:
            raise _endless(client)


def _since(source: Source, place: str | None) -> Asked:
    since = _reader(source).since
    if since is None or place is None:
        return {}
    return {since.parameter or since.field: _asked(place, since, source)}


def _asked(place: str, since: Since, source: Source) -> str | int:
    """The moment as this server wants to be asked; a part of a second is left off, so that nothing is passed over."""
    moment = _moments([{since.field: place}], since, source)["at"][0] if since.format else None
    if moment is None:
        return place
    match since.format:
        case "epoch_s":
            return int(moment // 1_000_000)
        case "epoch_ms":
            return int(moment // 1_000)
        case _:
            whole = dt.datetime.fromtimestamp(moment // 1_000_000, dt.UTC)
            return whole.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moments(rows: list[Item], since: Since, source: Source) -> pl.DataFrame:
    """The texts of the since field (``text``) and their order (``at``: µs, or the number it is)."""
    text = pl.col("text")
    moment = cells.typed(Kind.TIMESTAMP, text, source.format, source.format.zone or "UTC").dt.epoch("us")
    day = cells.typed(Kind.DATE, text, source.format, "UTC").cast(pl.Datetime("us")).dt.epoch("us")
    texts = pl.DataFrame({"text": [item.get(since.field) for item in rows]}, schema={"text": pl.String})
    return texts.with_columns(at=pl.coalesce(moment, day, text.cast(pl.Int64, strict=False)))


def _furthest(rows: list[Item], source: Source, place: str | None, asked_at: dt.datetime) -> str | None:
    """The greatest moment so far, as the server wrote it; one in the future would hide all that comes after it."""
    since = _reader(source).since
    if since is None:
        return None
    limit = int((asked_at + CLOCK_SLACK).timestamp() * 1_000_000)
    known = _moments([{since.field: place}, *rows], since, source).filter(pl.col("at") <= limit)
    return known.sort("at", maintain_order=True)["text"][-1] if known.height else place


def _last_moment(page: list[Item], source: Source, place: str | None) -> str | None:
    """The moment of the last row, if the page is in the order of change; else the place itself."""
    since = _reader(source).since
    if since is None:
        return place
    moments = _moments(page, since, source)
    in_order = moments["at"].null_count() == 0 and moments["at"].is_sorted()
    return moments["text"][-1] if in_order else place


def _delivery(
    client: Api, source: Source, rows: list[Item], before: int, place: str | None, asked_at: dt.datetime
) -> Delivery:
    table = items.table(list(enumerate(rows, start=before + 1)), source, client.where)
    after: Cursor = {} if place is None else {"since": place}
    return Delivery(client.where.file, table.rows, after, asked_at, table.refused)


def _items(answer: Answer, client: Api) -> list[Item]:
    document = _json(answer, client)
    try:
        found = items.rows_at(document, client.reader.items)
    except ValueError as error:
        raise _not_json(client, str(error)) from error
    if found is None:
        action = Text("sesuaikan items sumber ini dengan jawaban server", "fit this source's items to the answer")
        raise UnreadableFile(items.no_list_at(document, client.reader.items), action, client.where)
    return found


def _json(answer: Answer, client: Api) -> Any:
    try:
        return json_text.loads(answer.body)
    except ValueError as error:
        raise _not_json(client, str(error)) from error


def _not_json(client: Api, said: str) -> UnreadableFile:
    return UnreadableFile(
        Text(f"jawaban server bukan JSON ({said})", f"the server's answer is not JSON ({said})"),
        Text(
            "periksa url sumber ini; mungkin halaman masuk atau pemeliharaan",
            "check this source's url; it may be a login or maintenance page",
        ),
        client.where,
    )


def _endless(client: Api) -> UnreadableFile:
    return UnreadableFile(
        Text("halaman berulang tanpa akhir", "the pages repeat without end"),
        Text(
            "periksa [reader.pagination] sumber ini: nama parameter dan page_size",
            "check [reader.pagination] of this source: names of parameters and page_size",
        ),
        client.where,
    )
