"""Why rows are refused: what may be said of it to somebody who may not see their cells."""

from enum import StrEnum

from etl.text import Text


class Reason(StrEnum):
    """Why a row was refused, in one word that quotes nothing of it."""

    MISSING = "missing"
    DAMAGED = "damaged"
    UNSTORABLE = "unstorable"
    UNREADABLE = "unreadable"
    RULE = "rule"
    AREA = "area"
    ROW = "row"  # the reader could not take the row as a whole
    CHANGED = "changed"


REASONS = {
    Reason.MISSING: Text("wajib diisi tetapi kosong", "required but empty"),
    Reason.DAMAGED: Text("nomor rusak menjadi bilangan", "a number damaged into a numeral"),
    Reason.UNSTORABLE: Text("karakter yang bukan teks", "a character that is no text"),
    Reason.UNREADABLE: Text("bentuknya tidak terbaca", "its notation cannot be read"),
    Reason.RULE: Text("melanggar aturan kolom", "breaks the rule of its column"),
    Reason.AREA: Text("wilayah tidak dikenal", "an unknown area"),
    Reason.CHANGED: Text("peristiwa tersimpan yang berubah", "a stored event that changed"),
    Reason.ROW: Text("barisnya sendiri tidak terbaca", "the row as a whole cannot be read"),
}
"""What a reason class means: what may be said of a refused row to someone who may not see its cells."""
