"""The words of the vocabularies, in both languages, and the few sentences that figures speak."""

import msgspec

from etl.text import Text


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text of a file of a city or of ours, in both languages."""

    id: str
    en: str

    def text(self) -> Text:
        return Text(self.id, self.en)


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
    "odp": Text("ODP (sebelum 14 Juli 2020)", "ODP, under observation (before 14 July 2020)"),
    "pdp": Text("PDP (sebelum 14 Juli 2020)", "PDP, under treatment (before 14 July 2020)"),
    "otg": Text("OTG (sebelum 14 Juli 2020)", "OTG, without symptoms (before 14 July 2020)"),
    "recovered": Text("Sembuh", "Recovered"),
    "died": Text("Meninggal", "Died"),
    "others": Text("Lainnya", "Others"),
    "male": Text("Laki-laki", "Male"),
    "female": Text("Perempuan", "Female"),
    "assigned": Text("Ditugaskan", "Assigned"),
    "picked": Text("Diambil", "Picked up"),
    "delivered": Text("Diterima", "Delivered"),
    "cash": Text("Tunai", "Cash"),
    "qris": Text("QRIS", "QRIS"),
    "card": Text("Kartu", "Card"),
    "transfer": Text("Transfer", "Transfer"),
    "digital": Text("Digital", "Digital"),
    "counter": Text("Loket", "Counter"),
    "interior": Text("Interior", "Interior"),
    "furniture": Text("Mebel", "Furniture"),
    "computers": Text("Komputer", "Computers"),
    "applications": Text("Aplikasi", "Applications"),
    "governance": Text("Smart Governance", "Smart governance"),
    "branding": Text("Smart Branding", "Smart branding"),
    "economy": Text("Smart Economy", "Smart economy"),
    "living": Text("Smart Living", "Smart living"),
    "society": Text("Smart Society", "Smart society"),
    "environment": Text("Smart Environment", "Smart environment"),
    "waiting": Text("Menunggu", "Waiting"),
    "signed": Text("Ditandatangani", "Signed"),
    "returned": Text("Kembali / dikembalikan", "Returned"),
    "lent": Text("Dipinjam", "Lent"),
    "received": Text("Diterima", "Received"),
    "in_progress": Text("Diproses", "In progress"),
    "done": Text("Selesai", "Done"),
    "issued": Text("Terbit", "Issued"),
    "leave": Text("Cuti", "Leave"),
    "study": Text("Tugas belajar", "Study"),
    "residence": Text("Domisili luar kota", "Living elsewhere"),
    "secondment": Text("Diperbantukan", "Lent to another office"),
    "yes": Text("Ya", "Yes"),
    "no": Text("Tidak", "No"),
    "other": Text("Alasan lain", "Another reason"),
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
