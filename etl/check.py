"""``python -m etl check``: what of a source does not fit its contract, where, and what a clerk does about it.

Looks at the first rows only and loads nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.areas import area_book
from etl.catalogue import contract, home
from etl.cities import City
from etl.contract import Column, Contract, Kind
from etl.errors import Where
from etl.headers import folded, wanted_headers
from etl.readers import probe, probe_name
from etl.readers.delivery import ROW
from etl.rules import OneOf
from etl.sift import MISSING, sift
from etl.source import Cell, Source, Words
from etl.text import MARK, Text

SHOWN = 5  # rows of one cause that are shown; the others are counted


@dataclass(frozen=True)
class Finding:
    """The first rows of a source, sifted: how many, how many refused, and everything that is to be said."""

    rows: int
    refused: int
    lines: tuple[Text, ...]


def check(city: City, source: Source) -> Finding:
    """Sift the first rows of a source. Raises what its reader and the sieve raise."""
    of, book, name = contract(source.dataset), area_book(city), probe_name(source)
    rows = probe(source)
    bad = sift(rows, of, source, book, city.zone, name).bad
    said = [*_refused(bad, of, city, source, name), *_unmapped(rows, source), *_undecided(of, city, source)]
    return Finding(rows.height, bad.height, tuple(said))


def share(finding: Finding) -> str:
    """The refused part, in per cent."""
    return f"{100 * finding.refused / max(finding.rows, 1):.0f}%"


def _refused(bad: pl.DataFrame, of: Contract, city: City, source: Source, name: str) -> Iterator[Text]:
    """Every cause with its first rows, and what to do about it."""
    causes: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in bad.iter_rows(named=True):
        causes.setdefault((row["column"], _cause(of, row)), []).append(row)
    for (column, _), rows in causes.items():
        for row in rows[:SHOWN]:
            where = Where(city.slug, source.name, name, row[ROW], _headers(of[column], source), row["value"] or "")
            yield Text(f"{where}: {row['reason_id']}", row["reason_en"])
        if (more := len(rows) - SHOWN) > 0:
            yield Text(f"… dan {more} baris lain dengan sebab yang sama", f"… and {more} more rows for the same reason")
        yield _action(of[column], of, city, source, rows[0])


def _cause(of: Contract, row: dict[str, Any]) -> str:
    """Areas are one cause each name; everything else is one cause each reason."""
    return str(row["value"] if of[row["column"]].kind is Kind.AREA else row["reason_en"])


def _headers(column: Column, source: Source) -> str:
    """A column as the contract and as the file calls it: ``amount (NOMINAL)``."""
    if column.kind is Kind.AREA and source.area:
        said = [word for word in (source.area.code, source.area.kelurahan, source.area.kecamatan) if word]
    else:
        said = list(_named(source.columns.get(column.name)))
    headers = ", ".join(word if isinstance(word, str) else " / ".join(word) for word in said)
    return f"{column.name} ({headers})" if headers else column.name


def _named(said: Words | Cell | None) -> Iterator[Words]:
    if isinstance(said, Cell):
        yield from filter(None, (said.header, *(said.product or ()), *(said.join or ())))
    elif said:
        yield said


def _action(column: Column, of: Contract, city: City, source: Source, row: dict[str, Any]) -> Text:
    """What to do, and in which file."""
    toml = f"cities/{city.slug}/sources/{source.name}.toml"
    module = home(of.name)
    if row["reason_id"] == MISSING.id:
        return Text(
            f"→ lengkapi pada sumbernya; bila boleh kosong, hapus required dari {column.name} di {module}",
            f"→ fill it in at the source; if it may be empty, take required from {column.name} in {module}",
        )
    if column.kind is Kind.AREA:
        return Text(
            f"→ perbaiki pada sumbernya, atau tambahkan ejaannya ke cities/{city.slug}/aliases.csv (alias,area_code)",
            f"→ correct it at the source, or add the spelling to cities/{city.slug}/aliases.csv (alias,area_code)",
        )
    if any(isinstance(rule, OneOf) for rule in column.rules):
        return Text(
            f"→ terjemahkan kata ini pada words dari [columns.{column.name}] di {toml}",
            f"→ translate this word in words of [columns.{column.name}] in {toml}",
        )
    key = FORMATS.get(column.kind)
    if key and row["reason_id"] not in {rule.says.id for rule in column.rules}:
        return Text(f"→ sesuaikan {key} pada [format] di {toml}", f"→ correct {key} in [format] of {toml}")
    return Text(
        f"→ perbaiki pada sumbernya; bila nilainya benar, ubah aturan {column.name} di {module}",
        f"→ correct it at the source; if the value is right, change the rule of {column.name} in {module}",
    )


FORMATS = {
    Kind.INTEGER: "thousands, decimal",
    Kind.DECIMAL: "thousands, decimal",
    Kind.MONEY: "thousands, decimal",
    Kind.DATE: "dates",
    Kind.TIMESTAMP: "datetimes",
    Kind.BOOLEAN: "true, false",
}


def _unmapped(rows: pl.DataFrame, source: Source) -> Iterator[Text]:
    known = {folded(header) for header in wanted_headers(source)}
    left = [header for header in rows.columns if header != ROW and folded(header) not in known]
    if left:
        listed = ", ".join(left)
        yield Text(
            f"tidak dipetakan, jadi tidak pernah dimuat: {listed} → bila diperlukan, tambahkan pada [columns]",
            f"not mapped, so never loaded: {listed} → if it is needed, add it to [columns]",
        )


def _undecided(of: Contract, city: City, source: Source) -> Iterator[Text]:
    """What ``new-source`` left for a person to write."""
    marked = Counter({home(of.name): sum(MARK in part for text in _texts(of) for part in text)})
    said = (source.app, source.owner, source.licence, *source.title)
    marked[f"cities/{city.slug}/sources/{source.name}.toml"] = sum(MARK in part for part in said)
    for place, count in (+marked).items():
        yield Text(
            f"{count} teks bertanda {MARK}…› di {place} belum ditulis",
            f"{count} texts marked {MARK}…› in {place} are not written yet",
        )


def _texts(of: Contract) -> list[Text]:
    return [of.title, of.meaning, of.grain, *(column.meaning for column in of.columns)]
