"""One city under test: deliveries go in, workers run and are killed, and the warehouse is compared with the model."""

from collections.abc import Iterable
from random import Random
from typing import Any

from tests.faults.compare import Difference, differences, stored
from tests.faults.lab import Lab, Steps, point
from tests.faults.model import Model
from tests.faults.points import Point
from tests.faults.town import KINDS, LIST, MISSING, PUSHED, SALES, SYSTEM, WORD, Kind, Row, Town, written

KEYS = "ABCDEFGH"
WORDS = '{ barter = "cash" }'
Drop = tuple[str, list[Row], int]  # name, rows, when


class World:
    """Its steps are those of the machine and of the trials alike."""

    def __init__(self, lab: Lab, weak: str = "") -> None:
        number = next(lab.names)
        self.lab, self.weak = lab, weak
        self.town = Town(lab.state, f"k{number}", f"{number // 100:02}.{number % 100:02}")
        self.models = {name: Model(kind) for name, kind in KINDS.items()}
        self.waiting: dict[str, list[Drop]] = {name: [] for name in KINDS}
        self.files: dict[str, dict[str, tuple[list[Row], int]]] = {name: {} for name in KINDS}
        self.torn: set[str] = set()  # sources of which a killed run may have taken a part
        self.clock = 1_000
        self.killed: list[Point] = []
        self.history: list[Any] = []  # what was done, for who looks at a failure

    # Deliveries

    def deliver(self, kind: Kind, dice: Random, manner: str = "new", kill: Point | None = None) -> None:
        """Rows of a source; a push may be killed before it is acknowledged, and is then sent again.

        ``new`` ones and corrections, ``late`` ones with old revisions, the same ``again``, or a file ``rewritten``.
        """
        self.clock += 10
        if kind is SYSTEM:
            self._recover([kind.name])
            self._changed(self._dealt(kind, dice, manner, f"{self.clock}"))
            return
        name, rows, at = f"{self.clock}{kind.suffix}", self._dealt(kind, dice, manner, f"{self.clock}"), self.clock
        if manner == "again" and self.files[kind.name]:
            rows = self.files[kind.name][dice.choice(sorted(self.files[kind.name]))][0]
        if manner == "rewritten" and self.files[kind.name] and kind is SALES:
            name = dice.choice(sorted(self.files[kind.name]))
            self._recover([kind.name])
        if manner == "late" and kind is LIST:
            self._recover([kind.name])
            at = dice.randrange(900, self.clock)
        self._dropped(kind, name, rows, at, kill)

    def touch(self, kind: Kind, dice: Random) -> None:
        """The same file put there again: a new time, nothing else."""
        self._recover([kind.name])
        if kind not in (SYSTEM, PUSHED) and self.files[kind.name]:
            self.clock += 10
            name = dice.choice(sorted(self.files[kind.name]))
            rows, at = self.files[kind.name][name][0], self.clock
            self.files[kind.name][name] = rows, at
            self.town.drop(kind, name, rows, at)
            waiting = self.waiting[kind.name]  # what is not taken yet is taken in its new turn
            self.waiting[kind.name] = [(name, rows, at) if drop[0] == name else drop for drop in waiting]
            self.history.append(("touch", kind.name, name))

    def teach(self) -> None:
        """A person corrects a column map: what was refused for a word is good from now on."""
        self._recover([SALES.name])
        self.town.declare(SALES, WORDS)
        self.models[SALES.name].taught = True
        self.history.append("teach")

    def _dealt(self, kind: Kind, dice: Random, manner: str, unique: str) -> list[Row]:
        keys = [dice.choice(KEYS) for _ in range(dice.randint(1, kind.most_rows))]
        if kind in (LIST, SYSTEM):
            keys = list(dict.fromkeys(keys))
        newest = self.clock if manner != "late" else self.clock // 2
        rows = [Row(key, dice.randrange(4), max(1, newest - dice.randrange(3)), _fault(kind, dice)) for key in keys]
        if kind is SYSTEM:
            return [row._replace(revision=self.clock + at) for at, row in enumerate(rows)]
        return rows if any(not row.fault for row in rows) else [*rows[1:], rows[0]._replace(fault="")]

    def _changed(self, rows: list[Row]) -> None:
        self.town.change(rows)
        left = [row for _, waiting, _ in self.waiting[SYSTEM.name] for row in waiting]
        told = {row.key: row for row in (*left, *rows)}
        self.waiting[SYSTEM.name] = [("dokumen", sorted(told.values(), key=lambda row: row.revision), self.clock)]
        self.history.append(("change", rows))

    def _dropped(self, kind: Kind, name: str, rows: list[Row], at: int, kill: Point | None) -> None:
        self.history.append(("deliver", kind.name, name, rows, at))
        if kind is PUSHED:
            name = self._pushed(name, rows, at, kill)
        else:
            self.town.drop(kind, name, rows, at)
        if self.files[kind.name].get(name, (None,))[0] != rows:
            self.waiting[kind.name] = [drop for drop in self.waiting[kind.name] if drop[0] != name]
            self.waiting[kind.name].append((name, rows, at))
        self.files[kind.name][name] = (rows, at)

    def _pushed(self, key: str, rows: list[Row], at: int, kill: Point | None) -> str:
        """Sent until it is acknowledged, under one idempotency key; the file then gets a time of our own clock."""
        lines = written(PUSHED, rows)
        steps = [("push", PUSHED.name, lines, key)]
        if kill:
            self._once(steps, kill, "worker")
        name = f"{self.lab.finish(self.town.slug, steps)['results'][0]}{PUSHED.suffix}"
        self.town.put(self.lab.state / "inbox" / self.town.slug / PUSHED.name / name, lines, at)
        return name

    # Runs

    def run(
        self, names: Iterable[str], kills: Iterable[Point] = (), victim: str = "worker", finish: bool = True
    ) -> None:
        """Run sources, one killed process after another, and then (if so) to the end."""
        names = list(names)
        steps = [("run", name) for name in names]
        self.history.append(("run", names, list(kills), victim, finish))
        for kill in kills:
            self.torn |= set(names)
            self._once(steps, kill, victim)
        if finish:
            self._finish(names)

    def replay(self, kind: Kind, kill: Point | None = None, victim: str = "worker") -> None:
        """Load again what was kept, killed on the way or not, to its end."""
        self._recover([kind.name])
        self.history.append(("replay", kind.name, kill, victim))
        steps = [("replay", kind.name)]
        if kill:
            self._once(steps, kill, victim)
        self.lab.finish(self.town.slug, steps)
        self.models[kind.name].replay()

    def _once(self, steps: Steps, kill: Point, victim: str) -> None:
        killed = point(self.lab.work("steps", self.town.slug, steps, at=kill, victim=victim, weak=self.weak))
        if killed:
            self.killed.append(killed)

    def _recover(self, names: Iterable[str]) -> None:
        self._finish([name for name in names if name in self.torn])

    def _finish(self, names: list[str]) -> None:
        if not names:
            return
        self.lab.finish(self.town.slug, [("run", name) for name in names])
        for name in names:
            for delivery, rows, at in sorted(self.waiting[name], key=lambda drop: (drop[2], drop[0])):
                self.models[name].take(delivery, rows, at)
            self.waiting[name] = []
        self.torn -= set(names)

    def differences(self) -> list[Difference]:
        """All of them, when every source has come to its end."""
        self._finish([name for name in KINDS if self.waiting[name] or name in self.torn])
        found = []
        with self.lab.connect() as connection:
            for name, model in self.models.items():
                raw = self.lab.state / "raw" / self.town.slug / name
                there = stored(connection, self.town.code, model)
                found += differences(there, model, self._files(name), raw)
        return found

    def _files(self, name: str) -> list[str]:
        """The files that the cursor must know; of pushes that are loaded and old, the reader has let go."""
        inbox = self.lab.state / "inbox" / self.town.slug / name
        there = {path.name for path in inbox.glob(f"*{PUSHED.suffix}")} if name == PUSHED.name else None
        return [file for file in self.files[name] if there is None or file in there]


def _fault(kind: Kind, dice: Random) -> str:
    return dice.choices(("", WORD, MISSING if kind is not SYSTEM else WORD), (10, 2, 1))[0]
