"""Layanan: are residents served digitally and in time, and did digitalisation change it?"""

from dashboard.access.roles import FIGURES
from dashboard.indicators import services
from dashboard.page import Page, register_page
from dashboard.panels import Bars, EffectCourse, EffectPlaces, EffectTile, Lagging, Map, Movers, Series, Tile
from etl.text import Text

PAGE = Page(
    slug="layanan",
    path="/layanan",
    order=11,
    icon="layanan",
    audience=FIGURES,
    title=Text("Layanan", "Services"),
    question=Text(
        "Apakah warga dilayani secara digital dan tepat waktu, dan apakah digitalisasi mengubahnya?",
        "Are residents served digitally and in time, and did digitalisation change it?",
    ),
    panels=(
        Tile(services.DIGITAL_SHARE, span=4),
        EffectTile(services.DIGITAL_SHARE, name="effect", span=4),
        Tile(services.REQUEST_HOURS, span=4),
        Tile(services.REQUESTS, span=4),
        Tile(services.REQUESTS_OPEN, span=4),
        Tile(services.REQUESTS_WAITING, span=4),
        Map(services.DIGITAL_SHARE, name="map", span=7),
        Lagging(
            services.DIGITAL_SHARE,
            name="lagging",
            whole=services.REQUESTS,
            span=5,
            title=Text("Digital menurut kelurahan", "Digital by ward"),
        ),
        EffectCourse(
            services.DIGITAL_SHARE,
            name="course",
            span=5,
            title=Text("Sebelum dan sesudah digitalisasi", "Before and after digitalisation"),
        ),
        EffectPlaces(
            services.DIGITAL_SHARE,
            name="pilots",
            span=7,
            title=Text("Kelurahan percontohan satu per satu", "The pilot wards one by one"),
        ),
        Movers(
            services.DIGITAL_SHARE,
            name="movers",
            whole=services.REQUESTS,
            title=Text("Yang berubah dari periode sebelumnya", "Who moved since the period before"),
        ),
        Bars(
            services.REQUESTS,
            name="service",
            by="service",
            span=6,
            title=Text("Permohonan menurut layanan", "Requests by service"),
        ),
        Series(
            services.REQUESTS,
            name="trend",
            split="channel",
            span=12,
            height="s",
            title=Text("Permohonan menurut saluran", "Requests by channel"),
        ),
        Tile(services.WASTE),
        Tile(services.WASTE_WEEK),
        Tile(services.WASTE_PAID),
        Tile(services.WASTE_UNPAID),
        Map(
            services.WASTE, name="waste", span=7, title=Text("Sampah dijemput menurut wilayah", "Waste fetched by area")
        ),
        Series(
            services.WASTE, name="fetched", span=5, height="l", title=Text("Sampah dijemput per hari", "Waste by day")
        ),
        Bars(services.WASTE, name="kinds", by="kind", span=6, title=Text("Sampah menurut jenis", "Waste by kind")),
        Bars(
            services.WASTE_PAID,
            name="paid_kinds",
            by="kind",
            span=6,
            title=Text("Dibayarkan menurut jenis", "Paid by kind"),
        ),
    ),
)
register_page(PAGE, __name__)
