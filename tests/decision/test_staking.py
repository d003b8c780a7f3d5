"""Stakes, flat and Kelly, and the mark for approval. Units are whole hundredths: sums are exact to 1e-9."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from workbench.decision.model import ModelDraws
from workbench.decision.policy import Policy
from workbench.decision.slip import Slip
from workbench.decision.staking import flat_profit_units, staked
from workbench.risk.caps import Caps

Frames = dict[str, pd.DataFrame]
Decide = Callable[..., Slip]
WIDE = Caps(bet=1.0, game=1.0, week=1.0)


def evens(chance: float, n: int = 1000) -> ModelDraws:
    """Two games whose home team wins by a touchdown with the chance given, else loses by one."""
    won = np.where(np.arange(n) < round(chance * n), 27, 20).astype(np.int16)
    home = np.stack([won, won])
    return ModelDraws(
        np.array(["g1", "g2"]),
        home,
        (47 - home).astype(np.int16),
        np.full((2, n), 1 / n),
        np.zeros(2),
        np.full(2, 47.0),
    )


def offers(*games: str, price: float = 2.0) -> pd.DataFrame:
    return pd.DataFrame({"game_id": list(games), "market": "spread", "side": "home", "line": 0.5, "price": price})


def stakes(candidates: pd.DataFrame, policy: Policy, **changes: object) -> pd.DataFrame:
    options = {"base_units": 1000.0, "open_by_game": {}} | changes
    return staked(candidates, evens(0.6), policy=policy, **options)  # type: ignore[arg-type]


def test_quarter_kelly_of_sixty_percent_at_evens_is_a_twentieth() -> None:
    found = stakes(offers("g1", "g2"), Policy(caps=WIDE))
    assert found["kelly"].to_numpy() == pytest.approx([0.2, 0.2], abs=1e-4)
    assert found["stake_units"].to_numpy() == pytest.approx([50.0, 50.0], abs=0.02)


def test_a_flat_stake_is_the_same_whatever_the_edge_and_kelly_stands_beside_it() -> None:
    small = stakes(offers("g1", price=1.70), Policy(staking="flat", flat_share=0.0125))
    large = stakes(offers("g1", price=2.10), Policy(staking="flat", flat_share=0.0125))
    assert small["stake_units"].tolist() == large["stake_units"].tolist() == [12.5]
    assert small["kelly"].item() < large["kelly"].item()
    assert large["sizing"].item() == "flat 1.2 %"


def test_flat_stakes_meet_the_same_caps() -> None:
    flat = Policy(staking="flat", flat_share=0.04)
    assert stakes(offers("g1"), flat)["stake_units"].tolist() == [25.0]
    assert stakes(offers("g1"), flat, open_by_game={"g1": 40.0})["stake_units"].tolist() == [10.0]
    assert stakes(offers("g1"), flat)["sizing"].item() == "flat 4.0 %, cut by the bet cap"


@pytest.mark.parametrize(
    ("shares", "marked"),
    [
        ({"bet": 0.025}, [False, False, False]),  # at the limit is not over it
        ({"bet": 0.0251}, [True, True, True]),
    ],
)
def test_a_bet_over_the_share_is_marked(shares: dict[str, float], marked: list[bool]) -> None:
    policy = Policy(staking="flat", flat_share=shares["bet"], caps=WIDE)
    found = stakes(offers("g1", "g2").iloc[[0, 1, 1]].iloc[:2], policy)
    assert found["needs_approval"].tolist() == marked[:2]


def test_the_bets_of_one_game_are_marked_together_and_open_ones_count() -> None:
    policy = Policy(staking="flat", flat_share=0.0125, caps=WIDE)
    alone = stakes(offers("g1", "g2"), policy)
    assert alone["needs_approval"].tolist() == [False, False]
    pair = stakes(offers("g1", "g1", "g2"), policy)
    assert pair["needs_approval"].tolist() == [False, False, False]  # 2.5 % together is at the limit
    three = stakes(offers("g1", "g1", "g1", "g2"), policy)
    assert three["needs_approval"].tolist() == [True, True, True, False]
    with_open = stakes(offers("g1", "g2"), policy, open_by_game={"g1": 12.6, "": 50.0})
    assert with_open["needs_approval"].tolist() == [True, False]


def test_the_mark_reaches_the_slip_only_where_something_is_bet(frames: Frames, decided: Decide) -> None:
    slip = decided(frames, policy=Policy(approval_share=0.01))
    together = slip.bets.groupby("game_id")["stake_share"].transform("sum")
    assert slip.bets["needs_approval"].tolist() == (together > 0.01).tolist()
    assert slip.bets["needs_approval"].any()
    assert not slip.prices.loc[slip.prices["status"] == "", "needs_approval"].any()
    # marking changes no stake
    assert slip.bets["stake_units"].tolist() == decided(frames).bets["stake_units"].tolist()


def test_a_flat_slip_bets_the_rows_the_filter_lets_through(frames: Frames, decided: Decide) -> None:
    kelly, flat = decided(frames), decided(frames, policy=Policy(staking="flat", flat_share=0.005))
    bet = ["game_id", "market", "side"]
    chosen = kelly.prices[kelly.prices["reason"].str.contains("carry its stake") | (kelly.prices["status"] != "")]
    assert flat.bets[bet].to_numpy().tolist() == chosen[bet].to_numpy().tolist()
    assert set(flat.bets["stake_units"]) == {5.0}
    assert flat.bets["reason"].str.contains("; stake flat 0.5 %.", regex=False).all()


def test_flat_profits_by_hand() -> None:
    # 1.91 won, lost, pushed, half won, waiting
    grades = pd.DataFrame({"profit_units": [22.75, -4.0, 0.0, 9.1, np.nan], "stake_units": [25.0, 4.0, 9.0, 20.0, 3.0]})
    found = flat_profit_units(grades, 2.0)
    assert found.iloc[:4].to_numpy() == pytest.approx([1.82, -2.0, 0.0, 0.91], abs=1e-12)
    assert np.isnan(found.iloc[4])
