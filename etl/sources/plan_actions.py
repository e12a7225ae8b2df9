"""Rencana aksi smart city: what is claimed of each action of the master plan, and what evidence shows."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast, AtMost, OneOf
from etl.text import Text


def _plain(name: str, kind: Kind, meaning: Text, *, required: bool = False) -> Column:
    return Column(name, kind, meaning, required=required, privacy=Privacy.P0)


def _percent(name: str, meaning: Text) -> Column:
    return Column(name, Kind.DECIMAL, meaning, unit="%", rules=(AtLeast(0), AtMost(100)), privacy=Privacy.P0)


CONTRACT = Contract(
    name="plan_actions",
    title=Text("Rencana aksi smart city", "Smart-city master-plan actions"),
    meaning=Text(
        "Rencana aksi masterplan smart city: klaim di samping bukti",
        "Actions of the smart-city master plan: the claim beside the evidence",
    ),
    grain=Text("satu rencana aksi", "one action"),
    key=("action_id",),
    privacy=Privacy.P0,
    time="due_on",
    revision="updated_at",
    columns=(
        _plain("action_id", Kind.TEXT, Text("Kode rencana aksi", "Action code"), required=True),
        _plain("action", Kind.TEXT, Text("Rencana aksi", "Action"), required=True),
        Column(
            "pillar",
            Kind.CATEGORY,
            Text("Pilar: satu dari enam; kosong bila tidak diumumkan", "Pillar: one of six; empty when not published"),
            rules=(OneOf(("governance", "branding", "economy", "living", "society", "environment")),),
            privacy=Privacy.P0,
            dimension=True,
        ),
        Column(
            "agency_code",
            Kind.TEXT,
            Text("OPD penanggung jawab", "Agency in charge"),
            privacy=Privacy.P0,
            dimension=True,
        ),
        _plain("target", Kind.TEXT, Text("Target", "Target")),
        _plain("evidence", Kind.TEXT, Text("Bukti; kosong bila belum ada", "Evidence; empty when there is none yet")),
        _percent("claimed", Text("Capaian yang diklaim", "Progress as claimed")),
        _percent("evidenced", Text("Capaian yang terbukti", "Progress as evidenced")),
        _plain("due_on", Kind.DATE, Text("Tenggat", "Due day")),
        _plain("done_on", Kind.DATE, Text("Tanggal selesai", "Day of completion")),
        _plain("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
