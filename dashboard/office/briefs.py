"""Briefs that were asked for: queued by a page or by Monday, made by ``python -m dashboard post``, kept as files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dashboard.office import brief, targets
from dashboard.office.brief import STEPS
from etl.cities import City
from etl.errors import PantauError
from etl.office import BRIEFS, briefs_folder
from etl.warehouse import Role, engine

LISTED = 30
WAITING = ("queued", "running")


def ask(city_code: str, week: str, language: str, by: str) -> int:
    """Ask for a brief; one that is being made already is not asked for twice."""
    same = sa.and_(BRIEFS.c.city_code == city_code, BRIEFS.c.week == week, BRIEFS.c.language == language)
    with engine(Role.OFFICE).begin() as connection:
        there = connection.scalar(sa.select(BRIEFS.c.brief_id).where(same, BRIEFS.c.state.in_(WAITING)))
        if there is not None:
            return int(there)
        row = {"city_code": city_code, "week": week, "language": language, "by": by}
        return int(connection.scalar(sa.insert(BRIEFS).values(row).returning(BRIEFS.c.brief_id)) or 0)


def of(city_code: str) -> list[sa.Row[Any]]:
    """The latest briefs of a city."""
    query = sa.select(BRIEFS).where(BRIEFS.c.city_code == city_code).order_by(BRIEFS.c.brief_id.desc()).limit(LISTED)
    with engine(Role.OFFICE).connect() as connection:
        return list(connection.execute(query).all())


def file_of(city: City, brief_id: int) -> Path | None:
    """The file of a brief of this city, when it is there."""
    mine = sa.and_(BRIEFS.c.city_code == city.code, BRIEFS.c.brief_id == brief_id, BRIEFS.c.state == "done")
    with engine(Role.OFFICE).connect() as connection:
        name = connection.scalar(sa.select(BRIEFS.c.file).where(mine))
    path = briefs_folder(city.slug) / name if name else None
    return path if path and path.is_file() else None


def make_next(city: City) -> bool:
    """Make the oldest brief that waits, also one that a process left behind; False when none does."""
    mine = sa.and_(BRIEFS.c.city_code == city.code, BRIEFS.c.state.in_(WAITING))
    with engine(Role.OFFICE).connect() as connection:
        row = connection.execute(sa.select(BRIEFS).where(mine).order_by(BRIEFS.c.brief_id).limit(1)).one_or_none()
    if row is None:
        return False
    _set(city.code, row.brief_id, state="running", done_steps=0)
    try:
        path = make(city, row.week, row.language, lambda step: _set(city.code, row.brief_id, done_steps=step))
        _set(city.code, row.brief_id, state="done", done_steps=STEPS, file=path.name, **_finished())
    except (PantauError, sa.exc.ProgrammingError, ArithmeticError, RuntimeError, OSError) as error:
        _set(city.code, row.brief_id, state="failed", trouble=str(error).splitlines()[0][:300], **_finished())
    return True


def make(city: City, week: str, language: str, step: Callable[[int], None] = lambda number: None) -> Path:
    """A brief with the targets that hold now."""
    said = targets.in_force(city.code)
    return brief.write(targets.with_targets(city, said), week, language, said, step)


def _finished() -> dict[str, Any]:
    return {"finished_at": sa.func.clock_timestamp()}


def _set(city_code: str, brief_id: int, **values: Any) -> None:
    this = sa.and_(BRIEFS.c.city_code == city_code, BRIEFS.c.brief_id == brief_id)
    with engine(Role.OFFICE).begin() as connection:
        connection.execute(sa.update(BRIEFS).where(this).values(values))
