"""Where things are, for how long they may be kept, and what is answered where nothing is."""

import re
from itertools import product
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from flask.testing import FlaskClient

from dashboard.public import create
from dashboard.public.address import LANGUAGES, Address
from dashboard.public.made import shapes
from dashboard.public.page import pages
from dashboard.static import FOREVER
from etl.bundle import Shelf
from etl.cities import load_city
from tests.public.html import tree
from tests.public.released import publish

LEAD = {"id": "Halaman tidak ada", "en": "No such page"}
ELSEWHERE = re.compile(r"/cek-bantuan$|/keberatan$")  # built by others


def path_of(language: str, path: str) -> str:
    """A path in a language."""
    return f"/en{path}" if language == "en" else path


# How long


@pytest.mark.parametrize("path", ["/", "/en", "/samarinda", "/samarinda/corona", "/en/samarinda/koreksi/64.72.01"])
def test_the_newest_is_kept_for_a_minute(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=600"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(("slug", "language"), list(product(pages(), LANGUAGES)))
def test_a_release_is_kept_for_ever(client: FlaskClient, slug: str, language: str) -> None:
    answer = client.get(Address(language, "samarinda", 1, slug, "64.72.01.1001").path)
    assert answer.headers["Cache-Control"] == FOREVER
    page = tree(answer.text)
    strip = page.first("div", class_="strip")
    assert {"id": "Anda membaca rilis 1", "en": "You are reading release 1"}[language] in strip.text
    newest = Address(language, "samarinda", None, slug, "64.72.01.1001").path
    assert strip.first("a").attributes["href"] == newest
    pages_of_it = {node.attributes["href"] for node in page.first("nav", id="menu").all("a")}
    assert all(path.startswith(path_of(language, "/samarinda/rilis/1")) for path in pages_of_it)


def test_a_later_release_changes_no_page_of_an_earlier_one(tmp_path: Path) -> None:
    samarinda = load_city("samarinda")
    for number in (1, 2):
        publish(tmp_path, samarinda, number, [shapes])
    asked = [
        Address(language, "samarinda", release, slug).path
        for release, slug, language in product((1, 2), pages(), LANGUAGES)
    ]
    before = [create(Shelf(tmp_path)).test_client().get(path).data for path in asked]
    publish(tmp_path, samarinda, 3, [shapes])
    after = create(Shelf(tmp_path)).test_client()
    assert [after.get(path).data for path in asked] == before
    assert after.get("/samarinda/corona").text != after.get("/samarinda/rilis/1/corona").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_leads_to_its_release(client: FlaskClient, language: str) -> None:
    path = Address(language, "samarinda", None, "corona", "64.72.01").path
    for day, number in (("2026-11-27", 1), ("2026-11-28", 2), ("2099-01-01", 2)):
        answer = client.get(f"{path}?as_of={day}")
        assert (answer.status_code, answer.location) == (
            302,
            Address(language, "samarinda", number, "corona", "64.72.01").path,
        )
    assert client.get(f"{path}?as_of=2020-01-01").status_code == 404
    wrong = client.get(f"{path}?as_of=20 November")
    assert wrong.status_code == 400 and "2026-11-20" in wrong.text


# Which place


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Rawa Makmur", "64.72.01.1001"),
        ("rawa  makmur", "64.72.01.1001"),
        ("Kel. Rawa Makmur", "64.72.01.1001"),
        ("Rawa Makmur, Palaran", "64.72.01.1001"),
        ("64.72.01.1001", "64.72.01.1001"),
        ("kec. palaran", "64.72.01"),
        ("Sambutan", "64.72.07.1002"),  # a kelurahan is meant rather than the kecamatan called like it
        ("kec. sambutan", "64.72.07"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_leads_to_its_page(client: FlaskClient, said: str, code: str, language: str) -> None:
    for slug in ("", "corona", "data"):
        path = path_of(language, f"/samarinda/cari?kelurahan={quote(said)}&halaman={slug}")
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.location == Address(language, "samarinda", None, slug, code).path
    fixed = client.get(path_of(language, f"/samarinda/rilis/1/cari?kelurahan={quote(said)}&halaman=corona"))
    assert fixed.location == Address(language, "samarinda", 1, "corona", code).path


@pytest.mark.parametrize(("said", "some"), [("sempaja", 4), ("Sempaja Selatn", 1), ("sungai", 3)])
def test_a_name_of_several_is_asked_about(client: FlaskClient, said: str, some: int) -> None:
    answer = client.get(f"/samarinda/cari?kelurahan={quote(said)}&halaman=112")
    assert answer.status_code == 200 and answer.headers["X-Robots-Tag"] == "noindex"
    links = [node.attributes["href"] for node in tree(answer.text).first("ul", class_="places").all("a")]
    assert len(links) >= some and all(client.get(link).status_code == 200 for link in links)
    assert all(link.startswith("/samarinda/112/") for link in links)


def test_a_name_that_two_share_is_told_apart(client: FlaskClient) -> None:
    answer = client.get("/surabaya/cari?kelurahan=Wonorejo")
    rows = [node.text for node in tree(answer.text).first("ul", class_="places").all("li")]
    assert rows == ["Wonorejo kelurahan, Tegalsari", "Wonorejo kelurahan, Rungkut"] or len(set(rows)) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_such_name(client: FlaskClient, language: str) -> None:
    answer = client.get(path_of(language, "/samarinda/cari?kelurahan=Xyzzyq"))
    assert answer.status_code == 200
    assert {"id": "Tidak ada wilayah dengan nama itu", "en": "No area is called so"}[language] in answer.text
    assert "Xyzzyq" not in answer.text


# Nothing there


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/nowhere", ""),
        ("/bandung/corona", "kota|city"),
        ("/samarinda/rilis/99/corona", "rilis|release"),
        ("/samarinda/rilis/0", "rilis|release"),
        ("/samarinda/rilis/99999999999/corona", "rilis|release"),
        ("/samarinda/corona/99.99.99", "wilayah|area"),
        ("/samarinda/corona/35.78.01", "wilayah|area"),
        ("/samarinda/crona", ""),
        ("/samarinda/sematan/nothing", "gambar|figure"),
        ("/samarinda/gambar/nothing.png", "gambar|figure"),
        ("/samarinda/gambar/..%2f..%2frelease.json", ""),
        ("/surabaya/sematan/nilai-belanja", "gambar|figure"),
        ("/samarinda/corona/64.72.01.1001/more", ""),
    ],
)
def test_nothing_is_said_calmly(client: FlaskClient, path: str, says: str, language: str) -> None:
    answer = client.get(path_of(language, path))
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    page = tree(answer.text)
    assert page.first("html").attributes["lang"] == language
    assert page.first("h1").text == LEAD[language]
    assert re.search(says, page.first("p", class_="lead").text, re.IGNORECASE)
    assert "Traceback" not in answer.text and "werkzeug" not in answer.text.lower()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/samarinda/crona", "/samarinda/corona"),
        ("/samarinda/corona/sempaja-selatn", "/samarinda/corona/64.72.05.1002"),
        ("/samarinda/112/Palarn", "/samarinda/112/64.72.01"),
    ],
)
def test_what_may_have_been_meant_is_offered(client: FlaskClient, path: str, meant: str, language: str) -> None:
    page = tree(client.get(path_of(language, path)).text)
    links = [node.attributes["href"] for node in page.first("ul", class_="places").all("a")]
    assert path_of(language, meant) in links
    assert all(client.get(link).status_code == 200 for link in links)


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "../../../etc/passwd",
    "' OR 1=1 --",
    "%00",
    "\u202egnp.exe",
    "A" * 5_000,
    "=cmd|' /C calc'!A0",
    "3301010101010001",
    "3301 0101 0101 0001",
)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(
    "where",
    [
        "/samarinda/{}",
        "/samarinda/corona/{}",
        "/samarinda/corona?x={}",
        "/samarinda/corona?as_of={}",
        "/samarinda/cari?kelurahan={}&halaman=corona",
        "/samarinda/cari?kelurahan=rawa&halaman={}",
        "/{}/corona",
        "/en/samarinda/rilis/{}/corona",
        "/samarinda/sematan/{}",
        "/samarinda/gambar/{}",
    ],
)
def test_what_was_sent_is_never_sent_back(client: FlaskClient, where: str, hostile: str) -> None:
    answer = client.get(where.format(quote(hostile, safe="")))
    assert answer.status_code < 500
    assert answer.status_code in (200, 302, 308, 400, 404)
    for body in (answer.text, unquote(answer.location or "")):
        assert hostile not in body
        assert "alert(1)" not in body and "49" not in re.findall(r"\b\d+\b", tree(answer.text).first("title").text)
    if re.sub(r"\D", "", hostile) == "3301010101010001":
        assert answer.status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_reading_is_allowed(client: FlaskClient, method: str) -> None:
    answer = client.open("/samarinda/corona", method=method)
    assert answer.status_code == 405
    assert "Traceback" not in answer.text


# Around


def test_links_lead_somewhere(client: FlaskClient) -> None:
    waiting, seen = ["/", "/en"], set()
    while waiting:
        path = waiting.pop()
        answer = client.get(path)
        assert answer.status_code == 200, path
        if answer.mimetype != "text/html":
            continue
        for node in tree(answer.text).all("a"):
            link = node.attributes["href"].partition("#")[0]
            link = link.removeprefix("http://127.0.0.1:8051")
            if (
                link
                and link not in seen
                and not ELSEWHERE.search(link)
                and "/64.72" not in link
                and "/35.78" not in link
            ):
                seen.add(link)
                waiting.append(link)
    assert len(seen) > 150
    assert {"/kamus", "/en/angka", "/samarinda/rilis/1/koreksi", "/api/v1/openapi.json"} <= seen


def test_anchors_are_there(client: FlaskClient) -> None:
    for slug in pages():
        page = tree(client.get(Address("en", "samarinda", None, slug).path).text)
        names = {node.attributes.get("id") for node in page.all()}
        for node in page.all("a"):
            path, _, name = node.attributes["href"].partition("#")
            if name and not path:
                assert name in names, (slug, name)


@pytest.mark.parametrize("path", ["/", "/samarinda", "/samarinda/corona", "/kamus", "/nope", "/samarinda/data"])
def test_every_answer_is_guarded_and_sets_no_cookie(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_may_stand_in_another_page(client: FlaskClient, language: str) -> None:
    for path in ("/samarinda/sematan/kasus-per-pekan", "/samarinda/rilis/1/sematan/peta-kasus/64.72.01.1001"):
        answer = client.get(path_of(language, path))
        assert answer.status_code == 200
        assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
        page = tree(answer.text)
        assert "SIMULASI" in page.text and "Dinas covid_cases" in page.text and "2026" in page.text
        assert page.first("svg") and page.first("h1").text
        assert not list(page.all("nav"))


def test_pages_say_where_they_are(client: FlaskClient) -> None:
    head = tree(client.get("/samarinda/rilis/1/corona/64.72.01").text).first("head")
    links = {
        (node.attributes["rel"], node.attributes.get("hreflang", "")): node.attributes["href"]
        for node in head.all("link")
    }
    home = "http://127.0.0.1:8051"
    assert links["canonical", ""] == f"{home}/samarinda/corona/64.72.01"
    assert links["alternate", "en"] == f"{home}/en/samarinda/rilis/1/corona/64.72.01"
    said = {node.attributes.get("property", ""): node.attributes.get("content", "") for node in head.all("meta")}
    assert said["og:image"] == f"{home}/samarinda/rilis/1/gambar/kasus-per-pekan.png"
    assert said["og:url"] == f"{home}/samarinda/rilis/1/corona/64.72.01"
    assert "SIMULASI" in said["og:title"]
    assert client.get("/samarinda/rilis/1/gambar/kasus-per-pekan.png").mimetype == "image/png"
    assert client.get("/en/samarinda/gambar/kasus-per-pekan.svg").mimetype == "image/svg+xml"


# No release yet


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_release_it_says_so(tmp_path: Path, language: str) -> None:
    empty = create(Shelf(tmp_path / "none")).test_client()
    answer = empty.get(path_of(language, "/").rstrip("/") or "/")
    assert answer.status_code == 200
    assert f"<h1>{ {'id': 'Belum ada rilis publik', 'en': 'No public release yet'}[language] }</h1>" in answer.text
    assert empty.get(path_of(language, "/samarinda")).status_code == 404
    assert empty.get(path_of(language, "/kamus")).status_code == 200
