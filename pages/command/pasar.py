"""Pasar: is the city buying from its small merchants, who buys, and does it reach all wards?"""

from dashboard.access.roles import FIGURES, Role
from dashboard.indicators import marketplace, purchases, trade
from dashboard.page import Page, register_page
from dashboard.panels import (
    Bars,
    Campaign,
    Coming,
    Concentrated,
    Heat,
    Lines,
    Lorenz,
    Map,
    Series,
    Staying,
    Tile,
)
from etl.text import Text

PAGE = Page(
    slug="pasar",
    path="/pasar",
    order=2,
    icon="pasar",
    audience=FIGURES | {Role.OPD_HEAD},
    title=Text("Pasar UMKM", "Marketplace"),
    question=Text(
        "Apakah belanja sampai ke pedagang kecil, dan siapa yang membelanjakannya?",
        "Does spending reach small merchants, and whose is it?",
    ),
    panels=(
        Tile(marketplace.GMV),
        Tile(marketplace.ORDERS),
        Tile(marketplace.BASKET),
        Tile(marketplace.MERCHANTS),
        Tile(marketplace.ASN_SHARE),
        Tile(marketplace.OPD_SHARE),
        Tile(marketplace.ASN_BUYING),
        Map(
            marketplace.GMV,
            name="map",
            span=7,
            title=Text("Nilai belanja menurut tempat toko", "Sales by place of the shop"),
        ),
        Bars(
            marketplace.GMV,
            name="category",
            by="category",
            span=5,
            height="l",
            title=Text("Menurut jenis dagangan", "By kind of goods"),
        ),
        Series(
            marketplace.GMV,
            name="trend",
            split="buyer_type",
            span=12,
            title=Text("Nilai belanja menurut pembeli", "Sales by buyer"),
        ),
        Campaign(marketplace.GMV, name="campaign", span=12),
        Tile(trade.UMK_SHARE),
        Tile(trade.GOODS_SERVICES),
        Tile(trade.CATALOGUE_UMK),
        Tile(trade.DOMESTIC),
        Bars(
            trade.UMK_SHARE,
            name="umk",
            by="agency_code",
            worst_first=True,
            span=6,
            height="l",
            title=Text("Belanja barang/jasa ke UMK, terendah", "Goods and services from small firms, lowest"),
        ),
        Lines(
            marketplace.GMV,
            name="channels",
            others=(trade.CATALOGUE_VALUE, trade.TILL_SALES),
            span=6,
            height="l",
            title=Text("Pasar daring, e-katalog dan kasir", "Marketplace, catalogue and tills"),
        ),
        Coming(marketplace.MERCHANTS, name="coming", span=6, title=Text("Pedagang", "Merchants")),
        Staying(marketplace.MERCHANTS, name="staying", span=6),
        Tile(trade.TOP_SHARE),
        Tile(trade.HHI),
        Tile(trade.DELIVERY_P90),
        Tile(trade.DELIVERY_CANCELLED),
        Concentrated(marketplace.GMV, name="concentration", span=4),
        Lorenz(purchases.GINI, name="lorenz", span=4),
        Lines(
            trade.DELIVERY_P90,
            name="deliveries",
            others=(trade.DELIVERY_P50,),
            span=4,
            title=Text("Waktu antar (menit)", "Delivery (minutes)"),
        ),
        Bars(
            marketplace.ORDERS,
            name="agency",
            by="agency_code",
            span=6,
            known_only=True,
            title=Text("OPD pembeli", "Buying agencies"),
        ),
        Heat(marketplace.ORDERS, name="rhythm", span=6, title=Text("Kapan orang memesan", "When people order")),
    ),
)
register_page(PAGE, __name__)
