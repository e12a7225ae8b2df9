"""Belanja barang dan jasa: what each agency spent on goods and services in a month. The whole of Inpres 2/2022."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast
from etl.text import Text

CONTRACT = Contract(
    name="agency_spending",
    title=Text("Realisasi belanja barang dan jasa", "Spending on goods and services"),
    meaning=Text(
        "Realisasi belanja barang dan jasa tiap OPD per bulan, menurut pembukuan anggaran daerah",
        "What each agency spent on goods and services in a month, by the city's budget accounts",
    ),
    grain=Text("satu OPD dalam satu bulan", "one agency in one month"),
    key=("period", "agency_code"),
    privacy=Privacy.P0,
    time="period",
    revision="updated_at",
    columns=(
        Column(
            "period",
            Kind.DATE,
            Text("Bulan (hari pertama)", "Month (its first day)"),
            required=True,
            privacy=Privacy.P0,
        ),
        Column("agency_code", Kind.TEXT, Text("OPD", "Agency"), required=True, privacy=Privacy.P0, dimension=True),
        Column(
            "goods_services",
            Kind.MONEY,
            Text("Realisasi belanja barang dan jasa", "Spent on goods and services"),
            unit="Rp",
            required=True,
            rules=(AtLeast(0),),
            privacy=Privacy.P0,
        ),
        Column(
            "updated_at",
            Kind.TIMESTAMP,
            Text("Waktu laporan diterbitkan", "When the report was issued"),
            privacy=Privacy.P0,
        ),
    ),
)
