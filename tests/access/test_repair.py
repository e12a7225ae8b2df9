"""Refused rows on the page: a reason first, then the cells; a fix that the worker applies; a trail that holds."""

import csv
import io
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import command
from dashboard.access.roles import Grant, Role
from dashboard.repair import causes
from etl import audit
from etl.__main__ import main
from etl.audit import ENTRIES, Look
from etl.cities import load_city, readable_sources
from etl.crosschecks import rules
from etl.quarantine import apply_fixes
from etl.warehouse import CHECKS, FINDINGS, FIXES, QUARANTINE, SOURCES, engine, opening
from etl.warehouse import Role as SqlRole
from tests.etl.conftest import warehouse
from tests.etl.test_pipeline import Town
from tests.etl.test_quarantine import AT, LINES, ROAD, orders
from tests.signed_in import COOKIE, OURS, token_with

__all__ = ["warehouse"]

WHY = {"purpose": "repair", "reason": "memeriksa kiriman kemarin"}
BAD = f"A1,{AT},M1,1,Rp gratis,{AT},lunas\nA2,{AT},M1,1,murah,{AT},lunas\n"
UNKNOWN = f"A3,{AT},M1,1,5000,{AT},beres\nA4,{AT},M1,1,5000,{AT},lunas\n"
CITY = load_city("samarinda")


@pytest.fixture(scope="module")
def app(warehouse: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A town of its own with refused rows, and the command center on it."""
    root = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_CITIES", str(root))
        town = Town(root)
        orders(town, satu=LINES + BAD, dua=LINES + UNKNOWN)
        town.csv("toko", satu=ROAD)
        main(["run"])
        command.cities.cache_clear()
        yield command.create()
    command.cities.cache_clear()


@pytest.fixture
def steward(app: Flask) -> FlaskClient:
    return client_of(app, Grant(Role.STEWARD, CITY.code))


def client_of(app: Flask, *grants: Grant) -> FlaskClient:
    browser = app.test_client()
    browser.set_cookie(COOKIE, token_with(*grants))
    return browser


def post(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    return browser.post(f"{path}?kota={CITY.slug}", data=form, headers=OURS | {"Accept": "text/html"})


def cause_of(**wanted: str) -> dict[str, str]:
    """An open cause of the town, as the page's form names it."""
    wanted = wanted or {"reason_class": "area"}
    found = next(one for one in causes(CITY) if wanted.items() <= one.items())
    return {"source": found["source"], "column": found["column"], "cause": found["reason_class"]}


def open_rows(browser: FlaskClient, **wanted: str) -> str:
    reply = post(browser, "/karantina/buka", **cause_of(**wanted), **WHY)
    assert reply.status_code == 303, reply.text
    return reply.headers["Location"]


def entry(address: str) -> str:
    return address.partition("buka=")[2].partition("&")[0]


def refused(**wanted: str) -> list[dict[str, object]]:
    with engine(SqlRole.ETL).connect() as connection:
        query = sa.select(QUARANTINE).where(QUARANTINE.c.city_code == CITY.code, QUARANTINE.c.state == "open")
        rows = connection.execute(query.order_by(QUARANTINE.c.quarantine_id)).mappings().all()
    return [dict(row) for row in rows if wanted.items() <= row.items()]


def test_the_list_tells_causes_and_no_cell(steward: FlaskClient) -> None:
    told = steward.get(f"/karantina?kota={CITY.slug}").text
    rows = refused()
    assert rows
    values = {value for one in rows for value in one["cells"].values() if len(value) > 9}  # type: ignore[attr-defined]
    assert not [value for value in values if value in told]


NO_REASON = [{}, {"purpose": "repair"}, {"purpose": "x", "reason": "cukup panjang"}, WHY | {"reason": " "}]


@pytest.mark.parametrize("said", NO_REASON)
def test_no_reason_no_rows(steward: FlaskClient, said: dict[str, str]) -> None:
    before = len(audit.entries(CITY.code))
    reply = post(steward, "/karantina/buka", **cause_of(), **said)
    assert reply.status_code == 400 and len(audit.entries(CITY.code)) == before


def test_rows_open_after_a_reason_and_both_are_written_down(steward: FlaskClient) -> None:
    before = len(audit.entries(CITY.code))
    told = steward.get(open_rows(steward)).text
    shown, opened = audit.entries(CITY.code)[: len(audit.entries(CITY.code)) - before]
    assert (opened["kind"], shown["kind"], opened["reason"]) == ("opened", "shown", WHY["reason"])
    assert shown["row_count"] == len(shown["subjects"]) > 0
    assert "Jl. Merdeka" in told and WHY["reason"] in told


def test_an_entry_opens_rows_to_who_made_it_and_to_nobody_else(app: Flask, steward: FlaskClient) -> None:
    address = open_rows(steward)
    other = client_of(app, Grant(Role.STEWARD, CITY.code))
    assert other.get(address).status_code == 403
    foreign = Look("35.78", "x", "X", "steward", "repair", "kota lain", "quarantine toko - row")
    assert steward.get(f"/karantina/baris?buka={audit.opened(foreign)}").status_code == 403


def test_the_database_itself_keeps_rows_from_who_gave_no_reason(app: Flask) -> None:
    def seen(entry_id: int, who: str) -> int:
        with opening(CITY.code, entry_id, who) as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(QUARANTINE)) or 0

    look = Look(CITY.code, "seorang", "Seorang", "steward", "repair", "uji baris", "quarantine x - area")
    mine = audit.opened(look)
    shown = audit.shown(look, 0, [])
    assert seen(mine, "seorang") == len(everything()) > 0
    others = [(0, "seorang"), (mine, "orang lain"), (shown, "seorang"), (mine + 10_000, "seorang")]
    assert [seen(*other) for other in others] == [0] * 4
    with engine(SqlRole.OWNER).begin() as connection:  # a quarter of an hour later
        late = ENTRIES.c.at - sa.text("interval '15 minutes'")
        connection.execute(sa.update(ENTRIES).where(ENTRIES.c.entry_id == mine).values(at=late))
    assert seen(mine, "seorang") == 0
    with engine(SqlRole.OWNER).begin() as connection:
        back = ENTRIES.c.at + sa.text("interval '15 minutes'")
        connection.execute(sa.update(ENTRIES).where(ENTRIES.c.entry_id == mine).values(at=back))
    assert audit.broken(CITY.code) is None


def everything() -> list[object]:
    with engine(SqlRole.ETL).connect() as connection:
        return list(
            connection.scalars(sa.select(QUARANTINE.c.quarantine_id).where(QUARANTINE.c.city_code == CITY.code))
        )


def test_the_trail_cannot_be_changed_and_would_show_it(steward: FlaskClient) -> None:
    open_rows(steward)
    for change in (sa.update(ENTRIES).values(reason="lain"), sa.delete(ENTRIES)):
        with engine(SqlRole.STEWARD).begin() as connection, pytest.raises(sa.exc.ProgrammingError, match="denied"):
            connection.execute(change)
    newest = audit.entries(CITY.code)[0]["entry_id"]
    mine = ENTRIES.c.entry_id == newest
    said = audit.entries(CITY.code)[0]["reason"]
    assert "utuh" in steward.get("/jejak").text
    with engine(SqlRole.OWNER).begin() as connection:
        connection.execute(sa.update(ENTRIES).where(mine).values(reason="lain"))
    assert audit.broken(CITY.code) == newest and "Rantai putus" in steward.get("/jejak").text
    with engine(SqlRole.OWNER).begin() as connection:
        connection.execute(sa.update(ENTRIES).where(mine).values(reason=said))
    assert audit.broken(CITY.code) is None


def test_the_trail_can_be_searched_and_taken_home(steward: FlaskClient) -> None:
    open_rows(steward)
    assert WHY["reason"] in steward.get("/jejak?cari=kiriman kemarin").text
    assert WHY["reason"] not in steward.get("/jejak?cari=tidak ada yang begini").text
    sheet = post(steward, "/jejak/unduh").text.removeprefix("\ufeff")
    assert len(list(csv.DictReader(io.StringIO(sheet)))) == len(audit.entries(CITY.code))


STAFF = (Role.STEWARD, Role.ADMIN, Role.OPERATOR)
WITH_A_CITY = ("/karantina", "/karantina/perbaikan", "/temuan", "/jejak", "/admin", "/layar", "/layar/setuju")


def test_simulated_data_say_so_on_every_page_of_the_staff(app: Flask) -> None:
    browser = client_of(app, *(Grant(role, CITY.code) for role in STAFF))
    real = {row["source"] for row in causes(CITY)}
    paths = [*WITH_A_CITY, open_rows(browser)]
    assert real and [path for path in paths if "SIMULASI" in browser.get(path).text] == []
    mine = sa.update(SOURCES).where(SOURCES.c.city_code == CITY.code, SOURCES.c.source == min(real))
    for simulated in (True, False):
        with engine(SqlRole.ETL).begin() as connection:
            connection.execute(mine.values(simulated=simulated))
        assert {"SIMULASI" in browser.get(path).text for path in paths} == {simulated}
    assert "SIMULASI" not in browser.get("/tidak-ada", headers={"Accept": "text/html"}).text


def test_no_trail_no_rows(steward: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = open_rows(steward)

    def full(*_: object) -> int:
        raise sa.exc.OperationalError("insert", {}, Exception("no space left"))

    monkeypatch.setattr(audit, "shown", full)
    reply = steward.get(address)
    assert reply.status_code == 500 and "Jl. Merdeka" not in reply.text


def test_a_word_gets_a_meaning_on_the_page_and_the_rows_are_loaded(steward: FlaskClient) -> None:
    address = open_rows(steward, column="status")
    assert "beres" in steward.get(address).text
    fix = {"buka": entry(address), "kind": "word", "written": "beres", "means": "paid"}
    assert post(steward, "/karantina/perbaiki", **fix | {"means": "tidak ada"}).status_code == 400
    assert post(steward, "/karantina/perbaiki", **fix).status_code == 303
    sources = readable_sources(load_city(CITY.slug))[0]
    assert apply_fixes(load_city(CITY.slug), sources).loaded == 1
    assert refused(column="status") == []
    assert apply_fixes(load_city(CITY.slug), sources).received == 0  # once
    again = post(steward, "/karantina/perbaiki", **fix)
    assert again.status_code == 400 and "sudah berarti" in again.text
    listed = steward.get("/karantina/perbaikan").text
    assert "beres" in listed and WHY["reason"] in listed
    with engine(SqlRole.ETL).connect() as connection:
        number = connection.scalar(sa.select(sa.func.max(FIXES.c.fix_id)).where(FIXES.c.city_code == CITY.code))
    assert post(steward, "/karantina/batal", fix=str(number), why="keliru").status_code == 200
    assert post(steward, "/karantina/batal", fix=str(number), why="keliru").status_code == 400


def test_a_row_that_is_no_data_is_closed_by_name(steward: FlaskClient) -> None:
    row = refused(column="amount")[-1]
    address = open_rows(steward, column="amount")
    fix = {"buka": entry(address), "kind": "dismiss", "row": str(row["quarantine_id"])}
    assert post(steward, "/karantina/perbaiki", **fix).status_code == 303
    assert post(steward, "/karantina/perbaiki", **fix).status_code == 400  # closed already
    with engine(SqlRole.ETL).connect() as connection:
        mine = QUARANTINE.c.quarantine_id == row["quarantine_id"]
        closed = connection.execute(sa.select(QUARANTINE).where(mine)).mappings().one()
    assert (closed["state"], closed["resolved_why"]) == ("dismissed", WHY["reason"]) and closed["resolved_by"]


def test_cases_of_a_check_open_after_a_reason_too(steward: FlaskClient) -> None:
    rule = next(iter(rules()))
    case = {"city_code": CITY.code, "rule": rule, "subject": "samaran-1", "evidence": {"nik": "…0001"}}
    with engine(SqlRole.ETL).begin() as connection:
        now = sa.func.clock_timestamp()
        connection.execute(sa.insert(FINDINGS).values(case | {"first_seen": now, "last_seen": now}))
        connection.execute(sa.insert(CHECKS).values(city_code=CITY.code, rule=rule, checked_at=now, found=1))
    assert "…0001" not in steward.get("/temuan").text
    assert post(steward, "/temuan/buka", rule=rule).status_code == 400
    assert post(steward, "/temuan/buka", rule="tidak ada", **WHY).status_code == 404
    address = post(steward, "/temuan/buka", rule=rule, **WHY).headers["Location"]
    assert "…0001" in steward.get(address).text
    assert audit.entries(CITY.code)[0]["subjects"] == ["samaran-1"]
    # an entry about cases opens no refused rows, and the other way round
    for other, query in ((entry(address), QUARANTINE), (entry(open_rows(steward)), FINDINGS)):
        who = audit.entries(CITY.code)[0]["who"]
        with opening(CITY.code, int(other), who) as connection:
            assert connection.execute(sa.select(query)).all() == []
    assert steward.get(f"/karantina/baris?buka={entry(address)}").status_code == 403


def test_many_people_in_an_hour_are_told(steward: FlaskClient) -> None:
    look = Look(CITY.code, "ingin-tahu", "Si Ingin Tahu", "steward", "inspection", "uji batas", "quarantine x - area")
    audit.shown(look, 51, [f"orang:{number}" for number in range(audit.MANY_PEOPLE)])
    assert "Si Ingin Tahu: " not in steward.get("/jejak").text
    audit.shown(look, 1, ["orang:baru"])
    assert f"Si Ingin Tahu: {audit.MANY_PEOPLE + 1} " in steward.get("/jejak").text


NONSENSE = [{"kind": "x"}, {"kind": "edit", "row": "x"}, {"kind": "dismiss", "row": "9" * 15}, {"fix": "x"}]


@pytest.mark.parametrize("form", NONSENSE)
def test_nonsense_is_refused_calmly(steward: FlaskClient, form: dict[str, str]) -> None:
    address = open_rows(steward)
    path = "/karantina/batal" if "fix" in form else "/karantina/perbaiki"
    assert post(steward, path, buka=entry(address), **form).status_code == 400
