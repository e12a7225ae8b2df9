"""Keys of those who send us rows: shown once when they are made, kept as a hash, one or more a source.

``python -m etl key CITY SOURCE`` makes one, ``--list`` and ``--revoke ID`` look after them.
"""

import argparse
import datetime as dt
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from etl.access import Push
from etl.cities import load_city, settings, source_files
from etl.errors import CityError, PantauError
from etl.source import Source, load_source
from runner.state import private, state_dir

TOKEN = re.compile(r"pantau-([0-9a-f]{8})-[\w-]{43}")


@dataclass(frozen=True)
class Key:
    """What is kept of a key; ``id`` is its first part, by which it is listed and revoked."""

    id: str
    made_at: str


def push_source(city: str, name: str) -> Source | None:
    """A source to which rows are pushed; None when there is none of that name, or it gets them in another way."""
    try:
        files = {path.stem: path for path in source_files(load_city(city))}
        source = load_source(files[name], city, settings()) if name in files else None
    except CityError:
        return None
    return source if source and isinstance(source.reader, Push) else None


def make(source: Source) -> str:
    """A new key. It cannot be had again."""
    key_id = secrets.token_hex(4)
    key = f"pantau-{key_id}-{secrets.token_urlsafe(32)}"
    path = _folder(source) / f"{key_id}.json"
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(json.dumps({"hash": _hash(key), "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}))
    return key


def listed(source: Source) -> list[Key]:
    """The keys in force, oldest first."""
    keys = [Key(path.stem, json.loads(path.read_text())["made_at"]) for path in _folder(source).glob("*.json")]
    return sorted(keys, key=lambda key: (key.made_at, key.id))


def revoke(source: Source, key_id: str) -> None:
    """From now on this key opens nothing. Raises PantauError when there is no such key."""
    if key_id not in {key.id for key in listed(source)}:
        known = ", ".join(key.id for key in listed(source)) or "–"
        raise PantauError(f"{source}: tidak ada kunci {key_id}; yang ada: {known} | no such key; there are: {known}")
    (_folder(source) / f"{key_id}.json").unlink()


def opens(source: Source, key: str) -> bool:
    """Whether this key is one of the source's; told in the same time whatever is wrong with it."""
    found = TOKEN.fullmatch(key)
    path = _folder(source) / f"{found[1]}.json" if found else None
    kept = json.loads(path.read_text())["hash"] if path and path.is_file() else ""
    return hmac.compare_digest(_hash(key), kept)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()


def _folder(source: Source) -> Path:
    return private(state_dir() / "keys" / "push" / source.city / source.name)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command ``key`` takes."""
    parser.add_argument("city", help="kota (slug)")
    parser.add_argument("source", help="sumber (nama berkas tanpa .toml)")
    parser.add_argument("--list", action="store_true", help="kunci yang berlaku")
    parser.add_argument("--revoke", metavar="ID", help="cabut satu kunci")


def run(said: argparse.Namespace) -> int:
    """Make, list or revoke keys."""
    source = push_source(said.city, said.source)
    if source is None:
        raise PantauError(
            f"{said.city}/{said.source}: bukan sumber dengan kind = push | is no source with kind = push"
            f" → cities/{said.city}/sources/{said.source}.toml"
        )
    if said.revoke:
        revoke(source, said.revoke)
    elif said.list:
        for key in listed(source):
            print(f"{key.id}  {key.made_at}")
    else:
        print(make(source))
    return 0
