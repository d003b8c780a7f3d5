"""From a table of past drives to the integer columns that the estimators count."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ValidationError
from workbench.simulate import states as s

REQUIRED: Final = (
    "game_id", "season", "drive", "posteam", "is_home", "start_yardline_100", "start_seconds_remaining", "outcome",
    "points_for", "points_against", "period",
)  # fmt: skip

#: Names in use for how a drive ends, lower case with underscores, and ours.
_NAMES: Final = {
    "td": "touchdown", "fg": "field_goal", "missed_fg": "missed_field_goal", "turnover_on_downs": "downs",
    "end_of_game": "end_of_half", "end_half": "end_of_half", "opponent_td": "opponent_touchdown",
    "opp_touchdown": "opponent_touchdown", "interception": "turnover", "fumble": "turnover",
}  # fmt: skip
_OVERTIME_PERIOD: Final = 5
_OVERTIME: Final = 2


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
    # A kick returned for a touchdown has no snap, hence no clock: it happened just before the next drive.
    clock = frame.groupby(["game_id", "half"], sort=False)["start_seconds_remaining"]
    seconds = clock.bfill().fillna(clock.ffill()).to_numpy(dtype=float)
    frame = frame[np.isfinite(seconds)].reset_index(drop=True)
    seconds = seconds[np.isfinite(seconds)]
    left = np.where(frame["half"] == 0, seconds - s.HALF_SECONDS, seconds).clip(0.0, s.HALF_SECONDS)
    frame = frame.assign(
        left_in_half=left, zone=s.zone_of(frame["start_yardline_100"].to_numpy(dtype=float)),
        lead=s.difference_index(_leads(frame)),
        weight=season_decay ** (frame["season"].max() - frame["season"].to_numpy(dtype=float)),
    )  # fmt: skip
    return _with_states(_with_following(frame)).query("left_in_half > 0").reset_index(drop=True)


def _codes(outcome: "pd.Series[str]") -> "pd.Series[int]":
    words = outcome.astype(str).str.lower().str.replace(" ", "_")
    codes = words.replace(_NAMES).map({name: code for code, name in enumerate(s.OUTCOMES)})
    if codes.isna().any():
        raise ValidationError(f"A drive ends in one of {', '.join(s.OUTCOMES)}; got {outcome[codes.isna()].iloc[0]!r}.")
    return codes.astype(np.int64)


def _halves(frame: pd.DataFrame) -> NDArray[np.int64]:
    period = frame["period"].to_numpy(dtype=float)
    half = np.where(period >= _OVERTIME_PERIOD, _OVERTIME, np.where(period > 2, 1, 0))
    return half.astype(np.int64)


def _leads(frame: pd.DataFrame) -> "NDArray[np.float64]":
    """Return the offence's lead at the start of each drive, from the points of the drives before."""
    gained = (frame["points_for"].fillna(0) - frame["points_against"].fillna(0)).to_numpy(dtype=float)
    home = np.where(frame["is_home"].to_numpy(dtype=bool), 1.0, -1.0)
    after = pd.Series(gained * home).groupby(frame["game_id"].to_numpy()).cumsum().to_numpy()
    before: NDArray[np.float64] = (after - gained * home) * home
    return before


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
    overtime = frame[frame["half"] == _OVERTIME].copy()
    number = overtime.groupby("game_id").cumcount()
    behind = overtime["lead"].to_numpy() - s.MAX_DIFFERENCE
    later = np.select(
        [(number == 1) & (behind == -s.FIELD_GOAL_POINTS), behind < -s.FIELD_GOAL_POINTS], [1, 3], default=2
    )
    return overtime.assign(stage=np.where(number == 0, 0, later))
