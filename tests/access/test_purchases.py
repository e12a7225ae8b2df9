"""Findings about purchases in the browser: counts, cases after a reason, answers, and a head held to the own agency."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import command
from dashboard.access.roles import Grant, Role
from dashboard.purchases import NOT_NOW, NOT_THERE, TOO_SHORT, purchase_rules
from etl import audit
from etl.cities import load_city
from etl.office import ANSWERS
from etl.warehouse import CHECKS, FINDINGS, VERSIONS, engine
from etl.warehouse import Role as SqlRole
from tests.etl.conftest import warehouse
from tests.etl.test_pipeline import Town
from tests.signed_in import COOKIE, OURS, token_with

__all__ = ["warehouse"]

CITY = load_city("samarinda")
WHY = {"purpose": "inspection", "reason": "rapat pagi dengan para kepala OPD"}
RULE = "split_orders"
SAYS = "Katering dua hari rapat kerja, dua nota terpisah."


@pytest.fixture(scope="module")
def app(warehouse: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    root = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_CITIES", str(root))
        Town(root)
        command.cities.cache_clear()
        yield command.create()
    command.cities.cache_clear()


@pytest.fixture
def found(app: Flask) -> Iterator[dict[str, int]]:
    """A finding of each of two agencies, and one about aid that nobody here may see."""
    now = sa.func.clock_timestamp()
    rows = [(RULE, agency, {"agency_code": agency, "amount": 12_000_000, "order_ids": [f"{agency}-1", f"{agency}-2"]})
            for agency in ("D01", "D02")]  # fmt: skip
    rows.append(("aid_civil_servant", "D01", {"agency_code": "D01", "nik": "…0001"}))
    with engine(SqlRole.ETL).begin() as connection:
        for rule, agency, evidence in rows:
            case = {"rule": rule, "agency_code": agency, "subject": f"{agency} M7 2026-08", "evidence": evidence}
            seen = {"city_code": CITY.code, "first_seen": now, "last_seen": now}
            connection.execute(sa.insert(FINDINGS).values(case | seen))
        connection.execute(sa.insert(CHECKS).values(city_code=CITY.code, rule=RULE, checked_at=now, found=2))
        mine = sa.select(FINDINGS.c.agency_code, FINDINGS.c.finding_id).where(FINDINGS.c.rule == RULE)
        numbers = {row.agency_code: row.finding_id for row in connection.execute(mine)}
    yield numbers
    with engine(SqlRole.OWNER).begin() as connection:
        for table in (FINDINGS, CHECKS, ANSWERS):
            connection.execute(sa.delete(table))


@pytest.fixture
def mayor(app: Flask) -> FlaskClient:
    return client_of(app, Grant(Role.MAYOR, CITY.code))


@pytest.fixture
def head(app: Flask) -> FlaskClient:
    return client_of(app, Grant(Role.OPD_HEAD, CITY.code, "D01"))


def client_of(app: Flask, *grants: Grant) -> FlaskClient:
    browser = app.test_client()
    browser.set_cookie(COOKIE, token_with(*grants))
    return browser


def post(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    return browser.post(f"{path}?kota={CITY.slug}", data=form, headers=OURS | {"Accept": "text/html"})


def opened(browser: FlaskClient, rule: str = RULE) -> str:
    """The address of the cases, after a reason."""
    reply = post(browser, "/belanja/temuan/buka", rule=rule, **WHY)
    assert reply.status_code == 303, reply.text
    return reply.headers["Location"]


def answer(browser: FlaskClient, finding: int | str, state: str = "answered", words: str = SAYS) -> TestResponse:
    entry = opened(browser).partition("buka=")[2].partition("&")[0]
    return post(browser, "/belanja/temuan/jawab", buka=entry, finding=str(finding), state=state, words=words)


def kept() -> list[tuple[int, str, str]]:
    with engine(SqlRole.OFFICE).connect() as connection:
        query = sa.select(ANSWERS.c.finding_id, ANSWERS.c.agency_code, ANSWERS.c.state).order_by(ANSWERS.c.answer_id)
        return [tuple(row) for row in connection.execute(query)]


def test_the_list_counts_by_agency_and_tells_no_case(
    found: dict[str, int], mayor: FlaskClient, head: FlaskClient
) -> None:
    told, own = (browser.get(f"/belanja/temuan?kota={CITY.slug}").text for browser in (mayor, head))
    assert "<dt>1</dt><dd>D01" in told and "<dt>1</dt><dd>D02" in told and "<b>2</b>" in told
    assert "<dt>1</dt><dd>D01" in own and "D02" not in own and "<b>1</b>" in own
    assert "1 menunggu jawaban" in own and "M7" not in told + own
    assert all(rule.title.id in told for rule in purchase_rules().values())
    assert "Belum dapat diperiksa" in told  # of the other checks: none is said to have found nothing


@pytest.mark.parametrize("said", [{}, {"purpose": "inspection"}, {"purpose": "x", "reason": "cukup panjang"}])
def test_no_reason_no_cases(found: dict[str, int], head: FlaskClient, said: dict[str, str]) -> None:
    before = len(audit.entries(CITY.code))
    assert post(head, "/belanja/temuan/buka", rule=RULE, **said).status_code == 400
    assert len(audit.entries(CITY.code)) == before
    assert head.get("/belanja/temuan/kasus?buka=1").status_code == 403


def test_only_checks_of_purchases_are_opened_here(found: dict[str, int], mayor: FlaskClient) -> None:
    for rule in ("aid_civil_servant", "order_total", "tidak ada"):
        assert post(mayor, "/belanja/temuan/buka", rule=rule, **WHY).status_code == 404


def test_cases_open_after_a_reason_a_heads_own_only(
    found: dict[str, int], mayor: FlaskClient, head: FlaskClient
) -> None:
    told, own = mayor.get(opened(mayor)).text, head.get(opened(head)).text
    assert "D01-1" in told and "D02-1" in told and "Rp 12.000.000" in told and WHY["reason"] in told
    assert "D01-1" in own and "D02-1" not in own
    shown = audit.entries(CITY.code)[0]
    assert (shown["kind"], shown["role"], shown["subjects"]) == ("shown", "opd_head", ["D01 M7 2026-08"])
    english = head.get(opened(head).replace("bahasa=id", "bahasa=en")).text
    assert "waits for an answer" in english and "Rp 12,000,000" in english


def test_an_entry_opens_cases_to_who_made_it_as_what_he_was(
    app: Flask, found: dict[str, int], mayor: FlaskClient, head: FlaskClient
) -> None:
    for browser in (client_of(app, Grant(Role.MAYOR, CITY.code)), head):
        assert browser.get(opened(mayor)).status_code == 403
    steward = client_of(app, Grant(Role.STEWARD, CITY.code), Grant(Role.MAYOR, CITY.code))
    entry = post(steward, "/temuan/buka", rule="aid_civil_servant", **WHY).headers["Location"].partition("buka=")[2]
    assert steward.get(f"/belanja/temuan/kasus?buka={entry.partition('&')[0]}").status_code == 403


def test_an_agency_answers_and_the_mayors_office_decides(
    found: dict[str, int], mayor: FlaskClient, head: FlaskClient
) -> None:
    mine = found["D01"]
    assert answer(mayor, mine, "accepted").status_code == 400  # there is nothing to accept yet
    assert answer(head, mine).status_code == 303
    assert "menunggu jawaban" not in head.get("/belanja/temuan").text
    told = mayor.get(opened(mayor)).text
    assert SAYS in told and "sudah dijawab" in told and "menunggu jawaban" in told  # D02 still waits
    assert answer(mayor, mine, "pursued", "Inspektorat memeriksa notanya.").status_code == 303
    assert answer(head, mine, words="Nota kedua sudah kami lampirkan.").status_code == 303
    assert answer(mayor, mine, "accepted", "Jelas, terima kasih.").status_code == 303
    again = answer(head, mine)
    assert again.status_code == 400 and NOT_NOW.id in again.text
    assert kept() == [
        (mine, "D01", "answered"), (mine, "", "pursued"), (mine, "D01", "answered"), (mine, "", "accepted")
    ]  # fmt: skip
    assert "jawaban diterima" in head.get(opened(head)).text


def test_another_agencys_finding_is_answered_by_nobody_else(found: dict[str, int], head: FlaskClient) -> None:
    for finding in (found["D02"], 999_999, "x", "9" * 15):
        reply = answer(head, finding)
        assert reply.status_code == 404 and NOT_THERE.id in reply.text
    assert kept() == []


@pytest.mark.parametrize(("words", "state", "says"), [
    ("ya", "answered", TOO_SHORT), (" " * 40, "answered", TOO_SHORT), ("x" * 2_001, "answered", TOO_SHORT),
    (SAYS, "accepted", NOT_NOW), (SAYS, "", NOT_NOW), (SAYS, "open", NOT_NOW),
])  # fmt: skip
def test_what_is_no_answer_is_refused_calmly(
    found: dict[str, int], head: FlaskClient, words: str, state: str, says: object
) -> None:
    reply = answer(head, found["D01"], state, words)
    assert reply.status_code == 400 and getattr(says, "id", "?") in reply.text
    assert kept() == []


def test_markup_in_an_answer_is_text(found: dict[str, int], mayor: FlaskClient, head: FlaskClient) -> None:
    answer(head, found["D01"], words="<script>alert(1)</script> nota")
    assert "<script>alert" not in mayor.get(opened(mayor)).text


def test_a_finding_that_holds_no_longer_is_not_answered(found: dict[str, int], head: FlaskClient) -> None:
    entry = opened(head).partition("buka=")[2].partition("&")[0]
    with engine(SqlRole.ETL).begin() as connection:
        connection.execute(sa.update(FINDINGS).values(state="cleared"))
    form = {"buka": entry, "finding": str(found["D01"]), "state": "answered", "words": SAYS}
    assert post(head, "/belanja/temuan/jawab", **form).status_code == 404


def test_listeners_hear_of_an_answer(found: dict[str, int], head: FlaskClient) -> None:
    assert answer(head, found["D01"]).status_code == 303
    with engine(SqlRole.ETL).connect() as connection:
        heard = sa.select(VERSIONS.c.version).where(VERSIONS.c.city_code == CITY.code, VERSIONS.c.dataset == "office")
        assert connection.scalar(heard)
