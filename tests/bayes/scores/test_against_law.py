"""Scores against a known law, worked by hand and held to the mean of their namesakes over every outcome of it.

Tolerances: rounding of the same sum written twice; shares of tiny atoms (Dirichlet draws) lose some more digits.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.bayes.forecast import IntegerForecast, Support
from workbench.bayes.scores.against_law import crps_excess, exact_share_held, share_held
from workbench.bayes.scores.coverage import coverage, exact_coverage
from workbench.bayes.scores.proper import crps
from workbench.errors import ValidationError

DIE = IntegerForecast(Support(1, 6), np.arange(1, 7)[None] / 6)


def drawn_law(seed: int, *, width: int = 12) -> IntegerForecast:
    """A law of one row, a few of its atoms large."""
    mass = np.random.default_rng(seed).dirichlet(np.full(width, 0.4))
    cdf = np.cumsum(mass)
    return IntegerForecast(Support(-3, width - 4), np.append(cdf[:-1], 1.0)[None])


class TestByHand:
    def test_a_die_is_held_by_the_faces_between_the_ends(self):
        assert share_held(DIE, [2], [4])[0] == pytest.approx(3 / 6)
        assert share_held(DIE, [2], [4], mid=True)[0] == pytest.approx(2 / 6)

    def test_an_interval_of_one_face_holds_it_whole(self):
        assert share_held(DIE, [3], [3], mid=True)[0] == pytest.approx(1 / 6)

    def test_ends_between_faces_lose_no_half(self):
        assert share_held(DIE, [1.5], [4.5], mid=True)[0] == pytest.approx(3 / 6)

    def test_the_excess_of_a_certain_forecast_is_what_the_law_spreads(self):
        sure = IntegerForecast(Support(0, 1), np.array([[0.0, 1.0]]))
        coin = IntegerForecast(Support(0, 1), np.array([[0.5, 1.0]]))
        assert crps_excess(sure, coin).tolist() == [0.25]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), level=st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_the_law_itself_has_no_excess_and_holds_exactly_the_level(seed, level):
    law = drawn_law(seed)
    assert crps_excess(law, law).tolist() == [0.0]
    assert exact_share_held(law, law, level=level)[0] == pytest.approx(level, abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_each_score_is_the_mean_of_its_namesake_over_the_law(seed):
    law, said = drawn_law(seed), drawn_law(seed + 1)
    yards, mass = law.support.yards, law.mass[0]
    same, own = (one.rows(np.zeros(len(yards), dtype=np.int64)) for one in (said, law))
    low, high = (np.repeat(end, len(yards)) for end in said.interval(0.9))
    for mid in (False, True):
        mean = mass @ coverage((low, high), yards, level=0.9, mid=mid)
        assert share_held(law, low[:1], high[:1], mid=mid)[0] == pytest.approx(mean, abs=1e-12)
    exact = mass @ exact_coverage(same, yards, level=0.9)
    assert exact_share_held(said, law, level=0.9)[0] == pytest.approx(exact, abs=1e-9)
    excess = mass @ (crps(same, yards) - crps(own, yards))
    assert crps_excess(said, law)[0] == pytest.approx(excess, abs=1e-9)


def test_laws_of_other_rows_are_refused():
    with pytest.raises(ValidationError, match="law of the same rows"):
        crps_excess(DIE, drawn_law(1))
    with pytest.raises(ValidationError, match="2 and 1 rows"):
        exact_share_held(DIE.rows([0, 0]), DIE, level=0.9)
