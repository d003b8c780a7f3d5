"""Overround and sharpness on real games, read from the files so that only the measures are on trial.

Published and computed numbers of FACTS: the sd of margins about the line (13.8 in 2009-14, 12.7 in 2020-23) to a
quarter of a point; the closing margin of moneylines (2.7 %) to a tenth of a percent; Brier scores of opener and close
(.2143 and .2109 on 2010-2024, by a normal curve of sd 13) to .0006, for this file has other games of 2024; moves (77 %,
mean 1.18 points) to two percent and .05.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from workbench.market.odds import decimal_from_american
from workbench.market.outcome_scores import calibration_slope, outcome_brier, outcome_log_loss, ranked_probability_score
from workbench.market.overround import fair_probabilities, overround
from workbench.market.sharpness import gain_of_close, line_accuracy
from workbench.stages.studies.epl_prices import epl_view
from workbench.stages.studies.overround_prices import league_closes

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def schedule(real_data: Path) -> pd.DataFrame:
    games = pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet").query("result.notna()")
    return games.assign(cluster=games["season"] * 100 + games["week"])


@pytest.fixture(scope="module")
def ends(real_data: Path, schedule: pd.DataFrame) -> pd.DataFrame:
    """Opener and last line in the sign of home lines, 2010 on."""
    lines = pd.read_parquet(real_data / "nfl_lines" / "open_last_1999_2024.parquet")
    key = "nflverse_game_id" if "nflverse_game_id" in lines else "game_id"
    both = schedule.merge(lines, left_on="game_id", right_on=key, suffixes=("", "_lines"))
    both = both.assign(open=-both["home_spread_open"], close=-both["home_spread_last"])
    return both[(both["season"] >= 2010) & both["open"].notna() & both["close"].notna()]


@pytest.mark.parametrize(("first", "last", "published"), [(2009, 2014, 13.8), (2015, 2019, 12.8), (2020, 2023, 12.7)])
def test_margins_lie_about_the_line_as_published(schedule, first, last, published):
    era = schedule[schedule["season"].between(first, last)]
    found = line_accuracy(era["spread_line"], era["result"], era["cluster"])
    assert found.rmse.value == pytest.approx(published, abs=0.25)
    assert found.rmse.low < published < found.rmse.high


def test_the_close_gains_on_the_opener_what_was_computed(ends):
    played = ends[ends["result"] != 0]
    won = (played["result"] > 0).to_numpy(np.float64)
    brier = {end: float(((ndtr(played[end] / 13.0) - won) ** 2).mean()) for end in ("open", "close")}
    assert brier["open"] == pytest.approx(0.2143, abs=0.0006)
    assert brier["close"] == pytest.approx(0.2109, abs=0.0006)
    gain = gain_of_close(ndtr(played["open"] / 13.0), ndtr(played["close"] / 13.0), won, clusters=played["cluster"])
    assert gain.standard_error == pytest.approx(0.0008, abs=0.0001)
    assert gain.low > 0


def test_lines_move_as_often_and_as_far_as_computed(ends):
    move = (ends["open"] - ends["close"]).abs()
    assert (move > 0).mean() == pytest.approx(0.77, abs=0.02)
    assert move.mean() == pytest.approx(1.18, abs=0.05)


def test_moneylines_carry_the_margin_and_the_log_loss_that_were_computed(schedule):
    priced = schedule[
        schedule["home_moneyline"].notna() & schedule["away_moneyline"].notna() & (schedule["result"] != 0)
    ]
    prices = decimal_from_american(priced[["home_moneyline", "away_moneyline"]].to_numpy(np.float64))
    whole = overround(prices) >= 0
    prices, won = prices[whole], (priced["result"] < 0).to_numpy(np.intp)[whole]
    assert overround(prices).mean() == pytest.approx(0.027, abs=0.001)
    for method in ("proportional", "additive", "power", "odds_ratio"):
        fair = fair_probabilities(prices, method=method)
        assert outcome_log_loss(fair, won).mean() == pytest.approx(0.609, abs=0.002)
        assert outcome_brier(fair, won).mean() == pytest.approx(0.211, abs=0.001)
        slope = calibration_slope(fair, won, priced["cluster"].to_numpy()[whole])
        assert slope.low < 1.0 < slope.high


def test_every_premier_league_match_has_its_pinnacle_close_and_the_close_gains(real_data):
    folder = real_data / "epl"
    if not folder.exists():
        pytest.skip("real data has no folder epl")
    view = epl_view(folder)
    assert view is not None
    closes = league_closes(view)
    pinnacle = closes[closes["source"] == "pinnacle"]
    assert pinnacle.groupby("season").size().to_dict() == dict.fromkeys(range(2012, 2024), 380)
    prices = pinnacle[["price_home", "price_draw", "price_away"]].to_numpy(np.float64)
    assert overround(prices).mean() == pytest.approx(0.0233, abs=0.0002)
    score = ranked_probability_score(fair_probabilities(prices, method="power"), pinnacle["won"])
    assert 0.18 < score.mean() < 0.20
    home = (pinnacle["won"] == 0).mean()
    assert home == pytest.approx(0.45, abs=0.02)
