"""What a position is worth to the market: how closes moved when its snaps were missing, earlier seasons only."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.shocks.severity import PRIOR_SD, PRIOR_WEIGHTS, REFERENCE_POINTS
from workbench.shocks.team_games import Tables, table_of

#: The running rating moves this share of the way to each close, keeps that share between seasons.
_GAIN, _KEPT = 0.15, 0.8
#: Home field in points of the close, about its mean of recent seasons.
_HOME_POINTS: Final = 1.8
#: A weight is never less than nothing, nor more than twice the heaviest prior.
_LOWEST, _HIGHEST = 0.0, 1.2
#: A season's games enter from this week on: before, the running rating still is last year's.
_FROM_WEEK: Final = 3


def closing_moves(tables: Tables) -> pd.DataFrame:
    """Return how far each close lay from what the market's earlier closes said of both teams.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``games`` and ``quotes``.

    Returns
    -------
    DataFrame
        ``game_id, season, week, home_team, away_team, move``: points of home_line, the close less its expectation from
        a running rating of both teams (strictly earlier closes).
    """
    games, quotes = table_of(tables, "games"), table_of(tables, "quotes")
    if games.empty or quotes.empty:
        return pd.DataFrame(columns=["game_id", "season", "week", "home_team", "away_team", "move"])
    closes = quotes[quotes["market"].eq("spread") & quotes["kind"].eq("close") & quotes["line"].notna()]
    first = closes.assign(other=closes["source"].ne("schedule_close")).sort_values(["other", "source"])
    own = games.merge(first.drop_duplicates("game_id")[["game_id", "line"]], on="game_id").sort_values("kickoff_utc")
    home = np.where(own["neutral"], 0.0, _HOME_POINTS)
    own["move"] = _surprises(own, home=home)
    return own[["game_id", "season", "week", "home_team", "away_team", "move"]].reset_index(drop=True)


def _surprises(games: pd.DataFrame, *, home: NDArray[np.float64]) -> list[float]:
    """Return each close less its expectation, ratings following one game after the other."""
    ratings: dict[str, float] = {}
    season, out = None, []
    columns = (games[name].to_list() for name in ("season", "home_team", "away_team", "line"))
    for year, host, guest, line, field in zip(*columns, home.tolist(), strict=True):
        if year != season:
            season, ratings = year, {team: _KEPT * rating for team, rating in ratings.items()}
        surprise = line - (ratings.get(host, 0.0) - ratings.get(guest, 0.0) + field)
        ratings[host] = ratings.get(host, 0.0) + _GAIN * surprise
        ratings[guest] = ratings.get(guest, 0.0) - _GAIN * surprise
        out.append(surprise)
    return out


def position_weights(lost: pd.DataFrame, *, moves: pd.DataFrame, seasons: list[int]) -> pd.DataFrame:
    """Return the weight of each position group as of each season.

    A ridge towards ``PRIOR_WEIGHTS``: move = -REFERENCE_POINTS x sum over groups of weight x (home - away lost share)
    + noise. The season's own games, and later ones, take no part.

    Parameters
    ----------
    lost : DataFrame
        ``game_id, team, group, lost_share``: snap share missing for the first time or second time in a row.
    moves : DataFrame
        Of :func:`closing_moves`.
    seasons : list of int

    Returns
    -------
    DataFrame
        ``season, group, weight, standard_error, prior, games`` (games the estimate rests on; 0: the prior alone).
    """
    groups = sorted(PRIOR_WEIGHTS)
    games = moves[moves["week"].ge(_FROM_WEEK)].reset_index(drop=True)
    signed = _signed_loss(lost, games=games, groups=groups)
    parts = []
    for season in seasons:
        earlier = (games["season"] < season).to_numpy()
        usable = (
            earlier
            & games["season"].isin(games.loc[games["game_id"].isin(lost["game_id"].unique()), "season"]).to_numpy()
        )
        weight, error = _ridge(signed[usable], games["move"].to_numpy(float)[usable], groups=groups)
        part = pd.DataFrame({"season": season, "group": groups, "weight": weight, "standard_error": error})
        parts.append(part.assign(prior=[PRIOR_WEIGHTS[g] for g in groups], games=int(usable.sum())))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["season", "group", "weight"])


def _signed_loss(lost: pd.DataFrame, *, games: pd.DataFrame, groups: list[str]) -> NDArray[np.float64]:
    sums = lost.groupby(["game_id", "team", "group"])["lost_share"].sum().unstack("group").reindex(columns=groups)
    sides = [
        sums.reindex(pd.MultiIndex.from_frame(games[["game_id", side]])).fillna(0.0).to_numpy(float)
        for side in ("home_team", "away_team")
    ]
    return np.asarray(sides[0] - sides[1])


def _ridge(
    signed: NDArray[np.float64], move: NDArray[np.float64], *, groups: list[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return posterior mean and sd of the weights under independent normal priors and known noise."""
    prior = np.array([PRIOR_WEIGHTS[group] for group in groups])
    if not len(move):
        return prior, np.full(len(groups), PRIOR_SD)
    x = -REFERENCE_POINTS * signed
    residual = move - move.mean()
    noise = float(np.var(residual)) or 1.0
    precision = x.T @ x / noise + np.eye(len(groups)) / PRIOR_SD**2
    covariance = np.linalg.inv(precision)
    mean = covariance @ (x.T @ residual / noise + prior / PRIOR_SD**2)
    return np.clip(mean, _LOWEST, _HIGHEST), np.sqrt(np.diag(covariance))


def weights_of(rows: pd.DataFrame, *, groups: "pd.Series[str]", weights: pd.DataFrame) -> "pd.Series[float]":
    """Return each row's weight as of its season; the prior where the season has none.

    Parameters
    ----------
    rows : DataFrame
        With ``season``.
    groups : Series of str, aligned with rows
    weights : DataFrame
        Of :func:`position_weights`.
    """
    keyed = pd.DataFrame({"season": rows["season"].astype("int64"), "group": groups})
    found = keyed.merge(weights[["season", "group", "weight"]], on=["season", "group"], how="left")["weight"]
    return found.set_axis(rows.index).astype("float64").fillna(groups.map(PRIOR_WEIGHTS).astype("float64"))
