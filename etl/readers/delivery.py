"""What every reader hands over: text cells with the row numbers that a person would count."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.text import Text

ROW = "_row"
REFUSED = {ROW: pl.Int64, "_reason_id": pl.String, "_reason_en": pl.String, "_cells": pl.String}
Cursor = dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    """One row that the reader itself cannot take, with the cells as they were delivered."""

    row: int
    reason: Text
    cells: Mapping[str, str | None]


@dataclass(frozen=True)
class Delivery:
    """One batch of rows as the source wrote them: text cells, nothing parsed."""

    name: str  # the file, or the request or table, as a person would recognise it
    rows: pl.DataFrame  # every column pl.String; plus "_row" (Int64) as a person counts it
    cursor: Cursor  # JSON-able; once this delivery is loaded, the next run starts from here
    fresh_at: dt.datetime  # UTC: the moment up to which the source is known
    refused: pl.DataFrame  # columns of REFUSED
    notes: tuple[Text, ...] = ()  # what was left out that was never a row (subtotals)
    last: bool = True  # False while more of the same file, listing or table follows


@dataclass(frozen=True)
class Table:
    """The content of one file before it is cut into deliveries."""

    rows: pl.DataFrame
    refused: pl.DataFrame
    notes: tuple[Text, ...] = ()


def refused_frame(refusals: Iterable[Refusal] = ()) -> pl.DataFrame:
    """The refused rows in file order; an empty frame of the same shape when there are none."""
    rows = [
        (refusal.row, refusal.reason.id, refusal.reason.en, json.dumps(dict(refusal.cells), ensure_ascii=False))
        for refusal in sorted(refusals, key=lambda refusal: refusal.row)
    ]
    return pl.DataFrame(rows, schema=REFUSED, orient="row")


def no_rows(columns: Iterable[str]) -> pl.DataFrame:
    """Nothing new, in the shape of ``Delivery.rows``."""
    return pl.DataFrame(schema=dict.fromkeys(columns, pl.String) | {ROW: pl.Int64})


def now() -> dt.datetime:
    """The present moment in UTC."""
    return dt.datetime.now(dt.UTC)
