"""The share the line leaves: Fieller's set, its bootstrap, and the joint numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.causal.games.game_design import GameDesign
from workbench.causal.games.ratio import fieller, two_numbers

#: Root against definition: rounding only.
SAME = 1e-8


def games(seed: int, *, effect: float, unpriced: float, seasons: int = 12) -> pd.DataFrame:
    """Games whose line holds strength and all but a share of the effect; half the events come after the opener."""
    rng = np.random.default_rng(seed)
    rows = []
    for season in range(seasons):
        strength = rng.normal(0, 5, 16)
        for week in range(16):
            order = rng.permutation(16)
            for home, away in zip(order[:8], order[8:], strict=True):
                shock = float(rng.integers(-1, 2)) * (rng.random() < 0.5)
                late = shock * (rng.random() < 0.5)
                base = strength[home] - strength[away] + 2
                line = base + (1 - unpriced) * effect * shock + rng.normal(0, 1)
                opener = base + effect * (shock - late) + rng.normal(0, 1)
                margin = base + effect * shock + rng.normal(0, 12)
                rows.append((season, week, home, away, shock, late, margin, margin - line, margin - opener, line))
    names = ["season", "week", "home_team", "away_team", "shock", "late", "margin", "margin_vs_close", "margin_vs_open"]
    return pd.DataFrame(rows, columns=[*names, "close_line"])


def test_without_covariance_fieller_is_the_interval_worked_by_hand():
    # (2 - 4 r)^2 = z^2 (0.04 + 0.04 r^2), with z^2 = 3.8415: (16 - .15366) r^2 - 16 r + (4 - .15366) = 0.
    ratio = fieller((4.0, 2.0), covariance=np.diag([0.04, 0.04]), freedom=1e9)
    assert sorted(np.roots([16 - 0.153658, -16, 4 - 0.153658])) == pytest.approx(ratio.ends, abs=1e-4)
    assert ratio.bounded


@settings(max_examples=60, deadline=None)
@given(
    a=st.floats(-5, 5), b=st.floats(-5, 5), sa=st.floats(0.1, 3), sb=st.floats(0.1, 3), rho=st.floats(-0.9, 0.9),
    r=st.floats(-20, 20),
)  # fmt: skip
def test_fieller_keeps_exactly_the_ratios_that_the_numbers_do_not_contradict(a, b, sa, sb, rho, r):
    covariance = np.array([[sa**2, rho * sa * sb], [rho * sa * sb, sb**2]])
    ratio = fieller((a, b), covariance=covariance, freedom=1e9)
    distance = abs(b - r * a) / np.sqrt(sb**2 - 2 * r * rho * sa * sb + r * r * sa**2)
    if abs(distance - 1.959964) < 1e-4:
        return
    inside = {"everything": True, "interval": False, "outside": True}[ratio.kind]
    if ratio.ends:
        between = ratio.ends[0] <= r <= ratio.ends[1]
        inside = between if ratio.kind == "interval" else not between
    assert inside == (distance < 1.959964)


def test_an_effect_that_may_be_nothing_has_no_bounded_share():
    ratio = fieller((0.5, 2.0), covariance=np.diag([1.0, 0.1]), freedom=60)
    assert (ratio.bounded, ratio.low, ratio.high) == (False, -np.inf, np.inf)


def test_a_planted_unpriced_share_lies_in_its_interval():
    numbers = two_numbers(games(1, effect=6.0, unpriced=0.3), treatment="shock", between="late")
    assert numbers.bounded
    assert numbers.share_low < 0.3 < numbers.share_high
    assert numbers.bootstrap_low < 0.3 < numbers.bootstrap_high
    assert numbers.share == pytest.approx(numbers.left_after_close.value / numbers.effect.value)


def test_what_was_known_before_the_opener_is_not_left_after_it():
    rows = games(2, effect=6.0, unpriced=0.3)
    numbers = two_numbers(rows, treatment="shock", between="late")
    assert numbers.left_after_open is not None
    # The opener knew the early half whole and the late half not at all.
    assert numbers.left_after_open.value == pytest.approx(6.0, abs=3 * numbers.left_after_open.standard_error)
    assert numbers.left_after_open.treated == int((rows["late"] != 0).sum())
    assert two_numbers(rows, treatment="shock").left_after_open is None


def test_what_the_line_took_and_what_it_left_add_up_on_the_same_games():
    rows = games(3, effect=6.0, unpriced=0.3, seasons=4)
    rows.loc[:9, "margin_vs_close"] = np.nan
    numbers = two_numbers(rows, treatment="shock")
    priced = GameDesign(outcome="close_line", treatment="shock").fit(rows.iloc[10:])
    assert numbers.effect.value == pytest.approx(priced.value + numbers.left_after_close.value, abs=SAME)
    assert numbers.effect.rows == numbers.left_after_close.rows == len(rows) - 10


def test_the_joint_covariance_holds_both_standard_errors():
    numbers = two_numbers(games(4, effect=6.0, unpriced=0.3, seasons=4), treatment="shock")
    errors = [numbers.effect.standard_error, numbers.left_after_close.standard_error]
    assert np.sqrt(np.diag(numbers.covariance)) == pytest.approx(errors, rel=1e-9)
