"""Erlang C and A: published examples to the printed digits, and what must always hold."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.models.erlang import Load, erlang_b, erlang_c, needed, service

# Garnett, Mandelbaum, Reiman (2002), doi:10.1287/msom.4.3.208.7753, the comparison at the beginning: 50 agents, 48
# calls a minute, talks of a minute on the average, patience of two minutes or without end.
MINUTE_S = 60.0
GARNETT = Load(48 * 60, MINUTE_S, 2 * MINUTE_S), Load(48 * 60, MINUTE_S)


def test_impatient_callers_as_garnett_mandelbaum_and_reiman_print_them() -> None:
    found = service(GARNETT[0], 50)
    assert f"{100 * found.abandons:.1f} %" == "3.1 %"
    assert f"{found.mean_wait_s:.1f}" == "3.7"
    assert f"{found.mean_wait_s * 48 / 60:.0f}" == "3"  # callers in the queue
    assert f"{100 * found.busy:.0f} %" == "93 %"


def test_patient_callers_as_garnett_mandelbaum_and_reiman_print_them() -> None:
    found = service(GARNETT[1], 50)
    assert f"{found.mean_wait_s:.1f}" == "20.8"
    assert f"{found.wait_exceeded_by(0.1):.1f}" == "58.1"
    assert f"{found.mean_wait_s * 48 / 60:.0f}" == "17"
    assert f"{100 * found.busy:.0f} %" == "96 %"


@pytest.mark.parametrize(
    ("takers", "erlangs", "printed"),
    [(2, 1.0, "0.333333"), (5, 3.0, "0.236152"), (20, 15.0, "0.160429"), (12, 10.0, "0.44939")],
)
def test_the_delay_formula(takers: int, erlangs: float, printed: str) -> None:
    """Values that can be reckoned by hand: two takers and one erlang let one caller in three wait."""
    assert f"{erlang_c(takers, erlangs):.{len(printed) - 2}f}" == printed


@pytest.mark.parametrize(
    ("trunks", "erlangs", "printed"), [(5, 2.0, "0.0367"), (14, 10.0, "0.0568"), (10, 5.0, "0.0184")]
)
def test_the_loss_formula(trunks: int, erlangs: float, printed: str) -> None:
    assert f"{erlang_b(trunks, erlangs):.4f}" == printed


def test_100_calls_in_half_an_hour_of_three_minutes_with_14_takers() -> None:
    """Call Centre Helper, "Erlang C Formula – Made Simple With an Easy Worked Example"."""
    found = service(Load(200, 180), 14)
    assert (found.load.erlangs, f"{100 * found.waits:.2f} %", f"{found.mean_wait_s:.1f}") == (10, "17.41 %", "7.8")
    assert (f"{100 * found.within(20):.1f} %", f"{100 * found.busy:.1f} %") == ("88.8 %", "71.4 %")


def test_360_calls_in_half_an_hour_of_four_minutes_with_55_takers() -> None:
    """Mitan Ltd., "The Erlang-C Formula", its calculation step by step."""
    found = service(Load(720, 240), 55)
    assert (found.load.erlangs, f"{found.waits:.3f}", f"{found.mean_wait_s:.1f}") == (48, "0.239", "8.2")
    assert f"{found.within(15):.3f}" == "0.846"


@given(st.floats(0.5, 150), st.floats(10, 200), st.floats(5, 300), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_impatience(calls: float, handling: float, patience: float, takers: int) -> None:
    found = service(Load(calls, handling, patience), takers)
    assert 0 <= found.abandons <= found.waits <= 1 and 0 <= found.busy <= 1
    # who hangs up does so at a rate of one a patience: P(abandon) = E[wait] ÷ patience
    assert found.abandons == pytest.approx(found.mean_wait_s / patience, abs=1e-9)
    shares = [found.within(seconds) for seconds in (0, 5, 15, 20, 60)]
    assert shares == sorted(shares) and shares[0] == pytest.approx(1 - found.waits, abs=1e-9)
    assert shares[-1] <= 1 - found.abandons + 1e-9
    assert found.within(20 * patience) == pytest.approx(1 - found.abandons, abs=1e-6)


@given(st.floats(1, 150), st.floats(10, 400), st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_patience_without_end_is_erlang_c(calls: float, handling: float, more: int) -> None:
    takers = math.floor(calls * handling / 3600) + more
    patient, endless = service(Load(calls, handling), takers), service(Load(calls, handling, 1e10), takers)
    assert endless.waits == pytest.approx(patient.waits, abs=1e-5)
    assert endless.within(15) == pytest.approx(patient.within(15), abs=1e-5)


@given(st.floats(0, 300), st.floats(20, 300), st.one_of(st.none(), st.floats(20, 600)))
@settings(max_examples=30, deadline=None)
def test_the_fewest_that_are_enough(calls: float, handling: float, patience: float | None) -> None:
    load = Load(calls, handling, patience)
    takers = needed(load)
    assert takers
    assert all(service(load, takers).within(seconds) >= share for share, seconds in ((0.9, 15), (0.95, 20)))
    if takers > 1:
        fewer = service(load, takers - 1)
        assert fewer.within(15) < 0.9 or fewer.within(20) < 0.95


def test_too_few_takers_never_catch_up_and_too_much_has_no_answer() -> None:
    drowned = service(Load(100, 360), 5)
    assert (drowned.waits, drowned.within(1e6), drowned.mean_wait_s) == (1.0, 0.0, math.inf)
    assert needed(Load(100_000, 600)) is None


@pytest.mark.parametrize("load", [Load(-1, 60), Load(1, 0), Load(1, 60, 0)])
def test_what_is_no_desk_is_refused(load: Load) -> None:
    with pytest.raises(ValueError, match="no such desk"):
        service(load, 3)
