"""Bansos: paid aid by programme, ward and month. Programmes are not added up: who receives two would count twice."""

from dashboard.calendar import Step
from dashboard.indicators import bansos
from dashboard.publication import CITY_ONLY, Publication, Tree
from etl.text import Text

MONTHS = 24

PUBLICATIONS = (
    Publication(
        name="bansos_area_month",
        subject="bansos",
        title=Text("Penerima bantuan per program, wilayah dan bulan", "Aid by programme, area and month"),
        meaning=Text(
            "Orang yang bantuannya sudah tersalur, dan nilainya, menurut program dan kelurahan",
            "People whose aid was paid, and its value, by programme and ward",
        ),
        count=bansos.RECIPIENTS,
        amounts=(bansos.AMOUNT,),
        rates=(bansos.COVERAGE,),
        by="programme",
        step=Step.MONTH,
        periods=MONTHS,
        limits=Text(
            "Nilai dihitung dari penerima yang dibulatkan. Yang menerima dua program ada di keduanya.",
            "Values are made of rounded recipients. Who receives from two programmes is in both.",
        ),
    ),
    Publication(
        name="bansos_status_month",
        subject="bansos",
        title=Text("Usulan bantuan menurut keadaan", "Grants by state"),
        meaning=Text(
            "Usulan bantuan di seluruh kota: diusulkan, diverifikasi, tersalur atau ditolak",
            "Grants in the whole city: proposed, verified, paid or rejected",
        ),
        count=bansos.GRANTS,
        by="status",
        told=("paid",),
        step=Step.MONTH,
        periods=MONTHS,
        tree=Tree.CATEGORIES,
        levels=CITY_ONLY,
    ),
)
