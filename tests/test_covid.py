"""Rt and the level of transmission, each against a computation by hand."""

import datetime as dt
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.levels import ADEQUACY, CAPACITIES, LADDERS, Ladder, Step, driver, last_week
from dashboard.models.reproduction import FEWEST, SETTLING, WINDOW, estimates, serial_interval
from dashboard.queries import Asked
from dashboard.scope import Scope
from etl.cities import load_city
from tests import cori

DAY = dt.timedelta(days=1)
START = dt.date(2026, 1, 1)


def density(x: float, shape: float, scale: float) -> float:
    """The gamma distribution, from its definition."""
    return math.exp((shape - 1) * math.log(x) - x / scale - math.lgamma(shape) - shape * math.log(scale))


def below(x: float, shape: float, scale: float, steps: int = 4_000) -> float:
    """The part of it that lies below ``x``: Simpson's rule, by hand."""
    points = [max(1e-12, x * n / steps) for n in range(steps + 1)]
    heights = [density(point, shape, scale) for point in points]
    pairs = zip(heights[::2], heights[1::2], heights[2::2], strict=False)
    return sum(one + 4 * middle + other for one, middle, other in pairs) * x / steps / 3


def test_the_serial_interval_has_the_published_mean_and_deviation() -> None:
    weights = serial_interval()
    mean = sum(day * share for day, share in enumerate(weights))
    deviation = math.sqrt(sum((day - mean) ** 2 * share for day, share in enumerate(weights)))
    assert weights[0] == 0 and math.isclose(sum(weights), 1)
    assert (round(mean, 1), round(deviation, 1)) == (4.7, 2.9)
    by_hand = {day: below(day + 0.5, 2.6266, 1.78936) - below(day - 0.5, 2.6266, 1.78936) for day in (1, 4, 9)}
    whole = below(20.5, 2.6266, 1.78936) - below(0.5, 2.6266, 1.78936)
    for day, share in by_hand.items():
        assert math.isclose(weights[day], share / whole, rel_tol=1e-3)


def test_constant_cases_give_an_rt_of_one_by_hand() -> None:
    """20 cases a day: after 20 days each day's pressure is 20, so the answer is gamma(1 + 140; 1 / (0.2 + 140))."""
    last = estimates([20.0] * 40)[-1]
    assert last is not None
    shape, scale = 1 + 140.0, 1 / (1 / 5 + 140.0)
    assert math.isclose(last.mean, shape * scale, rel_tol=1e-9) and round(last.mean, 4) == 1.0057
    assert math.isclose(below(last.low, shape, scale), 0.025, abs_tol=1e-6)
    assert math.isclose(below(last.high, shape, scale), 0.975, abs_tol=1e-6)


def test_growing_cases_give_an_rt_above_one_and_shrinking_ones_below() -> None:
    grown, shrunk = ([100 * 1.1 ** (sign * day) for day in range(40)] for sign in (1, -1))
    growing, waning = estimates(grown)[-1], estimates(shrunk)[-1]
    assert growing and growing.low > 1
    assert waning and waning.high < 1


@given(st.lists(st.integers(0, 40), min_size=30, max_size=60))
@settings(deadline=None)
def test_every_day_is_what_the_paper_says(cases: list[int]) -> None:
    days = [START + DAY * number for number in range(len(cases))]
    since = days[26]
    told = cori.reproduction(dict(zip(days, cases, strict=True)), since, days[-1])
    shown = {day: one for day, one in zip(days, estimates([*cases]), strict=True) if one and day >= since}
    assert shown.keys() == told.keys()
    for day, one in shown.items():
        assert all(math.isclose(mine, theirs, rel_tol=1e-6) for mine, theirs in zip(one, told[day], strict=True))
        assert one.low < one.mean < one.high


def test_too_few_cases_say_nothing() -> None:
    assert not any(estimates([]))
    assert not any(estimates([0.0] * 50))
    few = [0.0] * 40
    few[20] = FEWEST - 1.0
    assert not any(estimates([1.0, *few]))
    many = estimates([FEWEST * 1.0] * 40)
    assert next(number for number, one in enumerate(many) if one) == SETTLING + WINDOW - 1


@pytest.mark.parametrize(
    ("number", "cases", "deaths"),
    [
        *((0, 1, 1), (1, 1, 2), (1.9, 1, 2), (2, 1, 3), (5, 1, 3), (5.1, 1, 4)),
        *((19.9, 1, 4), (20, 2, 4), (49.9, 2, 4), (50, 3, 4), (150, 3, 4), (150.1, 4, 4)),
    ],
)
def test_levels_begin_where_the_decree_says(number: float, cases: int, deaths: int) -> None:
    by_cases, admissions, by_deaths = LADDERS
    assert (by_cases.level(number), by_deaths.level(number)) == (cases, deaths)
    assert [admissions.level(n) for n in (4.9, 5, 10, 30, 30.1)] == [1, 2, 3, 3, 4]


def test_capacity_is_adequate_moderate_or_limited() -> None:
    positivity, contacts, beds = CAPACITIES
    assert [positivity.adequacy(n) for n in (4.9, 5, 15, 15.1)] == [ADEQUACY[n] for n in (0, 1, 1, 2)]
    assert [contacts.adequacy(n) for n in (14.1, 14, 5, 4.9)] == [ADEQUACY[n] for n in (0, 1, 1, 2)]
    assert [beds.adequacy(n) for n in (59.9, 60, 80, 80.1)] == [ADEQUACY[n] for n in (0, 1, 1, 2)]


@given(st.floats(0, 1_000), st.floats(0, 1_000))
def test_more_is_never_a_lower_level(one: float, other: float) -> None:
    for ladder in LADDERS:
        levels = [ladder.level(number) for number in sorted((one, other))]
        assert all(first <= second for first, second in pairwise(levels))


def step(ladder: Ladder, number: float | None) -> Step:
    return Step(ladder, number, None if number is None else ladder.level(number))


def test_the_worst_indicator_drives_the_level() -> None:
    cases, admissions, deaths = LADDERS
    assert driver([step(cases, 10), step(admissions, None), step(deaths, 3)]).ladder is deaths  # type: ignore[union-attr]
    assert driver([step(cases, 140), step(deaths, 2.1)]).ladder is cases  # type: ignore[union-attr]  # both 3
    assert driver([step(admissions, None)]) is None


def test_a_week_runs_from_saturday_to_friday_and_is_over() -> None:
    city = load_city("samarinda")
    for number in range(30):
        today = START + DAY * number
        now = dt.datetime.combine(today, dt.time(12), city.tz)
        week = last_week(Asked(Scope(city.slug, city.code, today, today), city, now)).scope
        assert (week.since.isoweekday(), week.until.isoweekday()) == (6, 5)
        assert DAY <= today - week.until <= DAY * 7
