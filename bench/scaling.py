"""What does a city, a province of 15, the nation of 514 cost? Worked out of the last figures of the other measurements.

Every number comes from ``bench/results/summary.md``, or is an assumption that stands in ``ASSUMED`` and is printed. The
tables are written into ``docs/scaling.md`` between its marks, so that no figure there was typed.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bench.common import results, summary
from bench.common.web import ROOT

DOCUMENT = ROOT / "docs" / "scaling.md"
BEGIN, END = "<!-- python -m bench.scaling writes from here -->", "<!-- to here -->"
SIZES = {"a city": 1, "three cities": 3, "a province": 15, "the nation": 514}
NUMBER = r"([\d,.]+)"
# What is read of which figure.
READ = {
    "rows_s": ("etl", rf"etl: {NUMBER} rows/s"),
    "start_mb": ("capacity", rf"web processes {NUMBER} MB at the start"),
    "sessions_20_mb": ("capacity", rf"{NUMBER} at 20 sessions"),
    "sessions_50_mb": ("capacity", rf"{NUMBER} at 50;"),
    "ring_cpu_ms": ("capacity", rf"{NUMBER} CPU-ms a ring"),
    "view_cpu_ms": ("capacity", rf"{NUMBER} CPU-ms a view"),
    "knee_views_s": ("capacity", rf"{NUMBER} whole views a second"),
    "order_bytes": ("capacity", rf"a row of an order {NUMBER} B"),
    "call_bytes": ("capacity", rf"of a call {NUMBER} B"),
    "rows_city_day": ("capacity", rf"{NUMBER} rows a city and day"),
    "wall_cpu_ms_minute": ("soak", rf"{NUMBER} ms of server CPU a screen and minute"),
    "public_view_cpu_ms": ("public", rf"{NUMBER} CPU-ms a view"),
}
MONTHS, DAY_S = 36, 86_400
Told = dict[str, Any]


@dataclass(frozen=True)
class Assumed:
    """What nobody measured: how a city uses it. ``busy`` is how much of a core may be in use at the peak."""

    sessions: int = 20  # of one city signed in at its busiest hour
    views_a_minute: float = 0.5  # that each of them opens
    bells_a_second: float = 1.0  # that each open page asks for
    screens: int = 4  # walls of one city
    public_views_s: float = 5.0  # of one city on a day on which everybody looks
    peak: float = 8.0  # rows of the busiest hour over those of an average one
    history: float = 1.3  # rows that are stored for one in force: versions, ledger, quarantine
    busy: float = 0.5


ASSUMED = Assumed()


@dataclass(frozen=True)
class Cost:
    """What so many cities take: rows and disk of three years, cores at the busiest moment, memory of the web."""

    rows_day: float
    rows_millions: float
    disk_gb: float
    load_s_day: float
    cores_load: float
    cores_people: float
    cores_walls: float
    cores_public: float
    cores: float
    workers: int
    web_gb: float


def measured(page: str) -> dict[str, float]:
    """The figures that the model rests on, as the summary tells them. Raises KeyError for one that it lacks."""
    told, found = summary.told(page), {}
    for name, (bench, pattern) in READ.items():
        said = re.search(pattern, told.get(bench, ""))
        if said is None:
            raise KeyError(f"{name}: python -m bench.{bench} was not measured yet")
        found[name] = float(said[1].rstrip(".,").replace(",", ""))
    return found


def cost(cities: int, known: dict[str, float], assumed: Assumed = ASSUMED) -> Cost:
    """What so many cities take on machines like the one that was measured."""
    rows_day = cities * known["rows_city_day"]
    stored = rows_day * 365 * MONTHS / 12 * assumed.history
    sessions = cities * assumed.sessions
    load = assumed.peak * rows_day / DAY_S / known["rows_s"]
    views_s = sessions * assumed.views_a_minute / 60
    people = (views_s * known["view_cpu_ms"] + sessions * assumed.bells_a_second * known["ring_cpu_ms"]) / 1000
    walls = cities * assumed.screens * known["wall_cpu_ms_minute"] / 60_000
    public = cities * assumed.public_views_s * known["public_view_cpu_ms"] / 1000
    workers = max(1, math.ceil((people + walls) / assumed.busy))
    each = (known["sessions_50_mb"] - known["sessions_20_mb"]) / 30
    memory = workers * known["start_mb"] + max(0.0, each) * sessions
    return Cost(
        rows_day=rows_day,
        rows_millions=stored / 1e6,
        disk_gb=stored * (known["order_bytes"] + known["call_bytes"]) / 2 / 1e9,
        load_s_day=rows_day / known["rows_s"],
        cores_load=load,
        cores_people=people,
        cores_walls=walls,
        cores_public=public,
        cores=(load + people + walls + public) / assumed.busy,
        workers=workers,
        web_gb=memory / 1000,
    )


TITLES = {
    "rows_day": "rows a day",
    "rows_millions": "rows of three years, millions",
    "disk_gb": "disk for them, GB",
    "load_s_day": "loading, seconds a day",
    "cores_load": "cores: loading at its peak",
    "cores_people": "cores: people signed in",
    "cores_walls": "cores: walls",
    "cores_public": "cores: public readers",
    "cores": "cores to have, half of them idle",
    "workers": "web workers",
    "web_gb": "memory of the web, GB",
}


def table(known: dict[str, float]) -> Iterator[str]:
    """The model as a table of Markdown."""
    costs = [asdict(cost(count, known)) for count in SIZES.values()]
    yield f"| | {' | '.join(f'{name} ({count})' for name, count in SIZES.items())} |"
    yield f"|---|{'---:|' * len(SIZES)}"
    for name, title in TITLES.items():
        yield f"| {title} | {' | '.join(_shown(one[name]) for one in costs)} |"


def _shown(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:.2g}"


def written(known: dict[str, float]) -> str:
    """What stands between the marks: what was measured, what is assumed, what follows."""
    said = [f"| {name} | {value:g} | `bench.{READ[name][0]}` |" for name, value in known.items()]
    taken = [f"| {name} | {value:g} |" for name, value in asdict(ASSUMED).items()]
    parts = [
        ["| Measured | | by |", "|---|---:|---|", *said],
        ["| Assumed of one city | |", "|---|---:|", *taken],
        list(table(known)),
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def main() -> None:
    """Work it out, write it down, keep the figure."""
    known = measured(summary.PAGE.read_text())
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{written(known)}\n{END}{rest.partition(END)[2]}")
    nation, province = cost(514, known), cost(15, known)
    figure = (
        f"scaling: a province of 15 cities {province.cores:.1f} cores, {province.disk_gb:.0f} GB in three years; the "
        f"nation of 514 {nation.cores:,.0f} cores, {nation.disk_gb / 1000:.1f} TB"
    )
    results.keep("scaling", figure, {"measured": known, "assumed": asdict(ASSUMED), "nation": asdict(nation)})


if __name__ == "__main__":
    main()
