"""How sure the model is of a bet. Closed forms to 1e-12; slopes against re-tilted draws within .02 of probability."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from workbench.decision.confidence import confidences
from workbench.decision.model import ModelDraws
from workbench.decision.policy import Policy
from workbench.decision.slip import Slip
from workbench.errors import ValidationError
from workbench.market.odds import expected_value
from workbench.market.prices import chances
from workbench.simulate.loop import Scores
from workbench.simulate.tilt import tilted_weights

Frames = dict[str, pd.DataFrame]
Decide = Callable[..., Slip]


def drawn(margin: np.ndarray, *, margin_error: float | None = None, total_error: float | None = None) -> ModelDraws:
    """Games of these margins, the away team on 20 points, every draw as likely."""
    margin = np.atleast_2d(margin)
    n_games, n_draws = margin.shape
    errors = [None if e is None else np.full(n_games, e) for e in (margin_error, total_error)]
    return ModelDraws(
        np.array([f"g{game}" for game in range(n_games)]),
        (20 + margin).astype(np.int16),
        np.full(margin.shape, 20, dtype=np.int16),
        np.full(margin.shape, 1.0 / n_draws),
        margin.mean(axis=1),
        40 + margin.mean(axis=1),
        *errors,
    )


def side(market: str = "spread", side: str = "home", *, line: float = 0.5, price: float = 1.91) -> dict[str, Any]:
    return {"game_id": "g0", "market": market, "side": side, "line": line, "price": price}


def football(mean: float, *, n: int = 8000, seed: int = 3) -> np.ndarray:
    return np.rint(np.random.default_rng(seed).normal(mean, 13.0, n))


def test_without_a_stated_error_only_the_draws_are_in_doubt_by_hand() -> None:
    # 5,300 of 10,000 draws win at 1.91: EV .0123, standard error 1.91 x sqrt(.53 x .47 / 10,000)
    margin = np.r_[np.full(5300, 7.0), np.full(4700, -7.0)]
    found = confidences(pd.DataFrame([side(), side(side="away")]), drawn(margin))
    error = 1.91 * np.sqrt(0.53 * 0.47 / 10_000)
    assert found[0] == pytest.approx(norm.cdf((0.53 * 0.91 - 0.47) / error), abs=1e-12)
    assert found[1] == pytest.approx(norm.cdf((0.47 * 0.91 - 0.53) / error), abs=1e-12)


@pytest.mark.parametrize(
    "bet", [side(line=1.5), side(line=3.0), side("moneyline", line=np.nan), side(side="away", price=2.1)]
)
def test_the_forecasts_error_counts_as_if_the_draws_were_tilted_to_another_mean(bet: dict[str, Any]) -> None:
    margin, error = football(2.6), 1.6
    found = float(confidences(pd.DataFrame([bet]), drawn(margin, margin_error=error))[0])
    scores = Scores((20 + margin[None, :]).astype(np.int16), np.full((1, margin.size), 20, dtype=np.int16),
                    np.zeros((1, margin.size), dtype=bool), 0)  # fmt: skip
    sign, line = (1.0 if bet["side"] == "home" else -1.0), (0.0 if bet["market"] == "moneyline" else bet["line"])

    def worth(mean: float) -> float:
        seen = chances(margin, tilted_weights(scores, margin_mean=[mean]).weights[0], line=[line], sign=[sign])
        return float(expected_value(seen.win, seen.lose, price=bet["price"])[0])

    breaks_even = brentq(worth, -8.0, 12.0)
    assert 0.05 < found < 0.95
    assert found == pytest.approx(norm.cdf(sign * (margin.mean() - breaks_even) / error), abs=0.02)


def test_a_confidence_of_sixty_percent_is_right_sixty_percent_of_the_time() -> None:
    # planted: forecasts miss the true mean by 2 points, flat prior; 1,200 games, three standard errors
    rng = np.random.default_rng(8)
    truth = rng.uniform(-9.0, 9.0, 1200)
    forecast = truth + rng.normal(0.0, 2.0, truth.size)
    # one lattice of normal margins a game: no error of drawing is left
    grid = norm.ppf((np.arange(400) + 0.5) / 400) * 13.0
    draws = drawn(np.rint(forecast[:, None] + grid), margin_error=2.0)
    bets = pd.DataFrame([side() | {"game_id": game} for game in draws.game_ids])
    sure = confidences(bets, draws)
    # at 1.91 the bet is worth something where the win probability is above 1 / 1.91
    right = truth > 0.5 + 13.0 * norm.ppf(1 / 1.91)
    for low, high in ((0.1, 0.4), (0.4, 0.6), (0.6, 0.9)):
        inside = (sure >= low) & (sure < high)
        assert inside.sum() > 40
        room = 3 * np.sqrt(np.mean(sure[inside]) * (1 - np.mean(sure[inside])) / inside.sum())
        assert abs(right[inside].mean() - sure[inside].mean()) < room


def test_totals_ask_the_error_of_the_total() -> None:
    draws = drawn(football(2.6), margin_error=50.0, total_error=0.0)
    over, home = confidences(pd.DataFrame([side("total", "over", line=40.5), side()]), draws)
    alone = confidences(pd.DataFrame([side("total", "over", line=40.5)]), drawn(football(2.6)))[0]
    assert over == alone
    assert home == pytest.approx(0.5, abs=0.1)  # fifty points of doubt leave next to nothing


def test_an_error_that_is_not_known_leaves_confidence_unknown() -> None:
    found = confidences(
        pd.DataFrame([side(), side("total", "over", line=40.5)]), drawn(football(0), margin_error=np.nan)
    )
    assert np.isnan(found).tolist() == [True, False]


def test_certain_bets_are_certain() -> None:
    won = confidences(pd.DataFrame([side(), side(side="away"), side(line=7.0)]), drawn(np.full(100, 7.0)))
    assert won.tolist() == [1.0, 0.0, 0.0]  # a win, a loss, and a push that is worth nothing


@given(mean=st.floats(-6, 6), error=st.floats(0.1, 6), price=st.floats(1.5, 3.0))
@settings(max_examples=25, deadline=None)
def test_above_one_half_just_where_the_expected_value_is_above_zero(mean: float, error: float, price: float) -> None:
    margin = football(mean, n=500)
    found = confidences(pd.DataFrame([side(price=price)]), drawn(margin, margin_error=error))[0]
    win = np.mean(margin > 0.5)
    assert (found > 0.5) == (win * (price - 1) - (1 - win) > 0)
    more = confidences(pd.DataFrame([side(price=price)]), drawn(margin, margin_error=2 * error))[0]
    assert abs(more - 0.5) <= abs(found - 0.5) + 1e-12


def test_a_negative_error_is_refused() -> None:
    with pytest.raises(ValidationError, match="none below 0"):
        drawn(football(0), margin_error=-1.0)


def test_the_slip_says_it_and_the_filter_reads_it(
    frames: Frames, decided: Decide, toy_model: Callable[..., Any]
) -> None:
    close_call = toy_model(home=24.5, away=20.5, n_draws=500)
    plain = decided(frames, model=close_call)
    assert plain.prices["confidence"].between(0, 1).all()
    least = float(plain.bets["confidence"].median())
    strict = decided(frames, model=close_call, policy=Policy(minimum_confidence=least))
    assert 0 < len(strict.bets) < len(plain.bets)
    assert (strict.bets["confidence"] >= least).all()
    refused = strict.prices[(strict.prices["confidence"] < least) & (strict.prices["edge_ev"] >= 0.02)]
    assert refused["reason"].str.contains("% sure of value, under the filter of").all()


def test_exact_chances_have_no_error_of_drawing() -> None:
    margin = np.r_[np.full(51, 7.0), np.full(49, -7.0)]
    sampled, known = drawn(margin), replace(drawn(margin), exact=True)
    bet = pd.DataFrame([side(price=2.0)])  # worth 2 %
    assert confidences(bet, sampled)[0] < 0.6
    assert confidences(bet, known).tolist() == [1.0]
