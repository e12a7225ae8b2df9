"""Every app and every source of a city, and how each fares: failing, silent, late or alive; the worst first.

A source is judged by its own promise, and so is the app that sends it. An app that sends nothing is judged by the day
on which the city's registry last saw it, as of the registry's own date: an old registry says nothing of today.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, NamedTuple

import sqlalchemy as sa

from dashboard.ledger import AGE, APP, PROMISE, STATE, Head, Line, View, mine, words
from dashboard.queries import Asked
from etl.cities import source_files
from etl.text import Text
from etl.warehouse import SOURCES, read

REGISTRY = "app_registry"
SILENT_AFTER = 3  # promises: what is later than late
APP_PROMISE_S = 86_400.0  # an app that sends nothing is seen every day
AN_APP, NEVER = Text("aplikasi tanpa sumber data", "app without a source"), Text("belum pernah dimuat", "never loaded")


class State(Enum):
    """How a system fares, in words with a mark; the worst first."""

    FAILING = Text("▲ galat", "▲ failing")
    SILENT = Text("■ diam", "■ silent")
    LATE = Text("◆ terlambat", "◆ late")
    ALIVE = Text("● hidup", "● alive")

    @property
    def tone(self) -> str:
        return {"FAILING": "act", "SILENT": "act", "LATE": "watch"}.get(self.name, "")


ORDER = list(State)


class System(NamedTuple):
    """An app or a source: age and promise in seconds; no age when it was never heard from."""

    state: State
    app: str
    what: Text
    age_s: float | None
    promise_s: float | None

    @property
    def promises(self) -> float:
        """How many promises old it is."""
        return float("inf") if self.age_s is None or not self.promise_s else self.age_s / self.promise_s


def state(age_s: float | None, promise_s: float, failing: bool = False) -> State:
    """How a system fares that is so old and promised so much."""
    if failing:
        return State.FAILING
    if age_s is None or age_s > SILENT_AFTER * promise_s:
        return State.SILENT
    return State.LATE if age_s > promise_s else State.ALIVE


def systems(connection: sa.Connection, asked: Asked) -> list[System]:
    """Everything that the city runs or sends, the worst first."""
    names = ("source", "app", "title_id", "title_en", "fresh_at", "promise_s", "error_id")
    heard = connection.execute(sa.select(*(SOURCES.c[name] for name in names)).where(*mine(SOURCES, asked))).all()
    found = [_source(row, asked) for row in heard]
    if not asked.scope.where:  # a filter asks for sources
        found += [*_never(heard, asked), *_apps(found, _registry(connection, asked), asked)]
    return sorted(found, key=lambda one: (ORDER.index(one.state), -one.promises, one.app))


def _source(row: Any, asked: Asked) -> System:
    age = (asked.now - row.fresh_at).total_seconds() if row.fresh_at else None
    title = Text(row.title_id, row.title_en)
    return System(state(age, row.promise_s, bool(row.error_id)), row.app, title, age, row.promise_s)


def _never(heard: Sequence[Any], asked: Asked) -> list[System]:
    """Sources that are declared and have not run yet."""
    known = {row.source for row in heard}
    declared = (path.stem for path in source_files(asked.city))
    return [System(State.SILENT, name, NEVER, None, None) for name in declared if name not in known]


def _registry(connection: sa.Connection, asked: Asked) -> dict[str, float | None]:
    """The apps that the registry lists, and how long before its own date it last saw each."""
    listed = read(REGISTRY, asked.scope.as_of)
    query = sa.select(listed.c.app, listed.c.last_seen_at, listed.c.updated_at)
    rows = connection.execute(query.where(listed.c.city_code == asked.city.code))
    return {row.app: _lapse(row.last_seen_at, row.updated_at or asked.now) for row in rows}


def _lapse(seen: dt.datetime | None, told: dt.datetime) -> float | None:
    return max(0.0, (told - seen).total_seconds()) if seen else None


def _apps(sources: Sequence[System], listed: dict[str, float | None], asked: Asked) -> Iterable[System]:
    """The apps that the city names and that send nothing."""
    for name in sorted({*asked.city.apps, *listed} - {one.app for one in sources}):
        age = listed.get(name)
        yield System(state(age, APP_PROMISE_S), name, AN_APP, age, APP_PROMISE_S)


def counted(found: Sequence[System], of: State) -> list[System]:
    """Those that fare so."""
    return [one for one in found if one.state is of]


def _lines(connection: sa.Connection, asked: Asked) -> list[Line]:
    found = systems(connection, asked)
    return [Line((one.state.value, one.app, one.what, one.age_s, one.promise_s), one.state.tone) for one in found]


def _finding(lines: list[Line]) -> Text:
    alive = sum(line.cells[0] is State.ALIVE.value for line in lines)
    return Text(
        f"{alive} dari {len(lines)} aplikasi dan sumber hidup", f"{alive} of {len(lines)} apps and sources alive"
    )


SYSTEMS_VIEW = View(
    key="systems",
    title=Text("Aplikasi dan sumber", "Apps and sources"),
    meaning=Text(
        "Setiap aplikasi dan sumber data kota, yang terburuk di atas: usianya terhadap janjinya",
        "Every app and source of the city, the worst on top: its age against its promise",
    ),
    formula=Text(
        f"hidup: usia ≤ janji · terlambat: lebih · diam: > {SILENT_AFTER} × janji atau tak pernah · galat: tak terbaca",
        f"alive: age ≤ promise · late: more · silent: > {SILENT_AFTER} × promise or never · failing: cannot be read",
    ),
    heads=(STATE, APP, Head(Text("Yang dinilai", "What is judged"), words), AGE, PROMISE),
    lines=_lines,
    finding=_finding,
    nothing=Text("Belum ada aplikasi atau sumber.", "There is no app and no source yet."),
    datasets=(REGISTRY,),
)
