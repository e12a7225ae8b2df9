"""Pseudonyms: a keyed HMAC for each person and domain. Without the key nobody can find out whose one is."""

import hmac

from etl import keys
from etl.catalogue import contract
from etl.contract import Pseudonym

DIGITS = 24  # 96 bits: no two of a city's people collide


def pseudonym(person: str, how: Pseudonym, version: int) -> str:
    """What stands for a person in this domain, by that version of its key."""
    key = bytes.fromhex(keys.secret(keys.versioned(how.purpose, version)))
    return hmac.digest(key, person.encode(), "sha256").hex()[:DIGITS]


def declared(dataset: str, column: str) -> Pseudonym:
    """How the pseudonyms of a column are made. Raises TypeError for a column that holds none."""
    how = contract(dataset)[column].derived
    if not isinstance(how, Pseudonym):
        raise TypeError(f"{dataset}.{column}")
    return how
