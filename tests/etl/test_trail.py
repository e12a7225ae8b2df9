"""Jejak akses is kept for years and then goes from its beginning; what is left can still be checked."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from etl import audit
from etl.audit import CUTS, ENTRIES, Look
from etl.cities import TRAIL, TRAIL_DAYS, City, CityError, load_city
from etl.pipeline import retained
from etl.warehouse import RETENTIONS, Role, engine

pytestmark = pytest.mark.usefixtures("warehouse")
HERE, THERE = load_city("samarinda"), load_city("banyumas")
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(autouse=True)
def empty(warehouse: str) -> None:
    with engine(Role.OWNER).begin() as connection:
        for table in (ENTRIES, CUTS, RETENTIONS):
            connection.execute(sa.delete(table))


def look(city: City = HERE) -> Look:
    return Look(city.code, "uji", "Uji", "steward", "repair", "memeriksa kiriman", "quarantine x - area")


def looked(*days: int, city: City = HERE) -> list[int]:
    """Entries of so many days ago, chained; their numbers."""
    previous, numbers = audit.FIRST, []
    with engine(Role.OWNER).begin() as connection:
        for ago in days:
            said: dict[str, Any] = {"at": NOW - dt.timedelta(days=ago), "kind": "opened", "row_count": 0}
            row = vars(look(city)) | said | {"subjects": [], "previous": previous}
            previous = audit._hash(row)
            added = sa.insert(ENTRIES).values(row | {"hash": previous}).returning(ENTRIES.c.entry_id)
            numbers.append(int(connection.execute(added).scalar_one()))
    assert audit.broken(city.code) is None
    return numbers


def left(city: City = HERE) -> list[int]:
    return [one["entry_id"] for one in audit.entries(city.code)][::-1]


def test_what_is_over_goes_and_the_chain_of_the_rest_holds() -> None:
    numbers = looked(TRAIL_DAYS + 400, TRAIL_DAYS + 1, TRAIL_DAYS - 1, 30, 0)
    theirs = looked(TRAIL_DAYS - 1, city=THERE)
    (gone,) = [one for one in retained(HERE) if one.name == TRAIL]
    assert (gone.removed, gone.place) == (2, "audit.entries")
    assert left() == numbers[2:] and left(THERE) == theirs
    assert audit.broken(HERE.code) is None
    begins = audit.begins_after(HERE.code)
    assert begins and begins["entry_id"] == numbers[1]
    audit.opened(look())
    assert audit.broken(HERE.code) is None and retained(HERE) == []
    with engine(Role.ETL).connect() as connection:
        assert connection.scalar(sa.select(RETENTIONS.c.removed).where(RETENTIONS.c.name == TRAIL)) == 2


def test_it_goes_again_and_again_until_nothing_is_left() -> None:
    looked(TRAIL_DAYS + 3, TRAIL_DAYS + 2)
    retained(HERE, NOW - dt.timedelta(days=2, hours=12))
    assert len(left()) == 1 and audit.broken(HERE.code) is None
    retained(HERE)
    assert left() == [] and audit.broken(HERE.code) is None
    audit.opened(look())
    audit.shown(look(), 1, ["seorang"])
    assert len(left()) == 2 and audit.broken(HERE.code) is None


@pytest.mark.parametrize("number", [0, 1])
def test_who_removes_or_changes_what_is_left_is_found_out(number: int) -> None:
    numbers = looked(TRAIL_DAYS + 1, 30, 20, 10)
    retained(HERE)
    mine = ENTRIES.c.entry_id == numbers[1 + number]
    with engine(Role.OWNER).begin() as connection:
        connection.execute(sa.delete(ENTRIES).where(mine))
    assert audit.broken(HERE.code) == numbers[2 + number]


def test_a_clock_that_was_put_back_breaks_no_chain() -> None:
    numbers = looked(TRAIL_DAYS + 2, TRAIL_DAYS - 2, TRAIL_DAYS + 1, 5)
    retained(HERE)
    assert left() == numbers[1:] and audit.broken(HERE.code) is None


def test_the_etl_removes_nothing_that_is_young_and_reads_nobody_s_reasons() -> None:
    numbers = looked(364, 0)
    retained(HERE, NOW + dt.timedelta(days=TRAIL_DAYS * 2))  # whatever its clock says
    with engine(Role.ETL).begin() as connection:
        assert connection.execute(sa.delete(ENTRIES)).rowcount == 0
    adding, changing = sa.insert(ENTRIES).values(city_code=""), sa.update(ENTRIES).values(hash="")
    for closed in (sa.select(ENTRIES.c.reason), changing, adding):
        with engine(Role.ETL).connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="denied"):
            connection.execute(closed)
    assert left() == numbers


def test_the_steward_removes_nothing() -> None:
    looked(TRAIL_DAYS + 1)
    for closed in (sa.delete(ENTRIES), sa.delete(CUTS), sa.update(CUTS).values(hash="")):
        with engine(Role.STEWARD).connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="denied"):
            connection.execute(closed)


def test_no_city_forgets_within_a_year(tmp_path: Path) -> None:
    (tmp_path / "kota").mkdir()
    file = tmp_path / "kota" / "city.toml"
    told = Path(HERE.root, HERE.slug, "city.toml").read_text(encoding="utf-8").partition("[retention]")[0]
    file.write_text(f"{told}\n[retention]\n{TRAIL} = 100\n", encoding="utf-8")
    with pytest.raises(CityError, match="365"):
        load_city("kota", tmp_path)
    file.write_text(f"{told}\n[retention]\n{TRAIL} = 400\n", encoding="utf-8")
    assert load_city("kota", tmp_path).keeps(TRAIL, TRAIL_DAYS) == 400
