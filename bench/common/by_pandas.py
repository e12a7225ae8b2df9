"""``python -m bench.common.by_pandas FOLDER [TABLE]``: the usual script, ``read_csv``, cleaning, pandera, ``to_sql``.

The schema checks what the contract checks; rows that fail are dropped without a word. There is no history, no
ledger, no version, no second load of the same rows. With a ``TABLE`` of the warehouse rows go into it, its key and
indexes; without one into a bare table that ``to_sql`` makes.
"""

import os
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import sqlalchemy as sa

from bench.common.meter import report
from bench.common.vendor import BUYERS, CITY_CODE, NAMES, STATES

KEY = ["order_id", "line"]
NON_ZERO = pa.Check.ne(0)
SCHEMA = pa.DataFrameSchema(
    {
        "order_id": pa.Column(str, pa.Check.str_length(min_value=1)),
        "line": pa.Column(float),  # a number that could not be read is NaN, which only a float can be
        "ordered_at": pa.Column("datetime64[us, UTC]", pa.Check.le(pd.Timestamp.now("UTC"))),
        "merchant_id": pa.Column(str, pa.Check.str_length(min_value=1)),
        "merchant": pa.Column(str, nullable=True),
        "product": pa.Column(str, nullable=True),
        "category": pa.Column(str, nullable=True),
        "payment": pa.Column(str, nullable=True),
        "quantity": pa.Column(float, NON_ZERO),
        "amount": pa.Column(float, NON_ZERO),
        "buyer_type": pa.Column(str, pa.Check.isin(["asn", "opd", "public"])),
        "status": pa.Column(str, pa.Check.isin(["pending", "paid", "cancelled", "refunded"])),
        "area_code": pa.Column(str),
    },
    strict="filter",
    drop_invalid_rows=True,
)


def load(folder: Path, table: str) -> dict[str, Any]:
    """Read, clean, check and write all files of the folder; how many rows were written."""
    file = next((folder / "files").glob("*.csv"))
    typed = clean(pd.read_csv(file, sep=";", dtype=str, keep_default_na=False), areas(folder))
    good = SCHEMA.validate(typed, lazy=True).drop_duplicates(KEY, keep="last").astype({"line": int})
    address = sa.create_engine(os.environ["DATABASE_URL"])
    if table:
        ready = good.assign(city_code=CITY_CODE, source="orders", known_from=pd.Timestamp.now("UTC"))
        ready.to_sql(table, address, schema="warehouse", if_exists="append", index=False, chunksize=10_000)
    else:
        good.to_sql("orders", address, index=False, chunksize=10_000)
    return {"loaded": len(good)}


def clean(raw: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """Typed columns; a cell that is not what it should be is empty."""
    rows = raw.rename(columns=NAMES).merge(codes, how="left", on=["Kecamatan", "Kelurahan"])
    rows["line"] = pd.to_numeric(rows["Baris"], errors="coerce").astype(float)
    rows["quantity"] = pd.to_numeric(rows["Jumlah"], errors="coerce").astype(float)
    rupiah = rows["Nilai"].str.removeprefix("Rp ").str.replace(".", "", regex=False)
    rows["amount"] = pd.to_numeric(rupiah, errors="coerce")
    moments = pd.to_datetime(rows["Waktu"], format="%d/%m/%Y %H:%M", errors="coerce")
    rows["ordered_at"] = moments.dt.as_unit("us").dt.tz_localize("Asia/Makassar").dt.tz_convert("UTC")
    rows["buyer_type"] = rows["Pembeli"].str.lower().map(BUYERS)
    rows["status"] = rows["Status"].str.lower().map(STATES)
    return rows


def areas(folder: Path) -> pd.DataFrame:
    """Code of every kelurahan by its name and that of its kecamatan."""
    listed = pd.read_csv(next((folder / "cities").glob("*/areas.csv")), dtype=str)
    names = listed.set_index("area_code")["name"]
    below = listed[listed["level"] == "kelurahan"]
    return pd.DataFrame(
        {
            "area_code": below["area_code"],
            "Kelurahan": below["name"],
            "Kecamatan": below["parent_code"].map(names),
        }
    )


if __name__ == "__main__":
    report(lambda: load(Path(sys.argv[1]), *sys.argv[2:] or [""]))
