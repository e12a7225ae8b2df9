"""Layanan: are residents served, digitally and in time, and where do papers lie?"""

from dashboard.access.roles import FIGURES
from dashboard.indicators import services
from dashboard.page import Page, register_page
from dashboard.panels import Bars, Map, Series, Tile
from etl.text import Text

PAGE = Page(
    slug="layanan",
    path="/layanan",
    order=8,
    icon="layanan",
    audience=FIGURES,
    title=Text("Layanan", "Services"),
    question=Text(
        "Apakah warga dilayani secara digital dan tepat waktu, dan di mana berkas tertahan?",
        "Are residents served digitally and in time, and where do papers lie?",
    ),
    panels=(
        Tile(services.DIGITAL_SHARE),
        Tile(services.REQUESTS),
        Tile(services.REQUESTS_OPEN),
        Tile(services.REQUESTS_WAITING),
        Tile(services.REQUEST_HOURS),
        Map(services.DIGITAL_SHARE, name="map", span=7),
        Bars(
            services.DIGITAL_SHARE,
            name="lagging",
            by="place",
            worst_first=True,
            top=12,
            span=5,
            height="l",
            title=Text("Dilayani digital, kelurahan terendah", "Served digitally, the lowest wards"),
        ),
        Series(
            services.REQUESTS,
            name="trend",
            split="channel",
            span=7,
            title=Text("Permohonan menurut saluran", "Requests by channel"),
        ),
        Bars(
            services.REQUESTS,
            name="service",
            by="service",
            span=5,
            title=Text("Permohonan menurut layanan", "Requests by service"),
        ),
        Tile(services.DOCUMENTS_WAITING),
        Tile(services.DOCUMENTS_LATE),
        Tile(services.SIGNING_HOURS),
        Bars(
            services.DOCUMENTS_WAITING,
            name="desks",
            by="agency_code",
            span=6,
            title=Text("Menunggu tanda tangan menurut OPD", "Waiting for a signature by agency"),
        ),
        Bars(
            services.SIGNING_HOURS,
            name="signers",
            by="signer_role",
            span=6,
            title=Text("Lama tanda tangan menurut jabatan", "Time to sign by role"),
        ),
        Tile(services.COMPLAINTS),
        Tile(services.COMPLAINTS_DONE),
        Tile(services.COMPLAINTS_LATE),
        Bars(
            services.COMPLAINTS_LATE,
            name="overdue",
            by="agency_code",
            span=6,
            title=Text("Pengaduan lewat tenggat menurut OPD", "Complaints past their time by agency"),
        ),
        Bars(
            services.COMPLAINTS,
            name="subjects",
            by="category",
            span=6,
            title=Text("Pengaduan menurut pokok aduan", "Complaints by subject"),
        ),
        Tile(services.PERMITS_ON_TIME),
        Tile(services.PERMITS_LATE),
        Tile(services.WASTE),
        Map(
            services.WASTE, name="waste", span=7, title=Text("Sampah dijemput menurut wilayah", "Waste fetched by area")
        ),
        Series(
            services.WASTE, name="fetched", span=5, height="l", title=Text("Sampah dijemput per hari", "Waste by day")
        ),
    ),
)
register_page(PAGE, __name__)
