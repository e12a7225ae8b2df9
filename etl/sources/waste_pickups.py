"""Penjemputan sampah (Jeknyong): one row per pickup, weighed and paid for."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast, NonZero, NotAfterNow
from etl.text import Text

CONTRACT = Contract(
    name="waste_pickups",
    title=Text("Penjemputan sampah", "Waste pickups"),
    meaning=Text("Sampah rumah tangga yang dijemput dan dibayar", "Household waste that was fetched and paid for"),
    grain=Text("satu penjemputan satu jenis", "one pickup of one kind"),
    key=("pickup_id",),
    privacy=Privacy.P2,
    time="picked_at",
    area="area_code",
    revision="updated_at",
    columns=(
        Column("pickup_id", Kind.TEXT, Text("Nomor penjemputan", "Pickup number"), required=True),
        Column(
            "picked_at",
            Kind.TIMESTAMP,
            Text("Waktu dijemput", "Moment of the pickup"),
            required=True,
            rules=(NotAfterNow(),),
        ),
        Column(
            "area_code", Kind.AREA, Text("Kelurahan penjemputan", "Ward of the pickup"), required=True, dimension=True
        ),
        Column("kind", Kind.CATEGORY, Text("Jenis sampah", "Kind of waste"), required=True, dimension=True),
        Column("kg", Kind.DECIMAL, Text("Berat", "Weight"), unit="kg", required=True, rules=(NonZero(), AtLeast(0))),
        Column(
            "price", Kind.MONEY, Text("Harga per kilogram", "Price per kilogram"), unit="Rp/kg", rules=(AtLeast(0),)
        ),
        Column(
            "paid",
            Kind.MONEY,
            Text("Dibayarkan kepada warga; kosong bila belum", "Paid to the household; empty when not yet"),
            unit="Rp",
            rules=(AtLeast(0),),
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
