"""Bansos: what was planned, what was paid, and where two programmes meet in one household."""

import datetime as dt

import sqlalchemy as sa

from dashboard.indicator import Better, Cells, Indicator, Moment, Unit
from etl.cities import City
from etl.text import Text
from etl.warehouse import read

DATASET = "bansos_grants"


def _paid(c: Cells) -> sa.ColumnElement[bool]:
    return c.status == "paid"


def _accepted(c: Cells) -> sa.ColumnElement[bool]:
    return c.status != "rejected"


def _by_recipient(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """One row per recipient and month: in how many programmes they were paid."""
    grants = read(DATASET, as_of)
    return (
        sa.select(
            grants.c.city_code,
            grants.c.period,
            grants.c.recipient,
            sa.func.min(grants.c.area_code).label("area_code"),
            sa.func.count(grants.c.programme.distinct()).label("programmes"),
        )
        .where(grants.c.city_code == city.code, _paid(grants.c))
        .group_by(grants.c.city_code, grants.c.period, grants.c.recipient)
        .subquery("recipients")
    )


RECIPIENTS = Indicator(
    key="aid_recipients",
    subject="bansos",
    title=Text("Penerima tersalur", "Recipients paid"),
    meaning=Text("Orang yang bantuannya sudah tersalur", "People whose aid was paid"),
    formula=Text("cacah penerima yang berbeda dengan bantuan tersalur", "count of distinct recipients with paid aid"),
    unit=Unit.PEOPLE,
    dataset=DATASET,
    time="period",
    finest="month",
    where=_paid,
    value=lambda c: sa.func.count(c.recipient.distinct()),
    better=Better.MORE,
)
AMOUNT = Indicator(
    key="aid_amount",
    subject="bansos",
    title=Text("Bantuan tersalur", "Aid paid"),
    meaning=Text("Nilai bantuan yang sudah tersalur", "Value of the aid that was paid"),
    formula=Text("Σ nilai bantuan berstatus tersalur", "Σ amount of paid grants"),
    unit=Unit.RUPIAH,
    dataset=DATASET,
    time="period",
    finest="month",
    where=_paid,
    value=lambda c: sa.func.coalesce(sa.func.sum(c.amount), 0),
    better=Better.MORE,
)
PLANNED = Indicator(
    key="aid_planned",
    subject="bansos",
    title=Text("Bantuan direncanakan", "Aid planned"),
    meaning=Text(
        "Nilai bantuan yang diusulkan, diverifikasi atau tersalur",
        "Value of the aid that is proposed, verified or paid",
    ),
    formula=Text("Σ nilai bantuan selain yang ditolak", "Σ amount of grants that are not rejected"),
    unit=Unit.RUPIAH,
    dataset=DATASET,
    time="period",
    finest="month",
    where=_accepted,
    value=lambda c: sa.func.coalesce(sa.func.sum(c.amount), 0),
)
VERIFIED = Indicator(
    key="aid_verified",
    subject="bansos",
    title=Text("Lolos verifikasi", "Verified"),
    meaning=Text(
        "Nilai bantuan yang sudah lolos verifikasi, juga yang kemudian tersalur",
        "Value of the aid that passed verification, also what was paid since",
    ),
    formula=Text("Σ nilai bantuan berstatus diverifikasi atau tersalur", "Σ amount of verified or paid grants"),
    unit=Unit.RUPIAH,
    dataset=DATASET,
    time="period",
    finest="month",
    where=lambda c: c.status.in_(("verified", "paid")),
    value=lambda c: sa.func.coalesce(sa.func.sum(c.amount), 0),
    better=Better.MORE,
)
PAID_SHARE = Indicator(
    key="aid_paid_share",
    subject="bansos",
    title=Text("Bansos tersalur", "Aid paid of plan"),
    meaning=Text(
        "Bagian bantuan yang direncanakan yang sudah tersalur, menurut nilai",
        "Part of the planned aid that was paid, by value",
    ),
    formula=Text("nilai tersalur ÷ nilai tidak ditolak × 100", "paid amount ÷ amount not rejected × 100"),
    unit=Unit.PERCENT,
    dataset=DATASET,
    time="period",
    finest="month",
    where=_accepted,
    value=lambda c: (
        100 * sa.func.coalesce(sa.func.sum(c.amount).filter(_paid(c)), 0) / sa.func.nullif(sa.func.sum(c.amount), 0)
    ),
    better=Better.MORE,
)
GRANTS = Indicator(
    key="aid_grants",
    subject="bansos",
    title=Text("Usulan bantuan", "Grants"),
    meaning=Text(
        "Banyaknya bantuan per orang dan tahap, apa pun keadaannya", "Grants per person and stage, whatever their state"
    ),
    formula=Text("cacah baris daftar bantuan", "count of rows of the aid lists"),
    unit=Unit.PEOPLE,
    dataset=DATASET,
    time="period",
    finest="month",
    value=lambda c: sa.func.count(),
)
REJECTED = Indicator(
    key="aid_rejected",
    subject="bansos",
    title=Text("Usulan ditolak", "Grants rejected"),
    meaning=Text("Banyaknya bantuan yang ditolak setelah verifikasi", "Grants rejected at verification"),
    formula=Text("cacah bantuan berstatus ditolak", "count of rejected grants"),
    unit=Unit.PEOPLE,
    dataset=DATASET,
    time="period",
    finest="month",
    where=lambda c: c.status == "rejected",
    value=lambda c: sa.func.count(),
)
COVERAGE = Indicator(
    key="aid_coverage",
    subject="bansos",
    title=Text("Penerima per 1.000 penduduk", "Recipients per 1,000 people"),
    meaning=Text("Orang yang bantuannya tersalur per 1.000 penduduk", "People whose aid was paid per 1,000 people"),
    formula=Text("penerima tersalur ÷ penduduk × 1.000", "recipients paid ÷ population × 1,000"),
    unit=Unit.PER_1000,
    dataset=DATASET,
    time="period",
    finest="month",
    where=_paid,
    value=lambda c: sa.func.count(c.recipient.distinct()),
)
DOUBLE = Indicator(
    key="aid_double",
    subject="bansos",
    title=Text("Penerima lebih dari satu program", "Recipients of more than one programme"),
    meaning=Text(
        "Orang yang dalam bulan yang sama menerima dua program atau lebih: untuk diperiksa, bukan putusan",
        "People paid by two or more programmes in the same month: to be looked at, not a verdict",
    ),
    formula=Text(
        "cacah penerima dengan > 1 program tersalur dalam satu bulan",
        "count of recipients with > 1 programme paid in one month",
    ),
    unit=Unit.PEOPLE,
    dataset=DATASET,
    time="period",
    finest="month",
    base=_by_recipient,
    where=lambda c: c.programmes > 1,
    value=lambda c: sa.func.count(),
    better=Better.LESS,
)

INDICATORS = (RECIPIENTS, AMOUNT, PLANNED, VERIFIED, PAID_SHARE, GRANTS, REJECTED, COVERAGE, DOUBLE)
