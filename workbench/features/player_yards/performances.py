"""What each player did in each game, as far as it can be known, dated by when it became known.

The stat file lists only who recorded a stat. A player without a row was absent, or on the field and never given the
ball. Snap counts tell the two apart: an offensive snap without a row is zero yards, no offensive snap is no game (a bet
on him would be void). Before 2021 no snaps were counted: a missing row is then unknown, and stands nowhere as a zero.
"""

from typing import Final, Literal

import pandas as pd

from workbench.features.player_yards.targets import YardsTarget

#: How a missing stat row is read: by the snaps, where they were counted, or as unknown everywhere.
Zeros = Literal["snaps", "stat_rows"]
#: No league completes this share of a week's passes (2002-2024: at most .69 in a regular week): where it seems to, the
#: source recorded the successful attempts alone, as the stat files of 2003-2008 do for targets.
_TOO_GOOD: Final = 0.9
_KEYS = ["season", "week", "team", "player_id"]
COLUMNS = (
    "player_id", "player_name", "position", "team", "opponent", "game_id", "season", "week", "number", "kickoff_utc",
    "yards", "volume", "snap_share", "known_at",
)  # fmt: skip


def recorded(weeks: pd.DataFrame, *, target: YardsTarget) -> pd.DataFrame:
    """Return the stat lines of the weeks whose attempts were recorded, with ``yards`` and ``volume``.

    Parameters
    ----------
    weeks : DataFrame
        Rows of ``schema.PLAYER_WEEKS``.
    target : YardsTarget
    """
    lines = weeks.rename(columns={target.yards: "yards", target.volume: "volume"}).dropna(subset=["yards", "volume"])
    if target.successes is None or target.successes not in lines:
        return lines
    sums = lines.groupby(["season", "week"])[[target.successes, "volume"]].transform("sum")
    return lines[sums[target.successes] <= _TOO_GOOD * sums["volume"]]


def performances(
    lines: pd.DataFrame, *, snaps: pd.DataFrame, sides: pd.DataFrame, target: YardsTarget, zeros: Zeros
) -> pd.DataFrame:
    """Return one row a player and game, of the players who ever had a stat line at the target's positions.

    Parameters
    ----------
    lines : DataFrame
        From :func:`recorded`.
    snaps : DataFrame
        From :func:`offensive_snaps`.
    sides : DataFrame
        From :func:`team_games`.
    target : YardsTarget
    zeros : {"snaps", "stat_rows"}

    Returns
    -------
    DataFrame
        ``COLUMNS``. ``yards`` and ``volume`` are zero where the player had an offensive snap and no stat line;
        ``snap_share`` is null where no snap was counted for him. ``known_at`` is when all of the row was known.
    """
    lines = lines[[*_KEYS, "player_name", "position", "yards", "volume", "known_at"]]
    asked = lines.loc[lines["position"].isin(target.positions), "player_id"].unique()
    lines = lines[lines["player_id"].isin(asked)]
    if zeros == "snaps":
        own = snaps.loc[snaps["player_id"].isin(asked), [*_KEYS, "snap_share", "known_at"]]
        both = lines.merge(own, on=_KEYS, how="outer", suffixes=("", "_snap"))
        lines = both.assign(
            known_at=both[["known_at", "known_at_snap"]].max(axis=1),
            **{name: both[name].fillna(0.0) for name in ("yards", "volume")},
        )
    else:
        lines = lines.merge(snaps[[*_KEYS, "snap_share"]], on=_KEYS, how="left")
    games = sides[["season", "week", "team", "opponent", "game_id", "number", "kickoff_utc"]]
    return lines.merge(games, on=["season", "week", "team"])[list(COLUMNS)]


def team_totals(lines: pd.DataFrame, *, sides: pd.DataFrame, target: YardsTarget) -> pd.DataFrame:
    """Return one row a team and game whose stats are known: what all of its players did together.

    Returns
    -------
    DataFrame
        ``team, opponent, game_id, season, kickoff_utc, number, known_at, team_yards, team_volume`` (every player) and
        ``own_yards, own_volume`` (the target's positions).
    """
    own = lines["position"].isin(target.positions)
    lines = lines.assign(
        team_yards=lines["yards"],
        team_volume=lines["volume"],
        own_yards=lines["yards"].where(own, 0.0),
        own_volume=lines["volume"].where(own, 0.0),
    )
    sums = ["team_yards", "team_volume", "own_yards", "own_volume"]
    by = lines.groupby(["season", "week", "team"], sort=False)
    totals = by[sums].sum().assign(known_at=by["known_at"].max()).reset_index()
    games = sides[["season", "week", "team", "opponent", "game_id", "number", "kickoff_utc"]]
    return totals.merge(games, on=["season", "week", "team"]).drop(columns="week")
