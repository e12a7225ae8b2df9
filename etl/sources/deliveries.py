"""Pengantaran pesanan (Lingkaran): one row per delivery of a marketplace order. Recipients are never read."""

from etl.contract import Column, Contract, Kind, Privacy, Pseudonym
from etl.rules import AtLeast, NotAfterNow, OneOf
from etl.text import Text

CONTRACT = Contract(
    name="deliveries",
    title=Text("Pengantaran", "Deliveries"),
    meaning=Text(
        "Pengantaran pesanan pasar daring oleh kurir setempat", "Marketplace orders brought by local couriers"
    ),
    grain=Text("satu pengantaran", "one delivery"),
    key=("delivery_id",),
    privacy=Privacy.P2,
    time="assigned_at",
    revision="updated_at",
    columns=(
        Column("delivery_id", Kind.TEXT, Text("Nomor pengantaran", "Delivery number"), required=True),
        Column(
            "order_id",
            Kind.TEXT,
            Text("Nomor pesanan di pasar daring", "Order number of the marketplace"),
            required=True,
        ),
        Column("driver", Kind.TEXT, Text("Nama pengemudi", "Name of the driver"), privacy=Privacy.P2),
        Column(
            "courier",
            Kind.TEXT,
            Text("Nama samaran pengemudi", "Pseudonym of the driver"),
            derived=Pseudonym("driver", "courier"),
        ),
        Column(
            "assigned_at",
            Kind.TIMESTAMP,
            Text("Waktu pengemudi ditugaskan", "When a driver was assigned"),
            required=True,
            rules=(NotAfterNow(),),
        ),
        Column("picked_at", Kind.TIMESTAMP, Text("Waktu barang diambil", "When the goods were picked up")),
        Column("dropped_at", Kind.TIMESTAMP, Text("Waktu barang diterima", "When the goods were received")),
        Column("fee", Kind.MONEY, Text("Ongkos kirim", "Delivery fee"), unit="Rp", rules=(AtLeast(0),)),
        Column(
            "status",
            Kind.CATEGORY,
            Text(
                "Keadaan: ditugaskan, diambil, diterima, dibatalkan", "State: assigned, picked up, delivered, cancelled"
            ),
            required=True,
            rules=(OneOf(("assigned", "picked", "delivered", "cancelled")),),
            dimension=True,
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
