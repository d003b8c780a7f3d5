"""One row a player and week of his team: roster status, final report, whether he played, how much before.

What injuries, suspensions and moves are read from. Every column is a fact of the week or of strictly earlier ones, but
``played`` and ``snap_share``, which nobody knew before the game.
"""

from typing import Final

import pandas as pd

from workbench.shocks.identity import identified_snaps
from workbench.shocks.team_games import Tables, table_of, team_games

#: A player's usual share is the mean over this many games he last played.
GAMES_BEFORE: Final = 4
#: ... the oldest of them in the season before at the earliest.
_SEASONS_BACK: Final = 1
_NOT_PLAYING: Final = ("INA", "RES")
_KEY: Final = ["season", "week", "team", "player_id"]


def prior_shares(snaps: pd.DataFrame) -> pd.DataFrame:
    """Return each player's usual share after each game he played.

    Parameters
    ----------
    snaps : DataFrame
        Of :func:`workbench.shocks.identity.identified_snaps`.

    Returns
    -------
    DataFrame
        ``player_id, at`` (season x 100 + week of the last game counted), ``prior_share`` (mean of the last
        ``GAMES_BEFORE`` games with a snap on offence or defence), ``prior_games``, ``snap_position``.
    """
    played = snaps[snaps["player_id"].notna() & snaps["snap_share"].gt(0)]
    played = played.assign(at=played["season"] * 100 + played["week"]).sort_values(["player_id", "at"])
    by = played.groupby("player_id", sort=False)["snap_share"]
    window = by.rolling(GAMES_BEFORE, min_periods=1)
    out = played[["player_id", "at", "position"]].rename(columns={"position": "snap_position"})
    out["prior_share"] = window.mean().droplevel(0).reindex(played.index)
    out["prior_games"] = window.count().droplevel(0).reindex(played.index)
    return out.drop_duplicates(["player_id", "at"], keep="last").reset_index(drop=True)


def player_weeks(tables: Tables) -> pd.DataFrame:
    """Return the rows of the rosters with game, report, snaps and usual share.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``games`` and ``rosters``, and where there are any ``snaps`` and ``injuries``.

    Returns
    -------
    DataFrame
        Sorted by player, season, week, team. Columns ``season, week, team, player_id, player_name, position, status,
        status_code, roster_known_at, game_id, kickoff_utc, opponent, report_status, practice_status, ailment,
        report_known_at, snap_share, played`` (null where the game's snaps are unknown), ``prior_share, prior_games``.
        Empty without games or rosters.
    """
    games, rosters = table_of(tables, "games"), table_of(tables, "rosters")
    if games.empty or rosters.empty:
        return pd.DataFrame()
    snaps = identified_snaps(tables)
    rows = rosters.reindex(columns=[*_KEY, "player_name", "position", "status", "status_code", "known_at"])
    rows = rows.rename(columns={"known_at": "roster_known_at"}).merge(
        team_games(games)[["season", "week", "team", "game_id", "kickoff_utc", "opponent"]],
        on=["season", "week", "team"],
    )
    rows = rows.merge(_final_reports(table_of(tables, "injuries")), on=_KEY, how="left")
    rows = _with_snaps(rows, snaps=snaps)
    return _with_prior(rows, priors=prior_shares(snaps)).sort_values(
        ["player_id", "season", "week", "team"], ignore_index=True
    )


def _final_reports(injuries: pd.DataFrame) -> pd.DataFrame:
    """Return each player's last report of a week."""
    names = {"known_at": "report_known_at", "report_primary_injury": "ailment"}
    columns = [*_KEY, "report_status", "practice_status", *names]
    if injuries.empty:
        types = {"season": "int64", "week": "int64", "known_at": "datetime64[us, UTC]"}
        frame = pd.DataFrame({name: pd.Series(dtype=types.get(name, "str")) for name in columns})
        return frame.rename(columns=names)
    last = injuries.sort_values("known_at").drop_duplicates(_KEY, keep="last")
    return last.reindex(columns=columns).rename(columns=names)


def _with_snaps(rows: pd.DataFrame, *, snaps: pd.DataFrame) -> pd.DataFrame:
    own = snaps.dropna(subset=["player_id"]).drop_duplicates(["game_id", "player_id"])
    out = rows.merge(own[["game_id", "player_id", "snap_share"]], on=["game_id", "player_id"], how="left")
    counted = out["game_id"].isin(snaps["game_id"].unique())
    # Who is listed as inactive or in reserve did not play, whatever another source counts.
    played = out["snap_share"].gt(0) & ~out["status"].isin(_NOT_PLAYING)
    return out.assign(played=played.astype("boolean").where(counted))


def _with_prior(rows: pd.DataFrame, *, priors: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the share of strictly earlier games, the position as snaps name it where known."""
    at = rows.assign(at=rows["season"] * 100 + rows["week"]).sort_values("at")
    out = pd.merge_asof(
        at, priors.assign(last_at=priors["at"]).sort_values("at"), on="at", by="player_id", allow_exact_matches=False
    )
    recent = out["last_at"].ge((out["season"] - _SEASONS_BACK) * 100)
    out["prior_share"] = out["prior_share"].where(recent)
    out["position"] = out["snap_position"].fillna(out["position"])
    return out.drop(columns=["at", "last_at", "snap_position"])
