"""The risk of a slip. By hand to 1e-9; sums pooled within a hundred-thousandth of the base a game."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.decision.model import ModelDraws
from workbench.decision.slip import Slip
from workbench.decision.slip_risk import market_draws, slip_risk, week_profits, week_risk
from workbench.risk.ruin import STEP

Frames = dict[str, pd.DataFrame]
Decide = Callable[..., Slip]


def two_games() -> ModelDraws:
    """Margins of -3, 1, 4 and 10 with chances .3, .2, .3, .2, in two games; totals of 40 and the margin."""
    margin = np.array([[-3, 1, 4, 10]] * 2, dtype=np.int16)
    return ModelDraws(
        np.array(["g1", "g2"]),
        (20 + margin).astype(np.int16),
        np.full((2, 4), 20, dtype=np.int16),
        np.array([[0.3, 0.2, 0.3, 0.2]] * 2),
        np.full(2, 2.5),
        np.full(2, 42.5),
    )


def slip(*rows: tuple[str, str, str, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["game_id", "market", "side", "line", "price", "stake_share"])


SPREAD = ("g1", "spread", "home", 2.5, 1.9, 0.02)
WIN = ("g1", "moneyline", "home", np.nan, 1.5, 0.01)


def test_bets_of_one_game_share_its_draws_by_hand() -> None:
    # -3: both lost; 1: the winner won, the spread lost; 4 and 10: both won
    profits = week_profits(slip(SPREAD, WIN), two_games())
    assert profits.values == pytest.approx([-0.03, -0.015, 0.023], abs=1e-9)
    assert profits.chances == pytest.approx([0.3, 0.2, 0.5], abs=1e-9)


def test_bets_on_two_games_are_independent_by_hand() -> None:
    profits = week_profits(slip(SPREAD, ("g2", *SPREAD[1:])), two_games())
    assert profits.values == pytest.approx([-0.04, -0.002, 0.036], abs=STEP)
    assert profits.chances == pytest.approx([0.25, 0.5, 0.25], abs=1e-9)


def test_a_single_bets_risk_by_hand() -> None:
    found = slip_risk(slip(SPREAD), two_games(), rng=np.random.default_rng(1))
    assert found.value_at_risk == found.expected_shortfall == pytest.approx(0.02, abs=1e-9)
    assert found.profits.chance_of_loss == pytest.approx(0.5, abs=1e-9)
    assert found.profits.mean == pytest.approx(0.02 * (0.5 * 0.9 - 0.5), abs=1e-9)


def quoted(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    """Both sides of g1's markets: market, side, line, no-vig probability."""
    frame = pd.DataFrame(list(rows), columns=["market", "side", "line", "market_win"])
    return frame.assign(game_id="g1", price=1.9, stake_share=0.01)


SPREADS = [("spread", "away", 1.0, 0.5), ("spread", "home", 1.0, 0.5)]


def test_the_market_gives_every_side_its_no_vig_chance_and_pushes_stay_out_of_it() -> None:
    totals = [("total", "over", 43.0, 0.35), ("total", "under", 43.0, 0.65)]
    prices = quoted(*SPREADS, *totals)
    seen = market_draws(prices.iloc[[1, 2]], prices, draws=two_games())
    assert seen is not None
    assert seen.game_ids.tolist() == ["g1"]
    margin, weights = seen.home[0] - seen.away[0], seen.weights[0]
    # -3 loses, 1 pushes, 4 and 10 win: won and lost alike; of totals 37, 41, 44 and 50 the last two are over
    assert weights[margin > 1].sum() == pytest.approx(weights[margin < 1].sum(), abs=1e-6)
    assert weights[margin > 3].sum() == pytest.approx(0.35, abs=1e-6)
    # within what no price tells apart the model's proportions stay
    assert weights[2] / weights[3] == pytest.approx(0.3 / 0.2, abs=1e-6)


def test_home_draw_and_away_may_all_be_met() -> None:
    prices = quoted(("1x2", "away", np.nan, 0.25), ("1x2", "draw", np.nan, 0.35), ("1x2", "home", np.nan, 0.40))
    margin = np.array([[-1, 0, 0, 2]] * 2, dtype=np.int16)
    seen = market_draws(prices.iloc[[2]], prices, draws=replace(two_games(), home=(20 + margin).astype(np.int16)))
    assert seen is not None
    assert seen.weights[0] == pytest.approx([0.25, 0.35 * 0.4, 0.35 * 0.6, 0.40], abs=1e-6)


def test_prices_that_no_weights_can_meet_have_no_market_view() -> None:
    # the favourite covers more often than it wins
    wins = [("moneyline", "away", np.nan, 0.7), ("moneyline", "home", np.nan, 0.3)]
    prices = quoted(*SPREADS, *wins)
    assert market_draws(prices.iloc[[1, 3]], prices, draws=two_games()) is None


def test_the_slip_of_a_week_is_worth_more_to_the_model_than_to_the_market(
    frames: Frames, decided: Decide, toy_model: Callable[..., Any]
) -> None:
    made, draws = decided(frames), toy_model().draws(None, frames["games"], None)
    risk = week_risk(made.bets, made.prices, draws=draws, rng=np.random.default_rng(5))
    assert risk is not None
    assert risk.market is not None
    expected = float((made.bets["edge_ev"] * made.bets["stake_share"]).sum())
    assert risk.model.profits.mean == pytest.approx(expected, abs=1e-9)
    assert risk.market.profits.mean < 0.0 < risk.model.profits.growth < risk.model.profits.mean
    assert risk.market.profits.chance_of_loss > risk.model.profits.chance_of_loss
    assert risk.market.season.drawdown > risk.model.season.drawdown
    assert 0.0 < risk.model.value_at_risk <= risk.model.expected_shortfall <= made.bets["stake_share"].sum() + 1e-9
    assert json.loads(json.dumps(risk.summary(), allow_nan=False))["model"]["season"]["weeks"] == 22


def test_the_same_slip_and_generator_give_the_same_risk(
    frames: Frames, decided: Decide, toy_model: Callable[..., Any]
) -> None:
    made, draws = decided(frames), toy_model().draws(None, frames["games"], None)
    one, other = (week_risk(made.bets, made.prices, draws=draws, rng=np.random.default_rng(5)).summary() for _ in "ab")
    assert one == other


def test_a_slip_without_bets_risks_nothing(frames: Frames, decided: Decide) -> None:
    made = decided(frames)
    assert week_risk(made.bets.iloc[:0], made.prices, draws=two_games(), rng=np.random.default_rng(1)) is None
