"""Caps. Scaling is multiplication: held to 1e-12."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import SettingsError
from workbench.risk.caps import CappedStakes, Caps, capped_shares

TINY = 1e-12


def capped(shares: list[float], games: list[str], *, open_by_game: dict[str, float] | None = None) -> CappedStakes:
    at_stake = open_by_game or {}
    return capped_shares(
        np.array(shares), np.array(games), caps=Caps(), open_by_game=at_stake, open_week=sum(at_stake.values())
    )


def test_a_game_is_scaled_together_by_hand() -> None:
    # .03 + .02 + .01 = .06 over the 5 % of a game; the bet cap of 2.5 % asks for 5/6 too: all times 5/6
    found = capped([0.03, 0.02, 0.01], ["a", "a", "a"])
    assert found.shares == pytest.approx(np.array([0.03, 0.02, 0.01]) * 5 / 6, abs=TINY)
    assert found.shares.sum() == pytest.approx(0.05, abs=TINY)


def test_a_week_is_scaled_together_by_hand() -> None:
    found = capped([0.025] * 8, [f"g{i}" for i in range(8)])  # 20 % wanted, 15 % allowed
    assert found.shares == pytest.approx(np.full(8, 0.15 / 8), abs=TINY)
    assert set(found.binding) == {"week"}


def test_small_stakes_are_left_alone() -> None:
    found = capped([0.01, 0.02], ["a", "b"])
    assert found.shares.tolist() == [0.01, 0.02]
    assert found.binding == ("", "")


def test_open_positions_use_up_the_caps() -> None:
    found = capped([0.02, 0.02], ["a", "b"], open_by_game={"a": 0.04, "c": 0.05})
    assert found.shares == pytest.approx([0.01, 0.02], abs=TINY)
    assert found.binding == ("game", "")
    assert capped([0.02], ["a"], open_by_game={"": 0.16}).shares.tolist() == [0.0]


@given(
    st.lists(st.tuples(st.floats(0.0, 0.5), st.sampled_from("abcd")), min_size=1, max_size=12),
    st.floats(0.0, 0.2),
)
@settings(max_examples=40, deadline=None)
def test_caps_hold_and_proportions_within_a_game_stay(bets: list[tuple[float, str]], at_stake: float) -> None:
    shares, games = np.array([s for s, _ in bets]), np.array([g for _, g in bets])
    found = capped_shares(shares, games, caps=Caps(), open_by_game={"": at_stake}, open_week=at_stake).shares
    assert found.max() <= 0.025 + TINY
    assert found.sum() <= max(0.15 - at_stake, 0.0) + TINY
    for game in np.unique(games):
        mine = games == game
        assert found[mine].sum() <= 0.05 + TINY
        assert found[mine] * shares[mine].sum() == pytest.approx(shares[mine] * found[mine].sum(), abs=1e-9)
    assert np.all(found <= shares + TINY)


@pytest.mark.parametrize("sizes", [(0.05, 0.025, 0.15), (0.0, 0.05, 0.15), (2.5, 5.0, 15.0)])
def test_caps_that_do_not_rise_or_come_in_percent_are_refused(sizes: tuple[float, float, float]) -> None:
    with pytest.raises(SettingsError, match="Caps must rise"):
        Caps(*sizes)
