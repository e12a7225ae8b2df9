"""What everybody knows of how counts hang together: areas, kinds, days, one thing that two tables tell."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from bench.attacker.published import REST, Place
from dashboard.publication import Publication
from dashboard.publications import publications

# The same people under two names: (table, kind) here, (table, kind) there.
TWINS = (
    (("darurat_outcome_week", "emergency"), ("darurat_area_week", "")),
    (("pasar_agency_month", "unknown"), ("pasar_buyer_month", "public")),
)
# Whom a programme aided was paid at least once: paid grants are no fewer than the recipients of all programmes.
PAID, AIDED = ("bansos_status_month", "paid"), "bansos_area_month"
DAY = dt.timedelta(days=1)
LENGTHS = {"day": 1, "week": 7, "epidemic_week": 7}

G = TypeVar("G", bound=Hashable)


@dataclass(frozen=True)
class Relation:
    """``whole`` is the sum of the parts; at least so much, where it is not exact."""

    whole: Place
    parts: tuple[Place, ...]
    exact: bool = True
    closed: bool = False  # parts that are not told are zero
    tree: bool = False  # parts are hidden with regard to each other


def told_elsewhere(place: Place) -> bool:
    """Whether our declarations say that a kind is told by another table, so that it is hidden by its own rule."""
    publication = publications().get(place.table)
    return isinstance(publication, Publication) and place.kind in publication.told


def relations(places: Iterable[Place], parents: Mapping[str, str], unplaced: bool) -> Iterator[Relation]:
    """All that hold between these counts. ``unplaced``: an area may have rows that are in none of its parts."""
    known = dict.fromkeys(places)  # in their order: the same attack in every run
    yield from _areas(known, parents, unplaced)
    yield from _kinds(known)
    yield from _same(known)
    yield from _periods(known)
    yield from _rests(known)
    yield from _aid(known)


def _grouped(places: Iterable[Place], key: Callable[[Place], G]) -> dict[G, list[Place]]:
    groups: dict[G, list[Place]] = defaultdict(list)
    for place in places:
        groups[key(place)].append(place)
    return groups


def _areas(places: Collection[Place], parents: Mapping[str, str], unplaced: bool) -> Iterator[Relation]:
    sizes = Counter(parents.values())
    within = [place for place in places if place._replace(area=parents.get(place.area, "")) in places]
    for whole, parts in _grouped(within, lambda place: place._replace(area=parents[place.area])).items():
        exact = not unplaced and len(parts) == sizes[whole.area]
        yield Relation(whole, tuple(parts), exact, tree=True)


def _kinds(places: Collection[Place]) -> Iterator[Relation]:
    kinds = [place for place in places if place.kind and place._replace(kind="") in places]
    for whole, parts in _grouped(kinds, lambda place: place._replace(kind="")).items():
        yield Relation(whole, tuple(parts), closed=True, tree=True)


def _same(places: Collection[Place]) -> Iterator[Relation]:
    """What several tables tell, and what one tells under another name."""
    wholes = [place for place in places if not place.kind]
    for tables in _grouped(wholes, lambda place: place._replace(table="")).values():
        yield from (Relation(one, (other,)) for one, other in pairwise(tables))
    for here, there in TWINS:
        twins = {_when(place): place for place in places if (place.table, place.kind) == there}
        for place in places:
            if (place.table, place.kind) == here and (twin := twins.get(_when(place))):
                yield Relation(place, (twin,))


def _when(place: Place) -> tuple[str, str, str]:
    return place.area, place.step, place.start


def _periods(places: Collection[Place]) -> Iterator[Relation]:
    """Days of weeks and months, and whole weeks within months."""
    wholes = [place for place in places if not place.kind]
    for group in _grouped(wholes, lambda place: (place.what, place.area)).values():
        shorter = {(p.table, p.step, p.start): p for p in group if p.step in LENGTHS}
        tables = dict.fromkeys((table, step) for table, step, _ in shorter)
        for whole in group:
            for table, step in tables:
                starts = list(_starts(whole, step)) if step != whole.step else []
                parts = tuple(shorter[at] for start in starts if (at := (table, step, start)) in shorter)
                if parts:
                    yield Relation(whole, parts, exact=step == "day" and len(parts) == len(starts))


def _starts(whole: Place, step: str) -> Iterator[str]:
    """The first days of the shorter periods that lie wholly in a longer one; of weeks, whatever day they begin with."""
    first = dt.date.fromisoformat(whole.start)
    end = _end(first, whole.step)
    days = [first + n * DAY for n in range((end - first).days)]
    return (day.isoformat() for day in days if day + LENGTHS[step] * DAY <= end)


def _end(first: dt.date, step: str) -> dt.date:
    return first + LENGTHS[step] * DAY if step in LENGTHS else (first.replace(day=1) + 31 * DAY).replace(day=1)


def _rests(places: Collection[Place]) -> Iterator[Relation]:
    for rest in (place for place in places if place.what.endswith(REST)):
        part = rest._replace(what=rest.what.removesuffix(REST))
        yield Relation(rest._replace(what=rest.what.partition("/")[0]), (part, rest))


def _aid(places: Collection[Place]) -> Iterator[Relation]:
    aided = _grouped((place for place in places if place.table == AIDED), lambda place: (place.area, place.start))
    for paid in (place for place in places if (place.table, place.kind) == PAID):
        if parts := aided.get((paid.area, paid.start)):
            yield Relation(paid, tuple(parts), exact=False)
