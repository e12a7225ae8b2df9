"""``python -m bench.common.by_polars FOLDER [TABLE]``: ``read_csv``, cleaning, ADBC; the fastest script there is.

It checks nothing. With a ``TABLE`` of the warehouse what the table cannot hold is dropped without a word (cells that
cannot be read, a key that comes twice), because otherwise nothing goes in; without one all lines go as they are
into a bare table that ADBC makes.
"""

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi  # noqa: F401  # what write_database needs takes seconds to import: not loading
import polars as pl
import pyarrow  # noqa: F401
import sqlalchemy as sa

from bench.common.meter import report
from bench.common.vendor import BUYERS, CITY_CODE, NAMES, STATES

KEY = ["order_id", "line"]
TYPED = ["line", "quantity", "amount", "ordered_at", "buyer_type", "status", "area_code"]


def load(folder: Path, table: str) -> dict[str, Any]:
    """Read, clean and write the file of the folder; how many rows were written."""
    file = next((folder / "files").glob("*.csv"))
    rows = clean(pl.read_csv(file, separator=";", infer_schema=False), areas(folder))
    if table:
        rows = (
            rows.drop_nulls(TYPED)
            .unique(KEY, keep="last")
            .with_columns(
                city_code=pl.lit(CITY_CODE),
                source=pl.lit("orders"),
                known_from=pl.lit(dt.datetime.now(dt.UTC)),
            )
        )
    address = sa.make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql")
    rows.write_database(
        f"warehouse.{table}" if table else "orders",
        address.render_as_string(hide_password=False),
        engine="adbc",
        if_table_exists="append" if table else "fail",
    )
    return {"loaded": rows.height}


def clean(raw: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """Typed columns; a cell that is not what it should be is null."""
    rupiah = pl.col("Nilai").str.strip_prefix("Rp ").str.replace_all(".", "", literal=True)
    moment = pl.col("Waktu").str.to_datetime("%d/%m/%Y %H:%M", strict=False, time_unit="us")
    return (
        raw.lazy()
        .rename(NAMES)
        .join(codes.lazy(), on=["Kecamatan", "Kelurahan"], how="left", maintain_order="left")
        .select(
            *NAMES.values(),
            pl.col("Baris").cast(pl.Int64, strict=False).alias("line"),
            pl.col("Jumlah").cast(pl.Float64, strict=False).alias("quantity"),
            rupiah.cast(pl.Decimal(18, 2), strict=False).alias("amount"),
            moment.dt.replace_time_zone("Asia/Makassar").dt.convert_time_zone("UTC").alias("ordered_at"),
            pl.col("Pembeli").str.to_lowercase().replace_strict(BUYERS, default=None).alias("buyer_type"),
            pl.col("Status").str.to_lowercase().replace_strict(STATES, default=None).alias("status"),
            "area_code",
        )
        .collect()
    )


def areas(folder: Path) -> pl.DataFrame:
    """Code of every kelurahan by its name and that of its kecamatan."""
    listed = pl.read_csv(next((folder / "cities").glob("*/areas.csv")), infer_schema=False)
    above = listed.select(parent_code="area_code", Kecamatan="name")
    below = listed.filter(pl.col("level") == "kelurahan").rename({"name": "Kelurahan"})
    return below.join(above, on="parent_code").select("area_code", "Kelurahan", "Kecamatan")


if __name__ == "__main__":
    report(lambda: load(Path(sys.argv[1]), *sys.argv[2:] or [""]))
