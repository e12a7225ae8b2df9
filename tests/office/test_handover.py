"""The hand-over note: made of the data of its shift, kept in versions, taken back, and nobody's number in it."""

import datetime as dt
import re
from collections.abc import Iterator

import httpx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access.roles import Grant, Role
from dashboard.areas import places
from dashboard.office import handover
from dashboard.office.handover import Shift, shift_at, shift_of
from dashboard.wrong import Wrong
from etl.cities import all_cities, load_city
from etl.warehouse import reading
from tests import truth
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import World

CITY = load_city("surabaya")
NOW = dt.datetime(2026, 11, 27, 4, 30, tzinfo=dt.UTC)  # 11.30 WIB, 12.30 WITA
PATH = "/meja-112/serah-terima"


@given(
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31), timezones=st.just(dt.UTC)),
    st.sampled_from(all_cities()),
)
def test_every_moment_lies_in_the_shift_that_it_is_given(moment: dt.datetime, city: handover.City) -> None:
    found = shift_at(city, moment)
    assert found.begins <= moment < found.ends and found.begins.hour in handover.SHIFTS
    assert shift_of(city, found.key, moment) == found


def test_shifts_are_those_of_the_citys_own_clock() -> None:
    wib, wita = shift_at(CITY, NOW), shift_at(load_city("samarinda"), NOW)
    assert (wib.key, wita.key) == ("2026-11-27T08", "2026-11-27T08")
    assert wib.begins - wita.begins == dt.timedelta(hours=1)
    assert [one.key for one in handover.recent(CITY, NOW)][:3] == ["2026-11-27T08", "2026-11-27T00", "2026-11-26T16"]


@pytest.mark.parametrize(
    "key", ["x", "2026-11-27", "2026-11-27T09", "2026-11-27T16", "2026-02-30T08", "2026-11-27T08:00"]
)
def test_a_shift_that_there_is_not_is_refused(key: str) -> None:
    with pytest.raises(Wrong):
        shift_of(CITY, key, NOW)


@pytest.mark.parametrize(
    "words", ["hubungi 0812-3456-7890", "NIK 6472 0112 0390 0001", "+62 812 3456 789", "x" * 4_001]
)
def test_numbers_of_somebody_are_refused(words: str) -> None:
    with pytest.raises(Wrong):
        handover.check(words)


@pytest.mark.parametrize(
    "words", ["", "Damkar 2 di bengkel sampai pukul 14.00; 3 unit siap", "lihat 2026-11-27", "kode 12345"]
)
def test_other_words_are_kept_as_they_are(words: str) -> None:
    assert handover.check(f" {words}\r\n") == words


def test_what_happened_is_what_the_truth_says(world: World) -> None:
    now = dt.datetime.now(dt.UTC)
    shift = Shift(shift_at(CITY, now).begins - dt.timedelta(hours=16))
    with reading(CITY.code) as connection:
        told = handover.facts(connection, CITY, shift, places(connection, CITY), now, "id")
        tomorrow = handover.facts(connection, CITY, shift, places(connection, CITY), now + dt.timedelta(days=1), "id")
    book = truth.Book(world.truth, CITY.code, CITY.zone)
    begin, end = (pd.Timestamp(one.replace(tzinfo=None)) for one in (shift.begins, shift.ends))
    calls = book.calls[(book.calls.called_at >= begin) & (book.calls.called_at < end)]
    desk = calls[calls.outcome != "ivr_lost"]
    real = calls[calls.outcome == "emergency"]
    values = {one["key"]: one["value"] for one in told["happened"]}
    assert values["calls"] == len(calls) > 20 and values["emergencies"] == len(real)
    assert values["abandoned"] == pytest.approx(100 * (desk.outcome == "abandoned").mean())
    waits = (real.arrived_at - real.called_at).dt.total_seconds().dropna() / 60
    assert values["arrival_p90"] == (pytest.approx(waits.quantile(0.9)) if len(waits) else None)
    assert "112: 1 hr" in tomorrow["stale"] and tomorrow["happened"] == told["happened"]
    assert told["watch"] == []  # nothing had been analysed yet when that shift ended


@pytest.fixture
def operator(world: World) -> Iterator[httpx.Client]:
    cookies = {COOKIE: token_with(Grant(Role.OPERATOR, CITY.code))}
    with httpx.Client(base_url=world.command_url, timeout=60, cookies=cookies, headers=OURS) as client:
        yield client


def test_a_note_is_kept_changed_and_taken_back(operator: httpx.Client) -> None:
    shift = handover.recent(CITY, dt.datetime.now(dt.UTC))[5].key  # no other test looks at it

    def change(**said: str) -> httpx.Response:
        return operator.post(f"{PATH}/simpan", params={"kota": CITY.slug}, data={"regu": shift, **said})

    def note() -> str:
        page = operator.get(PATH, params={"kota": CITY.slug, "regu": shift}).text
        found = re.search(r'<p class="kept-words">(.*?)</p>', page, re.DOTALL)
        return found[1] if found else ""

    assert note() == "" and change(todo="undo").status_code == 409
    assert change(words="Unit 2 <b>rusak</b>").status_code == 200
    assert note() == "Unit 2 &lt;b&gt;rusak&lt;/b&gt;"
    assert change(words="Unit 2 kembali").status_code == 200 and note() == "Unit 2 kembali"
    refused = change(words="telepon 081234567890")
    assert refused.status_code == 400 and "081234567890" in refused.text and note() == "Unit 2 kembali"
    assert change(todo="undo").status_code == 200 and note() == "Unit 2 &lt;b&gt;rusak&lt;/b&gt;"
    assert change(todo="undo").status_code == 200 and note() == ""
    assert operator.get(PATH, params={"kota": CITY.slug, "regu": "x"}).status_code == 400
