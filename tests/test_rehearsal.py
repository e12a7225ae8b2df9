"""The rehearsal of a restore, with the whole small world: the same rows in every table, the same figures everywhere."""

import datetime as dt
import hashlib
import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from dashboard.indicators import indicators
from dashboard.queries import Asked, value
from dashboard.scope import DAY, Scope
from etl.cities import City, all_cities
from etl.declared import SCHEMAS
from etl.warehouse import HISTORY, METADATA, TABLES, Role, engine, reading
from etl.warehouse import NOW as CURRENT
from tests.conftest import fresh_database
from tests.etl.conftest import forget_engines
from tests.world import World, run

NOW = dt.datetime.now(dt.UTC)


def tables() -> dict[str, str]:
    """Of every table a fingerprint of all its rows, as the database writes them."""
    row = sa.cast(sa.func.to_jsonb(sa.literal_column("x")), sa.Text()).label("row")
    found = {}
    with engine(Role.OWNER).connect() as connection:
        for table in METADATA.tables.values():
            rows = connection.scalars(sa.select(row).select_from(table.alias("x")))
            found[table.fullname] = hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()
    return found


def figures() -> dict[tuple[str, str], float | None]:
    """Every indicator of every city over thirty days."""
    return {(city.slug, key): _figure(city, key) for city in all_cities() for key in indicators()}


def _figure(city: City, key: str) -> float | None:
    today = NOW.astimezone(city.tz).date()
    with reading(city.code) as connection:
        return value(
            connection, indicators()[key], Asked(Scope(city.slug, city.code, today - 29 * DAY, today), city, NOW)
        )


def people() -> set[str | None]:
    """What stands under the seals."""
    with engine(Role.ETL).connect() as connection:
        return set(connection.scalars(sa.select(TABLES["bansos_grants"].c.nik)))


def files(state: Path) -> dict[str, str]:
    found = [path for name in ("releases", "raw") for path in (state / name).rglob("*") if path.is_file()]
    return {path.relative_to(state).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_what_is_restored_is_what_was_there(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    into, apart, there = tmp_path / "backups", tmp_path / "keys", tmp_path / "there"
    first, there_before = tables(), files(world.state)
    run("etl", "backup", str(into), "--keys", str(apart))
    before = tables(), figures(), people(), files(world.state)
    assert sum(figure is not None for figure in before[1].values()) > len(indicators())
    with fresh_database() as url:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("PANTAU_PG_BIN", str(next(world.state.glob("postgres/binaries-*/*/pginstall/bin"), "")))
        run("etl", "restore", str(into), "--keys", str(apart), state=there)
        after = tables(), figures(), people(), files(there)
        forget_engines()
    # Tests beside this one sign people in, write notes, set targets; rows of the warehouse nobody touches.
    still = {name for name in first if first[name] == before[0][name]}
    assert {table.fullname for table in METADATA.tables.values() if table.schema in (CURRENT, HISTORY)} <= still
    assert {name for name in still if before[0][name] != after[0][name]} <= {SCHEMAS.fullname}
    assert after[1:3] == before[1:3]
    # One of them asks every source again, which keeps what was delivered: what was there before is in the back-up.
    assert there_before.items() & before[3].items() <= after[3].items()
    assert len(there_before) > len(all_cities())
    assert {path.name for path in (there / "keys").glob("*.json")} == {
        path.name for path in (Path(os.environ["PANTAU_STATE"]) / "keys").glob("*.json")
    }
