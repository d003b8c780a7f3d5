"""How each drive ended."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

OUTCOMES: Final = (
    "touchdown", "field_goal", "missed_field_goal", "punt", "turnover", "downs", "safety", "end_half",
    "opponent_touchdown",
)  # fmt: skip
#: Points that make a touchdown; a try alone never reaches them.
_TOUCHDOWN: Final = 6
_FIELD_GOAL: Final = 3
_SAFETY: Final = 2


def drive_outcomes(actions: pd.DataFrame, *, drives: pd.DataFrame) -> NDArray[np.object_]:
    """Return the outcome of each drive.

    Points decide first (touchdown, the opponent's touchdown, field goal, safety), then the last play (punt, missed
    field goal, interception, failed fourth down), then what follows: the end of the half, or else the ball was lost.

    Parameters
    ----------
    actions : DataFrame
        As in ``play_order.action_plays``, with the possession number ``_group``.
    drives : DataFrame, index = possession numbers
        With ``points_for`` and ``points_against``, ``_game`` and ``_half``.

    Returns
    -------
    ndarray of object, shape (n_drives,)
        One of :data:`OUTCOMES`, or None where the feed has no score: how a drive ended cannot be told without it.
    """
    last = _last_plays(actions).reindex(drives.index)
    kind = last["play_type"].to_numpy(dtype=object)
    gained, lost = (np.nan_to_num(drives[c].to_numpy(dtype=np.float64)) for c in ("points_for", "points_against"))
    half_ends = _half_ends(drives)
    fourth = last["down"].eq(4).to_numpy()
    fumbled = last["fumble"].eq(1).to_numpy() & ~half_ends
    rules = (
        (gained >= _TOUCHDOWN, "touchdown"),
        (lost >= _TOUCHDOWN, "opponent_touchdown"),
        (gained >= _FIELD_GOAL, "field_goal"),
        (lost == _SAFETY, "safety"),
        (kind == "punt", "punt"),
        (kind == "field_goal", "missed_field_goal"),
        (last["interception"].eq(1).to_numpy() | fumbled, "turnover"),
        (fourth & last["yards_gained"].lt(last["ydstogo"]).to_numpy(), "downs"),
        (half_ends, "end_half"),
        (fourth, "downs"),
    )
    named = np.select([rule for rule, _ in rules], [name for _, name in rules], default="turnover").astype(object)
    named[drives["points_for"].isna().to_numpy()] = None
    return named


def _half_ends(drives: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether no drive of the same half follows."""
    following = drives[["_game", "_half"]].shift(-1)
    return ~drives[["_game", "_half"]].eq(following).all(axis=1).to_numpy()


def _last_plays(actions: pd.DataFrame) -> pd.DataFrame:
    """Return the last play of each possession that was no try, no kick-off and not wiped out by a penalty."""
    played = actions[~actions["_try"] & ~actions["play_type"].isin(("no_play", "kickoff"))]
    last = played.groupby("_group", sort=True).tail(1).set_index("_group")
    return last.reindex(columns=["play_type", "down", "ydstogo", "yards_gained", "interception", "fumble"])
