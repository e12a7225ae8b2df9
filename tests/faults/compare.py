"""The warehouse beside the model: every difference, and whether something is lost, doubled or out of balance."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from etl.load import Counts
from etl.sealing import unseal_file
from etl.warehouse import HISTORIES, QUARANTINE, RUNS, SOURCES, TABLES, VERSIONS
from tests.faults.model import Model

LOST, DOUBLED, UNBALANCED, WRONG = "lost", "doubled", "unbalanced", "wrong"
REPLAY = "replay"
Found = dict[str, Any]


class Difference(NamedTuple):
    """Something that is not as it must be."""

    kind: str
    what: str


class Stored(NamedTuple):
    """What the warehouse holds of one source."""

    now: list[Found]
    before: list[Found]
    refused: list[Found]
    runs: list[Found]
    source: Found
    version: int


def stored(connection: sa.Connection, city_code: str, model: Model) -> Stored:
    """Read it."""
    kind = model.kind

    def rows(table: sa.Table, **where: str) -> list[Found]:
        mine = [table.c[name] == value for name, value in ({"city_code": city_code} | where).items()]
        return [dict(row._mapping) for row in connection.execute(sa.select(table).where(*mine))]

    known = rows(SOURCES, source=kind.name)
    versions = rows(VERSIONS, dataset=kind.dataset)
    return Stored(
        rows(TABLES[kind.dataset]),
        rows(HISTORIES[kind.dataset]),
        rows(QUARANTINE, source=kind.name),
        rows(RUNS, source=kind.name),
        known[0] if known else {},
        versions[0]["version"] if versions else 0,
    )


def differences(found: Stored, model: Model, names: Iterable[str], raw: Path) -> list[Difference]:
    """All of them; none when nothing is lost and nothing doubled."""
    told = [
        *_rows(found, model),
        *_history(found, model),
        *_quarantine(found, model),
        *_ledger(found, model),
        *_place(found, model, set(names)),
        *_kept(found, raw),
    ]
    return [Difference(one.kind, f"{model.kind.name}: {one.what}") for one in told]


def _compared(what: str, must: Counter[Any], there: Counter[Any]) -> Iterator[Difference]:
    for item in must - there:
        yield Difference(LOST, f"{what} {item}: {must[item]}, not {there[item]}")
    for item in there - must:
        yield Difference(DOUBLED, f"{what} {item}: {there[item]}, not {must[item]}")


def _rows(found: Stored, model: Model) -> Iterator[Difference]:
    must = Counter(_frozen(model.kind.stored(version.row)) for version in model.now.values())
    names = _names(model)
    yield from _compared("row", must, Counter(_frozen({name: row[name] for name in names}) for row in found.now))


def _names(model: Model) -> list[str]:
    return [column.name for column in TABLES[model.kind.dataset].columns][1:-2]  # between the city and the source


def _frozen(row: Found) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(row.items()))


def _history(found: Stored, model: Model) -> Iterator[Difference]:
    """Each version that was replaced or deleted, once, in its order; no moment has two versions of a row."""
    names = _names(model)
    spans: dict[Any, list[tuple[Any, Any, Found]]] = defaultdict(list)
    for row in sorted(found.before, key=lambda row: row["known_from"]):
        key = row[names[0]]
        spans[key].append((row["known_from"], row["known_to"], {name: row[name] for name in names}))
    must = {key: [model.kind.stored(row) for row in rows] for key, rows in model.before.items() if rows}
    for key in sorted({*must, *spans}):
        there = [row for _, _, row in spans[key]]
        if there != must.get(key, []):
            kind = LOST if len(there) < len(must.get(key, [])) else DOUBLED
            yield Difference(kind, f"history of {key}: {there}, not {must.get(key, [])}")
    for row in found.now:
        spans[row[names[0]]].append((row["known_from"], None, row))
    for key, versions in spans.items():
        for (began, ended, _), (next_began, *_) in pairwise(versions):
            if not began < ended <= next_began:
                yield Difference(WRONG, f"versions of {key} overlap: {began}–{ended}, {next_began}–")


def _quarantine(found: Stored, model: Model) -> Iterator[Difference]:
    def cells(of: Found) -> str:
        return json.dumps({name: cell for name, cell in of.items() if cell}, sort_keys=True)

    must = Counter(
        (one.delivery, cells(model.kind.cells(one.row)), "open" if one.open else "redelivered") for one in model.refused
    )
    there = Counter((row["delivery"], cells(row["cells"]), row["state"]) for row in found.refused)
    yield from _compared("refused row", must, there)


def _ledger(found: Stored, model: Model) -> Iterator[Difference]:
    """Every row received is accounted for, once; what came again after a kill has changed nothing."""
    sums: dict[str, Counts] = defaultdict(Counts)
    times: Counter[str] = Counter()
    for run in found.runs:
        counts = Counts(*(run[name] for name in vars(Counts())))
        if not counts.balanced:
            yield Difference(UNBALANCED, f"run {run['run_id']}: {counts}")
        sums[run["delivery"]] += counts
        times[run["delivery"]] += run["polls"]
    replayed = sums.pop(REPLAY, Counts()).loaded
    if replayed != model.replayed:
        yield Difference(WRONG, f"replays loaded {replayed}, not {model.replayed}")
    for name in sorted({*sums, *model.counts}):
        must, there = model.counts.get(name, Counts()), sums.get(name, Counts())
        yield from _delivery(
            name, must, there, times[name] - model.times[name], model.kind.asks_again or name in model.again
        )


def _delivery(name: str, must: Counts, there: Counts, more: int, comes_again: bool) -> Iterator[Difference]:
    """What is asked for again, or replayed, stands there more often; what it did it has done once all the same."""
    done = [(one.loaded, one.quarantined, one.deleted) for one in (must, there)]
    exact = done[0] == done[1] if comes_again else must == there and not more
    if not exact or there.received < must.received:
        kind = LOST if there.received < must.received or more < 0 else DOUBLED
        yield Difference(kind, f"ledger of {name}: {there}, not {must}; {more} deliveries too many")


def _place(found: Stored, model: Model, names: set[str]) -> Iterator[Difference]:
    if model.kind.suffix != ".db":
        taken = set((found.source.get("cursor") or {}).get("files", {}))
        pushed = model.kind.suffix == ".jsonl"  # of a push that is loaded the file goes, then its name
        yield from _compared("file of the cursor", Counter(names), Counter(taken & names if pushed else taken))
        if found.version != model.version:
            kind = LOST if found.version < model.version else DOUBLED
            yield Difference(kind, f"version {found.version}, not {model.version}")
    elif bool(found.version) != bool(model.version):
        yield Difference(WRONG, f"version {found.version}, not {model.version}")
    if found.source.get("error_id"):
        yield Difference(WRONG, f"the source is in error: {found.source['error_en']}")


def _kept(found: Stored, raw: Path) -> Iterator[Difference]:
    """Every delivery that the ledger names lies there whole; nothing that is half-written has its name."""
    there = {path.stem: path for path in raw.glob("*.sealed") if not path.name.startswith(".")}
    for digest in {run["raw"] for run in found.runs if run["raw"]} - there.keys():
        yield Difference(LOST, f"the delivery {digest} was not kept")
    for digest, path in there.items():
        if hashlib.sha256(unseal_file(path.read_bytes())).hexdigest() != digest:
            yield Difference(WRONG, f"{path.name} is not what it is called")
