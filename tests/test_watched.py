"""What watches an installation: readiness part by part, counters for who may read them, logs without people."""

import datetime as dt
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from dashboard.answers import Cache, ready
from dashboard.gauges import Gauges
from dashboard.live import Live
from dashboard.metrics import BUCKETS_S, KINDS, Metrics, kind_of
from dashboard.public import create as create_public
from dashboard.public import watched
from dashboard.readiness import Readiness
from etl import declared, health, logs
from etl.bundle import Shelf
from etl.cities import load_city
from etl.warehouse import METADATA, QUARANTINE, RUNS, SOURCES, Role, engine
from runner import machine
from runner.diagnosis import Diagnosis, well
from runner.processes import say
from tests.etl.conftest import forget_engines

CITY = load_city("samarinda")
NOW = dt.datetime(2026, 11, 27, 4, tzinfo=dt.UTC)
TOKEN = "s" * 24


@pytest.fixture(scope="module")
def warehouse(module_warehouse_url: str) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", module_warehouse_url)
        yield module_warehouse_url
        forget_engines()


def app() -> tuple[Flask, Metrics]:
    """A small application that counts."""
    server, metrics = Flask("uji"), Metrics()
    metrics.follow(server)
    server.add_url_rule("/panel/<page>/<name>", "panel", lambda page, name: "x")
    server.add_url_rule("/metrics", "metrics", metrics.answer)
    server.add_url_rule("/readyz", "readyz", Readiness().answer)
    return server, metrics


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.delenv("PANTAU_METRICS_TOKEN", raising=False)
    return app()[0].test_client()


def samples(text: str) -> dict[tuple[str, ...], float]:
    """What is exposed, by name and values of labels in the order of their names."""
    told = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return {(one.name, *(value for _, value in sorted(one.labels.items()))): one.value for one in told}


def parts() -> dict[str, str]:
    return {one.name: one.state.value for one in health.ready()}


# Readiness


@pytest.mark.usefixtures("warehouse")
def test_a_part_that_is_well_and_a_worker_that_never_ran() -> None:
    assert parts() == {"warehouse": "ok", "schema": "ok", "writable": "ok", "sources": "warn", "disk": "ok"}


@pytest.mark.usefixtures("warehouse")
def test_sources_that_come_in_time_make_everything_ready(client: FlaskClient) -> None:
    with engine(Role.OWNER).begin() as connection:
        connection.execute(SOURCES.insert().values(source_row("calls", sa.func.now())))
    reply = client.get("/readyz?all")
    assert (reply.status_code, reply.json["status"]) == (200, "ready")
    with engine(Role.OWNER).begin() as connection:
        connection.execute(SOURCES.update().values(fresh_at=NOW - dt.timedelta(days=400)))
    client = app()[0].test_client()  # what was seen a moment ago is told again
    assert client.get("/readyz").json["parts"]["sources"] == "warn"
    assert (client.get("/readyz").status_code, client.get("/readyz?all").status_code) == (200, 503)
    with engine(Role.OWNER).begin() as connection:
        connection.execute(SOURCES.delete())


def source_row(name: str, fresh_at: Any) -> dict[str, Any]:
    texts = dict.fromkeys(("app", "title_id", "title_en", "owner", "licence"), "-")
    row = {"city_code": CITY.code, "source": name, "dataset": "emergency_calls", "promise_s": 60, "simulated": True}
    return texts | row | {"fresh_at": fresh_at}


def test_a_warehouse_that_is_away_is_named_and_its_address_is_not(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://pantau:rahasia@127.0.0.1:1/gudang")
    reply = client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json == {"status": "not ready", "parts": {"warehouse": "fail", "disk": "ok"}}
    assert "rahasia" not in reply.text and "127.0.0.1" not in reply.text


def test_many_that_ask_at_once_are_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, begin = [], threading.Barrier(9, timeout=20)

    def look() -> list[Diagnosis]:
        looked.append(1)
        return [well("warehouse", "baik", "fine")]

    monkeypatch.setattr(health, "ready", look)
    readiness, told = Readiness(), []

    def ask() -> None:
        begin.wait()
        told.append(readiness._parts())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    begin.wait()
    for thread in threads:
        thread.join()
    assert told == [{"warehouse": "ok"}] * 8 and looked == [1]


@pytest.mark.usefixtures("warehouse")
def test_an_old_schema_is_not_ready_and_a_newer_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    known = declared.fingerprint()
    monkeypatch.setattr(declared, "fingerprint", lambda: "newer0000000")
    assert parts()["schema"] == "fail"
    with engine(Role.OWNER).begin() as connection:
        declared.note(connection)
    assert parts()["schema"] == "ok"
    monkeypatch.setattr(declared, "fingerprint", lambda: known)
    with engine(Role.BELL).connect() as connection:
        assert declared.standing(connection) is declared.Standing.NEWER
    assert parts()["schema"] == "ok"


def test_the_fingerprint_changes_with_a_column_and_is_no_number() -> None:
    declared.fingerprint.cache_clear()
    before = declared.fingerprint()
    extra = sa.Table("extra", METADATA, sa.Column("x", sa.Text()), schema="ledger")
    declared.fingerprint.cache_clear()
    after = declared.fingerprint()
    METADATA.remove(extra)
    declared.fingerprint.cache_clear()
    assert before != after and declared.fingerprint() == before
    assert len(before) < 16


def test_a_disk_that_is_nearly_full_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x@127.0.0.1:1/x")
    monkeypatch.setattr(
        machine.shutil, "disk_usage", lambda path: machine.shutil._ntuple_diskusage(10**12, 10**12, 10**8)
    )
    assert parts()["disk"] == "fail"


@given(
    ages=st.lists(st.integers(0, 10_000), min_size=1, max_size=8), promise=st.integers(1, 3000), without=st.booleans()
)
def test_a_source_is_late_when_it_is_older_than_it_promised_and_then_some(
    ages: list[int], promise: int, without: bool
) -> None:
    known = [
        {"city_code": "1", "source": f"s{number}", "promise_s": promise, "fresh_at": NOW - dt.timedelta(seconds=age)}
        for number, age in enumerate(ages)
    ] + [{"city_code": "1", "source": "never", "promise_s": promise, "fresh_at": None}] * without
    late = sum(age > max(3 * promise, 300) for age in ages) + without
    found = health.sources_in_time(known, NOW)
    assert (found.state == "ok") == (late == 0)
    assert ("worker" in found.seen.en) == (late == len(known))


def test_the_public_site_is_ready_once_it_has_a_release(tmp_path: Path) -> None:
    reply = create_public(Shelf(tmp_path)).test_client().get("/readyz")
    assert (reply.status_code, reply.json["parts"]) == (503, {"releases": "fail"})


# Metrics


def test_requests_are_counted_by_declared_kinds_whatever_is_asked(client: FlaskClient) -> None:
    for path in ("/panel/kota/gmv?kota=x", "/panel/a/b", "/6472011234567890", "/nope?nik=1"):
        client.get(path)
    text = client.get("/metrics").text
    told = samples(text)
    assert told["pantau_requests_total", "panel", "2xx"] == 2
    assert told["pantau_requests_total", "none", "4xx"] == 2
    assert told["pantau_request_seconds_count", "panel"] == 2
    assert "gmv" not in text and "6472011234567890" not in text


@given(st.text(max_size=40))
def test_no_word_of_a_request_becomes_a_label(said: str) -> None:
    assert kind_of(f"/{said}") in {*KINDS.values(), "page"}


@pytest.mark.parametrize(
    ("headers", "where", "token", "status"),
    [
        ({}, "127.0.0.1", "", 200),
        ({}, "::1", "", 200),
        ({}, "10.0.0.9", "", 403),
        ({"Host": "pantau.kota.go.id"}, "127.0.0.1", "", 403),
        ({"Host": "evil.example:8050"}, "127.0.0.1", "", 403),
        ({"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1", "", 403),
        ({"Forwarded": "for=127.0.0.1"}, "127.0.0.1", "", 403),
        ({}, "127.0.0.1", TOKEN, 403),
        ({"Authorization": f"Bearer {TOKEN}"}, "10.0.0.9", TOKEN, 200),
        ({"Authorization": f"Bearer {TOKEN}x"}, "127.0.0.1", TOKEN, 403),
        ({"Authorization": f"Basic {TOKEN}"}, "127.0.0.1", TOKEN, 403),
        ({"Authorization": "Bearer ü"}, "127.0.0.1", TOKEN, 403),
        ({"Authorization": "Bearer short"}, "127.0.0.1", "short", 403),
        ({}, "nonsense", "", 403),
    ],
)
def test_who_may_read_metrics(
    client: FlaskClient,
    headers: dict[str, str],
    where: str,
    token: str,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PANTAU_METRICS_TOKEN", token)
    reply = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": where})
    assert reply.status_code == status
    assert ("pantau_requests" in reply.text) == (status == 200)


@pytest.mark.usefixtures("warehouse")
def test_the_warehouse_is_told_in_numbers_and_no_person_is() -> None:
    run = {"source": "calls", "dataset": "emergency_calls", "delivery": "d", "started_at": NOW, "finished_at": NOW}
    with engine(Role.OWNER).begin() as connection:
        connection.execute(
            RUNS.insert().values(run | {"city_code": CITY.code, "received": 5, "loaded": 3, "quarantined": 2})
        )
        connection.execute(SOURCES.insert().values(source_row("calls", sa.func.now())))
        refused = {"row": 1, "column": "x", "reason_id": "a", "reason_en": "b", "received_at": NOW}
        refused |= {"value": "6472011234567890", "cells": {"nama": "Siti"}}
        named = {"city_code": CITY.code, "source": "calls", "dataset": "emergency_calls", "delivery": "d"}
        connection.execute(QUARANTINE.insert().values(named | refused))
    answers, metrics = Cache(ready), Metrics()
    for _ in range(3):
        answers.get("q", 1, dict)
    metrics.registry.register(Gauges(Live(), answers, {CITY.slug: CITY}))
    server = Flask("uji")
    server.add_url_rule("/metrics", "metrics", metrics.answer)
    text = server.test_client().get("/metrics").text
    told = samples(text)
    assert told["pantau_rows_total", "samarinda", "loaded", "calls"] == 3
    assert told["pantau_rows_total", "samarinda", "quarantined", "calls"] == 2
    assert told["pantau_quarantine_open", "samarinda", "calls"] == 1
    assert 0 <= told["pantau_source_age_seconds", "samarinda", "emergency_calls", "calls"] < 60
    assert told["pantau_source_promise_seconds", "samarinda", "emergency_calls", "calls"] == 60
    assert (told["pantau_panels_computed_total",], told["pantau_panels_kept_total",]) == (1, 2)
    assert told["pantau_warehouse_up",] == 1 and told["pantau_sessions",] == 0
    assert "Siti" not in text and "6472011234567890" not in text
    with engine(Role.OWNER).begin() as connection:
        for table in (RUNS, SOURCES, QUARANTINE):
            connection.execute(table.delete())


@pytest.mark.usefixtures("warehouse")
def test_who_listens_for_ever_takes_no_connection_from_who_asks() -> None:
    live = Live()
    live.of(CITY.code)
    live.wait(0, 30)
    assert live.rings > 0
    pool = engine(Role.BELL).pool
    assert isinstance(pool, sa.QueuePool) and pool.checkedout() == 0


def test_a_warehouse_that_is_away_is_0_and_nothing_old_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x@127.0.0.1:1/x")
    found = {family.name: family for family in Gauges(Live(), Cache(ready), {CITY.slug: CITY}).collect()}
    assert found["pantau_warehouse_up"].samples[0].value == 0
    assert "pantau_rows" not in found


def test_the_public_site_counts_how_answers_came_about(tmp_path: Path) -> None:
    server = create_public(Shelf(tmp_path))
    watched.metrics_of(server).count("kept", 200)
    told = samples(server.test_client().get("/metrics").text)
    assert told["pantau_requests_total", "kept", "2xx"] == 1
    assert server.test_client().get("/metrics", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 403


def test_buckets_go_up() -> None:
    assert list(BUCKETS_S) == sorted(BUCKETS_S)


# Logs


@given(st.from_regex(r"\d{16}(\d\d)?", fullmatch=True), st.text(alphabet=" ,;:=()'\"/-a", max_size=5))
def test_no_log_holds_an_identity_number(number: str, around: str) -> None:
    record = logging.LogRecord("uji", logging.WARNING, "", 1, "baris %s", (f"{around}{number}{around[::-1]}",), None)
    for form in (logs.Plain(logs.PLAIN), logs.Lines()):
        assert number not in form.format(record) and "baris" in form.format(record)


def test_a_line_for_machines_is_one_object_with_its_trace() -> None:
    try:
        raise ValueError("NIK 6472011234567890\nsalah")
    except ValueError as error:
        trace = (type(error), error, error.__traceback__)
    record = logging.LogRecord("uji", logging.ERROR, "", 1, "gagal: %d", (7,), trace)
    written = logs.Lines().format(record)
    told = json.loads(written)
    assert "\n" not in written and "6472011234567890" not in written
    assert (told["level"], told["logger"], told["message"]) == ("error", "uji", "gagal: 7")
    assert dt.datetime.fromisoformat(told["time"]).tzinfo and "ValueError" in told["exception"]


def test_the_runner_keeps_one_object_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_LOG", "json")
    say("etl", "biasa 3301010101010001")
    say("etl", '{"message": "sudah"}')
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["logger"], second) == ("etl", {"message": "sudah"}) and "3301" not in first["message"]
