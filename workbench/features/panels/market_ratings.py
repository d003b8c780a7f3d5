"""What the market thought of each team, from closing lines of earlier weeks only.

A Kalman filter over one number a team and one home field: a game's closing line is the home team's number less the
away team's, plus the home field unless the site is neutral, plus noise. Numbers drift a little every week, and between
seasons shrink towards the league and drift a lot. So a rating is adjusted for opponents and home field, starts a season
at last season's regressed value, and knows nothing of results, injuries or lines of the week it is read in.

The constants below maximise the likelihood of the closing lines of 1999-2006, rounded: the seasons before the first
real openers, so that none on which a line move is studied had a say.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MarketRatingParameters:
    """How closing lines move teams' numbers. All standard deviations in points.

    Attributes
    ----------
    noise_sd : float
        Of a closing line about the difference of two numbers: injuries, rest, rounding.
    week_sd : float
        A number's drift from one week to the next.
    season_kept : float
        Share of last season's number that a new season keeps.
    season_sd : float
        What a new season adds.
    first_sd : float
        Spread of teams never seen before.
    home_points, home_sd, home_season_sd : float
        The home field at first, how sure of it, and its drift from season to season.
    """

    noise_sd: float = 1.6
    week_sd: float = 0.95
    season_kept: float = 0.65
    season_sd: float = 1.2
    first_sd: float = 3.9
    home_points: float = 2.7
    home_sd: float = 0.5
    home_season_sd: float = 0.1


DEFAULT: Final = MarketRatingParameters()


def market_ratings(games: pd.DataFrame, *, parameters: MarketRatingParameters = DEFAULT) -> pd.DataFrame:
    """Return both teams' market ratings before each game, from the closing lines of strictly earlier weeks.

    Parameters
    ----------
    games : DataFrame
        ``season, week, home_team, away_team, neutral, close_line`` (home_line, may be null); seasons and weeks in the
        order of time.
    parameters : MarketRatingParameters, optional

    Returns
    -------
    DataFrame, index of ``games``
        ``home_market_rating, away_market_rating``: points over an average team at a neutral site; null for a team
        without any earlier closing line.
    """
    arrays = _arrays(games)
    ratings = np.full((len(games), 2), np.nan)
    state = _State.initial(len(arrays.teams), parameters)
    season = None
    for rows in arrays.weeks:
        if season is not None:
            state.advance(parameters, new_season=bool(arrays.season[rows[0]] != season))
        season = arrays.season[rows[0]]
        for side, team in enumerate((arrays.home[rows], arrays.away[rows])):
            ratings[rows, side] = np.where(state.seen[team], state.mean[team], np.nan)
        lined = rows[np.isfinite(arrays.line[rows])]
        if len(lined):
            state.observe(arrays, rows=lined, noise_variance=parameters.noise_sd**2)
    columns = {"home_market_rating": ratings[:, 0], "away_market_rating": ratings[:, 1]}
    return pd.DataFrame(columns, index=games.index)


@dataclass(frozen=True, slots=True)
class _Arrays:
    teams: NDArray[np.object_]
    season: NDArray[np.int64]
    home: NDArray[np.int64]
    away: NDArray[np.int64]
    field: Floats
    line: Floats
    weeks: list[NDArray[np.int64]]


def _arrays(games: pd.DataFrame) -> _Arrays:
    sides = np.concatenate([games["home_team"].to_numpy(object), games["away_team"].to_numpy(object)])
    teams, codes = np.unique(sides.astype(str), return_inverse=True)
    order = np.lexsort((games["week"].to_numpy(np.int64), games["season"].to_numpy(np.int64)))
    key = games[["season", "week"]].to_numpy(np.int64)[order]
    edges = np.flatnonzero((key[1:] != key[:-1]).any(axis=1)) + 1
    return _Arrays(
        teams=teams,
        season=games["season"].to_numpy(np.int64),
        home=codes[: len(games)],
        away=codes[len(games) :],
        field=1.0 - games["neutral"].to_numpy(np.float64),
        line=games["close_line"].to_numpy(np.float64, na_value=np.nan),
        weeks=[rows for rows in np.split(order, edges) if len(rows)],
    )


@dataclass(slots=True)
class _State:
    """Means and covariance of the teams' numbers; the last entry is the home field."""

    mean: Floats
    covariance: Floats
    seen: NDArray[np.bool_]
    log_likelihood: float = 0.0

    @classmethod
    def initial(cls, teams: int, parameters: MarketRatingParameters) -> "_State":
        variances = np.full(teams + 1, parameters.first_sd**2)
        variances[-1] = parameters.home_sd**2
        mean = np.zeros(teams + 1)
        mean[-1] = parameters.home_points
        return cls(mean, np.diag(variances), np.zeros(teams, dtype=bool))

    def advance(self, parameters: MarketRatingParameters, *, new_season: bool) -> None:
        """Let a week pass, or the months between seasons."""
        teams = len(self.seen)
        kept = np.ones(teams + 1)
        added = np.full(teams + 1, parameters.week_sd**2)
        added[-1] = 0.0
        if new_season:
            kept[:-1], added[:-1] = parameters.season_kept, parameters.season_sd**2
            added[-1] = parameters.home_season_sd**2
        self.mean = self.mean * np.where(np.arange(teams + 1) < teams, kept, 1.0)
        self.covariance = self.covariance * np.outer(kept, kept) + np.diag(added)

    def observe(self, arrays: _Arrays, *, rows: NDArray[np.int64], noise_variance: float) -> None:
        """Take in the closing lines of a week."""
        design = np.zeros((len(rows), len(self.mean)))
        each = np.arange(len(rows))
        design[each, arrays.home[rows]] += 1.0
        design[each, arrays.away[rows]] -= 1.0
        design[:, -1] = arrays.field[rows]
        spread = design @ self.covariance
        variance = spread @ design.T + noise_variance * np.eye(len(rows))
        surprise = arrays.line[rows] - design @ self.mean
        gain = np.linalg.solve(variance, np.column_stack([spread, surprise]))
        self.mean = self.mean + spread.T @ gain[:, -1]
        self.covariance = self.covariance - spread.T @ gain[:, :-1]
        self.log_likelihood -= 0.5 * float(surprise @ gain[:, -1] + np.linalg.slogdet(variance)[1])
        self.seen[arrays.home[rows]] = self.seen[arrays.away[rows]] = True
