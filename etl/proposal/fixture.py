"""A few rows of a sample for the tests, in which nobody can be recognised.

Kept as they are: categories, areas, numbers and days of columns that are not personal. Every other text is replaced by
an invented one of the same shape, and a personal number or day is left out.
"""

import csv
import io
import secrets
import string

import polars as pl

from etl.areas import AreaBook
from etl.cells import header as first_header
from etl.contract import Column, Contract, Kind
from etl.readers.delivery import ROW
from etl.sift import sift
from etl.source import Cell, Source, Words

MOST = 20
NOWHERE = "99"  # no province has this code: an invented NIK or KK is nobody's
NIK_DIGITS = 16
LETTERS = "bcdfghjklmnpqrstvwxz"  # no vowels: chance then spells no words
PLAIN = (Kind.CATEGORY, Kind.AREA, Kind.INTEGER, Kind.DECIMAL, Kind.MONEY, Kind.DATE, Kind.TIMESTAMP, Kind.BOOLEAN)
TEXTS = (Kind.TEXT, Kind.CATEGORY, Kind.IDENTIFIER)


def fixture(rows: pl.DataFrame, contract: Contract, source: Source, book: AreaBook, zone: str) -> str:
    """The first good rows as a CSV of the cells that the source's columns are made of."""
    good = sift(rows, contract, source, book, zone, source.name).good
    chosen = rows.join(good.select(ROW), on=ROW, how="semi").head(MOST)
    keep = _columns(rows, contract, source)
    told = {name: _told(chosen[name], columns) for name, columns in keep.items()}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(told)
    writer.writerows(zip(*(cells.to_list() for cells in told.values()), strict=True))
    return out.getvalue()


def _columns(rows: pl.DataFrame, contract: Contract, source: Source) -> dict[str, list[Column]]:
    """The headers that the source reads, each with the columns that are made of it."""
    found: dict[str, list[Column]] = {}
    for name, said in source.columns.items():
        for words in _of(said):
            found.setdefault(_header(words, rows, source), []).append(contract[name])
    if source.area and contract.area:
        places = (source.area.code, source.area.kelurahan, source.area.kecamatan)
        for words in [place for place in places if place]:
            found.setdefault(_header(words, rows, source), []).append(contract[contract.area])
    return {name: found[name] for name in rows.columns if name in found}


def _of(said: Words | Cell) -> list[Words]:
    if not isinstance(said, Cell):
        return [said]
    return [*([said.header] if said.header else []), *(said.product or ()), *(said.join or ())]


def _header(words: Words, rows: pl.DataFrame, source: Source) -> str:
    return first_header(words, rows.columns, source, source.name)


def _told(cells: pl.Series, columns: list[Column]) -> pl.Series:
    """The cells as the fixture may show them, strictest column first."""
    if all(column.readable_by_web and column.kind in PLAIN for column in columns):
        return cells
    if all(column.kind in TEXTS for column in columns):
        return _invented(cells)
    return pl.Series(cells.name, [None] * len(cells), pl.String)


def _invented(cells: pl.Series) -> pl.Series:
    """Another text of the same shape for each different cell; equal cells stay equal."""
    made: dict[str, str] = {}
    for cell in cells.drop_nulls().unique(maintain_order=True):
        made[cell] = _like(cell)
        while not _differs(made[cell], cell, [text for other, text in made.items() if other != cell]):
            made[cell] = _like(cell)
    return cells.replace_strict(made, default=None, return_dtype=pl.String)


def _differs(text: str, cell: str, taken: list[str]) -> bool:
    short = sum(character.isalnum() for character in cell) <= 1  # there are few others of one letter, none of no letter
    return short or (text != cell and text not in taken)


def _like(cell: str) -> str:
    """Letters for letters and digits for digits; what is long enough for a NIK begins where nobody lives."""
    text = "".join(map(_character, cell))
    if sum(character.isdigit() for character in cell) < NIK_DIGITS:
        return text
    first = next(place for place, character in enumerate(text) if character.isdigit())
    return text[:first] + NOWHERE + text[first + len(NOWHERE) :]


def _character(character: str) -> str:
    if character.isdigit():
        return secrets.choice(string.digits)
    if character.isalpha():
        letter = secrets.choice(LETTERS)
        return letter.upper() if character.isupper() else letter
    return character
