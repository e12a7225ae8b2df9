"""112: calls and emergencies by weeks and days of weeks, and how fast help arrived by months."""

from dashboard.calendar import Step
from dashboard.indicators import emergency, rates
from dashboard.publication import CITY_ONLY, DISTRICTS, Publication, Tree
from etl.text import Text

WEEKS, MONTHS = 53, 24
DRILLS = Text("Latihan tidak dihitung.", "Drills are not counted.")
UNPLACED = Text(
    "Latihan tidak dihitung. Kejadian tanpa lokasi ada di angka kota, tidak di angka kecamatan.",
    "Drills are not counted. Incidents without a place are in the city's figure, not in those of its districts.",
)

PUBLICATIONS = (
    Publication(
        name="darurat_area_week",
        subject="112",
        title=Text("Kejadian darurat per kecamatan dan pekan", "Emergencies by district and week"),
        meaning=Text(
            "Panggilan yang merupakan keadaan darurat, per pekan", "Calls that were real emergencies, by week"
        ),
        count=emergency.EMERGENCIES,
        rates=(rates.EMERGENCIES_RATE,),
        step=Step.WEEK,
        periods=WEEKS,
        levels=DISTRICTS,
        limits=UNPLACED,
    ),
    Publication(
        name="darurat_category_week",
        subject="112",
        title=Text("Kejadian darurat menurut jenis", "Emergencies by kind"),
        meaning=Text(
            "Kejadian darurat di seluruh kota menurut jenisnya", "Emergencies in the whole city by their kind"
        ),
        count=emergency.EMERGENCIES,
        by="category",
        step=Step.WEEK,
        periods=WEEKS,
        tree=Tree.CATEGORIES,
        levels=CITY_ONLY,
        limits=DRILLS,
    ),
    Publication(
        name="darurat_day",
        subject="112",
        title=Text("Panggilan per hari", "Calls by day"),
        meaning=Text("Semua panggilan ke nomor darurat, per hari", "All calls to the emergency number, by day"),
        count=emergency.CALLS,
        step=Step.DAY,
        periods=7 * WEEKS,
        tree=Tree.DAYS,
        levels=CITY_ONLY,
        limits=DRILLS,
    ),
    Publication(
        name="darurat_outcome_week",
        subject="112",
        title=Text("Panggilan menurut hasil", "Calls by outcome"),
        meaning=Text("Semua panggilan menurut apa jadinya, per pekan", "All calls by what became of them, by week"),
        count=emergency.CALLS,
        by="outcome",
        told=("emergency",),
        step=Step.WEEK,
        periods=WEEKS,
        tree=Tree.CATEGORIES,
        levels=CITY_ONLY,
        limits=DRILLS,
    ),
    Publication(
        name="darurat_arrival_month",
        subject="112",
        title=Text("Waktu tiba per kecamatan dan bulan", "Time to arrival by district and month"),
        meaning=Text(
            "Menit dari panggilan sampai pertolongan tiba, dibulatkan ke setengah menit",
            "Minutes from the call until help arrived, to the half minute",
        ),
        count=emergency.REACHED,
        figures=(emergency.ARRIVAL_P50, emergency.ARRIVAL_P90),
        step=Step.MONTH,
        periods=MONTHS,
        tree=Tree.NONE,
        levels=DISTRICTS,
        printed=False,
        limits=Text(
            "Hanya kejadian yang didatangi; kecamatan dengan kurang dari sepuluh kejadian sebulan tidak disebut.",
            "Incidents that were reached only; a district with fewer than ten of them in a month is not told.",
        ),
    ),
)
