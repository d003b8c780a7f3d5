"""From a table of past drives to the integer columns that the estimators count."""

from typing import Final

import numpy as np
import pandas as pd

from workbench.errors import ValidationError
from workbench.simulate import states as s

REQUIRED: Final = (
    "game_id", "season", "drive", "posteam", "start_yardline_100", "start_seconds_remaining", "start_score_differential",
    "outcome", "points_for", "period",
)  # fmt: skip

#: Names in use for how a drive ends, lower case with underscores, and ours.
_NAMES: Final = {
    "td": "touchdown", "fg": "field_goal", "missed_fg": "missed_field_goal", "turnover_on_downs": "downs",
    "end_of_game": "end_of_half", "opponent_td": "opponent_touchdown", "opp_touchdown": "opponent_touchdown",
    "interception": "turnover", "fumble": "turnover",
}  # fmt: skip
_OVERTIME_PERIOD: Final = 5


def prepared_drives(drives: pd.DataFrame, *, season_decay: float) -> pd.DataFrame:
    """Return the drives with states as integers, what followed each, and a weight by age.

    Parameters
    ----------
    drives : DataFrame
        One row a drive, see ``fit_drive_model``.
    season_decay : float
        Weight of a season relative to the one after it, in (0, 1].

    Raises
    ------
    ValidationError
        If a column is missing or an outcome has no known name.
    """
    missing = [name for name in REQUIRED if name not in drives.columns]
    if missing:
        raise ValidationError(f"A drives table needs {', '.join(missing)}; got {', '.join(drives.columns)}.")
    frame = drives.sort_values(["game_id", "drive"], kind="stable").reset_index(drop=True)
    frame = frame.assign(outcome_code=_codes(frame["outcome"]), half=_halves(frame))
    seconds = frame["start_seconds_remaining"].to_numpy(dtype=float)
    left = np.where(frame["half"] == 0, seconds - s.HALF_SECONDS, seconds).clip(0.0, s.HALF_SECONDS)
    frame = frame.assign(
        left_in_half=left, zone=s.zone_of(frame["start_yardline_100"].to_numpy(dtype=float)),
        lead=s.difference_index(frame["start_score_differential"].to_numpy(dtype=float)),
        weight=season_decay ** (frame["season"].max() - frame["season"].to_numpy(dtype=float)),
    )  # fmt: skip
    return _with_states(_with_following(frame)).query("left_in_half > 0").reset_index(drop=True)


def _codes(outcome: "pd.Series[str]") -> "pd.Series[int]":
    words = outcome.astype(str).str.lower().str.replace(" ", "_")
    codes = words.replace(_NAMES).map({name: code for code, name in enumerate(s.OUTCOMES)})
    if codes.isna().any():
        raise ValidationError(f"A drive ends in one of {', '.join(s.OUTCOMES)}; got {outcome[codes.isna()].iloc[0]!r}.")
    return codes.astype(np.int64)


def _halves(frame: pd.DataFrame) -> "pd.Series[int]":
    period = frame["period"].to_numpy(dtype=float)
    return pd.Series(np.where(period >= _OVERTIME_PERIOD, 2, np.where(period > 2, 1, 0)), index=frame.index)


def _with_following(frame: pd.DataFrame) -> pd.DataFrame:
    following = frame.groupby("game_id", sort=False)[["posteam", "half", "left_in_half", "zone"]].shift(-1)
    same_half = following["half"] == frame["half"]
    used = np.where(same_half, frame["left_in_half"] - following["left_in_half"], frame["left_in_half"])
    left_after = (frame["left_in_half"] - used).clip(lower=0.0)
    return frame.assign(
        seconds=used.clip(0.0, s.HALF_SECONDS), left_after=left_after,
        left_in_game_after=left_after + np.where(frame["half"] == 0, s.HALF_SECONDS, 0),
        next_changed=same_half & (following["posteam"] != frame["posteam"]),
        next_kept=same_half & (following["posteam"] == frame["posteam"]),
        next_zone=following["zone"].fillna(s.TOUCHBACK_ZONE).astype(np.int64),
    )  # fmt: skip


def _with_states(frame: pd.DataFrame) -> pd.DataFrame:
    half = frame["half"].clip(upper=1).to_numpy()
    phase = s.PHASE_OF[half, frame["left_in_half"].to_numpy().astype(np.int64)]
    return frame.assign(phase=phase, group=s.GROUP_OF_PHASE[phase], cell=s.CELL_OF[phase, frame["lead"].to_numpy()])


def overtime_stages(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the overtime drives with their stage: first possession, reply to a field goal, sudden death."""
    overtime = frame[frame["half"] == 2].copy()
    number = overtime.groupby("game_id").cumcount()
    behind = overtime["start_score_differential"].to_numpy(dtype=float)
    stage = np.where(number == 0, 0, np.where((number == 1) & (behind == -3), 1, np.where(behind <= -6, 3, 2)))
    return overtime.assign(stage=stage)
