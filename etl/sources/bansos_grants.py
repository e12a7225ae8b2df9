"""Bansos: who was proposed for, and paid, which social aid. Personal-specific throughout."""

from etl.contract import Column, Contract, District, Kind, Privacy, Pseudonym, Rollup
from etl.rules import KK, NIK, AtLeast, AtMost, OneOf
from etl.text import Text

_ROUND = ("programme", "stage", "status", "reason")

CONTRACT = Contract(
    name="bansos_grants",
    title=Text("Bantuan sosial", "Social aid (bansos)"),
    meaning=Text(
        "Penerima menurut program, tahap dan periode, dengan keadaan penyalurannya",
        "Recipients by programme, stage and period, with the state of payment",
    ),
    grain=Text("satu penerima dalam satu tahap program", "one recipient in one stage of a programme"),
    key=("programme", "period", "stage", "recipient"),
    privacy=Privacy.P3,
    time="period",
    area="area_code",
    revision="updated_at",
    rollups=(
        Rollup("stages", _ROUND, sums=("amount",)),
        Rollup("districts", (District("kecamatan", "area_code"), *_ROUND), sums=("amount",)),
        Rollup("wards", ("area_code", *_ROUND), sums=("amount",)),
        Rollup("people", ("status", "programme", "area_code"), who="recipient"),
    ),
    columns=(
        Column(
            "nik",
            Kind.IDENTIFIER,
            Text("NIK penerima", "NIK of the recipient"),
            required=True,
            rules=(NIK,),
            privacy=Privacy.P3,
        ),
        Column(
            "recipient",
            Kind.TEXT,
            Text("Nama samaran penerima", "Pseudonym of the recipient"),
            derived=Pseudonym("nik", "bansos"),
        ),
        Column(
            "kk", Kind.IDENTIFIER, Text("Nomor kartu keluarga", "Family card number"), rules=(KK,), privacy=Privacy.P3
        ),
        Column(
            "household",
            Kind.TEXT,
            Text("Nama samaran keluarga", "Pseudonym of the household"),
            derived=Pseudonym("kk", "bansos"),
        ),
        Column("name", Kind.TEXT, Text("Nama penerima", "Name of the recipient"), privacy=Privacy.P3),
        Column("address", Kind.TEXT, Text("Alamat", "Address"), privacy=Privacy.P3),
        Column(
            "area_code", Kind.AREA, Text("Kelurahan penerima", "Ward of the recipient"), required=True, dimension=True
        ),
        Column("programme", Kind.CATEGORY, Text("Program bantuan", "Aid programme"), required=True, dimension=True),
        Column(
            "stage",
            Kind.INTEGER,
            Text("Tahap penyaluran", "Stage of payment"),
            required=True,
            rules=(AtLeast(1),),
            dimension=True,
        ),
        Column(
            "period", Kind.DATE, Text("Bulan bantuan (hari pertama)", "Month of the aid (its first day)"), required=True
        ),
        Column(
            "amount", Kind.MONEY, Text("Nilai bantuan", "Amount of aid"), unit="Rp", required=True, rules=(AtLeast(0),)
        ),
        Column(
            "status",
            Kind.CATEGORY,
            Text("Keadaan: diusulkan, diverifikasi, tersalur, ditolak", "State: proposed, verified, paid, rejected"),
            required=True,
            rules=(OneOf(("proposed", "verified", "paid", "rejected")),),
            dimension=True,
        ),
        Column("reason", Kind.CATEGORY, Text("Alasan penolakan", "Reason of rejection"), dimension=True),
        Column(
            "decile",
            Kind.INTEGER,
            Text(
                "Desil DTSEN keluarga pada daftar; kosong bila daftar tidak menyebutnya",
                "DTSEN decile of the household as the list says; empty where the list does not",
            ),
            rules=(AtLeast(1), AtMost(10)),
        ),
        Column("proposed_on", Kind.DATE, Text("Tanggal diusulkan", "Day of the proposal")),
        Column("verified_on", Kind.DATE, Text("Tanggal lolos verifikasi", "Day of the verification")),
        Column("paid_on", Kind.DATE, Text("Tanggal tersalur", "Day of payment")),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu daftar diterbitkan", "When the list was issued")),
    ),
)
