"""Tanda tangan elektronik (TTE): one row per document sent for signing. Subjects and names are never read."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import NotAfterNow, OneOf
from etl.text import Text

CONTRACT = Contract(
    name="signed_documents",
    title=Text("Tanda tangan elektronik", "Electronically signed documents"),
    meaning=Text(
        "Dokumen dinas yang dikirim untuk ditandatangani", "Office documents sent for an electronic signature"
    ),
    grain=Text("satu dokumen", "one document"),
    key=("document_id",),
    privacy=Privacy.P1,
    time="sent_at",
    revision="updated_at",
    columns=(
        Column("document_id", Kind.TEXT, Text("Nomor dokumen", "Document number"), required=True),
        Column("agency_code", Kind.TEXT, Text("OPD pengirim", "Sending agency"), required=True, dimension=True),
        Column("signer_role", Kind.CATEGORY, Text("Jabatan penanda tangan", "Role of the signer"), dimension=True),
        Column(
            "sent_at",
            Kind.TIMESTAMP,
            Text("Waktu dikirim", "When it was sent"),
            required=True,
            rules=(NotAfterNow(),),
        ),
        Column("signed_at", Kind.TIMESTAMP, Text("Waktu ditandatangani", "When it was signed")),
        Column(
            "status",
            Kind.CATEGORY,
            Text("Keadaan: menunggu, ditandatangani, dikembalikan", "State: waiting, signed, returned"),
            required=True,
            rules=(OneOf(("waiting", "signed", "returned")),),
            dimension=True,
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
