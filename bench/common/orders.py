"""A dirty marketplace file made from a seed, and the city folder whose source reads it."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from etl.cities import City, load_city
from etl.source import Source, load_source

CITIES = Path(__file__).resolve().parents[2] / "cities"
SLUG = "samarinda"
DUPLICATES, BAD = 0.005, 0.005
BAD_CELLS = {"Waktu": "31/02/2020 10:00", "Nilai": "Rp banyak", "Status": "hilang", "Kelurahan": "Atlantis"}


@dataclass(frozen=True)
class Bench:
    """A city of one source, and the folder into which its files are dropped."""

    cities: Path
    files: Path

    @property
    def city(self) -> City:
        return load_city(SLUG, self.cities)

    @property
    def source(self) -> Source:
        path = self.cities / SLUG / "sources" / "orders.toml"
        return load_source(path, SLUG, {"ORDERS": str(self.files)})


def open_bench(folder: Path) -> Bench:
    """Lay out the city folder and the folder of files below ``folder``."""
    bench = Bench(folder / "cities", folder / "files")
    bench.files.mkdir(parents=True)
    shutil.copytree(CITIES / SLUG, bench.cities / SLUG, ignore=shutil.ignore_patterns("sources"))
    (bench.cities / SLUG / "sources").mkdir()
    shutil.copy(Path(__file__).with_name("orders.toml"), bench.cities / SLUG / "sources")
    return bench


@dataclass(frozen=True)
class Dirty:
    """The lines of a file, and what must become of them."""

    lines: pl.DataFrame
    duplicates: int
    bad: int

    @property
    def good(self) -> int:
        return self.lines.height - self.duplicates - self.bad


def dirty_orders(count: int, seed: int = 7) -> Dirty:
    """``count`` order lines as text; some twice, some unreadable, each of these a line that is otherwise good."""
    chance = np.random.default_rng(seed)
    duplicates, bad = round(count * DUPLICATES), round(count * BAD)
    lines = _spoil(clean_orders(count - duplicates, chance), bad)
    again = lines.slice(bad).sample(duplicates, seed=seed)
    return Dirty(pl.concat([lines, again]).sample(fraction=1, shuffle=True, seed=seed), duplicates, bad)


def drop(lines: pl.DataFrame, path: Path) -> None:
    """Write a file as the vendor does; old enough to count as no longer being written."""
    lines.write_csv(path, separator=";")
    settled = time.time() - 60
    os.utime(path, (settled, settled))


def kelurahan() -> pl.DataFrame:
    """Names of every kelurahan with its kecamatan and code."""
    areas = pl.read_csv(
        CITIES / SLUG / "areas.csv", schema_overrides={"area_code": pl.String, "parent_code": pl.String}
    )
    above = areas.select(parent_code="area_code", Kecamatan="name")
    below = areas.filter(pl.col("level") == "kelurahan").select("area_code", "parent_code", Kelurahan="name")
    return below.join(above, on="parent_code").select("area_code", "Kelurahan", "Kecamatan")


def clean_orders(count: int, chance: np.random.Generator) -> pl.DataFrame:
    """``count`` order lines as the vendor writes them, without an error: two of each order, of one shop and moment."""
    orders = np.arange(count) // 2
    each = int(orders[-1]) + 1
    shops = chance.integers(0, 900, each)[orders]
    places = kelurahan()[shops % len(kelurahan())]
    minutes = chance.integers(0, 2 * 365 * 24 * 60, each)[orders]
    moments = pl.Series(np.datetime64("2020-01-01T00:00", "us") + minutes.astype("timedelta64[m]"))
    return pl.DataFrame(
        {
            "No Pesanan": pl.Series(orders).cast(pl.String).str.zfill(9),
            "Baris": np.arange(count) % 2 + 1,
            "Waktu": moments.dt.strftime("%d/%m/%Y %H:%M"),
            "Kode Toko": pl.Series(shops).cast(pl.String).str.zfill(5),
            "Nama Toko": pl.Series(shops).cast(pl.String),
            "Kelurahan": places["Kelurahan"],
            "Kecamatan": places["Kecamatan"],
            "Produk": chance.choice(["Nasi kuning", "Amplang", "Sarung Samarinda", "Kopi; bubuk"], count),
            "Kategori": chance.choice(["Kuliner", "Kerajinan", "Sandang"], count),
            "Jumlah": chance.integers(1, 9, count),
            "Nilai": [f"Rp {n * 500:,}".replace(",", ".") for n in chance.integers(2, 9_000, count).tolist()],
            "Pembayaran": chance.choice(["QRIS", "Transfer", "Tunai"], each)[orders],
            "Pembeli": chance.choice(["ASN", "Perangkat Daerah", "Masyarakat"], each)[orders],
            "Status": chance.choice(["Lunas", "Belum bayar", "Batal"], each)[orders],
        }
    ).with_columns(pl.lit("Toko ") + pl.col("Nama Toko"))


def _spoil(good: pl.DataFrame, bad: int) -> pl.DataFrame:
    """The first ``bad`` lines get one wrong cell each, of every kind in turn."""
    number = pl.int_range(pl.len())
    spoilt = [
        pl.when((number < bad) & (number % len(BAD_CELLS) == kind)).then(pl.lit(word)).otherwise(name).alias(name)
        for kind, (name, word) in enumerate(BAD_CELLS.items())
    ]
    return good.with_columns(spoilt)
