"""Files over the wire: only what a release lists, for ever under its number, in parts and packed."""

import gzip
from hashlib import sha256

import brotli
import pytest
from flask.testing import FlaskClient

from dashboard.public import files
from etl.bundle import Shelf

NEWEST = "/samarinda/data/corona_area_week.csv"


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_listed_file_is_served_as_it_was_made(client: FlaskClient, shelf: Shelf, number: int) -> None:
    listed = shelf.bundle("samarinda", number).manifest.files
    names = [path for path in listed if path.startswith("data/") and not path.endswith((".br", ".gz"))]
    assert len(names) > 40
    for path in names:
        answer = client.get(f"/samarinda/rilis/{number}/{path}")
        assert sha256(answer.data).hexdigest() == listed[path] == answer.headers["ETag"].strip('"')
        assert "immutable" in answer.headers["Cache-Control"] and answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_newest_is_told_for_a_while_and_says_where_it_is_for_ever(client: FlaskClient) -> None:
    answer = client.get(NEWEST)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    address = answer.headers["Link"].partition(">")[0][1:]
    assert address == "http://localhost/samarinda/rilis/3/data/corona_area_week.csv"
    assert client.get(address).data == answer.data
    assert answer.headers["Content-Disposition"] == "attachment; filename=samarinda-3-corona_area_week.csv"


def test_packed_files_are_sent_to_who_can_unpack_them(client: FlaskClient) -> None:
    plain = client.get(NEWEST)
    for coding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        answer = client.get(NEWEST, headers={"Accept-Encoding": coding})
        assert (answer.headers["Content-Encoding"], answer.mimetype) == (coding, "text/csv")
        assert unpack(answer.data) == plain.data and answer.headers["ETag"] != plain.headers["ETag"]
    assert "Content-Encoding" not in client.get("/samarinda/data/all.zip", headers={"Accept-Encoding": "br"}).headers


def test_a_download_goes_on_where_it_broke_off(client: FlaskClient) -> None:
    whole = client.get(NEWEST).data
    part = client.get(NEWEST, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, whole[100:200])
    again = client.get(NEWEST, headers={"If-None-Match": client.head(NEWEST).headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_as_of_leads_to_the_release_that_was_in_force(client: FlaskClient) -> None:
    answer = client.get(f"{NEWEST}?as_of=2026-09-20")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "http://localhost/samarinda/rilis/2/data/corona_area_week.csv",
    )
    assert client.get(f"{NEWEST}?as_of=yesterday").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/samarinda/data/release.json",
        "/samarinda/data/../release.json",
        "/samarinda/data/..%2frelease.json",
        "/samarinda/data/%2e%2e/release.json",
        "/samarinda/data/corona_area_week.csv.br",
        "/samarinda/data/nope.csv",
        "/samarinda/data/corona_area_week",
        "/samarinda/rilis/4/data/corona_area_week.csv",
        "/samarinda/rilis/0/data/corona_area_week.csv",
        "/samarinda/rilis/-1/data/corona_area_week.csv",
        "/banyumas/data/corona_area_week.csv",
        "/..%2fsamarinda/data/corona_area_week.csv",
        "/samarinda%2f0003/data/corona_area_week.csv",
    ],
)
def test_nothing_else_is_a_file(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404 and "city_code" not in answer.text and files.PACKAGE not in answer.text
