"""Real files that no one here wrote, loaded by a column map alone and counted a second time with ``csv``."""

import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from etl.__main__ import main
from etl.cities import cities_root, load_city
from etl.status import status
from etl.warehouse import COUNTS, HISTORIES, QUARANTINE, RUNS, TABLES, Role, engine

HERE = Path(__file__)
SAMPLES = HERE.parents[2].parent / "shared" / "data" / "real_samples"
RETAIL = sorted((SAMPLES / "online_retail_by_day").glob("*.csv"))
JHU = sorted((SAMPLES / "covid_daily_reports").glob("*.csv"))
CENT = Decimal("0.01")

pytestmark = pytest.mark.skipif(not RETAIL or not JHU, reason=f"the real samples are not at {SAMPLES}")


@dataclass
class Counted:
    """What a second reading of one file finds."""

    received: int = 0
    superseded: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)  # row, column
    loaded: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)  # by key

    @property
    def ledger(self) -> dict[str, int]:
        counts = (self.received, len(self.loaded), 0, self.superseded, len(self.refused))
        return dict(zip(COUNTS, counts, strict=True))


def retail(path: Path) -> Counted:
    found, seen, lines = Counted(), set(), Counter[str]()
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            found.received += 1
            if tuple(row.values()) in seen:
                found.superseded += 1
                continue
            seen.add(tuple(row.values()))
            lines[row["InvoiceNo"]] += 1
            amount = Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
            amount = amount.quantize(CENT, ROUND_HALF_UP)
            if amount == 0:
                found.refused.append((number, "amount"))
                continue
            key = (row["InvoiceNo"], lines[row["InvoiceNo"]])
            found.loaded[key] = {"amount": amount, "refunded": row["InvoiceNo"].startswith("C")}
    return found


def jhu(path: Path) -> Counted:
    found = Counted()
    newest: dict[tuple[Any, ...], tuple[str, dict[str, Any]]] = {}
    for number, row in rows_of(path):
        found.received += 1
        if row is None:
            found.refused.append((number, ""))
        elif wrong := [name for name in ("Confirmed", "Recovered", "Deaths") if int(float(row[name] or 0)) < 0]:
            found.refused.append((number, wrong[0].lower()))
        else:
            key, at = place(row), updated(row["Last_Update"])
            found.superseded += key in newest
            if key not in newest or newest[key][0] <= at:
                newest[key] = (at, row)
    found.loaded = {key: row for key, (_, row) in newest.items()}
    return found


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Each row with its number; None for what is no data (conflict markers, headers again)."""
    names: list[str] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, cells in enumerate(csv.reader(file), start=1):
            header, marker = "Confirmed" in cells, re.match(r"<{7}|={7}|>{7}", cells[0])
            first, names = not names, [re.sub(r"[ /]", "_", cell) for cell in cells] if header else names
            if not (header and first):
                yield number, None if header or marker else dict(zip_longest(names, cells, fillvalue=""))


def place(row: dict[str, str]) -> tuple[str]:
    parts = [row.get(name, "").strip() for name in ("Admin2", "Province_State", "Country_Region")]
    return (", ".join(part for part in parts if part),)


def updated(text: str) -> str:
    forms = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%m/%d/%y %H:%M")
    for form in forms:
        try:
            return dt.datetime.strptime(text, form).isoformat()
        except ValueError:
            continue
    raise AssertionError(text)


@pytest.fixture(scope="module")
def loaded(warehouse: str) -> Iterator[None]:
    """Both test cities, loaded once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_CITIES", str(HERE.parents[1] / "cities"))
        patch.setenv("REAL_SAMPLES", str(SAMPLES))
        assert main(["run"]) == 0
        yield


def fetch(query: sa.Select[Any]) -> list[dict[str, Any]]:
    with engine(Role.ETL).connect() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def ledger(path: Path) -> list[dict[str, int]]:
    return fetch(sa.select(*(RUNS.c[name] for name in COUNTS)).where(RUNS.c.delivery == path.name))


@pytest.mark.parametrize("path", RETAIL, ids=lambda path: path.stem)
def test_the_ledger_of_a_day_of_orders_is_what_is_in_the_file(loaded: None, path: Path):
    assert ledger(path) == [retail(path).ledger]


@pytest.mark.parametrize("path", JHU, ids=lambda path: path.stem)
def test_the_ledger_of_a_daily_report_is_what_is_in_the_file(loaded: None, path: Path):
    assert ledger(path) == [jhu(path).ledger]


def test_every_order_line_is_there_with_its_amount(loaded: None):
    orders = TABLES["marketplace_orders"]
    expected = {key: row for path in RETAIL for key, row in retail(path).loaded.items()}
    there = {(row["order_id"], row["line"]): row for row in fetch(sa.select(orders))}
    assert there.keys() == expected.keys()
    assert {key: row["amount"] for key, row in there.items()} == {key: row["amount"] for key, row in expected.items()}
    assert sum(row["amount"] for row in there.values()) == sum(row["amount"] for row in expected.values())


def test_cancelled_invoices_are_refunds(loaded: None):
    orders = TABLES["marketplace_orders"]
    refunds = {key for path in RETAIL for key, row in retail(path).loaded.items() if row["refunded"]}
    there = fetch(sa.select(orders).where(orders.c.status == "refunded"))
    assert {(row["order_id"], row["line"]) for row in there} == refunds and refunds
    assert all(row["amount"] < 0 and row["quantity"] < 0 for row in there)


def test_a_shop_hour_in_london_is_a_moment(loaded: None):
    orders = TABLES["marketplace_orders"]
    (first,) = fetch(sa.select(sa.func.min(orders.c.ordered_at).label("at")))
    assert first["at"] == dt.datetime(2010, 12, 1, 8, 26, tzinfo=dt.UTC)


def test_no_customer_is_kept(loaded: None):
    orders = TABLES["marketplace_orders"]
    known = sa.or_(orders.c.nip.is_not(None), orders.c.buyer.is_not(None))
    assert fetch(sa.select(orders.c.order_id).where(known)) == []


def test_every_place_of_a_report_has_its_newest_figures(loaded: None):
    daily = TABLES["covid_daily"]
    expected = {
        (dt.datetime.strptime(path.stem, "%m-%d-%Y").date(), *key): figures(row)
        for path in JHU
        for key, row in jhu(path).loaded.items()
    }
    there = {
        (row["report_date"], row["place"]): [row[n] for n in ("confirmed", "deaths", "recovered", "active")]
        for row in fetch(sa.select(daily))
    }
    assert there == expected


def figures(row: dict[str, str]) -> list[int | None]:
    return [int(float(row[name])) if row.get(name) else None for name in ("Confirmed", "Deaths", "Recovered", "Active")]


def test_a_negative_count_of_active_cases_is_kept(loaded: None):
    daily = TABLES["covid_daily"]
    expected = sum((figures(row)[3] or 0) < 0 for path in JHU for row in jhu(path).loaded.values())
    assert len(fetch(sa.select(daily.c.place).where(daily.c.active < 0))) == expected > 0


@pytest.mark.parametrize("path", [*RETAIL, *JHU], ids=lambda path: path.stem)
def test_every_refused_row_is_explained(loaded: None, path: Path):
    refused = fetch(sa.select(QUARANTINE).where(QUARANTINE.c.delivery == path.name))
    found = retail(path) if path in RETAIL else jhu(path)
    assert sorted((row["row"], row["column"]) for row in refused) == sorted(found.refused)
    for row in refused:
        assert row["value"] and row["cells"] and row["reason_id"] and row["reason_en"] != row["reason_id"]


def test_conflict_markers_are_refused_as_what_they_are(loaded: None):
    markers = fetch(sa.select(QUARANTINE).where(QUARANTINE.c.reason_en.contains("merge-conflict marker")))
    assert {(row["delivery"], row["row"]) for row in markers} == {("03-21-2020.csv", row) for row in (1, 307, 613)}


def test_running_again_changes_nothing(loaded: None):
    tables = [*TABLES.values(), *HISTORIES.values(), QUARANTINE, RUNS]
    count = [sa.select(sa.func.count()).select_from(table) for table in tables]
    with engine(Role.ETL).connect() as connection:
        before = [connection.scalar(query) for query in count]
    assert main(["run"]) == 0
    with engine(Role.ETL).connect() as connection:
        assert [connection.scalar(query) for query in count] == before
        cities = [load_city(slug) for slug in ("retail", "jhu")]
        entries = status(connection, cities)
    assert cities_root().name == "cities" and all(entry["balanced"] and not entry["error"] for entry in entries)
    assert sum(entry["received"] for entry in entries) == sum(
        found.received for found in (*map(retail, RETAIL), *map(jhu, JHU))
    )


def test_the_real_files_pass_the_check(loaded: None, capsys: pytest.CaptureFixture[str]):
    assert main(["check"]) == 0
    assert "report_date" not in capsys.readouterr().err
