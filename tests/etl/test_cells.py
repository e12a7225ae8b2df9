"""Cells: every notation of domain.md read right, or not at all."""

import datetime as dt
from decimal import Decimal
from itertools import product
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from etl import cells
from etl.access import Csv
from etl.contract import AgeBand, Grid, Kind, Pseudonym
from etl.errors import SchemaChanged, Where
from etl.readers.csv import parse
from etl.source import Cell, Format, Pattern, Source
from etl.text import Text
from tests.readers.sources import whole

PLAIN = Format()
INDONESIAN = Format(decimal=",", thousands=".")
ENGLISH = Format(thousands=",")
NOTATIONS = [Format(decimal=d, thousands=t) for d, t in product(".,", ("", ".", ",", " ", "'")) if d != t]
ZONES = {"Asia/Jakarta": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}


def source(written: Format = PLAIN, **columns: Any) -> Source:
    return Source(
        dataset="agencies", app="app", title=Text("uji", "test"), owner="o", licence="l", cadence_s=1, promise_s=1,
        reader=Csv(path="."), columns=columns, format=written, city="kota", name="sumber",
    )  # fmt: skip


def read(kind: Kind, text: str | None, written: Format = PLAIN, zone: str = "UTC") -> Any:
    frame = pl.DataFrame({"cell": [text]}, schema={"cell": pl.String})
    return frame.select(cells.typed(kind, pl.col("cell"), written, zone)).item()


def raw(cell: Any, rows: dict[str, list[str | None]], written: Format = PLAIN, file: str = "x.csv") -> list[Any]:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String))
    return frame.with_columns(x=cells.raw(cell, frame.columns, source(written), file)).get_column("x").to_list()


@pytest.mark.parametrize(
    ("text", "written", "amount"),
    [
        ("Rp 1.250.000", INDONESIAN, "1250000"),
        ("Rp1.250.000,50", INDONESIAN, "1250000.50"),
        ("rp. 5", INDONESIAN, "5"),
        ("IDR 5.000", INDONESIAN, "5000"),
        ("5.000 IDR", INDONESIAN, "5000"),
        ("Rp\u00a025.000", INDONESIAN, "25000"),
        ("-Rp 25.000", INDONESIAN, "-25000"),
        ("- Rp 25.000", INDONESIAN, "-25000"),
        ("Rp -25.000", INDONESIAN, "-25000"),
        ("(25.000)", INDONESIAN, "-25000"),
        ("(Rp 25.000)", INDONESIAN, "-25000"),
        ("25.000-", INDONESIAN, "-25000"),
        ("Rp 25.000,-", INDONESIAN, "25000"),
        ("150.000", INDONESIAN, "150000"),
        ("150.000", Format(), "150"),
        ("1,234,567", ENGLISH, "1234567"),
        ("1,234,567.89", ENGLISH, "1234567.89"),
        ("1 234 567", Format(thousands=" "), "1234567"),
        ("0,005", INDONESIAN, "0.01"),
        ("-0,005", INDONESIAN, "-0.01"),
        ("9999999999999999,99", INDONESIAN, "9999999999999999.99"),
    ],
)
def test_an_amount_is_read_as_it_was_written(text: str, written: Format, amount: str):
    assert read(Kind.MONEY, text, written) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1.25", INDONESIAN),
        ("1.2500", INDONESIAN),
        ("1250.000", INDONESIAN),
        ("1,234", Format()),
        ("12,34,567", ENGLISH),
        ("1 250", INDONESIAN),
        ("5)", Format()),
        ("(5", Format()),
        ("(-5)", Format()),
        ("-5-", Format()),
        ("--5", Format()),
        ("5 Rp 6", Format()),
        ("Rp", Format()),
        ("1e5", Format()),
        ("lima", Format()),
        ("٣", Format()),
        ("9" * 40, Format()),
        ("10000000000000000", Format()),
    ],
)
def test_what_is_no_amount_of_the_declared_notation_is_not_read(text: str, written: Format):
    assert read(Kind.MONEY, text, written) is None


def spelled(amount: Decimal, written: Format, style: str) -> str:
    whole, _, cents = f"{abs(amount):.2f}".partition(".")
    groups = f"{int(whole):,}".replace(",", written.thousands)
    digits = f"{groups}{written.decimal}{cents}"
    return style.format(digits) if amount < 0 else f"Rp {digits}"


@given(
    amount=st.decimals(min_value=Decimal("-9999999999999999"), max_value=Decimal("9999999999999999"), places=2),
    written=st.sampled_from(NOTATIONS),
    negative=st.sampled_from(["-{}", "({})", "-Rp {}", "{}-", "(Rp {})"]),
)
def test_any_amount_survives_any_declared_notation(amount: Decimal, written: Format, negative: str):
    assert read(Kind.MONEY, spelled(amount, written, negative), written) == amount


@given(number=st.integers(-(2**63), 2**63 - 1))
def test_any_whole_number_survives(number: int):
    assert read(Kind.INTEGER, str(number)) == number


@given(number=st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_any_coordinate_survives(number: float):
    assert read(Kind.DECIMAL, f"{number:.9f}") == pytest.approx(round(number, 9))


@pytest.mark.parametrize(("text", "value"), [("17850.0", 17850), ("1.5", None), ("9" * 30, None), ("-0", 0)])
def test_a_whole_number_has_no_fraction(text: str, value: int | None):
    assert read(Kind.INTEGER, text) == value


@pytest.mark.parametrize("text", ["9" * 400, "inf", "nan", "-inf"])
def test_what_is_not_finite_is_no_number(text: str):
    assert read(Kind.DECIMAL, text) is None


@given(text=st.text(max_size=12), kind=st.sampled_from(list(Kind)), written=st.sampled_from(NOTATIONS))
def test_no_text_breaks_the_reading(text: str, kind: Kind, written: Format):
    value = read(kind, text, written)
    assert value is None or not isinstance(value, float) or value == value


DAY = dt.date(2020, 8, 25)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2020-08-25", "%Y-%m-%d"),
        ("25/08/2020", "%d/%m/%Y"),
        ("25/8/2020", "%d/%m/%Y"),
        ("25-08-2020", "%d-%m-%Y"),
        ("44068", "excel"),
        ("25 Agustus 2020", "%d %m %Y"),
        ("25 AGUSTUS 2020", "%d %m %Y"),
        ("Selasa (25/8/2020)", "%d/%m/%Y"),
        ("Selasa, 25 Agustus 2020", "%d %m %Y"),
    ],
)
def test_a_day_is_read_in_every_declared_form(text: str, form: str):
    written = Format(dates=("%Y.%m.%d", form), indonesian_months=True)
    assert {read(Kind.DATE, text, written, zone) for zone in ZONES} == {DAY}


@pytest.mark.parametrize("weekday", ["Senin", "SELASA", "rabu", "Kamis", "Jumat", "Jum'at", "Jum’at", "Sabtu"])
def test_a_day_of_the_week_says_nothing_new(weekday: str):
    assert read(Kind.DATE, f"{weekday} (25/8/2020)", Format(dates=("%d/%m/%Y",), indonesian_months=True)) == DAY


@pytest.mark.parametrize(("name", "digits"), cells.MONTHS)
def test_every_month_has_a_name(name: str, digits: str):
    written = Format(dates=("%d %m %Y",), indonesian_months=True)
    assert read(Kind.DATE, f"1 {name.title()} 2021", written) == dt.date(2021, int(digits), 1)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("29/02/2021", "%d/%m/%Y"),
        ("08/25/2020", "%d/%m/%Y"),
        ("25/08/20", "%d/%m/%Y"),
        ("0000-01-01", "%Y-%m-%d"),
        ("99999999", "excel"),
        ("-2147483648", "excel"),
        ("44068.5", "excel"),
        ("25 August 2020", "%d %m %Y"),
    ],
)
def test_what_is_no_day_is_not_read(text: str, form: str):
    assert read(Kind.DATE, text, Format(dates=(form,), indonesian_months=True)) is None


@given(day=st.dates(cells.EARLIEST, cells.LATEST), zone=st.sampled_from(list(ZONES)))
def test_a_day_is_never_shifted_by_a_zone(day: dt.date, zone: str):
    serial = str((day - dt.date(1899, 12, 30)).days)
    assert read(Kind.DATE, day.isoformat(), Format(), zone) == day
    assert read(Kind.DATE, serial, Format(dates=("excel",)), zone) == day


MOMENT = dt.datetime(2020, 8, 25, 6, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "form", "zone"),
    [
        ("2020-08-25T06:05:00Z", "%Y-%m-%dT%H:%M:%S%.f%#z", "Asia/Jakarta"),
        ("2020-08-25T14:05:00.000+08:00", "%Y-%m-%dT%H:%M:%S%.f%#z", "Asia/Jakarta"),
        ("2020-08-25T14:05:00+0800", "%Y-%m-%dT%H:%M:%S%.f%#z", "UTC"),
        ("2020-08-25 06:05:00+00", "%Y-%m-%d %H:%M:%S%.f%#z", "Asia/Makassar"),
        ("1598335500000", "epoch_ms", "Asia/Makassar"),
        ("1598335500", "epoch_s", "Asia/Makassar"),
        ("25/08/2020 14:05", "%d/%m/%Y %H:%M", "Asia/Makassar"),
        ("25/08/2020 13:05", "%d/%m/%Y %H:%M", "Asia/Jakarta"),
        ("25/08/2020 15:05", "%d/%m/%Y %H:%M", "Asia/Jayapura"),
        ("25 Agustus 2020 13:05", "%d %m %Y %H:%M", "Asia/Jakarta"),
    ],
)
def test_a_moment_is_read_in_every_declared_form(text: str, form: str, zone: str):
    written = Format(datetimes=("%Y/%m/%d", form), indonesian_months=True)
    assert read(Kind.TIMESTAMP, text, written, zone) == MOMENT


@pytest.mark.parametrize("text", ["2020-08-25T14:05:00", "25/08/2020", "1598335500000", "kemarin"])
def test_a_moment_without_an_offset_is_not_guessed(text: str):
    assert read(Kind.TIMESTAMP, text, Format()) is None


@pytest.mark.parametrize("text", ["9223372036854775807", "-9223372036854775808", "99999999999999999999"])
@pytest.mark.parametrize("form", ["epoch_ms", "epoch_s"])
def test_ticks_beyond_belief_are_no_moment(text: str, form: str):
    assert read(Kind.TIMESTAMP, text, Format(datetimes=(form,))) is None


@pytest.mark.parametrize("local", ["2020-02-29T00:00", "2020-12-31T23:59", "2021-01-01T00:00", "2024-02-29T23:59"])
@pytest.mark.parametrize("zone", ZONES)
def test_turns_of_day_and_year_are_in_the_citys_zone(local: str, zone: str):
    written = Format(datetimes=("%Y-%m-%dT%H:%M",))
    expected = dt.datetime.fromisoformat(local).replace(tzinfo=dt.timezone(dt.timedelta(hours=ZONES[zone])))
    assert read(Kind.TIMESTAMP, local, written, zone) == expected


@given(moment=st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2199, 12, 30)), zone=st.sampled_from(list(ZONES)))
def test_any_local_moment_survives(moment: dt.datetime, zone: str):
    local = moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=ZONES[zone])))
    naive = Format(datetimes=("%Y-%m-%d %H:%M:%S%.f",))
    assert read(Kind.TIMESTAMP, moment.isoformat(" ", "microseconds"), naive, zone) == local
    assert read(Kind.TIMESTAMP, local.isoformat(timespec="microseconds"), Format(), "UTC") == local


def test_an_hour_that_a_clock_skips_is_no_moment():
    written = Format(datetimes=("%Y-%m-%d %H:%M",))
    assert read(Kind.TIMESTAMP, "2021-03-28 01:30", written, "Europe/London") is None


@pytest.mark.parametrize(("text", "value"), [("ya", True), ("Tidak", False), ("1", True), ("0", False), ("yo", None)])
def test_yes_and_no_are_the_declared_words(text: str, value: bool | None):
    assert read(Kind.BOOLEAN, text) is value


@given(digits=st.from_regex(r"[0-9]{16}", fullmatch=True), spaces=st.lists(st.integers(0, 16), max_size=4))
def test_spaces_in_an_identifier_say_nothing(digits: str, spaces: list[int]):
    written = digits
    for place in spaces:
        written = f"{written[:place]} {written[place:]}"
    assert read(Kind.IDENTIFIER, written) == digits


def test_a_header_may_have_several_names():
    rows: dict[str, list[str | None]] = {"Nomor Pesanan": [" A ", "-", None]}
    assert raw(("No. Pesanan", "Nomor Pesanan"), rows) == ["A", None, None]


def test_a_header_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(SchemaChanged) as refused:
        raw("nama", {"name": ["x"]})
    for told in ("kota", "sumber", "x.csv", "nama", "name", "[columns]"):
        assert told in str(refused.value)


def test_the_first_pattern_that_is_found_chooses():
    cell = Cell(header="no", patterns=(Pattern("^C", "refunded"), Pattern("5$", "pending")), otherwise="paid")
    assert raw(cell, {"no": ["C5", "5", "6", ""]}) == ["refunded", "pending", "paid", None]


def test_words_are_compared_without_case_and_others_stay():
    cell = Cell(header="s", words={"Lunas": "paid"}, default="pending")
    assert raw(cell, {"s": [" LUNAS ", "Batal", ""]}) == ["paid", "Batal", "pending"]


def test_a_constant_fills_every_row():
    assert raw(Cell(constant="public"), {"x": ["1", None]}) == ["public", "public"]


def test_the_ordinal_counts_within_its_group_in_file_order():
    rows: dict[str, list[str | None]] = {"no": ["A", "B", "A", None, "A", None]}
    assert raw(Cell(ordinal_within=("no",)), rows) == ["1", "1", "2", "1", "3", "2"]


@pytest.mark.parametrize(
    ("written", "left", "right", "result"),
    [
        (Format(), "6", "2.55", "15.30"),
        (INDONESIAN, "-2", "1.250,5", "-2501,00"),
        (Format(), "3", "1.005", "3.02"),
        (Format(), "6", "abc", "6 × abc"),
        (Format(), "9" * 31, "9" * 31, f"{'9' * 31} × {'9' * 31}"),
        (Format(), "6", None, None),
    ],
)
def test_a_product_is_in_the_sources_notation(written: Format, left: str, right: str | None, result: str | None):
    assert raw(Cell(product=("q", "p")), {"q": [left], "p": [right]}, written) == [result]


@given(quantity=st.integers(-(10**6), 10**6), price=st.decimals(-(10**6), 10**6, places=3))
def test_a_product_is_exact(quantity: int, price: Decimal):
    (text,) = raw(Cell(product=("q", "p")), {"q": [str(quantity)], "p": [f"{price:f}"]})
    exact = (quantity * price).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert Decimal(text) == exact


def test_a_join_leaves_out_what_is_empty():
    rows: dict[str, list[str | None]] = {"a": ["x", None, ""], "b": [" y", "z", "-"]}
    assert raw(Cell(join=("a", "b")), rows)[:2] == ["x, y", "z"]
    assert raw(Cell(join=("a", "b")), rows)[2] is None


def test_a_value_may_stand_in_the_name_of_the_file():
    cell = Cell(filename=r"(\d{4}-\d{2})\.csv$")
    assert raw(cell, {"x": ["1"]}, file="bansos 2021-03.csv") == ["2021-03"]
    assert raw(cell, {"x": ["1"]}, file="bansos.csv") == [None]


@pytest.mark.parametrize(
    ("age", "band"), [(0, "0-9"), (9, "0-9"), (10, "10-19"), (79, "70-79"), (80, "80+"), (120, "80+"), (None, None)]
)
def test_an_age_is_told_by_its_band(age: int | None, band: str | None):
    frame = pl.DataFrame({"age": [age]}, schema={"age": pl.Int64})
    assert frame.select(cells.derived(AgeBand("age"))).item() == band


@given(degrees=st.floats(-11, 141.1), step=st.floats(0, cells.GRID_DEGREES))
def test_a_place_is_told_by_a_cell_of_500_m(degrees: float, step: float):
    frame = pl.DataFrame({"at": [degrees, None]})
    centre, nowhere = frame.select(x=cells.derived(Grid("at"))).get_column("x")
    assert nowhere is None and abs(centre - degrees) <= cells.GRID_DEGREES / 2 + 1e-6
    assume(degrees + step < centre + cells.GRID_DEGREES / 2 - 1e-6)
    assert pl.DataFrame({"at": [degrees + step]}).select(cells.derived(Grid("at"))).item() == centre


def test_pseudonyms_are_not_made_without_a_key():
    with pytest.raises(TypeError):
        cells.derived(Pseudonym("nip", "asn"))


def test_what_the_csv_reader_hands_over_can_be_read():
    told = source(INDONESIAN, name="nilai")
    table = whole(parse, b'nilai\n"Rp 1.250,50"\n', told, Where())
    text = cells.raw("nilai", table.rows.columns, told, "x")
    assert table.rows.select(cells.typed(Kind.MONEY, text, told.format, "UTC")).item() == Decimal("1250.50")
