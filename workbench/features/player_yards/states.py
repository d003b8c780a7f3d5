"""Running sums over games, dated by when each game became known, and looked up as of an instant.

A state after a game is known when the game's stats are, not when it was played nor when its week ended: in 2020 teams
played on a Tuesday and again on the Monday after, and the stats of the first were not out for the second. Rows are
therefore taken in the order they became known, so that each state is that of exactly what was known by its instant.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def decayed_sums(values: Floats, *, number: NDArray[np.int64], decay: Floats) -> tuple[Floats, Floats]:
    """Return the decayed sums of values and of what was seen of them, each row's own included.

    ``sum_k = decay x sum_(k-1) + value_k`` within a group; a missing value lets the sum and the weight decay alone.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_columns)
        Rows of a group stand together, in order.
    number : ndarray of int64, shape (n_rows,)
        0 for a group's first row, 1 for its second.
    decay : ndarray, shape (n_columns,)

    Returns
    -------
    sums, weights : ndarray, shape (n_rows, n_columns)
    """
    seen = np.isfinite(values)
    sums, weights = np.where(seen, values, 0.0), seen.astype(np.float64)
    ends = np.cumsum(np.bincount(number))[:-1] if len(number) else np.zeros(0, dtype=np.int64)
    for rows in np.split(np.argsort(number, kind="stable"), ends)[1:]:
        sums[rows] += decay * sums[rows - 1]
        weights[rows] += decay * weights[rows - 1]
    return sums, weights


def half_life_decay(games: float) -> float:
    """Return the factor by which a game counts less than the next, where it counts half after so many games.

    Examples
    --------
    >>> round(half_life_decay(2.0), 4)
    0.7071
    """
    return float(0.5 ** (1.0 / games))


def decayed_states(
    rows: pd.DataFrame, *, by: str, columns: Mapping[str, tuple[str, float]]
) -> tuple[pd.DataFrame, Floats, Floats]:
    """Return a group's rows in the order they became known, with decayed sums after each.

    Parameters
    ----------
    rows : DataFrame
        ``known_at, kickoff_utc``, the group and the columns summed.
    by : str
        The column that names the group.
    columns : mapping of str to (str, float)
        By name of the sum: the column summed and its half-life in games (infinite: no decay).

    Returns
    -------
    ordered : DataFrame
        The rows, sorted by group, ``known_at`` and kick-off.
    sums, weights : ndarray, shape (n_rows, n_sums)
    """
    ordered = rows.sort_values([by, "known_at", "kickoff_utc"], kind="stable", ignore_index=True)
    values = ordered[[column for column, _ in columns.values()]].to_numpy(np.float64, na_value=np.nan)
    decay = np.array([half_life_decay(games) for _, games in columns.values()])
    number = np.asarray(ordered.groupby(by).cumcount(), dtype=np.int64)
    sums, weights = decayed_sums(values, number=number, decay=decay)
    return ordered, sums, weights


def as_of(
    asked: pd.DataFrame, states: pd.DataFrame, *, by: Mapping[str, str], at: str, columns: Sequence[str]
) -> pd.DataFrame:
    """Return the last state of each asked row's group that was known at the row's instant, null where there is none.

    Parameters
    ----------
    asked : DataFrame
    states : DataFrame
        ``known_at``, the group, and ``columns``.
    by : mapping of str to str
        One pair: the group's column in ``asked`` and in ``states``.
    at : str
        The column of ``asked`` that says when; a missing instant finds nothing.
    columns : sequence of str

    Returns
    -------
    DataFrame, index of ``asked``
        ``columns``.
    """
    ((left, right),) = by.items()
    wanted = pd.DataFrame({"group": asked[left], "at": asked[at].astype("datetime64[us, UTC]")})
    wanted["place"] = np.arange(len(asked))
    known = states[[right, "known_at", *columns]].rename(columns={right: "group", "known_at": "at"})
    known = known.astype({"at": "datetime64[us, UTC]"}).sort_values("at", kind="stable")
    found = pd.merge_asof(wanted.dropna(subset=["at"]).sort_values("at", kind="stable"), known, on="at", by="group")
    return found.set_index("place").reindex(np.arange(len(asked)))[list(columns)].set_axis(asked.index)
