"""Perizinan (Sipanji Mas): one row per application for a permit. Applicants are never read."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import OneOf
from etl.text import Text

CONTRACT = Contract(
    name="permits",
    title=Text("Perizinan", "Permits"),
    meaning=Text("Permohonan izin dan ketepatan waktunya", "Applications for permits, and whether they were in time"),
    grain=Text("satu permohonan izin", "one application"),
    key=("permit_id",),
    privacy=Privacy.P1,
    time="applied_on",
    revision="updated_at",
    columns=(
        Column("permit_id", Kind.TEXT, Text("Nomor permohonan", "Application number"), required=True),
        Column("kind", Kind.CATEGORY, Text("Jenis izin", "Kind of permit"), required=True, dimension=True),
        Column("applied_on", Kind.DATE, Text("Tanggal diajukan", "Day of application"), required=True),
        Column("due_on", Kind.DATE, Text("Tenggat janji layanan", "Due day by the promise of service")),
        Column("decided_on", Kind.DATE, Text("Tanggal diputus", "Day of decision")),
        Column(
            "status",
            Kind.CATEGORY,
            Text("Keadaan: diproses, terbit, ditolak", "State: in progress, issued, rejected"),
            required=True,
            rules=(OneOf(("in_progress", "issued", "rejected")),),
            dimension=True,
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
