"""Kematian: deaths as the civil registry (Dukcapil) recorded them, for cross-checks only."""

from etl.contract import Column, Contract, Kind, Privacy, Pseudonym
from etl.rules import NIK
from etl.text import Text

CONTRACT = Contract(
    name="deaths",
    title=Text("Akta kematian", "Deaths"),
    meaning=Text(
        "Kematian yang dicatat Dukcapil, untuk pemeriksaan silang dengan daftar bantuan",
        "Deaths recorded by the civil registry, to be checked against the lists of aid",
    ),
    grain=Text("satu akta kematian", "one death certificate"),
    key=("deed_no",),
    privacy=Privacy.P2,
    time="registered_on",
    area="area_code",
    revision="updated_at",
    columns=(
        Column(
            "deed_no",
            Kind.TEXT,
            Text("Nomor akta kematian", "Number of the death certificate"),
            required=True,
            privacy=Privacy.P2,
        ),
        Column(
            "nik",
            Kind.IDENTIFIER,
            Text("NIK yang meninggal", "NIK of the deceased"),
            required=True,
            rules=(NIK,),
            privacy=Privacy.P2,
        ),
        Column(
            "recipient",
            Kind.TEXT,
            Text("Nama samaran yang sama dengan penerima bansos", "The same pseudonym as an aid recipient's"),
            derived=Pseudonym("nik", "bansos"),
            privacy=Privacy.P2,
        ),
        Column("died_on", Kind.DATE, Text("Tanggal meninggal", "Day of death"), required=True, privacy=Privacy.P2),
        Column("registered_on", Kind.DATE, Text("Tanggal akta", "Day of the certificate"), required=True),
        Column("area_code", Kind.AREA, Text("Kelurahan domisili", "Ward of residence"), required=True),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
