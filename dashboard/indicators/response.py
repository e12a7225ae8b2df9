"""112 and PSC 119 as the desk sees them: who waits, which units are out, what comes twice, drills apart."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from dashboard.indicator import Better, Cells, Expression, Indicator, Moment, Unit, Window
from dashboard.indicators.emergency import DATASET, arrival_target, is_emergency, is_real, minutes_to_arrival
from dashboard.models.incidents import NEAR, WITHIN_S
from etl.cities import City
from etl.text import Text
from etl.warehouse import read, readable_by_web

DAY = dt.timedelta(days=1)
LONGEST_RING = dt.timedelta(minutes=5)  # a caller still without an answer has hung up by then
ON_DUTY = dt.timedelta(hours=1)  # who answered within it is at the desk
PRANK_DAYS, PRANKS_AGAIN = 30, 3  # so many prank calls within so many days make a number one that does it again
UNIT_DAYS = 30  # a unit that went out within them is one of the city's
NUISANCE = ("prank", "ghost")


def _open(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    """Incidents of the last day that were not closed at the moment."""
    recent = sa.and_(c.called_at < moment.instant, c.called_at >= moment.instant - DAY)
    return sa.and_(recent, sa.or_(c.closed_at.is_(None), c.closed_at > moment.instant))


def _ringing(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    recent = sa.and_(c.called_at <= moment.instant, c.called_at > moment.instant - LONGEST_RING)
    silent = sa.or_(c.answered_at.is_(None), c.answered_at > moment.instant)
    return sa.and_(recent, silent, sa.or_(c.ended_at.is_(None), c.ended_at > moment.instant))


def _answering(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    return sa.and_(c.answered_at <= moment.instant, c.answered_at > moment.instant - ON_DUTY)


def _out(c: Cells, instant: dt.datetime) -> sa.ColumnElement[bool]:
    """Whether the unit of a row is out on it."""
    left = sa.and_(c.dispatched_at <= instant, c.dispatched_at > instant - DAY)
    return sa.and_(left, sa.or_(c.closed_at.is_(None), c.closed_at > instant))


def _is_out(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    return _out(c, moment.instant)


def _units(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """Every unit of the last weeks, with whether it is out now."""
    calls = read(DATASET, as_of)
    seen = sa.and_(calls.c.dispatched_at <= moment.instant, calls.c.dispatched_at > moment.instant - UNIT_DAYS * DAY)
    out = sa.func.bool_or(_out(calls.c, moment.instant)).label("out")
    known = sa.select(calls.c.city_code, calls.c.unit, out, sa.func.max(calls.c.called_at).label("called_at"))
    return (
        known.where(calls.c.city_code == city.code, calls.c.unit.is_not(None), seen, calls.c.is_drill.is_(False))
        .group_by(calls.c.city_code, calls.c.unit)
        .subquery("units")
    )


def _cells(calls: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    """Everything of a call that the web may read."""
    return [calls.c[name] for name in readable_by_web(DATASET)]


def _again(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """Prank calls of the last weeks from numbers that did it again and again."""
    calls = read(DATASET, as_of)
    since = moment.instant - PRANK_DAYS * DAY
    times = sa.func.count().over(partition_by=calls.c.caller).label("times")
    pranks = (
        sa.select(*_cells(calls), times)
        .where(
            calls.c.city_code == city.code,
            calls.c.outcome.in_(NUISANCE),
            calls.c.is_drill.is_(False),
            calls.c.caller.is_not(None),
            calls.c.called_at >= since,
            calls.c.called_at < moment.instant,
        )
        .subquery("pranks")
    )
    return sa.select(pranks).where(pranks.c.times >= PRANKS_AGAIN).subquery("again")


def _has_earlier(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """Emergencies that follow one of the same kind, soon after and from the same cell of the grid or one beside it.

    The earliest moment that counts is reckoned apart, so that the calls after it are found by their index: under a rule
    on rows no index is asked for what is still to be computed. One earlier call is enough.
    """
    calls, before = read(DATASET, as_of).alias("calls"), read(DATASET, as_of).alias("before")
    earliest = (calls.c.called_at - dt.timedelta(seconds=WITHIN_S)).label("at")
    soonest = sa.select(earliest).correlate(calls).offset(0).lateral("soonest")
    same = (
        sa.select(before.c.call_id)
        .where(
            before.c.city_code == city.code,
            before.c.grid_lat.is_not(None),
            is_emergency(before.c),
            before.c.category == calls.c.category,
            before.c.called_at >= soonest.c.at,
            before.c.called_at <= calls.c.called_at,
            sa.tuple_(before.c.called_at, before.c.call_id) < sa.tuple_(calls.c.called_at, calls.c.call_id),
            sa.func.abs(before.c.grid_lat - calls.c.grid_lat) <= NEAR,
            sa.func.abs(before.c.grid_lon - calls.c.grid_lon) <= NEAR,
        )
        .limit(1)
        .lateral("same")
    )
    emergency = sa.and_(calls.c.city_code == city.code, is_emergency(calls.c), calls.c.called_at < moment.instant)
    found = sa.select(*_cells(calls)).select_from(calls).join(soonest, sa.true()).join(same, sa.true())
    return found.where(emergency, calls.c.grid_lat.is_not(None)).subquery("further")


def _dispatched(c: Cells) -> sa.ColumnElement[bool]:
    return sa.and_(is_emergency(c), c.dispatched_at.is_not(None))


def _minutes_to_dispatch(share: float) -> Expression:
    def value(c: Cells) -> sa.ColumnElement[Any]:
        minutes = sa.extract("epoch", c.dispatched_at - c.called_at) / 60
        return sa.func.percentile_cont(share).within_group(minutes)

    return value


def _triaged(c: Cells) -> sa.ColumnElement[bool]:
    return sa.and_(is_emergency(c), c.urgency.is_not(None))


def _urgent_reached(c: Cells) -> sa.ColumnElement[bool]:
    return sa.and_(_triaged(c), c.urgency == "urgent", c.arrived_at.is_not(None))


def _count(c: Cells) -> sa.ColumnElement[Any]:
    return sa.func.count()


OPEN = Indicator(
    key="open_incidents",
    subject="112",
    title=Text("Kejadian terbuka", "Open incidents"),
    meaning=Text("Kejadian darurat sehari terakhir yang belum selesai", "Emergencies of the last day not closed yet"),
    formula=Text("darurat 24 jam terakhir tanpa waktu selesai", "emergencies of the last 24 hours without a closing"),
    unit=Unit.INCIDENTS,
    dataset=DATASET,
    time="called_at",
    where=is_emergency,
    window=Window.MOMENT,
    at=_open,
    value=_count,
    better=Better.LESS,
)
RINGING = Indicator(
    key="callers_waiting",
    subject="112",
    title=Text("Penelepon menunggu", "Callers waiting"),
    meaning=Text("Panggilan yang sedang berdering, belum dijawab", "Calls that ring now and were not answered yet"),
    formula=Text(
        "panggilan 5 menit terakhir yang belum dijawab dan belum ditutup",
        "calls of the last 5 minutes neither answered nor ended",
    ),
    unit=Unit.CALLS,
    dataset=DATASET,
    time="called_at",
    where=is_real,
    window=Window.MOMENT,
    at=_ringing,
    value=_count,
    better=Better.LESS,
    area=None,
)
ON_DUTY_NOW = Indicator(
    key="takers_on_duty",
    subject="112",
    title=Text("Petugas di meja", "Call takers on duty"),
    meaning=Text(
        "Petugas yang menjawab sedikitnya satu panggilan dalam satu jam terakhir",
        "Call takers who answered at least one call within the last hour",
    ),
    formula=Text("cacah petugas berbeda dalam 60 menit", "count of different call takers within 60 minutes"),
    unit=Unit.PEOPLE,
    dataset=DATASET,
    time="answered_at",
    where=is_real,
    window=Window.MOMENT,
    at=_answering,
    value=lambda c: sa.func.count(c.call_taker.distinct()),
    area=None,
)
UNITS_BUSY = Indicator(
    key="units_busy",
    subject="112",
    title=Text("Unit bertugas", "Units out"),
    meaning=Text("Unit yang berangkat dan kejadiannya belum selesai", "Units that left for an incident not closed yet"),
    formula=Text("cacah unit berbeda pada kejadian terbuka", "count of different units at open incidents"),
    unit=Unit.UNITS,
    dataset=DATASET,
    time="dispatched_at",
    where=is_real,
    window=Window.MOMENT,
    at=_is_out,
    value=lambda c: sa.func.count(c.unit.distinct()),
    area=None,
)
UNITS_FREE = Indicator(
    key="units_free",
    subject="112",
    title=Text("Unit siap", "Units free"),
    meaning=Text(
        "Unit yang pernah berangkat dalam 30 hari terakhir dan kini tidak bertugas",
        "Units that went out within the last 30 days and are not out now",
    ),
    formula=Text("unit yang dikenal − unit bertugas", "units known − units out"),
    unit=Unit.UNITS,
    dataset=DATASET,
    time="called_at",
    base=_units,
    window=Window.MOMENT,
    at=lambda c, moment, city: c.out.is_(False),
    value=_count,
    better=Better.MORE,
    area=None,
)
DISPATCH_P50 = Indicator(
    key="dispatch_p50",
    subject="112",
    title=Text("Waktu berangkat, separuh kejadian", "Time to dispatch, median"),
    meaning=Text("Separuh unit berangkat secepat ini atau lebih cepat", "Half of the units left this fast or faster"),
    formula=Text("median (berangkat − panggilan masuk)", "median of dispatch − call"),
    unit=Unit.MINUTES,
    dataset=DATASET,
    time="called_at",
    where=_dispatched,
    value=_minutes_to_dispatch(0.5),
    better=Better.LESS,
)
DISPATCH_P90 = Indicator(
    key="dispatch_p90",
    subject="112",
    title=Text("Waktu berangkat, 9 dari 10 kejadian", "Time to dispatch, 9 of 10"),
    meaning=Text(
        "Pada sembilan dari sepuluh kejadian unit berangkat secepat ini atau lebih cepat",
        "In nine of ten incidents a unit left this fast or faster",
    ),
    formula=Text("persentil ke-90 (berangkat − panggilan masuk)", "90th percentile of dispatch − call"),
    unit=Unit.MINUTES,
    dataset=DATASET,
    time="called_at",
    where=_dispatched,
    value=_minutes_to_dispatch(0.9),
    better=Better.LESS,
)
FURTHER_CALLS = Indicator(
    key="further_calls",
    subject="112",
    title=Text("Panggilan susulan", "Further calls"),
    meaning=Text(
        "Panggilan darurat tentang kejadian yang sudah dilaporkan: sejenis, ≤ 30 menit sesudahnya, di petak 500 m yang "
        "sama atau di sebelahnya",
        "Emergency calls about an incident that was reported already: of the same kind, within 30 minutes, from the "
        "same 500 m cell or one beside it",
    ),
    formula=Text(
        "cacah darurat yang didahului darurat sejenis, dekat dan belum lama",
        "count of emergencies after another of the same kind, near and recent",
    ),
    unit=Unit.CALLS,
    dataset=DATASET,
    time="called_at",
    base=_has_earlier,
    value=_count,
)
REPEATED_PRANKS = Indicator(
    key="repeated_pranks",
    subject="112",
    title=Text("Iseng berulang", "Repeated pranks"),
    meaning=Text(
        f"Panggilan iseng atau hantu dari nomor yang melakukannya {PRANKS_AGAIN} kali atau lebih dalam {PRANK_DAYS} "
        "hari; nomor dikenal lewat nama samaran",
        f"Prank or ghost calls from numbers that did it {PRANKS_AGAIN} times or more within {PRANK_DAYS} days; numbers "
        "are known by pseudonym",
    ),
    formula=Text(
        f"cacah panggilan iseng + hantu dari nomor dengan ≥ {PRANKS_AGAIN} dalam {PRANK_DAYS} hari",
        f"count of prank + ghost calls of numbers with ≥ {PRANKS_AGAIN} within {PRANK_DAYS} days",
    ),
    unit=Unit.CALLS,
    dataset=DATASET,
    time="called_at",
    base=_again,
    value=_count,
    better=Better.LESS,
    area=None,
)
REPEATING_NUMBERS = Indicator(
    key="repeating_numbers",
    subject="112",
    title=Text("Nomor iseng berulang", "Numbers that prank again"),
    meaning=Text(
        f"Nomor berbeda dengan {PRANKS_AGAIN} panggilan iseng atau hantu atau lebih dalam {PRANK_DAYS} hari",
        f"Different numbers with {PRANKS_AGAIN} or more prank or ghost calls within {PRANK_DAYS} days",
    ),
    formula=Text("cacah nama samaran berbeda", "count of different pseudonyms"),
    unit=Unit.NUMBERS,
    dataset=DATASET,
    time="called_at",
    base=_again,
    window=Window.MOMENT,
    at=lambda c, moment, city: c.called_at < moment.instant,
    value=lambda c: sa.func.count(c.caller.distinct()),
    better=Better.LESS,
    area=None,
)
DRILLS = Indicator(
    key="drills",
    subject="112",
    title=Text("Latihan", "Drills"),
    meaning=Text("Panggilan latihan; tidak ada di angka lain", "Calls of drills; in no other figure"),
    formula=Text("cacah panggilan latihan", "count of calls that are drills"),
    unit=Unit.CALLS,
    dataset=DATASET,
    time="called_at",
    where=lambda c: c.is_drill.is_(True),
    value=_count,
)
TRIAGED = Indicator(
    key="triaged",
    subject="112",
    title=Text("Kejadian dengan triase", "Incidents with triage"),
    meaning=Text("Kejadian darurat yang triasenya tercatat", "Emergencies whose triage was recorded"),
    formula=Text("cacah darurat dengan triase", "count of emergencies with triage"),
    unit=Unit.INCIDENTS,
    dataset=DATASET,
    time="called_at",
    where=_triaged,
    value=_count,
)
URGENT_ARRIVAL = Indicator(
    key="urgent_arrival_p90",
    subject="112",
    title=Text("Waktu tiba kejadian gawat, 9 dari 10", "Arrival at urgent incidents, 9 of 10"),
    meaning=Text(
        "Sembilan dari sepuluh kejadian gawat (triase merah atau hitam) didatangi secepat ini atau lebih cepat",
        "Nine of ten urgent incidents (triage red or black) were reached this fast or faster",
    ),
    formula=Text(
        "persentil ke-90 (tiba − panggilan masuk) kejadian gawat", "90th percentile of arrival − call, urgent"
    ),
    unit=Unit.MINUTES,
    dataset=DATASET,
    time="called_at",
    where=_urgent_reached,
    value=minutes_to_arrival(0.9),
    better=Better.LESS,
    target=arrival_target,
)

INDICATORS = (
    *(OPEN, RINGING, ON_DUTY_NOW, UNITS_BUSY, UNITS_FREE, DISPATCH_P50, DISPATCH_P90, FURTHER_CALLS),
    *(REPEATED_PRANKS, REPEATING_NUMBERS, DRILLS, TRIAGED, URGENT_ARRIVAL),
)
