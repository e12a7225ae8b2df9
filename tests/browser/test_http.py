"""The command center over bare HTTP: what it tells, what it refuses, and what its refusals say."""

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from dashboard.command import load_pages
from dashboard.page import pages
from etl.cities import all_cities
from tests.browser.test_pages import PERSONAL
from tests.signed_in import COOKIE, every_page, token
from tests.world import World

load_pages()
KEPT_TO_ITSELF = {"private", "no-store"}
OURS = {"Sec-Fetch-Site": "same-origin"}  # what a browser adds to the requests of our own pages
CITIES = [city.slug for city in all_cities()]
PANELS = [f"/panel/{page.slug}/{panel.id}" for page in pages() for panel in page.panels]


@pytest.fixture
def web(world: World) -> Iterator[httpx.Client]:
    signed_in = {COOKIE: every_page()}
    with httpx.Client(base_url=world.command_url, timeout=60, cookies=signed_in, headers=OURS) as client:
        yield client


def raw(world: World, path: str) -> int:
    """The status of a path sent as it is: no client tidies it up."""
    address = urlsplit(world.command_url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request("GET", path, headers={"Cookie": f"{COOKIE}={token('operator')}"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_health(web: httpx.Client) -> None:
    reply = web.get("/healthz")
    assert (reply.status_code, reply.json()["status"]) == (200, "ok")
    assert re.fullmatch(r"[0-9a-f]{12}", reply.json()["build"])


def test_pulse_tells_version_age_and_promise_of_everything(web: httpx.Client) -> None:
    told = web.get("/pulse").json()
    assert set(told) == set(CITIES)
    for city, datasets in told.items():
        assert {"marketplace_orders", "covid_cases", "bansos_grants", "emergency_calls"} <= set(datasets), city
        for one in datasets.values():
            assert set(one) == {"version", "age_s", "promise_s"}
            assert one["version"] >= 1 and one["age_s"] >= 0 and one["promise_s"] > 0


def test_an_unchanged_bell_is_a_304_without_a_body(web: httpx.Client) -> None:
    first = web.get("/bell?kota=surabaya")
    again = web.get("/bell?kota=surabaya", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert web.get("/bell?kota=banyumas", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


@pytest.mark.parametrize(
    ("query", "id_", "en"),
    [
        ("kota=samarinda&wilayah=35.78", "bukan kode wilayah", "is not an area code"),
        ("kota=samarinda&wilayah=64.72.99", "Tidak ada wilayah 64.72.99", "There is no area 64.72.99"),
        ("wilayah=64.72.03'--", "bukan kode wilayah", "is not an area code"),
        ("periode=selamanya", "Tidak ada periode", "There is no period"),
        ("sejak=2026-02-30", "bukan tanggal", "is not a day"),
        ("sejak=2026-02-10&sampai=2026-02-01", "sesudah", "after"),
        ("sejak=0001-01-01", "di luar 1970-01-01", "lies outside 1970-01-01"),
        ("as_of=kemarin", "bukan waktu", "is not an ISO 8601 moment"),
        ("saring=warna:biru", "Tidak ada saringan 'warna'", "There is no filter 'warna'"),
        ("saring=category:%00", "harus berbentuk nama:nilai", "must be name:value"),
        ("saring=prank", "harus berbentuk nama:nilai", "must be name:value"),
    ],
)
def test_a_wrong_question_is_answered_with_the_right_one(web: httpx.Client, query: str, id_: str, en: str) -> None:
    for language, words in (("id", id_), ("en", en)):
        for ending in ("", ".csv"):
            reply = web.get(f"/panel/112/calls{ending}?{query}&bahasa={language}")
            assert reply.status_code == 400 and words in reply.json()["message"], reply.text
            assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "query",
    [
        "sejak=1970-01-01",
        "sejak=2199-12-31&sampai=2199-12-31",
        "sampai=9999-12-31",
        "as_of=0001-01-01",
        "as_of=9999-12-31T23:59:59-23:59",
    ],
)
def test_the_ends_of_time_are_no_accident(web: httpx.Client, query: str) -> None:
    panels = ("112/calls", "112/trend", "corona/curve", "kota/ticker", "corona/rt", "corona/level", "aplikasi/systems")
    for panel in (*panels, "rencana/plan_claimed", "rencana/unfinished"):
        assert web.get(f"/panel/{panel}?{query}").status_code in (200, 400), panel


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/panel/112/nothing",
        "/panel/nothing/calls",
        "/panel/112/nothing.csv",
        "/112/",
        "/../",
        "/%2e%2e/",
        "/112/../../etc/passwd",
        "/static/files/../../dashboard/command.py",
        "/static/files/%2e%2e/%2e%2e/pyproject.toml",
        "/assets/../pyproject.toml",
        "/panel/../pyproject.toml",
        "/boundaries/samarinda/kecamatan.000000000000.geojson",
        "/boundaries/jakarta/kecamatan.geojson",
        "/boundaries/samarinda/..%2f..%2fcity.toml",
        "/.git/config",
        "/etl/keys.py",
        "/settings.env",
    ],
)
def test_what_does_not_exist_is_not_found(world: World, path: str) -> None:
    assert raw(world, path) == 404


def test_the_not_found_page_speaks_both_languages(web: httpx.Client) -> None:
    for address, words in (("/nowhere", "Halaman ini tidak ada"), ("/nowhere?bahasa=en", "This page does not exist")):
        for accept in ("text/html", "*/*"):
            assert words in web.get(address, headers={"Accept": accept}).text


def test_two_slashes_lead_to_the_page_and_nowhere_else(world: World) -> None:
    assert raw(world, "//112") == 200  # no redirect, so none to another host


@pytest.mark.parametrize("path", ["/bell", "/panel/112/calls", "/panel/112/calls.csv", "/112"])
def test_a_city_that_is_not_the_viewer_s_is_refused_by_name(web: httpx.Client, path: str) -> None:
    refused = web.get(path, params={"kota": "jakarta"})
    assert refused.status_code == 403 and "tidak punya peran di kota" in refused.text and "samarinda" in refused.text


@pytest.mark.parametrize("page", [page.slug for page in pages()])
def test_filters_take_any_word(web: httpx.Client, page: str) -> None:
    declared = next(one for one in pages() if one.slug == page)
    for dimension in declared.dimensions:
        for panel in declared.panels:
            reply = web.get(f"/panel/{page}/{panel.id}", params={"saring": f"{dimension}:'; --<b>ß"})
            assert reply.status_code == 200, (dimension, panel.id, reply.text)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b"{}", b'"x"', b'{"output": 5}', b'{"output": "a.b"}', b"\xff\xfe"]
)
def test_a_malformed_callback_is_refused_and_not_an_accident(web: httpx.Client, body: bytes) -> None:
    assert posted(web, body) == 400


def posted(web: httpx.Client, body: bytes) -> int:
    reply = web.post("/_dash-update-component", content=body, headers={"Content-Type": "application/json"})
    assert "Traceback" not in reply.text
    return reply.status_code


def test_a_callback_with_one_thing_wrong_is_refused(web: httpx.Client) -> None:
    good = page_call("/112", "")
    wrong: list[dict[str, Any]] = [
        {k: v for k, v in good.items() if k != gone} for gone in ("output", "outputs", "inputs")
    ]
    wrong += [good | {key: value} for key in good for value in (None, 5, "x", {}, [[]], [5])]
    wrong += [page_call(5, ""), page_call("/112", ["x"]), good | {"inputs": good["inputs"][:1]}, good | {"outputs": []}]
    wrong += [good | {"output": '{"panel":["MATCH"],"type":"graph"}.figure'}]
    assert [body for body in wrong if posted(web, json.dumps(body).encode()) != 400] == []


def test_the_callback_of_the_pages_takes_any_path_and_search(web: httpx.Client) -> None:
    """Also words in the address that a Python function would take for its own."""
    for path, search in [("/112", ""), ("/", "?self=1&said=2&bahasa=en"), ("/nowhere", "?x"), (None, None)]:
        assert posted(web, json.dumps(page_call(path, search)).encode()) == 200, (path, search)


def page_call(path: object, search: object) -> dict[str, Any]:
    """What the browser sends when it wants a page."""
    inputs = {"pathname": path, "search": search}
    return {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}],
        "inputs": [{"id": "_pages_location", "property": name, "value": value} for name, value in inputs.items()],
        "changedPropIds": [f"_pages_location.{name}" for name in inputs],
    }


def test_dash_itself_holds_no_data(web: httpx.Client) -> None:
    for path in ("/_dash-layout", "/_dash-dependencies", "/", "/112"):
        told = web.get(path).text
        assert "fresh_at" not in told and "SIMULASI Pedagang" not in told and not PERSONAL.search(told)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/112",
        "/healthz",
        "/pulse",
        "/meta",
        "/panels/112",
        "/panel/112/calls",
        "/nowhere",
        "/panel/112/calls?kota=x",
    ],
)
def test_every_answer_carries_the_security_headers(web: httpx.Client, path: str) -> None:
    headers = web.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    if headers["content-type"].startswith("text/html"):
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "frame-ancestors" in policy
        assert "unsafe-eval" not in policy and "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


@pytest.mark.parametrize("city", CITIES)
def test_all_panels_answer_discreetly_and_are_no_shared_cache_s_business(web: httpx.Client, city: str) -> None:
    for path in PANELS:
        reply = web.get(f"{path}?kota={city}")
        assert reply.status_code == 200, path
        assert reply.headers["cache-control"] == "private, no-store"
        assert reply.headers["content-encoding"] == "gzip" and reply.headers["vary"] == "Accept-Encoding"
        assert not PERSONAL.search(reply.text), path
        sheet = web.get(f"{path}.csv?kota={city}")
        assert sheet.status_code == (200 if reply.json().get("table") else 404), path
        assert KEPT_TO_ITSELF & set(sheet.headers["cache-control"].split(", ")) and not PERSONAL.search(sheet.text), (
            path
        )


@pytest.mark.parametrize("page", sorted(page.slug for page in pages()))
def test_what_is_ready_of_a_page_comes_together_and_nothing_else(web: httpx.Client, page: str) -> None:
    """The same answers as one by one; what nobody asked for yet is not computed."""
    panels = [path for path in PANELS if path.startswith(f"/panel/{page}/")]
    scope = "kota=samarinda&sejak=2026-02-03&sampai=2026-02-05"
    assert web.get(f"/panels/{page}?{scope}").json() == {}
    alone = {path.rpartition("/")[2]: web.get(f"{path}?{scope}") for path in panels[:-1]}
    together = web.get(f"/panels/{page}?{scope}")
    assert together.headers["cache-control"] == "private, no-store" and together.headers["vary"] == "Accept-Encoding"
    assert together.json() == {
        name: {
            "etag": reply.headers["etag"].strip('"'),
            "versions": reply.headers["versions"],
            "answer": reply.json(),
        }
        for name, reply in alone.items()
    }


def test_a_question_without_sense_has_nothing_ready(web: httpx.Client) -> None:
    assert web.get("/panels/nowhere?kota=samarinda").status_code == 404
    assert web.get("/panels/112?kota=samarinda&saring=warna:merah").status_code == 400


def test_an_unchanged_panel_is_a_304_and_plain_without_gzip(web: httpx.Client) -> None:
    path = "/panel/112/trend?kota=samarinda&sejak=2026-01-01&sampai=2026-01-31"
    first = web.get(path)
    again = web.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = web.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.json() == first.json()


def test_boundaries_are_kept_for_ever_under_the_name_of_their_content(web: httpx.Client) -> None:
    maps: dict[str, dict[str, str]] = {city["slug"]: city["maps"] for city in web.get("/meta").json()["cities"]}
    for address in (address for levels in maps.values() for address in levels.values()):
        reply = web.get(address)
        assert "immutable" in reply.headers["cache-control"] and "max-age=31536000" in reply.headers["cache-control"]
        assert {feature["properties"]["code"] for feature in reply.json()["features"]}
        old = re.sub(r"\.[0-9a-f]{12}\.", ".0123456789ab.", address)
        assert web.get(old).status_code == 404
