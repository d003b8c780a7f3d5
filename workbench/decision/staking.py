"""Stake the chosen rows: simultaneous quarter Kelly a game on shared draws, then the caps."""

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


def staked(
    candidates: pd.DataFrame, draws: ModelDraws, *, policy: Policy, base_units: float, open_by_game: Mapping[str, float]
) -> pd.DataFrame:
    """Attach kelly, stake_share, stake_units, and the cap that cut each bet.

    Parameters
    ----------
    candidates : DataFrame
        Priced rows that passed every hard gate and the filter.
    draws : ModelDraws
    policy : Policy
    base_units : float
        Settled bankroll less open stakes.
    open_by_game : mapping of str to float
        Units at stake already; ``""`` for what cannot be told by game.
    """
    kelly = _kelly(candidates, draws)
    wanted = kelly * policy.kelly_fraction
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
        sizing=[_sizing(k, policy=policy, cap=cap) for k, cap in zip(kelly, capped.binding, strict=True)],
    )


def _kelly(candidates: pd.DataFrame, draws: ModelDraws) -> _Floats:
    kelly = np.zeros(len(candidates))
    rows = draw_rows(candidates, draws)
    for row in np.unique(rows):
        mine = np.flatnonzero(rows == row)
        returns = draw_profits(candidates.iloc[mine], draws, row=int(row))
        kelly[mine] = simultaneous_kelly(returns, draws.weights[row])
    return kelly


def _sizing(kelly: float, *, policy: Policy, cap: CapName) -> str:
    if kelly == 0.0:
        return "the game's other bets carry its stake"
    words = f"{policy.kelly_fraction:g} of Kelly {100 * kelly:.1f} %"
    return f"{words}, cut by the {cap} cap" if cap else words
