"""Pengecualian ASN: who need not meet the purchase obligation, for how long and why (leave, study, residence …)."""

from etl.contract import Column, Contract, Kind, Privacy, Pseudonym, Retention
from etl.rules import NIP, OneOf
from etl.text import Text

KINDS = ("leave", "study", "residence", "secondment", "other")
CONTRACT = Contract(
    name="asn_exemptions",
    title=Text("Pengecualian ASN", "Exemptions of civil servants"),
    meaning=Text(
        "Masa seorang ASN tidak wajib belanja: cuti, tugas belajar, tinggal di kota lain",
        "When a civil servant need not buy: on leave, studying, living elsewhere",
    ),
    grain=Text("satu masa pengecualian seorang ASN", "one exemption of one civil servant"),
    key=("exemption_id",),
    privacy=Privacy.P2,
    time="since",
    revision="updated_at",
    retention=(
        Retention(
            "asn_exemptions",
            Text("Pengecualian yang sudah lama berakhir", "Exemptions that ended long ago"),
            days=396,  # 13 months, as what they exempt from
            after="until",
        ),
    ),
    columns=(
        Column("exemption_id", Kind.TEXT, Text("Nomor surat", "Number of the letter"), required=True),
        Column("nip", Kind.IDENTIFIER, Text("NIP", "NIP"), required=True, rules=(NIP,), privacy=Privacy.P2),
        Column(
            "buyer",
            Kind.TEXT,
            Text("Nama samaran ASN", "Pseudonym of the civil servant"),
            derived=Pseudonym("nip", "asn"),
        ),
        Column(
            "kind",
            Kind.CATEGORY,
            Text("Alasan: cuti, tugas belajar, domisili, diperbantukan, lainnya", "Reason: leave, study, residence …"),
            required=True,
            rules=(OneOf(KINDS),),
        ),
        Column("since", Kind.DATE, Text("Hari pertama", "First day"), required=True),
        Column("until", Kind.DATE, Text("Hari terakhir; kosong bila belum ditentukan", "Last day; empty while open")),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
