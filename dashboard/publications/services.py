"""Layanan: requests by ward and channel, complaints by agency, by months."""

from dashboard.calendar import Step
from dashboard.indicators import rates, services
from dashboard.publication import CITY_ONLY, Part, Publication, Tree
from etl.text import Text

MONTHS = 24

PUBLICATIONS = (
    Publication(
        name="layanan_area_month",
        subject="layanan",
        title=Text("Permohonan layanan per kelurahan dan bulan", "Requests by ward and month"),
        meaning=Text(
            "Permohonan layanan menurut kelurahan, dan berapa yang masuk lewat aplikasi",
            "Requests for a service by ward, and how many came in by app",
        ),
        count=services.REQUESTS,
        parts=(
            Part(
                "requests_digital",
                Text("Permohonan lewat aplikasi", "Requests by app"),
                lambda c: c.channel == "digital",
                services.DIGITAL_SHARE,
            ),
        ),
        rates=(rates.REQUESTS_RATE,),
        step=Step.MONTH,
        periods=MONTHS,
    ),
    Publication(
        name="layanan_hours_month",
        subject="layanan",
        title=Text("Lama layanan per wilayah dan bulan", "Time to be served by area and month"),
        meaning=Text(
            "Jam dari permohonan sampai selesai, dibulatkan ke setengah jam",
            "Hours from the request until it was served, to the half hour",
        ),
        count=services.REQUESTS_SERVED,
        figures=(services.REQUEST_HOURS,),
        step=Step.MONTH,
        periods=MONTHS,
        tree=Tree.NONE,
        printed=False,
    ),
    Publication(
        name="aduan_agency_month",
        subject="layanan",
        title=Text("Pengaduan menurut OPD dan bulan", "Complaints by agency and month"),
        meaning=Text(
            "Pengaduan warga menurut OPD, dan berapa yang selesai", "Complaints by agency, and how many are done"
        ),
        count=services.COMPLAINTS,
        parts=(
            Part(
                "complaints_closed",
                Text("Pengaduan selesai atau ditolak", "Complaints done or rejected"),
                lambda c: c.status.in_(services.CLOSED),
                services.COMPLAINTS_DONE,
            ),
        ),
        by="agency_code",
        step=Step.MONTH,
        periods=MONTHS,
        tree=Tree.CATEGORIES,
        levels=CITY_ONLY,
    ),
)
