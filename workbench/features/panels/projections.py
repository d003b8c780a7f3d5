"""The yards to expect of a player from his strictly earlier games: old games count less, and few games count little.

``projection = (sum_k decay^k yards_k + strength x position mean) / (sum_k decay^k + strength)``, k = 0 for the player's
last game, seasons run on into one another, and the position mean is that of earlier seasons. Decay and strength
minimise the squared error on player-games of 2003-2010, rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ProjectionParameters:
    """How past games are weighted.

    Attributes
    ----------
    decay : float
        Weight of a game relative to the one after it.
    strength : float
        Games that the position's mean counts for.
    """

    decay: float
    strength: float


#: Positions with a projection: the column of their main yards.
MAIN_YARDS: Final = {"QB": "passing_yards", "RB": "rushing_yards", "WR": "receiving_yards", "TE": "receiving_yards"}
DEFAULT: Final[Mapping[str, ProjectionParameters]] = {
    "QB": ProjectionParameters(decay=0.8, strength=1.0),
    "RB": ProjectionParameters(decay=0.8, strength=0.5),
    "WR": ProjectionParameters(decay=0.9, strength=2.0),
    "TE": ProjectionParameters(decay=0.9, strength=1.0),
}
#: Seasons back that the position's mean looks.
MEAN_SEASONS: Final = 3


def projected_yards(
    lines: pd.DataFrame, *, parameters: Mapping[str, ProjectionParameters] = DEFAULT
) -> "pd.Series[float]":
    """Return the projection of each player-game from the player's strictly earlier weeks.

    Parameters
    ----------
    lines : DataFrame
        ``player_id, position, season, week, yards``; one row a player and week.
    parameters : mapping of str to ProjectionParameters, optional
        By position; a position that is not in it has no projection.

    Returns
    -------
    Series, index of ``lines``
        Yards; null where no earlier season tells the position's mean (the first season).
    """
    ordered = lines.sort_values(["player_id", "season", "week"], kind="stable")
    decay = ordered["position"].map({name: p.decay for name, p in parameters.items()}).astype("float64")
    strength = ordered["position"].map({name: p.strength for name, p in parameters.items()}).astype("float64")
    total, weight = _decayed_sums(ordered, decay=np.asarray(decay, dtype=np.float64))
    mean = position_means(ordered)
    projection = (total + strength * mean) / (weight + strength)
    return projection.reindex(lines.index)


def position_means(lines: pd.DataFrame) -> "pd.Series[float]":
    """Return the mean yards of each row's position over the ``MEAN_SEASONS`` seasons before its own."""
    sums = lines.groupby(["position", "season"])["yards"].agg(["sum", "count"])
    grid = pd.MultiIndex.from_product(
        [sums.index.unique("position"), range(int(lines["season"].min()), int(lines["season"].max()) + 1)],
        names=["position", "season"],
    )
    past = sums.reindex(grid, fill_value=0.0).groupby("position").rolling(MEAN_SEASONS, min_periods=1).sum()
    before = past.droplevel(0).groupby("position").shift(1)
    means = (before["sum"] / before["count"].where(before["count"] > 0)).rename("mean")
    keys = pd.MultiIndex.from_frame(lines[["position", "season"]])
    return pd.Series(means.reindex(keys).to_numpy(np.float64), index=lines.index)


def _decayed_sums(
    ordered: pd.DataFrame, *, decay: NDArray[np.float64]
) -> tuple["pd.Series[float]", "pd.Series[float]"]:
    """Return the decayed sum of yards and of weights over each player's earlier rows, in one pass a game number."""
    yards = ordered["yards"].to_numpy(np.float64, na_value=np.nan)
    number = ordered.groupby("player_id").cumcount().to_numpy(np.int64)
    total, weight = np.zeros(len(ordered)), np.zeros(len(ordered))
    by_number = np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number))[:-1]) if len(number) else []
    for rows in by_number[1:]:
        last = rows - 1  # sorted by player: the row before is his last game
        seen = np.isfinite(yards[last])
        total[rows] = decay[rows] * total[last] + np.where(seen, yards[last], 0.0)
        weight[rows] = decay[rows] * weight[last] + seen
    return pd.Series(total, index=ordered.index), pd.Series(weight, index=ordered.index)
