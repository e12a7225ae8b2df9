"""Migrations go forward, keep every row, and refuse by name what could lose one."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from etl.catalogue import contracts
from etl.errors import UnsafeMigration
from etl.migrate import bring_up
from etl.warehouse import MIGRATIONS, TABLES, Role, engine

empty = pytest.mark.usefixtures("empty_warehouse")
brought_up = pytest.mark.usefixtures("new_warehouse")
AREA = {"city_code": "99.09", "area_code": "99.09", "level": "city", "name": "Uji", "population": 7, "source": "s"}


def alter(statement: str) -> None:
    """The database as an older or a foreign hand left it."""
    with engine(Role.OWNER).begin() as connection:
        connection.execute(sa.DDL(statement))


def fetch(query: sa.Select[Any]) -> list[dict[str, Any]]:
    with engine(Role.OWNER).connect() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def with_a_row() -> None:
    with engine(Role.OWNER).begin() as connection:
        connection.execute(sa.insert(TABLES["areas"]).values(AREA | {"known_from": sa.func.now()}))


@empty
def test_a_second_time_there_is_nothing_to_do():
    assert bring_up() and bring_up() == []


@empty
def test_what_was_done_is_written_down():
    changes = bring_up()
    assert [row["change"] for row in fetch(sa.select(MIGRATIONS).order_by(MIGRATIONS.c.migration_id))] == changes


@empty
def test_two_that_start_together_take_turns():
    with ThreadPoolExecutor(2) as pool:
        done = [future.result(timeout=60) for future in (pool.submit(bring_up), pool.submit(bring_up))]
    assert sorted(map(bool, done)) == [False, True]


@brought_up
def test_a_new_nullable_column_and_a_new_table_keep_the_rows():
    with_a_row()
    alter("ALTER TABLE warehouse.areas DROP COLUMN population_source")
    alter("DROP TABLE warehouse.merchants")
    changes = " ".join(bring_up())
    assert "population_source" in changes and "table warehouse.merchants" in changes
    (row,) = fetch(sa.select(TABLES["areas"]))
    assert (row["name"], row["population"], row["population_source"]) == ("Uji", 7, None)
    assert fetch(sa.select(TABLES["merchants"])) == []


@brought_up
def test_a_new_column_is_closed_to_the_web_until_it_is_classed():
    with_a_row()
    alter("ALTER TABLE warehouse.bansos_grants DROP COLUMN kk")
    alter("ALTER TABLE warehouse.areas DROP COLUMN population_source")
    bring_up()
    with engine(Role.WEB).connect() as connection:
        connection.execute(sa.select(TABLES["areas"].c.population_source))
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            connection.execute(sa.select(TABLES["bansos_grants"].c.kk))


@brought_up
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("ALTER TABLE warehouse.areas ALTER COLUMN population TYPE text", "population"),
        ("ALTER TABLE warehouse.areas ADD COLUMN mayor text", "mayor"),
        ("ALTER TABLE warehouse.areas DROP COLUMN level", "level"),
        ("ALTER TABLE warehouse.areas ALTER COLUMN level DROP NOT NULL", "level"),
        ("ALTER TABLE warehouse.areas DROP CONSTRAINT pk_areas, ADD CONSTRAINT pk_areas PRIMARY KEY (area_code)",
         "warehouse.areas"),
        ("CREATE TABLE warehouse.mayors (name text)", "mayors"),
    ],
)  # fmt: skip
def test_what_could_lose_data_is_refused_by_name(statement: str, named: str):
    with_a_row()
    alter(statement)
    alter("DROP TABLE warehouse.merchants")
    before = fetch(sa.select(sa.text("*")).select_from(sa.table("areas", schema="warehouse")))
    with pytest.raises(UnsafeMigration, match=named):
        bring_up()
    assert fetch(sa.select(sa.text("*")).select_from(sa.table("areas", schema="warehouse"))) == before
    with engine(Role.OWNER).connect() as connection:
        assert not sa.inspect(connection).has_table("merchants", "warehouse")


@brought_up
def test_an_index_of_an_administrator_stays_and_ours_come_back():
    alter("CREATE INDEX theirs ON warehouse.areas (name)")
    alter("DROP INDEX warehouse.ix_warehouse_merchants_time")
    alter("CREATE INDEX ix_warehouse_merchants_time ON warehouse.merchants (name)")
    bring_up()
    with engine(Role.OWNER).connect() as connection:
        indexes = sa.inspect(connection).get_indexes("merchants", "warehouse")
        assert "theirs" in {index["name"] for index in sa.inspect(connection).get_indexes("areas", "warehouse")}
    columns = {index["name"]: index["column_names"] for index in indexes}
    assert columns["ix_warehouse_merchants_time"] == ["city_code", "joined_on"]


@brought_up
def test_what_few_rows_have_and_further_moments_are_found_by_an_index_of_those_rows():
    declared = {(one.name, name, one.time) for one in contracts().values() for name in one.sparse}
    moments = {(one.name, name, name) for one in contracts().values() for name in one.moments}
    assert declared and moments
    with engine(Role.OWNER).connect() as connection:
        for table, column, time in declared | moments:
            indexes = {index["name"]: index for index in sa.inspect(connection).get_indexes(table, "warehouse")}
            index = indexes[f"ix_warehouse_{table}_{column}"]
            assert index["column_names"] == ["city_code", time]
            assert f"({column} IS NOT NULL)" == index["dialect_options"]["postgresql_where"]


def test_a_database_that_does_not_exist_is_made(empty_warehouse: str, monkeypatch: pytest.MonkeyPatch):
    address = sa.make_url(empty_warehouse)
    fresh = address.set(database=f"{address.database}_new")
    monkeypatch.setenv("DATABASE_URL", fresh.render_as_string(hide_password=False))
    try:
        assert bring_up()
    finally:
        engine(Role.OWNER).dispose()
        server = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with server.connect() as connection:
            connection.execute(sa.DDL(f"DROP DATABASE {fresh.database} WITH (FORCE)"))
