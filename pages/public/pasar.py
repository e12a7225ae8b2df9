"""Pasar UMKM: how much is sold, where the merchants are, and who buys."""

from dashboard.public.findings import most_in, over_time, where
from dashboard.public.page import Page
from dashboard.public.sight import Figure
from etl.text import Text

LARGEST = Text("terbesar", "largest")

PAGE = Page(
    slug="pasar",
    order=4,
    title=Text("Pasar UMKM", "Marketplace"),
    question=Text(
        "Berapa yang terjual, di mana pedagangnya, dan siapa pembelinya?",
        "How much is sold, where are the merchants, and who buys?",
    ),
    figures=(
        Figure(
            id="nilai-belanja",
            table="pasar_area_month",
            measure="gmv",
            kind="columns",
            name=Text("Nilai belanja", "Sales"),
            find=over_time,
            most=LARGEST,
        ),
        Figure(
            id="pesanan",
            table="pasar_area_month",
            measure="orders",
            rate="orders_rate",
            kind="columns",
            name=Text("Pesanan lunas", "Paid orders"),
            find=over_time,
            most=Text("terbanyak", "most"),
        ),
        Figure(
            id="peta-belanja",
            table="pasar_area_month",
            measure="gmv",
            kind="map",
            periods=6,
            name=Text("Nilai belanja menurut tempat pedagang", "Sales by where the merchant is"),
            find=where,
            most=LARGEST,
        ),
        Figure(
            id="belanja-menurut-pembeli",
            table="pasar_buyer_month",
            measure="gmv",
            further=("orders",),
            kind="bars",
            split="categories",
            name=Text("Belanja menurut pembeli", "Sales by buyer"),
            find=most_in(Text("Pembeli terbesar: {names}", "Largest buyers: {lower}")),
            most=LARGEST,
        ),
        Figure(
            id="belanja-menurut-barang",
            table="pasar_category_month",
            measure="gmv",
            further=("orders",),
            kind="bars",
            split="categories",
            name=Text("Belanja menurut jenis barang", "Sales by kind of goods"),
            find=most_in(Text("Belanja terbesar untuk {lower}", "Most is spent on {lower}")),
            most=LARGEST,
        ),
        Figure(
            id="belanja-menurut-opd",
            table="pasar_agency_month",
            measure="gmv",
            further=("orders",),
            kind="bars",
            split="categories",
            name=Text("Belanja OPD dan ASN-nya", "Purchases of agencies and their staff"),
            without=("unknown",),
            find=most_in(Text("OPD yang paling banyak berbelanja: {names}", "Agencies that buy most: {names}")),
            most=LARGEST,
        ),
    ),
)
