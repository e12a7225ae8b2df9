"""What the warehouse must hold, told in plain Python from the rules of docs/loading.md alone.

It knows no SQL, no transaction and no crash: a delivery is taken once, in its turn.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from etl.contract import Semantics
from etl.load import Counts
from tests.faults.town import MISSING, SLICE, WORD, Kind, Row

CHANGED = "changed"


@dataclass
class Version:
    """What is stored under a key, and since which load."""

    row: Row
    since: int


@dataclass
class Refused:
    """A row in quarantine."""

    delivery: str
    row: Row
    why: str
    since: int
    open: bool = True


@dataclass
class Model:
    """One source's rows now, the versions before, the quarantine, and what became of every delivery."""

    kind: Kind
    now: dict[str, Version] = field(default_factory=dict)
    before: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    refused: list[Refused] = field(default_factory=list)
    counts: dict[str, Counts] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    kept: list[tuple[str, list[Row]]] = field(default_factory=list)
    version: int = 0
    taught: bool = False  # the word is known by now
    replayed: int = 0  # rows that a replay has loaded
    again: set[str] = field(default_factory=set)  # lists that stand in the ledger once more, because of a replay
    _fresh: int = -1
    _last: str = ""
    _load: int = 0

    def take(self, name: str, rows: list[Row], at: int) -> None:
        """One delivery, in the parts in which it comes."""
        whole = self.kind.semantics is Semantics.SNAPSHOT
        older = whole and at < self._fresh
        self._fresh, self._last = max(self._fresh, at), self._last if older else name
        for start in [0] if whole else range(0, len(rows), SLICE):
            self._part(name, rows if whole else rows[start : start + SLICE], older)

    def replay(self) -> None:
        """All that was delivered, read again as it is understood now: of a key, the one with the last word."""
        if self.kind.semantics is Semantics.SNAPSHOT:
            self.again.add(self._last)
            return
        self._load += 1
        good = [row for _, rows in self.kept for row in rows if not self._why(row)]
        chosen = _first(good) if self.kind.semantics is Semantics.APPEND else self._newest(good)
        loaded = self._replace(chosen).loaded
        self.replayed += loaded
        self.version += bool(loaded)

    def _part(self, name: str, rows: list[Row], older: bool) -> None:
        self._load += 1
        self.kept.append((name, rows))
        good = [row for row in rows if not self._why(row)]
        bad = [(row, self._why(row)) for row in rows if self._why(row)]
        merged, contradicted = self._merged(good, [row for row, _ in bad], older)
        fresh, again = self._quarantine(name, bad + [(row, CHANGED) for row in contradicted])
        merged += Counts(received=len(rows), unchanged=again, quarantined=fresh)
        self.counts[name] = self.counts.get(name, Counts()) + merged
        self.times[name] += 1
        self.version += bool(merged.loaded or merged.deleted)
        if merged.loaded:
            self._close()

    def _why(self, row: Row) -> str:
        return "" if row.fault == WORD and self.taught else row.fault

    def _merged(self, good: list[Row], bad: list[Row], older: bool) -> tuple[Counts, list[Row]]:
        if self.kind.semantics is Semantics.APPEND:
            return self._append(good)
        if self.kind.semantics is Semantics.UPSERT:
            return self._upsert(good), []
        if older:
            same = sum(self._same(row) for row in self._newest(good))
            return Counts(unchanged=same, superseded=len(good) - same), []
        return self._upsert(good) + Counts(deleted=self._bury(good, bad)), []

    def _append(self, good: list[Row]) -> tuple[Counts, list[Row]]:
        fresh = [row for row in _first(good) if row.key not in self.now]
        for row in fresh:
            self.now[row.key] = Version(row, self._load)
        other = [row for row in good if not self._same(row)]
        return Counts(loaded=len(fresh), unchanged=len(good) - len(fresh) - len(other)), other

    def _upsert(self, good: list[Row]) -> Counts:
        chosen = self._newest(good)
        return self._replace(chosen) + Counts(superseded=len(good) - len(chosen))

    def _replace(self, chosen: list[Row]) -> Counts:
        outranked = [row for row in chosen if self._outranked(row)]
        changed = [row for row in chosen if row not in outranked and not self._same(row)]
        for row in changed:
            if row.key in self.now:
                self.before[row.key].append(self.now[row.key].row)
            self.now[row.key] = Version(row, self._load)
        unchanged = len(chosen) - len(outranked) - len(changed)
        return Counts(loaded=len(changed), unchanged=unchanged, superseded=len(outranked))

    def _outranked(self, row: Row) -> bool:
        stored = self.now.get(row.key)
        return bool(stored and self.kind.has_revision and row.revision < stored.row.revision)

    def _same(self, row: Row) -> bool:
        stored = self.now.get(row.key)
        return bool(stored) and self.kind.stored(row) == self.kind.stored(stored.row)

    def _newest(self, good: list[Row]) -> list[Row]:
        chosen: dict[str, Row] = {}
        for row in good:
            if row.key not in chosen or row.revision >= chosen[row.key].revision or not self.kind.has_revision:
                chosen[row.key] = row
        return list(chosen.values())

    def _bury(self, good: list[Row], bad: list[Row]) -> int:
        """A list deletes what it does not name; a refused row may be any, or is the one whose key it has."""
        if not good or any(row.fault == MISSING for row in bad):
            return 0
        named = {row.key for row in (*good, *bad)}
        gone = [key for key in self.now if key not in named]
        for key in gone:
            self.before[key].append(self.now.pop(key).row)
        return len(gone)

    def _quarantine(self, name: str, bad: list[tuple[Row, str]]) -> tuple[int, int]:
        known = {(one.delivery, self._cells(one.row), one.why) for one in self.refused}
        fresh = [(row, why) for row, why in bad if (name, self._cells(row), why) not in known]
        self.refused += [Refused(name, row, why, self._load) for row, why in fresh]
        return len(fresh), len(bad) - len(fresh)

    def _cells(self, row: Row) -> tuple[str, ...]:
        return tuple(self.kind.cells(row).values())

    def _close(self) -> None:
        """What has come again in good order, and not before it was refused, is closed."""
        for one in self.refused:
            stored = self.now.get(one.row.key)
            if one.why == WORD and stored and stored.since > one.since and not self._is_older(stored.row, one.row):
                one.open = False

    def _is_older(self, stored: Row, refused: Row) -> bool:
        return self.kind.has_revision and stored.revision < refused.revision


def _first(rows: list[Row]) -> list[Row]:
    chosen: dict[str, Row] = {}
    for row in rows:
        chosen.setdefault(row.key, row)
    return list(chosen.values())
