"""The study of the backtest: what it refuses, and its share of the gap worked by hand.

Tolerances: sums of a few doubles, 1e-12.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workbench.errors import MissingArtifactError, ParameterError
from workbench.stages.studies.backtest import _instant, _seasons, opener_gain
from workbench.stages.studies.backtest_tried import odds_slope, recalibrated_gain
from workbench.stages.studies.catalogue import study_named

CLOSE = 1e-12


def evaluated(*games: tuple[int, float, float, float, float]) -> pd.DataFrame:
    """Rows of week, model, market, close, outcome."""
    frame = pd.DataFrame(games, columns=["week", "model", "market", "close", "outcome"])
    return frame.assign(season=2024, target="win", game_id=[f"g{n}" for n in range(len(frame))])


def test_the_share_of_the_gap_is_the_gain_over_what_there_was_to_gain():
    # market .6: error .16 when it wins, .36 when it loses; model .7: .09 and .49; close .8: .04 and .64
    found = opener_gain(
        evaluated((1, 0.7, 0.6, 0.8, 1.0), (2, 0.7, 0.6, 0.8, 1.0), (3, 0.7, 0.6, 0.8, 0.0)),
        rng=np.random.default_rng(1),
    )
    assert found is not None
    assert found.gain.value == pytest.approx((0.07 + 0.07 - 0.13) / 3, abs=CLOSE)
    assert found.gap.value == pytest.approx((0.12 + 0.12 - 0.28) / 3, abs=CLOSE)
    assert found.share == pytest.approx(0.01 / -0.04, abs=1e-9)


def test_a_model_that_says_what_the_market_says_gains_nothing_and_one_that_says_the_close_gains_all():
    rng = np.random.default_rng(2)
    n = 2000
    market, close = rng.uniform(0.2, 0.8, n), rng.uniform(0.2, 0.8, n)
    won = (rng.random(n) < close).astype(float)
    weeks = np.repeat(np.arange(1, 101), 20)
    none = opener_gain(evaluated(*zip(weeks, market, market, close, won, strict=True)), rng=rng)
    every = opener_gain(evaluated(*zip(weeks, close, market, close, won, strict=True)), rng=rng)
    assert none is not None
    assert every is not None
    assert (none.share, none.share_low, none.share_high) == (0.0, 0.0, 0.0)
    assert every.share == pytest.approx(1.0, abs=CLOSE)
    assert (every.share_low, every.share_high) == pytest.approx((1.0, 1.0), abs=CLOSE)
    assert every.gain.low > 0


def test_one_week_says_nothing_of_weeks():
    assert (
        opener_gain(evaluated((1, 0.7, 0.6, 0.8, 1.0), (1, 0.5, 0.6, 0.8, 0.0)), rng=np.random.default_rng(1)) is None
    )


def test_a_timid_forecast_is_recalibrated_by_the_seasons_before_it():
    rng = np.random.default_rng(5)
    true = rng.uniform(0.1, 0.9, 3000)
    timid = 1 / (1 + ((1 - true) / true) ** 0.5)
    won = (rng.random(3000) < true).astype(float)
    weeks = np.tile(np.repeat(np.arange(1, 21), 50), 3)
    games = evaluated(*zip(weeks, timid, timid, true, won, strict=True)).assign(
        season=np.repeat([2021, 2022, 2023], 1000)
    )
    found = recalibrated_gain(games)
    assert found is not None
    assert found.low > 0  # the market here is the timid forecast itself
    assert found.n == 1000  # two seasons only teach
    assert odds_slope(timid, won) == pytest.approx(2.0, abs=0.2)
    assert recalibrated_gain(games[games["season"] < 2023]) is None


def test_an_instant_is_the_opener_or_wednesday():
    assert (_instant("open"), _instant("wednesday")) == ("open", "wednesday")
    with pytest.raises(ParameterError, match="decide_at must be open or wednesday, got 'friday'"):
        _instant("friday")


def test_a_season_needs_two_before_it():
    run = SimpleNamespace(seasons=[2008, 2009, 2010, 2011])
    assert _seasons(run, []) == [2010, 2011]
    assert _seasons(run, [2011]) == [2011]
    for asked in ([2009], [2011, 2031]):
        with pytest.raises(MissingArtifactError, match="cannot be walked: a season needs 2 earlier ones"):
            _seasons(run, asked)


def test_a_league_has_a_backtest_of_its_own_where_it_is_another_market():
    assert study_named("backtest", league="nfl").name == "backtest"
    assert study_named("backtest", league="demo").name == "backtest"
