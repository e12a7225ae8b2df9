"""Kesehatan: vaccination, isolation at home, guardians, oxygen. Aggregates only; who it is about is not read."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from dashboard.indicator import Better, Cells, Indicator, Moment, Unit, Window
from etl.cities import City
from etl.text import Text
from etl.warehouse import read

SUBJECT = "kesehatan"
VACCINATIONS, ISOLATION, GUARDIANS = "vaccinations", "isolation_checks", "guardian_checks"
STOCK, LOANS = "oxygen_stock", "oxygen_loans"
DOSES_A_DAY = 2_000.0  # the target of the mass vaccination at GOR Satria, as published
MISSED_DAYS = 3  # a check that was missed earlier is not made up for any more: a yardstick of ours, and called one
CHECK_DAYS = 7  # a guardian looks in every week: of the field's question "checked this week"
STALE_HOURS = 24  # a measurement older than this says nothing of the stock now
FEW_HOURS = 24.0  # less than a day of oxygen: a yardstick of ours


def _attended(c: Cells) -> sa.ColumnElement[bool]:
    return c.attended.is_(True)


def _a_day(c: Cells) -> sa.ColumnElement[Any]:
    """Doses of a day on which there were slots."""
    return 1.0 * sa.func.count() / sa.func.nullif(sa.func.count(c.local_day.distinct()), 0)


def _slots(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """Slots with the city's own day of each."""
    slots = read(VACCINATIONS, as_of)
    day = sa.cast(sa.func.timezone(city.zone, slots.c.slot_at), sa.Date()).label("local_day")
    names = ("city_code", "slot_at", "dose", "attended", "registrant")
    return sa.select(*(slots.c[name] for name in names), day).where(slots.c.city_code == city.code).subquery("slots")


def _with_people(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """Slots, each beside the number of people of the city."""
    slots, areas = _slots(city, moment, as_of), read("areas")
    people = sa.select(areas.c.population).where(areas.c.city_code == city.code, areas.c.area_code == city.code)
    return sa.select(slots, people.scalar_subquery().label("people")).subquery("slots_and_people")


def _overdue(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    unchecked = sa.or_(c.checked_at.is_(None), c.checked_at > moment.instant)
    since = moment.day - dt.timedelta(days=MISSED_DAYS)
    return sa.and_(c.due_on < moment.day, c.due_on >= since, unchecked)


def _lent(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    back = sa.and_(c.returned_at.is_not(None), c.returned_at <= moment.instant)
    return sa.and_(c.lent_at <= moment.instant, ~back)


def _loan_overdue(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    return sa.and_(_lent(c, moment, city), c.due_on < moment.day)


def _looked_in(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """People with a guardian, and whether they were seen in the week before the latest report."""
    people = read(GUARDIANS, as_of)
    told = sa.select(sa.func.max(people.c.updated_at)).where(people.c.city_code == city.code).scalar_subquery()
    seen = people.c.last_checked_at >= told - dt.timedelta(days=CHECK_DAYS)
    named = (
        people.c.city_code,
        people.c.area_code,
        people.c.last_checked_at,
        sa.func.coalesce(seen, False).label("seen"),
    )
    return sa.select(*named).where(people.c.city_code == city.code).subquery("looked_in")


def _latest_stock(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """The last measurement of each post within a day, and how long its stock lasts; nothing where none is used."""
    stock = read(STOCK, as_of)
    since = moment.instant - dt.timedelta(hours=STALE_HOURS)
    hours = (stock.c.stock_m3 / sa.func.nullif(stock.c.use_m3_per_hour, 0)).label("hours")
    names = ("city_code", "area_code", "place", "measured_at", "stock_m3", "use_m3_per_hour")
    newest_first = sa.func.row_number().over(partition_by=stock.c.place, order_by=stock.c.measured_at.desc())
    recent = (
        sa.select(*(stock.c[name] for name in names), hours, newest_first.label("turn"))
        .where(stock.c.city_code == city.code, stock.c.measured_at <= moment.instant, stock.c.measured_at > since)
        .subquery("recent_stock")
    )
    return sa.select(recent).where(recent.c.turn == 1).subquery("latest_stock")


def _every(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    return sa.true()


DOSES = Indicator(
    key="doses_day",
    subject=SUBJECT,
    title=Text("Dosis per hari vaksinasi massal", "Doses a day of the mass vaccination"),
    meaning=Text(
        "Dosis yang disuntikkan pada hari yang ada jadwalnya, rata-rata periode ini",
        "Doses given on a day with slots, mean of the period",
    ),
    formula=Text("yang hadir ÷ hari dengan jadwal", "people who came ÷ days with slots"),
    unit=Unit.DOSES,
    dataset=VACCINATIONS,
    time="slot_at",
    finest="day",
    area=None,
    base=_slots,
    where=_attended,
    value=_a_day,
    better=Better.MORE,
    target=lambda city: DOSES_A_DAY,
)
NO_SHOWS = Indicator(
    key="vaccination_no_show",
    subject=SUBJECT,
    title=Text("Pendaftar vaksin yang tidak datang", "Registered for a vaccine and did not come"),
    meaning=Text(
        "Bagian jadwal vaksinasi yang sudah lewat dan pendaftarnya tidak datang",
        "Part of the slots that are over whose registered person did not come",
    ),
    formula=Text("tidak hadir ÷ jadwal yang sudah lewat × 100", "did not come ÷ slots that are over × 100"),
    unit=Unit.PERCENT,
    dataset=VACCINATIONS,
    time="slot_at",
    finest="day",
    area=None,
    base=_slots,
    where=lambda c: c.attended.is_not(None),
    value=lambda c: 100.0 * sa.func.count().filter(c.attended.is_(False)) / sa.func.nullif(sa.func.count(), 0),
    better=Better.LESS,
)
VACCINATED = Indicator(
    key="vaccinated_share",
    subject=SUBJECT,
    title=Text("Cakupan vaksinasi massal", "Coverage of the mass vaccination"),
    meaning=Text(
        "Orang yang disuntik di vaksinasi massal sejak sumber ini ada, per 100 penduduk. Vaksinasi di puskesmas dan "
        "rumah sakit tidak tercatat di sini, jadi cakupan sebenarnya lebih tinggi",
        "People vaccinated at the mass vaccination since this source exists, per 100 people. Vaccinations at health "
        "centres and hospitals are not recorded here, so the true coverage is higher",
    ),
    formula=Text("orang yang pernah hadir ÷ penduduk × 100", "people who came once ÷ population × 100"),
    unit=Unit.PERCENT,
    dataset=VACCINATIONS,
    also=("areas",),
    time="slot_at",
    finest="day",
    area=None,
    window=Window.MOMENT,
    at=lambda c, moment, city: sa.and_(_attended(c), c.slot_at <= moment.instant),
    base=_with_people,
    value=lambda c: 100.0 * sa.func.count(c.registrant.distinct()) / sa.func.nullif(sa.func.max(c.people), 0),
    better=Better.MORE,
)
CHECKS_OVERDUE = Indicator(
    key="isolation_overdue",
    subject=SUBJECT,
    title=Text("Pasien isoman yang terlewat diperiksa", "Patients isolating at home left unchecked"),
    meaning=Text(
        f"Pasien isolasi mandiri dengan pemeriksaan yang harus dilakukan dalam {MISSED_DAYS} hari sebelumnya dan belum "
        "dilakukan",
        f"Patients isolating at home with a check that was due in the {MISSED_DAYS} days before and was not made",
    ),
    formula=Text(
        f"cacah pasien, jatuh tempo {MISSED_DAYS} hari sebelum hari itu, belum diperiksa",
        f"patients with a check due in the {MISSED_DAYS} days before, not made",
    ),
    unit=Unit.PEOPLE,
    dataset=ISOLATION,
    time="due_on",
    finest="day",
    window=Window.MOMENT,
    at=_overdue,
    value=lambda c: sa.func.count(c.patient.distinct()),
    better=Better.LESS,
)
CHECKS_MADE = Indicator(
    key="isolation_checked",
    subject=SUBJECT,
    title=Text("Pemeriksaan isoman yang dilakukan", "Checks of home isolation that were made"),
    meaning=Text(
        "Bagian pemeriksaan isolasi mandiri yang jatuh tempo dalam periode ini dan sudah dilakukan",
        "Part of the checks due in the period that were made",
    ),
    formula=Text("sudah diperiksa ÷ jatuh tempo × 100", "checked ÷ due × 100"),
    unit=Unit.PERCENT,
    dataset=ISOLATION,
    time="due_on",
    finest="day",
    value=lambda c: 100.0 * sa.func.count(c.checked_at) / sa.func.nullif(sa.func.count(), 0),
    better=Better.MORE,
)
GUARDED = Indicator(
    key="guardians_week",
    subject=SUBJECT,
    title=Text("Warga komorbid yang ditengok pekan ini", "People with a comorbidity seen this week"),
    meaning=Text(
        f"Bagian warga yang didampingi dan ditengok pendampingnya dalam {CHECK_DAYS} hari sebelum laporan terakhir",
        f"Part of the people with a guardian who were seen in the {CHECK_DAYS} days before the latest report",
    ),
    formula=Text(
        "ditengok dalam 7 hari ÷ warga yang didampingi × 100", "seen within 7 days ÷ people with a guardian × 100"
    ),
    unit=Unit.PERCENT,
    dataset=GUARDIANS,
    time="last_checked_at",
    finest="day",
    window=Window.KNOWN,
    base=_looked_in,
    value=lambda c: 100.0 * sa.func.count().filter(c.seen) / sa.func.nullif(sa.func.count(), 0),
    better=Better.MORE,
)
OXYGEN_HOURS = Indicator(
    key="oxygen_hours",
    subject=SUBJECT,
    title=Text("Jam oksigen tersisa di posko", "Hours of oxygen left at a post"),
    meaning=Text(
        "Berapa jam stok bertahan pada pemakaian terakhir, di posko yang paling sedikit; pengukuran lebih tua dari "
        f"{STALE_HOURS} jam tidak dipakai",
        "How many hours the stock lasts at the latest use, at the post with the least; measurements older than "
        f"{STALE_HOURS} hours are not used",
    ),
    formula=Text(
        "stok (m³) ÷ pemakaian (m³/jam), pengukuran terakhir", "stock (m³) ÷ use (m³/hour), latest measurement"
    ),
    unit=Unit.HOURS,
    dataset=STOCK,
    time="measured_at",
    window=Window.MOMENT,
    at=_every,
    base=_latest_stock,
    value=lambda c: sa.func.min(c.hours),
    better=Better.MORE,
    target=lambda city: FEW_HOURS,
)
LOANS_OUT = Indicator(
    key="oxygen_lent",
    subject=SUBJECT,
    title=Text("Peminjaman oksigen yang berjalan", "Oxygen loans running"),
    meaning=Text("Peminjaman tabung oksigen yang belum kembali", "Loans of oxygen cylinders that are not back"),
    formula=Text("cacah peminjaman yang belum kembali", "count of loans not returned"),
    unit=Unit.LOANS,
    dataset=LOANS,
    time="lent_at",
    window=Window.MOMENT,
    at=_lent,
    value=lambda c: sa.func.count(),
)
LOANS_OVERDUE = Indicator(
    key="oxygen_overdue",
    subject=SUBJECT,
    title=Text("Peminjaman oksigen yang lewat tenggat", "Oxygen loans overdue"),
    meaning=Text(
        "Peminjaman tabung oksigen yang harus sudah kembali dan belum", "Loans of oxygen cylinders past their day"
    ),
    formula=Text("cacah peminjaman belum kembali, tenggat sebelum hari itu", "loans not returned, due before the day"),
    unit=Unit.LOANS,
    dataset=LOANS,
    time="lent_at",
    window=Window.MOMENT,
    at=_loan_overdue,
    value=lambda c: sa.func.count(),
    better=Better.LESS,
)

INDICATORS = (
    *(DOSES, NO_SHOWS, VACCINATED, CHECKS_OVERDUE, CHECKS_MADE, GUARDED),
    *(OXYGEN_HOURS, LOANS_OUT, LOANS_OVERDUE),
)
