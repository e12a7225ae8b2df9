"""Rencana kota: what the smart-city master plan claims and proves, and what digitalisation has cost so far."""

import datetime as dt

import sqlalchemy as sa

from dashboard.indicator import Better, Cells, Indicator, Moment, Unit, Window
from etl.cities import City
from etl.text import Text
from etl.warehouse import read

SUBJECT = "rencana"
ACTIONS_DATA, BUDGETS_DATA = "plan_actions", "site_budgets"
COMPLETE = 100  # per cent


def _rows(c: Cells) -> sa.ColumnElement[int]:
    return sa.func.count()


def _open(c: Cells) -> sa.ColumnElement[bool]:
    return c.done_on.is_(None)


def _late(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    return sa.and_(_open(c), c.due_on < moment.day)


def _running(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    return sa.and_(_open(c), sa.or_(c.due_on.is_(None), c.due_on >= moment.day))


def _this_years(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """The items of the last budget year that was reported on."""
    budgets = read(BUDGETS_DATA, as_of)
    last = sa.select(sa.func.max(budgets.c.budget_year)).where(budgets.c.city_code == city.code).scalar_subquery()
    return (
        sa.select(*budgets.c).where(budgets.c.city_code == city.code, budgets.c.budget_year == last).subquery("items")
    )


def _sites(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """One row per office: how far its least advanced item is."""
    items = _this_years(city, moment, as_of)
    least = sa.func.min(items.c.progress).label("progress")
    of = (items.c.city_code, items.c.area_code)
    return sa.select(*of, least).group_by(*of).subquery("sites")


ACTIONS_OPEN = Indicator(
    key="actions_open",
    subject=SUBJECT,
    title=Text("Rencana aksi belum selesai", "Actions not done"),
    meaning=Text("Rencana aksi masterplan yang belum selesai", "Actions of the master plan that are not done"),
    formula=Text("cacah rencana aksi tanpa tanggal selesai", "count of actions without a day of completion"),
    unit=Unit.ACTIONS,
    dataset=ACTIONS_DATA,
    time="due_on",
    finest="day",
    window=Window.KNOWN,
    where=_open,
    value=_rows,
    better=Better.LESS,
    area=None,
)
ACTIONS_LATE = Indicator(
    key="actions_late",
    subject=SUBJECT,
    title=Text("Lewat tenggat", "Overdue"),
    meaning=Text(
        "Rencana aksi yang tenggatnya lewat dan belum selesai", "Actions that are past their day and not done"
    ),
    formula=Text("cacah rencana aksi belum selesai dengan tenggat lewat", "count of actions not done and past due"),
    unit=Unit.ACTIONS,
    dataset=ACTIONS_DATA,
    time="due_on",
    finest="day",
    window=Window.KNOWN,
    at=_late,
    value=_rows,
    better=Better.LESS,
    target=lambda city: 0.0,
    area=None,
)
ACTIONS_RUNNING = Indicator(
    key="actions_running",
    subject=SUBJECT,
    title=Text("Berjalan", "Running"),
    meaning=Text(
        "Rencana aksi yang belum selesai dan masih dalam tenggat", "Actions not done whose day is yet to come"
    ),
    formula=Text("cacah rencana aksi belum selesai tanpa tenggat lewat", "count of actions not done and not past due"),
    unit=Unit.ACTIONS,
    dataset=ACTIONS_DATA,
    time="due_on",
    finest="day",
    window=Window.KNOWN,
    at=_running,
    value=_rows,
    area=None,
)
ACTIONS_DONE = Indicator(
    key="actions_done",
    subject=SUBJECT,
    title=Text("Selesai", "Done"),
    meaning=Text("Rencana aksi yang sudah selesai", "Actions that are done"),
    formula=Text("cacah rencana aksi dengan tanggal selesai", "count of actions with a day of completion"),
    unit=Unit.ACTIONS,
    dataset=ACTIONS_DATA,
    time="due_on",
    finest="day",
    window=Window.KNOWN,
    where=lambda c: c.done_on.is_not(None),
    value=_rows,
    better=Better.MORE,
    area=None,
)
ACTIONS_ON_TIME = Indicator(
    key="actions_on_time",
    subject=SUBJECT,
    title=Text("Selesai tepat waktu", "Done in time"),
    meaning=Text(
        "Bagian rencana aksi yang selesai, yang selesai sampai tenggatnya", "Part of the actions done that were in time"
    ),
    formula=Text("selesai sampai tenggat ÷ selesai × 100", "done by the due day ÷ done × 100"),
    unit=Unit.PERCENT,
    dataset=ACTIONS_DATA,
    time="due_on",
    finest="day",
    window=Window.KNOWN,
    where=lambda c: sa.and_(c.done_on.is_not(None), c.due_on.is_not(None)),
    value=lambda c: 100.0 * sa.func.count().filter(c.done_on <= c.due_on) / sa.func.nullif(sa.func.count(), 0),
    better=Better.MORE,
    area=None,
)
NO_EVIDENCE = Indicator(
    key="actions_no_evidence",
    subject=SUBJECT,
    title=Text("Tanpa bukti", "Without evidence"),
    meaning=Text("Rencana aksi yang diklaim tanpa bukti tercatat", "Actions that are claimed and have no evidence"),
    formula=Text("cacah rencana aksi tanpa bukti", "count of actions without evidence"),
    unit=Unit.ACTIONS,
    dataset=ACTIONS_DATA,
    time="due_on",
    finest="day",
    window=Window.KNOWN,
    where=lambda c: sa.and_(c.claimed > 0, c.evidence.is_(None)),
    value=_rows,
    better=Better.LESS,
    area=None,
)
CLAIMED = Indicator(
    key="plan_claimed",
    subject=SUBJECT,
    title=Text("Capaian menurut klaim", "Progress as claimed"),
    meaning=Text("Rata-rata capaian rencana aksi sebagaimana diklaim OPD", "Mean progress of the actions as claimed"),
    formula=Text("rata-rata capaian yang diklaim", "mean of the claimed progress"),
    unit=Unit.PERCENT,
    dataset=ACTIONS_DATA,
    time="due_on",
    finest="day",
    window=Window.KNOWN,
    value=lambda c: sa.func.avg(c.claimed),
    area=None,
)
EVIDENCED = Indicator(
    key="plan_evidenced",
    subject=SUBJECT,
    title=Text("Capaian menurut bukti", "Progress as evidenced"),
    meaning=Text("Rata-rata capaian rencana aksi yang terbukti", "Mean progress of the actions as evidence shows"),
    formula=Text("rata-rata capaian yang terbukti", "mean of the evidenced progress"),
    unit=Unit.PERCENT,
    dataset=ACTIONS_DATA,
    time="due_on",
    finest="day",
    window=Window.KNOWN,
    value=lambda c: sa.func.avg(c.evidenced),
    better=Better.MORE,
    area=None,
)
BUDGET = Indicator(
    key="site_budget",
    subject=SUBJECT,
    title=Text("Pagu digitalisasi", "Digitalisation budget"),
    meaning=Text(
        "Pagu digitalisasi kantor kelurahan dan kecamatan, tahun anggaran terakhir",
        "Budget for digital service in the offices of wards and districts, the last budget year",
    ),
    formula=Text("Σ pagu", "Σ budget"),
    unit=Unit.RUPIAH,
    dataset=BUDGETS_DATA,
    time="reported_on",
    finest="day",
    window=Window.KNOWN,
    base=_this_years,
    value=lambda c: sa.func.sum(c.budget),
)
REALISED = Indicator(
    key="site_realised",
    subject=SUBJECT,
    title=Text("Realisasi digitalisasi", "Digitalisation spending"),
    meaning=Text("Yang sudah dibelanjakan dari pagu digitalisasi", "What was spent of the digitalisation budget"),
    formula=Text("Σ realisasi", "Σ spending"),
    unit=Unit.RUPIAH,
    dataset=BUDGETS_DATA,
    time="reported_on",
    finest="day",
    window=Window.KNOWN,
    base=_this_years,
    value=lambda c: sa.func.sum(c.realised),
    better=Better.MORE,
)
ABSORPTION = Indicator(
    key="site_absorption",
    subject=SUBJECT,
    title=Text("Penyerapan anggaran", "Budget absorbed"),
    meaning=Text(
        "Bagian pagu digitalisasi yang sudah dibelanjakan", "Part of the digitalisation budget that was spent"
    ),
    formula=Text("Σ realisasi ÷ Σ pagu × 100", "Σ spending ÷ Σ budget × 100"),
    unit=Unit.PERCENT,
    dataset=BUDGETS_DATA,
    time="reported_on",
    finest="day",
    window=Window.KNOWN,
    base=_this_years,
    value=lambda c: 100 * sa.func.sum(c.realised) / sa.func.nullif(sa.func.sum(c.budget), 0),
    better=Better.MORE,
)
PROGRESS = Indicator(
    key="site_progress",
    subject=SUBJECT,
    title=Text("Kemajuan fisik", "Physical progress"),
    meaning=Text("Kemajuan fisik digitalisasi, ditimbang menurut pagu", "Physical progress, weighed by the budget"),
    formula=Text("Σ (kemajuan × pagu) ÷ Σ pagu", "Σ (progress × budget) ÷ Σ budget"),
    unit=Unit.PERCENT,
    dataset=BUDGETS_DATA,
    time="reported_on",
    finest="day",
    window=Window.KNOWN,
    base=_this_years,
    value=lambda c: sa.func.sum(c.progress * c.budget) / sa.func.nullif(sa.func.sum(c.budget), 0),
    better=Better.MORE,
)
SITES = Indicator(
    key="sites",
    subject=SUBJECT,
    title=Text("Tempat percontohan", "Pilot sites"),
    meaning=Text(
        "Kantor kelurahan dan kecamatan yang mendapat anggaran digitalisasi",
        "Offices of wards and districts that have a digitalisation budget",
    ),
    formula=Text("cacah tempat dengan pagu", "count of sites with a budget"),
    unit=Unit.SITES,
    dataset=BUDGETS_DATA,
    time="",
    finest="day",
    window=Window.KNOWN,
    base=_sites,
    value=_rows,
)
SITES_READY = Indicator(
    key="sites_ready",
    subject=SUBJECT,
    title=Text("Tempat selesai", "Sites ready"),
    meaning=Text("Tempat yang semua jenis belanjanya selesai 100 %", "Sites of which every item is done to 100 %"),
    formula=Text("cacah tempat dengan kemajuan terendah 100 %", "count of sites whose least item is at 100 %"),
    unit=Unit.SITES,
    dataset=BUDGETS_DATA,
    time="",
    finest="day",
    window=Window.KNOWN,
    base=_sites,
    where=lambda c: c.progress >= COMPLETE,
    value=_rows,
    better=Better.MORE,
)

INDICATORS = (
    *(ACTIONS_OPEN, ACTIONS_LATE, ACTIONS_RUNNING, ACTIONS_DONE, ACTIONS_ON_TIME, NO_EVIDENCE, CLAIMED, EVIDENCED),
    *(BUDGET, REALISED, ABSORPTION, PROGRESS, SITES, SITES_READY),
)
