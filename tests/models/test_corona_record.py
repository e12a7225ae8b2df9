"""The track record of Rt and of the nowcast: replayed with nothing but what was known then, and better than naive."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pytest

from bench.common.epidemics import COURSES, held_back, renewal, reports
from dashboard.analyses import corona
from dashboard.models.model import Judged
from dashboard.models.nowcast import LONGEST
from etl.cities import load_city

CITY = load_city("samarinda")
DAY = dt.date(2026, 11, 22)
JUDGED = 30  # days replayed here; the record replays more
BACK = JUDGED + corona.BACK
AGES = JUDGED + corona.HISTORY + LONGEST


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corona, "JUDGED_DAYS", JUDGED)


def replayed_rt(counts: list[float], monkeypatch: pytest.MonkeyPatch) -> Sequence[Judged]:
    monkeypatch.setattr(corona, "by_report", lambda *where: counts)
    return corona.tomorrows(None, CITY, DAY)  # type: ignore[arg-type]


def replayed_nowcast(onset: np.ndarray, reported: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Sequence[Judged]:
    known = (reported <= AGES) & (onset >= 0)
    ones = np.ones(int(known.sum()), dtype=np.int64)
    cases = corona.Cases(DAY - dt.timedelta(days=AGES), onset[known], reported[known], ones, 0)
    monkeypatch.setattr(corona, "cases_of", lambda *where: cases)
    return corona.nowcasts(None, CITY, DAY)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(12)
    days = np.arange(AGES + 1, dtype=float)
    return np.minimum(renewal(np.clip(COURSES["waves"](days), 0.85, 1.18), 30, rng), 300), rng


def test_rt_foresees_nothing(drawn: tuple[np.ndarray, np.random.Generator], monkeypatch: pytest.MonkeyPatch) -> None:
    onsets, rng = drawn
    counts = held_back(onsets[-BACK - 1 :], rng).tolist()
    told = replayed_rt(counts, monkeypatch)
    assert told[-1].moment == DAY and len(told) == JUDGED + 1
    other = replayed_rt([*counts[:-20], *([500.0] * 20)], monkeypatch)
    assert [one[:4] for one in other[:-20]] == [one[:4] for one in told[:-20]]
    assert other[-1].said != told[-1].said


def test_rt_is_better_than_last_week(
    drawn: tuple[np.ndarray, np.random.Generator], monkeypatch: pytest.MonkeyPatch
) -> None:
    onsets, rng = drawn
    told = replayed_rt(held_back(onsets[-BACK - 1 :], rng).tolist(), monkeypatch)
    ours, naive = (np.mean([abs(one.came - said) for one, said in pairs]) for pairs in errors(told))
    assert ours < naive
    assert np.mean([one.held for one in told]) >= 0.6


def errors(told: Sequence[Judged]) -> list[list[tuple[Judged, float]]]:
    """Each day with what the model said, and with what the naive forecast said."""
    return [[(one, one.said) for one in told], [(one, one.naive or 0.0) for one in told]]


def test_the_nowcast_foresees_nothing(
    drawn: tuple[np.ndarray, np.random.Generator], monkeypatch: pytest.MonkeyPatch
) -> None:
    onsets, rng = drawn
    onset, reported = reports(onsets, rng)
    told = replayed_nowcast(onset, reported, monkeypatch)
    assert len(told) > 30
    assert all(one.moment <= DAY - dt.timedelta(days=LONGEST) for one in told)
    ours, naive = (np.mean([abs(one.came - said) for one, said in pairs]) for pairs in errors(told))
    assert ours < naive
    last = AGES - 40
    later = np.where(reported > last, reported + 3, reported)  # laboratories fall behind after that day
    other = replayed_nowcast(onset, later, monkeypatch)
    until = DAY - dt.timedelta(days=40 + corona.SPOKEN_OF)
    before = [[one[:4] for one in record if one.moment <= until] for record in (told, other)]
    assert before[0] and before[0] == before[1]
