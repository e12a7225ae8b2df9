"""The market page in Pantau: what its peers show, and nothing else. ``bench.common.one_page`` serves it."""

from dashboard.access.roles import FIGURES
from dashboard.indicators import marketplace
from dashboard.page import Page, register_page
from dashboard.panels import Bars, Heat, Series, Tile
from etl.text import Text

PAGE = Page(
    slug="ukur",
    path="/ukur",
    order=99,
    icon="pasar",
    audience=FIGURES,
    title=Text("Pasar", "Market"),
    question=Text("Siapa membeli apa, di mana, kapan?", "Who buys what, where, when?"),
    panels=(
        Tile(marketplace.GMV),
        Tile(marketplace.ORDERS),
        Tile(marketplace.BASKET),
        Tile(marketplace.ASN_SHARE),
        Tile(marketplace.OPD_SHARE),
        Series(marketplace.GMV, name="trend", split="buyer_type", span=12),
        Bars(marketplace.GMV, name="category", by="category", span=6),
        Bars(marketplace.GMV, name="places", by="area", span=6),
        Heat(marketplace.ORDERS, name="rhythm", span=12),
    ),
)
register_page(PAGE, __name__)
