"""How a measurement is told: a table for a person, JSON for comparing, a summary that is kept in git."""

import datetime as dt
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).resolve().parent.parent / "results"


@dataclass(frozen=True)
class Goal:
    """A figure that was wanted beforehand: at least so much, or at most."""

    what: str
    wanted: float
    got: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.got <= self.wanted if self.at_most else self.got >= self.wanted

    def told(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self) | {"got": round(self.got, 3), "met": self.met}


def _show_goals(goals: Sequence[Goal]) -> None:
    rows = [
        (goal.what, f"{'≤' if goal.at_most else '≥'} {goal.wanted:g}", f"{goal.got:.2f}", "✓" if goal.met else "✗")
        for goal in goals
    ]
    show("goals", ("", "wanted", "measured", "met"), rows)


def machine() -> str:
    """The processor, how many of them, and how busy they were with other things."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} × {name}, {platform.system()}, Python {platform.python_version()}"


def show(title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table; numbers stand to the right."""
    table = Table(title=title, title_justify="left")
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left")
    for row in rows:
        table.add_row(*map(str, row))
    # Wide enough for every table also where the output is no terminal.
    Console(width=132, soft_wrap=True).print(table)


def keep(name: str, figure: str, measured: Mapping[str, Any], goals: Sequence[Goal] = ()) -> None:
    """Print what was wanted beside what came, write ``results/<name>.json``, and print the figure as the last line.

    Ends the program with 1 when a goal was not met: whoever asked for the measurement learns of it.
    """
    if goals:
        _show_goals(goals)
    RESULTS.mkdir(exist_ok=True)
    told = {
        "machine": machine(),
        "load_average": round(os.getloadavg()[0], 1),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "figure": figure,
        **measured,
        "goals": [goal.told() for goal in goals],
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n")
    print(figure)
    if not all(goal.met for goal in goals):
        sys.exit(1)
