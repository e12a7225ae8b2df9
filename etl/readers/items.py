"""Objects as rows of text cells."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from etl import headers
from etl.errors import Where
from etl.json_text import Item, flat
from etl.readers.delivery import ROW, Refusal, Table, no_rows, refused_frame
from etl.source import Source
from etl.text import Text

UNSTORABLE = Text(
    "berisi karakter yang tidak dapat disimpan (NUL atau separuh karakter)",
    "holds a character that cannot be stored (NUL or half a character)",
)


def within(document: Any, place: str) -> Any:
    """What stands at a dotted place; None when there is nothing."""
    for key in place.split(".") if place else ():
        document = document.get(key) if isinstance(document, dict) else None
    return document


def rows_at(document: Any, place: str) -> list[Item] | None:
    """The objects of the list at a place; None when there is no list of objects."""
    found = within(document, place)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        return None
    return [flat(item) for item in found]


def no_list_at(document: Any, place: str) -> Text:
    """What is wrong when ``rows_at`` finds nothing."""
    there = ", ".join(list(document)[:20]) if isinstance(document, dict) else type(document).__name__
    return Text(
        f"tidak ada daftar objek di {place or '–'!r}; yang ada: {there}",
        f"there is no list of objects at {place or '–'!r}; there is: {there}",
    )


def table(
    numbered: Sequence[tuple[int, Item]], source: Source, where: Where, refusals: Sequence[Refusal] = ()
) -> Table:
    """Rows with their numbers; one with a character that no database holds is refused.

    Raises UnreadableFile when they have more columns than any table has.
    """
    good = [(row, item) for row, item in numbered if _storable(item)]
    bad = [Refusal(row, UNSTORABLE, harmless(item)) for row, item in numbered if not _storable(item)]
    return Table(_frame(good, source, where), refused_frame([*refusals, *bad]))


def _frame(numbered: Sequence[tuple[int, Item]], source: Source, where: Where) -> pl.DataFrame:
    wanted = headers.wanted_headers(source)
    if not numbered:
        return no_rows(wanted)
    fields = list(dict.fromkeys(field for _, item in numbered for field in item))
    headers.refuse_wide(len(fields), where)
    names = headers.as_spelled(fields, wanted)
    columns = [
        pl.Series(name, [item.get(field) for _, item in numbered], pl.String)
        for name, field in zip(names, fields, strict=True)
    ]
    return pl.DataFrame([*columns, pl.Series(ROW, [row for row, _ in numbered], pl.Int64)])


def _storable(item: Item) -> bool:
    return not any(text and ("\0" in text or not _whole(text)) for pair in item.items() for text in pair)


def _whole(text: str) -> bool:
    """False for half a character (a lone surrogate), which JSON can write and no file can hold."""
    return text.isascii() or text.encode(errors="ignore").decode() == text


def harmless(item: Item) -> Item:
    """The cells as they can be kept: NUL made visible, half characters replaced."""
    return {_harmless(field): text and _harmless(text) for field, text in item.items()}


def _harmless(text: str) -> str:
    return text.replace("\0", "␀").encode(errors="replace").decode()
