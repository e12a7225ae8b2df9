"""Pengaduan warga (Lapak Aduan): one row per ticket. Reporters and free text are never read."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import NotAfterNow, OneOf
from etl.text import Text

CONTRACT = Contract(
    name="complaints",
    title=Text("Pengaduan warga", "Complaints"),
    meaning=Text("Pengaduan warga dan tindak lanjut OPD", "Complaints of residents and what agencies did about them"),
    grain=Text("satu pengaduan", "one ticket"),
    key=("ticket_id",),
    privacy=Privacy.P2,
    time="opened_at",
    revision="updated_at",
    columns=(
        Column("ticket_id", Kind.TEXT, Text("Nomor tiket", "Ticket number"), required=True),
        Column(
            "channel",
            Kind.CATEGORY,
            Text("Saluran pengaduan", "Channel of the complaint"),
            required=True,
            dimension=True,
        ),
        Column("category", Kind.CATEGORY, Text("Pokok aduan", "Subject of the complaint"), dimension=True),
        Column("agency_code", Kind.TEXT, Text("OPD yang menangani", "Agency in charge"), dimension=True),
        Column(
            "opened_at",
            Kind.TIMESTAMP,
            Text("Waktu aduan masuk", "When it came in"),
            required=True,
            rules=(NotAfterNow(),),
        ),
        Column("closed_at", Kind.TIMESTAMP, Text("Waktu aduan ditutup", "When it was closed")),
        Column(
            "status",
            Kind.CATEGORY,
            Text("Keadaan: diterima, diproses, selesai, ditolak", "State: received, in progress, done, rejected"),
            required=True,
            rules=(OneOf(("received", "in_progress", "done", "rejected")),),
            dimension=True,
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
