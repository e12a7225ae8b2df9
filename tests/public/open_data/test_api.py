"""The API: it picks published rows and adds nothing up, of any release for ever, and says what is wrong."""

import csv
import datetime as dt
import gzip
import io
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from limits import parse
from werkzeug.test import TestResponse

from dashboard.public import api, create
from dashboard.public.api import OPENAPI, rows
from etl.bundle import CURRENT, Shelf, name_of
from tests.public.bundles import ABOUTS, CITIES, RELEASES, made_at, shelf_in
from tests.public.open_data.readers import plain

HOME = "/api/v1"
WEEKS, AID, ACTIONS = (
    f"{HOME}/samarinda/tables/{name}" for name in ("corona_area_week", "bansos_area_month", "rencana_actions")
)
NIK = "6472051203990001"
ADDRESSES = (
    f"{HOME}/cities",
    f"{HOME}/samarinda/releases",
    f"{HOME}/samarinda/releases/2",
    f"{HOME}/samarinda/tables",
    WEEKS,
    f"{HOME}/samarinda/indicators",
    f"{HOME}/samarinda/corrections",
    OPENAPI,
)


def get(client: FlaskClient, path: str, **asked: Any) -> Any:
    """What an address tells."""
    answer = client.get(path, query_string={**asked})
    assert answer.status_code == 200, answer.text
    return answer.json


def published(shelf: Shelf, table: str, number: int | None = None) -> list[dict[str, Any]]:
    """The rows of a table of Samarinda as they lie in its release."""
    return [dict(record) for record in shelf.bundle("samarinda", number).table(table).records]


def bare(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the API as it lies in the release: without what stands beside codes."""
    return {key: value for key, value in row.items() if key not in ("area_name", "area_level")}


# What it tells


def test_every_city_and_release_is_told(client: FlaskClient, shelf: Shelf) -> None:
    told = get(client, f"{HOME}/cities")["cities"]
    assert [(one["city"], one["release"]) for one in told] == [(city, RELEASES) for city in CITIES]
    releases = get(client, f"{HOME}/surabaya/releases")
    assert [one["release"] for one in releases["releases"]] == [3, 2, 1] and releases["total"] == 3
    assert [dt.datetime.fromisoformat(one["made_at"]) for one in releases["releases"]] == [
        made_at(n) for n in (3, 2, 1)
    ]
    one = get(client, f"{HOME}/surabaya/releases/2")
    assert {file["sha256"] for file in one["files"]} <= set(shelf.bundle("surabaya", 2).manifest.files.values())
    assert len(one["areas"]) == len(shelf.bundle("surabaya").places)


def test_every_table_is_told_with_its_files(client: FlaskClient, shelf: Shelf) -> None:
    for one in get(client, f"{HOME}/samarinda/tables")["tables"]:
        about = shelf.bundle("samarinda").tables[one["table"]["name"]]
        assert one["table"]["citation"]["en"].startswith("Dinas Komunikasi") and one["table"]["custodian"]
        names = [column["name"] for column in one["table"]["columns"]]
        assert [name for name in names if name in {column.key for column in about.columns}] == [
            column.key for column in about.columns
        ]
        wanted = {"csv", "json", "xlsx", "parquet", "schema.json"} | ({"geojson"} if about.levels else set())
        assert {file["format"] for file in one["files"]} == wanted
        for file in one["files"]:
            assert client.get(file["address"]).status_code == 200


@pytest.mark.parametrize("table", ["corona_area_week", "rencana_actions", "aduan_agency_month"])
def test_without_filters_it_tells_the_whole_table(client: FlaskClient, shelf: Shelf, table: str) -> None:
    told = get(client, f"{HOME}/samarinda/tables/{table}", limit=5000)
    assert [plain(bare(row)) for row in told["rows"]] == [plain(row) for row in published(shelf, table)]
    assert told["total"] == len(told["rows"])


FILTERS: dict[str, tuple[str, dict[str, Any], Callable[[dict[str, Any]], bool]]] = {
    "area": ("corona_area_week", {"area": "64.72.05"}, lambda row: row["area"] == "64.72.05"),
    "areas": (
        "corona_area_week",
        {"area": "64.72.01.1001,64.72"},
        lambda row: row["area"] in ("64.72", "64.72.01.1001"),
    ),
    "level": ("corona_area_week", {"level": "kecamatan"}, lambda row: row["area"].count(".") == 2),
    "city": ("corona_area_week", {"level": "city"}, lambda row: row["area"] == "64.72"),
    "since": ("corona_area_week", {"since": "2026-08-15"}, lambda row: row["period"] >= "2026-08-15"),
    "until": ("corona_area_week", {"until": "2026-08-15"}, lambda row: row["period"] <= "2026-08-15"),
    "month": ("bansos_area_month", {"since": "2026-07", "until": "2026-07"}, lambda row: row["period"] == "2026-07-01"),
    "until a month": ("corona_day", {"until": "2026-09"}, lambda row: row["period"] <= "2026-09-30"),
    "category": ("bansos_area_month", {"programme": "PKH"}, lambda row: row["programme"] == "PKH"),
    "categories": (
        "bansos_area_month",
        {"programme": ["PKH", "BLT"]},
        lambda row: row["programme"] in ("PKH", "BLT"),
    ),
    "category of a list": ("rencana_actions", {"state": "new"}, lambda row: row["state"] == "new"),
    "all at once": (
        "bansos_area_month",
        {"level": "kelurahan", "area": "64.72.01.1001", "since": "2026-08", "programme": "BLT"},
        lambda row: (row["area"], row["period"], row["programme"]) == ("64.72.01.1001", "2026-08-01", "BLT"),
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_picks_published_rows_and_changes_none(client: FlaskClient, shelf: Shelf, name: str) -> None:
    table, asked, keep = FILTERS[name]
    told = get(client, f"{HOME}/samarinda/tables/{table}", limit=5000, **asked)
    wanted = [row for row in published(shelf, table) if keep(row)]
    assert wanted and [plain(bare(row)) for row in told["rows"]] == [plain(row) for row in wanted]


def test_columns_come_with_what_stands_beside_them(client: FlaskClient) -> None:
    row = get(client, WEEKS, columns="cases_new,area", limit=1)["rows"][0]
    assert list(row) == ["area", "area_name", "area_level", "cases_new", "cases_new_flag"]


@pytest.mark.parametrize("how", [{"query_string": {"format": "csv"}}, {"headers": {"Accept": "text/csv"}}])
def test_csv_tells_the_same_as_the_file(client: FlaskClient, shelf: Shelf, how: dict[str, Any]) -> None:
    answer = client.get(AID, **{**how, "query_string": {**how.get("query_string", {}), "limit": 5000}})
    assert answer.mimetype == "text/csv"
    assert answer.data == (shelf.bundle("samarinda").folder / "data" / "bansos_area_month.csv").read_bytes()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="samarinda-3-bansos_area_month.csv"'


def test_the_parts_of_a_list_make_the_whole(client: FlaskClient, shelf: Shelf) -> None:
    rows, address = [], f"{AID}?programme=BLT&limit=100"
    while address:
        answer = client.get(address)
        assert answer.headers["X-Total-Count"] == str(answer.json["total"])
        rows += answer.json["rows"]
        links = dict(part.split("; ")[::-1] for part in answer.headers["Link"].split(", "))
        assert links.get('rel="next"', "<>")[1:-1] == (answer.json["next"] or "")
        address = answer.json["next"]
    assert [bare(row) for row in rows] == [r for r in published(shelf, "bansos_area_month") if r["programme"] == "BLT"]
    last = client.get(links['rel="last"'][1:-1]).json
    assert last["rows"] == rows[-len(last["rows"]) :] and last["next"] is None
    assert client.get(links['rel="first"'][1:-1]).json["rows"] == rows[:100]
    assert client.get(links['rel="prev"'][1:-1]).json["rows"][-1] == rows[answer.json["offset"] - 1]


def test_figures_are_explained_once(client: FlaskClient) -> None:
    told = {one["indicator"]: one for one in get(client, f"{HOME}/samarinda/indicators")["indicators"]}
    assert told["cases_new"]["columns"] == [
        "corona_area_week.cases_new",
        "corona_day.cases_new",
        "corona_age_week.cases_new",
    ]
    assert told["cases_new"]["unit"] == {"id": "kasus", "en": "cases"} and told["cases_new"]["formula"]["id"]


def test_corrections_are_told_newest_first(client: FlaskClient, shelf: Shelf) -> None:
    every = get(client, f"{HOME}/samarinda/corrections", limit=5000)["corrections"]
    wanted = [len(shelf.bundle("samarinda", number).corrections) for number in (3, 2, 1)]
    assert [[one["release"] for one in every].count(number) for number in (3, 2, 1)] == wanted and wanted[2] == 0
    assert [one["release"] for one in every] == sorted((one["release"] for one in every), reverse=True)
    of_two = get(client, f"{HOME}/samarinda/corrections", release=2, table="corona_area_week", limit=5000)[
        "corrections"
    ]
    assert of_two == [one for one in every if (one["release"], one["table"]) == (2, "corona_area_week")] != []
    assert all(one["why"][0]["en"] == "Late reports from health centres" for one in of_two)
    now = {(row["area"], row["period"]): row for row in published(shelf, "corona_area_week", 2)}
    for one in of_two:
        row = now[(one["row"]["area"], one["row"]["period"])]
        assert (one["after"], one["after_flag"]) == (row[one["column"]], row[f"{one['column']}_flag"])


# Releases


@pytest.mark.parametrize(
    ("as_of", "number"),
    [
        ("2026-09-12", 1),
        ("2026-09-18", 1),
        ("2026-09-19", 2),
        ("2026-09-26T02:04:59Z", 2),
        ("2026-09-26T10:05:00+08:00", 3),
        ("2026-09-26T10:04", 2),  # on the city's clocks
        ("2026-10-01", 3),
    ],
)
def test_as_of_tells_the_release_that_was_in_force(client: FlaskClient, as_of: str, number: int) -> None:
    told = client.get(f"{WEEKS}?as_of={as_of}&limit=5000")  # with a plus as people write it
    assert told.json["release"] == number
    canonical = told.headers["Link"].partition(";")[0][1:-1]
    assert client.get(canonical).data == told.data


def test_a_permalink_of_the_first_release_is_the_same_after_the_third(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path, cities=["samarinda"])
    addresses = [
        f"{HOME}/samarinda/releases/1",
        *(f"{path}?release=1" for path in (f"{HOME}/samarinda/tables", WEEKS, AID, f"{HOME}/samarinda/corrections")),
        f"{WEEKS}?release=1&level=kecamatan&columns=cases_new&limit=7&offset=7&format=csv",
    ]
    link = tmp_path / "samarinda" / CURRENT
    seen = []
    for number in (1, 2, 3):
        link.unlink()
        link.symlink_to(name_of(number))
        client = create(shelf).test_client()
        assert client.get(WEEKS).json["release"] == number
        answers = [client.get(address) for address in addresses]
        assert all("immutable" in answer.headers["Cache-Control"] for answer in answers)
        seen.append([(answer.data, answer.headers["ETag"]) for answer in answers])
    assert seen[0] == seen[1] == seen[2]


def test_a_new_release_is_told_at_once(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path, cities=["samarinda"])
    link = tmp_path / "samarinda" / CURRENT
    link.unlink()
    link.symlink_to(name_of(1))
    client = create(shelf).test_client()
    first = client.get(WEEKS)
    assert client.get(f"{WEEKS}?release=2").status_code == 404  # it is not in force yet
    link.unlink()
    link.symlink_to(name_of(2))
    again = client.get(WEEKS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.json["release"]) == (200, 2)


def test_without_a_database_and_without_a_connection(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*where: object) -> None:
        raise AssertionError(f"a connection: {where}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/nowhere")
    client = create(shelf).test_client()
    assert [client.get(address).status_code for address in ADDRESSES] == [200] * len(ADDRESSES)


# How it comes


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_unchanged_answer_is_not_sent_again(client: FlaskClient, address: str) -> None:
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    if len(first.data) > 1000:
        assert gzip.decompress(packed.data) == first.data and packed.headers["ETag"] != first.headers["ETag"]
    assert "Accept-Encoding" in first.headers["Vary"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_any_site_may_read_it_and_nobody_may_write(client: FlaskClient, address: str) -> None:
    whole, head = client.get(address), client.head(address)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]
    assert whole.headers["Access-Control-Allow-Origin"] == "*"
    asked = client.options(address, headers={"Origin": "https://koran.example", "Access-Control-Request-Method": "GET"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        refused = client.open(address, method=method)
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert refused.mimetype == "application/problem+json"


def test_one_address_may_ask_so_often(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "RATE", parse("3/hour"))
    client = create(shelf).test_client()
    told = [client.get(f"{HOME}/cities") for _ in range(4)]
    assert [answer.status_code for answer in told] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit"].partition(";t=")[0] for answer in told] == [
        f'"ip";r={left}' for left in (2, 1, 0, 0)
    ]
    assert told[3].headers["RateLimit-Policy"] == '"ip";q=3;w=3600' and 0 < int(told[3].headers["Retry-After"]) <= 3600
    assert told[3].json["status"] == 429 and told[3].headers["Access-Control-Allow-Origin"] == "*"
    other = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get(f"{HOME}/cities", environ_overrides=other).status_code == 200
    assert client.get("/healthz").status_code == 200


def test_a_network_of_ipv6_is_one_who_asks(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "RATE", parse("1/hour"))
    client = create(shelf).test_client()

    def status(address: str) -> int:
        return client.get(f"{HOME}/cities", environ_overrides={"REMOTE_ADDR": address}).status_code

    assert [status("2001:db8:1:2::5"), status("2001:db8:1:2:ffff::9"), status("2001:db8:1:3::5")] == [200, 429, 200]


def test_only_a_proxy_of_ours_says_who_asks(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "RATE", parse("1/hour"))

    def statuses() -> list[int]:
        client = create(shelf).test_client()
        said = ("198.51.100.1", "198.51.100.2")
        return [client.get(f"{HOME}/cities", headers={"X-Forwarded-For": one}).status_code for one in said]

    assert statuses() == [200, 429]
    monkeypatch.setenv("PANTAU_PUBLIC_URL", "https://data.kota.example")
    assert statuses() == [200, 200]


def test_addresses_are_those_of_the_site(shelf: Shelf, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert get(client, f"{HOME}/cities")["cities"][0]["tables"].startswith("http://localhost/api/v1/")
    monkeypatch.setenv("PANTAU_PUBLIC_URL", "https://data.kota.example")
    told = create(shelf).test_client().get(f"{HOME}/cities", headers={"Host": "evil.example"})
    assert told.json["cities"][0]["tables"] == "https://data.kota.example/api/v1/samarinda/tables"
    assert "evil" not in told.text


# What is wrong with a question


WRONG: dict[str, tuple[str, int, str, str]] = {  # address → status, parameter, what the sentence says
    "unknown city": (f"{HOME}/samrinda/tables", 404, "city", "perhaps you meant samarinda"),
    "unknown table": (f"{HOME}/samarinda/tables/corona_area_weak", 404, "table", "perhaps you meant corona_area_week"),
    "unknown release": (f"{WEEKS}?release=4", 404, "release", "releases 1 to 3"),
    "release of no number": (f"{HOME}/samarinda/releases/x", 400, "number", "whole number"),
    "unknown area": (f"{WEEKS}?area=64.72.99", 404, "area", "no such area"),
    "area of another city": (f"{WEEKS}?area=35.78", 404, "area", "no such area"),
    "no code": (f"{WEEKS}?area=Loa+Bakung", 400, "area", "Kemendagri code"),
    "no level": (f"{WEEKS}?level=rt", 400, "level", "one of what is possible"),
    "no day": (f"{WEEKS}?since=2026-02-30", 400, "since", "a day that exists"),
    "last week": (f"{WEEKS}?until=last+week", 400, "until", "a day that exists"),
    "the wrong way round": (f"{WEEKS}?since=2026-09&until=2026-08", 400, "since", "later than until"),
    "too many rows": (f"{WEEKS}?limit=5001", 400, "limit", "from 1 to 5000"),
    "no rows": (f"{WEEKS}?limit=0", 400, "limit", "from 1 to 5000"),
    "minus": (f"{WEEKS}?offset=-1", 400, "offset", "from 0 to"),
    "behind the end": (f"{WEEKS}?offset=90000", 404, "offset", "there are only 560 rows"),
    "huge": (f"{WEEKS}?offset=99999999999", 400, "offset", "from 0 to"),
    "unknown column": (f"{WEEKS}?columns=cases_new,nik", 404, "columns", "is not here"),
    "unknown programme": (f"{AID}?programme=BPNT", 404, "programme", "no such value"),
    "no area there": (f"{HOME}/samarinda/tables/corona_day?area=64.72", 400, "area", "not by area"),
    "no period there": (f"{ACTIONS}?since=2026-08", 400, "since", "not by period"),
    "misspelt": (f"{WEEKS}?levle=city", 400, "", "Perhaps you meant: level"),
    "unknown": (f"{WEEKS}?sum=cases_new", 400, "", "not known here"),
    "twice": (f"{WEEKS}?level=city&level=kecamatan", 400, "level", "only once"),
    "format": (f"{WEEKS}?format=xml", 400, "format", "one of what is possible"),
    "language": (f"{WEEKS}?bahasa=jv", 400, "bahasa", "one of what is possible"),
    "both": (f"{WEEKS}?release=1&as_of=2026-09-20", 400, "as_of", "not both"),
    "before everything": (f"{WEEKS}?as_of=2026-01-01", 404, "as_of", "the first is of 12 Sep 2026"),
    "the future": (f"{WEEKS}?as_of=2199-01-01", 400, "as_of", "has not come yet"),
    "no moment": (f"{WEEKS}?as_of=2026-09-20T25:00", 400, "as_of", "a day that exists"),
    "nothing": (f"{WEEKS}?area=", 400, "area", "Kemendagri code"),
    "too long": (f"{WEEKS}?area={','.join(['64.72'] * 400)}", 414, "", "2000 characters"),
    "no such address": (f"{HOME}/samarinda/rows", 404, "", OPENAPI),
    "another version": ("/api/v2/cities", 404, "", OPENAPI),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(client: FlaskClient, name: str) -> None:
    address, status, parameter, says = WRONG[name]
    answer = client.get(address, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json["status"] == status and answer.json["type"] == "about:blank"
    assert answer.json.get("parameter", "") == parameter and says in answer.json["detail"]
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Content-Language"] == "en"
    indonesian = client.get(address).json
    assert indonesian["title"] != answer.json["title"]
    assert indonesian["detail"] != answer.json["detail"] or says == OPENAPI


def test_it_says_what_is_possible(client: FlaskClient) -> None:
    assert client.get(f"{WEEKS}?level=rt").json["possible"] == ["city", "kecamatan", "kelurahan"]
    assert client.get(f"{AID}?programme=x").json["possible"] == ["BLT", "PKH", "Sembako"]
    assert client.get(f"{HOME}/x/tables").json["possible"] == list(CITIES)
    assert "programme" in client.get(f"{AID}?x=1").json["possible"]
    assert "programme" not in client.get(f"{WEEKS}?x=1").json["possible"]


def test_the_language_is_the_readers(client: FlaskClient) -> None:
    spoken = [
        client.get(f"{WEEKS}?limit=0").headers["Content-Language"],
        client.get(f"{WEEKS}?limit=0", headers={"Accept-Language": "en-GB,id;q=0.5"}).headers["Content-Language"],
        client.get(f"{WEEKS}?limit=0&bahasa=id", headers={"Accept-Language": "en"}).headers["Content-Language"],
        client.get(f"{WEEKS}?limit=0", headers={"Accept-Language": "jv"}).headers["Content-Language"],
    ]
    assert spoken == ["id", "en", "id", "id"]


def test_another_form_is_not_there(client: FlaskClient) -> None:
    for accepted in ("application/xml", "text/csv"):
        answer = client.get(f"{HOME}/cities", headers={"Accept": accepted})
        assert (answer.status_code, answer.json["possible"]) == (406, ["application/json"])
    assert client.get(WEEKS, headers={"Accept": "text/html,*/*;q=0.8"}).mimetype == "application/json"


HOSTILE = (
    "<script>alert(1)</script>",
    "'; DROP TABLE rows; --",
    "../../etc/passwd",
    "%00",
    "\u202e\ufeff\x07",
    "{{7*7}}",
    "a" * 5000,
    "\r\nSet-Cookie: a=b",
)


@pytest.mark.parametrize("said", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_hostile_is_refused_and_never_said_back(client: FlaskClient, said: str) -> None:
    names = ("area", "level", "since", "columns", "release", "as_of", "limit", "format", "bahasa", "programme")
    asked = [f"{AID}?{urlencode({name: said})}" for name in names]
    asked += [
        f"{AID}?{urlencode({said: 'x'})}",
        f"{HOME}/{quote(said, safe='')}/tables",
        f"{AID}{quote(said, safe='')}",
    ]
    for address in asked:
        answer = client.get(address)
        assert 400 <= answer.status_code < 500, address
        told = answer.text + str(answer.headers)
        assert said not in told and "Traceback" not in told and "alert(1)" not in told
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "query", [b"area=%ff%fe", b"%ff=1", b"area=%", b"&&&=", b"area" * 3000, b";;", b"limit=%D9%A3"]
)
def test_what_is_no_text_is_refused(client: FlaskClient, query: bytes) -> None:
    answer = client.get(WEEKS, environ_overrides={"QUERY_STRING": query.decode("latin-1")})
    assert answer.status_code in (400, 414) or answer.json["total"] == 560


@pytest.mark.parametrize("number", [NIK, "199203122015031002", "6472-0512-0399-0001", "6472%200512%200399%200001"])
@pytest.mark.parametrize(
    "address",
    [
        f"{WEEKS}?area={{}}",
        f"{WEEKS}?{{}}=1",
        f"{HOME}/{{}}/tables",
        "/{}",
        "/samarinda/data/{}.csv",
        f"{WEEKS}?x=a{{}}b",
    ],
)
def test_an_address_with_a_number_of_a_person_is_refused_everywhere(
    client: FlaskClient, address: str, number: str
) -> None:
    answer = client.get(address.format(number))
    assert answer.status_code == 400
    assert "".join(filter(str.isdigit, number.replace("%20", ""))) not in answer.text.replace("-", "").replace(" ", "")
    assert "NIK" in answer.text


def test_a_code_and_a_moment_are_no_number_of_a_person(client: FlaskClient) -> None:
    told = get(client, WEEKS, area="64.72.01.1001,64.72.01.1002", as_of="2026-09-20T10:05:00.123456+08:00")
    assert told["total"] == 14


def test_a_list_as_csv_is_read_by_a_program(client: FlaskClient, shelf: Shelf) -> None:
    answer: TestResponse = client.get(f"{ACTIONS}?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert [row["title"].removeprefix("'") for row in rows] == [
        row["title"] for row in published(shelf, "rencana_actions")
    ]


def test_the_openapi_declares_what_is_read(client: FlaskClient) -> None:
    told = get(client, OPENAPI)
    assert told["openapi"] == "3.1.0" and len(told["paths"]) == len(api.ENDPOINTS)
    rows = told["paths"]["/{city}/tables/{table}"]["get"]["parameters"]
    assert {"programme", "age", "agency", "state"} <= {one["name"] for one in rows}
    assert json.dumps(get(client, OPENAPI, bahasa="en")) != json.dumps(told)


def test_who_reads_every_release_does_not_fill_the_memory(client: FlaskClient, shelf: Shelf) -> None:
    for city in CITIES:
        for number in shelf.numbers(city):
            for name in shelf.bundle(city, number).tables:
                get(client, f"{HOME}/{city}/tables/{name}", release=number, limit=1)
    held = rows._rows.cache_info()
    assert held.currsize == held.maxsize == rows.AT_HAND < sum(map(len, map(shelf.numbers, CITIES))) * len(ABOUTS)
