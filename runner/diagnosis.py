"""What a check of an installation says: how it stands, what was seen, and what to do. It imports nothing but texts."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from etl.text import Text

NOTHING_TO_DO = Text("", "")


class State(StrEnum):
    """How a part of an installation stands."""

    OK = "ok"
    WARN = "warn"  # it works; somebody should look soon
    FAIL = "fail"  # it does not work


MARKS = {State.OK: "✓", State.WARN: "!", State.FAIL: "✗"}


@dataclass(frozen=True)
class Diagnosis:
    """One check: its name, its state, what was seen, and the remedy where one is needed. No secret stands in it."""

    name: str
    state: State
    seen: Text
    remedy: Text = NOTHING_TO_DO

    @property
    def told(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self) | {"seen": self.seen._asdict(), "remedy": self.remedy._asdict()}

    def lines(self) -> list[str]:
        """For people, in both languages."""
        said = [f"{MARKS[self.state]} {self.name:<10} {self.seen.id} | {self.seen.en}"]
        return said + ([f"{'':13}→ {self.remedy.id}", f"{'':13}→ {self.remedy.en}"] if self.remedy.id else [])


def well(name: str, indonesian: str, english: str) -> Diagnosis:
    """A part that works."""
    return Diagnosis(name, State.OK, Text(indonesian, english))


def worst(found: Iterable[Diagnosis]) -> State:
    """The state of the whole."""
    there = {one.state for one in found}
    return next((state for state in (State.FAIL, State.WARN) if state in there), State.OK)
