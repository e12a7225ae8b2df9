"""Personal cells are sealed before they are stored: a stolen database, dump or disk names nobody.

AES-SIV (RFC 5297): in one column the same cell always has the same seal, so that rows are still compared and found;
in another column it has another one, so that columns cannot be joined. The key ``vault`` lies outside the database
(``etl.keys``); a seal ``2:…`` was made with its second version.
"""

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from sqlalchemy.dialects.postgresql import JSONB

from etl import keys
from etl.contract import Column, Contract, Kind
from etl.errors import PantauError

if TYPE_CHECKING:
    import polars as pl

VAULT = "vault"
SEAL = re.compile(r"(\d{1,6}):([\w-]{20,}={0,2})", re.ASCII)
FIRST_CELL = b"="  # no cell is empty to the cipher
FILE, NONCE = b"pantau seal 1\n", 12
_READ: Mapping[Kind, Any] = {Kind.INTEGER: int, Kind.DECIMAL: float, Kind.MONEY: Decimal}


@dataclass(frozen=True)
class Ring:
    """Which version of a key is in force for each purpose: a domain of pseudonyms, or a sealed column."""

    versions: Mapping[str, int] = field(default_factory=dict)

    def version(self, purpose: str) -> int:
        """The version in force; the first where none was ever set."""
        return self.versions.get(purpose, 1)


FIRST = Ring()


def place_of(contract: Contract, column: Column) -> str:
    """What the seals of a column are bound to."""
    return f"{contract.name}.{column.name}"


def seal(plain: str, place: str, version: int) -> str:
    """The seal of a cell at its place."""
    sealed = _cipher(version).encrypt(FIRST_CELL + plain.encode(), [place.encode()])
    return f"{version}:{base64.urlsafe_b64encode(sealed).decode()}"


def unseal(sealed: str, place: str) -> str:
    """The cell under a seal. Raises PantauError when it was sealed elsewhere or its key is gone."""
    try:
        version, content = _parts(sealed)
        return _cipher(version).decrypt(content, [place.encode()])[len(FIRST_CELL) :].decode()
    except (ValueError, InvalidTag) as error:
        raise _unopened(place) from error


def seal_file(content: bytes) -> bytes:
    """A file under a seal (AES-GCM), which any change of it breaks."""
    version, nonce = keys.newest(VAULT), os.urandom(NONCE)
    return FILE + version.to_bytes(4, "big") + nonce + _file_cipher(version).encrypt(nonce, content, FILE)


def unseal_file(sealed: bytes) -> bytes:
    """What was sealed. Raises PantauError for what is no such file, was changed, or whose key is gone."""
    version, start = int.from_bytes(sealed[len(FILE) :][:4], "big"), len(FILE) + 4
    nonce, content = sealed[start:][:NONCE], sealed[start + NONCE :]
    try:
        return _file_cipher(version).decrypt(nonce, content, FILE)
    except (ValueError, InvalidTag) as error:
        raise _unopened("raw") from error


def _unopened(place: str) -> PantauError:
    return PantauError(
        f"{place}: segel tidak terbuka → kembalikan kunci {VAULT} yang menyegelnya dari cadangan kunci "
        f"| the seal does not open → restore the {VAULT} key that sealed it from the backup of keys"
    )


def is_sealed(value: object, place: str) -> bool:
    """Whether this is a seal of ours, for this place."""
    try:
        unseal(str(value), place)
    except PantauError:
        return False
    return True


def _parts(sealed: str) -> tuple[int, bytes]:
    found = SEAL.fullmatch(sealed)
    if found is None:
        raise ValueError("no seal")
    return int(found[1]), base64.urlsafe_b64decode(found[2])


@cache
def _cipher(version: int) -> AESSIV:
    return AESSIV(bytes.fromhex(keys.secret(keys.versioned(VAULT, version))))


@cache
def _file_cipher(version: int) -> AESGCM:
    return AESGCM(bytes.fromhex(keys.secret(keys.versioned(VAULT, version))))


def sealed_rows(rows: "pl.DataFrame", contract: Contract, ring: Ring) -> "pl.DataFrame":
    """Rows as they are stored: every personal cell under its seal, each distinct one sealed once."""
    there = [column for column in contract.columns if column.sealed and column.name in rows.columns]
    return rows.with_columns(_sealed_column(rows[one.name], place_of(contract, one), ring) for one in there)


def _sealed_column(cells: "pl.Series", place: str, ring: Ring) -> "pl.Series":
    import polars as pl

    text, version = cells.cast(pl.String), ring.version(place)
    seals = {plain: seal(plain, place, version) for plain in text.unique().drop_nulls()}
    return text.replace_strict(seals, default=None, return_dtype=pl.String)


def sealed_key(key: dict[str, str] | None, contract: Contract, ring: Ring) -> dict[str, str] | None:
    """A row's key as text, as it is stored."""
    if key is None:
        return None
    places = {name: place_of(contract, contract[name]) for name in key if contract[name].sealed}
    return key | {name: seal(key[name], place, ring.version(place)) for name, place in places.items()}


class Sealed(sa.types.TypeDecorator[Any]):
    """A column of sealed cells: who reads it with the key at hand reads the cells, who has only the database does not.

    What is written through it and not sealed yet is sealed with the newest key.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, place: str, kind: Kind = Kind.TEXT) -> None:
        super().__init__()
        self.place = place
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else _sealed_once(str(value), self.place)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return None if value is None else _READ.get(self.kind, str)(unseal(value, self.place))


class SealedCells(sa.types.TypeDecorator[dict[str, str | None]]):
    """The cells of a row by header, each under its seal; empty ones stay so."""

    impl = JSONB
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        return (
            None if value is None else {name: cell and _sealed_once(cell, self.place) for name, cell in value.items()}
        )

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return value and {name: cell and unseal(cell, self.place) for name, cell in value.items()}


def _sealed_once(value: str, place: str) -> str:
    return value if is_sealed(value, place) else seal(value, place, keys.newest(VAULT))
