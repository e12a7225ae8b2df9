"""The words of the vocabularies, in both languages, and the few sentences that figures speak."""

from etl.text import Text

WORDS: dict[str, Text] = {
    "asn": Text("ASN", "Civil servants"),
    "opd": Text("OPD", "Agencies"),
    "public": Text("Umum", "Public"),
    "pending": Text("Menunggu", "Pending"),
    "paid": Text("Tersalur / lunas", "Paid"),
    "cancelled": Text("Dibatalkan", "Cancelled"),
    "refunded": Text("Dikembalikan", "Refunded"),
    "proposed": Text("Diusulkan", "Proposed"),
    "verified": Text("Diverifikasi", "Verified"),
    "rejected": Text("Ditolak", "Rejected"),
    "emergency": Text("Darurat", "Emergency"),
    "information": Text("Informasi", "Information"),
    "prank": Text("Iseng", "Prank"),
    "ghost": Text("Hantu (tanpa suara)", "Ghost (silent)"),
    "abandoned": Text("Ditutup sebelum dijawab", "Abandoned"),
    "ivr_lost": Text("Hilang di IVR", "Lost in the IVR"),
    "suspek": Text("Suspek", "Suspected"),
    "probable": Text("Probable", "Probable"),
    "konfirmasi": Text("Konfirmasi", "Confirmed"),
    "kontak_erat": Text("Kontak erat", "Close contact"),
    "discarded": Text("Discarded", "Discarded"),
    "recovered": Text("Sembuh", "Recovered"),
    "died": Text("Meninggal", "Died"),
    "others": Text("Lainnya", "Others"),
    "male": Text("Laki-laki", "Male"),
    "female": Text("Perempuan", "Female"),
}
UNKNOWN = Text("Tidak tercatat", "Not recorded")
WEEKDAYS = {
    "id": ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def word(value: object, language: str) -> str:
    """A vocabulary's word as people say it; any other value as it is."""
    if value is None:
        return UNKNOWN.say(language)
    known = WORDS.get(str(value))
    return known.say(language) if known else str(value)
