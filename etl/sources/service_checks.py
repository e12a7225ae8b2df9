"""Pemantauan layanan: whether a shared service answered when it was asked, and how fast."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast, NotAfterNow
from etl.text import Text

CONTRACT = Contract(
    name="service_checks",
    title=Text("Pemantauan layanan", "Service checks"),
    meaning=Text(
        "Pemeriksaan pusat data, command center dan infrastruktur berbagi pakai",
        "Checks of the data centre, the command center and shared infrastructure",
    ),
    grain=Text("satu pemeriksaan satu layanan", "one check of one service"),
    key=("service", "checked_at"),
    privacy=Privacy.P1,
    time="checked_at",
    columns=(
        Column("service", Kind.CATEGORY, Text("Layanan", "Service"), required=True, dimension=True),
        Column(
            "checked_at",
            Kind.TIMESTAMP,
            Text("Waktu pemeriksaan", "Moment of the check"),
            required=True,
            rules=(NotAfterNow(),),
        ),
        Column("is_up", Kind.BOOLEAN, Text("Menjawab", "It answered"), required=True),
        Column(
            "latency_ms",
            Kind.INTEGER,
            Text("Waktu jawab; kosong bila tidak menjawab", "Time to answer; empty when it did not"),
            unit="ms",
            rules=(AtLeast(0),),
        ),
    ),
)
