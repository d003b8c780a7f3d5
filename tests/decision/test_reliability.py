"""Reliability without bins and the split of a score.

Hand-worked values and another library's fit: 1e-9. A test at 5 % on 100 seasons rejects a calibrated forecaster five
times, with a standard error of 2.2: held to 0-12.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from workbench.decision.reliability import recalibrated, reliability_of, score_split
from workbench.errors import ValidationError

SAID = [0.1, 0.3, 0.3, 0.6, 0.9]
HAPPENED = [0.0, 1.0, 0.0, 0.0, 1.0]
FORECASTS = st.lists(
    st.tuples(st.floats(0.01, 0.99), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=40
)  # fmt: skip


def test_a_split_by_hand() -> None:
    # pooled: .1 -> 0; .3 .3 .6 -> 1/3; .9 -> 1. Scores: said .192, recalibrated 2/3 / 5, constant .4 x .6
    assert recalibrated(SAID, HAPPENED).tolist() == pytest.approx([0.0, 1 / 3, 1 / 3, 1 / 3, 1.0], abs=1e-9)
    found = score_split(SAID, HAPPENED)
    said = (0.01 + 0.49 + 0.09 + 0.36 + 0.01) / 5
    assert found.score == pytest.approx(said, abs=1e-9)
    assert found.miscalibration == pytest.approx(said - 2 / 15, abs=1e-9)
    assert found.discrimination == pytest.approx(0.24 - 2 / 15, abs=1e-9)
    assert found.uncertainty == pytest.approx(0.24, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(rows=FORECASTS, score=st.sampled_from(["brier", "log_loss"]))
def test_a_score_is_its_parts_and_neither_part_is_negative(rows: list[tuple[float, float]], score: str) -> None:
    said, happened = zip(*rows, strict=True)
    found = score_split(said, happened, score=score)  # type: ignore[arg-type]
    assert found.score == pytest.approx(found.miscalibration - found.discrimination + found.uncertainty, abs=1e-9)
    assert found.miscalibration >= -1e-9
    assert found.discrimination >= -1e-9


@settings(max_examples=30, deadline=None)
@given(rows=FORECASTS)
def test_recalibration_is_scikit_learns_and_done_twice_changes_nothing(rows: list[tuple[float, float]]) -> None:
    said, happened = (np.array(part) for part in zip(*rows, strict=True))
    ours = recalibrated(said, happened)
    theirs = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(said, happened).predict(said)
    assert ours == pytest.approx(theirs, abs=1e-9)
    assert recalibrated(ours, happened) == pytest.approx(ours, abs=1e-9)


def test_a_calibrated_forecaster_is_rejected_as_often_as_promised_and_stays_in_its_band() -> None:
    rng = np.random.default_rng(4)
    rejected, outside = 0, []
    for _ in range(100):
        chance = rng.uniform(0.2, 0.85, 120)
        found = reliability_of(chance, rng.random(120) < chance, rng=rng, resamples=59)
        rejected += found.splits.set_index("score_name").loc["brier", "p_value"] <= 0.05
        outside.append(found.share_outside)
    assert rejected <= 12
    assert np.mean(outside) < 0.08  # a twentieth, and sixty resamples are few


def test_an_overconfident_forecaster_is_found() -> None:
    rng = np.random.default_rng(6)
    logit = rng.normal(0.0, 0.7, 1500)
    happened = rng.random(1500) < expit(logit)
    found = reliability_of(expit(2.0 * logit), happened, rng=rng, resamples=200)
    assert (found.splits["p_value"] < 0.01).all()
    assert (found.splits["miscalibration"] > found.splits["calibrated_high"]).all()
    low, high = found.curve.iloc[[30, -30]].to_dict("records")
    assert low["recalibrated"] > low["predicted"]  # what it said was hopeless happened more often
    assert high["recalibrated"] < high["predicted"]


def test_the_runs_hold_every_game_and_missing_rows_are_left_out() -> None:
    found = reliability_of([*SAID, np.nan, 0.5], [*HAPPENED, 1.0, np.nan], rng=np.random.default_rng(0), resamples=20)
    assert found.n == 5
    assert found.bins["n"].tolist() == [1, 3, 1]
    assert found.bins["recalibrated"].tolist() == pytest.approx([0.0, 1 / 3, 1.0])
    assert found.bins["predicted"].tolist() == pytest.approx([0.1, 0.4, 0.9])


def test_odds_are_not_probabilities() -> None:
    with pytest.raises(ValidationError, match="or odds"):
        score_split([1.91, 0.5], [1.0, 0.0])
    with pytest.raises(ValidationError, match="Each forecast needs its outcome"):
        score_split([], [])
