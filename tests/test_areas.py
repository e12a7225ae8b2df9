"""Names find their own area and no other, whatever their spelling."""

import random
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.areas import Area, AreaBook, area_book
from etl.cities import all_cities, load_city

SLUGS = ("samarinda", "surabaya", "banyumas")


@cache
def book(slug: str) -> AreaBook:
    return area_book(load_city(slug))


villages = st.sampled_from(SLUGS).flatmap(lambda slug: st.sampled_from([(slug, a) for a in book(slug).at("kelurahan")]))


def respelt(name: str, rng: random.Random, prefixes: tuple[str, ...]) -> str:
    """A name as a clerk may write it: prefix, case, and words joined, split or spaced otherwise."""
    written = "".join(rng.choice((str.upper, str.lower))(letter) for letter in name)
    written = rng.choice((" ", "", "  ", "-")).join(written.split(" "))
    return f"{rng.choice(('', ' '))}{rng.choice(prefixes)}{written}{rng.choice(('', ' ', '.'))}"


@given(villages, st.randoms(use_true_random=False))
def test_every_name_within_its_kecamatan_finds_its_own_code(found: tuple[str, Area], rng: random.Random):
    slug, area = found
    village = respelt(area.name, rng, ("", "Kel. ", "KELURAHAN ", "kel.", "Desa ", "Ds. ", "DESA: "))
    district = respelt(book(slug)[area.parent].name, rng, ("", "Kec. ", "KECAMATAN ", "kec."))
    assert book(slug).match(village, district) == area.code


@given(villages)
def test_without_a_kecamatan_a_name_finds_its_code_or_says_that_there_are_several(found: tuple[str, Area]):
    slug, area = found
    code = book(slug).match(area.name)
    assert code in (area.code, None)
    if code is None:
        assert area.code in book(slug).explain(area.name).id


@given(st.sampled_from(SLUGS), villages, st.booleans())
def test_a_name_never_finds_a_code_of_another_city(slug: str, found: tuple[str, Area], with_district: bool):
    other, area = found
    district = book(other)[area.parent].name if with_district else None
    code = book(slug).match(area.name, district)
    assert code is None or code.startswith(book(slug).city.code)


@given(st.sampled_from(SLUGS), st.text(), st.text())
def test_any_text_is_matched_or_explained(slug: str, kelurahan: str, kecamatan: str):
    code, reason = book(slug).look(kelurahan, kecamatan)
    assert (code is None or code in book(slug).areas) and reason.id and reason.en


@given(villages, st.sampled_from(SLUGS), st.sampled_from(("", ".")))
def test_a_code_is_known_in_its_own_city_only(found: tuple[str, Area], slug: str, dot: str):
    own, area = found
    assert book(slug).match_code(f" {area.code.replace('.', dot)} ") == (area.code if slug == own else None)


@pytest.mark.parametrize(
    ("slug", "kelurahan", "kecamatan", "code"),
    [
        ("samarinda", "Sei Keledang", None, "64.72.02.1001"),
        ("samarinda", "SEI. KELEDANG", "Samarinda Seberang", "64.72.02.1001"),
        ("samarinda", "Dadimulya", None, "64.72.03.1007"),
        ("samarinda", "Sungai Siring", "Samarinda Utara", "64.72.05.1004"),
        ("samarinda", None, "Kec. Sei Kunjang", "64.72.06"),
        ("samarinda", "", "SAMBUTAN", "64.72.07"),
        ("samarinda", "Sambutan", None, "64.72.07.1002"),
        ("surabaya", "Asemrowo", None, "35.78.28.1001"),
        ("surabaya", "Karangpilang", "Karangpilang", "35.78.01.1001"),
        ("surabaya", "Dr. Sutomo", None, "35.78.05.1002"),
        ("surabaya", "DR. SOETOMO", "Tegalsari", "35.78.05.1002"),
        ("surabaya", "Perak Timur", "Pabean Cantian", "35.78.12.1006"),
        ("surabaya", "Wonorejo", "Rungkut", "35.78.03.1005"),
        ("surabaya", "Wonorejo", "Tegalsari", "35.78.05.1005"),
        ("banyumas", "Desa Sokawera", "Cilongok", "33.02.17.2020"),
        ("banyumas", "Karangsalam", "Kemranjen", "33.02.06.2015"),
        ("banyumas", "Karangsalam", "Baturaden", "33.02.22.2009"),
    ],
)
def test_spellings_that_real_files_have(slug: str, kelurahan: str | None, kecamatan: str | None, code: str):
    assert book(slug).match(kelurahan, kecamatan) == code


@pytest.mark.parametrize(
    ("slug", "kelurahan", "kecamatan", "said"),
    [
        ("banyumas", "Sokawera", None, "lebih dari satu"),
        ("surabaya", "Wonorejo", "", "Rungkut"),
        ("samarinda", "Jalan Slamet Riyadi", None, "tidak dikenal"),
        ("samarinda", "Sempaja Seltan", "Samarinda Utara", "mungkin Sempaja Selatan"),
        ("samarinda", "Jawa", "Samarinda Ulo", "mungkin Samarinda Ulu"),
        ("samarinda", "Jawa", "Samarinda Ilir", "64.72.03.1002"),
        ("samarinda", "Kec. Sambutan", None, "tidak dikenal"),
        ("samarinda", None, None, "kosong"),
    ],
)
def test_what_is_not_one_area_is_refused_with_the_reason(
    slug: str, kelurahan: str | None, kecamatan: str | None, said: str
):
    assert book(slug).match(kelurahan, kecamatan) is None
    assert said in book(slug).explain(kelurahan, kecamatan).id


@pytest.mark.parametrize("text", ["", "6472020", "6472020001", "64720", "64.72.1", "6472021001.0", "64.72.99", "abc"])
def test_what_is_not_a_kemendagri_code_of_the_city_is_none(text: str):
    assert book("samarinda").match_code(text) is None


def test_every_city_knows_itself_and_its_kecamatan_by_code():
    for city in all_cities():
        assert book(city.slug).match_code(city.code.replace(".", "")) == city.code
        for area in book(city.slug).at("kecamatan"):
            assert book(city.slug).match_code(area.code.replace(".", "")) == area.code
