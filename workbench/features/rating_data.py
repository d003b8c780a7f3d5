"""The games as arrays: what the rating filter reads, gathered once from fact tables.

A *side* is one team in one game. Sides are numbered ``2 * game + (0 home, 1 away)``, games by kick-off.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import week_tuesdays

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_TURNOVER_COLUMNS = ("interceptions", "fumbles_lost")


@dataclass(frozen=True, slots=True)
class RatingData:
    """Games, what they showed, and who played quarterback.

    Attributes
    ----------
    games : DataFrame, n_games rows
        ``game_id, season, week, kickoff_utc, home_team, away_team, neutral`` by kick-off, index 0..n-1.
    season : ndarray of int64, shape (n_games,)
    tuesday : ndarray of datetime64[D], shape (n_games,)
        The Eastern Tuesday that opens the game's week.
    neutral : ndarray of bool, shape (n_games,)
    teams : tuple of str
        Team codes; ``team`` indexes into it.
    team, opponent : ndarray of int64, shape (2 * n_games,)
    points : ndarray of float64, shape (2 * n_games,)
        Points scored; NaN where not (yet) known.
    passing_epa, rushing_epa, turnovers : ndarray of float64, shape (2 * n_games,)
        Expected points added by passing and rushing plays, interceptions and fumbles lost; NaN where not (yet) known.
    line : ndarray of float64, shape (n_games,)
        Closing home line of games already played; NaN where unknown or not asked for.
    players : tuple of str
        Quarterback ids; the arrays below index into it.
    starter : ndarray of int64, shape (2 * n_games,)
        The quarterback who started, -1 where not known.
    share_side, share_player, share : ndarray, shape (n_shares,)
        Who took which share of a side's dropbacks and quarterback runs; sorted by side.
    names : dict of str to str
        Quarterback id to name.
    """

    games: pd.DataFrame
    season: Integers
    tuesday: NDArray[np.datetime64]
    neutral: NDArray[np.bool_]
    teams: tuple[str, ...]
    team: Integers
    opponent: Integers
    points: Floats
    passing_epa: Floats
    rushing_epa: Floats
    turnovers: Floats
    line: Floats
    players: tuple[str, ...]
    starter: Integers
    share_side: Integers
    share_player: Integers
    share: Floats
    names: dict[str, str]

    @property
    def played(self) -> NDArray[np.bool_]:
        """Whether a game's result is known, shape (n_games,)."""
        return np.isfinite(self.points[0::2]) & np.isfinite(self.points[1::2])

    @property
    def weeks(self) -> list[Integers]:
        """Game numbers of each Tuesday-to-Monday week, in order."""
        edges = np.flatnonzero(self.tuesday[1:] != self.tuesday[:-1]) + 1
        return np.split(np.arange(len(self.games)), edges)


def rating_data(
    games: pd.DataFrame,
    results: pd.DataFrame,
    *,
    starters: pd.DataFrame | None = None,
    player_weeks: pd.DataFrame | None = None,
    closing_lines: pd.DataFrame | None = None,
) -> RatingData:
    """Gather fact tables into arrays.

    Parameters
    ----------
    games, results : DataFrame
        As ``schema.GAMES`` and ``schema.RESULTS``; games without a result are kept, to be forecast.
    starters, player_weeks : DataFrame, optional
        As ``schema.STARTERS`` and ``schema.PLAYER_WEEKS``. Without them quarterbacks and EPA are unknown, not zero.
    closing_lines : DataFrame, optional
        ``game_id, home_line``; only a filter with ``line_variance`` reads them, and only of games already played.

    Returns
    -------
    RatingData
    """
    ordered = games.sort_values(["kickoff_utc", "game_id"], kind="stable").reset_index(drop=True)
    sides = _sides(ordered, results)
    if starters is not None and len(starters):
        sides = sides.merge(
            starters[["game_id", "team", "quarterback_id", "quarterback_name"]], on=["game_id", "team"], how="left"
        )
    else:
        sides = sides.assign(quarterback_id=None, quarterback_name=None)
    has_stats = player_weeks is not None and len(player_weeks) > 0
    epa = _team_epa(sides, player_weeks if has_stats else None)
    shares = _shares(sides, player_weeks if has_stats else None)
    teams = tuple(sorted(set(sides["team"])))
    players = tuple(sorted(set(shares["player_id"]) | set(sides["quarterback_id"].dropna())))
    team_index, player_index = pd.Index(teams), pd.Index(players, dtype=object)
    return RatingData(
        games=ordered[["game_id", "season", "week", "kickoff_utc", "home_team", "away_team", "neutral"]],
        season=ordered["season"].to_numpy(np.int64),
        neutral=ordered["neutral"].to_numpy(np.bool_),
        tuesday=week_tuesdays(ordered["kickoff_utc"]).to_numpy("datetime64[D]"),
        teams=teams,
        team=team_index.get_indexer(sides["team"]).astype(np.int64),
        opponent=team_index.get_indexer(sides["opponent"]).astype(np.int64),
        points=sides["points"].to_numpy(np.float64),
        passing_epa=epa[0],
        rushing_epa=epa[1],
        turnovers=epa[2],
        line=_lines(ordered, closing_lines),
        players=players,
        starter=player_index.get_indexer(sides["quarterback_id"].fillna("")).astype(np.int64),
        share_side=shares["side"].to_numpy(np.int64),
        share_player=player_index.get_indexer(shares["player_id"]).astype(np.int64),
        share=shares["share"].to_numpy(np.float64),
        names=_names(sides, shares),
    )


def _sides(games: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Two rows a game, home first."""
    keyed = games[["game_id", "season", "week", "home_team", "away_team"]]
    scored = keyed.merge(results[["game_id", "home_score", "away_score"]], on="game_id", how="left")
    home = scored[["game_id", "season", "week", "home_team", "away_team", "home_score"]]
    away = scored[["game_id", "season", "week", "away_team", "home_team", "away_score"]]
    names = ["game_id", "season", "week", "team", "opponent", "points"]
    both = pd.concat([home.set_axis(names, axis=1), away.set_axis(names, axis=1)])
    both["points"] = both["points"].astype(np.float64)
    return both.sort_index(kind="stable").reset_index(drop=True)


def _lines(games: pd.DataFrame, closing_lines: pd.DataFrame | None) -> Floats:
    if closing_lines is None:
        return np.full(len(games), np.nan)
    return closing_lines.set_index("game_id")["home_line"].reindex(games["game_id"]).to_numpy(np.float64)


def _team_epa(sides: pd.DataFrame, player_weeks: pd.DataFrame | None) -> Floats:
    """Return passing EPA, rushing EPA and turnovers of each side, (3, n_sides); NaN where no stat is known."""
    if player_weeks is None or not {"passing_epa", "rushing_epa"} <= set(player_weeks.columns):
        return np.full((3, len(sides)), np.nan)
    lost = [c for c in _TURNOVER_COLUMNS if c in player_weeks.columns]
    stats = player_weeks[["season", "week", "team", "passing_epa", "rushing_epa"]]
    stats = stats.assign(turnovers=player_weeks[lost].fillna(0.0).sum(axis=1).astype(np.float64))
    sums = stats.groupby(["season", "week", "team"]).sum(min_count=1)
    keys = pd.MultiIndex.from_frame(sides[["season", "week", "team"]])
    played = np.isfinite(sides["points"].to_numpy(np.float64))
    return np.where(played, sums.reindex(keys).to_numpy(np.float64).T, np.nan)


def _shares(sides: pd.DataFrame, player_weeks: pd.DataFrame | None) -> pd.DataFrame:
    """Who took which share of the dropbacks; where no stat is known, the starter took all."""
    keyed = sides[["season", "week", "team"]].assign(side=np.arange(len(sides)))[sides["points"].notna().to_numpy()]
    frames = []
    if player_weeks is not None and {"attempts", "sacks", "carries"} <= set(player_weeks.columns):
        passers = (
            player_weeks[player_weeks["position"] == "QB"]
            if "position" in player_weeks.columns and player_weeks["position"].notna().any()
            else player_weeks[player_weeks["attempts"] >= 3]
        )
        used = passers[["attempts", "sacks", "carries"]].fillna(0).sum(axis=1)
        columns = ["season", "week", "team", "player_id", *(["player_name"] if "player_name" in passers else [])]
        seen = passers[columns].assign(used=used)[used > 0].merge(keyed, on=["season", "week", "team"])
        seen["share"] = seen["used"] / seen.groupby("side")["used"].transform("sum")
        frames.append(seen.reindex(columns=["side", "player_id", "player_name", "share"]))
    known = set(frames[0]["side"]) if frames else set()
    rest = keyed[~keyed["side"].isin(known)]["side"].to_numpy(np.int64)
    alone = sides.loc[rest, ["quarterback_id", "quarterback_name"]].assign(side=rest, share=1.0)
    alone = alone.rename(columns={"quarterback_id": "player_id", "quarterback_name": "player_name"})
    frames.append(alone[alone["player_id"].notna()][["side", "player_id", "player_name", "share"]])
    return pd.concat([f for f in frames if len(f)] or frames).sort_values(["side", "player_id"], kind="stable")


def _names(sides: pd.DataFrame, shares: pd.DataFrame) -> dict[str, str]:
    listed = pd.concat(
        [
            shares[["player_id", "player_name"]].set_axis(["id", "name"], axis=1),
            sides[["quarterback_id", "quarterback_name"]].set_axis(["id", "name"], axis=1),
        ]
    ).dropna()
    return {str(i): str(n) for i, n in zip(listed["id"], listed["name"], strict=True)}
