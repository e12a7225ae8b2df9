"""Rencana kota dan anggaran: what is about no person, published row by row as it is known."""

from dashboard.publication import Listed, columns_of
from etl.text import Text

PUBLICATIONS = (
    Listed(
        name="rencana_actions",
        subject="rencana",
        title=Text("Rencana aksi smart city", "Actions of the smart-city plan"),
        meaning=Text(
            "Klaim di samping bukti, untuk setiap rencana aksi", "The claim beside the evidence, action by action"
        ),
        grain=Text("satu rencana aksi", "one action"),
        dataset="plan_actions",
        columns=columns_of(
            "plan_actions",
            *("action_id", "action", "pillar", "agency_code", "target"),
            *("evidence", "claimed", "evidenced", "due_on", "done_on"),
        ),
        key=("action_id",),
        limits=Text("Persen diklaim oleh OPD; bukti adalah yang dilampirkan.", "The claim is the agency's own."),
    ),
    Listed(
        name="anggaran_sites",
        subject="anggaran",
        title=Text("Anggaran digitalisasi per tempat", "Digitalisation budget by site"),
        meaning=Text(
            "Pagu, realisasi dan kemajuan fisik per tempat dan jenis belanja", "Budget, spending and progress"
        ),
        grain=Text("satu jenis belanja di satu tempat", "one item at one site"),
        dataset="site_budgets",
        columns=columns_of(
            "site_budgets", "budget_year", "area_code", "item", "budget", "realised", "progress", "reported_on"
        ),
        key=("budget_year", "area_code", "item"),
    ),
    Listed(
        name="anggaran_catalogue",
        subject="anggaran",
        title=Text("Belanja e-katalog lokal", "Purchases through the local catalogue"),
        meaning=Text("Paket belanja OPD tanpa tender, per paket", "Packages that agencies bought without a tender"),
        grain=Text("satu paket", "one package"),
        dataset="catalogue_purchases",
        columns=columns_of(
            "catalogue_purchases",
            *("package_id", "purchased_on", "agency_code", "supplier", "is_umk", "is_domestic", "value"),
        ),
        key=("package_id",),
    ),
)
