"""Refused rows on the page: a reason first, then the cells; a fix that the worker applies; a trail that holds."""

import csv
import io

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.access.roles import Grant, Role
from dashboard.command import create
from dashboard.repair import causes
from etl import audit
from etl.audit import ENTRIES, Look
from etl.catalogue import contract
from etl.cities import all_cities, readable_sources
from etl.fixes import is_worded
from etl.quarantine import apply_fixes
from etl.warehouse import FIXES, QUARANTINE, engine, opening
from etl.warehouse import Role as SqlRole
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import World

# The simulator leaves rows to put right in every city; these tests put some right in the last.
CITY = all_cities()[-1]
WHY = {"purpose": "repair", "reason": "memeriksa kiriman kemarin"}


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    return create()


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
    """An open cause of the world, as the page's form names it."""
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
    assert rows and all(str(one["delivery"]) not in told for one in rows)
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
    wanted = cause_of()
    example = refused(source=wanted["source"], column=wanted["column"], reason_class=wanted["cause"])[0]
    assert str(example["delivery"]) in told and WHY["reason"] in told


def test_an_entry_opens_rows_to_who_made_it_and_to_nobody_else(app: Flask, steward: FlaskClient) -> None:
    address = open_rows(steward)
    other = client_of(app, Grant(Role.STEWARD, CITY.code))
    assert other.get(address).status_code == 403
    elsewhere = all_cities()[0]
    both = client_of(app, Grant(Role.STEWARD, CITY.code), Grant(Role.STEWARD, elsewhere.code))
    assert both.get(address.replace(CITY.slug, elsewhere.slug)).status_code == 403


def test_the_database_itself_keeps_rows_from_who_gave_no_reason(world: World) -> None:
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


def test_no_trail_no_rows(steward: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = open_rows(steward)
    delivery = str(refused()[0]["delivery"])

    def full(*_: object) -> int:
        raise sa.exc.OperationalError("insert", {}, Exception("no space left"))

    monkeypatch.setattr(audit, "shown", full)
    reply = steward.get(address)
    assert reply.status_code == 500 and delivery not in reply.text


def worded(row: dict[str, object]) -> bool:
    return is_worded(contract(str(row["dataset"]))[str(row["column"])])


def test_a_word_gets_a_meaning_on_the_page_and_the_rows_are_loaded(steward: FlaskClient) -> None:
    words = [
        one for one in refused(reason_class="rule") if is_worded(contract(str(one["dataset"]))[str(one["column"])])
    ]
    row = words[0]
    wanted = {"source": str(row["source"]), "column": str(row["column"]), "reason_class": "rule"}
    address = open_rows(steward, **wanted)
    page = steward.get(address).text
    choice = '<select name="means" required><option value=""></option><option>'
    meaning = page.partition(choice)[2].partition("</option>")[0]
    assert meaning
    fix = {"buka": entry(address), "kind": "word", "written": str(row["value"]), "means": meaning}
    assert post(steward, "/karantina/perbaiki", **fix).status_code == 303
    sources = [one for one in readable_sources(CITY)[0] if one.name == row["source"]]
    assert apply_fixes(CITY, sources).received > 0
    assert row["quarantine_id"] not in [one["quarantine_id"] for one in refused()]
    assert apply_fixes(CITY, sources).received == 0  # once
    again = post(steward, "/karantina/perbaiki", **fix)
    assert again.status_code == 400 and "sudah berarti" in again.text
    listed = steward.get("/karantina/perbaikan").text
    assert str(row["value"]) in listed and WHY["reason"] in listed
    with engine(SqlRole.ETL).connect() as connection:
        number = connection.scalar(sa.select(sa.func.max(FIXES.c.fix_id)).where(FIXES.c.city_code == CITY.code))
    assert post(steward, "/karantina/batal", fix=str(number), why="keliru").status_code == 200
    assert post(steward, "/karantina/batal", fix=str(number), why="keliru").status_code == 400


def test_a_row_that_is_no_data_is_closed_by_name(steward: FlaskClient) -> None:
    wanted = cause_of()
    row = refused(source=wanted["source"], column=wanted["column"], reason_class=wanted["cause"])[-1]
    address = open_rows(steward)
    fix = {"buka": entry(address), "kind": "dismiss", "row": str(row["quarantine_id"])}
    assert post(steward, "/karantina/perbaiki", **fix).status_code == 303
    assert post(steward, "/karantina/perbaiki", **fix).status_code == 400  # closed already
    with engine(SqlRole.ETL).connect() as connection:
        mine = QUARANTINE.c.quarantine_id == row["quarantine_id"]
        closed = connection.execute(sa.select(QUARANTINE).where(mine)).mappings().one()
    assert (closed["state"], closed["resolved_why"]) == ("dismissed", WHY["reason"]) and closed["resolved_by"]


def test_many_people_in_an_hour_are_told(world: World, steward: FlaskClient) -> None:
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
