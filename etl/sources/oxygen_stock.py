"""Stok oksigen (Oksimas): what each post had, and how fast it was used, when it was measured."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast, NotAfterNow
from etl.text import Text

CONTRACT = Contract(
    name="oxygen_stock",
    title=Text("Stok oksigen", "Oxygen stock"),
    meaning=Text("Stok dan pemakaian oksigen per posko", "Stock and use of oxygen per post"),
    grain=Text("satu posko pada satu pengukuran", "one post at one measurement"),
    key=("place", "measured_at"),
    privacy=Privacy.P1,
    time="measured_at",
    area="area_code",
    columns=(
        Column("place", Kind.TEXT, Text("Posko", "Post"), required=True),
        Column("area_code", Kind.AREA, Text("Kecamatan posko", "District of the post"), required=True, dimension=True),
        Column(
            "measured_at",
            Kind.TIMESTAMP,
            Text("Waktu diukur", "Moment of measuring"),
            required=True,
            rules=(NotAfterNow(),),
        ),
        Column(
            "stock_m3",
            Kind.DECIMAL,
            Text("Stok oksigen", "Oxygen in stock"),
            unit="m³",
            required=True,
            rules=(AtLeast(0),),
        ),
        Column(
            "use_m3_per_hour",
            Kind.DECIMAL,
            Text("Pemakaian per jam", "Use per hour"),
            unit="m³/jam",
            required=True,
            rules=(AtLeast(0),),
        ),
    ),
)
