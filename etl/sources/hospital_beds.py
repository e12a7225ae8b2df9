"""Tempat tidur COVID-19: what each hospital reports for a day. Whole numbers of a hospital, nobody's own data."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast
from etl.text import Text


def _number(name: str, meaning: Text, unit: str, required: bool = False) -> Column:
    return Column(name, Kind.INTEGER, meaning, unit=unit, required=required, rules=(AtLeast(0),))


CONTRACT = Contract(
    name="hospital_beds",
    title=Text("Tempat tidur COVID-19", "COVID-19 hospital beds"),
    meaning=Text(
        "Tempat tidur isolasi dan intensif, yang terisi, dan pasien COVID-19 yang masuk, per rumah sakit dan hari",
        "Isolation and intensive beds, those occupied, and COVID-19 patients admitted, by hospital and day",
    ),
    grain=Text("satu rumah sakit pada satu hari", "one hospital on one day"),
    key=("report_date", "hospital"),
    privacy=Privacy.P1,
    time="report_date",
    area="area_code",
    revision="updated_at",
    columns=(
        Column("report_date", Kind.DATE, Text("Hari laporan", "Day of the report"), required=True),
        Column("hospital", Kind.TEXT, Text("Rumah sakit", "Hospital"), required=True, dimension=True),
        Column("area_code", Kind.AREA, Text("Kecamatan rumah sakit", "District of the hospital"), required=True),
        _number("beds", Text("Tempat tidur isolasi COVID-19", "COVID-19 isolation beds"), "tempat tidur", True),
        # more patients than beds is what a hospital reports when it is overrun: kept as it was told
        _number("occupied", Text("Tempat tidur isolasi terisi", "Isolation beds occupied"), "tempat tidur", True),
        _number("icu_beds", Text("Tempat tidur intensif COVID-19", "COVID-19 intensive beds"), "tempat tidur"),
        _number("icu_occupied", Text("Tempat tidur intensif terisi", "Intensive beds occupied"), "tempat tidur"),
        _number(
            "admissions", Text("Pasien COVID-19 masuk hari itu", "COVID-19 patients admitted that day"), "orang", True
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
