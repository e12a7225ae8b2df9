"""From a source's cells to typed values: one expression per kind, over whole columns at once.

A cell that cannot be read becomes null here and is refused by ``etl.sift``; nothing is repaired.
"""

import datetime as dt
import re
from typing import Final

import polars as pl

from etl.contract import AgeBand, Band, Column, Contract, Derivation, Grid, Kind
from etl.errors import SchemaChanged, Where
from etl.source import Cell, Format, Source, Words
from etl.text import Text

MONTHS = (
    ("januari", "01"), ("februari", "02"), ("maret", "03"), ("april", "04"), ("mei", "05"), ("juni", "06"),
    ("juli", "07"), ("agustus", "08"), ("september", "09"), ("oktober", "10"), ("november", "11"), ("desember", "12"),
)  # fmt: skip
WEEKDAYS = r"(?i)^(senin|selasa|rabu|kamis|jumat|jum['’]at|sabtu|minggu)[, ]*"
TYPES: dict[Kind, pl.DataType] = {
    Kind.INTEGER: pl.Int64(),
    Kind.DECIMAL: pl.Float64(),
    Kind.MONEY: pl.Decimal(18, 2),
    Kind.DATE: pl.Date(),
    Kind.TIMESTAMP: pl.Datetime("us", "UTC"),
    Kind.BOOLEAN: pl.Boolean(),
}  # every other kind is text
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)  # a year outside was misread ("20" as year 20)
FACTOR = pl.Decimal(22, 6)  # so that the product of two always fits into 38 digits
EPOCH_DIGITS = 13  # milliseconds up to the year 2286; more would overflow
DAYS_TO_UNIX_EPOCH = 25_569  # the serial of 1970-01-01 in a spreadsheet
ROUNDING: Final = "half_away_from_zero"  # as PostgreSQL rounds
GRID_DEGREES = 0.0045  # about 500 m near the equator


def header(words: Words, headers: list[str], source: Source, file: str) -> str:
    """The first of ``words`` that the delivery has. Raises SchemaChanged naming it when none is there."""
    listed = (words,) if isinstance(words, str) else words
    for word in listed:
        if word in headers:
            return word
    named = " / ".join(listed)
    there = ", ".join(name for name in headers if not name.startswith("_"))
    raise SchemaChanged(
        Text(f"kolom {named} tidak ada; yang ada: {there}", f"column {named} is missing; there are: {there}"),
        Text(
            "tanyakan apakah kolom berganti nama, lalu tambahkan nama barunya pada [columns] sumber ini",
            "ask whether it was renamed, then add the new name to [columns] of this source",
        ),
        Where(source.city, source.name, file, column=named),
        missing=listed[:1],
        others=[name for name in headers if not name.startswith("_") and name not in _mapped(source)],
    )


def _mapped(source: Source) -> set[str]:
    """The headers that are a column of their own already: none of them is another's new name."""
    said = (cell.header if isinstance(cell, Cell) else cell for cell in source.columns.values())
    return {word for words in said if words for word in ((words,) if isinstance(words, str) else words)}


def raw(said: Words | Cell, headers: list[str], source: Source, file: str) -> pl.Expr:
    """The text of one contract column, as the source says it: trimmed, empty words as null."""
    cell = said if isinstance(said, Cell) else Cell(header=said)
    text = _cleaned(_text(cell, headers, source, file), source.format)
    text = _worded(_patterned(text, cell), cell)
    return text.fill_null(cell.default) if cell.default is not None else text


def _text(cell: Cell, headers: list[str], source: Source, file: str) -> pl.Expr:
    def named(words: Words) -> pl.Expr:
        return pl.col(header(words, headers, source, file))

    if cell.header is not None:
        return named(cell.header)
    if cell.constant is not None:
        return pl.lit(cell.constant)
    if cell.ordinal_within is not None:
        within = [named(name) for name in cell.ordinal_within]
        return pl.int_range(1, pl.len() + 1).over(within).cast(pl.String)
    if cell.product is not None:
        return _product([named(name) for name in cell.product], source.format)
    if cell.join is not None:
        return pl.concat_str(
            [_cleaned(named(name), source.format) for name in cell.join], separator=cell.separator, ignore_nulls=True
        )
    return pl.lit(file).str.extract(cell.filename or "(.*)", 1)


def _product(factors: list[pl.Expr], written: Format) -> pl.Expr:
    """The product of number cells in the source's own notation; ``6 × abc`` when one is not a number."""
    result, *others = [number(factor, written).cast(FACTOR, strict=False) for factor in factors]
    for factor in others:
        result = (result * factor).cast(FACTOR, strict=False)
    text = (
        result.round(2, mode=ROUNDING)
        .cast(pl.Decimal(22, 2))
        .cast(pl.String)
        .str.replace(".", written.decimal, literal=True)
    )
    return pl.coalesce(text, pl.concat_str(factors, separator=" × "))


def _cleaned(text: pl.Expr, written: Format) -> pl.Expr:
    trimmed = text.str.strip_chars()
    return pl.when(trimmed.is_in(written.empty)).then(None).otherwise(trimmed)


def _patterned(text: pl.Expr, cell: Cell) -> pl.Expr:
    if not cell.patterns:
        return text
    chosen = pl.lit(cell.otherwise) if cell.otherwise is not None else text
    for pattern in reversed(cell.patterns):
        chosen = pl.when(text.str.contains(pattern.find)).then(pl.lit(pattern.gives)).otherwise(chosen)
    return pl.when(text.is_null()).then(None).otherwise(chosen)


def _worded(text: pl.Expr, cell: Cell) -> pl.Expr:
    if not cell.words:
        return text
    words = {word.lower(): meaning for word, meaning in cell.words.items()}
    return text.str.to_lowercase().replace_strict(words, default=text, return_dtype=pl.String)


def number(text: pl.Expr, written: Format) -> pl.Expr:
    """Digits in the declared notation as canonical text ``-1234.5``; null when they are not.

    ``Rp`` and ``IDR`` are dropped; ``-Rp 25.000`` and ``(25.000)`` are negative.
    """
    unmarked = text.str.replace(r"(?i)^([-+(]?)\s*(?:rp\.?|idr)?\s*", "$1")
    bare = unmarked.str.replace(r"(?i)\s*(?:idr)?\s*(\)?)$", "$1").str.replace(r",-$", "")
    digits = bare.str.strip_chars("()-+")
    good = bare.str.contains(_shape(written))
    plain = digits.str.replace_all(written.thousands, "", literal=True) if written.thousands else digits
    dotted = plain.str.replace(written.decimal, ".", literal=True)
    negative = bare.str.contains(r"^\(|^-|-$")
    signed = pl.when(negative).then(pl.concat_str([pl.lit("-"), dotted])).otherwise(dotted)
    return pl.when(good).then(signed).otherwise(None)


def _shape(written: Format) -> str:
    """Groups of three where grouping is declared, so that ``1.25`` is never read as 125."""
    point = rf"(?:{re.escape(written.decimal)}[0-9]+)?"
    grouped = rf"|[0-9]{{1,3}}(?:{re.escape(written.thousands)}[0-9]{{3}})+{point}" if written.thousands else ""
    digits = rf"(?:[0-9]+{point}{grouped})"
    return rf"^(?:[-+]?{digits}|{digits}-|\({digits}\))$"


def typed(kind: Kind, text: pl.Expr, written: Format, zone: str) -> pl.Expr:
    """The value of a cell of this kind; null where the text is not one."""
    match kind:
        case Kind.INTEGER:
            return number(text, written).str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
        case Kind.DECIMAL:
            value = number(text, written).cast(pl.Float64, strict=False)
            return pl.when(value.is_finite()).then(value)
        case Kind.MONEY:
            exact = number(text, written).cast(pl.Decimal(38, 10), strict=False)
            return exact.round(2, mode=ROUNDING).cast(pl.Decimal(18, 2), strict=False)
        case Kind.DATE:
            day = pl.coalesce(_date(_spelled(text, written), form) for form in written.dates)
            return _believable(day, day)
        case Kind.TIMESTAMP:
            moment = pl.coalesce(_moment(_spelled(text, written), form, zone) for form in written.datetimes)
            return _believable(moment, moment.dt.date())
        case Kind.BOOLEAN:
            return pl.when(text.is_in(written.true)).then(True).when(text.is_in(written.false)).then(False)
        case Kind.IDENTIFIER:
            return text.str.replace_all(r"[\s\x{a0}]", "")
        case _:
            return text


def values(kind: Kind, text: pl.Series, written: Format, zone: str) -> pl.Series:
    """The values of a column: what ``typed`` makes of its cells, each text read once however often it stands there."""
    distinct = text.unique() if kind in TYPES else text
    repeated = 2 * len(distinct) < len(text)
    said = (distinct if repeated else text).to_frame("text")
    read = said.lazy().with_columns(typed(kind, pl.col("text"), written, zone).alias("value")).collect()
    if not repeated:
        return read["value"]
    return text.to_frame("text").join(read, on="text", how="left", nulls_equal=True, maintain_order="left")["value"]


def _believable(value: pl.Expr, day: pl.Expr) -> pl.Expr:
    return pl.when(day.is_between(EARLIEST, LATEST)).then(value)


def _spelled(text: pl.Expr, written: Format) -> pl.Expr:
    """Dates spelled in Indonesian as numbers: ``Selasa (25 Agustus 2020)`` → ``25 08 2020``."""
    if not written.indonesian_months:
        return text
    bare = text.str.replace(WEEKDAYS, "").str.strip_chars("()")
    for name, digits in MONTHS:
        bare = bare.str.replace(f"(?i){name}", digits)
    return bare


def _date(text: pl.Expr, form: str) -> pl.Expr:
    if form == "excel":
        return (text.cast(pl.Int32, strict=False) - DAYS_TO_UNIX_EPOCH).cast(pl.Date)
    return text.str.to_date(form, strict=False)


def _moment(text: pl.Expr, form: str, zone: str) -> pl.Expr:
    if form in ("epoch_ms", "epoch_s"):
        believable = pl.when(text.str.len_chars() <= EPOCH_DIGITS).then(text)
        ticks = believable.cast(pl.Int64, strict=False) * (1 if form == "epoch_ms" else 1000)
        return pl.from_epoch(ticks, time_unit="ms").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if "z" in form.replace("%%", ""):
        return text.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
    local = text.str.to_datetime(form, strict=False, time_unit="us")
    return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def derived(how: Derivation) -> pl.Expr:
    """A coordinate's grid cell, an age's band, a wider word; pseudonyms need a key and are made by ``etl.sift``."""
    match how:
        case Grid(of):
            return ((pl.col(of) / GRID_DEGREES).floor() * GRID_DEGREES + GRID_DEGREES / 2).round(6)
        case AgeBand(of):
            tens = pl.col(of) // 10 * 10
            band = pl.format("{}-{}", tens, tens + 9)
            return pl.when(pl.col(of) >= 80).then(pl.lit("80+")).when(pl.col(of).is_not_null()).then(band)
        case Band(of, words):
            return pl.col(of).replace_strict(dict(words), default=None, return_dtype=pl.String)
        case _:
            raise TypeError(how)


def wanted(contract: Contract, source: Source) -> list[Column]:
    """The delivered columns that this source maps (areas are matched apart)."""
    return [column for column in contract.delivered if column.name in source.columns]
