"""The mayor's pages say what the panels say; the brief's PDF, read back, says what they say."""

import datetime as dt
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.access.roles import Grant, Role
from dashboard.areas import places
from dashboard.command import load_pages
from dashboard.indicators import indicators
from dashboard.morning.morning import morning
from dashboard.morning.sentences import Kind
from dashboard.office import brief, briefs, targets
from dashboard.office.evidence import page_of
from dashboard.office.overview import overview, week
from dashboard.panels import Tile
from etl.cities import load_city
from etl.warehouse import reading
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import World, run

load_pages()
CITY = load_city("samarinda")
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def mayor(world: World) -> Iterator[httpx.Client]:
    cookies = {COOKIE: token_with(Grant(Role.MAYOR, CITY.code))}
    with httpx.Client(base_url=world.command_url, cookies=cookies, headers=OURS, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def head(world: World) -> Iterator[httpx.Client]:
    cookies = {COOKIE: token_with(Grant(Role.OPD_HEAD, CITY.code, "D01"))}
    with httpx.Client(base_url=world.command_url, cookies=cookies, headers=OURS, timeout=60) as client:
        yield client


def told(language: str, agency: str | None = None) -> dict[str, Any]:
    with reading(CITY.code, agency) as connection:
        return morning(connection, CITY, NOW, {}, language, agency)


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_morning_is_short_and_every_sentence_is_whole(world: World, language: str) -> None:
    known = told(language)
    assert len(known["sentences"]) <= 5 and 0 < known["judged"] <= known["watched"]
    order = [list(Kind).index(one["kind"]) for one in known["sentences"]]
    assert order == sorted(order)
    for one in known["sentences"]:
        assert re.fullmatch(r"[A-Z0-9].*[^ ]\.", one["says"]), one["says"]
        assert "{" not in one["says"] and "None" not in one["says"] and one["owner"]
        assert one["page"]["address"].startswith("/")


def test_the_morning_is_there_without_a_script_and_names_what_it_looked_at(mayor: httpx.Client) -> None:
    page = mayor.get(f"/pagi?kota={CITY.slug}").text
    assert "Apa yang dilihat" in page and "SIMULASI" in page
    for link in re.findall(r'class="open" href="([^"]+)"', page):
        assert mayor.get(link.replace("&amp;", "&")).status_code == 200


def test_a_head_is_told_of_the_own_agency_only(head: httpx.Client) -> None:
    page = head.get(f"/pagi?kota={CITY.slug}").text
    assert re.search(r"Samarinda · hanya \w", page) and "112" not in page
    assert told("id", "D01")["watched"] < told("id")["watched"]


def overviewed(asked: Any) -> dict[str, Any]:
    with reading(CITY.code) as connection:
        return overview(connection, asked, places(connection, CITY), {})


def lines(known: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {line["key"]: line for group in known["groups"] for line in group["lines"]}


def test_the_whole_city_says_what_the_tiles_say(mayor: httpx.Client) -> None:
    page = mayor.get(f"/seluruh-kota?kota={CITY.slug}").text
    shown = dict(re.findall(r'data-key="(\w+)".*?<p class="value"><b>([^<]+)</b>', page, re.DOTALL))
    aimed = {key for key, one in lines(overviewed(week(CITY, NOW, "id"))).items() if one["value"]}
    assert shown.keys() == aimed and len(aimed) >= 8
    compared = 0
    for key, value in shown.items():
        place = page_of(indicators()[key])
        assert place
        if not isinstance(place.panel(key), Tile):
            continue
        tile = mayor.get(f"/panel/{place.slug}/{key}?kota={CITY.slug}&periode=7h").json()["tile"]
        compared += 1
        assert value.startswith(tile["value"]), key
    assert compared >= 8


def test_the_whole_city_comes_within_a_second(mayor: httpx.Client) -> None:
    began = time.monotonic()
    mayor.get(f"/seluruh-kota?kota={CITY.slug}&bahasa=en")
    first = time.monotonic() - began
    began = time.monotonic()
    mayor.get(f"/seluruh-kota?kota={CITY.slug}&bahasa=en")
    assert first < 5 and time.monotonic() - began < 1  # two cores, shared with other tests


def test_a_claim_stands_beside_its_evidence(mayor: httpx.Client) -> None:
    page = mayor.get(f"/seluruh-kota?kota={CITY.slug}").text
    for key in ("plan_claimed", "plan_evidenced"):
        value = mayor.get(f"/panel/rencana/{key}?kota={CITY.slug}").json()["tile"]["value"]
        assert f'<td class="number">{value}</td>' in page


@pytest.fixture(scope="module")
def printed(world: World) -> Path:
    """The brief of last week."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext")
    return Path(run("dashboard", "brief", CITY.slug).strip())


def read(path: Path, how: str) -> str:
    """A PDF read back: ``-layout`` as it stands on the page, ``-raw`` cell by cell."""
    return subprocess.run(["pdftotext", how, str(path), "-"], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def made(printed: Path) -> str:
    return read(printed, "-layout")


def test_the_brief_says_what_the_page_says(printed: Path, made: str) -> None:
    first = brief.monday(brief.last_week(CITY, NOW), CITY, NOW)
    known = overviewed(brief._of_week(CITY, first, "id"))
    flat = " ".join(read(printed, "-raw").split())  # a long title takes two lines of its cell
    for line in lines(known).values():
        assert line["title"] in flat and line["value"] in flat and line["target"].split()[-1] in flat, line
    for row in known["plan"]["rows"]:
        assert re.search(rf"{row['claimed']}\s+{row['shown']}", made), row
    assert f"{known['met']} dari {known['size']}" in flat


def test_the_brief_numbers_its_pages_and_says_where_it_comes_from(made: str) -> None:
    pages = re.findall(r"hal\. (\d)/(\d)", made)
    assert [int(number) for number, _ in pages] == list(range(1, len(pages) + 1))
    assert {of for _, of in pages} == {str(len(pages))} and len(pages) >= 3
    assert "SIMULASI" in made and "Sumber dan definisi" in made and "Penanggung jawab" in made


def test_the_brief_holds_nobody(made: str) -> None:
    assert not re.search(r"\d{16}", made) and "buyer" not in made


def test_a_brief_is_asked_for_made_and_downloaded(mayor: httpx.Client, head: httpx.Client) -> None:
    name = brief.last_week(CITY, NOW - dt.timedelta(days=7))
    asked = mayor.post(f"/ringkasan/buat?kota={CITY.slug}", data={"week": name})
    assert asked.status_code == 200 and "menunggu giliran" in asked.text
    assert briefs.make_next(CITY) and not briefs.make_next(CITY)
    row = briefs.of(CITY.code)[0]
    assert (row.week, row.state, row.done_steps) == (name, "done", brief.STEPS)
    place = f"/ringkasan/berkas/{row.brief_id}"
    got = mayor.get(place)
    assert got.content.startswith(b"%PDF") and got.headers["Cache-Control"] == "no-store"
    assert head.get(place).status_code == 403
    assert mayor.get("/ringkasan/berkas/999999").status_code == 404


@pytest.mark.parametrize("week", ["2026-W99", "kemarin", "2099-W01", ""])
def test_a_week_that_cannot_be_is_refused(mayor: httpx.Client, week: str) -> None:
    refused = mayor.post(f"/ringkasan/buat?kota={CITY.slug}", data={"week": week})
    assert refused.status_code == 400 and "Pekan:" in refused.text


def test_targets_that_people_set_are_in_the_morning(world: World) -> None:
    said = {"waste_kg": targets.Setting("waste_kg", 1e12, "Dinas Lingkungan Hidup", "uji", NOW)}
    with reading(CITY.code) as connection:
        known = morning(connection, targets.with_targets(CITY, said), NOW, said, "id")
    assert all(one["owner"] == "Dinas Lingkungan Hidup" for one in known["sentences"] if one["key"] == "waste_kg")
