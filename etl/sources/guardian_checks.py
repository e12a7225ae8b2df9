"""Pendampingan komorbid (Jiwong Jiga / Mas Basid): one guardian for each person, and when they last looked in."""

from etl.contract import Column, Contract, Kind, Privacy, Pseudonym
from etl.rules import NotAfterNow
from etl.text import Text

CONTRACT = Contract(
    name="guardian_checks",
    title=Text("Pendampingan komorbid", "Guardians of people with comorbidities"),
    meaning=Text(
        "Warga dengan komorbid, pendampingnya dan pemeriksaan terakhir",
        "People with a comorbidity, their guardian and the last check",
    ),
    grain=Text("satu warga yang didampingi", "one person with a guardian"),
    key=("person",),
    privacy=Privacy.P3,
    time="last_checked_at",
    area="area_code",
    revision="updated_at",
    columns=(
        Column("person_ref", Kind.TEXT, Text("Kode warga", "Code of the person"), required=True, privacy=Privacy.P3),
        Column(
            "person",
            Kind.TEXT,
            Text("Nama samaran warga", "Pseudonym of the person"),
            derived=Pseudonym("person_ref", "guardian"),
        ),
        Column(
            "guardian",
            Kind.TEXT,
            Text("Nama pendamping", "Name of the guardian"),
            required=True,
            privacy=Privacy.P2,
        ),
        Column("area_code", Kind.AREA, Text("Kelurahan warga", "Ward of the person"), required=True, dimension=True),
        Column(
            "last_checked_at",
            Kind.TIMESTAMP,
            Text("Terakhir diperiksa; kosong bila belum pernah", "Last checked; empty when never"),
            rules=(NotAfterNow(),),
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
