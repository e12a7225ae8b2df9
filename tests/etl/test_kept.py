"""What is kept, for how long, and what is made of it again: raw deliveries, replay, back-fill, retention; and rests."""

import contextlib
import datetime as dt
import json
import os
import resource
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import sqlalchemy as sa

from etl import breaker, pipeline, raw
from etl.__main__ import _tick, main
from etl.catalogue import contracts
from etl.cities import City, CityError, load_city
from etl.contract import Column, Contract, Kind
from etl.errors import DiskFull, SourceError, WarehouseDown
from etl.load import Counts, Manner
from etl.pipeline import attempt, retained, run, take
from etl.readers.delivery import Delivery, Refusal, refused_frame
from etl.replay import replay
from etl.rules import AtLeast, Matches, OneOf
from etl.source import Source
from etl.span import Span
from etl.status import status
from etl.text import Text
from etl.warehouse import BACKFILLS, DRIFT, HISTORIES, QUARANTINE, RETENTIONS, RUNS, TABLES, Role, engine
from runner.state import state_dir
from tests.etl.made import AREA_CODES, Cells, delivery_of, source_of
from tests.etl.test_pipeline import GOOD, HEADER, SETTLED, Town, fetch, known, shops, town

__all__ = ["town"]
pytestmark = pytest.mark.usefixtures("warehouse")
DAY = 86_400
LIMITED = [contract for contract in contracts().values() if contract.retention]


@pytest.fixture(autouse=True)
def nothing_left(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Raw files of its own for each test, and empty tables afterwards."""
    (town.root / "state").mkdir()
    monkeypatch.setattr(raw, "state_dir", lambda: town.root / "state")
    yield
    with engine(Role.OWNER).begin() as connection:
        for table in (*TABLES.values(), *HISTORIES.values(), DRIFT, BACKFILLS, RETENTIONS):
            connection.execute(sa.delete(table))


def drop(town: Town, name: str, content: str, later: float, source: str = "toko") -> None:
    town.drop(town.root / f"{source}_inbox" / f"{name}.csv", content, SETTLED + int(later))


def merchants() -> dict[str, str]:
    return {row["merchant_id"]: row["name"] for row in fetch(TABLES["merchants"])}


def files() -> list[Path]:
    return sorted(raw.folder("samarinda").rglob("*.sealed"))


# Raw deliveries


def test_a_delivery_is_kept_as_it_came_for_us_alone(town: Town):
    town.csv("toko", satu=GOOD + "M9,Toko,Antah,2020-01-01\nM9,Toko,Antah,2020-01-01,lebih\n")
    run(town["toko"], town.city)
    (path,), (told,) = files(), fetch(RUNS)
    assert path.stem == told["raw"]
    assert [part.stat().st_mode & 0o777 for part in (path, *list(path.parents)[:3])] == [0o600, 0o700, 0o700, 0o700]
    again = raw.read(town["toko"], told["raw"], told["fresh_at"])
    assert again is not None and again.name == "satu.csv"
    assert again.rows["ID"].to_list() == ["M1", "M2", "M9"] and again.rows["_row"].to_list() == [2, 3, 4]
    assert again.refused["_row"].to_list() == [5] and "lebih" in again.refused["_cells"][0]


def test_polls_that_bring_nothing_pile_up_no_files(town: Town, tmp_path: Path):
    with sqlite3.connect(tmp_path / "sistem.db") as system:
        system.execute("CREATE TABLE toko (ID, NAMA, KEL, SEJAK)")
        system.execute("INSERT INTO toko VALUES ('M1', 'Toko', 'Sidodadi', '2020-01-01')")
    town.source("toko", f'kind = "sql"\nurl = "sqlite:///{tmp_path}/sistem.db"\ntable = "toko"')
    for number in range(4):
        assert run(town["toko"], town.city).counts.received == 1 + number // 2
        assert len(files()) == 1 + number // 2
        if number == 1:
            with sqlite3.connect(tmp_path / "sistem.db") as system:
                system.execute("INSERT INTO toko VALUES ('M2', 'Toko', 'Sidodadi', '2020-01-01')")
    with sqlite3.connect(tmp_path / "sistem.db") as system:
        system.execute("UPDATE toko SET SEJAK = '2020-01-01 '")  # other cells, the same rows
    assert run(town["toko"], town.city).counts.unchanged == 2
    assert {path.stem for path in files()} == {told["raw"] for told in fetch(RUNS)} and len(files()) == 2


# Replay


def replayed(*arguments: str) -> None:
    assert main(["replay", "--city", "samarinda", *arguments]) == 0


def test_a_replay_right_after_a_load_changes_nothing(town: Town):
    town.csv("toko", satu=GOOD + "M9,Toko,Antah,2020-01-01\n", dua=shops("N"))
    run(town["toko"], town.city)
    drop(town, "tiga", GOOD.replace("Toko Dua", "Toko Baru"), 5)  # without a revision: the later one has the last word
    run(town["toko"], town.city)
    before = fetch(TABLES["merchants"]), fetch(HISTORIES["merchants"]), fetch(QUARANTINE), known("toko")
    replayed()
    replayed()
    assert (fetch(TABLES["merchants"]), fetch(HISTORIES["merchants"]), fetch(QUARANTINE), known("toko")) == before
    (told,) = [run for run in fetch(RUNS) if run["delivery"] == "replay"]
    assert (told["received"], told["unchanged"], told["superseded"], told["polls"]) == (14, 10, 4, 2)


def test_a_replay_brings_in_what_a_new_alias_explains(town: Town):
    lost = "M9,Toko Hilang,Sidodadiku,2020-01-01\n"
    town.csv("toko", satu=GOOD + lost, dua=shops("N").replace("Toko Dua", "Toko Dua Lama"))
    run(town["toko"], town.city)
    drop(town, "tiga", shops("N"), 5)
    run(town["toko"], town.city)
    with (town.folder / "aliases.csv").open("a") as aliases:
        aliases.write("Sidodadiku,64.72.05.1004\n")
    replayed("--until", "2020-01-01")
    assert "M9" not in merchants()
    replayed()
    assert merchants()["M9"] == "Toko Hilang" and merchants()["N2"] == "Toko Dua"
    replayed()
    assert fetch(HISTORIES["merchants"])[0]["name"] == "Toko Dua Lama" and len(fetch(HISTORIES["merchants"])) == 1


def test_a_replay_of_a_part_leaves_the_last_word_to_what_came_after(town: Town):
    town.csv("toko", satu=GOOD + "M9,Toko Hilang,Sidodadiku,2020-01-01\n")
    run(town["toko"], town.city)
    drop(town, "dua", GOOD.replace("Toko Dua", "Toko Baru") + "M8,Toko Hilang,Sidodadiku,2020-01-01\n", 5)
    run(town["toko"], town.city)
    with (town.folder / "aliases.csv").open("a") as aliases:
        aliases.write("Sidodadiku,64.72.05.1004\n")
    first, second = sorted(told["started_at"] for told in fetch(RUNS))
    outcome = replay(town["toko"], town.city, Span(first, second), lambda *_: None)
    assert outcome.counts == Counts(3, 1, 0, 2, 0)
    assert merchants() == {"M1": "Toko Satu", "M2": "Toko Baru", "M9": "Toko Hilang"}


def test_a_replay_touches_only_what_its_source_brought(town: Town):
    town.csv("toko", satu=GOOD)
    town.csv("lain", satu=GOOD.replace("Toko Satu", "Toko Lain"))
    for name in ("toko", "lain"):
        run(town[name], town.city)
    replayed("--source", "toko")
    assert merchants()["M1"] == "Toko Lain"


@pytest.mark.parametrize("semantics", ["append", "snapshot"])
def test_a_replay_of_events_or_lists_changes_nothing_either(town: Town, semantics: str):
    town.csv("toko", satu=GOOD)
    path = town.folder / "sources" / "toko.toml"
    path.write_text(f'semantics = "{semantics}"\n{path.read_text()}')
    run(town["toko"], town.city)
    drop(town, "dua", GOOD.replace("Toko Dua", "Toko Baru").replace("M1", "M7"), 5)
    run(town["toko"], town.city)
    before = fetch(TABLES["merchants"]), fetch(HISTORIES["merchants"]), fetch(QUARANTINE)
    replayed()
    assert (fetch(TABLES["merchants"]), fetch(HISTORIES["merchants"]), fetch(QUARANTINE)) == before


def test_what_is_kept_no_longer_is_said(town: Town):
    town.csv("toko", satu=GOOD)
    run(town["toko"], town.city)
    files()[0].unlink()
    replayed()
    assert any("1 tidak lagi tersimpan" in told["note_id"] for told in fetch(RUNS))


# Back-fill


def backfilled(since: str, until: str, source: str = "toko") -> int:
    return main(["backfill", "--city", "samarinda", "--source", source, "--since", since, "--until", until])


def test_a_folder_is_filled_by_day_or_name_and_the_cursor_stays(town: Town):
    town.csv("toko", satu=GOOD)
    run(town["toko"], town.city)
    before = known("toko")
    with engine(Role.OWNER).begin() as connection:
        connection.execute(sa.delete(TABLES["merchants"]))
    drop(town, "toko_2026-01", shops("J"), 10)
    drop(town, "toko_2026-02-28", shops("F"), 10)
    drop(town, "toko_2026-03-01", shops("A"), 10)
    drop(town, "lama", shops("L"), 10)
    assert backfilled("2026-01-15", "2026-03-01") == 0
    assert merchants().keys() == {"J1", "J2", "F1", "F2"}
    assert backfilled("2020-09-01", "2020-10-01") == 0
    assert merchants().keys() == {"J1", "J2", "F1", "F2", "L1", "L2", "M1", "M2"}
    after = known("toko")
    assert (after["cursor"], after["fresh_at"]) == (before["cursor"], before["fresh_at"])


def test_a_backfill_that_was_cut_goes_on_where_it_was(town: Town, monkeypatch: pytest.MonkeyPatch):
    town.csv("toko", toko_2026_01_01=shops("A"), toko_2026_01_02=shops("B"), toko_2026_01_03=shops("C"))
    calls: list[str] = []

    def cut(*arguments: Any) -> Counts:
        calls.append(arguments[3].name)
        if len(calls) == 3:
            raise ZeroDivisionError
        return take(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("etl.backfill.take", cut)
        with pytest.raises(ZeroDivisionError):
            backfilled("2026-01-01", "2026-02-01")
    (place,) = fetch(BACKFILLS)
    assert place["finished_at"] is None and len(fetch(RUNS)) == 2
    assert backfilled("2026-01-01", "2026-02-01") == 0
    assert len(fetch(RUNS)) == 3 and len(merchants()) == 6 and fetch(BACKFILLS)[0]["finished_at"]


def test_a_backfill_fills_and_never_overwrites(town: Town):
    town.csv("toko", satu=GOOD)
    run(town["toko"], town.city)
    drop(town, "toko_2019-12-31", shops("M").replace("Toko", "Lama") + "M3,Lama,Sidodadi,2019-01-01\n", 5)
    assert backfilled("2019-12-01", "2020-01-01") == 0
    assert merchants() == {"M1": "Toko Satu", "M2": "Toko Dua", "M3": "Lama"}


SINCE = '[reader.since]\nfield = "UBAH"'


def test_a_table_is_filled_within_the_range(town: Town, tmp_path: Path):
    with sqlite3.connect(tmp_path / "sistem.db") as system:
        system.execute("CREATE TABLE toko (ID, NAMA, KEL, SEJAK, UBAH)")
        for day in range(1, 29):
            row = [f"M{day}", f"2026-01-{day:02d} 12:00:00"]
            system.execute("INSERT INTO toko VALUES (?, 'Toko', 'Sidodadi', '2020-01-01', ?)", row)
    reader = f'kind = "sql"\nurl = "sqlite:///{tmp_path}/sistem.db"\ntable = "toko"\nchunk = 3\n\n{SINCE}'
    town.source("toko", reader, 'updated_at = "UBAH"\n[format]\ndatetimes = ["%Y-%m-%d %H:%M:%S"]')
    assert backfilled("2026-01-05", "2026-01-15") == 0
    assert merchants().keys() == {f"M{day}" for day in range(5, 15)}
    assert fetch(BACKFILLS)[0]["finished_at"] and run(town["toko"], town.city).counts.received == 28


@contextlib.contextmanager
def service(asked: list[dict[str, str]]) -> Iterator[str]:
    """A shop's API that obeys ``since`` and ``until`` and notes what it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            asked.append(said)
            days = [f"2026-01-{day:02d} 12:00:00" for day in range(1, 29)]
            rows = [
                {"ID": f"M{day[8:10]}", "NAMA": "Toko", "KEL": "Sidodadi", "SEJAK": "2020-01-01", "UBAH": day}
                for day in days
                if said["page"] == "1" and said.get("dari", "") <= day < said.get("sampai", "9")
            ]
            body = json.dumps(rows).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/toko"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("ends", [True, False])
def test_a_service_is_filled_window_by_window_where_it_can_end_a_range(town: Town, ends: bool):
    asked: list[dict[str, str]] = []
    with service(asked) as url:
        end = 'until = "sampai"\n' if ends else ""
        reader = f'kind = "rest"\nurl = "{url}"\n\n{SINCE}\nparameter = "dari"\n{end}'
        town.source("toko", reader, 'updated_at = "UBAH"\n[format]\ndatetimes = ["%Y-%m-%d %H:%M:%S"]')
        assert backfilled("2026-01-05", "2026-01-20") == 0
    assert merchants().keys() == {f"M{day:02d}" for day in range(5, 20)}
    starts = list(dict.fromkeys(one["dari"][:10] for one in asked if one["page"] == "1"))
    assert starts == (["2026-01-05", "2026-01-12", "2026-01-19"] if ends else ["2026-01-05"])
    assert known_cursor("toko") is None


def known_cursor(name: str) -> Any:
    found = [row["cursor"] for row in fetch(pipeline.SOURCES) if row["source"] == name]
    return found[0] if found else None


def test_a_source_without_ranges_says_so(town: Town, capsys: pytest.CaptureFixture[str]):
    town.source("toko", 'kind = "sql"\nurl = "sqlite:///x"\ntable = "t"')
    assert backfilled("2026-01-01", "2026-02-01") == SourceError.exit_code
    assert "seluruh daftarnya" in capsys.readouterr().err
    assert backfilled("2026-02-01", "2026-01-01") == 1 and "2026-02-01" in capsys.readouterr().err


# Retention

CANARY = "KENARI 081234567890"


def filled(contract: Contract, at: dt.datetime) -> Cells:
    """A good row with something in every cell, of this moment."""
    return {column.name: cell_of(column, at) for column in contract.delivered}


def cell_of(column: Column, at: dt.datetime) -> str:
    for rule in column.rules:
        if isinstance(rule, OneOf):
            return rule.words[0]
        if isinstance(rule, Matches):
            return "1" * int(rule.pattern[-3:-1])
    least = [rule.minimum for rule in column.rules if isinstance(rule, AtLeast)]
    cells = {Kind.DATE: at.date().isoformat(), Kind.TIMESTAMP: at.isoformat(), Kind.BOOLEAN: "false"}
    cells |= {Kind.AREA: AREA_CODES[0], Kind.TEXT: "x", Kind.CATEGORY: "x"}
    return cells.get(column.kind, str(max(least, default=1)))


def brought(source: Source, city: City, delivery: Delivery) -> Counts:
    outcome = attempt(source, city, lambda connection: iter([take(connection, source, city, delivery, Manner())]))
    assert outcome.error is None, outcome.error
    return outcome.counts


@pytest.mark.parametrize("contract", LIMITED, ids=lambda contract: contract.name)
def test_when_its_time_is_over_it_is_gone_everywhere(contract: Contract, town: Town):
    source, city = source_of(contract, "kenari", "samarinda"), town.city
    first, second = (filled(contract, dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)) for hours in (9, 8))
    second = first | {name: second[name] for name in (str(contract.revision),)}
    for row in (first, second, dict.fromkeys(first) | {contract.delivered[0].name: CANARY}):
        marked = refused_frame([Refusal(9, Text("x", "x"), {"telepon": CANARY})])
        delivery = replace(delivery_of([row], contract, f"{len(fetch(RUNS))}.csv"), refused=marked)
        brought(source, city, delivery)
    assert len(fetch(TABLES[contract.name])) == len(fetch(HISTORIES[contract.name])) == 1
    assert len(fetch(QUARANTINE)) >= 3 and len(files()) == 3
    assert retained(city) == []
    longest = max(limit.days for limit in contract.retention)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=longest + 30)
    gone = {one.name for one in retained(city, later)}
    assert gone == {"raw_files", *(limit.name for limit in contract.retention)}
    assert files() == [] and all(
        row["cells"] == {} and row["value"] is None and row["key"] is None for row in fetch(QUARANTINE)
    )
    for table in (TABLES[contract.name], HISTORIES[contract.name]):
        for limit in contract.retention:
            assert all(row[name] is None for row in fetch(table) for name in limit.columns or ())
            assert limit.columns is not None or fetch(table) == []
    counted = {(row["name"], row["place"]) for row in fetch(RETENTIONS)}
    assert ("raw_files", "raw/kenari") in counted and len(counted) == len(fetch(RETENTIONS))
    assert retained(city, later) == []


@pytest.mark.parametrize("contract", LIMITED, ids=lambda contract: contract.name)
def test_what_comes_after_its_time_is_not_stored_again(contract: Contract, town: Town):
    old = filled(contract, dt.datetime.now(dt.UTC) - dt.timedelta(days=800))
    delivery = delivery_of([old], contract)
    expected = Counts(1, 0, 0, 1) if any(limit.columns is None for limit in contract.retention) else Counts(1, 1)
    assert brought(source_of(contract, "kenari", "samarinda"), town.city, delivery) == expected
    for row in fetch(TABLES[contract.name]):
        assert all(row[name] is None for limit in contract.retention for name in limit.columns or ())
        assert row.get("grid_lat", 0) is not None


def test_a_city_sets_its_own_limits(town: Town):
    path = town.folder / "city.toml"
    path.write_text(f"{path.read_text()}\n[retention]\nraw_files = 3\n")
    town.csv("toko", satu=GOOD)
    run(town["toko"], town.city)
    now = dt.datetime.now(dt.UTC)
    assert retained(town.city, now + dt.timedelta(days=2)) == []
    assert [one.removed for one in retained(town.city, now + dt.timedelta(days=4))] == [1]
    path.write_text(f"{path.read_text()}raw_file = 3\n")
    with pytest.raises(CityError, match=r"retention\.raw_file .*raw_files"):
        load_city("samarinda", town.root)
    path.write_text(path.read_text().replace("raw_file = 3", "covid_rows = 0"))
    with pytest.raises(CityError, match="covid_rows"):
        load_city("samarinda", town.root)


def test_retention_is_a_command(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("toko", satu=GOOD)
    run(town["toko"], town.city)
    os.utime(files()[0], (SETTLED, SETTLED))
    assert main(["retain"]) == 0
    assert "raw_files: 1" in capsys.readouterr().err and files() == []


# Rests and full disks


def test_a_source_that_fails_again_and_again_is_left_alone_until_it_answers(town: Town):
    town.csv("toko", satu="")
    source = town["toko"]
    assert [breaker.pause_s(source, failures) > 0 for failures in (1, breaker.AFTER - 1, breaker.AFTER)] == [
        False, False, True,
    ]  # fmt: skip
    for _ in range(breaker.AFTER):
        _tick(source, town.city)
    assert known("toko")["failures"] == breaker.AFTER and known("toko")["retry_at"]
    _tick(source, town.city)
    assert known("toko")["failures"] == breaker.AFTER  # not asked
    with engine(Role.ETL).connect() as connection:
        (entry,) = status(connection, [town.city])
    assert entry["failures"] == breaker.AFTER and entry["retry_at"]
    drop(town, "satu", GOOD, 5)
    assert main(["run"]) == 0  # a person does not wait
    assert known("toko")["failures"] == 0 and known("toko")["retry_at"] is None
    drop(town, "dua", shops("N"), 5)
    _tick(source, town.city)
    assert len(merchants()) == 4


def test_pauses_grow_up_to_half_the_promise(town: Town):
    town.csv("toko")
    source = msgspec.structs.replace(town["toko"], cadence_s=2, promise_s=500)
    pauses = [breaker.pause_s(source, failures) for failures in range(breaker.AFTER, breaker.AFTER + 20)]
    assert pauses[0] < 5 and all(1.3 < later / pause < 3.1 for pause, later in pairwise(pauses[:5]))
    assert all(200 <= pause <= 300 for pause in pauses[8:]) and len(set(pauses[8:])) > 1


def test_a_disk_that_is_full_stops_this_source_and_names_the_folder(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("besar", satu=HEADER + "".join(f"M{n},{n * 7919:x},Sidodadi,2020-01-01\n" for n in range(5_000)))
    town.csv("kecil", satu=shops("N"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, hard))
    try:
        code = main(["run"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    said = capsys.readouterr().err
    assert code == DiskFull.exit_code and merchants().keys() == {"N1", "N2"}
    for word in ("tidak ada ruang di", str(state_dir()), "MB", "satu.csv", "kosongkan ruang"):
        assert word in said, said
    assert len(files()) == 1 and not list(raw.folder("samarinda").rglob(".*"))
    assert main(["run"]) == 0 and len(merchants()) == 5_002


def test_a_warehouse_that_is_full_says_so(town: Town):
    town.csv("toko", satu=GOOD)
    body = "BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END"
    with engine(Role.OWNER).begin() as connection:
        connection.execute(sa.text(f"CREATE FUNCTION penuh() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"))
        connection.execute(
            sa.text("CREATE TRIGGER penuh BEFORE INSERT ON warehouse.merchants EXECUTE FUNCTION penuh()")
        )
    try:
        error = run(town["toko"], town.city).error
    finally:
        with engine(Role.OWNER).begin() as connection:
            connection.execute(sa.text("DROP FUNCTION penuh CASCADE"))
    assert isinstance(error, WarehouseDown) and "gudang data penuh" in str(error) and "could not extend" in str(error)
    assert fetch(RUNS) == [] and run(town["toko"], town.city).counts.loaded == 2
