"""``python -m dashboard subject``: what is held about one person, and who looked; for who answers that person.

The number is asked for, never an argument: those can be read by everyone on the machine and stay in its history.
"""

import argparse
import getpass
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dashboard.access.reasons import SHORTEST
from etl.audit import Look
from etl.catalogue import contract
from etl.cities import City, load_city
from etl.errors import PantauError

if TYPE_CHECKING:
    from etl.subject import Held

ROLE = "command line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``subject`` takes."""
    parser.add_argument("--city", required=True, help="kota (slug)")
    parser.add_argument("--why", required=True, help="nomor surat permintaan, misalnya | the letter's number, say")
    parser.add_argument("--json", action="store_true", help="lengkap, untuk diserahkan | complete, to hand over")


def run(said: argparse.Namespace) -> int:
    """Ask for the number, write the look down, print what is held. Raises PantauError with what to do instead."""
    from etl.subject import held  # reads deliveries as they came: every other command does without

    if len(said.why.strip()) < SHORTEST:
        raise PantauError("tulis alasannya lebih lengkap: --why | write the reason in full: --why")
    city, user = load_city(said.city), getpass.getuser()
    number = "".join(_asked().split())
    look = Look(city.code, f"cli:{user}", user, ROLE, "subject", said.why, "subject access")
    found = held(number, city, look)
    print(json.dumps(vars(found), default=str, ensure_ascii=False, indent=1) if said.json else _told(found, city))
    return 0


def _asked() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("NIK atau NIP (tidak tampil) | NIK or NIP (not shown): ")
    return sys.stdin.readline()


def _told(found: "Held", city: City) -> str:
    return "\n".join(_lines(found, city))


def _lines(found: "Held", city: City) -> Iterator[str]:
    yield f"{city.name}: yang disimpan tentang orang ini | what is held about this person"
    for name, rows in found.rows.items():
        former = len(found.former.get(name, ()))
        title = contract(name).title
        yield f"\n{title.id} | {title.en}: {len(rows)} baris | rows, {former} versi lama | former versions"
        yield from (f"  {line}" for row in rows for line in _row(name, row))
    for name in found.former.keys() - found.rows.keys():
        yield f"\n{contract(name).title.id}: 0 baris | rows, {len(found.former[name])} versi lama | former versions"
    yield f"\nBaris yang ditolak | refused rows: {len(found.refused)}"
    yield from (f"  #{one['quarantine_id']} {one['source']}, {one['delivery']}" for one in found.refused)
    yield f"Temuan | findings: {len(found.findings)}"
    yield from (f"  #{one['finding_id']} {one['rule']} ({one['state']})" for one in found.findings)
    yield f"Keberatan | objections: {len(found.objections)}"
    yield from (f"  {one['reference']} {city.clock(one['received_at'])} ({one['state']})" for one in found.objections)
    files = ", ".join(f"{source} {count}" for source, count in found.raw_files.items()) or "0"
    yield f"Kiriman mentah yang menyebutnya | raw deliveries that name the person: {files}"
    yield f"Siapa yang melihat | who looked: {len(found.looks)}"
    yield from (f"  {city.clock(one['at'])} {one['name']} ({one['role']}): {one['reason']}" for one in found.looks)
    yield "\nTulis --json untuk semua kolom dan versi | --json gives every column and version"


def _row(dataset: str, row: dict[str, Any]) -> Iterator[str]:
    of = contract(dataset)
    filled = [column for column in of.columns if row[column.name] is not None]
    yield ", ".join(f"{column.meaning.id}: {row[column.name]}" for column in filled)
