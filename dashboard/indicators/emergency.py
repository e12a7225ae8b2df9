"""112: who called, how fast they were answered, how fast help arrived. Drills are never counted."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from dashboard.indicator import Better, Cells, Expression, Indicator, Moment, Unit, Window
from etl.cities import City
from etl.text import Text

DATASET = "emergency_calls"
SOONEST_S, SOON_S = 15, 20  # seconds; NENA asks for 90 % answered within 15 s, and 95 % within 20 s
TO_AGENT = ("emergency", "information", "prank", "ghost", "abandoned")  # calls that left the IVR
DEFAULT_ARRIVAL_MIN = 10.0  # for open incidents where a city has set no target of its own


def is_real(c: Cells) -> sa.ColumnElement[bool]:
    """Whether a call is no drill."""
    return c.is_drill.is_(False)


def is_emergency(c: Cells) -> sa.ColumnElement[bool]:
    """Whether a call is about a real emergency."""
    return sa.and_(is_real(c), c.outcome == "emergency")


def _to_agent(c: Cells) -> sa.ColumnElement[bool]:
    return sa.and_(is_real(c), c.outcome.in_(TO_AGENT))


def _arrived(c: Cells) -> sa.ColumnElement[bool]:
    return sa.and_(is_emergency(c), c.arrived_at.is_not(None))


def minutes_to_arrival(share: float) -> Expression:
    """The percentile of the minutes from the call to the arrival."""

    def value(c: Cells) -> sa.ColumnElement[Any]:
        minutes = sa.extract("epoch", c.arrived_at - c.called_at) / 60
        return sa.func.percentile_cont(share).within_group(minutes)

    return value


def _share(*outcomes: str) -> Expression:
    def value(c: Cells) -> sa.ColumnElement[Any]:
        return 100.0 * sa.func.count().filter(c.outcome.in_(outcomes)) / sa.func.nullif(sa.func.count(), 0)

    return value


def _answered_within(seconds: int) -> Expression:
    def value(c: Cells) -> sa.ColumnElement[Any]:
        soon = c.answered_at - c.called_at <= dt.timedelta(seconds=seconds)
        return 100.0 * sa.func.count().filter(soon) / sa.func.nullif(sa.func.count(), 0)

    return value


def arrival_target(city: City) -> float | None:
    """Minutes to arrival that the mayor's office has set or the city has promised, if either has."""
    return city.targets.get("arrival_p90", city.targets.get("emergency_arrival_min"))


def open_past_target(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    """Incidents of the last day without an arrival, longer ago than the target."""
    late = moment.instant - dt.timedelta(minutes=arrival_target(city) or DEFAULT_ARRIVAL_MIN)
    recent = sa.and_(c.called_at < late, c.called_at >= moment.instant - dt.timedelta(days=1))
    return sa.and_(recent, c.closed_at.is_(None), sa.or_(c.arrived_at.is_(None), c.arrived_at > moment.instant))


CALLS = Indicator(
    key="calls",
    subject="112",
    title=Text("Panggilan masuk", "Calls"),
    meaning=Text(
        "Semua panggilan ke nomor darurat, tanpa latihan", "All calls to the emergency number, drills left out"
    ),
    formula=Text("cacah panggilan bukan latihan", "count of calls that are not drills"),
    unit=Unit.CALLS,
    dataset=DATASET,
    time="called_at",
    where=is_real,
    value=lambda c: sa.func.count(),
)
EMERGENCIES = Indicator(
    key="emergencies",
    subject="112",
    title=Text("Kejadian darurat", "Emergencies"),
    meaning=Text("Panggilan yang merupakan keadaan darurat", "Calls that were real emergencies"),
    formula=Text(
        "cacah panggilan berhasil akhir darurat, bukan latihan",
        "count of calls with outcome emergency, drills left out",
    ),
    unit=Unit.INCIDENTS,
    dataset=DATASET,
    time="called_at",
    where=is_emergency,
    value=lambda c: sa.func.count(),
)
ANSWERED = Indicator(
    key="answered_20s",
    subject="112",
    title=Text("Dijawab ≤ 20 detik", "Answered within 20 s"),
    meaning=Text(
        "Bagian panggilan yang sampai ke petugas dan dijawab dalam 20 detik",
        "Part of the calls that reached the desk and were answered within 20 seconds",
    ),
    formula=Text(
        "dijawab ≤ 20 detik ÷ panggilan selain yang hilang di IVR × 100",
        "answered ≤ 20 s ÷ calls not lost in the IVR × 100",
    ),
    unit=Unit.PERCENT,
    dataset=DATASET,
    time="called_at",
    where=_to_agent,
    value=_answered_within(SOON_S),
    better=Better.MORE,
    target=lambda city: 95.0,  # NENA 56-005
)
ANSWERED_SOONEST = Indicator(
    key="answered_15s",
    subject="112",
    title=Text("Dijawab ≤ 15 detik", "Answered within 15 s"),
    meaning=Text(
        "Bagian panggilan yang sampai ke petugas dan dijawab dalam 15 detik",
        "Part of the calls that reached the desk and were answered within 15 seconds",
    ),
    formula=Text(
        "dijawab ≤ 15 detik ÷ panggilan selain yang hilang di IVR × 100",
        "answered ≤ 15 s ÷ calls not lost in the IVR × 100",
    ),
    unit=Unit.PERCENT,
    dataset=DATASET,
    time="called_at",
    where=_to_agent,
    value=_answered_within(SOONEST_S),
    better=Better.MORE,
    target=lambda city: 90.0,  # NENA-STA-020
)
ABANDONED = Indicator(
    key="abandoned",
    subject="112",
    title=Text("Ditutup sebelum dijawab", "Abandoned"),
    meaning=Text(
        "Bagian panggilan yang ditutup penelepon sebelum dijawab", "Part of the calls that hung up before an answer"
    ),
    formula=Text(
        "ditutup sebelum dijawab ÷ panggilan selain yang hilang di IVR × 100",
        "abandoned ÷ calls not lost in the IVR × 100",
    ),
    unit=Unit.PERCENT,
    dataset=DATASET,
    time="called_at",
    where=_to_agent,
    value=_share("abandoned"),
    better=Better.LESS,
)
PRANK = Indicator(
    key="prank_ghost",
    subject="112",
    title=Text("Iseng dan hantu", "Prank and ghost calls"),
    meaning=Text("Bagian panggilan yang iseng atau tanpa suara", "Part of the calls that were pranks or silent"),
    formula=Text("(iseng + hantu) ÷ semua panggilan × 100", "(prank + ghost) ÷ all calls × 100"),
    unit=Unit.PERCENT,
    dataset=DATASET,
    time="called_at",
    where=is_real,
    value=_share("prank", "ghost"),
    better=Better.LESS,
)
REACHED = Indicator(
    key="emergencies_reached",
    subject="112",
    title=Text("Kejadian yang didatangi", "Emergencies reached"),
    meaning=Text("Kejadian darurat yang waktu tibanya tercatat", "Emergencies whose time of arrival was recorded"),
    formula=Text("cacah darurat dengan waktu tiba", "count of emergencies with a time of arrival"),
    unit=Unit.INCIDENTS,
    dataset=DATASET,
    time="called_at",
    where=_arrived,
    value=lambda c: sa.func.count(),
    better=Better.MORE,
)
ARRIVAL_P50 = Indicator(
    key="arrival_p50",
    subject="112",
    title=Text("Waktu tiba, separuh kejadian", "Time to arrival, median"),
    meaning=Text(
        "Separuh kejadian didatangi secepat ini atau lebih cepat",
        "Half of the incidents were reached this fast or faster",
    ),
    formula=Text("median (tiba − panggilan masuk)", "median of arrival − call"),
    unit=Unit.MINUTES,
    dataset=DATASET,
    time="called_at",
    where=_arrived,
    value=minutes_to_arrival(0.5),
    better=Better.LESS,
    target=arrival_target,
)
ARRIVAL_P90 = Indicator(
    key="arrival_p90",
    subject="112",
    title=Text("Waktu tiba, 9 dari 10 kejadian", "Time to arrival, 9 of 10"),
    meaning=Text(
        "Sembilan dari sepuluh kejadian didatangi secepat ini atau lebih cepat",
        "Nine of ten incidents were reached this fast or faster",
    ),
    formula=Text("persentil ke-90 (tiba − panggilan masuk)", "90th percentile of arrival − call"),
    unit=Unit.MINUTES,
    dataset=DATASET,
    time="called_at",
    where=_arrived,
    value=minutes_to_arrival(0.9),
    better=Better.LESS,
    target=arrival_target,
)
OPEN_LATE = Indicator(
    key="open_past_target",
    subject="112",
    title=Text("Menunggu melewati target", "Waiting past the target"),
    meaning=Text(
        "Kejadian darurat sehari terakhir yang belum didatangi melewati target kota",
        "Emergencies of the last day not yet reached after the city's target",
    ),
    formula=Text(
        "darurat tanpa waktu tiba, lebih lama dari target (tanpa target: 10 menit)",
        "emergencies without an arrival, longer than the target (none set: 10 minutes)",
    ),
    unit=Unit.INCIDENTS,
    dataset=DATASET,
    time="called_at",
    where=is_emergency,
    window=Window.MOMENT,
    at=open_past_target,
    value=lambda c: sa.func.count(),
    better=Better.LESS,
    target=lambda city: 0.0,
)
UNPLACED = Indicator(
    key="unplaced",
    subject="112",
    title=Text("Darurat tanpa lokasi", "Emergencies without a place"),
    meaning=Text(
        "Kejadian darurat yang kelurahan dan kecamatannya tidak tercatat",
        "Emergencies whose ward and district were not recorded",
    ),
    formula=Text("cacah darurat tanpa kode wilayah", "count of emergencies without an area code"),
    unit=Unit.INCIDENTS,
    dataset=DATASET,
    time="called_at",
    where=lambda c: sa.and_(is_emergency(c), c.area_code.is_(None)),
    value=lambda c: sa.func.count(),
    better=Better.LESS,
    area=None,
)

INDICATORS = (
    CALLS,
    EMERGENCIES,
    ANSWERED_SOONEST,
    ANSWERED,
    ABANDONED,
    PRANK,
    REACHED,
    ARRIVAL_P50,
    ARRIVAL_P90,
    OPEN_LATE,
    UNPLACED,
)
