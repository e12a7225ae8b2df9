"""Keluarga dalam DTSEN: how many households the social register holds, by ward and decile. Counts, never a household.

Inpres 4/2025: DTSEN took the place of DTKS; deciles run from 1 (least well off) to 10.
"""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast, AtMost
from etl.text import Text

CONTRACT = Contract(
    name="eligible_households",
    title=Text("Keluarga DTSEN menurut desil", "Households of DTSEN by decile"),
    meaning=Text(
        "Banyaknya keluarga dalam Data Tunggal Sosial dan Ekonomi Nasional (DTSEN) menurut kelurahan dan desil",
        "How many households the national social and economic register (DTSEN) holds, by ward and decile",
    ),
    grain=Text("satu desil di satu kelurahan pada satu tanggal data", "one decile of one ward in one extract"),
    key=("counted_on", "area_code", "decile"),
    privacy=Privacy.P1,
    time="counted_on",
    area="area_code",
    revision="updated_at",
    columns=(
        Column("counted_on", Kind.DATE, Text("Tanggal data", "Day of the extract"), required=True),
        Column("area_code", Kind.AREA, Text("Kelurahan", "Ward"), required=True, dimension=True),
        Column(
            "decile",
            Kind.INTEGER,
            Text("Desil kesejahteraan, 1 yang terendah", "Decile of welfare, 1 is the lowest"),
            required=True,
            rules=(AtLeast(1), AtMost(10)),
            dimension=True,
        ),
        Column(
            "households",
            Kind.INTEGER,
            Text("Banyaknya keluarga", "Number of households"),
            unit="keluarga",
            required=True,
            rules=(AtLeast(0),),
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu data diterbitkan", "When the extract was issued")),
    ),
)
