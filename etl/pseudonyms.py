"""Pseudonyms: a keyed HMAC for each person and domain. Without the key nobody can find out whose one is."""

import hmac

from etl import keys
from etl.contract import Pseudonym

DIGITS = 24  # 96 bits: no two of a city's people collide


def pseudonym(person: str, declared: Pseudonym, version: int) -> str:
    """What stands for a person in this domain, by that version of its key."""
    key = bytes.fromhex(keys.secret(keys.versioned(declared.purpose, version)))
    return hmac.digest(key, person.encode(), "sha256").hex()[:DIGITS]
