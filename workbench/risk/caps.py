"""Caps on stakes: a bet, a game, a week, each met by scaling what belongs together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.errors import SettingsError

_Floats = NDArray[np.float64]
CapName = Literal["", "bet", "game", "week"]


@dataclass(frozen=True, slots=True)
class Caps:
    """Largest shares of the bankroll on a bet, a game and a week.

    Raises
    ------
    SettingsError
        If a cap is not in (0, 1], or a wider cap is smaller than a narrower one.
    """

    bet: float = 0.025
    game: float = 0.05
    week: float = 0.15

    def __post_init__(self) -> None:
        if not 0.0 < self.bet <= self.game <= self.week <= 1.0:
            raise SettingsError(
                f"Caps must rise from bet to game to week within (0, 1], got {self.bet}, {self.game}, {self.week}. "
                "Percent where a share belongs?"
            )


@dataclass(frozen=True, slots=True)
class CappedStakes:
    """Shares after the caps.

    Attributes
    ----------
    shares : ndarray, shape (n_bets,)
    binding : tuple of str, length n_bets
        The widest cap that cut the bet: ``""``, ``bet``, ``game`` or ``week``.
    """

    shares: _Floats
    binding: tuple[CapName, ...]


def capped_shares(
    shares: _Floats, games: NDArray[np.str_], *, caps: Caps, open_by_game: Mapping[str, float], open_week: float
) -> CappedStakes:
    """Scale stakes down to the caps; open positions use them up.

    The bets of one game are one simultaneous Kelly solution, so one factor scales them together until the bet and game
    caps hold; then one factor scales the whole week. Proportions within a game never change.

    Parameters
    ----------
    shares : ndarray, shape (n_bets,)
        Wanted shares of the bankroll, none below zero.
    games : ndarray of str, shape (n_bets,)
    caps : Caps
    open_by_game : mapping of str to float
        Shares already at stake on a game.
    open_week : float
        Share already at stake in all.

    Examples
    --------
    >>> capped = capped_shares(np.array([0.04, 0.02]), np.array(["a", "a"]), caps=Caps(), open_by_game={}, open_week=0)
    >>> capped.shares, capped.binding
    (array([0.025 , 0.0125]), ('bet', 'bet'))
    """
    scaled = np.array(shares, dtype=np.float64)
    binding: list[CapName] = [""] * len(scaled)
    for game in np.unique(games):
        mine = np.flatnonzero(games == game)
        factor, name = _game_factor(scaled[mine], caps=caps, room=caps.game - open_by_game.get(str(game), 0.0))
        scaled[mine] *= factor
        for bet in mine:
            binding[bet] = name
    week = scaled.sum()
    room = max(caps.week - open_week, 0.0)
    if week > room:
        scaled *= room / week
        binding = ["week"] * len(scaled)
    return CappedStakes(shares=scaled, binding=tuple(binding))


def _game_factor(shares: _Floats, *, caps: Caps, room: float) -> tuple[float, CapName]:
    largest, together = shares.max(), shares.sum()
    by_bet = caps.bet / largest if largest > caps.bet else 1.0
    by_game = max(room, 0.0) / together if together > max(room, 0.0) else 1.0
    if by_game < by_bet:
        return float(by_game), "game"
    return float(by_bet), "bet" if by_bet < 1.0 else ""
