"""The doctor on what goes wrong in a real deployment: each is named, with its remedy, and starting says the same."""

import datetime as dt
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import production
from dashboard.access.site import Site as Address
from doctor import __main__ as doctor
from doctor import installation, outside
from etl import backup, health, keys, push_keys
from etl.__main__ import main as etl
from etl.access import Csv, Rest, Sql
from etl.bundle import Shelf
from etl.catalogue import contract
from etl.errors import PantauError
from etl.migrate import bring_up
from etl.text import Text
from etl.warehouse import KEYS, RUNS, Role, engine
from runner import __main__ as runner
from runner import machine, postgres
from runner.diagnosis import Diagnosis, State, worst
from tests.etl.conftest import forget_engines
from tests.etl.made import source_of

SECRET = "sangat-rahasia"


@pytest.fixture
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database that ``DATABASE_URL`` names."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    yield database_url
    forget_engines()


def ddl(statement: str) -> None:
    with engine(Role.OWNER).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.DDL(statement))


def seen() -> dict[str, Diagnosis]:
    """What the doctor says of the warehouse, by name."""
    return {one.name: one for one in health.warehouse()}


def states() -> dict[str, str]:
    return {name: one.state.value for name, one in seen().items()}


@contextmanager
def answering(body: bytes, date: str | None = None) -> Iterator[int]:
    """Somebody's web server on a port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            if date:
                self.send_header("Date", date)
            self.end_headers()
            self.wfile.write(body if self.command == "GET" else b"")

        do_HEAD = do_GET

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# The machine


def test_a_port_that_is_taken_is_named_with_the_program_and_the_variable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        site = machine.Site("command", "-", "127.0.0.1", taken.getsockname()[1], "PORT")
        found = machine.port(site)
        with pytest.raises(PantauError) as refused:
            runner.require_free(site)
    assert found.state is State.FAIL
    assert f"(pid {os.getpid()})" in found.seen.en and f"PORT={site.port + 100}" in found.remedy.en
    for words in (*found.seen, *found.remedy):
        assert words in str(refused.value)


def test_our_own_site_may_have_its_port_but_not_when_it_is_to_be_started() -> None:
    with answering(b'{"status": "ok"}') as port:
        site = machine.Site("command", "-", "127.0.0.1", port, "PORT")
        assert machine.port(site).state is State.OK
        assert machine.port(site, running_is_fine=False).state is State.FAIL
    with answering(b"<html>") as port:
        assert machine.port(machine.Site("x", "-", "127.0.0.1", port, "PORT")).state is State.FAIL


def test_a_port_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "abc")
    (found,) = machine.ports()
    assert found.state is State.FAIL and "PORT=abc" in found.seen.en


@pytest.mark.parametrize(("free", "state"), [(10**8, "fail"), (2 * 10**9, "warn"), (10**12, "ok")])
def test_a_disk_that_fills_up(free: int, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = machine.shutil._ntuple_diskusage(10**12, 10**12 - free, free)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage)
    found = machine.disk()
    assert found.state == state
    assert (state == "ok") == (found.remedy.en == "")
    if state == "fail":
        with pytest.raises(PantauError, match=r"nearly full.*make room"):
            runner.require(check() for check in machine.START)


def test_a_disk_that_really_is_small(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_STATE", str(small_disk))
    found = machine.disk()
    assert found.state is State.FAIL and f"0 MB left in {small_disk}" in found.seen.en


def test_what_only_warns_is_said_and_lets_start(capsys: pytest.CaptureFixture[str]) -> None:
    runner.require([Diagnosis("clock", State.WARN, Text("jam", "clock"), machine.SET_CLOCK)])
    assert "timedatectl" in capsys.readouterr().out


def test_keys_that_others_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_STATE", str(tmp_path))
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "vault.json").touch(mode=0o600)
    assert machine.state_folder().state is State.OK
    (tmp_path / "keys" / "vault.json").chmod(0o644)
    found = machine.state_folder()
    assert found.state is State.FAIL and "vault.json" in found.seen.en and "chmod" in found.remedy.en


def test_keys_are_private_whichever_is_made_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_STATE", str(tmp_path))
    push_keys.make(source_of(contract("merchants")))
    assert machine.state_folder().state is State.OK
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").rglob("*")} == {0o700, 0o600}


def test_a_state_folder_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PANTAU_STATE", str(tmp_path / "file" / "state"))
    assert machine.state_folder().state is State.FAIL
    assert machine.disk().state is not None  # of the disk something is said all the same


def test_libraries_that_are_not_as_locked() -> None:
    locked = "httpx==0.0.1\nnot-there==1.0 ; sys_platform == 'win32'\nneither==2.0\n# no line\npsycopg[binary]==0.1\n"
    assert [one.split()[0] for one in machine._other_packages(locked)] == ["httpx", "neither", "psycopg"]
    assert machine.python().state is State.OK and machine.zones().state is State.OK


def test_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert machine.python().state is State.FAIL


def test_without_libraries_nothing_more_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Diagnosis("packages", State.FAIL, Text("x", "x"), Text("y", "y"))

    def packages() -> Diagnosis:
        return gone

    monkeypatch.setattr(machine, "packages", packages)
    monkeypatch.setattr(machine, "MACHINE", (machine.python, packages))
    assert [one.name for one in doctor.checks()] == ["python", "packages"]


@given(st.floats(-1e6, 1e6))
def test_a_clock_is_off_when_it_differs_by_more_than_is_allowed(seconds: float) -> None:
    found = machine.beside(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds), Text("b", "b"), 30)
    if abs(abs(seconds) - 30) > 5:
        assert (found.state is State.FAIL) == (abs(seconds) > 30)
        assert (found.state is State.OK) or found.remedy == machine.SET_CLOCK


def test_a_clock_that_stands_still_in_the_past(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "WRITTEN", dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
    assert machine.clock().state is State.FAIL


# The warehouse


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("mysql://a@b/c", "must be a PostgreSQL address"),
        (f"postgresql://pantau:{SECRET}@127.0.0.1:1/gudang", "refused"),
        (f"postgresql://pantau:{SECRET}@host.invalid/gudang", "host.invalid"),
    ],
)
def test_a_wrong_address(
    url: str, named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    found = seen()["warehouse"]
    assert found.state is State.FAIL and named in found.seen.en and "DATABASE_URL" in found.remedy.en
    assert etl(["migrate"]) == 4  # starting says it as well
    said = capsys.readouterr().err.replace("\n", " ")
    assert named in said and "DATABASE_URL" in said
    assert SECRET not in said + str(found)


def test_a_process_that_starts_says_what_is_wrong_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://pantau:{SECRET}@127.0.0.1:1/gudang")
    health.tell()
    (said,) = caplog.messages
    assert said.startswith("warehouse: ") and "check DATABASE_URL" in said and SECRET not in said


def test_a_wrong_password(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = sa.make_url(database).set(password=SECRET).render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", wrong)
    found = seen()["warehouse"]
    assert found.state is State.FAIL and "password" in found.seen.en and SECRET not in str(found)


def test_a_database_that_is_not_made_yet(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    later = sa.make_url(database).set(database="belum_ada").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", later)
    assert states() == {"warehouse": "ok", "clock": "ok", "rights": "ok", "schema": "warn"}


def test_an_old_schema_is_named_by_its_tables_and_mended_by_the_remedy(database: str) -> None:
    assert seen()["schema"].state is State.FAIL  # nothing is there at all
    assert etl(["migrate"]) == 0
    assert states() == dict.fromkeys(("warehouse", "clock", "rights", "writable", "schema", "seals"), "ok") | {
        "sources": "warn"
    }
    ddl("DROP TABLE warehouse.merchants")
    found = seen()["schema"]
    assert found.state is State.FAIL and "warehouse.merchants" in found.seen.en
    assert found.remedy.en.endswith("python -m etl migrate")
    ddl("ALTER TABLE warehouse.areas ADD COLUMN mayor text")
    assert "mayor" in seen()["schema"].seen.en and "by hand" in seen()["schema"].remedy.en
    ddl("ALTER TABLE warehouse.areas DROP COLUMN mayor")
    assert etl(["migrate"]) == 0 and seen()["schema"].state is State.OK


def test_a_database_that_is_read_only(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    bring_up()
    name = sa.make_url(database).database
    ddl(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    forget_engines()
    found = seen()["writable"]
    assert found.state is State.FAIL and "default_transaction_read_only" in found.remedy.en
    ready = {one.name: one.state.value for one in health.ready()}
    assert ready["writable"] == "warn" and ready["schema"] == "ok"  # pages are still shown
    assert etl(["migrate"]) == 4
    said = " ".join(capsys.readouterr().err.split())
    assert "read only" in said and "default_transaction_read_only" in said


def test_a_user_without_the_rights(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"kurang_{os.getpid()}"
    ddl(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    try:
        poor = sa.make_url(database).set(username=name, password="x").render_as_string(hide_password=False)
        monkeypatch.setenv("DATABASE_URL", poor)
        found = seen()["rights"]
        assert found.state is State.FAIL and f"ALTER ROLE {name} CREATEROLE" in found.remedy.en
    finally:
        forget_engines()
        monkeypatch.setenv("DATABASE_URL", database)
        ddl(f"DROP ROLE {name}")


@pytest.mark.usefixtures("database")
def test_a_server_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "OLDEST_SERVER", 99)
    found = seen()["warehouse"]
    assert found.state is State.FAIL and "99" in found.remedy.en


@pytest.mark.usefixtures("database")
def test_a_key_in_force_that_is_not_here() -> None:
    bring_up()
    run = {"city_code": "64.72", "source": "x", "dataset": "areas", "delivery": "d"}
    now = dt.datetime.now(dt.UTC)
    with engine(Role.OWNER).begin() as connection:
        connection.execute(RUNS.insert().values(run | {"started_at": now, "finished_at": now}))
        connection.execute(KEYS.update().where(KEYS.c.purpose == "bansos_grants.nik").values(version=97))
    found = seen()["seals"]
    assert found.state is State.FAIL and "vault_97" in found.seen.en


def test_before_the_first_start_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_STATE", str(tmp_path))
    monkeypatch.setattr(postgres, "ensure", lambda: pytest.fail("a server was started"))
    assert states() == {"warehouse": "ok"}
    assert not (tmp_path / "postgres").exists()


# The installation


def test_a_production_without_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_ORIGIN", "https://pantau.kota.go.id")
    monkeypatch.setattr(keys, "there", lambda name: name != "webhook")
    found = installation.secrets()
    assert found.state is State.FAIL
    assert "webhook" in found.seen.en and found.remedy.en.endswith("python -m dashboard keys")
    with pytest.raises(PantauError, match="webhook"):
        production.require(Address("https://pantau.kota.go.id"))


def test_an_address_that_protects_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_ORIGIN", "http://pantau.kota.go.id")
    assert installation.secrets().state is State.FAIL
    monkeypatch.delenv("PANTAU_ORIGIN")
    assert installation.secrets().state is State.OK
    monkeypatch.setenv("PANTAU_OIDC_ISSUER", "https://sso.kota.go.id")
    assert "PANTAU_OIDC_CLIENT_ID" in installation.secrets().seen.en


def test_cities_without_a_release(tmp_path: Path) -> None:
    found = installation.releases(Shelf(tmp_path))
    assert found.state is State.WARN and "samarinda" in found.seen.en and "release" in found.remedy.en


def test_the_age_of_the_last_back_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PANTAU_BACKUPS", raising=False)
    assert installation.backups().state is State.WARN
    monkeypatch.setenv("PANTAU_BACKUPS", str(tmp_path))
    assert str(tmp_path) in installation.backups().seen.en
    now = dt.datetime.now(dt.UTC)
    told = {"made_at": now.isoformat(), "schema": "x", "server": "18", "runs": 1, "keys": {}, "files": {}}
    (tmp_path / "2026-01-01T000000Z").mkdir()
    (tmp_path / "2026-01-01T000000Z" / backup.MANIFEST).write_text(json.dumps(told))
    assert "same disk" in installation.backups(now).seen.en
    late = installation.backups(now + dt.timedelta(days=2))
    assert late.state is State.WARN and "48 h" in late.seen.en


# The outside world


def knocked(**reader: object) -> outside.Reached:
    kinds: dict[str, Callable[..., object]] = {"rest": Rest, "sql": Sql, "csv": Csv}
    ((kind, words),) = reader.items()
    assert isinstance(words, dict)
    source = source_of(contract("merchants"))
    return outside.knock(msgspec.structs.replace(source, reader=kinds[kind](**words)))


def test_sources_that_cannot_be_reached_are_named(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert knocked(sql={"url": f"mysql+pymysql://u:{SECRET}@127.0.0.1:{port}/x", "table": "t"}).why
        assert knocked(csv={"path": f"sftp://127.0.0.1:{port}/x"}).why
        assert knocked(rest={"url": f"http://127.0.0.1:{port}/x"}).why
    assert knocked(csv={"path": str(tmp_path / "nowhere")}).why
    assert not knocked(csv={"path": str(tmp_path)}).why
    found = outside._told([knocked(csv={"path": str(tmp_path / "nowhere")})])
    assert found.state is State.WARN and "kota/sumber" in found.seen.en and SECRET not in str(found)


@pytest.mark.parametrize(("date", "state"), [("Thu, 01 Jan 2026 00:00:00 GMT", "fail"), (None, None)])
def test_a_clock_that_is_off_beside_those_of_sources(date: str | None, state: str | None) -> None:
    with answering(b"", date) as port:
        reached = [knocked(rest={"url": f"http://127.0.0.1:{port}/"})]
    assert not reached[0].why
    assert [one.state.value for one in outside._clock(reached)] == ([state] if state else [])


# What is told


def test_the_exit_code_and_both_forms(capsys: pytest.CaptureFixture[str]) -> None:
    fine = Diagnosis("python", State.OK, Text("baik", "fine"))
    soon = Diagnosis("disk", State.WARN, Text("hampir", "nearly"), Text("kosongkan", "make room"))
    bad = Diagnosis("port 8050", State.FAIL, Text("dipakai", "taken"), Text("hentikan", "stop it"))
    assert doctor.main([], lambda only: [fine, soon]) == 0
    assert doctor.main([], lambda only: [fine, soon, bad]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("✗ port 8050") for line in lines) and any("→ make room" in line for line in lines)
    assert doctor.main(["--json"], lambda only: [fine, bad]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "fail" and told["checks"][1]["remedy"] == {"id": "hentikan", "en": "stop it"}
    assert worst([]) is State.OK
