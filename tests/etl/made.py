"""Rows made for any contract: what a source that names every column by itself would deliver."""

import datetime as dt
import re
from typing import Any

import polars as pl
from hypothesis import strategies as st

from etl.access import Csv
from etl.contract import Column, Contract, Kind
from etl.readers.delivery import Delivery, now, refused_frame
from etl.rules import AtLeast, AtMost, Matches, NonZero, NotAfterNow, OneOf
from etl.source import AreaCells, Format, Source
from etl.text import Text

FORMAT = Format(datetimes=("%Y-%m-%dT%H:%M:%S%.f%#z",), dates=("%Y-%m-%d",))
AREA_CODES = ("64.72.01.1001", "64.72.02", "64.72.05.1004")
PRINTED = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
SPREAD = re.compile(r"\d+(?:[.,]\d*(?:e\+?\d+)?|e\+?\d+)\Z", re.IGNORECASE)  # what a spreadsheet makes of a number
Cells = dict[str, str | None]


def source_of(contract: Contract, name: str = "sumber", city: str = "kota") -> Source:
    """A source whose headers are the contract's own column names."""
    columns = {column.name: column.name for column in contract.delivered if column.kind is not Kind.AREA}
    area = AreaCells(code=contract.area) if contract.area else None
    return Source(
        dataset=contract.name, app="app", title=Text("uji", "test"), owner="o", licence="l", cadence_s=1, promise_s=9,
        reader=Csv(path="."), columns=columns, area=area, format=FORMAT, city=city, name=name,
    )  # fmt: skip


def delivery_of(rows: list[Cells], contract: Contract, name: str = "berkas.csv") -> Delivery:
    """These cells as a reader hands them over, numbered from 2."""
    schema = {column.name: pl.String for column in contract.delivered} | {"_row": pl.Int64}
    numbered = [row | {"_row": number} for number, row in enumerate(rows, start=2)]
    return Delivery(name, pl.DataFrame(numbered, schema=schema), {"files": {}}, now(), refused_frame())


def broken(column: Column, value: Any) -> bool:
    """Whether a value breaks a rule of its column, told without polars."""
    return any(_breaks(rule, value) for rule in column.rules)


def _breaks(rule: Any, value: Any) -> bool:
    match rule:
        case AtLeast(minimum):
            return value < minimum
        case AtMost(maximum):
            return value > maximum
        case NonZero():
            return value == 0
        case OneOf(words):
            return value not in words
        case Matches(pattern):
            return re.fullmatch(pattern, value, re.ASCII) is None
        case NotAfterNow(slack):
            return value > dt.datetime.now(dt.UTC) + dt.timedelta(minutes=slack)
    raise TypeError(f"a rule that this test does not know: {rule}")


def good_cell(column: Column) -> st.SearchStrategy[str]:
    """Texts that the column takes."""
    for rule in column.rules:
        if isinstance(rule, OneOf):
            return st.sampled_from(rule.words)
        if isinstance(rule, Matches):
            return st.from_regex(rule.pattern, fullmatch=True, alphabet="0123456789.")
    return _plain(column)


def _plain(column: Column) -> st.SearchStrategy[str]:
    low = max((rule.minimum for rule in column.rules if isinstance(rule, AtLeast)), default=-(10**6))
    high = min((rule.maximum for rule in column.rules if isinstance(rule, AtMost)), default=10**6)
    moments = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2025, 1, 1), timezones=st.just(dt.UTC))
    match column.kind:
        case Kind.INTEGER:
            return st.integers(int(low), int(high)).map(str)
        case Kind.DECIMAL:
            return st.floats(low, high).filter(bool).map("{:.6f}".format).filter(lambda text: float(text) != 0)
        case Kind.MONEY:
            return st.decimals(low, high, places=2).filter(bool).map("{:f}".format)
        case Kind.DATE:
            return moments.map(lambda moment: moment.date().isoformat())
        case Kind.TIMESTAMP:
            return moments.map(lambda moment: moment.isoformat(timespec="microseconds"))
        case Kind.BOOLEAN:
            return st.sampled_from(("true", "false"))
        case Kind.AREA:
            return st.sampled_from(AREA_CODES)
        case _:
            texts = st.text(PRINTED, min_size=1, max_size=12).filter(lambda text: text.strip() not in FORMAT.empty)
            return texts.filter(lambda text: not SPREAD.match(text)) if column.kind is Kind.IDENTIFIER else texts


def good_row(contract: Contract) -> st.SearchStrategy[Cells]:
    """Rows that the contract takes; what is not required may be empty."""
    never_empty = _keys(contract) | {column.name for column in contract.delivered if column.required}
    cells = {column.name: good_cell(column) for column in contract.delivered}
    return st.fixed_dictionaries(
        {name: cell if name in never_empty else st.none() | cell for name, cell in cells.items()}
    )


def _keys(contract: Contract) -> set[str]:
    """The delivered columns that the key is made of."""
    derived = {column.name: column.derived.of for column in contract.columns if column.derived}
    return {derived.get(name, name) for name in contract.key}


def any_row(contract: Contract) -> st.SearchStrategy[Cells]:
    """Good rows, rows with some cells spoilt, and rows of nothing but noise."""
    noise = st.none() | st.text(max_size=8) | st.sampled_from(("-1", "0", "1e5", "6.47E+15", "32/13/2020", "\\N", "\0"))
    spoilt = st.dictionaries(st.sampled_from([column.name for column in contract.delivered]), noise, max_size=3)
    return st.builds(lambda row, other: row | other, good_row(contract), spoilt)
