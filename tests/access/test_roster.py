"""Belanja ASN person by person: a reason first, the own agency only, every look written down; files; exemptions."""

import csv
import io
import re
from collections.abc import Iterator

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import command
from dashboard.access.roles import Grant, Role
from dashboard.compliance import State, person_months
from dashboard.sheets import Column, comma_separated, xlsx
from etl import audit
from etl.warehouse import TABLES, engine, reading
from etl.warehouse import Role as SqlRole
from tests.market import Market, market
from tests.signed_in import COOKIE, OURS, token_with

AGENCY = "D01"
WHY = {"purpose": "inspection", "reason": "memeriksa bulan berjalan"}
NAMES = re.compile(r'class="who">([^<]+)<')


@pytest.fixture(scope="module")
def shops(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    size = {"servants": 900, "days": 40, "order_lines": 40}
    with market(tmp_path_factory.mktemp("market"), "samarinda", 5, module_database_url, **size) as made:
        command.cities.cache_clear()
        yield made
    command.cities.cache_clear()


@pytest.fixture(scope="module")
def app(shops: Market) -> Flask:
    return command.create()


@pytest.fixture
def mayor(app: Flask, shops: Market) -> FlaskClient:
    return client_of(app, Grant(Role.MAYOR, shops.city.code))


@pytest.fixture
def head(app: Flask, shops: Market) -> FlaskClient:
    return client_of(app, Grant(Role.OPD_HEAD, shops.city.code, AGENCY))


def client_of(app: Flask, *grants: Grant) -> FlaskClient:
    browser = app.test_client()
    browser.set_cookie(COOKIE, token_with(*grants))
    return browser


def post(browser: FlaskClient, path: str, **form: object) -> TestResponse:
    return browser.post(f"{path}?kota=samarinda", data=form, headers=OURS | {"Accept": "text/html"})


def opened(browser: FlaskClient) -> str:
    """The number of the entry that opens the list."""
    reply = post(browser, "/belanja/orang/buka", **WHY)
    assert reply.status_code == 303, reply.text
    found = re.search(r"buka=(\d+)", reply.headers["Location"])
    assert found and browser.get(reply.headers["Location"]).status_code == 200
    return found[1]


def names(reply: TestResponse) -> list[str]:
    assert reply.status_code == 200, reply.text
    return NAMES.findall(reply.text)


def servants(shops: Market, agency: str | None = None) -> list[tuple[str, str, str]]:
    """(name, nip, agency) of the city's civil servants, as they are stored."""
    people = TABLES["civil_servants"].c
    query = sa.select(people.name, people.nip, people.agency_code).where(people.city_code == shops.city.code)
    with engine(SqlRole.ETL).connect() as connection:
        rows = connection.execute(query if agency is None else query.where(people.agency_code == agency)).all()
    return [(row.name, row.nip, row.agency_code) for row in rows]


def test_without_a_reason_nobody_is_named(mayor: FlaskClient) -> None:
    for said in ({}, WHY | {"reason": "x"}, WHY | {"purpose": "ingin tahu"}):
        reply = post(mayor, "/belanja/orang/buka", **said)
        assert reply.status_code == 400 and not NAMES.findall(reply.text)
    for path in ("/belanja/daftar", "/belanja/daftar/orang", "/belanja/daftar/xlsx", "/belanja/daftar/csv"):
        assert post(mayor, path, buka="1").status_code == 403


def test_the_mayor_sees_everybody_and_it_is_written_down(mayor: FlaskClient, shops: Market) -> None:
    entry, everybody = opened(mayor), servants(shops)
    first = names(post(mayor, "/belanja/daftar", buka=entry))
    assert len(first) == 100 and set(first) <= {name for name, _, _ in everybody}
    last = audit.entries(shops.city.code)[0]
    assert (last["kind"], last["row_count"], len(last["subjects"])) == ("shown", 100, 100)
    assert last["reason"] == WHY["reason"] and audit.broken(shops.city.code) is None
    pages = [names(post(mayor, "/belanja/daftar", buka=entry, sort="nama", start=n)) for n in range(0, 1000, 100)]
    told = [name for page in pages for name in page]
    assert sorted(told) == sorted(name for name, _, _ in everybody)
    assert [name.casefold() for name in told] == sorted(name.casefold() for name in told)


def test_a_name_or_a_number_is_found(mayor: FlaskClient, shops: Market) -> None:
    entry = opened(mayor)
    name, nip, _ = servants(shops)[17]
    assert names(post(mayor, "/belanja/daftar", buka=entry, search=nip)) == [name]
    assert names(post(mayor, "/belanja/daftar", buka=entry, search=f"{nip[:8]} {nip[8:14]} {nip[14:]}")) == [name]
    alike = {one for one, _, _ in servants(shops) if name.casefold() in one.casefold()}
    assert set(names(post(mayor, "/belanja/daftar", buka=entry, search=name.upper()))) == alike
    unknown = post(mayor, "/belanja/daftar", buka=entry, search="199001012015011999")
    assert names(unknown) == [] and "Tidak ada ASN dengan nama atau NIP ini" in unknown.text
    assert nip not in post(mayor, "/belanja/daftar", buka=entry).text  # its last digits are enough for a list


def test_filters_groups_and_order(mayor: FlaskClient, shops: Market) -> None:
    entry = opened(mayor)
    own = {name for name, _, _ in servants(shops, AGENCY)}
    assert set(names(post(mayor, "/belanja/daftar", buka=entry, agency=AGENCY))) == own
    met = post(mayor, "/belanja/daftar", buka=entry, state="met", sort="nilai", by="nilai-turun")
    amounts = [int(cell.replace(".", "")) for cell in re.findall(r'number">Rp ([\d.]+)</td>', met.text)]
    assert amounts == sorted(amounts, reverse=True) and amounts[0] > 0
    assert set(re.findall(r'data-state="(\w+)"', met.text)) == {"met"}
    groups = post(mayor, "/belanja/daftar", buka=entry, group="keadaan")
    assert re.findall(r'<tr class="group"><th[^>]*>([^<]+?) <small>(\d+) orang', groups.text)
    assert post(mayor, "/belanja/daftar", buka=entry, sort="x", group="y", start="z").status_code == 200


def test_a_head_sees_the_own_people_and_no_orders(head: FlaskClient, shops: Market) -> None:
    entry, own = opened(head), servants(shops, AGENCY)
    reply = post(head, "/belanja/daftar", buka=entry, agency="D02", sort="nama")
    assert names(reply) == []  # others are not in the list at all
    assert sorted(names(post(head, "/belanja/daftar", buka=entry))) == sorted(name for name, _, _ in own)
    who = re.findall(r'name="who" value="(\w+)"', post(head, "/belanja/daftar", buka=entry).text)[0]
    page = post(head, "/belanja/daftar/orang", buka=entry, who=who)
    assert page.status_code == 200 and "Usulkan pengecualian" in page.text and "Pedagang" not in page.text
    other = next(name for name, _, agency in servants(shops) if agency != AGENCY and name not in {n for n, _, _ in own})
    file = post(head, "/belanja/daftar/csv", buka=entry).get_data(as_text=True)
    assert other not in file and len(file.splitlines()) == len(own) + 1


def test_an_entry_opens_only_what_it_was_written_for(mayor: FlaskClient, head: FlaskClient, shops: Market) -> None:
    assert post(head, "/belanja/daftar", buka=opened(mayor)).status_code == 403
    assert post(mayor, "/belanja/daftar", buka=opened(head)).status_code == 403
    stranger = TABLES["civil_servants"].c
    with engine(SqlRole.ETL).connect() as connection:
        there = stranger.agency_code != AGENCY
        who = connection.scalar(sa.select(stranger.buyer).where(there).limit(1))
    assert post(head, "/belanja/daftar/orang", buka=opened(head), who=who).status_code == 404


def test_the_mayor_sees_a_persons_orders(mayor: FlaskClient, shops: Market) -> None:
    entry = opened(mayor)
    listed = post(mayor, "/belanja/daftar", buka=entry, state="met", by="pesanan-turun").text
    who = re.findall(r'name="who" value="(\w+)"', listed)[0]
    page = post(mayor, "/belanja/daftar/orang", buka=entry, who=who)
    lines = TABLES["marketplace_orders"].c
    with engine(SqlRole.ETL).connect() as connection:
        query = sa.select(sa.func.count(lines.order_id.distinct()), sa.func.min(lines.nip)).where(lines.buyer == who)
        orders, nip = connection.execute(query).one()
    assert page.text.count('<tr><th scope="row">') == orders and nip in page.text
    assert audit.entries(shops.city.code)[0]["subjects"] == [who]


def test_the_workbook_is_typed_and_says_what_it_is(mayor: FlaskClient, shops: Market) -> None:
    entry = opened(mayor)
    reply = post(mayor, "/belanja/daftar/xlsx", buka=entry, sort="nilai-turun")
    book = openpyxl.load_workbook(io.BytesIO(reply.data))
    sheet, notes = book.worksheets
    everybody = servants(shops)
    rows = list(sheet.iter_rows(min_row=2, max_row=len(everybody) + 1, values_only=True))
    assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref == f"A1:L{len(everybody) + 1}"
    assert {row[0] for row in rows} == {name for name, _, _ in everybody} and all(
        isinstance(row[9], int | float) for row in rows
    )
    assert all(isinstance(row[1], str) and len(row[1]) == 18 for row in rows)
    assert sheet.cell(len(everybody) + 3, 10).value == f"=SUBTOTAL(109,J2:J{len(everybody) + 1})"
    said = "\n".join(str(cell) for row in notes.iter_rows(values_only=True) for cell in row)
    assert "SIMULASI" in said and WHY["reason"] in said and "Jejak akses" in said
    last = audit.entries(shops.city.code)[0]
    assert last["row_count"] == len(everybody)
    table = list(csv.reader(io.StringIO(post(mayor, "/belanja/daftar/csv", buka=entry).get_data(as_text=True))))
    assert len(table) == len(everybody) + 1 and len(table[0]) == 12


def test_what_a_spreadsheet_would_run_stays_words() -> None:
    columns, rows = [Column("Nama"), Column("Nilai", "rupiah", adds=True)], [("=HYPERLINK(1)", 5), ("@x", 6)]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx("Uji", columns, rows, []))).worksheets[0]
    assert [(cell.value, cell.data_type) for cell in sheet["A"][1:3]] == [("=HYPERLINK(1)", "s"), ("@x", "s")]
    assert list(csv.reader(io.StringIO(comma_separated(columns, rows))))[1:] == [["'=HYPERLINK(1)", "5"], ["'@x", "6"]]


def test_an_exemption_is_proposed_decided_and_taken_back(mayor: FlaskClient, head: FlaskClient, shops: Market) -> None:
    entry = opened(head)
    who = re.findall(r'name="who" value="(\w+)"', post(head, "/belanja/daftar", buka=entry, state="open").text)[0]
    today = shops.now.astimezone(shops.city.tz).date()
    good = {
        "kind": "study",
        "since": today.replace(day=1),
        "until": today.replace(month=12, day=31),
        "why": "tugas belajar di luar kota",
    }

    def state() -> str:
        found = person_months(shops.city, today, shops.now)
        with reading(shops.city.code) as connection:
            return str(connection.scalar(sa.select(found.c.state).where(found.c.buyer == who)))

    for wrong in ({"kind": "x"}, {"since": "kemarin"}, {"until": "2020-01-01"}, {"until": "2090-01-01"}, {"why": "-"}):
        assert post(head, "/belanja/daftar/usul", buka=entry, who=who, **good | wrong).status_code == 400, wrong
    assert post(mayor, "/belanja/daftar/usul", buka=opened(mayor), who=who, **good).status_code == 403
    assert "Usulan terkirim" in post(head, "/belanja/daftar/usul", buka=entry, who=who, **good).text
    assert (
        post(head, "/belanja/daftar/usul", buka=entry, who=who, **good).status_code == 400
    )  # there is one for these days
    assert state() == State.OPEN
    number = re.findall(r'name="number" value="(\d+)"', mayor.get("/belanja/pengecualian?kota=samarinda").text)[0]
    assert post(head, "/belanja/pengecualian/putuskan", number=number, how="approve").status_code == 400
    assert post(mayor, "/belanja/pengecualian/putuskan", number=number, how="approve").status_code == 200
    assert state() == State.EXEMPT
    assert post(mayor, "/belanja/pengecualian/putuskan", number=number, how="approve").status_code == 409
    assert post(mayor, "/belanja/pengecualian/putuskan", number=number, how="reopen").status_code == 200
    assert state() == State.OPEN
    assert post(head, "/belanja/pengecualian/putuskan", number=number, how="withdraw").status_code == 200
    assert "Ditarik" in head.get("/belanja/pengecualian?kota=samarinda").text
