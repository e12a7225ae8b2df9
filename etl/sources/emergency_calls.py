"""Panggilan darurat (112, PSC 119): one row per call, with its incident when there is one.

Free text and the caller's name are never read: they name victims.
"""

from etl.contract import Band, Column, Contract, Grid, Kind, Known, Privacy, Pseudonym, Retention, Rollup, Within
from etl.rules import AtLeast, AtMost, NotAfterNow, OneOf
from etl.text import Text

OUTCOMES = ("emergency", "information", "prank", "ghost", "abandoned", "ivr_lost")
_ANSWERED = (
    Within("answered_15s", "called_at", "answered_at", 15),
    Within("answered_20s", "called_at", "answered_at", 20),
)
_REACHED = (Known("placed", "area_code"), Known("arrived", "arrived_at"))

CONTRACT = Contract(
    name="emergency_calls",
    title=Text("Panggilan darurat", "Emergency calls"),
    meaning=Text(
        "Panggilan ke nomor darurat kota dan penanganannya",
        "Calls to the city's emergency number and how they were handled",
    ),
    grain=Text("satu panggilan", "one call"),
    key=("call_id",),
    privacy=Privacy.P3,
    time="called_at",
    area="area_code",
    revision="updated_at",
    sparse=("dispatched_at", "arrived_at", "grid_lat"),
    moments=("answered_at",),
    retention=(
        Retention(
            "emergency_phone",
            Text("Nomor telepon pemanggil dan nama samarannya", "The caller's phone number, and its pseudonym"),
            days=90,
            after="called_at",
            columns=("phone", "caller"),
        ),
        Retention(
            "emergency_coordinates",
            Text("Koordinat tepat kejadian; petak 500 m tetap", "The exact coordinates; the 500 m cell stays"),
            days=365,
            after="called_at",
            columns=("lat", "lon"),
        ),
    ),
    rollups=(
        Rollup("answers", ("outcome", "is_drill", *_ANSWERED)),
        Rollup("incidents", ("outcome", "is_drill", "category", "urgency", *_REACHED)),
        Rollup("wards", ("area_code", "outcome", "is_drill", "category", "urgency", *_ANSWERED, *_REACHED)),
        Rollup("hours", ("outcome", "is_drill"), hourly=True),
    ),
    columns=(
        Column("call_id", Kind.TEXT, Text("Nomor panggilan", "Call number"), required=True),
        Column(
            "called_at",
            Kind.TIMESTAMP,
            Text("Waktu panggilan masuk", "When the call came in"),
            required=True,
            rules=(NotAfterNow(),),
        ),
        Column("answered_at", Kind.TIMESTAMP, Text("Waktu dijawab", "When it was answered")),
        Column("ended_at", Kind.TIMESTAMP, Text("Waktu panggilan berakhir", "When the call ended")),
        Column(
            "outcome",
            Kind.CATEGORY,
            Text(
                "Hasil: darurat, informasi, iseng, hantu (tanpa suara), ditutup sebelum dijawab, hilang di IVR",
                "Outcome: emergency, information, prank, ghost (silent), abandoned before answer, lost in the IVR",
            ),
            required=True,
            rules=(OneOf(OUTCOMES),),
            dimension=True,
        ),
        Column("category", Kind.CATEGORY, Text("Jenis kejadian", "Kind of incident"), dimension=True),
        Column("sub_category", Kind.CATEGORY, Text("Rincian jenis kejadian", "Detail of the kind of incident")),
        Column(
            "area_code",
            Kind.AREA,
            Text(
                "Kelurahan atau kecamatan kejadian; kosong bila tidak diketahui",
                "Ward or district of the incident; empty when unknown",
            ),
            dimension=True,
        ),
        Column(
            "lat",
            Kind.DECIMAL,
            Text("Lintang kejadian", "Latitude"),
            unit="°",
            rules=(AtLeast(-11), AtMost(6.1)),
            privacy=Privacy.P2,
        ),
        Column(
            "lon",
            Kind.DECIMAL,
            Text("Bujur kejadian", "Longitude"),
            unit="°",
            rules=(AtLeast(95), AtMost(141.1)),
            privacy=Privacy.P2,
        ),
        Column(
            "grid_lat",
            Kind.DECIMAL,
            Text("Lintang petak 500 m", "Latitude of the 500 m cell"),
            unit="°",
            derived=Grid("lat"),
        ),
        Column(
            "grid_lon",
            Kind.DECIMAL,
            Text("Bujur petak 500 m", "Longitude of the 500 m cell"),
            unit="°",
            derived=Grid("lon"),
        ),
        Column(
            "phone",
            Kind.IDENTIFIER,
            Text("Nomor telepon pemanggil", "The caller's phone number"),
            privacy=Privacy.P2,  # without a rule: a call is not refused for the way its number is written
        ),
        Column(
            "caller",
            Kind.TEXT,
            Text("Nama samaran nomor pemanggil", "Pseudonym of the caller's number"),
            derived=Pseudonym("phone", "emergency"),
        ),
        Column("agent", Kind.TEXT, Text("Petugas penerima", "Call taker"), privacy=Privacy.P2),
        Column(
            "call_taker",
            Kind.TEXT,
            Text(
                "Nama samaran petugas penerima, untuk menghitung berapa yang bertugas",
                "Pseudonym of the call taker, to count how many are on duty",
            ),
            derived=Pseudonym("agent", "emergency_desk"),
        ),
        Column("dispatched_at", Kind.TIMESTAMP, Text("Waktu unit berangkat", "When a unit left")),
        Column("arrived_at", Kind.TIMESTAMP, Text("Waktu unit tiba", "When the unit arrived")),
        Column("closed_at", Kind.TIMESTAMP, Text("Waktu kejadian selesai", "When the incident was closed")),
        Column("unit", Kind.TEXT, Text("Unit atau ambulans penanganan", "Responding unit or ambulance")),
        Column(
            "triage",
            Kind.CATEGORY,
            Text("Triase: merah, kuning, hijau, hitam", "Triage: red, yellow, green, black"),
            rules=(OneOf(("red", "yellow", "green", "black")),),
            privacy=Privacy.P3,
        ),
        Column(
            "urgency",
            Kind.CATEGORY,
            Text(
                "Kegawatan menurut triase: gawat (merah, hitam) atau tidak gawat (kuning, hijau)",
                "Urgency by triage: urgent (red, black) or not urgent (yellow, green)",
            ),
            derived=Band(
                "triage",
                (("red", "urgent"), ("black", "urgent"), ("yellow", "not_urgent"), ("green", "not_urgent")),
            ),
            dimension=True,
        ),
        Column("hospital", Kind.TEXT, Text("Rumah sakit tujuan", "Hospital of destination"), privacy=Privacy.P3),
        Column(
            "is_drill", Kind.BOOLEAN, Text("Latihan; tidak pernah dihitung", "A drill; never counted"), required=True
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
