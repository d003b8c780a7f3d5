"""The risk of a slip. By hand to 1e-9; sums pooled within a hundred-thousandth of the base a game."""

import json
from collections.abc import Callable
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


def test_the_market_centres_the_draws_on_the_lines_bet_into() -> None:
    bets = slip(SPREAD, ("g1", "total", "over", 41.0, 1.9, 0.01))
    quoted = bets.assign(line=[1.0, 41.0])
    seen = market_draws(bets, quoted, draws=two_games())
    assert seen is not None
    assert seen.game_ids.tolist() == ["g1"]
    assert float(seen.weights[0] @ (seen.home[0] - seen.away[0])) == pytest.approx(1.0, abs=1e-6)
    assert float(seen.weights[0] @ (seen.home[0] + seen.away[0])) == pytest.approx(41.0, abs=1e-6)


def test_a_bet_without_a_line_to_centre_on_has_no_market_view() -> None:
    bets = slip(WIN)
    assert market_draws(bets, bets, draws=two_games()) is None
    three_way = bets.assign(market="1x2")
    assert market_draws(three_way, three_way, draws=two_games()) is None


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
