"""Feeds that readers accept: ids for ever, both languages; a map of the site; what robots may read."""

import datetime as dt
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as xml

import pytest
from flask.testing import FlaskClient

from dashboard.public import create, feeds
from etl.bundle import CURRENT, Correction, Flag, Shelf, name_of
from etl.text import Text
from tests.public.bundles import CITIES, RELEASES, made_at, shelf_in

ATOM, MAP = "{http://www.w3.org/2005/Atom}", "{http://www.sitemaps.org/schemas/sitemap/0.9}"
FEEDS = [f"{prefix}/samarinda/{name}.atom" for prefix in ("", "/en") for name in ("rilis", "koreksi")]


def read(client: FlaskClient, path: str) -> xml.Element:
    """The tree of a feed."""
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    return xml.fromstring(answer.data)


def text(element: xml.Element, tag: str) -> str:
    """What the one child of that name says."""
    (child,) = element.findall(ATOM + tag)
    assert child.text
    return child.text


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_what_rfc_4287_wants(client: FlaskClient, path: str) -> None:
    feed = read(client, path)
    assert feed.tag == f"{ATOM}feed" and text(feed, "title")
    (author,) = feed.findall(f"{ATOM}author")
    assert text(author, "name") == "Dinas Komunikasi dan Informatika"
    links = {link.get("rel"): link.get("href", "") for link in feed.findall(f"{ATOM}link")}
    assert urlsplit(links["self"]).path == path and links["alternate"]
    entries = feed.findall(f"{ATOM}entry")
    assert entries
    for entry in (feed, *entries):
        assert text(entry, "id").startswith("urn:uuid:")
        assert dt.datetime.fromisoformat(text(entry, "updated")).tzinfo is not None
    for entry in entries:
        assert text(entry, "title") and text(entry, "content")
        assert [link.get("rel") for link in entry.findall(f"{ATOM}link")] == ["alternate"]
    ids = [text(entry, "id") for entry in (feed, *entries)]
    assert len(set(ids)) == len(ids)
    times = [text(entry, "updated") for entry in entries]
    assert times == sorted(times, reverse=True) and text(feed, "updated") == times[0]


def test_every_release_is_news(client: FlaskClient, shelf: Shelf) -> None:
    entries = read(client, "/samarinda/rilis.atom").findall(f"{ATOM}entry")
    assert [text(entry, "title") for entry in entries] == [f"Rilis {number}" for number in (3, 2, 1)]
    assert [dt.datetime.fromisoformat(text(entry, "updated")) for entry in entries] == [made_at(n) for n in (3, 2, 1)]
    count = len(shelf.bundle("samarinda", 3).corrections)
    assert text(entries[0], "content").endswith(f"{count} angka dikoreksi.")


def test_corrections_are_told_in_words(client: FlaskClient, shelf: Shelf) -> None:
    entries = read(client, "/en/samarinda/koreksi.atom").findall(f"{ATOM}entry")
    corrected = {(n, one.table) for n in (1, 2, 3) for one in shelf.bundle("samarinda", n).corrections}
    assert len(entries) == len(corrected)
    weeks = next(entry for entry in entries if text(entry, "title").startswith("Table corona_area_week"))
    first, *others = text(weeks, "content").splitlines()
    assert first == "Kota Samarinda, 1 Aug 2026, Number of cases_new: 1,145 → 1,220 (Late reports from health centres)"
    assert any("<10 → " in line or " → <10" in line for line in others)
    assert others[-1].startswith("… and ") and len(others) == feeds.MOST_TOLD


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        (Flag.SHOWN, 0.25, "0,25"),
        (Flag.SHOWN, 1150.0, "1.150"),
        (Flag.BELOW, None, "<10"),
        (Flag.HIDDEN, None, "tersembunyi"),
        (Flag.MISSING, None, "tidak ada data"),
    ],
)
def test_a_cell_is_said_whole(client: FlaskClient, shelf: Shelf, flag: Flag, value: float | None, said: str) -> None:
    bundle = shelf.bundle("samarinda")
    one = Correction(
        table="bansos_area_month", column="aid_recipients", before=1230.0, before_flag=Flag.SHOWN, after=value,
        after_flag=flag, row={"area": "64.72.05", "period": "2026-08-01", "programme": "PKH"},
        why=(Text("Bukan\x0b ini", "Not this"),),
    )  # fmt: skip
    line = feeds._line(bundle, one, "id")
    place = bundle.places["64.72.05"].name
    assert line == f"{place}, 1 Agu 2026, PKH, Banyaknya aid_recipients: 1.230 → {said} (Bukan\x0b ini)"
    feeds._add(root := xml.Element("a"), "b", line)
    assert "\x0b" not in xml.fromstring(xml.tostring(root))[0].text  # type: ignore[operator]


def test_news_keeps_its_id_wherever_it_is_read_and_whatever_comes_later(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path, cities=["samarinda"])
    link = tmp_path / "samarinda" / CURRENT
    seen: list[set[str]] = []
    for number in (1, 2, 3):
        link.unlink()
        link.symlink_to(name_of(number))
        client = create(shelf).test_client()
        answers = [client.get(path, headers={"Host": f"site{number}.example"}) for path in FEEDS]
        entries = [entry for answer in answers for entry in xml.fromstring(answer.data).findall(f"{ATOM}entry")]
        seen.append({text(entry, "id") for entry in entries})
    assert seen[0] < seen[1] < seen[2]


def test_an_unchanged_feed_is_not_sent_again_and_a_city_without_one_has_none(client: FlaskClient) -> None:
    first = client.get(FEEDS[0])
    assert client.get(FEEDS[0], headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert client.get("/banyumas/rilis.atom").status_code == 404


def test_the_map_names_every_page_in_both_languages(client: FlaskClient, shelf: Shelf) -> None:
    root = xml.fromstring(client.get("/sitemap.xml").data)
    places = [url.findtext(f"{MAP}loc") or "" for url in root.findall(f"{MAP}url")]
    assert len(set(places)) == len(places) < 50_000
    areas = sum(len(shelf.bundle(city).places) - 1 for city in CITIES)
    pages = 1 + len(feeds.SUBJECTS) + len(feeds.OTHERS)
    assert len(places) == 2 * (1 + pages * len(CITIES) + areas * len(feeds.SUBJECTS))
    assert {"http://localhost/", "http://localhost/en", "http://localhost/en/surabaya/corona"} <= set(places)
    assert "http://localhost/samarinda/bansos/64.72.05.1004" in places
    for url in root.findall(f"{MAP}url"):
        others = {link.get("hreflang"): link.get("href") for link in url if link.tag.endswith("}link")}
        assert others.keys() == {"id", "en"} and url.findtext(f"{MAP}loc") in others.values()


def test_the_map_knows_a_new_release(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path, cities=["samarinda"])
    client = create(shelf).test_client()
    assert made_at(RELEASES).isoformat().encode() in client.get("/sitemap.xml").data
    link = tmp_path / "samarinda" / CURRENT
    link.unlink()
    link.symlink_to(name_of(1))
    assert made_at(1).isoformat().encode() in client.get("/sitemap.xml").data


def test_robots_read_pages_and_neither_questions_nor_the_past(client: FlaskClient) -> None:
    lines = client.get("/robots.txt").text.splitlines()
    assert {"Disallow: /api/", "Disallow: /*/rilis/", "Sitemap: http://localhost/sitemap.xml"} <= set(lines)
