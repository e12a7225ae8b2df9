"""The contract's sieve: text cells in, typed rows and refused rows out. No row falls between."""

import re
from dataclasses import dataclass

import polars as pl

from etl import cells
from etl.areas import AreaBook
from etl.contract import Column, Contract, Kind, Pseudonym
from etl.errors import SchemaChanged, Where
from etl.pseudonyms import pseudonym
from etl.refusal import Reason
from etl.rules import NotAfterNow
from etl.sealing import FIRST, Ring
from etl.source import AreaCells, Cell, Source, Words, place_header
from etl.text import Text

IDENTIFYING = re.compile(r"\d[\d .-]{6,}\d")  # a number in the wrong column may be somebody's

# A revision beyond it would keep every later correction of its row out; readers forgive a cursor as much.
AHEAD = NotAfterNow(slack_minutes=24 * 60)

UNSTORABLE = Text("berisi karakter NUL, yang bukan teks", "holds a NUL character, which is no text")
MISSING = Text("wajib diisi tetapi kosong", "is required but empty")
DAMAGED = Text(
    "nomor ini sudah rusak menjadi bilangan (misalnya oleh spreadsheet); kirim sebagai teks",
    "this number was damaged into a numeral (by a spreadsheet, say); send it as text",
)
UNREADABLE = {
    Kind.INTEGER: Text(
        "bukan bilangan bulat dalam bentuk yang dinyatakan", "not a whole number in the declared notation"
    ),
    Kind.DECIMAL: Text("bukan bilangan dalam bentuk yang dinyatakan", "not a number in the declared notation"),
    Kind.MONEY: Text("bukan nilai rupiah dalam bentuk yang dinyatakan", "not an amount in the declared notation"),
    Kind.DATE: Text("bukan tanggal dalam bentuk yang dinyatakan", "not a date in a declared format"),
    Kind.TIMESTAMP: Text("bukan waktu dalam bentuk yang dinyatakan", "not a moment in a declared format"),
    Kind.BOOLEAN: Text("bukan ya/tidak", "not yes/no"),
}


@dataclass(frozen=True)
class Sifted:
    """``good`` has the contract's columns and ``_row``; ``bad`` has one row per refused row."""

    good: pl.DataFrame
    bad: pl.DataFrame  # the columns of BAD
    duplicates: int  # exact duplicates left out, where the source says so
    refused_keys: pl.DataFrame  # the key of each refused row, null where it cannot be read


@dataclass(frozen=True)
class Problem:
    """One way in which a column can be wrong: the column that marks it and what it says."""

    column: str
    reason: Reason
    says: Text
    mark: pl.Expr


def sift(
    rows: pl.DataFrame,
    contract: Contract,
    source: Source,
    areas: AreaBook,
    zone: str,
    file: str,
    ring: Ring = FIRST,
) -> Sifted:
    """Type, check and derive every row of a delivery; pseudonyms are made with the keys in force.

    Raises SchemaChanged when a column that the source names is not in the delivery.
    """
    headers = rows.columns
    kept = _without_duplicates(rows) if source.skip_exact_duplicates else rows
    columns = cells.wanted(contract, source)
    _check_complete(contract, source, columns, file)
    text = kept.with_columns(
        cells.raw(source.columns[c.name], headers, source, file).alias(f"_raw_{c.name}") for c in columns
    )
    zone = source.format.zone or zone
    values = text.with_columns(
        cells.values(c.kind, text[f"_raw_{c.name}"], source.format, zone).alias(f"_v_{c.name}") for c in columns
    )
    values, unplaced = _placed(values, contract, source, areas, file)
    problems = [problem for column in columns for problem in _problems(column, contract, source)] + unplaced
    marked = values.with_columns(_first(problems).alias("_problem"))
    good = marked.filter(pl.col("_problem").is_null())
    bad = marked.filter(pl.col("_problem").is_not_null())
    duplicates, unread = rows.height - kept.height, _without_wrong_keys(bad, contract, problems)
    refused_keys = _shaped(unread, contract, ring).select(contract.key)
    refused = _refused(bad, problems, headers, contract, source, ring)
    return Sifted(_shaped(good, contract, ring), refused, duplicates, refused_keys)


def _without_duplicates(rows: pl.DataFrame) -> pl.DataFrame:
    cells_only = [name for name in rows.columns if name != "_row"]
    return rows.unique(subset=cells_only, keep="first", maintain_order=True)


def _check_complete(contract: Contract, source: Source, columns: list[Column], file: str) -> None:
    mapped = {column.name for column in columns} | ({contract.area} if source.area else set())
    missing = [c.name for c in contract.delivered if c.required and c.name not in mapped]
    if missing:
        raise SchemaChanged(
            Text(
                f"kolom wajib {', '.join(missing)} tidak dipetakan",
                f"required column {', '.join(missing)} is not mapped",
            ),
            Text("tambahkan pada [columns] sumber ini", "add it to [columns] of this source"),
            Where(source.city, source.name, file, column=", ".join(missing)),
        )


def _problems(column: Column, contract: Contract, source: Source) -> list[Problem]:
    """Everything that this column can be refused for, in the order in which a clerk is told."""
    text, value = pl.col(f"_raw_{column.name}"), pl.col(f"_v_{column.name}")
    found = []
    if column.required:
        found.append(Problem(column.name, Reason.MISSING, MISSING, text.is_null()))
    if column.kind is Kind.IDENTIFIER:
        damaged = text.str.contains(r"(?i)^\d+(?:[.,]\d*(?:e\+?\d+)?|e\+?\d+)$")
        found.append(Problem(column.name, Reason.DAMAGED, DAMAGED, damaged))
    if value_is_text(column.kind):
        found.append(Problem(column.name, Reason.UNSTORABLE, UNSTORABLE, text.str.contains("\0", literal=True)))
    if unreadable := UNREADABLE.get(column.kind):
        says = _declared(unreadable, column.kind, source)
        found.append(Problem(column.name, Reason.UNREADABLE, says, text.is_not_null() & value.is_null()))
    ahead = (AHEAD,) if column.name == contract.revision and column.kind is Kind.TIMESTAMP else ()
    return found + [
        Problem(column.name, Reason.RULE, rule.says, value.is_not_null() & rule.broken(value))
        for rule in (*column.rules, *ahead)
    ]


def value_is_text(kind: Kind) -> bool:
    """True for kinds whose value is the cell's own text."""
    return kind in (Kind.TEXT, Kind.CATEGORY, Kind.IDENTIFIER)


def _declared(unreadable: Text, kind: Kind, source: Source) -> Text:
    """Says which notation was declared, so that the clerk need not look it up."""
    forms = {Kind.DATE: source.format.dates, Kind.TIMESTAMP: source.format.datetimes}.get(kind)
    number = f"1{source.format.thousands}234{source.format.decimal}5"
    shown = ", ".join(forms) if forms else number
    return unreadable if kind is Kind.BOOLEAN else Text(f"{unreadable.id} ({shown})", f"{unreadable.en} ({shown})")


def _first(problems: list[Problem]) -> pl.Expr:
    """The number of the first problem that a row has; null when it has none."""
    marks = [pl.when(problem.mark).then(pl.lit(number, pl.Int32)) for number, problem in enumerate(problems)]
    return pl.coalesce(marks) if marks else pl.lit(None, pl.Int32)


def _placed(
    values: pl.DataFrame, contract: Contract, source: Source, areas: AreaBook, file: str
) -> tuple[pl.DataFrame, list[Problem]]:
    """Adds the matched area code, each distinct pair of names looked up once."""
    if source.area is None or contract.area is None:
        return values, []
    column = contract[contract.area]
    names = _area_names(values, source, source.area, file)
    pairs = names.unique(maintain_order=True)
    told = [_told(areas, source.area, *pair) for pair in pairs.iter_rows()]
    book = pairs.with_columns(
        pl.Series(f"_v_{column.name}", [code for code, _ in told], pl.String),
        pl.Series("_why", [f"{why.id}\n{why.en}" if why else None for _, why in told], pl.String),
    )
    raw_text = pl.concat_str(pl.col("_code", "_kelurahan", "_kecamatan"), separator=", ", ignore_nulls=True)
    joined = values.hstack(names).join(
        book, on=["_code", "_kelurahan", "_kecamatan"], how="left", nulls_equal=True, maintain_order="left"
    )
    placed = joined.with_columns(raw_text.alias(f"_raw_{column.name}"))
    unmatched = Problem(column.name, Reason.AREA, Text("", ""), pl.col("_why").is_not_null())
    empty = Problem(column.name, Reason.MISSING, MISSING, pl.col(f"_v_{column.name}").is_null())
    return placed, [unmatched, *([empty] if column.required else [])]


def _area_names(values: pl.DataFrame, source: Source, said: AreaCells, file: str) -> pl.DataFrame:
    unknown = [word.lower() for word in said.unknown]

    def named(words: Words | None, name: str) -> pl.Expr:
        if words is None:
            return pl.lit(None, pl.String).alias(name)
        text = cells.raw(Cell(header=words), values.columns, source, file)
        return pl.when(text.str.to_lowercase().is_in(unknown)).then(None).otherwise(text).alias(name)

    return values.select(
        named(said.code, "_code"), named(said.kelurahan, "_kelurahan"), named(said.kecamatan, "_kecamatan")
    )


def _told(
    areas: AreaBook, said: AreaCells, code: str | None, kelurahan: str | None, kecamatan: str | None
) -> tuple[str | None, Text | None]:
    if code is not None:
        found = areas.match_code(code)
        return found, None if found else Text("bukan kode wilayah kota ini", "not an area code of this city")
    if kelurahan is None and kecamatan is None:
        return None, None
    found = areas.match(kelurahan, kecamatan)
    return found, None if found else areas.explain(kelurahan, kecamatan)


def _shaped(good: pl.DataFrame, contract: Contract, ring: Ring) -> pl.DataFrame:
    """The contract's columns in its order; what the source does not bring is null."""
    there = set(good.columns)
    plain = good.select(
        "_row",
        *(pl.col(f"_v_{c.name}").alias(c.name) if f"_v_{c.name}" in there else _nothing(c) for c in contract.delivered),
    )
    for column in contract.columns:
        if isinstance(column.derived, Pseudonym):
            plain = plain.with_columns(_pseudonyms(plain[column.derived.of], column.derived, ring).alias(column.name))
        elif column.derived:
            plain = plain.with_columns(cells.derived(column.derived).alias(column.name))
    return plain.select("_row", *(column.name for column in contract.columns))


def _nothing(column: Column) -> pl.Expr:
    return pl.lit(None, cells.TYPES.get(column.kind, pl.String)).alias(column.name)


def _without_wrong_keys(bad: pl.DataFrame, contract: Contract, problems: list[Problem]) -> pl.DataFrame:
    """A cell of the key that is itself refused tells nobody which row this is."""
    derived = {column.name: column.derived.of for column in contract.columns if column.derived}
    made_of = {derived.get(name, name) for name in contract.key}
    wrong = {name: [problem.mark for problem in problems if problem.column == name] for name in made_of}
    return bad.with_columns(
        pl.when(pl.any_horizontal(marks)).then(None).otherwise(pl.col(f"_v_{name}")).alias(f"_v_{name}")
        for name, marks in wrong.items()
        if marks and f"_v_{name}" in bad.columns
    )


def _pseudonyms(people: pl.Series, declared: Pseudonym, ring: Ring) -> pl.Series:
    version = ring.version(declared.purpose)
    masked = {person: pseudonym(person, declared, version) for person in people.unique().drop_nulls()}
    return people.replace_strict(masked, default=None, return_dtype=pl.String)


BAD = {
    "_row": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "shown_value": pl.String,  # what may be shown of it
    "reason_class": pl.String,
    "reason_id": pl.String,
    "reason_en": pl.String,
    "cells": pl.Object,  # all cells as they were written, by header
    "key": pl.Object,  # the key and the revision, where all of the key could be read
}


def _refused(
    bad: pl.DataFrame, problems: list[Problem], headers: list[str], contract: Contract, source: Source, ring: Ring
) -> pl.DataFrame:
    """Each refused row with its first problem, the cell as it was written, and all its cells."""
    written = {name: name for name in headers if name != "_row"}
    written |= {place_header(name): f"_raw_{name}" for name in source.counted}
    keys = _shaped(bad, contract, ring).iter_rows(named=True)
    records = [
        _record(row, written, problems[row["_problem"]], contract) | {"key": _key(values, contract)}
        for row, values in zip(bad.iter_rows(named=True), keys, strict=True)
    ]
    return pl.DataFrame(records, schema=BAD)


def _record(row: dict[str, object], written: dict[str, str], problem: Problem, contract: Contract) -> dict[str, object]:
    why = problem.says if problem.says.id else Text(*str(row["_why"]).split("\n"))
    value = _storable(row[f"_raw_{problem.column}"])
    return {
        "_row": row["_row"],
        "column": problem.column,
        "value": value,
        "shown_value": shown(value, contract[problem.column]),
        "reason_class": problem.reason.value,
        "reason_id": why.id,
        "reason_en": why.en,
        "cells": {name: _storable(row[of]) for name, of in written.items() if row[of] is not None},
    }


def shown(value: str | None, column: Column) -> str | None:
    """What of a refused cell may be shown to someone who may not see its row."""
    return value if column.readable_by_web and not IDENTIFYING.search(value or "") else None


def _key(values: dict[str, object], contract: Contract) -> dict[str, str] | None:
    """The row's key as text, with its revision: tells whether it came again in good order later."""
    if any(values[name] is None for name in contract.key):
        return None
    names = (*contract.key, *filter(None, [contract.revision]))
    return {name: _storable(values[name]) or "" for name in names if values[name] is not None}


def _storable(cell: object) -> str | None:
    """The cell with NUL made visible: a database holds none."""
    return None if cell is None else str(cell).replace("\0", "␀")
