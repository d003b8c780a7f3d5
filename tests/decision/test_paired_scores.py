"""Scores on identical games, Holm, and closed-form clustered ratios and lines.

Hand-worked values: 1e-9; against another library: 1e-9. Coverage of 150 trials of a 95 % interval has a standard error
of 1.8 points: held to 90-99 %.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linearmodels.iv import IV2SLS

from tests.walks import invented_bets, invented_games
from workbench.decision.clustered import clustered_line, clustered_ratio, p_value, weeks_of
from workbench.decision.paired_scores import paired_gains, paired_scores
from workbench.errors import ValidationError
from workbench.intervals import holm

GAMES = pd.DataFrame(
    {
        "game_id": ["a", "b", "c", "d"], "season": 2020, "week": [1, 1, 2, 2], "game_type": "REG", "target": "win",
        "model": [0.8, 0.6, 0.3, 0.5], "market": [0.7, 0.5, 0.4, 0.5], "close": [0.9, 0.6, 0.2, 0.6],
        "outcome": [1.0, 0.0, 0.0, 0.5],
    }
)  # fmt: skip


def test_a_gain_by_hand() -> None:
    # Brier of the model .04 .36 .09 .00, of the market .09 .25 .16 .00: gains .05 -.11 .07 .00, weeks -.03 and .035
    found = paired_gains(GAMES, by="model", over=["market"]).iloc[0]
    assert found["gain"] == pytest.approx(0.0025, abs=1e-9)
    # sums of residuals by week: -.065 and .065; sqrt(2 / 1 x 2 x .065 ** 2) / 4
    assert found["standard_error"] == pytest.approx(0.0325, abs=1e-9)


def test_everyone_is_compared_on_games_that_all_of_them_forecast() -> None:
    peers = pd.DataFrame({"elo": [0.6, np.nan, 0.4, 0.5], "silent": np.nan}, index=["a", "b", "c", "d"])
    found = paired_scores(GAMES, peers=peers)
    assert found.left_out == ("silent",)
    games = found.scores.groupby("population")["games"].unique().map(list).to_dict()
    assert games == {"all": [4], "elo": [3], "common": [3]}
    own = found.scores.query("population == 'elo' and forecaster == 'model'")["brier"].item()
    assert own == pytest.approx((0.04 + 0.09 + 0.0) / 3, abs=1e-9)


def test_a_game_forecast_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="a is there twice"):
        paired_scores(GAMES, peers=pd.DataFrame({"elo": [0.5, 0.6]}, index=["a", "a"]))


def test_a_game_without_an_outcome_moves_nothing() -> None:
    waiting = GAMES.assign(game_id=["e", "f", "g", "h"], outcome=np.nan)
    both = paired_scores(pd.concat([GAMES, waiting], ignore_index=True))
    pd.testing.assert_frame_equal(both.gains, paired_scores(GAMES).gains)


def test_holm_gives_the_textbook_example() -> None:
    # the worked example of the encyclopaedia's article on Holm-Bonferroni: .01 .04 .03 .005
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert np.isnan(holm([0.01, np.nan])[1])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_holm_lies_between_the_p_value_and_bonferroni(p_values: list[float]) -> None:
    given_p, adjusted = np.array(p_values), holm(p_values)
    assert (adjusted >= given_p - 1e-12).all()
    assert (adjusted <= np.minimum(given_p * len(given_p), 1.0) + 1e-12).all()


def test_only_peers_pay_for_being_many() -> None:
    rng = np.random.default_rng(2)
    games = invented_games(rng)
    peers = pd.DataFrame({f"p{k}": games["close"].to_numpy() for k in range(3)}, index=games["game_id"])
    gains = paired_scores(games, peers=peers).gains.query("by == 'model' and score == 'brier'")
    own = gains[gains["population"] == gains["over"]]
    assert own["p_holm"].tolist() == pytest.approx((3 * own["p_value"]).clip(upper=1.0).tolist())
    market = gains[gains["over"] == "market"]
    assert market["p_holm"].tolist() == market["p_value"].tolist()


def test_a_planted_gain_is_covered_and_a_better_forecaster_found() -> None:
    rng = np.random.default_rng(11)
    truth, covered, worse = [], 0, 0
    for _ in range(150):
        games = invented_games(rng, weeks=15, per_week=10)
        # given the chance, the expected gain is known without the outcomes
        p, model, market = (games[name].to_numpy() for name in ("close", "model", "market"))
        expected = np.mean((market - p) ** 2 - (model - p) ** 2)
        found = paired_gains(games, by="model", over=["market"]).iloc[0]
        covered += found["low"] <= expected <= found["high"]
        worse += found["gain"] < 0
        truth.append(expected)
    assert np.mean(truth) < 0  # the model sees through twice the noise
    assert 0.90 <= covered / 150 <= 0.99
    assert worse / 150 > 0.75  # one season tells it three times in four


def test_a_line_equals_the_one_of_another_library() -> None:
    bets = invented_bets(np.random.default_rng(3), slope=0.4)
    x, y, weeks = bets["edge_points"], bets["clv_points"], weeks_of(bets)
    found = clustered_line(x, y, weeks)
    design = pd.DataFrame({"x": x, "one": 1.0})
    fitted = IV2SLS(y, design, None, None).fit(cov_type="clustered", clusters=weeks, debiased=True)
    assert found.slope.value == pytest.approx(fitted.params["x"], abs=1e-9)
    groups, n = len(np.unique(weeks)), len(x)
    # linearmodels corrects by (n - 1) / (n - k) x G / (G - 1) as we do, up to its own debiasing
    ratio = found.slope.standard_error / float(np.sqrt(fitted.cov.loc["x", "x"]))
    assert ratio == pytest.approx(1.0, abs=0.5 / groups + 2 / n)


def test_a_ratio_by_hand() -> None:
    # 10 won on 20 staked in week 1, 4 lost on 10 in week 2: 6 / 30 = .2; residuals 10 - 4 = 6 and -4 - 2 = -6
    found = clustered_ratio([10.0, -4.0], [20.0, 10.0], [1, 2])
    assert found.value == pytest.approx(0.2, abs=1e-9)
    assert found.standard_error == pytest.approx(np.sqrt(2 * 72) / 30, abs=1e-9)
    assert np.isnan(clustered_ratio([], [], []).value)
    assert np.isnan(p_value(clustered_ratio([1.0], [2.0], [1])))


def test_a_line_needs_every_value() -> None:
    with pytest.raises(ValidationError, match="without a close"):
        clustered_line([1.0, np.nan, 2.0], [1.0, 2.0, 3.0], [1, 2, 3])
