"""A city's releases: drafts with exact counts come in, a numbered bundle that cannot tell on anybody goes out.

``draft → disclosure → staged folder → makers → check → flip``. A release is in its folder, whole and checked, before
the link ``current`` names it; what is cut short before leaves a folder that nobody reads, and that the next one clears.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from etl import disclosure
from etl.bundle import (
    CORRECTIONS,
    CURRENT,
    MANIFEST,
    NUMBER,
    TABLES,
    About,
    Bundle,
    Column,
    Correction,
    Flag,
    Kind,
    Manifest,
    NoRelease,
    Row,
    Shelf,
    Table,
    Value,
    name_of,
    written,
)
from etl.disclosure import LEAST, STEP, Node
from etl.errors import PantauError
from etl.text import Text

STAGED = ".staged"
SIGNIFICANT = 3  # digits of a sum or an average that is shown
Key = tuple[Value, ...]
Maker = Callable[[Bundle], None]  # writes further files into the folder of a staged release


class NotReleasable(PantauError):
    """A draft would break a promise of the releases: it stays unpublished, and the last release stays in force."""


@dataclass(frozen=True)
class Cell:
    """What was counted in one row of a table about people, exactly.

    ``count`` decides what may be shown; ``parts`` count some of the same; ``amounts`` are sums over what was counted;
    ``figures`` are statistics of it. ``parent`` is the cell that this one is a part of.
    """

    key: Key
    parent: Hashable | None = None
    count: int = 0
    parts: Mapping[str, int] = field(default_factory=dict)
    amounts: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, float | None] = field(default_factory=dict)
    missing: bool = False  # nobody told us of this period
    told: bool = False  # another table tells it too
    printed: bool = True  # False: only a total of what is printed


@dataclass(frozen=True)
class Draft:
    """A table before disclosure control. A table that is about no person has ``exact`` rows instead of cells."""

    about: About
    cells: Sequence[Cell] = ()
    exact: Sequence[Row] = ()
    base: str = ""  # the column of ``count``; one that is not published when no column has this key
    share_of: Mapping[str, str] = field(default_factory=dict)  # percent column → part
    per_people: Mapping[str, tuple[int, Mapping[str, int]]] = field(default_factory=dict)  # column → per, people


@dataclass(frozen=True)
class Why:
    """What a source said of its corrections of a dataset since the release before."""

    dataset: str
    says: Text


def published(draft: Draft, before: Table | None, complementary: bool = True) -> Table:
    """The table that may be seen, with regard to what the release before it hid."""
    if not draft.about.people:
        return Table(draft.about, tuple(draft.exact))
    return _Protected(draft, _flags_of(before), complementary).table()


Hidden = Mapping[tuple[Key, str], Flag]  # (row, column) → what it was in the release before


def _flags_of(before: Table | None) -> Hidden:
    if before is None:
        return {}
    at = [before.about.columns.index(before.about[name]) for name in before.about.key]
    flagged = [column.key for column in before.about.columns if column.flagged]
    return {
        (tuple(row.values[index] for index in at), name): flag
        for row in before.rows
        for name, flag in zip(flagged, row.flags, strict=True)
    }


class _Protected:
    """One draft under disclosure control: the flags of its count and of each part, then its rows."""

    def __init__(self, draft: Draft, before: Hidden, complementary: bool) -> None:
        self.draft, self.before, self.complementary = draft, before, complementary
        self.known = [cell for cell in draft.cells if not cell.missing]
        self.order = sorted(self.known, key=lambda cell: sha256(repr(cell.key).encode()).digest())
        self.counts = self._flags(draft.base or self._first_flagged(), lambda cell: cell.count)
        names = {name for cell in self.known for name in cell.parts}
        self.parts = {name: self._part(name) for name in sorted(names)}

    def _first_flagged(self) -> str:
        return next(column.key for column in self.draft.about.columns if column.flagged)

    def _part(self, name: str) -> disclosure.Flags:
        """A part is hidden where its whole is. What is left of the whole is a count too: neither tells on the other."""
        hidden = {key for key, flag in self.counts.items() if flag is Flag.HIDDEN}
        while True:
            part = self._flags(name, lambda cell: cell.parts[name], hidden)
            rest = self._flags(name, lambda cell: cell.count - cell.parts[name], hidden)
            more = {key for key in part if self.counts[key] is Flag.SHOWN and {part[key], rest[key]} != {Flag.SHOWN}}
            if more <= hidden:
                return part
            hidden |= more

    def _flags(
        self, column: str, count: Callable[[Cell], int], hidden: AbstractSet[Hashable] = frozenset()
    ) -> disclosure.Flags:
        def before(cell: Cell) -> Flag | None:
            return Flag.HIDDEN if cell.key in hidden else self.before.get((cell.key, column))

        nodes = [Node(cell.key, cell.parent, count(cell), before(cell), cell.told) for cell in self.order]
        return disclosure.protect(nodes, self.complementary)

    def table(self) -> Table:
        """The rows, in the order of the draft."""
        about = self.draft.about
        return Table(about, tuple(self._row(cell) for cell in self.draft.cells if cell.printed))

    def _row(self, cell: Cell) -> Row:
        about = self.draft.about
        named = dict(zip(about.key, cell.key, strict=True))
        told = {column.key: self._told(cell, column) for column in about.measures}
        values = tuple(named[c.key] if c.key in named else told[c.key][0] for c in about.columns)
        return Row(values, tuple(told[column.key][1] for column in about.columns if column.flagged))

    def _told(self, cell: Cell, column: Column) -> tuple[Value, Flag]:
        if cell.missing:
            return None, Flag.MISSING
        flag = self._flag(cell, column)
        if flag is not Flag.SHOWN:
            return None, flag
        value = self._value(cell, column)
        return (None, Flag.MISSING) if value is None else (value, flag)

    def _flag(self, cell: Cell, column: Column) -> Flag:
        part = self.draft.share_of.get(column.key, column.key)
        return self.parts[part][cell.key] if part in self.parts else self.counts[cell.key]

    def _value(self, cell: Cell, column: Column) -> Value:
        """A shown number: rounded, or made of rounded ones, so that it tells no more than they do."""
        count, name = disclosure.rounded(cell.count), column.key
        if name in cell.parts:
            return disclosure.rounded(cell.parts[name])
        if name in cell.amounts:
            return _significant(count * cell.amounts[name] / cell.count)
        if name in cell.figures:
            return cell.figures[name]
        if name in self.draft.share_of:
            return min(100, round(100 * disclosure.rounded(cell.parts[self.draft.share_of[name]]) / count))
        if name in self.draft.per_people:
            per, people = self.draft.per_people[name]
            there = people.get(str(cell.key[0]))
            return _significant(per * count / there) if there else None
        return count


def _significant(number: float) -> float:
    return float(f"{number:.{SIGNIFICANT}g}")


def compared(before: Bundle, tables: Iterable[Table], whys: Sequence[Why]) -> Iterator[Correction]:
    """Every number of the release before that is another one now, or is not told any more."""
    for table in tables:
        if table.about.name not in before.tables or not table.about.step:
            continue
        said = tuple(why.says for why in whys if why.dataset in table.about.datasets)
        former = _numbers(before.table(table.about.name))
        for (row, column), (value, flag) in _numbers(table).items():
            was, was_flag = former.get((row, column), (None, Flag.MISSING))
            if was_flag is Flag.SHOWN and (was, was_flag) != (value, flag):
                key = dict(zip(table.about.key, row, strict=True))
                yield Correction(
                    table=table.about.name,
                    column=column,
                    row=key,
                    before=was,
                    before_flag=was_flag,
                    after=value,
                    after_flag=flag,
                    why=said,
                )


def _numbers(table: Table) -> dict[tuple[Key, str], tuple[float | None, Flag]]:
    about = table.about
    flags = {column.key: f"{column.key}_flag" for column in about.measures}
    return {
        (tuple(record[name] for name in about.key), column): (record[column], record.get(flag, Flag.SHOWN))
        for record in table.records
        for column, flag in flags.items()
    }


def make(
    shelf: Shelf, manifest: Manifest, drafts: Sequence[Draft], whys: Sequence[Why] = (), makers: Sequence[Maker] = ()
) -> Bundle:
    """Make the next release of a city and put it in force. ``number`` and ``previous`` of the manifest are set here.

    Raises:
        NotReleasable: a promise would be broken; nothing changed.
    """
    home = shelf.root / manifest.city
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        before = current(shelf, manifest.city)
        previous = before.manifest.number if before else None
        manifest = msgspec.structs.replace(manifest, number=(previous or 0) + 1, previous=previous)
        _clear(home, manifest.number)
        past = Past(shelf, manifest.city)
        staged = _stage(home / f"{STAGED}-{name_of(manifest.number)}", manifest, drafts, past, whys)
        for maker in makers:
            maker(staged)
        _seal(staged.folder)
        check(Bundle(staged.folder), past)
        return _flip(home, staged.folder, manifest.number)


def current(shelf: Shelf, city: str) -> Bundle | None:
    """The release in force, if there is one."""
    try:
        return shelf.bundle(city)
    except NoRelease:
        return None


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One maker of a city's releases at a time; the system frees the lock of one that dies."""
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _clear(home: Path, number: int) -> None:
    """What an earlier attempt left behind, which was never in force."""
    for path in home.iterdir():
        if path.is_symlink() and path.name.startswith(STAGED):
            path.unlink()
        elif path.name.startswith(STAGED) or (NUMBER.fullmatch(path.name) and int(path.name) >= number):
            shutil.rmtree(path)


@dataclass(frozen=True)
class Past:
    """The releases before this one: a table remembers the newest that has it, whichever left it out in between."""

    shelf: Shelf
    city: str

    @property
    def last(self) -> Bundle | None:
        """The release in force."""
        return current(self.shelf, self.city)

    def table(self, name: str) -> Table | None:
        """A table as it was told last."""
        if not self.last:
            return None
        numbers = reversed(self.shelf.numbers(self.city))
        bundles = (self.shelf.bundle(self.city, number) for number in numbers)
        return next((bundle.table(name) for bundle in bundles if name in bundle.tables), None)


def _stage(folder: Path, manifest: Manifest, drafts: Sequence[Draft], past: Past, whys: Sequence[Why]) -> Bundle:
    before = past.last
    tables = [published(draft, past.table(draft.about.name)) for draft in drafts]
    (folder / TABLES).mkdir(parents=True)
    for table in tables:
        (folder / TABLES / f"{table.about.name}.json").write_bytes(written(table))
    corrections = tuple(compared(before, tables, whys)) if before else ()
    (folder / CORRECTIONS).write_bytes(msgspec.json.encode(corrections))
    manifest = msgspec.structs.replace(manifest, tables=tuple(table.about for table in tables))
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    return Bundle(folder)


def _seal(folder: Path) -> None:
    """Write into the manifest what every file of the release is, and have all of them on the disk."""
    files = {
        path.relative_to(folder).as_posix(): _digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    manifest = msgspec.structs.replace(Bundle(folder).manifest, files=files)
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    for path in [*folder.rglob("*"), folder]:
        _sync(path)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flip(home: Path, staged: Path, number: int) -> Bundle:
    folder = staged.rename(home / name_of(number))
    link = home / f"{STAGED}-link"
    link.symlink_to(name_of(number))
    link.replace(home / CURRENT)
    _sync(home)
    return Bundle(folder)


def check(bundle: Bundle, past: Past | None) -> None:
    """Read a staged release back and look at every promise. Raises NotReleasable naming what is broken."""
    for name in bundle.tables:
        table = bundle.table(name)
        if table.about.people:
            _check_cells(table)
            if past and (before := past.table(name)):
                _check_hidden(table, before)
    for path, digest in bundle.manifest.files.items():
        if _digest(bundle.folder / path) != digest:
            raise NotReleasable(f"{path}: isinya berubah saat rilis dibuat | it changed while the release was made")


def _check_cells(table: Table) -> None:
    for record in table.records:
        for column in table.about.measures:
            value, flag = record[column.key], record[f"{column.key}_flag"]
            wrong = (value is None) is (flag is Flag.SHOWN)
            if column.kind is Kind.COUNT and value is not None:
                wrong = wrong or value < LEAST or value % STEP
            if wrong:
                raise NotReleasable(_broken(table, record, column, f"{flag} {value}"))


def _check_hidden(table: Table, before: Table) -> None:
    former = _flags_of(before)
    for (row, column), flag in _flags_of(table).items():
        if flag is Flag.SHOWN and former.get((row, column)) in (Flag.BELOW, Flag.HIDDEN):
            record = dict(zip(table.about.key, row, strict=True))
            raise NotReleasable(_broken(table, record, table.about[column], "dulu tersembunyi | was hidden"))


def _broken(table: Table, record: Mapping[str, object], column: Column, what: str) -> str:
    row = ", ".join(f"{name}={record[name]}" for name in table.about.key)
    return f"{table.about.name} ({row}) {column.key}: {what}"
