"""The market-informed forecast: what it learns, what it leaves alone, and lines out of quotes.

Tolerances: planted weights are recovered within four standard errors, which for 4,000 games, moves with sd 1.5 and a
feature of sd 3 is 4 * 1.5 / (3 * sqrt(4000)) = .03 points a point for line moves alone; results may pull a weight by
the stated prior (.15 points a standard deviation: .05 a point), hence .1 in all. Identities hold to 1e-9.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from workbench.features.informed import (
    MARGIN_FEATURES,
    InformedParameters,
    fit_informed,
    fitted_win_sd,
    informed_mean,
    last_moves,
    rest_contrasts,
    win_probability,
)
from workbench.features.line_history import closing_lines, opening_lines

PLANTED = {"model_gap": 0.3, "memory_gap": 0.0, "home": 0.0, "bye": 0.5, "short_week": 0.0}


def _inputs(n: int = 4000, *, seed: int = 3) -> pd.DataFrame:
    """Openers that miss a planted part of what the close and the results know."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"game_id": np.arange(n).astype(str), "season": 2000 + np.arange(n) * 10 // n, "week": 1})
    frame["line"] = rng.normal(2, 6, n).round()
    for name in MARGIN_FEATURES:
        frame[name] = rng.normal(0, 3, n) if name.endswith("gap") else rng.choice([-1.0, 0.0, 1.0], n)
    known = sum(weight * frame[name] for name, weight in PLANTED.items())
    frame["close"] = frame["line"] + known + rng.normal(0, 1.5, n)
    return frame.assign(outcome=(frame["line"] + known + rng.normal(0, 13, n)).round())


INPUTS = _inputs()


def test_planted_weights_are_recovered_from_line_moves_and_results() -> None:
    fitted = fit_informed(INPUTS, before_season=2010)
    weights = dict(zip(fitted.features, fitted.weights, strict=True))
    assert weights["model_gap"] == pytest.approx(PLANTED["model_gap"], abs=0.1)
    assert weights["memory_gap"] == pytest.approx(0.0, abs=0.1)
    # A flag's standard deviation is .8 points a unit, so results may pull it by .15 / .8, and its error is .12.
    assert weights["bye"] == pytest.approx(PLANTED["bye"], abs=0.35)


def test_the_informed_forecast_beats_a_line_that_misses_something() -> None:
    fitted = fit_informed(INPUTS, before_season=2005)
    late = INPUTS[INPUTS["season"] >= 2005]
    # Judged by the close: what is planted (1.0 points squared) stands far above its noise there.
    errors = {"line": late["close"] - late["line"], "informed": late["close"] - informed_mean(late, fitted)}
    assert (errors["informed"] ** 2).mean() < (errors["line"] ** 2).mean() - 0.5


def test_how_far_the_informed_mean_misses_the_close_is_learned_from_earlier_seasons() -> None:
    fitted = fit_informed(INPUTS, before_season=2005)
    # planted: the close knows what the mean learns, but for 1.5 points of its own; 2,000 games, four standard errors
    assert fitted.close_sd == pytest.approx(1.5, abs=4 * 1.5 / np.sqrt(2 * 2000))
    later = INPUTS.assign(close=INPUTS["close"].where(INPUTS["season"] < 2005, 99.0))
    assert fit_informed(later, before_season=2005).close_sd == fitted.close_sd


def test_how_far_it_may_miss_is_not_known_without_games_nor_from_an_older_release() -> None:
    assert fit_informed(INPUTS, before_season=2000).close_sd is None
    few = fit_informed(INPUTS.iloc[: len(MARGIN_FEATURES)], before_season=2010)
    assert (few.n_games, few.close_sd) == (len(MARGIN_FEATURES), None)
    older = {"before_season": 2020, "features": ["model_gap"], "weights": [0.2], "n_games": 900}
    assert TypeAdapter(InformedParameters).validate_python(older).close_sd is None


def test_only_earlier_seasons_are_learned_from() -> None:
    late = INPUTS["season"] >= 2005
    changed = INPUTS.assign(close=INPUTS["close"].where(~late, 99.0), outcome=INPUTS["outcome"].where(~late, -99.0))
    assert fit_informed(changed, before_season=2005) == fit_informed(INPUTS, before_season=2005)


def test_without_earlier_lines_the_line_is_returned_as_it_is() -> None:
    fitted = fit_informed(INPUTS, before_season=1990)
    assert fitted.n_games == 0
    np.testing.assert_array_equal(informed_mean(INPUTS, fitted), INPUTS["line"])


def test_a_game_without_a_line_has_no_informed_mean_and_a_missing_feature_moves_nothing() -> None:
    fitted = fit_informed(INPUTS, before_season=2010)
    row = INPUTS.iloc[[0, 1]].copy()
    row.loc[row.index[0], "line"] = np.nan
    row.loc[row.index[1], list(MARGIN_FEATURES)] = np.nan
    means = informed_mean(row, fitted)
    assert np.isnan(means[0])
    assert means[1] == row["line"].iloc[1]


def test_results_pull_weights_away_from_line_moves_but_not_far() -> None:
    against = INPUTS.assign(outcome=INPUTS["line"] - 3 * INPUTS["model_gap"])
    fitted = fit_informed(against, before_season=2010)
    moved, kept = fitted.weights[0], fitted.move_weights[0]
    assert kept == pytest.approx(PLANTED["model_gap"], abs=0.05)
    assert -3 < moved < kept


@given(st.floats(-20, 20), st.floats(9, 18))
def test_win_probabilities_of_the_two_sides_sum_to_one(margin: float, sd: float) -> None:
    both = win_probability([margin, -margin], sd=sd)
    assert both.sum() == pytest.approx(1.0, abs=1e-9)


def test_the_win_curve_recovers_the_spread_of_normal_results() -> None:
    # 20,000 games with means of sd 6: the standard error of the fitted sd is about .25 points.
    rng = np.random.default_rng(5)
    mean = rng.normal(0, 6, 20_000)
    assert fitted_win_sd(mean, mean + rng.normal(0, 13, len(mean))) == pytest.approx(13.0, abs=1.0)


def _games() -> pd.DataFrame:
    """A plays on two Sundays, rests one, and plays again; B plays on a Monday between."""
    kickoffs = ["2024-09-08 17:00", "2024-09-17 00:15", "2024-09-22 17:00"]
    teams = [("A", "B"), ("C", "B"), ("A", "B")]
    frame = pd.DataFrame(teams, columns=["home_team", "away_team"])
    frame["kickoff_utc"] = pd.to_datetime(kickoffs, utc=True)
    return frame.assign(game_id=["g1", "g2", "g3"], season=2024, week=[1, 2, 3], neutral=False)


def test_rest_is_read_from_the_schedule_home_minus_away() -> None:
    rest = rest_contrasts(_games()).set_index("game_id")
    assert rest.loc["g1"].tolist() == [0.0, 0.0]
    # g3: A comes from 14 days of rest (+1), B from a Monday night (short week: 0 - 1).
    assert rest.loc["g3"].tolist() == [1.0, -1.0]


def test_the_last_move_counts_each_teams_own_way() -> None:
    opening = pd.DataFrame({"game_id": ["g1", "g2"], "line": [3.0, 1.0]})
    closing = pd.DataFrame({"game_id": ["g1", "g2", "g3"], "line": [4.0, -1.0, 7.0]})
    moves = last_moves(_games(), opening=opening, closing=closing).set_index("game_id")["last_move"]
    # g2: B's line had moved 1 point against B (the away side), C has no game yet: 0 - (-1).
    assert moves["g2"] == 1.0
    # g3: A's own +1; B's last line moved 2 its way: 1 - 2.
    assert moves["g3"] == -1.0
    assert moves["g1"] == 0.0


def _quotes() -> pd.DataFrame:
    rows = [
        ("g1", "open", "sbr", 2.5, 1), ("g1", "open", "legacy", 3.0, 1), ("g1", "close", "legacy", 4.0, 9),
        ("g2", "open", "draftkings", -1.0, 2), ("g2", "live", "consensus", -2.0, 5),
        ("g2", "live", "consensus", -2.5, 8), ("g2", "close", "schedule_close", -3.0, 9),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["game_id", "kind", "source", "line", "day"])
    recorded = pd.Timestamp("2024-09-01", tz="UTC") + pd.to_timedelta(frame["day"], unit="D")
    return frame.assign(market="spread", recorded_at=recorded)


def test_one_opener_and_one_close_a_game_by_the_order_of_sources() -> None:
    opening = opening_lines(_quotes()).set_index("game_id")["line"]
    closing = closing_lines(_quotes()).set_index("game_id")["line"]
    assert opening.to_dict() == {"g1": 3.0, "g2": -1.0}
    assert closing.to_dict() == {"g1": 4.0, "g2": -2.5}


def test_totals_and_spreads_are_kept_apart() -> None:
    assert opening_lines(_quotes(), market="total").empty
