"""Pedagang: the small merchants (UMKM) of the city's marketplace."""

from etl.contract import Column, Contract, Kind, Privacy, Pseudonym
from etl.rules import NIK
from etl.text import Text

CONTRACT = Contract(
    name="merchants",
    title=Text("Pedagang UMKM", "Merchants"),
    meaning=Text("Toko dan pedagang di pasar daring kota", "Shops and merchants of the city's online marketplace"),
    grain=Text("satu pedagang", "one merchant"),
    key=("merchant_id",),
    privacy=Privacy.P2,
    area="area_code",
    time="joined_on",
    revision="updated_at",
    columns=(
        Column("merchant_id", Kind.TEXT, Text("Nomor pedagang", "Merchant number"), required=True),
        Column("name", Kind.TEXT, Text("Nama toko", "Shop name"), required=True),
        Column("area_code", Kind.AREA, Text("Kelurahan toko", "Ward of the shop"), required=True, dimension=True),
        Column("category", Kind.CATEGORY, Text("Jenis dagangan", "Kind of goods"), dimension=True),
        Column(
            "owner_nik",
            Kind.IDENTIFIER,
            Text("NIK pemilik toko, bila pasar mencatatnya", "NIK of the shop's owner, where the marketplace keeps it"),
            rules=(NIK,),
            privacy=Privacy.P2,
        ),
        Column(
            "shop_owner",
            Kind.TEXT,
            Text(
                "Nama samaran pemilik toko; hanya untuk pemeriksaan silang", "Pseudonym of the owner; for cross-checks"
            ),
            derived=Pseudonym("owner_nik", "owner"),
            privacy=Privacy.P2,  # readable, it would join who sells with who buys
        ),
        Column("joined_on", Kind.DATE, Text("Tanggal bergabung", "Day of joining"), required=True),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
