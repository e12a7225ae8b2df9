"""The emergency line of a city: calls with everything that will happen to them, and what is known at a moment."""

import datetime as dt

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulator import people, seasons
from simulator.places import POINTS, Places
from simulator.plans import Plan
from simulator.seasons import Floats, Ints

OUTCOMES = np.array(["prank", "ghost", "information", "emergency", "abandoned", "ivr_lost"])
SHARES = np.array([0.38, 0.33, 0.135, 0.055, 0.06, 0.04])
INCIDENTS: dict[str, tuple[float, str, tuple[str, ...]]] = {
    "Medis": (0.31, "Ambulans", ("Sesak napas", "Pingsan", "Persalinan", "Evakuasi pasien")),
    "Kecelakaan lalu lintas": (0.22, "Ambulans", ("Tabrakan motor", "Tabrakan mobil", "Tunggal")),
    "Kebakaran": (0.11, "Damkar", ("Rumah", "Lahan", "Kendaraan", "Korsleting")),
    "Pohon tumbang": (0.08, "BPBD", ("Menutup jalan", "Menimpa rumah", "Menimpa kabel")),
    "Banjir": (0.07, "BPBD", ("Genangan jalan", "Permukiman", "Saluran tersumbat")),
    "Hewan liar": (0.09, "Damkar", ("Ular", "Sarang tawon", "Biawak")),
    "Keamanan": (0.07, "Satpol PP", ("Keributan", "Pencurian", "Balap liar")),
    "Lainnya": (0.05, "Dishub", ("Lampu lalu lintas mati", "Kabel menjuntai", "Lainnya")),
}
CATEGORIES = np.array(list(INCIDENTS))
MEDICAL = ("Medis", "Kecelakaan lalu lintas")
TRIAGE = np.array(["red", "yellow", "green", "black"])
STAGES = ("answered_at", "ended_at", "dispatched_at", "arrived_at", "closed_at")
DESKS, SHIFT_S = 6, 8 * 3_600  # call takers of one shift, and how long it is
AGENTS = np.array([f"{given} {family}" for given, family in zip(people.GIVEN[:24], people.FAMILY[:24], strict=True)])


def hot_spots(places: Places, rng: np.random.Generator) -> Floats:
    """Where incidents happen: by population, and some villages more than others."""
    weights = places.weights * rng.lognormal(0, 0.5, len(places.weights))
    return weights / weights.sum()


def call_history(
    plan: Plan, places: Places, spots: Floats, now: dt.datetime, rng: np.random.Generator, first: int = 1
) -> pl.DataFrame:
    """Every call since the beginning, with its whole course (some of it may lie after ``now``), numbered from
    ``first``."""
    days = seasons.days_until(now, plan.utc_hours, plan.days)
    season = seasons.emergencies(days)
    per_day = rng.poisson(plan.calls * season / season.mean())
    when = seasons.moments(rng, days, per_day, seasons.EMERGENCY)
    when = when[when <= int(now.timestamp()) + plan.utc_hours * 3600]
    ids = np.char.add(f"{plan.prefix}-", people.digits(np.arange(first, first + len(when)), 8))
    return draw_calls(plan, places, spots, ids, when, rng)


def draw_calls(
    plan: Plan, places: Places, spots: Floats, ids: NDArray[np.str_], when: Ints, rng: np.random.Generator
) -> pl.DataFrame:
    """The whole course of the calls that came in at ``when`` (local seconds)."""
    size = len(when)
    outcome = rng.choice(len(OUTCOMES), size, p=SHARES)
    incident = outcome == 3
    at = when - plan.utc_hours * 3600
    answered, ended = _talk(at, outcome, rng)
    frame = pl.DataFrame(
        {
            "call_id": ids,
            "called_at": seasons.stamps(at),
            "answered_at": _where(outcome < 4, answered),
            "ended_at": seasons.stamps(ended),
            "outcome": OUTCOMES[outcome],
            "agent": _text(outcome < 4, _on_shift(when, rng.choice(len(AGENTS), size))),
            "is_drill": incident & (rng.random(size) < 0.004),
        }
    )
    frame = frame.hstack(_incidents(plan, incident, answered, rng)).hstack(_positions(places, spots, outcome, rng))
    return frame.hstack(_care(plan, frame["category"].is_in(MEDICAL).fill_null(False).to_numpy(), rng))


def _on_shift(when: Ints, drawn: Ints) -> NDArray[np.str_]:
    """Who answers: one of the few of the shift of eight hours; ``when`` in local seconds."""
    return AGENTS[when // SHIFT_S % (len(AGENTS) // DESKS) * DESKS + drawn % DESKS]


def _where(chosen: NDArray[np.bool_], seconds: Ints) -> pl.Series:
    stamps = seasons.stamps(seconds)
    stamps[~chosen] = np.datetime64("NaT")
    return pl.Series(stamps, nan_to_null=True)


def _text(chosen: NDArray[np.bool_], words: NDArray[np.str_]) -> pl.Series:
    return pl.select(pl.when(pl.Series(chosen)).then(pl.Series(words))).to_series()


def _talk(at: Ints, outcome: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Seconds until an answer (median 7, nine in ten within 18) and until the end of the talk."""
    waiting = np.clip(rng.lognormal(np.log(7), 0.72, len(at)), 1, 150).astype(np.int64)
    talking = np.clip(rng.lognormal(np.log(np.array([25, 12, 90, 110, 1, 1])[outcome]), 0.6), 2, 1_500).astype(np.int64)
    given_up = np.where(outcome >= 4, rng.integers(5, 60, len(at)), 0)
    answered = at + waiting
    return answered, np.where(outcome >= 4, at + given_up, answered + talking)


def _incidents(plan: Plan, incident: NDArray[np.bool_], answered: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """Category, unit and the times of an emergency; P90 of arrival lies a little above the target."""
    size = len(incident)
    kind = rng.choice(len(CATEGORIES), size, p=np.array([share for share, _, _ in INCIDENTS.values()]))
    left = answered + np.clip(rng.lognormal(np.log(62), 0.4, size), 15, 600).astype(np.int64)
    travel = np.clip(rng.lognormal(np.log(plan.arrival_target_min * 60 * 0.52), 0.5, size), 40, 5_400)
    there = left + travel.astype(np.int64)
    done = there + np.clip(rng.lognormal(np.log(1_900), 0.6, size), 300, 5 * 3_600).astype(np.int64)
    details = [sub for _, _, subs in INCIDENTS.values() for sub in subs]
    starts = np.cumsum([0, *[len(subs) for _, _, subs in INCIDENTS.values()][:-1]])
    counts = np.array([len(subs) for _, _, subs in INCIDENTS.values()])
    sub = np.array(details)[starts[kind] + rng.integers(0, 12, size) % counts[kind]]
    brigade = np.array([unit for _, unit, _ in INCIDENTS.values()])[kind]
    unit = np.char.add(brigade, rng.choice([" 1", " 2", " 3"], size))
    return pl.DataFrame(
        {
            "category": _text(incident, CATEGORIES[kind]),
            "sub_category": _text(incident, sub),
            "dispatched_at": _where(incident, left),
            "arrived_at": _where(incident, there),
            "closed_at": _where(incident, done),
            "unit": _text(incident, unit),
        }
    )


def _care(plan: Plan, medical: NDArray[np.bool_], rng: np.random.Generator) -> pl.DataFrame:
    """Triage, and the hospital of two in three; nothing where the line is not a medical one."""
    size = len(medical)
    if not plan.hospitals:
        return pl.DataFrame({name: pl.Series([None] * size, dtype=pl.String) for name in ("triage", "hospital")})
    taken = medical & (rng.random(size) < 0.66)
    return pl.DataFrame(
        {
            "triage": _text(medical, rng.choice(TRIAGE, size, p=[0.12, 0.38, 0.48, 0.02])),
            "hospital": _text(taken, rng.choice(np.array(plan.hospitals), size)),
        }
    )


def _positions(places: Places, spots: Floats, outcome: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """Emergencies have a village and nine in ten a point; one in twelve only its district. Others rarely a place."""
    size = len(outcome)
    village = rng.choice(len(spots), size, p=spots)
    code = places.codes[village]
    located = (outcome == 3) | ((outcome == 2) & (rng.random(size) < 0.4))
    vague = rng.random(size) < 0.08
    pointed = (outcome == 3) & ~vague & (rng.random(size) < 0.9)
    point = places.points[village, np.minimum(rng.geometric(0.07, size), POINTS) - 1]
    frame = pl.DataFrame(
        {"code": code, "located": located, "vague": vague, "pointed": pointed, "x": point[:, 0], "y": point[:, 1]}
    )
    area = pl.when("vague").then(pl.col("code").str.slice(0, 8)).otherwise("code")
    return frame.select(
        pl.when("located").then(area).alias("area_code"),
        pl.when("pointed").then(pl.col("y").round(5)).alias("lat"),
        pl.when("pointed").then(pl.col("x").round(5)).alias("lon"),
    )


def as_known(calls: pl.DataFrame, at: dt.datetime) -> pl.DataFrame:
    """The calls as they stood at a moment: what had not happened yet is empty."""
    moment = at.replace(tzinfo=None)
    past = calls.with_columns(pl.when(pl.col(stage) <= moment).then(stage).alias(stage) for stage in STAGES)
    told = {"triage": "answered_at", "unit": "dispatched_at", "hospital": "arrived_at"}
    cells = {name: pl.when(pl.col(stage).is_not_null()).then(name) for name, stage in told.items()}
    return past.with_columns(**cells, updated_at=pl.max_horizontal("called_at", *STAGES))


def steps(call: pl.DataFrame) -> list[dt.datetime]:
    """The moments at which something changes for one call, the first being the call itself."""
    (row,) = call.select("called_at", *STAGES).rows()
    return sorted({moment for moment in row if moment is not None})


def settled(calls: pl.DataFrame, now: dt.datetime, rng: np.random.Generator) -> pl.DataFrame:
    """What is known of the history; one closed emergency in fifty was closed a day late in the books."""
    known = as_known(calls, now)
    late = pl.Series(rng.random(calls.height) < 0.02) & pl.col("closed_at").is_not_null()
    booked = pl.col("updated_at").dt.offset_by("1d")
    moved = late & (booked < now.replace(tzinfo=None))
    return known.with_columns(
        updated_at=pl.when(moved).then(booked).otherwise("updated_at"),
        _earlier_at=pl.when(moved).then("arrived_at"),
    )


def unfinished(calls: pl.DataFrame, now: dt.datetime) -> pl.DataFrame:
    """The calls to which something will still happen."""
    return calls.filter(pl.max_horizontal("called_at", *STAGES) > now.replace(tzinfo=None))
