"""Which prices are value bets. Worked by hand from four or five draws: exact to 1e-12."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.decision.model import ModelDraws
from workbench.decision.policy import Policy
from workbench.decision.pricing import priced
from workbench.decision.slip import Slip

Frames = dict[str, pd.DataFrame]
Decide = Callable[..., Slip]
#: Home margins 2, 3, 4, 7 and a tie, each game with a total of 47 less or more by the margin's own points.
MARGINS, WEIGHTS = (2, 3, 4, 7, 0), (0.2, 0.3, 0.2, 0.2, 0.1)


def worth(market: str, side: str, *, line: float, price: float = 1.91) -> pd.Series:
    """One side of one game priced by the five draws."""
    home = np.array([[20 + m for m in MARGINS]], dtype=np.int16)
    draws = ModelDraws(np.array(["g"]), home, np.full((1, 5), 20, dtype=np.int16), np.array([WEIGHTS]),
                       np.array([3.0]), np.array([43.0]))  # fmt: skip
    row: dict[str, Any] = {"game_id": "g", "market": market, "side": side, "line": line, "price": price}
    return priced(pd.DataFrame([row | {"price_other": 1.1 if price > 3 else 1.91}]), draws, policy=Policy()).iloc[0]


@pytest.mark.parametrize(
    ("market", "side", "line", "price", "win", "push", "ev"),
    [
        ("spread", "home", 2.5, 1.91, 0.7, 0.0, 0.7 * 0.91 - 0.3),
        ("spread", "home", 3.0, 1.91, 0.4, 0.3, 0.4 * 0.91 - 0.3),  # three points push: the stake comes back
        ("spread", "away", 3.0, 1.91, 0.3, 0.3, 0.3 * 0.91 - 0.4),
        # a quarter line is two halves: 3 and 3.5; three points push half and lose half
        ("spread", "home", 3.25, 1.91, 0.4, 0.15, 0.4 * 0.91 - 0.45),
        ("moneyline", "home", np.nan, 1.50, 0.9, 0.1, 0.9 * 0.5),  # a tie returns the stake
        ("moneyline", "away", np.nan, 9.00, 0.0, 0.1, -0.9),
        ("total", "over", 43.0, 1.95, 0.4, 0.3, 0.4 * 0.95 - 0.3),  # 40 points and the margin
        ("total", "under", 43.0, 1.95, 0.3, 0.3, 0.3 * 0.95 - 0.4),
    ],
)
def test_expected_value_with_pushes_by_hand(
    market: str, side: str, line: float, price: float, win: float, push: float, ev: float
) -> None:
    row = worth(market, side, line=line, price=price)
    assert (row["win"], row["push"]) == (pytest.approx(win, abs=1e-12), pytest.approx(push, abs=1e-12))
    assert row["edge_ev"] == pytest.approx(ev, abs=1e-12)
    # the model's probability that is held against the market's leaves the push aside
    assert row["edge_prob"] == pytest.approx(win / (1 - push) - row["market_win"], abs=1e-12)


def test_at_the_fair_price_a_bet_that_may_push_is_worth_nothing() -> None:
    fair = worth("spread", "home", line=3.0)["fair_price"]
    assert fair == pytest.approx(1 + 0.3 / 0.4, abs=1e-12)
    assert worth("spread", "home", line=3.0, price=fair)["edge_ev"] == pytest.approx(0.0, abs=1e-12)


def test_filters_at_zero_are_off_whatever_the_edge(
    frames: Frames, decided: Decide, make_quote: Any, make_quotes: Any
) -> None:
    # plus money on the side the model is half a point against: no edge in points, value all the same
    quote = make_quote("g1", "spread", line=6.0, price_home=2.35, price_away=1.65)
    tables = {"games": frames["games"], "quotes": make_quotes([quote])}
    slip = decided(tables)
    assert slip.bets["side"].tolist() == ["home"]
    assert slip.bets["edge_points"].item() == pytest.approx(-0.5, abs=1e-9)
    strict = decided(tables, policy=Policy(minimum_edge_points=0.5))
    assert strict.bets.empty
    assert "an edge of -0.5 points is under the filter of +0.5" in strict.prices["reason"].iloc[1]


def test_each_filter_keeps_what_is_over_it_and_says_why_of_the_rest(frames: Frames, decided: Decide) -> None:
    plain = decided(frames)
    over = float(plain.bets["edge_prob"].median())
    strict = decided(frames, policy=Policy(minimum_edge_prob=over))
    assert 0 < len(strict.bets) < len(plain.bets)
    assert (strict.bets["edge_prob"] >= over).all()
    refused = strict.prices[(strict.prices["edge_ev"] >= 0.02) & (strict.prices["edge_prob"] < over)]
    assert refused["reason"].str.contains("points of probability is under the filter").all()


def test_a_moneyline_has_no_points_to_be_filtered_by(frames: Frames, decided: Decide) -> None:
    plain, strict = decided(frames), decided(frames, policy=Policy(minimum_edge_points=6.0))
    assert set(strict.bets["market"]) == {"moneyline"}
    assert set(plain.bets["market"]) > {"moneyline"}


def test_naming_the_defaults_leaves_every_bet_as_it_is(frames: Frames, decided: Decide) -> None:
    named = Policy(minimum_edge_prob=0.0, minimum_edge_points=0.0, minimum_confidence=0.0, staking="kelly")
    assert decided(frames, policy=named).to_bytes() == decided(frames).to_bytes()
