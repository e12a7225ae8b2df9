"""Bansos: who received which aid, how much, and where?"""

from dashboard.public.findings import most_in, share_of, where
from dashboard.public.page import Page
from dashboard.public.sight import Figure
from etl.text import Text

PAGE = Page(
    slug="bansos",
    order=2,
    form="cek-bantuan",
    title=Text("Bansos", "Social aid"),
    question=Text(
        "Berapa orang menerima bantuan apa, berapa nilainya, dan di mana?",
        "How many people received which aid, what is it worth, and where?",
    ),
    figures=(
        Figure(
            id="penerima-per-bulan",
            table="bansos_area_month",
            measure="aid_recipients",
            rate="aid_coverage",
            kind="lines",
            split="categories",
            name=Text("Penerima bantuan", "Recipients of aid"),
            find=most_in(Text("Penerima terbanyak: {names}", "Most recipients: {names}")),
            most=Text("terbanyak", "most"),
        ),
        Figure(
            id="nilai-bantuan",
            table="bansos_area_month",
            measure="aid_amount",
            kind="bars",
            split="categories",
            name=Text("Nilai bantuan yang tersalur", "Aid paid"),
            find=most_in(Text("Nilai bantuan terbesar: {names}", "Largest amount of aid: {names}")),
            most=Text("terbesar", "largest"),
        ),
        Figure(
            id="peta-penerima",
            table="bansos_area_month",
            measure="aid_coverage",
            kind="map",
            periods=6,
            name=Text("Penerima per 1.000 penduduk", "Recipients per 1,000 people"),
            find=where,
        ),
        Figure(
            id="usulan-menurut-keadaan",
            table="bansos_status_month",
            measure="aid_grants",
            kind="bars",
            split="categories",
            name=Text("Usulan bantuan", "Grants"),
            find=share_of(
                "paid",
                says=Text(
                    "Sekitar {share} usulan bantuan sudah tersalur", "About {share} of the grants have been paid"
                ),
            ),
            most=Text("terbanyak", "most"),
        ),
    ),
)
