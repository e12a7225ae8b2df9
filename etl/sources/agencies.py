"""OPD: the agencies of a city (dinas, badan, kecamatan)."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.text import Text

CONTRACT = Contract(
    name="agencies",
    title=Text("OPD", "Agencies (OPD)"),
    meaning=Text("Organisasi perangkat daerah", "The agencies of the city government"),
    grain=Text("satu OPD", "one agency"),
    key=("agency_code",),
    privacy=Privacy.P0,
    columns=(
        Column("agency_code", Kind.TEXT, Text("Kode OPD", "Agency code"), required=True, privacy=Privacy.P0),
        Column("name", Kind.TEXT, Text("Nama OPD", "Agency name"), required=True, privacy=Privacy.P0),
        Column("short_name", Kind.TEXT, Text("Singkatan", "Short name"), required=True, privacy=Privacy.P0),
        Column(
            "updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream"), privacy=Privacy.P0
        ),
    ),
    revision="updated_at",
)
