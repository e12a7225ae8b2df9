"""Pemantauan isolasi mandiri (Isoman): one row per patient and day of isolation. Health data: patients are P3."""

from etl.contract import Column, Contract, Kind, Privacy, Pseudonym
from etl.rules import AtLeast, AtMost, OneOf
from etl.text import Text

CONTRACT = Contract(
    name="isolation_checks",
    title=Text("Pemantauan isolasi mandiri", "Self-isolation checks"),
    meaning=Text(
        "Pemeriksaan harian orang yang mengisolasi diri di rumah", "Daily checks of people who isolate at home"
    ),
    grain=Text("satu pasien pada satu hari isolasi", "one patient on one day of isolation"),
    key=("patient", "day"),
    privacy=Privacy.P3,
    time="due_on",
    area="area_code",
    revision="updated_at",
    columns=(
        Column("patient_ref", Kind.TEXT, Text("Kode pasien", "Code of the patient"), required=True, privacy=Privacy.P3),
        Column(
            "patient",
            Kind.TEXT,
            Text("Nama samaran pasien", "Pseudonym of the patient"),
            derived=Pseudonym("patient_ref", "isolation"),
        ),
        Column(
            "day",
            Kind.INTEGER,
            Text("Hari isolasi ke", "Day of isolation"),
            required=True,
            rules=(AtLeast(1), AtMost(30)),
        ),
        Column("area_code", Kind.AREA, Text("Kelurahan pasien", "Ward of the patient"), required=True, dimension=True),
        Column("due_on", Kind.DATE, Text("Harus diperiksa pada", "To be checked on"), required=True),
        Column(
            "checked_at", Kind.TIMESTAMP, Text("Waktu diperiksa; kosong bila belum", "When checked; empty when not yet")
        ),
        Column(
            "condition",
            Kind.CATEGORY,
            Text("Keadaan pasien: stabil, memburuk, dirujuk", "Condition of the patient: stable, worse, referred"),
            rules=(OneOf(("stable", "worse", "referred")),),
            privacy=Privacy.P3,
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
