"""JSON APIs, page by page. Every value becomes the text that the server wrote; nested objects become dotted columns."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import polars as pl

from etl import cells
from etl.contract import Kind
from etl.errors import UnreadableFile
from etl.readers import headers
from etl.readers.delivery import ROW, Cursor, Delivery, Refusal, no_rows, now, refused_frame
from etl.readers.http import Answer, Client, parsed
from etl.source import CursorPages, LinkPages, Pages, Rest, Since, Source
from etl.text import Text

ABSENT = 404
BATCH = 20_000  # rows of one delivery
MOST_PAGES = 100_000
CLOCK_SLACK = dt.timedelta(days=1)  # of a naive moment, whatever its zone
UNSTORABLE = Text(
    "berisi karakter yang tidak dapat disimpan (NUL atau separuh karakter)",
    "holds a character that cannot be stored (NUL or half a character)",
)

Item = dict[str, str | None]


def extract(source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
    """Batches of about 20,000 rows, in the server's order.

    The cursor moves with the last batch only: nothing says that the pages come in the order of
    change, and a run that was cut asks for all of it again. Raises what ``Client`` raises.
    """
    asked_at, place = now(), (cursor or {}).get("since")
    ahead, row = place, 0
    last: list[Item] = []
    with Client(source) as client:
        for items in _batches(_pages(client, source, place)):
            if last:
                yield _delivery(client, source, last, row, place, asked_at)
            row += len(last)
            ahead, last = _furthest(items, source, ahead, asked_at), items
        yield _delivery(client, source, last, row, ahead, asked_at)


def probe(source: Source, limit: int) -> pl.DataFrame:
    """The first rows of the first page."""
    small = msgspec.structs.replace(source, reader=msgspec.structs.replace(_reader(source), page_size=limit))
    with Client(small) as client:
        items = next(_pages(client, small, None), [])
        return _delivery(client, small, items[:limit], 0, None, now()).rows


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


def _pages(client: Client, source: Source, place: str | None) -> Iterator[list[Item]]:
    """The pages with something on them, each flattened."""
    for number, page in enumerate(_listing(client, source, place)):
        if number == MOST_PAGES:
            raise _endless(client)
        if page:
            yield page


def _listing(client: Client, source: Source, place: str | None) -> Iterator[list[Item]]:
    match _reader(source).pagination:
        case Pages() as style:
            return _by_number(client, source, style, place)
        case CursorPages() as style:
            return _by_cursor(client, source, style, place)
        case LinkPages() as style:
            return _by_link(client, source, style, place)


def _by_number(client: Client, source: Source, style: Pages, place: str | None) -> Iterator[list[Item]]:
    """Until a page is empty, absent (404), shorter than one before it, or the one before it again.

    A server may give fewer rows a page than it was asked for, so that a first short page proves
    nothing. When a page is full, the next request asks for what changed since its last row: in a
    list that moves while it is read, page numbers would skip a row.
    """
    reader = _reader(source)
    number, longest, previous = 1, 0, None
    while True:
        asked = {style.number: str(number), style.size: str(reader.page_size)}
        answer = client.get(client.home.copy_merge_params(_since(reader, place) | asked), absent=number > 1)
        page = [] if answer.status == ABSENT else _items(answer, client)
        if page == previous and len(page) >= reader.page_size:
            raise _endless(client)
        if not page or page == previous:
            return
        yield page
        if len(page) < longest:
            return
        further = _last_moment(page, source, place) if len(page) >= reader.page_size else place
        number, place = (number + 1, place) if further == place else (1, further)
        longest, previous = max(longest, len(page)), page


def _by_cursor(client: Client, source: Source, style: CursorPages, place: str | None) -> Iterator[list[Item]]:
    reader = _reader(source)
    asked = _since(reader, place) | {style.size: str(reader.page_size)}
    seen: set[str] = set()
    while True:
        answer = client.get(client.home.copy_merge_params(asked))
        yield _items(answer, client)
        following = _within(_json(answer, client), style.next)
        if following in (None, "", False):
            return
        if not isinstance(following, str) or following in seen:
            raise _endless(client)
        seen.add(following)
        asked |= {style.parameter: following}


def _by_link(client: Client, source: Source, style: LinkPages, place: str | None) -> Iterator[list[Item]]:
    reader = _reader(source)
    url = client.home.copy_merge_params(_since(reader, place) | {style.size: str(reader.page_size)})
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


def _since(reader: Rest, place: str | None) -> dict[str, str]:
    if reader.since is None or place is None:
        return {}
    return {reader.since.parameter or reader.since.field: place}


def _moments(items: list[Item], since: Since, source: Source) -> pl.DataFrame:
    """The texts of the since field (``text``) and their order (``at``: µs, or the number it is)."""
    text = pl.col("text")
    moment = cells.typed(Kind.TIMESTAMP, text, source.format, source.format.zone or "UTC").dt.epoch("us")
    day = cells.typed(Kind.DATE, text, source.format, "UTC").cast(pl.Datetime("us")).dt.epoch("us")
    texts = pl.DataFrame({"text": [item.get(since.field) for item in items]}, schema={"text": pl.String})
    return texts.with_columns(at=pl.coalesce(moment, day, text.cast(pl.Int64, strict=False)))


def _furthest(items: list[Item], source: Source, place: str | None, asked_at: dt.datetime) -> str | None:
    """The greatest moment so far, as the server wrote it; one in the future would hide all that comes after it."""
    since = _reader(source).since
    if since is None:
        return None
    limit = int((asked_at + CLOCK_SLACK).timestamp() * 1_000_000)
    known = _moments([{since.field: place}, *items], since, source).filter(pl.col("at") <= limit)
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
    client: Client, source: Source, items: list[Item], before: int, place: str | None, asked_at: dt.datetime
) -> Delivery:
    numbered = list(enumerate(items, start=before + 1))
    good = [(row, item) for row, item in numbered if _storable(item)]
    refusals = [Refusal(row, UNSTORABLE, _harmless(item)) for row, item in numbered if not _storable(item)]
    after: Cursor = {} if place is None else {"since": place}
    return Delivery(client.where.file, _frame(good, source), after, asked_at, refused_frame(refusals))


def _frame(numbered: list[tuple[int, Item]], source: Source) -> pl.DataFrame:
    wanted = headers.wanted_headers(source)
    if not numbered:
        return no_rows(wanted)
    fields = list(dict.fromkeys(field for _, item in numbered for field in item))
    names = headers.as_spelled(fields, wanted)
    columns = [
        pl.Series(name, [item.get(field) for _, item in numbered], pl.String)
        for name, field in zip(names, fields, strict=True)
    ]
    return pl.DataFrame([*columns, pl.Series(ROW, [row for row, _ in numbered], pl.Int64)])


def _storable(item: Item) -> bool:
    return not any(text and ("\0" in text or not _whole(text)) for text in item.values())


def _whole(text: str) -> bool:
    """False for half a character (a lone surrogate), which JSON can write and no file can hold."""
    return text.isascii() or text.encode(errors="ignore").decode() == text


def _harmless(item: Item) -> Item:
    return {field: text and text.replace("\0", "␀").encode(errors="replace").decode() for field, text in item.items()}


def _items(answer: Answer, client: Client) -> list[Item]:
    found = _within(_json(answer, client), client.reader.items)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise _misshapen(answer, client)
    return [dict(flat(item)) for item in found]


def _json(answer: Answer, client: Client) -> Any:
    """The answer with every number as the text it was written in."""
    try:
        return json.loads(answer.body, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(
            Text("jawaban server bukan JSON", "the server's answer is not JSON"),
            Text(
                "periksa url sumber ini; mungkin halaman masuk atau pemeliharaan",
                "check this source's url; it may be a login or maintenance page",
            ),
            client.where,
        ) from error


def _within(answer: Any, place: str) -> Any:
    for key in place.split(".") if place else ():
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer


def flat(item: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    """The fields of an object with its inner objects' as dotted names, each value as the text it was written in."""
    for key, value in item.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, _cell(value)


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _misshapen(answer: Answer, client: Client) -> UnreadableFile:
    said = _json(answer, client)
    there = ", ".join(said) if isinstance(said, dict) else type(said).__name__
    place = client.reader.items or "–"
    return UnreadableFile(
        Text(
            f"tidak ada daftar objek di {place!r}; yang ada: {there}",
            f"there is no list of objects at {place!r}; there is: {there}",
        ),
        Text("sesuaikan items sumber ini dengan jawaban server", "fit this source's items to the server's answer"),
        client.where,
    )


def _endless(client: Client) -> UnreadableFile:
    return UnreadableFile(
        Text("halaman berulang tanpa akhir", "the pages repeat without end"),
        Text(
            "periksa [reader.pagination] sumber ini: nama parameter dan page_size",
            "check [reader.pagination] of this source: names of parameters and page_size",
        ),
        client.where,
    )
