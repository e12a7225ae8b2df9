"""Kebutuhan: poor households and lost jobs by ward and month, as counts that agencies report. Never a person."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast
from etl.text import Text

CONTRACT = Contract(
    name="household_need",
    title=Text("Keluarga miskin dan kehilangan pekerjaan", "Poor households and lost jobs"),
    meaning=Text(
        "Keluarga miskin menurut pendataan kelurahan, dan pekerja yang di-PHK atau dirumahkan, per kelurahan dan bulan",
        "Poor households as the ward counts them, and workers laid off or sent home, by ward and month",
    ),
    grain=Text("satu kelurahan dalam satu bulan", "one ward in one month"),
    key=("period", "area_code"),
    privacy=Privacy.P1,
    time="period",
    area="area_code",
    revision="updated_at",
    columns=(
        Column("period", Kind.DATE, Text("Bulan (hari pertama)", "Month (its first day)"), required=True),
        Column("area_code", Kind.AREA, Text("Kelurahan atau desa", "Ward or village"), required=True, dimension=True),
        Column(
            "poor_households",
            Kind.INTEGER,
            Text("Keluarga miskin pada bulan itu", "Poor households in that month"),
            unit="keluarga",
            rules=(AtLeast(0),),
        ),
        Column(
            "jobs_lost",
            Kind.INTEGER,
            Text("Pekerja di-PHK atau dirumahkan pada bulan itu", "Workers laid off or sent home in that month"),
            unit="orang",
            rules=(AtLeast(0),),
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu laporan diterbitkan", "When the report was issued")),
    ),
)
