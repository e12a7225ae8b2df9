"""A city with one source for each way in which deliveries change what is stored."""

import datetime as dt
import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from etl.contract import Semantics

SLICE = 6  # rows of one delivery: a longer file is cut into several
BEGAN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)  # long ago: nothing is still being written, nothing is in the future
MISSING, WORD = "missing", "word"  # what can be wrong with a row: no key, a word that is not known

CITY = """
code = "{code}"
name = "Kota Uji"
short_name = "Uji"
province = "Uji"
zone = "Asia/Makassar"
language = "id"
centre = {{ lat = -0.5, lon = 117.1 }}
"""
AREAS = "area_code,level,name,parent_code,population,population_year,population_source\n{code},city,Kota Uji,,,,\n"
SOURCE = """
dataset = "{dataset}"
app = "uji"
title = ["Uji", "Test"]
owner = "uji"
licence = "uji"
cadence_s = 60
promise_s = 60
semantics = "{semantics}"
most_refused_percent = 100
reader = {{ {reader} }}
[columns]
{columns}
"""


class Row(NamedTuple):
    """One row as a source gives it: what it says (a number), its revision, and what is wrong with it."""

    key: str
    value: int
    revision: int
    fault: str = ""


def moment(number: int) -> dt.datetime:
    """A moment of its own for every number."""
    return BEGAN + dt.timedelta(seconds=number)


@dataclass(frozen=True)
class Kind:
    """A source: its declaration, how it writes a row, and how the contract's columns must then look."""

    name: str
    dataset: str
    semantics: Semantics
    reader: str
    columns: str
    cells: Callable[[Row], dict[str, str]]
    stored: Callable[[Row], dict[str, Any]]
    suffix: str = ".csv"
    most_rows: int = SLICE
    has_revision: bool = True
    refused: str = ""  # the column that WORD breaks

    @property
    def asks_again(self) -> bool:
        """True when the boundary of what is known is asked for again: its rows come more than once."""
        return self.suffix == ".db"


def _iso(number: int) -> str:
    return moment(number).isoformat()


def _key(row: Row) -> str:
    return "" if row.fault == MISSING else row.key


SALES = Kind(
    "kasir", "pos_transactions", Semantics.UPSERT, 'kind = "csv", path = "{path}", pattern = "*.csv"',
    'transaction_id = "NO"\nsold_at = "WAKTU"\nmerchant_id = "TOKO"\namount = "NILAI"\nupdated_at = "UBAH"\n'
    'method = {{ header = "CARA", words = {words} }}',
    lambda row: {"NO": _key(row), "WAKTU": _iso(0), "TOKO": "M1", "NILAI": str(row.value + 1),
                 "CARA": "barter" if row.fault == WORD else "cash", "UBAH": _iso(row.revision)},
    lambda row: {"transaction_id": row.key, "sold_at": BEGAN, "merchant_id": "M1", "amount": Decimal(row.value + 1),
                 "method": "cash", "updated_at": moment(row.revision)},
    most_rows=14, refused="method",
)  # fmt: skip
EVENTS = Kind(
    "pantau", "service_checks", Semantics.APPEND, 'kind = "csv", path = "{path}", pattern = "*.csv"',
    'service = "LAYANAN"\nchecked_at = "WAKTU"\nis_up = "HIDUP"\nlatency_ms = "MS"',
    lambda row: {"LAYANAN": _key(row), "WAKTU": _iso(0), "MS": str(row.value),
                 "HIDUP": "mungkin" if row.fault == WORD else "ya"},
    lambda row: {"service": row.key, "checked_at": BEGAN, "is_up": True, "latency_ms": row.value},
    has_revision=False, refused="is_up",
)  # fmt: skip
LIST = Kind(
    "opd", "agencies", Semantics.SNAPSHOT, 'kind = "csv", path = "{path}", pattern = "*.csv"',
    'agency_code = "KODE"\nname = "NAMA"\nshort_name = "SINGKAT"\nupdated_at = "UBAH"',
    lambda row: {"KODE": _key(row), "NAMA": f"Dinas {row.value}", "SINGKAT": "" if row.fault == WORD else "D",
                 "UBAH": _iso(row.revision)},
    lambda row: {"agency_code": row.key, "name": f"Dinas {row.value}", "short_name": "D",
                 "updated_at": moment(row.revision)},
    refused="short_name",
)  # fmt: skip
PUSHED = Kind(
    "dorong", "app_registry", Semantics.UPSERT, 'kind = "push"',
    'app = "app"\nusers = "users"\nupdated_at = "updated_at"',
    lambda row: {"app": _key(row), "users": "banyak" if row.fault == WORD else str(row.value),
                 "updated_at": _iso(row.revision)},
    lambda row: {"app": row.key, "users": row.value, "updated_at": moment(row.revision)}
    | dict.fromkeys(("agency_code", "sector", "purpose", "link", "last_seen_at")),
    suffix=".jsonl", refused="users",
)  # fmt: skip
SYSTEM = Kind(
    "tte", "signed_documents", Semantics.UPSERT,
    'kind = "sql", url = "sqlite:///{path}/sistem.db", table = "dokumen", chunk = 3, since = {{ field = "UBAH" }}',
    'document_id = "NO"\nagency_code = "OPD"\nsent_at = "KIRIM"\nstatus = "KEADAAN"\nupdated_at = "UBAH"',
    lambda row: {"NO": row.key, "OPD": f"D{row.value}", "KIRIM": _iso(0), "UBAH": _iso(row.revision),
                 "KEADAAN": "hilang" if row.fault == WORD else "signed"},
    lambda row: {"document_id": row.key, "agency_code": f"D{row.value}", "sent_at": BEGAN, "status": "signed",
                 "updated_at": moment(row.revision), "signer_role": None, "signed_at": None},
    suffix=".db", refused="status",
)  # fmt: skip
KINDS = {kind.name: kind for kind in (SALES, EVENTS, LIST, PUSHED, SYSTEM)}


class Town:
    """The files of one city: its declarations, and what its sources have put down."""

    def __init__(self, state: Path, slug: str, code: str) -> None:
        self.slug, self.code = slug, code
        self.folder, self.drops = state / "cities" / slug, state / "drops" / slug
        (self.folder / "sources").mkdir(parents=True)
        (self.folder / "city.toml").write_text(CITY.format(code=code))
        (self.folder / "areas.csv").write_text(AREAS.format(code=code))
        for kind in KINDS.values():
            (self.drops / kind.name).mkdir(parents=True)
            self.declare(kind, "{}")
        with sqlite3.connect(self.drops / SYSTEM.name / "sistem.db") as system:
            system.execute("CREATE TABLE dokumen (NO TEXT PRIMARY KEY, OPD, KIRIM, UBAH, KEADAAN)")

    def declare(self, kind: Kind, words: str) -> None:
        """Write the source's file, with the words that its column map knows."""
        reader = kind.reader.format(path=self.drops / kind.name)
        columns = kind.columns.format(words=words)
        said = SOURCE.format(dataset=kind.dataset, semantics=kind.semantics, reader=reader, columns=columns)
        (self.folder / "sources" / f"{kind.name}.toml").write_text(said)

    def drop(self, kind: Kind, name: str, rows: list[Row], at: int) -> None:
        """A file as if it had been put there at a moment."""
        self.put(self.drops / kind.name / name, written(kind, rows), at)

    def put(self, path: Path, content: str, at: int) -> None:
        """A whole file with a time of its own."""
        path.write_text(content)
        os.utime(path, (moment(at).timestamp(),) * 2)

    def change(self, rows: list[Row]) -> None:
        """Rows of the other system's own database, new or changed."""
        with sqlite3.connect(self.drops / SYSTEM.name / "sistem.db") as system:
            for row in rows:
                cells = SYSTEM.cells(row)
                system.execute("INSERT OR REPLACE INTO dokumen VALUES (:NO, :OPD, :KIRIM, :UBAH, :KEADAAN)", cells)


def written(kind: Kind, rows: list[Row]) -> str:
    """Rows as their source writes them."""
    cells = [kind.cells(row) for row in rows]
    if kind.suffix == ".jsonl":
        return "".join(f"{json.dumps(row)}\n" for row in cells)
    lines = [",".join(kind.cells(Row("", 0, 0))), *(",".join(row.values()) for row in cells)]
    return "\n".join(lines) + "\n"
