"""Anggaran digitalisasi kelurahan dan kecamatan: budget and progress of each item at each site."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast, AtMost, OneOf
from etl.text import Text


def _rupiah(name: str, meaning: Text) -> Column:
    return Column(name, Kind.MONEY, meaning, unit="Rp", required=True, rules=(AtLeast(0),), privacy=Privacy.P0)


CONTRACT = Contract(
    name="site_budgets",
    title=Text("Anggaran digitalisasi", "Digitalisation budget"),
    meaning=Text(
        "Pagu, realisasi dan kemajuan digitalisasi pelayanan per kantor kelurahan dan kecamatan",
        "Budget, spending and progress of digital service per office of a ward or district",
    ),
    grain=Text("satu jenis belanja di satu tempat", "one item at one site"),
    key=("budget_year", "area_code", "item"),
    privacy=Privacy.P0,
    time="reported_on",
    area="area_code",
    revision="updated_at",
    columns=(
        Column(
            "budget_year",
            Kind.INTEGER,
            Text("Tahun anggaran", "Budget year"),
            required=True,
            rules=(AtLeast(2000), AtMost(2100)),
            privacy=Privacy.P0,
        ),
        Column(
            "area_code",
            Kind.AREA,
            Text("Kelurahan atau kecamatan", "Ward or district"),
            required=True,
            privacy=Privacy.P0,
            dimension=True,
        ),
        Column(
            "item",
            Kind.CATEGORY,
            Text(
                "Jenis belanja: interior, mebel, komputer, aplikasi",
                "Item: interior, furniture, computers, applications",
            ),
            required=True,
            rules=(OneOf(("interior", "furniture", "computers", "applications")),),
            privacy=Privacy.P0,
            dimension=True,
        ),
        _rupiah("budget", Text("Pagu", "Budget (pagu)")),
        _rupiah("realised", Text("Realisasi sampai tanggal laporan", "Spent by the day of the report")),
        Column(
            "progress",
            Kind.DECIMAL,
            Text("Kemajuan fisik", "Physical progress"),
            unit="%",
            required=True,
            rules=(AtLeast(0), AtMost(100)),
            privacy=Privacy.P0,
        ),
        Column(
            "live_on",
            Kind.DATE,
            Text(
                "Hari mulai melayani secara digital; kosong bila belum, atau bila tidak diketahui",
                "Day on which the site began to serve digitally; empty when it has not, or when that is not known",
            ),
            privacy=Privacy.P0,
        ),
        Column(
            "reported_on", Kind.DATE, Text("Tanggal laporan", "Day of the report"), required=True, privacy=Privacy.P0
        ),
        Column(
            "updated_at",
            Kind.TIMESTAMP,
            Text("Waktu laporan diterbitkan", "When the report was issued"),
            privacy=Privacy.P0,
        ),
    ),
)
