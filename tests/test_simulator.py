"""The simulated world: one seed makes one world, and it knows what it sent."""

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from simulator import fraud
from simulator.catalogue import DATASETS
from simulator.dataset import Past
from simulator.exports import EXPORTS
from simulator.live import Life
from simulator.plans import PLANS
from simulator.scenery import Options, Scenery, sceneries
from simulator.serve import Outside
from simulator.world import histories, prepare

NOW = dt.datetime(2026, 8, 25, 6, 0, tzinfo=dt.UTC)
SMALL = Options(seed=2026, days=20, scale=0.05, now=NOW)
LONGER = Options(seed=5, days=70, scale=0.05, now=NOW)
CHECKOUT = Path(__file__).resolve().parent.parent


def _state(folder: Path) -> Path:
    """A state folder that PostgreSQL's own user may traverse when the tests run as root."""
    for parent in (folder, *list(folder.parents)[:3]):
        if parent.owner() == folder.owner() and parent != Path("/tmp"):
            parent.chmod(0o711)
    return folder


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    state = _state(tmp_path_factory.mktemp("world"))
    said: list[str] = []
    prepare(state, SMALL, said.append)
    assert said
    with Outside(state, SMALL) as world:
        yield world


def _counts(world: Outside) -> list[sa.Row[tuple[object, ...]]]:
    with world.stores.truth.engine.connect() as connection:
        return list(connection.execute(sa.select(world.stores.truth.planted)))


def _sound(world: Outside, dataset: str, code: str) -> int:
    table = sa.Table(dataset, sa.MetaData(), autoload_with=world.stores.truth.engine)
    query = sa.select(sa.func.count()).where(table.c.city_code == code, table.c.refused == 0)
    with world.stores.truth.engine.connect() as connection:
        return connection.scalar(query.select_from(table)) or 0


def exported(city: str) -> set[str]:
    """The datasets that a city's upstreams write."""
    return {dataset for of, dataset in EXPORTS if of == city}


def _settings(world: Outside) -> dict[str, str]:
    lines = (world.state / "settings.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def _token(settings: dict[str, str], secret: str | None = None) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": settings["SURABAYA_CLIENT_ID"],
        "client_secret": secret or settings["SURABAYA_CLIENT_SECRET"],
    }
    return httpx.post(settings["SURABAYA_TOKEN_URL"], data=form)


def test_the_same_seed_makes_the_same_world() -> None:
    once, again = (dict(histories(sceneries(SMALL)[0], SMALL)) for _ in range(2))
    assert set(once) == exported("samarinda")
    for dataset, rows in once.items():
        assert rows.height
        assert rows.equals(again[dataset]), dataset


@pytest.mark.parametrize("scenery", sceneries(LONGER), ids=lambda one: one.plan.slug)
def test_stories_are_planted_of_every_kind_and_are_the_same_again(scenery: Scenery) -> None:
    once, again = (Past(scenery, LONGER, DATASETS) for _ in range(2))
    assert once.planted.cases.equals(again.planted.cases) and once.planted.lines.equals(again.planted.lines)
    assert once.planted.cases["rule"].n_unique() == len(fraud.KINDS)
    orders, shops, people = (once[name] for name in ("marketplace_orders", "merchants", "civil_servants"))
    assert orders.join(once.planted.lines, on="order_id", how="semi").height == once.planted.lines.height
    owners = shops.join(once.planted.owners, on=["merchant_id", "owner_nik"], how="semi")
    assert owners.height == once.planted.owners.height == owners["owner_nik"].is_in(people["nik"].to_list()).sum()
    left = orders.join(people, on="nip").filter(
        pl.col("ordered_at").dt.date() > pl.col("retired_on") + pl.duration(days=1)
    )
    retired = once.planted.cases.filter(pl.col("rule") == "retired_buyer")["key"]
    assert set(left.filter(pl.col("status") == "paid")["nip"]) <= set(retired)  # nobody else orders after retirement


def test_a_short_history_has_no_stories() -> None:
    short = Options(seed=1, days=10, scale=0.05, now=NOW)
    assert Past(sceneries(short)[0], short, DATASETS).planted.cases.is_empty()


def test_another_seed_makes_another_world() -> None:
    other = Options(seed=7, days=20, scale=0.05, now=NOW)
    once, again = (dict(histories(sceneries(options)[0], options)) for options in (SMALL, other))
    assert not once["marketplace_orders"].equals(again["marketplace_orders"])


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.slug)
def test_what_was_sent_is_the_truth_and_the_dirt(outside: Outside, plan) -> None:
    rows = [row for row in _counts(outside) if row.city == plan.slug]
    assert {row.source for row in rows} == exported(plan.slug)
    for row in rows:
        clean = row.delivered_rows - row.refused_rows - row.duplicate_rows - row.superseded_rows
        assert clean == _sound(outside, row.source, plan.code), row


def test_keys_are_unique_and_nothing_lies_ahead() -> None:
    for scenery in sceneries(SMALL):
        for dataset, rows in histories(scenery, SMALL):
            assert rows.select(DATASETS[dataset].key).is_duplicated().sum() == 0, dataset
            for moment in {"ordered_at", "called_at"} & set(rows.columns):
                assert rows[moment].max() <= NOW.replace(tzinfo=None)


def test_identifiers_have_the_right_shape() -> None:
    truth = dict(histories(sceneries(SMALL)[1], SMALL))
    assert truth["civil_servants"]["nip"].str.contains(r"^\d{18}$").all()
    assert truth["bansos_grants"].select(pl.col("nik", "kk").str.contains(r"^\d{16}$").all()).row(0) == (True, True)


def test_deliveries_are_of_orders_that_were_paid() -> None:
    truth = dict(histories(sceneries(SMALL)[0], SMALL))
    paid = truth["marketplace_orders"].filter(pl.col("status") == "paid")
    assert truth["deliveries"]["order_id"].is_in(paid["order_id"].to_list()).all()


def test_the_digitalisation_budget_is_that_of_the_eleven_sites() -> None:
    budget = dict(histories(sceneries(SMALL)[0], SMALL))["site_budgets"]
    assert budget["budget"].sum() == 8_000_000_000
    assert budget["area_code"].n_unique() == 11
    assert "64.72.02" in budget["area_code"]
    assert (budget["realised"] <= budget["budget"]).all()


def test_no_function_is_invented_for_an_app() -> None:
    registry = dict(histories(sceneries(SMALL)[2], SMALL))["app_registry"]
    silent = {"Banyumas Pantau Warga", "Si Bandot", "Susanmas", "Jegos", "Simpatik Integrasi", "e-Office"}
    unknown = registry.filter(pl.col("purpose").is_null())
    assert set(unknown["app"]) == silent
    assert unknown["sector"].null_count() == len(silent)


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_what_happens_live_is_declared_for_cities_that_have_it(dataset: str) -> None:
    pulse = DATASETS[dataset].pulse
    assert not pulse or all((city, dataset) in EXPORTS for city in pulse.share)
    assert not pulse or sum(pulse.share.values()) == pytest.approx(1)


def test_most_calls_are_no_emergency() -> None:
    shares = dict(histories(sceneries(SMALL)[1], SMALL))["emergency_calls"]["outcome"].value_counts(normalize=True)
    share = dict(shares.rows())
    assert 0.6 < share["prank"] + share["ghost"] < 0.8
    assert 0.02 < share["emergency"] < 0.1


def test_a_second_preparation_changes_nothing(outside: Outside) -> None:
    said: list[str] = []
    assert prepare(outside.state, Options(1, None, 1.0, NOW), said.append) == SMALL
    assert said == []


def test_wrong_secrets_and_missing_tokens_are_refused(outside: Outside) -> None:
    settings = _settings(outside)
    assert _token(settings, "wrong").status_code == 401
    assert httpx.get(f"{settings['SURABAYA_API_URL']}/cursor/orders").status_code == 401


@pytest.mark.parametrize("limit", [7, 5_000])
def test_cursor_pages_hold_every_row_once(outside: Outside, limit: int) -> None:
    settings = _settings(outside)
    bearer = {"Authorization": f"Bearer {_token(settings).json()['access_token']}"}
    found, asked = [], {"limit": str(limit)}
    while asked:
        answer = httpx.get(f"{settings['SURABAYA_API_URL']}/cursor/stores", params=asked, headers=bearer).json()
        found += answer["data"]
        following = answer["meta"]["next_cursor"]
        asked = asked | {"cursor": following} if following else {}
    (row,) = (row for row in _counts(outside) if (row.city, row.source) == ("surabaya", "merchants"))
    assert len(found) == row.delivered_rows


def test_each_city_reads_its_own_calls_only(outside: Outside) -> None:
    settings = _settings(outside)
    own = sa.create_engine(settings["SAMARINDA_DATABASE_URL"])
    with own.connect() as connection:
        count = connection.scalar(sa.select(sa.func.count()).select_from(sa.table("laporan", schema="samarinda")))
    (row,) = (row for row in _counts(outside) if (row.city, row.source) == ("samarinda", "emergency_calls"))
    assert count == row.delivered_rows
    with own.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        connection.execute(sa.select(sa.table("psc119", sa.column("nomor"), schema="banyumas")))
    own.dispose()


def test_aid_workbooks_look_like_those_of_an_office(outside: Outside) -> None:
    books = sorted(outside.stores.folder("samarinda", "bansos").glob("PKH_*.xlsx"))
    rows = CalamineWorkbook.from_path(books[0]).get_sheet_by_index(0).to_python()
    head = next(number for number, row in enumerate(rows) if row[0] == "NO")
    assert 2 <= head <= 5
    assert "SIMULASI" in str(rows[0][0])
    assert rows[head][1:] == list(EXPORTS["samarinda", "bansos_grants"].columns)
    assert str(rows[-2][0]).startswith("JUMLAH")
    assert rows[-1][0] == "TOTAL"


def test_life_reaches_truth_and_upstream_alike(tmp_path: Path) -> None:
    state = _state(tmp_path)
    prepare(state, SMALL, lambda _: None)
    with Outside(state, SMALL) as world:
        then = {(row.city, row.source): row.delivered_rows for row in _counts(world)}
        life = Life(world.stores, sceneries(SMALL), NOW, seed=1)
        for seconds in range(0, 600, 5):
            life.step(NOW + dt.timedelta(seconds=seconds))
        life.finish(NOW + dt.timedelta(seconds=600))
        rows = _counts(world)
        assert sum(row.delivered_rows for row in rows) > sum(then.values()) + 150
        codes = {plan.slug: plan.code for plan in PLANS}
        for row in rows:
            clean = row.delivered_rows - row.refused_rows - row.duplicate_rows - row.superseded_rows
            assert clean == _sound(world, row.source, codes[row.city]), row
        more = {(row.city, row.source) for row in rows if row.delivered_rows > then[row.city, row.source]}
        alive = {(city, name) for name, one in DATASETS.items() if one.pulse for city in one.pulse.share}
        assert {name for _, name in more} >= {name for _, name in alive} - {"bansos_grants"}


def test_serving_stops_when_told(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "simulator",
        "serve",
        "--state",
        str(_state(tmp_path)),
        "--days",
        "5",
        "--scale",
        "0.02",
    ]
    with subprocess.Popen([*command, "--frozen"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        assert any(line == "ready\n" for line in served.stdout)
        address = dict(line.split("=", 1) for line in (tmp_path / "settings.env").read_text().splitlines())
        assert httpx.get(address["SAMARINDA_API_URL"] + "/page/toko").status_code == 401
        os.kill(served.pid, signal.SIGTERM)
        assert served.wait(timeout=60) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(address["SAMARINDA_API_URL"] + "/page/toko")
