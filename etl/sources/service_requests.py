"""Permohonan layanan (Santer): one row per request, digital or at the counter. Applicants are never read."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import NotAfterNow, OneOf
from etl.text import Text

CONTRACT = Contract(
    name="service_requests",
    title=Text("Permohonan layanan", "Service requests"),
    meaning=Text(
        "Permohonan layanan kelurahan dan kecamatan, lewat aplikasi atau di loket",
        "Requests for a service of a ward or district, by app or at the counter",
    ),
    grain=Text("satu permohonan", "one request"),
    key=("request_id",),
    privacy=Privacy.P2,
    time="opened_at",
    area="area_code",
    revision="updated_at",
    columns=(
        Column("request_id", Kind.TEXT, Text("Nomor permohonan", "Request number"), required=True, privacy=Privacy.P2),
        Column("service", Kind.CATEGORY, Text("Layanan", "Service"), required=True, dimension=True),
        Column(
            "channel",
            Kind.CATEGORY,
            Text("Saluran: digital atau loket", "Channel: digital or counter"),
            required=True,
            rules=(OneOf(("digital", "counter")),),
            dimension=True,
        ),
        Column("area_code", Kind.AREA, Text("Kelurahan layanan", "Ward of the service"), required=True, dimension=True),
        Column(
            "opened_at",
            Kind.TIMESTAMP,
            Text("Waktu permohonan masuk", "When the request came in"),
            required=True,
            rules=(NotAfterNow(),),
        ),
        Column("done_at", Kind.TIMESTAMP, Text("Waktu selesai dilayani", "When it was served")),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
