"""What an installation needs beside a machine and a warehouse: keys, releases, back-ups."""

import datetime as dt
import os
from pathlib import Path

from dashboard.access import openid, production, site
from etl import backup, keys
from etl.bundle import Shelf, shelf
from etl.cities import all_cities
from etl.errors import PantauError
from etl.text import Text
from etl.warehouse import AWAY
from runner.diagnosis import Diagnosis, State, well
from runner.state import state_dir

RELEASE_LATE_H, BACKUP_LATE_H = 36.0, 26.0  # both are made once a day


def secrets() -> Diagnosis:
    """What must hold before a city's own address is answered; on a trial, which keys there are."""
    try:
        here = site.here()
        openid.here()
        production.require(here)
    except PantauError as error:
        indonesian, _, english = str(error).partition(" | ")
        (seen_id, _, remedy_id), (seen_en, _, remedy_en) = indonesian.partition(" → "), english.partition(" → ")
        shown = Text(remedy_id or "lihat docs/operations.md, Settings", remedy_en or "see docs/operations.md, Settings")
        return Diagnosis("keys", State.FAIL, Text(seen_id, seen_en or seen_id), shown)
    except AWAY:  # why, another check says
        return well("keys", "kunci ada; akun belum terlihat", "keys are there; accounts cannot be seen yet")
    there = sum(map(keys.there, production.KEYS))
    kind = Text("produksi", "production") if here.production else Text("uji coba", "a trial")
    return well("keys", f"{kind.id}, {there} kunci", f"{kind.en}, {there} keys")


def releases(on: Shelf | None = None, now: dt.datetime | None = None) -> Diagnosis:
    """Whether each city has a release in force that is not old."""
    there, at = on or shelf(), now or dt.datetime.now(dt.UTC)
    known = [city.slug for city in all_cities()]
    without = [city for city in known if city not in there.cities()]
    ages = {city: _hours(at, there.bundle(city).manifest.made_at) for city in known if city not in without}
    late = [f"{city} ({hours:.0f} h)" for city, hours in ages.items() if hours > RELEASE_LATE_H]
    if not without and not late:
        return well("releases", f"{len(ages)} kota punya rilis terbaru", f"{len(ages)} cities have a recent release")
    listed = ", ".join([*without, *late])
    return Diagnosis(
        "releases",
        State.WARN,
        Text(f"tanpa rilis terbaru: {listed}", f"without a recent release: {listed}"),
        Text(
            "jalankan python -m dashboard publish terus-menerus, atau sekali: python -m dashboard release",
            "keep python -m dashboard publish running, or once: python -m dashboard release",
        ),
    )


def backups(now: dt.datetime | None = None) -> Diagnosis:
    """How old the newest whole back-up is, where ``PANTAU_BACKUPS`` says that there are any."""
    said, at = os.environ.get("PANTAU_BACKUPS", ""), now or dt.datetime.now(dt.UTC)
    remedy = Text(
        "setiap hari: python -m etl backup FOLDER (docs/operations.md), dan setel PANTAU_BACKUPS=FOLDER",
        "every day: python -m etl backup FOLDER (docs/operations.md), and set PANTAU_BACKUPS=FOLDER",
    )
    newest = backup.newest(Path(said)) if said else None
    if newest is None:
        where = Text(f"tidak ada cadangan di {said}", f"no back-up in {said}") if said else _UNKNOWN
        return Diagnosis("backups", State.WARN, where, remedy)
    hours = _hours(at, newest.made_at)
    seen = Text(f"cadangan terakhir {hours:.0f} jam lalu", f"the last back-up is {hours:.0f} h old")
    if hours > BACKUP_LATE_H:
        return Diagnosis("backups", State.WARN, seen, remedy)
    if Path(said).stat().st_dev == state_dir().stat().st_dev:
        beside = Text(f"{seen.id}, di disk yang sama dengan datanya", f"{seen.en}, on the same disk as the data")
        return Diagnosis("backups", State.WARN, beside, Text("simpan di mesin lain", "keep it on another machine"))
    return Diagnosis("backups", State.OK, seen)


_UNKNOWN = Text("tidak diketahui ada cadangan (PANTAU_BACKUPS kosong)", "no back-up is known (PANTAU_BACKUPS is empty)")


def _hours(now: dt.datetime, then: dt.datetime) -> float:
    return (now - then).total_seconds() / 3600
