"""A reason before rows of people: the form's answer becomes an entry of Jejak akses, whose number opens the rows."""

from flask import g, request

from dashboard.access.roles import Role
from etl import audit
from etl.audit import PURPOSES, Look
from etl.cities import City
from etl.text import Text

SHORTEST = 8
NONE = Text("Pilih keperluan dan tulis alasannya.", "Choose a purpose and write the reason.")
OVER = Text(
    "Waktu untuk melihat baris ini sudah habis. Tulis alasan lagi untuk melanjutkan.",
    "The time to see these rows is over. Write the reason again to go on.",
)


def opened(what: str, role: Role) -> int | None:
    """The number of the entry that opens these rows to the viewer; None when no reason was given."""
    purpose, reason = request.form.get("purpose", ""), request.form.get("reason", "").strip()
    if purpose not in PURPOSES or len(reason) < SHORTEST:
        return None
    return audit.opened(Look(g.city.code, g.viewer.id, g.viewer.name, role.value, purpose, reason, what))


def look() -> tuple[City, int, Look | None]:
    """The city, the entry that the address names, and the look that it opened to this viewer."""
    said = request.values.get("buka", "")
    entry = int(said) if said.isdecimal() and len(said) < 16 else 0
    return g.city, entry, audit.look_of(entry, g.city.code, g.viewer.id)
