"""Kasus COVID-19: the line list, one row per case (terms of KMK 413/2020)."""

from etl.contract import AgeBand, Column, Contract, Kind, Privacy, Retention
from etl.rules import AtLeast, AtMost, OneOf
from etl.text import Text

DEFINED = ("suspek", "probable", "konfirmasi", "kontak_erat", "discarded")
# Of the guidelines before KMK 413/2020. They mean something else (an ODP had a fever and had travelled, a PDP might be
# a suspect or a probable case, an OTG a contact with or without a test), so they keep their own names.
DEFINED_BEFORE = ("odp", "pdp", "otg")

CONTRACT = Contract(
    name="covid_cases",
    title=Text("Kasus COVID-19", "COVID-19 cases"),
    meaning=Text(
        "Daftar kasus menurut tanggal lapor, kelurahan dan hasil akhirnya",
        "Line list of cases by report date, ward and outcome",
    ),
    grain=Text("satu kasus", "one case"),
    key=("case_id",),
    privacy=Privacy.P3,
    time="report_date",
    area="area_code",
    revision="updated_at",
    retention=(
        Retention(
            "covid_rows",
            Text("Kasus COVID-19, seluruh barisnya", "COVID-19 cases, the whole row"),
            days=731,  # two years, a leap day in one of them
            after="report_date",
        ),
    ),
    columns=(
        Column("case_id", Kind.TEXT, Text("Nomor kasus", "Case number"), required=True, privacy=Privacy.P3),
        Column(
            "status",
            Kind.CATEGORY,
            Text(
                "Keadaan menurut KMK 413/2020; sebelum 14 Juli 2020 ODP, PDP, OTG",
                "Case definition by KMK 413/2020; before 14 July 2020 ODP, PDP, OTG",
            ),
            required=True,
            rules=(OneOf((*DEFINED, *DEFINED_BEFORE)),),
            dimension=True,
        ),
        Column(
            "outcome",
            Kind.CATEGORY,
            Text(
                "Hasil: sembuh atau meninggal; kosong selama masih aktif",
                "Outcome: recovered or died; empty while active",
            ),
            rules=(OneOf(("recovered", "died")),),
            dimension=True,
        ),
        Column("onset_date", Kind.DATE, Text("Tanggal gejala pertama", "Day of first symptoms")),
        Column("test_date", Kind.DATE, Text("Tanggal periksa", "Day of the test")),
        Column("report_date", Kind.DATE, Text("Tanggal lapor", "Day of the report"), required=True),
        Column("outcome_date", Kind.DATE, Text("Tanggal sembuh atau meninggal", "Day of recovery or death")),
        Column("area_code", Kind.AREA, Text("Kelurahan domisili", "Ward of residence"), required=True, dimension=True),
        Column(
            "age", Kind.INTEGER, Text("Umur", "Age"), unit="tahun", rules=(AtLeast(0), AtMost(120)), privacy=Privacy.P3
        ),
        Column("age_band", Kind.CATEGORY, Text("Kelompok umur", "Age band"), derived=AgeBand("age"), dimension=True),
        Column("sex", Kind.CATEGORY, Text("Jenis kelamin", "Sex"), rules=(OneOf(("male", "female")),), dimension=True),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
