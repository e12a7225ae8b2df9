"""The registry of a city's apps: every name in its ``city.toml``, and a function only where one is published."""

import datetime as dt

import polars as pl

from simulator.dataset import Dataset, Past
from simulator.dirt import Habit

PUBLISHED = {
    "Behambinan": ("Ekonomi", "Belanja dari UMKM"),
    "Lingkaran": ("Ekonomi", "Pengantaran pesanan Behambinan"),
    "Point of sale": ("Ekonomi", None),
    "e-katalog lokal": ("Pengadaan", "Belanja OPD tanpa lelang"),
    "112": ("Kedaruratan", "Panggilan darurat"),
    "Website Corona": ("Kesehatan", "Informasi COVID-19 dan penerima bantuan"),
    "TTE": ("Pemerintahan", "Tanda tangan elektronik"),
    "Santer": ("Pelayanan", "Pelayanan kelurahan dan kecamatan"),
    "PSC 119": ("Kesehatan", "Panggilan darurat medis"),
    "JPSBMS": ("Sosial", "Jaring pengaman sosial"),
    "Web Covid-19": ("Kesehatan", "Informasi COVID-19"),
    "Vaberaya": ("Kesehatan", "Pendaftaran vaksinasi massal"),
    "Oksimas": ("Kesehatan", "Stok dan peminjaman oksigen"),
    "Isoman": ("Kesehatan", "Pemantauan isolasi mandiri"),
    "Jiwong Jiga": ("Kesehatan", "Pendampingan orang dengan komorbid"),
    "Mas Basid": ("Kesehatan", "Pendampingan orang dengan komorbid"),
    "Sipanji Mas": ("Perizinan", "Perizinan"),
    "Jeknyong": ("Lingkungan", "Penjemputan sampah rumah tangga"),
    "Lapak Aduan": ("Pelayanan", "Pengaduan warga"),
}


def _history(past: Past) -> pl.DataFrame:
    """Most were seen within the hour, one in six has been silent for weeks."""
    rng, apps = past.chance("apps"), past.scenery.apps
    now = past.now.replace(tzinfo=None)
    silent = rng.random(len(apps)) < 1 / 6
    hours = [float(h) for h in rng.uniform(0.1, 1, len(apps)) + silent * rng.uniform(400, 2_000, len(apps))]
    return pl.DataFrame(
        {
            "app": apps,
            "agency_code": pl.Series([None] * len(apps), dtype=pl.String),
            "sector": [PUBLISHED.get(app, (None, None))[0] for app in apps],
            "purpose": [PUBLISHED.get(app, (None, None))[1] for app in apps],
            "link": pl.Series([None] * len(apps), dtype=pl.String),
            "last_seen_at": [(now - dt.timedelta(hours=h)).replace(microsecond=0) for h in hours],
            "users": rng.lognormal(6.5, 1.4, len(apps)).astype(int),
            "updated_at": now,
        }
    )


DATASETS = (Dataset("app_registry", ("app",), _history, Habit("app", {"app": pl.col("app") + " X"}, stale=False)),)
