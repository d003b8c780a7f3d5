"""Drives of seasons before play-by-play, from a file of plays that carry a drive number and little else.

The file lists runs, passes, field-goal tries and extra points. Punts and interceptions are not in it: a series after
which the ball moved on by a kick's length is a punt, else it was lost.
"""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.teams import franchise_codes
from workbench.errors import FormatError

_COLUMNS: Final = [
    "row_id", "season", "week", "game_id", "drive", "posteam", "posteam_score", "defteam_score", "down", "ydstogo",
    "yards_to_goal", "game_seconds_remaining", "action", "yards_gained",
]  # fmt: skip
#: A clock that jumps up by this many seconds is overtime's.
_CLOCK_JUMP: Final = 300.0
_HALF: Final = 1800.0
_QUARTER: Final = 900.0
#: Net yards beyond the last spot from which the ball must have been kicked; more where the last play listed is no
#: third down, for then a play is missing. Set on 2019-2022, where play-by-play says how 18,600 of these drives ended.
_KICKED_YARDS: Final = (20.0, 12.0)
_POINTS_FOR: Final = (0, 2, 3, 6, 7, 8)
_POINTS_AGAINST: Final = (0, 2, 6, 7, 8)


def read_reference_drives(path: Path | None, *, results: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Read drives from a file, or from every ``pbp_actions_*.parquet`` of a folder.

    Parameters
    ----------
    path : Path or None
        None gives no drives.
    results, games : DataFrame
        The fact tables: final scores and home teams.

    Returns
    -------
    DataFrame
        One row a drive, columns as ``simulate.model.fit_drive_model`` reads them. Games whose scores do not add up to
        possible drives are left out whole.

    Raises
    ------
    FormatError
        If a file is not parquet with the columns needed, or the folder has none.
    """
    if path is None:
        return pd.DataFrame()
    files = [path] if path.is_file() else sorted(path.glob("pbp_actions_*.parquet"))
    if not files:
        raise FormatError(f"The folder {path.name!r} has no pbp_actions_*.parquet.")
    return drives_of_actions(pd.concat([_read(file) for file in files]), results=results, games=games)


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, columns=_COLUMNS)
    except (ValueError, KeyError, OSError) as error:  # pyarrow's errors are of these kinds
        raise FormatError(f"{path.name} must be parquet with {', '.join(_COLUMNS)}: {error}") from error


def drives_of_actions(actions: pd.DataFrame, *, results: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Return one row a drive from plays with drive numbers (see ``read_reference_drives``)."""
    drives = _first_and_last(_snaps(actions))
    home = games.set_index("game_id")["home_team"]
    drives = drives[drives["game_id"].isin(results["game_id"])].reset_index(drop=True)
    drives["posteam"] = franchise_codes(drives["posteam"])
    drives["is_home"] = drives["posteam"].to_numpy() == drives["game_id"].map(home).to_numpy()
    drives = _with_points(drives, results)
    possible = drives["points_for"].isin(_POINTS_FOR) & drives["points_against"].isin(_POINTS_AGAINST)
    bad = drives.loc[~possible, "game_id"].unique()
    drives = drives[~drives["game_id"].isin(bad)].reset_index(drop=True)
    drives["outcome"] = _outcomes(drives)
    drives["drive"] = drives.groupby("game_id").cumcount() + 1
    return drives[["game_id", "season", "week", "drive", "posteam", "is_home", "start_yardline_100",
                   "start_seconds_remaining", "outcome", "points_for", "points_against", "period"]]  # fmt: skip


def _snaps(actions: pd.DataFrame) -> pd.DataFrame:
    snaps = actions[(actions["action"] != "extra_point") & (actions["down"] > 0) & actions["drive"].notna()]
    snaps = snaps.sort_values(["game_id", "row_id"]).reset_index(drop=True)
    seconds = snaps["game_seconds_remaining"]
    extra = (seconds.groupby(snaps["game_id"]).diff() > _CLOCK_JUMP).groupby(snaps["game_id"]).cumsum()
    quarter = 4 - np.floor((seconds - 1e-6).clip(0, 2 * _HALF - 1) / _QUARTER)
    # A first half with no second left is over: a snap on its last tick is the second half's first.
    quarter = np.where(seconds == _HALF, 3, quarter)
    return snaps.assign(period=np.where(extra > 0, 4 + extra, quarter).astype(np.int64))


def _first_and_last(snaps: pd.DataFrame) -> pd.DataFrame:
    groups = snaps.groupby(["game_id", "drive"], sort=False)
    first = groups[["season", "week", "posteam", "period", "posteam_score", "defteam_score"]].first()
    first["start_seconds_remaining"] = groups["game_seconds_remaining"].first()
    first["start_yardline_100"] = groups["yards_to_goal"].first()
    last = groups[["action", "down", "ydstogo", "yards_gained", "yards_to_goal"]].last().add_prefix("last_")
    return first.join(last).reset_index()


def _with_points(drives: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Return the drives with their points: the score at the next drive's start, or the final one, minus their own."""
    final = results.set_index("game_id")[["home_score", "away_score"]].reindex(drives["game_id"]).to_numpy(np.float64)
    at_home = drives["is_home"].to_numpy()
    own, other = drives["posteam_score"].to_numpy(np.float64), drives["defteam_score"].to_numpy(np.float64)
    start = np.stack([np.where(at_home, own, other), np.where(at_home, other, own)], axis=1)
    after = pd.DataFrame(start).groupby(drives["game_id"].to_numpy()).shift(-1).to_numpy(np.float64).copy()
    last = ~drives["game_id"].eq(drives["game_id"].shift(-1)).to_numpy()
    after[last] = final[last]
    gained = after - start
    return drives.assign(
        points_for=np.where(at_home, gained[:, 0], gained[:, 1]),
        points_against=np.where(at_home, gained[:, 1], gained[:, 0]),
    )


def _outcomes(drives: pd.DataFrame) -> NDArray[np.object_]:
    half = np.where(drives["period"] > 4, 3, np.where(drives["period"] > 2, 2, 1))
    following = pd.DataFrame({"game": drives["game_id"], "half": half}).shift(-1)
    ends = ~((following["game"] == drives["game_id"]) & (following["half"] == half)).to_numpy()
    spot = drives["last_yards_to_goal"] - drives["last_yards_gained"]
    net = drives["start_yardline_100"].shift(-1) - (100 - spot)
    failed = drives["last_yards_gained"] < drives["last_ydstogo"]
    kicked = net >= np.where(drives["last_down"] == 3, _KICKED_YARDS[1], _KICKED_YARDS[0])
    rules = (
        (drives["points_for"] >= 6, "touchdown"),
        (drives["points_against"] >= 6, "opponent_touchdown"),
        (drives["points_for"] == 3, "field_goal"),
        (drives["points_against"] == 2, "safety"),
        (drives["last_action"] == "field_goal", "missed_field_goal"),
        (pd.Series(ends), "end_half"),
        ((drives["last_down"] <= 3) & kicked, "punt"),
        ((drives["last_down"] == 4) & failed, "downs"),
    )
    named = np.select([rule.to_numpy() for rule, _ in rules], [name for _, name in rules], default="turnover")
    return named.astype(object)
