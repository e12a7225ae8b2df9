"""Pindah keluar: who moved out of the city as the civil registry (Dukcapil) recorded it, for cross-checks only."""

from etl.contract import Column, Contract, Kind, Privacy, Pseudonym
from etl.rules import NIK
from etl.text import Text

CONTRACT = Contract(
    name="moves",
    title=Text("Pindah keluar", "Moves out of the city"),
    meaning=Text(
        "Warga yang pindah ke kota atau kabupaten lain menurut Dukcapil, untuk pemeriksaan silang dengan bansos",
        "Residents who moved to another city by the civil registry, to be checked against the lists of aid",
    ),
    grain=Text("satu orang dalam satu surat pindah", "one person in one letter of moving"),
    key=("letter_no", "recipient"),
    privacy=Privacy.P2,
    time="registered_on",
    area="area_code",
    revision="updated_at",
    columns=(
        Column(
            "letter_no",
            Kind.TEXT,
            Text("Nomor surat pindah", "Number of the letter of moving"),
            required=True,
            privacy=Privacy.P2,
        ),
        Column(
            "nik",
            Kind.IDENTIFIER,
            Text("NIK yang pindah", "NIK of who moved"),
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
        Column("moved_on", Kind.DATE, Text("Tanggal pindah", "Day of moving"), required=True, privacy=Privacy.P2),
        Column("registered_on", Kind.DATE, Text("Tanggal surat", "Day of the letter"), required=True),
        Column("area_code", Kind.AREA, Text("Kelurahan asal", "Ward that was left"), required=True),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
