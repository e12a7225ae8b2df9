"""Pendaftaran vaksinasi (Vaberaya): one row per registration for a dose. Personal-specific throughout."""

from etl.contract import Column, Contract, Kind, Privacy, Pseudonym
from etl.rules import NIK, AtLeast, AtMost
from etl.text import Text

CONTRACT = Contract(
    name="vaccinations",
    title=Text("Vaksinasi massal", "Mass vaccination"),
    meaning=Text(
        "Pendaftaran vaksinasi massal menurut jadwal dan kehadiran",
        "Registrations for mass vaccination by slot and attendance",
    ),
    grain=Text("satu pendaftaran untuk satu dosis", "one registration for one dose"),
    key=("registration_id",),
    privacy=Privacy.P3,
    time="slot_at",
    revision="updated_at",
    columns=(
        Column(
            "registration_id",
            Kind.TEXT,
            Text("Nomor pendaftaran", "Registration number"),
            required=True,
            privacy=Privacy.P3,
        ),
        Column(
            "nik",
            Kind.IDENTIFIER,
            Text("NIK pendaftar", "NIK of the registered person"),
            required=True,
            rules=(NIK,),
            privacy=Privacy.P3,
        ),
        Column(
            "registrant",
            Kind.TEXT,
            Text("Nama samaran pendaftar", "Pseudonym of the registered person"),
            derived=Pseudonym("nik", "vaccination"),
        ),
        Column(
            "dose",
            Kind.INTEGER,
            Text("Dosis ke", "Number of the dose"),
            required=True,
            rules=(AtLeast(1), AtMost(4)),
            dimension=True,
        ),
        Column("slot_at", Kind.TIMESTAMP, Text("Jadwal datang", "Slot"), required=True),
        Column(
            "attended",
            Kind.BOOLEAN,
            Text("Hadir; kosong sebelum jadwalnya lewat", "Attended; empty before the slot is over"),
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
