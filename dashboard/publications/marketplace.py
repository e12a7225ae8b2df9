"""Pasar UMKM: paid orders and their value by months: by ward of the merchant, by buyer, by agency."""

from dashboard.calendar import Step
from dashboard.indicators import marketplace, rates
from dashboard.publication import CITY_ONLY, NOT_RECORDED, Publication, Tree
from etl.text import Text

MONTHS = 24

PUBLICATIONS = (
    Publication(
        name="pasar_area_month",
        subject="pasar",
        title=Text("Belanja per kelurahan pedagang dan bulan", "Sales by ward of the merchant and month"),
        meaning=Text("Pesanan lunas dan nilainya menurut kelurahan pedagang", "Paid orders and their value by ward"),
        count=marketplace.ORDERS,
        amounts=(marketplace.GMV,),
        rates=(rates.ORDERS_RATE,),
        step=Step.MONTH,
        periods=MONTHS,
    ),
    Publication(
        name="pasar_buyer_month",
        subject="pasar",
        title=Text("Belanja menurut pembeli", "Sales by kind of buyer"),
        meaning=Text("Pesanan lunas dan nilainya: ASN, OPD, umum", "Paid orders and their value: ASN, OPD, public"),
        count=marketplace.ORDERS,
        amounts=(marketplace.GMV,),
        by="buyer_type",
        told=("public",),  # as that of no agency
        step=Step.MONTH,
        periods=MONTHS,
        tree=Tree.CATEGORIES,
        levels=CITY_ONLY,
    ),
    Publication(
        name="pasar_agency_month",
        subject="pasar",
        title=Text("Belanja menurut OPD", "Sales by agency"),
        meaning=Text(
            "Pesanan lunas oleh OPD dan ASN-nya, dan nilainya, menurut OPD",
            "Paid orders by agencies and their civil servants, and their value, by agency",
        ),
        count=marketplace.ORDERS,
        amounts=(marketplace.GMV,),
        by="agency_code",
        told=(NOT_RECORDED,),  # the public's orders
        step=Step.MONTH,
        periods=MONTHS,
        tree=Tree.CATEGORIES,
        levels=CITY_ONLY,
        limits=Text("Pesanan umum tidak ber-OPD.", "Orders of the public are of no agency."),
    ),
    Publication(
        name="pasar_category_month",
        subject="pasar",
        title=Text("Belanja menurut jenis barang", "Sales by kind of goods"),
        meaning=Text("Pesanan lunas dan nilainya menurut jenis barang", "Paid orders and their value by kind of goods"),
        count=marketplace.ORDERS,
        amounts=(marketplace.GMV,),
        by="category",
        step=Step.MONTH,
        periods=MONTHS,
        tree=Tree.CATEGORIES,
        levels=CITY_ONLY,
    ),
)
