"""Places by name: what somebody typed leads to one area, to several that are called so, or to the nearest names."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.public.reading import level_of
from etl.areas import DISTRICT_PREFIX, VILLAGE_PREFIX, normal
from etl.bundle import Bundle, Place

LONGEST = 80  # letters of a name that are looked at
MOST = 12  # places that are offered
ALIKE = 0.6


@dataclass(frozen=True)
class Found:
    """The places that a text means; ``sure`` when it is exactly one."""

    places: tuple[Place, ...]
    sure: bool = False


def find(bundle: Bundle, said: str) -> Found:
    """The areas below the city that a text may mean: "Sidodadi", "kel. sidodadi", "Sidodadi, Samarinda Ulu", a code."""
    said = said.strip()[:LONGEST]
    below = [place for place in bundle.places.values() if place.level != "city"]
    if said in bundle.places:
        return Found((bundle.places[said],), sure=True)
    name, _, district = (_plain(part) for part in said.partition(","))
    if not name:
        return Found(())
    exact = [place for place in below if _plain(place.name) == name and _within(bundle, place, district)]
    level = "kecamatan" if DISTRICT_PREFIX.match(said.lower()) else "kelurahan"
    meant = [place for place in exact if level_of(place) == level]
    exact = meant if len(meant) == 1 else exact  # a kelurahan is meant rather than the kecamatan called like it
    if len(exact) == 1:
        return Found(tuple(exact), sure=True)
    parts = exact or [place for place in below if name in _plain(place.name)]
    return Found(tuple((parts or nearest(below, name))[:MOST]))


def nearest(places: Iterable[Place], name: str) -> list[Place]:
    """The places whose names are most like it."""
    by_name: dict[str, list[Place]] = {}
    for place in places:
        by_name.setdefault(_plain(place.name), []).append(place)
    like = difflib.get_close_matches(_plain(name[:LONGEST]), by_name, n=5, cutoff=ALIKE)
    return [place for one in like for place in by_name[one]]


def options(bundle: Bundle) -> list[str]:
    """Every kelurahan with its kecamatan, as the search box offers them."""
    below = [place for place in bundle.places.values() if level_of(place) == "kelurahan"]
    return [f"{place.name}, {bundle.places[place.parent].name}" for place in below]


def _plain(name: str) -> str:
    said = name.strip()
    return normal(said, DISTRICT_PREFIX) if DISTRICT_PREFIX.match(said.lower()) else normal(said, VILLAGE_PREFIX)


def _within(bundle: Bundle, place: Place, district: str) -> bool:
    return not district or _plain(bundle.places[place.parent].name) == district
