"""What changed, and when: versions heard from the database, ages of every source.

One listener a process: the loading transaction's NOTIFY reaches it within milliseconds. When the
database is away the last state stays, and the listener comes back by itself with everything it missed.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import uniform
from typing import Any
from zlib import crc32

import psycopg
import sqlalchemy as sa

from etl.analyses import ANALYSES
from etl.office import OFFICE
from etl.walls import WALLS
from etl.warehouse import AWAY, BELL_LEDGER, CHANNEL, RUNS, SOURCES, Role, engine, url, versions

log = logging.getLogger(__name__)
SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.1, 5.0  # before listening again
SILENCE_S = 30.0  # after this long without a word the versions are read: a dead connection shows itself
STEP_S = 10  # the doorbell tells ages in such steps, so that most of its answers are a 304
FRESH_FOR_S = 0.5  # ages are read at most twice a second, however many screens ask
EVERY_CITY = "every_city"  # stands among the datasets: anything of any city of the viewer
LEDGER = "ledger"  # stands among the datasets: what every run did, and how every source fares


def _coarse(moment: datetime) -> datetime:
    return moment.replace(second=moment.second // STEP_S * STEP_S, microsecond=0)


@dataclass
class Live:
    """The versions of all datasets and the freshness of all sources, as last heard."""

    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    rings: int = 0  # how often anything changed
    _freshness: list[dict[str, Any]] = field(default_factory=list)
    _last_runs: dict[str, int] = field(default_factory=dict)
    _read_at: float = 0.0
    _pid: int = 0
    _listener: threading.Thread = field(default_factory=threading.Thread)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _rang: threading.Condition = field(default_factory=threading.Condition)

    def start(self) -> None:
        """Start listening in this process unless it listens; a forked worker starts its own."""
        with self._lock:
            if self._pid == os.getpid() and self._listener.is_alive():
                return
            self._pid = os.getpid()
            self._catch_up()  # the first question is answered with what there is, not with nothing
            self._listener = threading.Thread(target=self._listen_for_ever, name="listener", daemon=True)
            self._listener.start()

    def _catch_up(self) -> None:
        try:
            with engine(Role.BELL).connect() as connection:
                self.versions = versions(connection)
        except AWAY as error:
            log.warning("versi data tidak terbaca | versions cannot be read: %s", type(error).__name__)

    def _listen_for_ever(self) -> None:
        wait = SHORTEST_WAIT_S
        while True:
            began = time.monotonic()
            try:
                self._listen()
            except (*AWAY, psycopg.Error, OSError) as error:
                log.warning("pendengar terputus, mencoba lagi | listener lost, trying again: %s", type(error).__name__)
            lasted = time.monotonic() - began
            wait = SHORTEST_WAIT_S if lasted > LONGEST_WAIT_S else min(LONGEST_WAIT_S, wait * 2)
            time.sleep(wait * uniform(0.5, 1.0))

    def _listen(self) -> None:
        # Kept as long as the process lives: none that the pool would miss.
        own = sa.create_engine(url(Role.BELL), poolclass=sa.NullPool, connect_args={"connect_timeout": 5})
        with own.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, psycopg.Connection)
            raw.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(CHANNEL)))
            # Read only after LISTEN, so that nothing is missed in between.
            while True:
                self.versions = versions(connection)
                self._ring()
                for notice in raw.notifies(timeout=SILENCE_S):
                    said = json.loads(notice.payload)
                    self.versions[said["city"], said["dataset"]] = said["version"]
                    self._ring()

    def _ring(self) -> None:
        with self._rang:
            self.rings += 1
            self._rang.notify_all()

    def wait(self, heard: int, seconds: float) -> None:
        """Wait, at most so long, until anything changed after the ring of this number."""
        with self._rang:
            self._rang.wait_for(lambda: self.rings != heard, seconds)

    def of(self, city_code: str) -> dict[str, int]:
        """Version by dataset of one city, and the ledger's; the first question starts the listening."""
        return self._of_datasets(city_code) | {LEDGER: self._of_ledger(city_code)}

    def of_all(self, city_codes: Collection[str]) -> int:
        """Another number when anything of one of several cities changes; of a single one its own versions say it."""
        if len(city_codes) < 2:
            return 0
        self.start()
        return crc32(repr(sorted(one for one in self.versions.items() if one[0][0] in city_codes)).encode())

    def _of_datasets(self, city_code: str) -> dict[str, int]:
        self.start()
        return {dataset: version for (city, dataset), version in sorted(self.versions.items()) if city == city_code}

    def _of_ledger(self, city_code: str) -> int:
        """Another number when a run brought something, or when a source fails in a new way or is well again."""
        troubles = [(one["source"], one["error_id"]) for one in self.freshness() if one["city_code"] == city_code]
        return crc32(f"{self._last_runs.get(city_code)} {sorted(troubles, key=str)}".encode())

    def freshness(self) -> list[dict[str, Any]]:
        """Every source with ``fresh_at`` and ``promise_s``; the last known while the database is away."""
        if time.monotonic() - self._read_at > FRESH_FOR_S:
            self._read_at = time.monotonic()
            self._read_freshness()
        return self._freshness

    def _read_freshness(self) -> None:
        try:
            with engine(Role.BELL).connect() as connection:
                self._freshness = [
                    dict(row._mapping)
                    for row in connection.execute(sa.select(*(SOURCES.c[name] for name in BELL_LEDGER[SOURCES])))
                ]
                last = sa.select(RUNS.c.city_code, sa.func.max(RUNS.c.run_id).label("last")).group_by(RUNS.c.city_code)
                self._last_runs = {row.city_code: row.last for row in connection.execute(last)}
        except AWAY as error:
            log.warning("usia data tidak terbaca | ages cannot be read: %s", type(error).__name__)

    def fresh(self, city_code: str) -> dict[str, str]:
        """Per dataset the moment up to which all its sources are known, in steps of ten seconds.

        A source that was asked and had nothing new is fresh, though its version stays.
        """
        mine = [one for one in self.freshness() if one["city_code"] == city_code and one["fresh_at"]]
        oldest: dict[str, datetime] = {}
        for one in mine:
            oldest[one["dataset"]] = min(one["fresh_at"], oldest.get(one["dataset"], one["fresh_at"]))
        return {dataset: _coarse(moment).isoformat() for dataset, moment in sorted(oldest.items())}

    def pulse(self, city_code: str) -> dict[str, dict[str, Any]]:
        """Per dataset: version, age and promise in seconds; a dataset is as old as its oldest source."""
        now, told = datetime.now(UTC), {}
        for dataset, version in self._of_datasets(city_code).items():
            if dataset in (WALLS, OFFICE, ANALYSES):  # what screens show, people set and models find is no source's
                continue
            mine = [
                one
                for one in self.freshness()
                if one["city_code"] == city_code and one["dataset"] == dataset and one["fresh_at"]
            ]
            ages = [(now - one["fresh_at"]).total_seconds() for one in mine]
            promises = [one["promise_s"] for one in mine]
            told[dataset] = {
                "version": version,
                "age_s": round(max(ages), 1) if ages else None,
                "promise_s": min(promises) if promises else None,
            }
        return told
