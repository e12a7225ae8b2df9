"""Bringing the warehouse to a cluster: on a real one where ``CITUS_URL`` names it; what is said where there is none."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from etl import distribution
from etl.__main__ import main
from etl.citus import Place, places
from etl.distribution import NotACluster, every_table, place_of
from etl.migrate import bring_up
from etl.warehouse import TABLES, Role, engine, reading
from tests import cluster
from tests.etl.conftest import forget_engines
from tests.etl.test_grants import made

AREAS, CALLS = TABLES["areas"], TABLES["emergency_calls"]
on_a_cluster = pytest.mark.skipif(cluster.url() is None, reason=cluster.WHY)


# Without a cluster


def test_without_citus_it_says_what_to_do(empty_warehouse: str, capsys: pytest.CaptureFixture[str]):
    bring_up()
    with pytest.raises(NotACluster, match="shared_preload_libraries"):
        distribution.distribute(lambda *_: None)
    assert main(["warehouse", "distribute", "--dry-run"]) == 1 and main(["warehouse", "distribute"]) == 1
    assert "CREATE EXTENSION citus" in capsys.readouterr().err
    assert distribution.waiting() == []


def test_an_empty_database_is_migrated_first(empty_warehouse: str):
    with engine(Role.OWNER).connect() as connection, pytest.raises(NotACluster, match="etl migrate"):
        distribution.placings(connection)


def test_what_a_role_may_not_do_is_told_with_its_name(empty_warehouse: str):
    bring_up()
    with engine(Role.WEB).connect() as connection, pytest.raises(sa.exc.DBAPIError) as caught:
        connection.execute(sa.DDL("CREATE TABLE warehouse.mine ()"))
    assert "pemilik basis data" in str(distribution.refused(caught.value))


# On a cluster


@pytest.fixture(scope="module")
def clustered() -> Iterator[list[tuple[str, int]]]:
    """A database of all nodes with a few rows in it, distributed; what was moved."""
    with pytest.MonkeyPatch.context() as patch, cluster.fresh_cluster() as url:
        patch.setenv("DATABASE_URL", url)
        bring_up()
        with engine(Role.OWNER).begin() as connection:
            for number in range(40):
                for table in (AREAS, CALLS):
                    connection.execute(sa.insert(table).values(made(table, f"{number:02}.01", "1.01", 1)))
        moved: list[tuple[str, int]] = []
        distribution.distribute(lambda one, rows: moved.append((one.table.fullname, rows)))
        forget_engines()
        yield moved
        forget_engines()


@on_a_cluster
def test_every_table_lies_where_it_belongs_with_all_of_its_rows(clustered: list[tuple[str, int]]):
    with engine(Role.OWNER).connect() as connection:
        lie = places(connection)
        assert distribution.counted(connection, CALLS) == distribution.counted(connection, AREAS) == 40
    for table in every_table():
        assert lie.get(table.fullname, Place.KEPT) is place_of(table)[0], table
    assert dict(clustered)[CALLS.fullname] == dict(clustered)[AREAS.fullname] == 40


@on_a_cluster
def test_a_second_time_nothing_is_moved_and_nothing_is_to_migrate(clustered: list[tuple[str, int]]):
    again: list[str] = []
    assert distribution.distribute(lambda one, _: again.append(one.table.fullname)) >= 1
    assert again == [] and distribution.waiting() == [] and bring_up() == []


@on_a_cluster
def test_a_reader_sees_the_named_city_on_whatever_node(clustered: list[tuple[str, int]]):
    for code in ("07.01", "23.01"):
        with reading(code) as connection:
            assert connection.scalars(sa.select(CALLS.c.city_code)).all() == [code]
    with engine(Role.WEB).connect() as connection:
        assert connection.scalars(sa.select(CALLS.c.city_code)).all() == []


@on_a_cluster
def test_the_cities_are_on_several_nodes(clustered: list[tuple[str, int]]):
    shards = sa.table("citus_shards", *map(sa.column, ("table_name", "nodename", "nodeport", "citus_table_type")))
    there = sa.select(shards.c.nodename, shards.c.nodeport).where(shards.c.citus_table_type == "distributed").distinct()
    with engine(Role.OWNER).connect() as connection:
        assert len(connection.execute(there).all()) == distribution.check(connection) >= 1
