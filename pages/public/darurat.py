"""112: how many emergencies, how fast help arrives, and what else the line is called for."""

from dashboard.public.findings import most_in, over_time, peak, share_of, together, where
from dashboard.public.page import Page
from dashboard.public.sight import Figure
from etl.text import Text

MOST = Text("terbanyak", "most")

PAGE = Page(
    slug="112",
    order=3,
    title=Text("112", "112"),
    question=Text(
        "Seberapa cepat pertolongan tiba, dan untuk apa 112 dipanggil?",
        "How fast does help arrive, and what is 112 called for?",
    ),
    figures=(
        Figure(
            id="kejadian-per-pekan",
            table="darurat_area_week",
            measure="emergencies",
            rate="emergencies_rate",
            kind="columns",
            name=Text("Kejadian darurat", "Emergencies"),
            find=over_time,
            most=MOST,
        ),
        Figure(
            id="waktu-tiba",
            table="darurat_arrival_month",
            measure="arrival_p50",
            further=("arrival_p90",),
            kind="lines",
            split="measures",
            name=Text("Waktu tiba", "Time to arrival"),
            find=together(
                Text(
                    "Separuh kejadian didatangi dalam {one}, 9 dari 10 dalam {two}",
                    "Half of the incidents are reached within {one}, 9 of 10 within {two}",
                )
            ),
        ),
        Figure(
            id="waktu-tiba-per-kecamatan",
            table="darurat_arrival_month",
            measure="arrival_p90",
            kind="bars",
            split="areas",
            name=Text("Waktu tiba, 9 dari 10 kejadian", "Time to arrival, 9 of 10 incidents"),
            find=where,
            most=Text("paling lama", "longest"),
        ),
        Figure(
            id="peta-kejadian",
            table="darurat_area_week",
            measure="emergencies",
            kind="map",
            periods=8,
            name=Text("Kejadian darurat", "Emergencies"),
            find=where,
            most=MOST,
        ),
        Figure(
            id="panggilan-menurut-hasil",
            table="darurat_outcome_week",
            measure="calls",
            kind="bars",
            split="categories",
            name=Text("Panggilan", "Calls"),
            find=share_of(
                "prank",
                "ghost",
                says=Text(
                    "Sekitar {share} panggilan ternyata iseng atau tanpa suara",
                    "About {share} of the calls are pranks or silent",
                ),
            ),
            most=MOST,
        ),
        Figure(
            id="kejadian-menurut-jenis",
            table="darurat_category_week",
            measure="emergencies",
            kind="bars",
            split="categories",
            name=Text("Kejadian darurat", "Emergencies"),
            find=most_in(Text("Kejadian darurat terbanyak: {lower}", "Most emergencies: {lower}")),
            most=MOST,
        ),
        Figure(
            id="panggilan-per-hari",
            table="darurat_day",
            measure="calls",
            kind="columns",
            periods=56,
            name=Text("Panggilan harian", "Daily calls"),
            find=peak,
        ),
    ),
)
