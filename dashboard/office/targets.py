"""Targets and owners that the mayor's office sets: only added to, so that it stays known who wanted what and when.

What people set wins over the city's file: ``informed`` gives the city with its targets in force, by indicator, and
``Indicator.aim`` finds them there. They are read anew when the version of ``office`` says so.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from msgspec import structs

from dashboard.indicator import Better, Indicator, Unit
from dashboard.indicators import indicators
from dashboard.wrong import Wrong
from etl.announce import announce
from etl.cities import City
from etl.office import OFFICE, TARGETS
from etl.text import Text
from etl.warehouse import Role, engine

LONGEST_OWNER = 80
STANDS = TARGETS.c.undone_at.is_(None)


@dataclass(frozen=True)
class Setting:
    """What somebody said of one indicator; without a target the city's file speaks, without an owner the source."""

    indicator: str
    target: float | None
    owner: str
    by: str
    at: dt.datetime
    undone_at: dt.datetime | None = None
    undone_by: str | None = None


_NAMES = tuple(Setting.__dataclass_fields__)
_known: dict[str, tuple[int, dict[str, Setting]]] = {}  # by city: as of which version


def in_force(city_code: str) -> dict[str, Setting]:
    """The settings that count, by indicator."""
    return {one.indicator: one for one in reversed(_settings(city_code, STANDS))}


def history(city_code: str) -> list[Setting]:
    """Everything that was ever set, the newest first."""
    return _settings(city_code, sa.true())


def _settings(city_code: str, which: sa.ColumnElement[bool]) -> list[Setting]:
    mine = sa.select(*(TARGETS.c[name] for name in _NAMES)).where(TARGETS.c.city_code == city_code, which)
    with engine(Role.OFFICE).connect() as connection:
        return [Setting(*row) for row in connection.execute(mine.order_by(TARGETS.c.target_id.desc()))]


def known(city_code: str, version: int) -> dict[str, Setting]:
    """The settings that count as of a version of ``office``; asked of the warehouse once a version."""
    of, settings = _known.get(city_code, (-1, {}))
    if of != version:
        settings = in_force(city_code)
        _known[city_code] = (version, settings)
    return settings


def informed(city: City, version: int) -> City:
    """The city with the targets that people set, each under its indicator's key."""
    return with_targets(city, known(city.code, version))


def with_targets(city: City, said: Mapping[str, Setting]) -> City:
    """The city with these targets before its own."""
    numbers = {key: one.target for key, one in said.items() if one.target is not None}
    return structs.replace(city, targets={**city.targets, **numbers}) if numbers else city


def check(key: str, number: str, owner: str) -> tuple[Indicator, float | None, str]:
    """What can be set of an indicator. Raises Wrong naming the field."""
    about = indicators().get(key)
    if about is None:
        raise Wrong("indicator", Text(f"Tidak ada indikator {key!r}.", f"There is no indicator {key!r}."))
    said = " ".join(owner.split())
    if len(said) > LONGEST_OWNER or not said.isprintable():
        raise Wrong("owner", Text(f"Paling panjang {LONGEST_OWNER} huruf.", f"At most {LONGEST_OWNER} letters."))
    target = _number(about, number.strip()) if number.strip() else None
    if target is None and not said:
        raise Wrong("target", Text("Isi target atau penanggung jawab.", "Write a target or an owner."))
    return about, target, said


def _number(about: Indicator, written: str) -> float:
    try:
        target = float(written.replace(",", "."))
    except ValueError as error:
        raise Wrong("target", Text(f"{written!r} bukan angka.", f"{written!r} is no number.")) from error
    if not math.isfinite(target):
        raise Wrong("target", Text(f"{written!r} bukan angka.", f"{written!r} is no number."))
    if about.better is Better.NEITHER:
        raise Wrong("target", Text("Angka ini tidak punya arah baik atau buruk.", "No direction of it is good or bad."))
    if target < 0:
        raise Wrong("target", Text("Angka ini tidak pernah di bawah nol.", "It is never below zero."))
    if about.unit is Unit.PERCENT and target > 100:
        raise Wrong("target", Text("Persentase paling besar 100.", "A percentage is at most 100."))
    return target


def set_(city_code: str, about: Indicator, target: float | None, owner: str, by: str) -> None:
    """Set target and owner of an indicator; every page and wall follows."""
    row = {"city_code": city_code, "indicator": about.key, "target": target, "owner": owner, "by": by}
    with engine(Role.OFFICE).begin() as connection:
        connection.execute(sa.insert(TARGETS).values(row))
        announce(connection, OFFICE, city_code)


def undo(city_code: str, key: str, by: str) -> bool:
    """Take the last setting of an indicator back: the one before counts again, or the file. False: there is none."""
    mine = sa.and_(TARGETS.c.city_code == city_code, TARGETS.c.indicator == key)
    last = sa.select(sa.func.max(TARGETS.c.target_id)).where(mine, STANDS).scalar_subquery()
    gone = {"undone_at": sa.func.clock_timestamp(), "undone_by": by}
    with engine(Role.OFFICE).begin() as connection:
        found = connection.execute(sa.update(TARGETS).where(mine, TARGETS.c.target_id == last).values(gone)).rowcount
        if found:
            announce(connection, OFFICE, city_code)
    return bool(found)


def owner_of(about: Indicator, said: Mapping[str, Setting], sources: Sequence[sa.Row[Any]]) -> str:
    """Who answers for an indicator: whom the office named, else who owns its source."""
    named = said[about.key].owner if about.key in said else ""
    owners = dict.fromkeys(row.owner for row in sources if row.dataset == about.dataset)
    return named or ", ".join(owners)
