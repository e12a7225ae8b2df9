"""Pemerataan: does what civil servants spend reach many merchants, everywhere?"""

from dashboard.access.roles import Role
from dashboard.indicators import purchases
from dashboard.page import Page, register_page
from dashboard.panels import Lorenz, Map, NearCap, Tile
from etl.text import Text

PAGE = Page(
    slug="pemerataan",
    path="/pemerataan",
    order=5,
    icon="pemerataan",
    audience=frozenset({Role.MAYOR, Role.STEWARD}),
    title=Text("Pemerataan", "Spread"),
    question=Text(
        "Apakah belanja ASN sampai ke banyak pedagang di semua kelurahan, atau ke sedikit saja?",
        "Does the spending reach many merchants in every ward, or only a few?",
    ),
    panels=(
        Tile(purchases.MERCHANTS_REACHED),
        Tile(purchases.WARDS_REACHED),
        Tile(purchases.GINI),
        Tile(purchases.CAP_NEAR),
        Map(
            purchases.ASN_SPENT,
            name="map",
            span=7,
            title=Text("Belanja ASN menurut tempat toko", "Spending by place of the shop"),
        ),
        Lorenz(purchases.GINI, name="lorenz", span=5, height="l"),
        NearCap(purchases.CAP_NEAR, name="cap", span=12),
    ),
)
register_page(PAGE, __name__)
