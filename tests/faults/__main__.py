"""Nothing lost, nothing doubled, whatever is killed: ``make faults``; a short run is a test.

A finding names the seed and the trial, so that it can be had again: ``--seed 1 --victim worker --only 17``.
"""

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from random import Random
from threading import Lock

from rich.console import Console
from rich.markup import escape

from tests.faults.compare import DOUBLED, LOST, UNBALANCED
from tests.faults.lab import lab
from tests.faults.machine import run_machine
from tests.faults.nodes import differences, nodes, rounds
from tests.faults.trials import Failed, Tally, control, explained, places, trial, trials
from tests.faults.weak import LOADERS

PAUSE_S = 15.0  # between two lines about the same part
EXAMPLES, LENGTH = 10, 50  # sequences between two lines, steps of one
console = Console(highlight=False, soft_wrap=True)


class Report:
    """What the parts have to say, now and then; they run side by side."""

    def __init__(self) -> None:
        self.began, self.tallies = time.monotonic(), dict[str, Tally]()
        self._said_at: dict[str, float] = {}
        self._lock = Lock()

    def say(self, part: str, tally: Tally, more: str = "", last: bool = False) -> None:
        """How far a part is."""
        with self._lock:
            self.tallies[part] = tally
            now = time.monotonic()
            if last or now - self._said_at.get(part, 0.0) > PAUSE_S:
                self._said_at[part] = now
                console.print(f"  {now - self.began:5.0f} s  {part}: {more}{escape(str(tally))}")


def _kills(report: Report, said: argparse.Namespace, victim: str, kills: int) -> None:
    part = "workers" if victim == "worker" else "database"
    with lab() as at:
        tally = Tally()
        for tally in trials(at, said.seed, kills, victim):
            report.say(part, tally)
    report.say(part, tally, last=True)


def _controls(report: Report, said: argparse.Namespace) -> None:
    with lab() as at:
        for weak in LOADERS:
            kills, found = control(at, weak, said.seed)
            what = f"{found[0].kind}: {found[0].what}"[:150]
            console.print(f"  control, checkpoint {weak}: caught after {kills} kills ✓ {escape(what)}")


def _steps(report: Report, said: argparse.Namespace) -> int:
    done, tally, dice = 0, Tally(), Random(said.seed)
    with lab() as at:
        there = places(at)
        while done < said.steps:
            number = said.steps_seed or dice.randrange(10**9)
            done += run_machine(at, there, tally, EXAMPLES, LENGTH, number)
            report.say("model", tally, f"{done:,} steps, ", last=done >= said.steps)
    return done


def _nodes(report: Report, said: argparse.Namespace) -> None:
    """Two web nodes and two workers on one database; the worker that holds a source is killed in every round."""
    with lab() as at, nodes(at) as made:
        dice = Random(said.seed)
        for _ in range(said.nodes):
            rounds(made, 1, dice)
            if found := differences(made):
                raise Failed("; ".join(found))
        rows = sum(made.rows.values())
    console.print(f"  nodes: {made.kills} workers killed with a lease, {rows:,} rows told by both web nodes ✓")


def _again(said: argparse.Namespace) -> int:
    """One trial, told in full."""
    with lab() as at:
        world, found = trial(at, places(at), said.seed, said.only, said.victim)
    console.print(escape(explained(world, found, f"--seed {said.seed} --victim {said.victim} --only {said.only}")))
    return 1 if found else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000, help="SIGKILLs of the worker")
    parser.add_argument("--database", type=int, default=200, help="SIGKILLs of the database")
    parser.add_argument("--steps", type=int, default=10_000, help="steps of Hypothesis against the model")
    parser.add_argument("--nodes", type=int, default=20, help="workers killed with a lease, beside another one")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int, help="one trial, by its number")
    parser.add_argument("--victim", choices=("worker", "server"), default="worker", help="of that trial")
    parser.add_argument("--steps-seed", type=int, help="of one batch of sequences")
    return parser.parse_args()


def main() -> int:
    """The long run: two parts side by side, and one line that sums them up."""
    said, report = _arguments(), Report()
    if said.only is not None:
        return _again(said)
    console.print(
        "▶ Bunuh proses di setiap langkah, bandingkan dengan model | kill at every step, compare with a model"
    )
    parts: list[Callable[[], object]] = [
        lambda: _controls(report, said),
        lambda: _steps(report, said),
        lambda: _kills(report, said, "worker", said.kills),
        lambda: _kills(report, said, "server", said.database),
        lambda: _nodes(report, said),
    ]
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(part) for part in parts]
        errors = [error for one in as_completed(running) if (error := _told(one))]
    return _summed(report, bool(errors), 0 if errors else running[1].result())


def _told(part: "Future[object]") -> BaseException | None:
    if error := part.exception():
        console.print(f"✗ {escape(str(error))}")
    return error


def _summed(report: Report, failed: bool, steps: object) -> int:
    tallies = report.tallies.values()
    kills = ", ".join(f"{tally.kills.total():,} kills of {part}" for part, tally in report.tallies.items())
    points = len(set().union(*(tally.points for tally in tallies)))
    figures = ", ".join(f"{sum(tally.count(what) for tally in tallies)} {what}" for what in (LOST, DOUBLED, UNBALANCED))
    done = "failed ✗" if failed else f"{steps:,} steps, {figures}, controls caught ✓"
    minutes = (time.monotonic() - report.began) / 60
    console.print(f"faults: {kills} at {points:,} points, {minutes:.1f} min, {done}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
