"""Databases of others: SQLite as a file, PostgreSQL as a server. What is read is the server's own text."""

import datetime as dt
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from etl.access import Since, Sql
from etl.errors import AccessRefused, SchemaChanged, UpstreamDown
from etl.readers import extract, probe, rights, sql
from etl.readers.delivery import ROW, Cursor, Delivery
from etl.source import Source
from tests.readers.sources import source

META = sa.MetaData()
CALLS = sa.Table(
    "laporan",
    META,
    sa.Column("UID", sa.String(20), primary_key=True),
    sa.Column("lat", sa.Numeric(9, 6)),
    sa.Column("latihan", sa.Boolean),
    sa.Column("catatan", sa.Text),
    sa.Column("diperbarui", sa.DateTime),
)


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hulu.db'}"
    return request.getfixturevalue("database_url" if request.param == "postgresql" else "mysql_url")


@pytest.fixture
def upstream(url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(url)
    META.create_all(engine)
    yield engine
    engine.dispose()


def insert(upstream: sa.Engine, *rows: tuple[str, str | None]) -> None:
    """Calls by number and moment of change."""
    changed = (
        sa.cast(sa.bindparam("at", type_=sa.String), CALLS.c.diperbarui.type) if upstream.name == "postgresql" else None
    )
    with upstream.begin() as connection:
        for uid, at in rows:
            moment = sa.bindparam("at", type_=sa.String) if changed is None else changed
            statement = sa.insert(CALLS).values(
                UID=uid, lat=-0.5, latihan=False, catatan="nama korban", diperbarui=moment
            )
            connection.execute(statement, {"at": at})


def calls(url: str, chunk: int = 50_000, **reader: object) -> Source:
    said = {"table": "laporan", "since": Since(field="diperbarui")} | reader
    return source(Sql(url=url, chunk=chunk, **said), "uid", "lat", "latihan")


def run(calls: Source, cursor: Cursor | None = None) -> list[Delivery]:
    return list(extract(calls, cursor and json.loads(json.dumps(cursor))))


def uids(deliveries: list[Delivery]) -> list[str]:
    return [uid for delivery in deliveries for uid in delivery.rows["uid"]]


def test_only_the_wanted_columns_are_read_as_text(upstream: sa.Engine, url: str) -> None:
    insert(upstream, ("1", "2026-08-25 14:05:09.25"))
    (delivery,) = run(calls(url))
    assert delivery.name == "laporan"
    assert sorted(delivery.rows.columns) == [ROW, "diperbarui", "lat", "latihan", "uid"]
    (row,) = delivery.rows.to_dicts()
    assert (row["uid"], float(row["lat"]), row["latihan"] in ("0", "false"), row[ROW]) == ("1", -0.5, True, 1)
    whole_seconds = upstream.name == "mysql"  # its DATETIME has no part of a second unless it is told to
    assert row["diperbarui"] == ("2026-08-25 14:05:09" if whole_seconds else "2026-08-25 14:05:09.25")


def test_rows_come_in_the_order_of_change_and_every_batch_moves_the_cursor(upstream: sa.Engine, url: str) -> None:
    insert(upstream, ("c", "2026-01-03 00:00:00"), ("a", "2026-01-01 00:00:00"), ("b", "2026-01-02 00:00:00"))
    deliveries = run(calls(url, chunk=2))
    assert [uids([delivery]) for delivery in deliveries] == [["a", "b"], ["c"]]
    assert [delivery.cursor for delivery in deliveries] == [{"since": f"2026-01-0{day} 00:00:00"} for day in (2, 3)]
    assert [delivery.rows[ROW].to_list() for delivery in deliveries] == [[1, 2], [3]]


def test_the_next_run_asks_from_the_cursor_on_inclusive(upstream: sa.Engine, url: str) -> None:
    insert(upstream, ("lama", "2026-01-01 00:00:00"), ("batas", "2026-01-02 00:00:00"))
    cursor = run(calls(url))[-1].cursor
    insert(upstream, ("sama", "2026-01-02 00:00:00"), ("baru", "2026-01-02 00:00:01"))
    assert sorted(uids(run(calls(url), cursor))) == ["baru", "batas", "sama"]


def test_a_row_without_a_moment_is_never_lost(upstream: sa.Engine, url: str) -> None:
    insert(upstream, ("a", "2026-01-02 00:00:00"))
    cursor = run(calls(url))[-1].cursor
    insert(upstream, ("tanpa", None))
    assert sorted(uids(run(calls(url), cursor))) == ["a", "tanpa"]


def test_a_moment_in_the_future_hides_nothing(upstream: sa.Engine, url: str) -> None:
    insert(upstream, ("a", "2026-01-02 00:00:00"), ("jam salah", "2999-01-01 00:00:00"))
    assert run(calls(url))[-1].cursor == {"since": "2026-01-02 00:00:00"}


def test_nothing_new_is_an_empty_delivery_that_tells_freshness(upstream: sa.Engine, url: str) -> None:
    before = {"since": "2026-01-02 00:00:00"}
    (delivery,) = run(calls(url), before)
    assert delivery.rows.height == 0
    assert {"uid", "lat", "latihan", ROW} <= set(delivery.rows.columns)
    assert delivery.cursor == before
    assert delivery.fresh_at.tzinfo is not None


def test_without_since_everything_is_read_each_time(upstream: sa.Engine, url: str) -> None:
    insert(upstream, ("a", "2026-01-02 00:00:00"))
    everything = calls(url, since=None)
    (delivery,) = run(everything)
    assert uids(run(everything, delivery.cursor)) == ["a"]


def test_probe_shows_the_first_rows(upstream: sa.Engine, url: str) -> None:
    insert(upstream, *((f"{number:03}", "2026-01-02 00:00:00") for number in range(60)))
    assert probe(calls(url)).height == 50


def test_a_missing_table_is_named_with_what_there_is(upstream: sa.Engine, url: str) -> None:
    with pytest.raises(SchemaChanged, match="tabel panggilan tidak ada; yang ada: laporan"):
        run(calls(url, table="panggilan"))


def test_a_missing_column_is_named_with_what_there_is(upstream: sa.Engine, url: str) -> None:
    with pytest.raises(SchemaChanged, match="kolom jam tidak ada; yang ada: UID, catatan") as caught:
        run(source(Sql(url=url, table="laporan"), "uid", "jam"))
    assert caught.value.where.column == "jam"


def test_a_sqlite_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UpstreamDown):
        run(calls(f"sqlite:///{tmp_path / 'tidak ada.db'}"))
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_password_is_told_apart_from_a_server_that_is_down(database_url: str) -> None:
    wrong = sa.make_url(database_url).set(password="salah")
    with pytest.raises(AccessRefused):
        run(calls(wrong.render_as_string(hide_password=False)))
    with pytest.raises(UpstreamDown):
        run(calls(wrong.set(port=1).render_as_string(hide_password=False)))


def test_postgresql_is_asked_in_a_read_only_transaction(database_url: str) -> None:
    with sa.create_engine(database_url).begin() as connection:
        connection.execute(sa.DDL("CREATE VIEW laporan AS SELECT current_setting('transaction_read_only') AS uid"))
    assert uids(run(source(Sql(url=database_url, table="laporan"), "uid"))) == ["on"]


def granted(url: str, *rights: str) -> str:
    """The URL of a MariaDB account of its own with these rights on the database."""
    admin = sa.make_url(url)
    name = f"pembaca_{secrets.token_hex(4)}"
    with sa.create_engine(admin, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.DDL(f"CREATE USER {name}@'127.0.0.1' IDENTIFIED BY 'rahasia'"))
        connection.execute(sa.DDL(f"GRANT {', '.join(rights)} ON {admin.database}.laporan TO {name}@'127.0.0.1'"))
    return admin.set(username=name, password="rahasia").render_as_string(hide_password=False)


def test_an_account_that_could_write_is_remarked_on(upstream: sa.Engine, url: str) -> None:
    insert(upstream, ("1", "2026-08-25 14:05:09"))
    (delivery,) = run(calls(url))
    accounts = upstream.name != "sqlite"
    assert [note.en for note in delivery.notes] == [rights.CAN_WRITE.en] * accounts


def test_an_account_that_may_only_read_is_not_remarked_on(mysql_url: str, database_url: str) -> None:
    for url in (mysql_url, database_url):
        META.create_all(sa.create_engine(url, poolclass=sa.NullPool))
    reader = granted(mysql_url, "SELECT")
    assert [delivery.notes for delivery in run(calls(reader))] == [()]
    assert [len(delivery.notes) for delivery in run(calls(granted(mysql_url, "SELECT", "UPDATE")))] == [1]
    admin = sa.make_url(database_url)
    with sa.create_engine(admin, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.DDL("CREATE ROLE pembaca_uji LOGIN PASSWORD 'rahasia'"))
        connection.execute(sa.DDL("GRANT SELECT ON laporan TO pembaca_uji"))
    try:
        mine = admin.set(username="pembaca_uji", password="rahasia").render_as_string(hide_password=False)
        assert [delivery.notes for delivery in run(calls(mine))] == [()]
    finally:
        with sa.create_engine(admin, poolclass=sa.NullPool).begin() as connection:
            connection.execute(sa.DDL("DROP OWNED BY pembaca_uji"))
            connection.execute(sa.DDL("DROP ROLE pembaca_uji"))


def test_mysql_is_asked_in_a_read_only_transaction(mysql_url: str) -> None:
    with sql._engine(sa.make_url(mysql_url)).connect() as connection, pytest.raises(sa.exc.OperationalError) as caught:
        META.create_all(connection)
    assert "READ ONLY" in str(caught.value)


def test_mysql_tells_moments_in_utc_whatever_its_own_zone(mysql_url: str) -> None:
    moments = sa.Table("saat", sa.MetaData(), sa.Column("uid", sa.String(9)), sa.Column("at", sa.TIMESTAMP))
    engine = sa.create_engine(mysql_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.DDL("SET SESSION time_zone = '+08:00'"))
        moments.create(connection)
        connection.execute(sa.insert(moments).values(uid="1", at=dt.datetime(2026, 8, 25, 14, 5)))
    (delivery,) = run(source(Sql(url=mysql_url, table="saat"), "uid", "at"))
    assert delivery.rows["at"].to_list() == ["2026-08-25 06:05:00"]


def test_mysql_tells_a_wrong_password_apart_from_a_server_that_is_down(mysql_url: str) -> None:
    wrong = sa.make_url(mysql_url).set(username="siapa", password="salah")
    with pytest.raises(AccessRefused):
        run(calls(wrong.render_as_string(hide_password=False)))
    with pytest.raises(UpstreamDown):
        run(calls(wrong.set(port=1).render_as_string(hide_password=False)))
