"""Aduan & berkas: where do complaints, documents and permits lie, and for how long?"""

from dashboard.access.roles import FIGURES
from dashboard.indicator import Unit
from dashboard.indicators import services
from dashboard.page import Page, register_page
from dashboard.panels import Ages, Bars, Durations, InTime, Tile
from etl.text import Text

PAGE = Page(
    slug="berkas",
    path="/berkas",
    order=12,
    icon="berkas",
    audience=FIGURES,
    title=Text("Aduan & berkas", "Complaints & papers"),
    question=Text(
        "Di mana pengaduan, dokumen dan izin tertahan, dan berapa lama?",
        "Where do complaints, documents and permits lie, and for how long?",
    ),
    panels=(
        Tile(services.COMPLAINTS),
        Tile(services.COMPLAINTS_DONE),
        Tile(services.COMPLAINTS_LATE),
        InTime(services.COMPLAINTS, name="in_time"),
        Ages(
            services.COMPLAINTS_OPEN,
            name="complaint_ages",
            by="agency_code",
            span=5,
            height="l",
            title=Text("Pengaduan terbuka", "Open complaints"),
        ),
        Durations(
            services.COMPLAINTS,
            name="complaint_days",
            by="agency_code",
            ended=lambda c: c.closed_at,
            late=services.COMPLAINTS_LATE,
            span=7,
            height="l",
            title=Text("Pengaduan", "Complaints"),
        ),
        Bars(
            services.COMPLAINTS,
            name="subjects",
            by="category",
            span=12,
            height="s",
            title=Text("Pengaduan menurut pokok aduan", "Complaints by subject"),
        ),
        Tile(services.DOCUMENTS_WAITING, span=4),
        Tile(services.DOCUMENTS_LATE, span=4),
        Tile(services.SIGNING_HOURS, span=4),
        Ages(
            services.DOCUMENTS_WAITING,
            name="desks",
            by="agency_code",
            height="l",
            title=Text("Menunggu tanda tangan", "Waiting for a signature"),
        ),
        Ages(
            services.DOCUMENTS_WAITING,
            name="signers",
            by="signer_role",
            title=Text("Menunggu menurut jabatan", "Waiting by role"),
        ),
        Durations(
            services.DOCUMENTS_SENT,
            name="signing_days",
            by="signer_role",
            ended=services.answered_at,
            late=services.DOCUMENTS_LATE,
            unit=Unit.HOURS,
            span=12,
            title=Text("Tanda tangan menurut jabatan", "Signatures by role"),
        ),
        Tile(services.PERMITS_ON_TIME, span=4),
        Tile(services.PERMITS_OPEN, span=4),
        Tile(services.PERMITS_LATE, span=4),
        Bars(
            services.PERMITS_ON_TIME,
            name="permit_kinds",
            by="kind",
            worst_first=True,
            title=Text("Izin tepat waktu, terendah di atas", "Permits in time, the least on top"),
        ),
        Ages(
            services.PERMITS_OPEN,
            name="permit_days",
            by="kind",
            title=Text("Izin belum diputus", "Permits not decided"),
        ),
    ),
)
register_page(PAGE, __name__)
