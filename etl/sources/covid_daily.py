"""Angka harian COVID-19 as a city or province publishes them: cumulative totals per place and day.

Corrections arrive late; an active count that falls, or is negative, is kept as it was published.
"""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast
from etl.text import Text


def _total(name: str, meaning: Text) -> Column:
    return Column(name, Kind.INTEGER, meaning, unit="orang", rules=(AtLeast(0),), privacy=Privacy.P0)


CONTRACT = Contract(
    name="covid_daily",
    title=Text("Angka harian COVID-19", "COVID-19 daily totals"),
    meaning=Text(
        "Jumlah kumulatif per tempat dan hari, sebagaimana diumumkan",
        "Cumulative totals per place and day, as published",
    ),
    grain=Text("satu tempat pada satu hari", "one place on one day"),
    key=("report_date", "place"),
    privacy=Privacy.P0,
    time="report_date",
    area="area_code",
    revision="updated_at",
    columns=(
        Column("report_date", Kind.DATE, Text("Hari laporan", "Day of the report"), required=True, privacy=Privacy.P0),
        Column(
            "place",
            Kind.TEXT,
            Text("Tempat menurut sumber", "Place as the source names it"),
            required=True,
            privacy=Privacy.P0,
        ),
        Column("area_code", Kind.AREA, Text("Wilayah", "Area"), privacy=Privacy.P0, dimension=True),
        _total("confirmed", Text("Kasus konfirmasi sejak awal", "Confirmed cases since the start")),
        _total("recovered", Text("Sembuh sejak awal", "Recovered since the start")),
        _total("deaths", Text("Meninggal sejak awal", "Deaths since the start")),
        Column(
            "active",
            Kind.INTEGER,
            Text("Kasus aktif; bisa turun karena koreksi", "Active cases; may fall by correction"),
            unit="orang",
            privacy=Privacy.P0,
        ),
        _total("tested", Text("Orang diperiksa sejak awal", "People tested since the start")),
        _total("tested_positive", Text("Hasil positif sejak awal", "Positive results since the start")),
        Column(
            "updated_at",
            Kind.TIMESTAMP,
            Text("Waktu pembaruan menurut sumber", "Update time by the source"),
            privacy=Privacy.P0,
        ),
    ),
)
