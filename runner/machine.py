"""Checks of the machine, made before anything is started: they need no library, no warehouse and no network.

``runner up`` refuses to start on what fails here, and ``python -m doctor`` tells the same (one list: ``MACHINE``).
"""

import ctypes
import datetime as dt
import json
import os
import re
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from etl.errors import PantauError
from etl.text import Text
from runner.diagnosis import Diagnosis, State, well
from runner.state import CHECKOUT, state_dir

OLDEST_PYTHON = (3, 11)
# Below the first the warehouse soon cannot write at all; below the second there are some days left.
FULL_BYTES, NEARLY_FULL_BYTES = 500 * 1024**2, 3 * 1024**3
ZONES = {"Asia/Jakarta": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}  # of all cities of Indonesia: hours from UTC
PINNED = re.compile(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.+!-]+)\s*(;.*)?")
CLOCK_WRONG = 5  # adjtimex: the clock is not set by any server of time
SIZE_OF_TIMEX = 512  # larger than the struct of any platform
WRITTEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # no clock that is right says less than this
LISTENS = "0A"  # a socket's state in /proc/net/tcp


@dataclass(frozen=True)
class Site:
    """A web process: where it listens, and the environment variable that moves it."""

    name: str
    application: str
    host: str
    port: int
    variable: str

    @property
    def address(self) -> str:
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{shown}:{self.port}/"


def sites() -> tuple[Site, Site]:
    """The two web processes, as ``HOST``, ``PORT`` and ``PUBLIC_PORT`` say.

    Raises:
        PantauError: a port that is none.
    """
    host = os.environ.get("HOST") or "127.0.0.1"
    command = Site("command", "dashboard.command:server", host, _port("PORT", 8050), "PORT")
    public = Site("public", "dashboard.public:server", host, _port("PUBLIC_PORT", 8051), "PUBLIC_PORT")
    return command, public


def _port(variable: str, default: int) -> int:
    said = os.environ.get(variable) or str(default)
    if not said.isdigit() or not 0 < int(said) < 65536:
        raise PantauError(
            f"{variable}={said} bukan nomor port (1–65535). | {variable}={said} is no port number (1–65535)."
        )
    return int(said)


def python() -> Diagnosis:
    """Whether this Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        return well("python", f"Python {version}", f"Python {version}")
    needed = ".".join(map(str, OLDEST_PYTHON))
    return Diagnosis(
        "python",
        State.FAIL,
        Text(f"Python {version} terlalu tua", f"Python {version} is too old"),
        Text(
            f"pasang Python {needed} atau lebih baru, hapus .venv, lalu make run",
            f"install Python {needed} or newer, remove .venv, then make run",
        ),
    )


def packages() -> Diagnosis:
    """Whether every library is there in the version that was locked (``requirements.txt``)."""
    wrong = sorted(_other_packages((CHECKOUT / "requirements.txt").read_text(encoding="utf-8")))
    if not wrong:
        return well("packages", "pustaka sesuai kuncinya", "libraries as locked")
    shown = ", ".join(wrong[:5]) + (" …" if len(wrong) > 5 else "")
    return Diagnosis(
        "packages",
        State.FAIL if any(one.endswith("(–)") for one in wrong) else State.WARN,
        Text(f"{len(wrong)} pustaka lain dari kuncinya: {shown}", f"{len(wrong)} libraries are not as locked: {shown}"),
        Text(
            ".venv/bin/python -m pip install -r requirements.txt", ".venv/bin/python -m pip install -r requirements.txt"
        ),
    )


def _other_packages(locked: str) -> Iterator[str]:
    """``name 1.0 (2.0)``: locked and found. What is locked for other machines only may be away."""
    for line in locked.splitlines():
        if not (said := PINNED.fullmatch(line.strip().removesuffix("\\").strip().partition(" #")[0])):
            continue
        name, version, elsewhere = said.groups()
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = version if elsewhere else "–"
        if found != version and not elsewhere:
            yield f"{name} {version} ({found})"


def state_folder() -> Diagnosis:
    """Whether the state folder can be written by us and its secrets read by nobody else."""
    try:
        folder = state_dir()
    except PantauError as error:
        return Diagnosis(
            "state",
            State.FAIL,
            _in_both(error),
            Text("setel PANTAU_STATE, atau beri hak tulis", "set PANTAU_STATE, or give the right to write"),
        )
    loose = [path for path in _secrets(folder) if path.stat().st_mode & 0o077]
    if not loose:
        return well("state", f"{folder}", f"{folder}")
    return Diagnosis(
        "state",
        State.FAIL,
        Text(f"kunci terbaca pengguna lain: {loose[0]}", f"others can read keys: {loose[0]}"),
        Text(f"chmod -R go= {folder / 'keys'}", f"chmod -R go= {folder / 'keys'}"),
    )


def _secrets(folder: Path) -> Iterator[Path]:
    """Where secrets stand: one that others can read is none. What is public of a pair of keys is not one of them."""
    keys = folder / "keys"
    if keys.is_dir() and os.access(keys, os.R_OK | os.X_OK):
        yield from (keys, *keys.rglob("*.json"))


def disk() -> Diagnosis:
    """How much room is left where the state folder lies."""
    folder = _nearest()
    usage = shutil.disk_usage(folder)
    free = Text(f"tersisa {_size(usage.free, ',')} di {folder}", f"{_size(usage.free, '.')} left in {folder}")
    if usage.free >= NEARLY_FULL_BYTES:
        return Diagnosis("disk", State.OK, free)
    return Diagnosis(
        "disk",
        State.FAIL if usage.free < FULL_BYTES else State.WARN,
        Text(f"disk hampir penuh: {free.id}", f"the disk is nearly full: {free.en}"),
        Text(
            "kosongkan ruang atau perbesar disk; kiriman mentah disimpan [retention] raw_files hari (city.toml), "
            "cadangan lama dihapus dengan --keep",
            "make room or enlarge the disk; raw deliveries are kept for [retention] raw_files days (city.toml), old "
            "back-ups go with --keep",
        ),
    )


def _nearest() -> Path:
    """The state folder; what is wrong with it another check says."""
    with suppress(PantauError):
        return state_dir()
    return CHECKOUT


def _size(count: int, comma: str) -> str:
    return f"{count / 1024**3:.1f} GB".replace(".", comma) if count >= 1024**3 else f"{count // 1024**2} MB"


def zones() -> Diagnosis:
    """Whether the hours of Indonesia are known: without time zone data every day would end at the wrong moment."""
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    wrong = [name for name, hours in ZONES.items() if _offset(name, moment) != dt.timedelta(hours=hours)]
    if not wrong:
        return well("zones", "WIB, WITA, WIT dikenal", "WIB, WITA, WIT are known")
    listed = ", ".join(wrong)
    return Diagnosis(
        "zones",
        State.FAIL,
        Text(f"data zona waktu tidak ada atau salah: {listed}", f"no time zone data, or wrong ones: {listed}"),
        Text("pip install tzdata, atau apt-get install tzdata", "pip install tzdata, or apt-get install tzdata"),
    )


def _offset(name: str, moment: dt.datetime) -> dt.timedelta | None:
    try:
        return moment.astimezone(ZoneInfo(name)).utcoffset()
    except ZoneInfoNotFoundError:
        return None


def ports() -> Iterator[Diagnosis]:
    """Whether each site can listen, or is our own that listens already."""
    try:
        both = sites()
    except PantauError as error:
        yield Diagnosis(
            "ports", State.FAIL, _in_both(error), Text("PORT=8050 PUBLIC_PORT=8051", "PORT=8050 PUBLIC_PORT=8051")
        )
        return
    yield from map(port, both)


def _in_both(error: PantauError) -> Text:
    indonesian, _, english = str(error).partition(" | ")
    return Text(indonesian, english)


def port(site: Site, running_is_fine: bool = True) -> Diagnosis:
    """Whether a site can listen; ``running_is_fine``: or listens already."""
    name, place = f"port {site.port}", f"{site.host}:{site.port}"
    if (why := _taken(site)) is None:
        return well(name, f"{place} bebas untuk {site.name}", f"{place} is free for {site.name}")
    if running_is_fine and answers(site):
        return well(name, f"Pantau menjawab di {place}", f"Pantau answers at {place}")
    who = _listener(site.port)
    by = Text(f"; dipakai oleh {who}", f"; taken by {who}") if who else Text("", "")
    free = f"{site.variable}={site.port + 100} make run"
    return Diagnosis(
        name,
        State.FAIL,
        Text(
            f"Tidak dapat mendengarkan di {place} ({why}){by.id}. Mungkin Pantau sudah berjalan",
            f"Cannot listen on {place} ({why}){by.en}. Perhaps Pantau runs already",
        ),
        Text(
            f"hentikan program itu, atau pilih port lain: {free}", f"stop that program, or choose another port: {free}"
        ),
    )


def _taken(site: Site) -> str | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((site.host, site.port))
        except OSError as error:
            return str(error.strerror)
    return None


def answers(site: Site, within_s: float = 2) -> bool:
    """Whether one of our web processes answers there."""
    try:
        with urllib.request.urlopen(f"{site.address}healthz", timeout=within_s) as answer:
            return bool(json.load(answer).get("status") == "ok")
    except (OSError, ValueError, AttributeError):
        return False


def _listener(port: int) -> str:
    """The program that listens on a port, as far as we may look: its name and number."""
    inodes = {f"socket:[{inode}]" for inode in _inodes(port)}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is somebody else's
            if not inodes.isdisjoint(_open_files(process)):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return ""


def _open_files(process: Path) -> Iterator[str]:
    for one in (process / "fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            yield str(one.readlink())


def _inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == LISTENS and words[1].endswith(f":{port:04X}"):
                    yield words[9]


def clock() -> Diagnosis:
    """Whether the system itself says that its clock is kept right."""
    now = dt.datetime.now(dt.UTC)
    if now < WRITTEN:
        return Diagnosis(
            "clock", State.FAIL, Text(f"jam mesin berkata {now:%F}", f"the clock says {now:%F}"), SET_CLOCK
        )
    if _kept_right() is False:
        return Diagnosis(
            "clock",
            State.WARN,
            Text("jam mesin tidak diselaraskan oleh server waktu", "no time server keeps this machine's clock right"),
            SET_CLOCK,
        )
    return well("clock", "jam mesin diselaraskan", "the clock is kept right")


def _kept_right() -> bool | None:
    """None where the system does not say."""
    asked = getattr(ctypes.CDLL(None), "adjtimex", None)
    said = asked(ctypes.create_string_buffer(SIZE_OF_TIMEX)) if asked else -1
    return None if said < 0 else said != CLOCK_WRONG


SET_CLOCK = Text(
    "selaraskan jam: timedatectl set-ntp true (atau pasang chrony)",
    "set the clock: timedatectl set-ntp true (or chrony)",
)


def beside(other: dt.datetime, whose: Text, tolerance_s: float) -> Diagnosis:
    """Our clock beside another one: a difference of more than ``tolerance_s`` seconds is told."""
    off = (dt.datetime.now(dt.UTC) - other).total_seconds()
    if abs(off) <= tolerance_s:
        return well("clock", f"jam sama dengan {whose.id}", f"the clock agrees with {whose.en}")
    seen = Text(
        f"jam mesin ini meleset {off:+.0f} detik dari {whose.id}", f"this clock is off by {off:+.0f} s from {whose.en}"
    )
    return Diagnosis("clock", State.FAIL, seen, SET_CLOCK)


# What can be known before anything is there: each is made in this order, each costs milliseconds.
MACHINE: tuple[Callable[[], Diagnosis], ...] = (python, packages, zones, state_folder, disk, clock)
START: tuple[Callable[[], Diagnosis], ...] = (python, zones, state_folder, disk, clock)
