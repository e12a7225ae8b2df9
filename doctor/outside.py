"""Whether the outside world can be reached: each source's host, and the clocks of those that tell the time."""

import datetime as dt
import os
import socket
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa

from etl.access import Folder, Rest, Sql
from etl.cities import all_cities, readable_sources
from etl.source import Source
from etl.text import Text
from runner import machine
from runner.diagnosis import Diagnosis, State, well

WITHIN_S = 5.0
AT_ONCE = 16
SHOWN = 3
DATES_AGREE_S = 30.0  # Date has whole seconds, and other people's clocks are not perfect
USUAL_PORTS = {"http": 80, "https": 443, "sftp": 22, "mysql": 3306, "postgresql": 5432, "postgres": 5432}


@dataclass(frozen=True)
class Reached:
    """What came of knocking at a source: ``why`` is empty where somebody answered; ``off_s`` is our clock's lead."""

    source: str
    why: str = ""
    off_s: float | None = None


def outside() -> Iterator[Diagnosis]:
    """Whether city files can be read and their sources reached; the clock beside those that said the time."""
    pairs = [(city, *readable_sources(city)) for city in all_cities()]
    wrong = [error for _, _, errors in pairs for error in errors]
    if wrong:
        indonesian, _, english = str(wrong[0]).splitlines()[0].partition(" | ")
        seen = Text(
            f"{len(wrong)} berkas sumber tidak terbaca, yang pertama: {indonesian}",
            f"{len(wrong)} source files cannot be read, the first: {english or indonesian}",
        )
        remedy = Text("perbaiki berkas itu, lalu: python -m etl check", "mend that file, then: python -m etl check")
        yield Diagnosis("cities", State.WARN, seen, remedy)
    else:
        yield well("cities", f"{len(pairs)} kota terbaca", f"{len(pairs)} cities can be read")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        reached = list(pool.map(knock, [source for _, sources, _ in pairs for source in sources]))
    yield _told(reached)
    yield from _clock(reached)


def _told(reached: list[Reached]) -> Diagnosis:
    if not (away := [one for one in reached if one.why]):
        return well("reachable", f"{len(reached)} sumber tercapai", f"{len(reached)} sources can be reached")
    shown = "; ".join(f"{one.source}: {one.why}" for one in away[:SHOWN]) + (" …" if len(away) > SHOWN else "")
    return Diagnosis(
        "reachable",
        State.WARN,
        Text(
            f"{len(away)} dari {len(reached)} sumber tidak tercapai: {shown}", f"{len(away)} of {len(reached)}: {shown}"
        ),
        Text(
            "periksa alamat di settings.env, jaringan dan firewall; lalu: python -m etl check --city KOTA",
            "check the addresses in settings.env, network and firewall; then: python -m etl check --city CITY",
        ),
    )


def _clock(reached: list[Reached]) -> Iterator[Diagnosis]:
    """Several clocks that agree against ours are right; one alone may be wrong itself."""
    if off := [one.off_s for one in reached if one.off_s is not None]:
        other = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=statistics.median(off))
        yield machine.beside(other, Text(f"{len(off)} sumber", f"{len(off)} sources"), DATES_AGREE_S)


def knock(source: Source) -> Reached:
    """Whether somebody answers at a source's address; nothing is read and nobody signs in."""
    name, reader = str(source), source.reader
    try:
        if isinstance(reader, Rest):
            return Reached(name, "", _ask(reader.url))
        if isinstance(reader, Sql):
            url = sa.make_url(reader.url)
            _connect(url.host or "", url.port or USUAL_PORTS.get(url.get_backend_name(), 0))
        if isinstance(reader, Folder):
            _look(reader)
    except (OSError, httpx.HTTPError, ValueError, sa.exc.ArgumentError) as error:
        return Reached(name, getattr(error, "strerror", None) or type(error).__name__)
    return Reached(name)


def _look(reader: Folder) -> None:
    parts = urlsplit(reader.path)
    if parts.scheme in ("http", "https", "sftp"):
        _connect(parts.hostname or "", parts.port or USUAL_PORTS[parts.scheme])
    elif not parts.scheme and not os.access(Path(reader.path), os.R_OK | os.X_OK):
        raise FileNotFoundError(2, f"{reader.path}?")


def _connect(host: str, port: int) -> None:
    socket.create_connection((host, port), WITHIN_S).close()


def _ask(url: str) -> float | None:
    """Any answer will do; how far our clock is before the one that it tells, in seconds."""
    with httpx.Client(timeout=WITHIN_S, follow_redirects=False) as client:
        said = client.head(url).headers.get("Date", "")
    now = dt.datetime.now(dt.UTC)
    return (now - parsedate_to_datetime(said)).total_seconds() if said else None
