"""Transaksi kasir (point of sale): one row per sale at a merchant's till."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import NonZero, NotAfterNow, OneOf
from etl.text import Text

CONTRACT = Contract(
    name="pos_transactions",
    title=Text("Transaksi kasir", "Point-of-sale transactions"),
    meaning=Text("Penjualan di kasir pedagang UMKM", "Sales at the tills of small merchants"),
    grain=Text("satu transaksi", "one transaction"),
    key=("transaction_id",),
    privacy=Privacy.P2,
    time="sold_at",
    revision="updated_at",
    columns=(
        Column("transaction_id", Kind.TEXT, Text("Nomor transaksi", "Transaction number"), required=True),
        Column(
            "sold_at",
            Kind.TIMESTAMP,
            Text("Waktu penjualan", "Moment of the sale"),
            required=True,
            rules=(NotAfterNow(),),
        ),
        Column("merchant_id", Kind.TEXT, Text("Nomor pedagang", "Merchant number"), required=True),
        Column(
            "amount",
            Kind.MONEY,
            Text("Nilai penjualan; negatif untuk pengembalian", "Value of the sale; negative for a refund"),
            unit="Rp",
            required=True,
            rules=(NonZero(),),
        ),
        Column(
            "method",
            Kind.CATEGORY,
            Text("Cara bayar: tunai, QRIS, kartu, transfer", "Means of payment: cash, QRIS, card, transfer"),
            required=True,
            rules=(OneOf(("cash", "qris", "card", "transfer")),),
            dimension=True,
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
