"""Stake the chosen rows: simultaneous fractional Kelly a game on shared draws, or flat; then caps and approval mark."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.decision.model import ModelDraws
from workbench.decision.policy import Policy
from workbench.decision.pricing import draw_profits, draw_rows
from workbench.risk.caps import CapName, capped_shares
from workbench.risk.kelly import simultaneous_kelly

_Floats = NDArray[np.float64]
#: Stakes are whole hundredths of a unit, rounded down so that no cap is passed.
_UNIT_STEPS = 100.0
#: Sums of shares this little over a limit are on it.
_ROUNDING = 1e-9


def staked(
    candidates: pd.DataFrame, draws: ModelDraws, *, policy: Policy, base_units: float, open_by_game: Mapping[str, float]
) -> pd.DataFrame:
    """Attach kelly, stake_share, stake_units, the cap that cut each bet, and whether a person must name it.

    Parameters
    ----------
    candidates : DataFrame
        Priced rows that passed every hard gate and the filter.
    draws : ModelDraws
    policy : Policy
        With flat staking every candidate asks for the same share; full Kelly is attached all the same.
    base_units : float
        Settled bankroll less open stakes.
    open_by_game : mapping of str to float
        Units at stake already; ``""`` for what cannot be told by game.
    """
    kelly = _kelly(candidates, draws)
    flat = np.full(len(candidates), policy.flat_share)
    wanted = flat if policy.staking == "flat" else kelly * policy.kelly_fraction
    scale = base_units if base_units > 0 else np.inf
    capped = capped_shares(
        wanted,
        candidates["game_id"].to_numpy(dtype=np.str_),
        caps=policy.caps,
        open_by_game={game: units / scale for game, units in open_by_game.items()},
        open_week=sum(open_by_game.values()) / scale,
    )
    units = np.floor(np.round(capped.shares * max(base_units, 0.0) * _UNIT_STEPS, 6)) / _UNIT_STEPS
    return candidates.assign(
        kelly=kelly,
        stake_units=units,
        stake_share=units / scale,
        needs_approval=_marked(
            units, candidates["game_id"], open_by_game=open_by_game, limit=policy.approval_share * scale
        ),
        sizing=[_sizing(k, policy=policy, cap=cap) for k, cap in zip(kelly, capped.binding, strict=True)],
    )


def flat_profit_units(grades: pd.DataFrame, unit: float = 1.0) -> "pd.Series[float]":
    """Return what each bet would have paid at a flat stake: the same bets and prices, without the sizing.

    Parameters
    ----------
    grades : DataFrame
        Settled bets: ``profit_units, stake_units``.
    unit : float, default 1
        Staked on every bet.

    Returns
    -------
    Series
        Null while a bet waits, 0 for pushes and voids.

    Examples
    --------
    >>> flat_profit_units(pd.DataFrame({"profit_units": [18.0, -5.0, 0.0], "stake_units": [20.0, 5.0, 8.0]})).tolist()
    [0.9, -1.0, 0.0]
    """
    paid: pd.Series[float] = unit * grades["profit_units"] / grades["stake_units"]
    return paid


def _marked(
    units: _Floats, games: "pd.Series[str]", *, open_by_game: Mapping[str, float], limit: float
) -> NDArray[np.bool_]:
    """Whether the bets of one game, with what is open on it, pass the limit; a bet that does takes its game with it."""
    together = pd.Series(units, index=games.index).groupby(games).transform("sum").to_numpy(dtype=np.float64)
    at_stake = together + games.map(lambda game: open_by_game.get(game, 0.0)).to_numpy(dtype=np.float64)
    return np.asarray((units > 0) & (at_stake > limit * (1.0 + _ROUNDING)), dtype=np.bool_)


def _kelly(candidates: pd.DataFrame, draws: ModelDraws) -> _Floats:
    kelly = np.zeros(len(candidates))
    rows = draw_rows(candidates, draws)
    for row in np.unique(rows):
        mine = np.flatnonzero(rows == row)
        returns = draw_profits(candidates.iloc[mine], draws, row=int(row))
        kelly[mine] = simultaneous_kelly(returns, draws.weights[row])
    return kelly


def _sizing(kelly: float, *, policy: Policy, cap: CapName) -> str:
    if policy.staking == "flat":
        words = f"flat {100 * policy.flat_share:.1f} %"
        return f"{words}, cut by the {cap} cap" if cap else words
    if kelly == 0.0:
        return "the game's other bets carry its stake"
    words = f"{policy.kelly_fraction:g} of Kelly {100 * kelly:.1f} %"
    return f"{words}, cut by the {cap} cap" if cap else words
