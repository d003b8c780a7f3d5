"""Which rows full sampling sees: a stated sample, every stratum in its share."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from workbench.errors import ValidationError

STRATA: Final = ("season", "role")
_ORDER: Final = ("game_id", "player_id")


def stratified_sample(rows: pd.DataFrame, n: int, *, seed: int, by: Sequence[str] = STRATA) -> pd.DataFrame:
    """Return ``n`` rows whose yards are known, every stratum as large as its share to within one row.

    Parameters
    ----------
    rows : DataFrame
        Columns of ``method.ROW_COLUMNS``; the order of the rows does not matter.
    n : int
    seed : int
        A larger sample of the same seed need not hold a smaller one.
    by : sequence of str

    Returns
    -------
    DataFrame
        Ordered by game and player, index from 0; all rows where there are no more than ``n``.

    Raises
    ------
    ValidationError
        If fewer than one row is asked for, or none has known yards.
    """
    known = rows[rows["yards"].notna()].sort_values(list(_ORDER), kind="stable", ignore_index=True)
    if n < 1 or known.empty:
        raise ValidationError(f"A sample needs 1 row or more of rows with known yards, got {n} of {len(known)}.")
    if n >= len(known):
        return known
    rng = np.random.default_rng(seed)
    groups = [np.asarray(places) for _, places in sorted(known.groupby(list(by)).indices.items())]
    shares = _shares([len(places) for places in groups], n)
    drawn = [rng.choice(places, share, replace=False) for places, share in zip(groups, shares, strict=True)]
    return known.iloc[np.sort(np.concatenate(drawn))].reset_index(drop=True)


def _shares(sizes: Sequence[int], n: int) -> list[int]:
    """Return how many of each stratum: the whole part of its share, and one more for the largest remainders.

    Examples
    --------
    >>> _shares([50, 30, 20], 7)
    [4, 2, 1]
    """
    exact = np.asarray(sizes) * (n / sum(sizes))
    whole = np.floor(exact + 1e-9).astype(np.int64)
    for place in np.argsort(whole - exact, kind="stable")[: n - int(whole.sum())]:
        whole[place] += 1
    return [int(share) for share in whole]
