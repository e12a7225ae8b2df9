"""The box into which the public site drops objections: it can put them in, and cannot read what lies there.

``<state>/objections/<city>/<reference>.sealed`` holds one, sealed for the key ``objections`` (HPKE, RFC 9180) and of
one size. The public process needs only that key's public half, ``<state>/objections/key.pub``. Whoever has the other
half takes them out: ``python -m dashboard post``.
"""

import datetime as dt
import hmac
import logging
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from etl import files, keys
from etl.aid_letters import ALPHABET
from etl.errors import PantauError
from etl.text import Text
from runner.state import private, state_dir

log = logging.getLogger("objections")
KEY = "objections"
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
SUFFIX, UNREADABLE = ".sealed", ".unreadable"
ROOM = 8192  # bytes of an objection under its seal
LETTERS = 10  # of a reference
LONGEST, LONGEST_CONTACT = 1000, 200  # letters
MOST_WAITING = 2000  # files of a city: 16 MB
LEAST_FREE = 200 * 1024**2  # bytes that the disk keeps for all others
ABOUT = {
    "not_listed": Text("Saya berhak, tetapi tidak terdaftar", "I am entitled, but not on the list"),
    "not_received": Text("Tertulis disalurkan, tetapi tidak saya terima", "It says paid, but I did not receive it"),
    "wrong": Text("Program, bulan, atau keadaannya salah", "The programme, the month or the state is wrong"),
    "not_mine": Text("NIK saya dipakai orang lain", "Somebody else uses my NIK"),
    "not_entitled": Text("Ada penerima yang tidak berhak", "Somebody receives it who is not entitled"),
    "letter": Text("Surat tidak sampai, atau kodenya ditolak", "The letter did not come, or its code is refused"),
    "other": Text("Hal lain", "Something else"),
}


class BoxFull(PantauError):
    """There is no room for an objection just now."""


class Unreadable(PantauError):
    """What lies in the box was not sealed for us, or was changed."""


class Said(msgspec.Struct, frozen=True):
    """What somebody objects to. Contact and NIK are empty where none was given."""

    about: str  # a key of ABOUT
    says: str
    contact: str
    nik: str


class Objection(Said, frozen=True, kw_only=True):
    """The same, as it is kept."""

    reference: str
    received_at: dt.datetime


def folder(city: str) -> Path:
    """Where the objections of a city wait."""
    return _home() / city


def _home() -> Path:
    return state_dir() / "objections"


def _make_home() -> None:
    """Others may pass through it: what seals is for everybody."""
    _home().mkdir(mode=0o711, exist_ok=True)


def drop(city: str, said: Said, sender: str, now: dt.datetime) -> str:
    """Keep an objection; its reference. The same of the same sender within an hour is the same one. Raises BoxFull."""
    _make_home()
    there = private(folder(city))
    if sum(1 for _ in there.iterdir()) >= MOST_WAITING or shutil.disk_usage(there).free < LEAST_FREE:
        raise BoxFull(f"{city}: kotak keberatan penuh | the box of objections is full")
    reference = _reference(city, said, sender, now)
    kept = Objection(**msgspec.structs.asdict(said), reference=reference, received_at=now)
    packed = msgspec.json.encode(kept).ljust(ROOM)
    files.put(there / f"{reference}{SUFFIX}", [SUITE.encrypt(packed, _public_key(), info=city.encode())])
    return reference


def _reference(city: str, said: Said, sender: str, now: dt.datetime) -> str:
    """What is sent twice by one press of a button gets one number."""
    told = msgspec.json.encode((city, f"{now:%F %H}", sender, said))
    number = int.from_bytes(hmac.digest(bytes.fromhex(keys.secret("aid")), told, "sha256"))
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LETTERS))


def shown(reference: str) -> str:
    """A reference as people read it."""
    return f"{reference[:5]}-{reference[5:]}"


def waiting(city: str) -> list[Path]:
    """The files of a city's objections, in no order of importance."""
    return sorted(folder(city).glob(f"[!.]*{SUFFIX}"))


def opened(city: str, path: Path) -> Objection:
    """What is in a file. Raises Unreadable."""
    try:
        packed = SUITE.decrypt(path.read_bytes(), _private_key(), info=city.encode())
        return msgspec.json.decode(packed, type=Objection)
    except (InvalidTag, msgspec.DecodeError) as error:
        raise Unreadable(f"{city}: {path.name}") from error


def set_aside(path: Path) -> None:
    """What cannot be read keeps nobody waiting; a person looks at it."""
    log.error("keberatan tidak terbaca | an objection cannot be read: %s", path)
    with suppress(FileNotFoundError):  # somebody else has just done so
        path.rename(path.with_suffix(UNREADABLE))


@cache
def _private_key() -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(bytes.fromhex(keys.secret(KEY)))


def publish_key() -> None:
    """Lay out the half of the key with which the box is filled; it follows when the key was replaced."""
    path, own = _home() / "key.pub", _private_key().public_key().public_bytes_raw()
    if not path.is_file() or path.read_bytes() != own:
        _make_home()
        files.put(path, [own], mode=0o644)


def _public_key() -> X25519PublicKey:
    path = _home() / "key.pub"
    if not path.is_file():
        publish_key()
    return X25519PublicKey.from_public_bytes(path.read_bytes())
