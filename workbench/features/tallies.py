"""Tallies: what each team did in each game, as totals and counts that add up.

One row a game, team and metric: ``season, week, game_id, team, metric, total, n``. Raw numbers are totals over counts,
so weeks and seasons add; a metric whose columns the feed lacks has no rows.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.features.metrics import METRICS, Metric, Side
from workbench.features.snaps import EXPLOSIVE_PASS_YARDS, EXPLOSIVE_RUSH_YARDS, flag

Floats = NDArray[np.float64]
TALLY_COLUMNS: Final = ("season", "week", "game_id", "team", "metric", "total", "n")
_RED_ZONE: Final = 20.0
_KEYS: Final = ["season", "week", "game_id"]
_TEAM_COLUMN: Final[dict[Side, str]] = {"offence": "posteam", "defence": "defteam"}
#: Values of each metric, one a row of its feed; NaN where the row is outside its denominator.
Values = Mapping[str, Floats]


def play_tallies(snaps: pd.DataFrame) -> pd.DataFrame:
    """Return tallies of the metrics that plays give, both sides.

    Parameters
    ----------
    snaps : DataFrame
        As returned by ``snaps.scrimmage_snaps``; ``pass_expected`` (chance of a dropback) and ``seconds_since_snap``
        (NaN outside neutral situations) are used where present.

    Returns
    -------
    DataFrame
        Columns ``TALLY_COLUMNS``.
    """
    return _tallies(snaps, values=_play_values(snaps), feed="plays")


def drive_tallies(drives: pd.DataFrame) -> pd.DataFrame:
    """Return tallies of the metrics that drives give, both sides.

    Drives that only ran out a half, and kicks returned for a score, say nothing about the offence and are left out.

    Parameters
    ----------
    drives : DataFrame
        As returned by ``drives.derive_drives``.

    Returns
    -------
    DataFrame
        Columns ``TALLY_COLUMNS``.
    """
    earnest = drives[drives["outcome"].ne("end_half") & drives["start_yardline_100"].notna()]
    return _tallies(earnest, values=_drive_values(earnest), feed="drives")


def season_to_date(tallies: pd.DataFrame, *, season: int, week: int) -> pd.DataFrame:
    """Return the tallies of a season in weeks strictly before ``week``."""
    return tallies[tallies["season"].eq(season) & tallies["week"].lt(week)]


def totals(tallies: pd.DataFrame, *, by: list[str]) -> pd.DataFrame:
    """Return raw numbers a group: the columns ``by`` (such as metric and team), ``total, n, raw``."""
    sums = tallies.groupby(by, observed=True, sort=True)[["total", "n"]].sum()
    sums = sums[sums["n"] > 0].reset_index()
    return sums.assign(raw=sums["total"] / sums["n"])


def _play_values(snaps: pd.DataFrame) -> dict[str, Floats]:
    dropped = snaps["dropback"].to_numpy(dtype=np.float64)
    passing, rushing = (np.where(dropped == side, 1.0, np.nan) for side in (1.0, 0.0))
    epa = flag(snaps, "epa")
    gained = flag(snaps, "yards_gained")
    threshold = np.where(dropped == 1, EXPLOSIVE_PASS_YARDS, EXPLOSIVE_RUSH_YARDS)
    success = flag(snaps, "success")
    return {
        "epa_per_play": epa,
        "epa_per_dropback": epa * passing,
        "epa_per_rush": epa * rushing,
        "success_rate": np.where(np.isnan(success) & ~np.isnan(epa), epa > 0, success),
        "explosive_rate": np.where(np.isnan(gained), np.nan, gained >= threshold),
        "sack_rate": flag(snaps, "sack") * passing,
        "scramble_rate": flag(snaps, "qb_scramble") * passing,
        "interception_rate": flag(snaps, "interception") * passing,
        "pass_rate_over_expected": dropped - flag(snaps, "pass_expected"),
        "seconds_per_play": flag(snaps, "seconds_since_snap"),
        "shotgun_rate": flag(snaps, "shotgun"),
        "no_huddle_rate": flag(snaps, "no_huddle"),
    }


def _drive_values(drives: pd.DataFrame) -> dict[str, Floats]:
    outcome = drives["outcome"]

    def share(*outcomes: str) -> Floats:
        return np.asarray(outcome.isin(outcomes), dtype=np.float64)

    inside = flag(drives, "closest_yardline_100") <= _RED_ZONE
    return {
        "points_per_drive": flag(drives, "points_for"),
        "touchdown_rate": share("touchdown"),
        "field_goal_rate": share("field_goal"),
        "punt_rate": share("punt"),
        "turnover_rate": share("turnover", "opponent_touchdown"),
        "red_zone_touchdown_rate": np.where(inside, share("touchdown"), np.nan),
        "start_yards_to_goal": flag(drives, "start_yardline_100"),
        "plays_per_drive": flag(drives, "plays"),
    }


def _tallies(rows: pd.DataFrame, *, values: Values, feed: str) -> pd.DataFrame:
    metrics = [metric for metric in METRICS if metric.feed == feed]
    parts = [_side_tallies(rows, values=values, side=side, metrics=metrics) for side in _TEAM_COLUMN]
    return pd.concat(parts, ignore_index=True)


def _side_tallies(rows: pd.DataFrame, *, values: Values, side: Side, metrics: list[Metric]) -> pd.DataFrame:
    wanted = [metric.name for metric in metrics if side in metric.sides]
    numbers = pd.DataFrame({name: values[name] for name in wanted}, index=rows.index)
    grouped = numbers.groupby([rows[key] for key in (*_KEYS, _TEAM_COLUMN[side])], sort=True)
    total, count = grouped.sum(), grouped.count()
    long = pd.DataFrame({"total": total.stack(), "n": count.stack().astype("float64")})
    long.index = long.index.set_names([*_KEYS, "team", "metric"])
    long = long[long["n"] > 0].reset_index()
    return long.assign(metric=f"{side}_" + long["metric"].astype(str))[list(TALLY_COLUMNS)]
