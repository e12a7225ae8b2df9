"""Layanan dan anggaran: how people are served, what they complain of, and what digitalisation bought."""

from dashboard.public.findings import most_in, over_time, where
from dashboard.public.lists import absorbed, local
from dashboard.public.page import Page
from dashboard.public.sight import Figure
from etl.text import Text

PAGE = Page(
    slug="layanan",
    order=5,
    title=Text("Layanan & anggaran", "Services & budget"),
    question=Text(
        "Berapa yang sudah dilayani secara digital, berapa lama, dan untuk apa anggarannya?",
        "How much is served digitally, how long does it take, and what did the money buy?",
    ),
    figures=(
        Figure(
            id="permohonan-digital",
            table="layanan_area_month",
            measure="digital_share",
            kind="lines",
            split="areas",
            name=Text("Permohonan lewat aplikasi", "Requests by app"),
            find=over_time,
        ),
        Figure(
            id="permohonan",
            table="layanan_area_month",
            measure="requests",
            rate="requests_rate",
            kind="columns",
            name=Text("Permohonan layanan", "Requests for a service"),
            find=over_time,
            most=Text("terbanyak", "most"),
        ),
        Figure(
            id="peta-digital",
            table="layanan_area_month",
            measure="digital_share",
            kind="map",
            periods=6,
            name=Text("Permohonan lewat aplikasi", "Requests by app"),
            find=where,
        ),
        Figure(
            id="lama-layanan",
            table="layanan_hours_month",
            measure="request_hours",
            kind="lines",
            split="areas",
            name=Text("Lama layanan", "Time to be served"),
            find=over_time,
            most=Text("paling lama", "longest"),
        ),
        Figure(
            id="pengaduan-menurut-opd",
            table="aduan_agency_month",
            measure="complaints",
            further=("complaints_done",),
            kind="bars",
            split="categories",
            name=Text("Pengaduan warga", "Complaints"),
            find=most_in(Text("Pengaduan terbanyak tentang {names}", "Most complaints are about {names}")),
            most=Text("terbanyak", "most"),
        ),
        Figure(
            id="anggaran-digitalisasi",
            table="anggaran_sites",
            measure="budget",
            further=("area_code", "item", "budget", "realised", "progress", "reported_on"),
            kind="list",
            name=Text("Anggaran digitalisasi", "Digitalisation budget"),
            find=absorbed,
        ),
        Figure(
            id="belanja-e-katalog",
            table="anggaran_catalogue",
            measure="value",
            further=("supplier", "purchased_on", "is_umk", "is_domestic", "value"),
            kind="list",
            periods=25,
            name=Text("Belanja e-katalog lokal", "Purchases through the local catalogue"),
            find=local,
        ),
    ),
)
