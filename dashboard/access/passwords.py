"""Passwords: argon2id hashes, and what is asked of a new one (NIST SP 800-63B: length, not kinds of characters)."""

import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from etl.text import Text

SHORTEST, LONGEST = 12, 200
# OWASP's second choice for argon2id: 19 MiB a try, so that many tries at once do not fill the memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = threading.Semaphore(4)  # the server has many threads; each hash takes its memory and a processor
_COMMON = ("password", "katasandi", "123456", "qwerty", "pantau", "admin")


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether it is the password; takes the same time when there is none to compare with."""
    other = kept or _nobodys()
    try:
        with _AT_ONCE:
            return _HASHER.verify(other, password[:LONGEST]) and kept is not None
    except VerificationError:
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_hex(16))


def objection(password: str, login: str) -> Text | None:
    """Why a new password is not taken."""
    plain = password.casefold()
    if not SHORTEST <= len(password) <= LONGEST:
        return Text(
            f"Kata sandi sedikitnya {SHORTEST} dan paling banyak {LONGEST} huruf.",
            f"A password has {SHORTEST} to {LONGEST} characters.",
        )
    if login in plain or len(set(plain)) < 5 or any(plain.strip("0123456789!.") == word for word in _COMMON):
        return Text(
            "Kata sandi ini mudah ditebak; pakai beberapa kata yang tidak berhubungan.",
            "This password is easily guessed; use a few words that have nothing to do with each other.",
        )
    return None
