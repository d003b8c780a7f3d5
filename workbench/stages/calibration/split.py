"""Which seasons teach, which calibrate, which are forecast: the refit policy, in one place.

A season's model is trained once, before its first week, on seasons to two years back; the season between is never
trained on: it says how good the model is and calibrates it. So 2023 is forecast by what 2021 and earlier taught.
"""

from dataclasses import dataclass

import pandas as pd

from workbench.lifecycle.versions import TRAINING_GAP


@dataclass(frozen=True, slots=True, eq=False)
class SeasonRows:
    """The rows of one target as one season's forecasts need them; each frame has its own 0-based index.

    Attributes
    ----------
    season : int
    training : DataFrame
        Seasons to ``season - 2``, yards known.
    calibration : DataFrame
        Season ``season - 1``, yards known.
    forecast : DataFrame
        The season itself; yards null where not played yet.
    """

    season: int
    training: pd.DataFrame
    calibration: pd.DataFrame
    forecast: pd.DataFrame


def season_rows(rows: pd.DataFrame, *, season: int, last_week: int | None = None) -> SeasonRows:
    """Split the rows of a target for one season.

    Parameters
    ----------
    rows : DataFrame
        With ``season, week, yards``.
    season : int
    last_week : int, optional
        The last week forecast; default all there are.

    Returns
    -------
    SeasonRows
    """
    known = rows["yards"].notna()
    mine = rows["season"].eq(season) & rows["week"].le(rows["week"].max() if last_week is None else last_week)
    parts = (
        rows[known & rows["season"].le(season - TRAINING_GAP)],
        rows[known & rows["season"].eq(season - 1)],
        rows[mine],
    )
    return SeasonRows(season, *(part.reset_index(drop=True) for part in parts))
