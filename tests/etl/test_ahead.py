"""The next batch is made while the present one is loaded: never more than one, and the result is the same."""

import datetime as dt
import threading
from collections.abc import Callable, Generator
from contextlib import closing

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import cells
from etl.__main__ import main
from etl.ahead import ahead
from etl.catalogue import contracts
from etl.contract import Kind
from etl.errors import SourceError
from etl.load import Counts, stage_rows, staged
from etl.merge import Precedence, newest_of
from etl.pipeline import run
from etl.source import Format
from etl.warehouse import FIXES, QUARANTINE, TABLES, Role, engine
from tests.etl.made import source_of
from tests.etl.test_pipeline import GOOD, HEADER, Town, fetch, town

__all__ = ["town"]

AGENCIES = contracts()["agencies"]
UPDATED = [None, *(dt.datetime(2021, 3, 1, 10, 0, second, tzinfo=dt.UTC) for second in range(3))]
NUMBERS = ["1.250", "Rp 1.250.000", "1,5", "banyak", "", "(7)", None, "12"]


class Made:
    """Numbers, and a record of who made them and whether that was ended in order."""

    def __init__(self, count: int, fails: bool = False) -> None:
        self.count, self.fails, self.reached = count, fails, 0
        self.threads: set[int] = set()
        self.closed = False

    def numbers(self) -> Generator[int]:
        try:
            for number in range(1, self.count + 1):
                self.threads.add(threading.get_ident())
                self.reached = number
                yield number
            if self.fails:
                raise ZeroDivisionError
        finally:
            self.threads.add(threading.get_ident())
            self.closed = True


def test_all_come_in_order_and_never_more_than_one_is_made_ahead():
    made = Made(20)
    for number in ahead(made.numbers()):
        assert made.reached <= number + 1
    assert number == 20 and made.closed


def test_an_error_comes_after_all_that_was_made_before_it():
    made = Made(3, fails=True)
    seen: list[int] = []
    with pytest.raises(ZeroDivisionError):
        list(_noted(ahead(made.numbers()), seen))
    assert seen == [1, 2, 3] and made.closed


def _noted(numbers: Generator[int], seen: list[int]) -> Generator[int]:
    for number in numbers:
        seen.append(number)
        yield number


def test_who_stops_early_ends_the_making_in_the_thread_that_made():
    made = Made(20)
    with closing(ahead(made.numbers())) as numbers:
        assert next(numbers) == 1
    assert made.closed and made.reached <= 2
    assert len(made.threads) == 1 and threading.get_ident() not in made.threads


def test_what_cannot_be_read_stops_after_what_could(town: Town):
    town.csv("toko", satu=GOOD, tiga="ID,NAMA\nM3,Toko Tiga\n")
    outcome = run(town["toko"], town.city)
    assert isinstance(outcome.error, SourceError)
    assert outcome.counts.loaded == len(fetch(TABLES["merchants"])) == 2


def test_a_correction_made_after_the_next_batch_was_sifted_holds_for_it(town: Town):
    town.csv("toko", satu=GOOD, tiga=f"{HEADER}M9,Toko Sembilan,Jl. Merdeka,2020-01-01\n")
    told: list[Counts] = []

    def teach(*said: object) -> None:
        if not told:
            why = ("--why", "kantor kelurahan", "--by", "Siti", "--city", "samarinda")
            assert main(["quarantine", "alias", "Jl. Merdeka", "64.72.05.1004", *why]) == 0
        told.append(said[-1])

    try:
        assert run(town["toko"], town.city, teach).counts.loaded == 3
        assert len(told) == 2 and fetch(QUARANTINE) == []
    finally:
        with engine(Role.OWNER).begin() as connection:
            connection.execute(sa.delete(FIXES))


@pytest.mark.usefixtures("warehouse")
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(UPDATED)), min_size=1, max_size=12))
def test_the_newest_of_a_key_is_the_same_in_memory_and_in_the_database(
    new_city: Callable[[], str], rows: list[tuple[str, dt.datetime | None]]
):
    numbered = [(number, code, updated) for number, (code, updated) in enumerate(rows)]
    made = pl.DataFrame(numbered, ["_row", "agency_code", "updated_at"], orient="row").with_columns(
        pl.col("updated_at").cast(pl.Datetime("us", "UTC"))
    )
    columns = {column.name: cells.TYPES.get(column.kind, pl.String()) for column in AGENCIES.columns}
    missing = [pl.lit(None, kind).alias(name) for name, kind in columns.items() if name not in made.columns]
    good, source = made.with_columns(missing), source_of(AGENCIES)
    with (
        engine(Role.ETL).begin() as connection,
        staged(connection, AGENCIES, source, new_city(), Precedence.LATER) as meeting,
    ):
        stage_rows(connection, meeting, good)
        there = set(connection.scalars(sa.select(meeting.newest().c._row)))
    assert set(newest_of(good, AGENCIES)["_row"]) == there


@pytest.mark.parametrize("kind", [Kind.INTEGER, Kind.DECIMAL, Kind.MONEY])
@given(text=st.lists(st.sampled_from(NUMBERS)))
def test_a_text_that_is_read_once_means_the_same(kind: Kind, text: list[str | None]):
    written, column = Format(thousands=".", decimal=","), pl.Series("cell", text, pl.String)
    each = column.to_frame().select(cells.typed(kind, pl.col("cell"), written, "UTC").alias("value"))["value"]
    assert cells.values(kind, column, written, "UTC").to_list() == each.to_list()
