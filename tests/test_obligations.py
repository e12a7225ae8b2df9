"""Obligations as a city declares them: what overlaps or makes no sense is refused by its name; one counts for one."""

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.obligation import Obligation, in_force, obligations
from etl.cities import City, all_cities, load_city
from etl.errors import PantauError
from etl.text import Text

GOOD = '[semua]\ntitle = { id = "Semua", en = "All" }\nsince = "2026-01"\norders = 1\n'
CITY = load_city("surabaya")


def city_with(folder: Path, words: str) -> City:
    (folder / "kota").mkdir()
    (folder / "kota" / "obligations.toml").write_text(words, encoding="utf-8")
    return msgspec.structs.replace(CITY, slug="kota", root=str(folder))


@pytest.mark.parametrize("slug", [city.slug for city in all_cities()])
def test_every_city_can_be_read(slug: str) -> None:
    assert all(one.orders or one.amount_idr for one in obligations(load_city(slug)))


def test_a_city_without_a_file_obliges_nobody(tmp_path: Path) -> None:
    assert obligations(msgspec.structs.replace(CITY, slug="kosong", root=str(tmp_path))) == ()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (GOOD.replace("2026-01", "2026-13"), "semua.since"),
        (GOOD.replace("orders = 1", "orders = 0"), "semua: orders"),
        (GOOD.replace("orders = 1", "orders = -1"), "semua: orders"),
        (GOOD + 'until = "2025-12"\n', "semua.until"),
        (GOOD + "exempt_from_days = 40\n", "semua.exempt_from_days"),
        (GOOD + "pesanan = 1\n", "pesanan"),
        (GOOD + GOOD.replace("[semua]", "[lagi]"), "lagi: masanya bertumpang tindih dengan semua"),
        ("[semua", "obligations.toml"),
        (
            '[camat]\ntitle = { id = "C", en = "C" }\nsince = "2026-01"\norders = 1\nposts = ["Camat"]\n'
            '[gol]\ntitle = { id = "G", en = "G" }\nsince = "2026-03"\norders = 1\ngrades = ["IV/a"]\n',
            "gol: masanya bertumpang tindih dengan camat",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(tmp_path: Path, words: str, named: str) -> None:
    with pytest.raises(PantauError, match=r"obligations\.toml") as refused:
        obligations(city_with(tmp_path, words))
    assert named in str(refused.value)


def test_one_after_another_and_of_others_is_no_overlap(tmp_path: Path) -> None:
    words = GOOD + 'until = "2026-06"\n' + GOOD.replace("[semua]", "[baru]").replace("2026-01", "2026-07")
    words += '[camat]\ntitle = { id = "C", en = "C" }\nsince = "2026-01"\namount_idr = 2000000\nposts = ["Camat"]\n'
    city = city_with(tmp_path, words)
    assert [one.name for one in in_force(city, dt.date(2026, 6, 30))] == ["camat", "semua"]
    assert [one.name for one in in_force(city, dt.date(2026, 7, 1))] == ["camat", "baru"]
    assert in_force(city, dt.date(2025, 12, 31)) == ()


MONTHS = st.dates(dt.date(2025, 1, 1), dt.date(2027, 12, 1)).map(lambda day: day.replace(day=1))
NAMES = st.sets(st.sampled_from("ABC")).map(tuple)


@given(MONTHS, MONTHS, MONTHS, MONTHS, NAMES, NAMES, NAMES, NAMES, MONTHS)
def test_two_that_do_not_meet_never_count_for_one_person(
    since: dt.date, until: dt.date, then: dt.date, end: dt.date, p: tuple[str, ...], q: tuple[str, ...],
    g: tuple[str, ...], h: tuple[str, ...], month: dt.date,
) -> None:  # fmt: skip
    one = Obligation("one", Text("", ""), since, max(since, until), 1, 0, p, g, 15)
    other = Obligation("other", Text("", ""), then, max(then, end), 1, 0, q, h, 15)
    assert one.meets(other) == other.meets(one)
    if one.meets(other) or one.of_everybody != other.of_everybody:
        return
    both = [each for each in (one, other) if each.holds_in(month)]
    for post in "ABC":
        for grade in "ABC":
            held = [e for e in both if (not e.posts or post in e.posts) and (not e.grades or grade in e.grades)]
            assert len(held) < 2
