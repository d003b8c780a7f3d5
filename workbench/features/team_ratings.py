"""The ratings as rows of the team profiles: raw, how much data, shrunk how far."""

import numpy as np
import pandas as pd

from workbench.clock import AsOf, Week
from workbench.features.rating_data import Floats, RatingData
from workbench.features.rating_filter import RatingState, advanced
from workbench.features.rating_forecast import filter_ratings
from workbench.features.ratings import RatingParameters, view_data


def team_ratings(view: AsOf, *, week: Week, parameters: RatingParameters) -> pd.DataFrame:
    """Rate every team as it stood before a week, in points of margin against an average team.

    Parameters
    ----------
    view : AsOf
    week : Week
        The week ahead: only weeks that opened before it are read.
    parameters : RatingParameters

    Returns
    -------
    DataFrame, three rows a team (``offence, defence, team``; the quarterback is apart, in the forecasts)
        ``season, week, as_of, team, metric, unit, raw, n, shrunk, standard_error, weight, prior_mean, prior_source``.
        ``raw`` is the season's mean points scored, prevented (against the league's mean) or both; ``n`` its games;
        ``prior_mean`` the rating before the season's first game and ``weight`` the share of the prior's variance that
        the season's games have removed.
    """
    data = view_data(view)
    ahead = (data.season == week.season) & (data.games["week"].to_numpy(np.int64) == week.week)
    now_tuesday = data.tuesday[ahead].min()
    first_tuesday = data.tuesday[data.season == week.season].min()
    before, now = (
        advanced(
            filter_ratings(data, parameters.filter, before=tuesday),
            parameters.filter,
            season=week.season,
            tuesday=tuesday,
        )
        for tuesday in (first_tuesday, now_tuesday)
    )
    slope = parameters.margin_slope
    raw, n = _raw(data, season=week.season, before=now_tuesday)
    frames = []
    for metric in ("offence", "defence", "team"):
        (prior, prior_sd), (mean, sd) = _metric(before, metric), _metric(now, metric)
        frames.append(
            pd.DataFrame(
                {
                    "team": data.teams,
                    "metric": f"rating_{metric}",
                    "unit": "points",
                    "raw": raw[metric],
                    "n": n,
                    "shrunk": slope * mean,
                    "standard_error": slope * sd,
                    "weight": np.clip(1 - (sd / prior_sd) ** 2, 0.0, 1.0),
                    "prior_mean": slope * prior,
                }
            )
        )
    rows = pd.concat(frames, ignore_index=True)
    rows.insert(0, "season", week.season)
    rows.insert(1, "week", week.week)
    rows.insert(2, "as_of", view.instant)
    return rows.assign(prior_source="carried over from last season")


def _metric(state: RatingState, metric: str) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each team's offence, defence, or their sum."""
    places = np.arange(len(state.mean))
    parts = {"offence": [state.offence], "defence": [state.defence], "team": [state.offence, state.defence]}[metric]
    design = np.zeros((state.n_teams, len(state.mean)))
    for part in parts:
        design[np.arange(state.n_teams), places[part]] = 1.0
    variance = ((design @ state.covariance) * design).sum(axis=1)
    return design @ state.mean, np.sqrt(variance)


def _raw(data: RatingData, *, season: int, before: np.datetime64) -> tuple[dict[str, Floats], Floats]:
    """Season means of points scored and prevented about the league's mean (NaN before a team's first game)."""
    read = np.repeat(data.played & (data.season == season) & (data.tuesday < before), 2)
    scored, n_teams = data.points[read], len(data.teams)
    n = np.bincount(data.team[read], minlength=n_teams).astype(np.float64)
    league = scored.mean() if len(scored) else np.nan
    games = np.where(n > 0, n, np.nan)
    offence = np.bincount(data.team[read], scored, minlength=n_teams) / games - league
    defence = league - np.bincount(data.opponent[read], scored, minlength=n_teams) / games
    return {"offence": offence, "defence": defence, "team": offence + defence}, n
