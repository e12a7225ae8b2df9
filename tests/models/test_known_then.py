"""Complaints are judged with what was known then: no week knows how those end that were open when it began."""

import datetime as dt

import numpy as np
import pytest

from dashboard.analyses.services import COMING_DAYS, EARLIER_DAYS, Tickets, closings, middles

SINCE, DAYS = dt.datetime(2025, 1, 1, tzinfo=dt.UTC), 260.0
OPENED = np.arange(0, DAYS, 0.25)


def tickets(took: float | np.ndarray) -> Tickets:
    closed = OPENED + took
    return Tickets(OPENED, np.where(closed <= DAYS, closed, np.inf), SINCE)


def test_who_knew_the_end_would_say_that_some_are_closed_at_once():
    """Each takes ten days; those of the last days before a week are open when it begins."""
    told = list(closings(tickets(10.0), DAYS, limit=5.0))
    assert len(told) > 15
    assert {(one.said, one.low, one.high, one.naive, one.came) for one in told} == {(0.0, 0.0, 0.0, 0.0, 0.0)}


def test_a_change_of_pace_is_seen_when_it_has_come_and_not_before():
    slower = OPENED >= 150
    told = {one.at: one for one in closings(tickets(np.where(slower, 30.0, 2.0)), DAYS, limit=14.0)}
    before, after = [at for at in told if at <= 150], [at for at in told if at >= 150 + EARLIER_DAYS - 7]
    assert all(told[at].said == 100 for at in before)
    assert told[min(at for at in told if at > 150)].came == 0
    assert not after or told[max(after)].said < 60
    assert sum(one.low <= one.came <= one.high for one in told.values()) < len(told)  # and the record says so


def test_the_middle_is_said_before_its_month_and_known_after_it():
    told = list(middles(tickets(np.where(np.arange(len(OPENED)) % 2, 2.0, 8.0)), DAYS))
    assert told and max(one.at for one in told) + 1.5 * COMING_DAYS <= DAYS + 1e-6
    assert all(one.low <= one.came <= one.high for one in told)
    assert all(one.said == pytest.approx(2.0, abs=6.1) for one in told)


def test_nothing_is_said_without_complaints_or_days():
    nothing = Tickets(np.zeros(0), np.zeros(0), SINCE)
    assert list(closings(nothing, DAYS, 14.0)) == list(middles(nothing, DAYS)) == []
    short = OPENED < EARLIER_DAYS
    assert list(closings(Tickets(OPENED[short], OPENED[short] + 1, SINCE), float(EARLIER_DAYS), 14.0)) == []
