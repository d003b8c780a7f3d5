"""Team ratings and forecasts without the market: state-space strengths, forecast quarterbacks, home field.

``fit_parameters`` learns from seasons strictly before the one to forecast; ``filter_ratings`` reads every result known;
``game_forecasts`` looks ahead. ``forecasts_as_of`` does the last two from one AsOf view.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workbench.clock import AsOf
from workbench.errors import LeakageError
from workbench.features.rating_data import Floats, Integers, RatingData, rating_data
from workbench.features.rating_filter import FilterParameters, RatingState, advanced
from workbench.features.rating_forecast import StarterChances, filter_ratings, moments, walk_moments
from workbench.features.starter_reports import availability
from workbench.features.starters import Candidates, fit_starters, starter_candidates, starter_probabilities

#: Slopes and spreads are fitted on this many seasons: long enough to be stable, short enough to follow the rules.
_CALIBRATION_SEASONS = 10
_CALIBRATION_MINIMUM_GAMES = 100


@dataclass(frozen=True, slots=True)
class RatingParameters:
    """Everything fitted before the season to forecast.

    Attributes
    ----------
    before_season : int
        No game of this season or a later one was used.
    filter : FilterParameters
        Variances and carry-overs of the state space.
    starters : tuple of float
        Coefficients of the starter model (``starters.FEATURES``).
    margin_slope, margin_sd : float
        The outcome's margin about ``margin_slope`` x the filter's margin, points.
    total_intercept, total_slope, total_sd : float
        The same for totals.
    n_games : int
        Games behind the slopes and the standard deviations.
    """

    before_season: int
    filter: FilterParameters = field(default_factory=FilterParameters)
    starters: tuple[float, ...] = ()
    margin_slope: float = 1.0
    margin_sd: float = 13.5
    total_intercept: float = 0.0
    total_slope: float = 1.0
    total_sd: float = 13.5
    n_games: int = 0


def fit_parameters(
    data: RatingData, *, before_season: int, filter_parameters: FilterParameters | None = None
) -> RatingParameters:
    """Fit everything a forecast of one season needs on the seasons strictly before it.

    Parameters
    ----------
    data : RatingData
        May reach further; games of ``before_season`` and later are not used.
    before_season : int
    filter_parameters : FilterParameters, optional
        The state-space variances; default: those fitted on 1999-2009.
    """
    variances = filter_parameters or FilterParameters()
    candidates = starter_candidates(data)
    coefficients = fit_starters(candidates, data, before_season=before_season)
    chances = StarterChances(candidates, starter_probabilities(candidates, coefficients))
    raw = walk_moments(data, variances, chances=chances)
    return calibrated(RatingParameters(before_season, variances, tuple(coefficients.tolist())), data, raw=raw)


def calibrated(parameters: RatingParameters, data: RatingData, *, raw: pd.DataFrame) -> RatingParameters:
    """Return the parameters with slopes and spreads fitted on the ten seasons before ``before_season``."""
    first = max(parameters.before_season - _CALIBRATION_SEASONS, int(data.season.min()) + 2)
    used = data.played & (data.season < parameters.before_season) & (data.season >= first)
    if used.sum() < _CALIBRATION_MINIMUM_GAMES:
        return parameters
    home, away = data.points[0::2][used], data.points[1::2][used]
    margin, total = raw["margin_mean"].to_numpy()[used], raw["total_mean"].to_numpy()[used]
    slope = float(margin @ (home - away) / (margin @ margin))
    total_slope = float(np.cov(total, home + away)[0, 1] / np.var(total, ddof=1))
    intercept = float((home + away).mean() - total_slope * total.mean())
    return replace(
        parameters,
        margin_slope=slope,
        margin_sd=_root_mean_square(home - away - slope * margin),
        total_intercept=intercept,
        total_slope=total_slope,
        total_sd=_root_mean_square(home + away - intercept - total_slope * total),
        n_games=int(used.sum()),
    )


def _root_mean_square(errors: Floats) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def game_forecasts(
    state: RatingState,
    data: RatingData,
    *,
    game_ids: pd.Series,
    parameters: RatingParameters,
    candidates: Candidates | None = None,
    leaves: Floats | None = None,
) -> pd.DataFrame:
    """Forecast games from a state.

    Parameters
    ----------
    state : RatingState
        From ``filter_ratings``; must not have read the weeks after the games.
    data : RatingData
        Must hold the games asked for, with or without results.
    game_ids : Series of str
    parameters : RatingParameters
    candidates : Candidates, optional
        ``starter_candidates(data)``, if it is at hand.
    leaves : ndarray, shape (n_candidates,), optional
        What reports leave of each starter candidate (``availability``).

    Returns
    -------
    DataFrame, one row a game by kick-off
        ``game_id, margin_mean, margin_sd, total_mean, total_sd`` (points, home minus away; sd of the outcome),
        ``margin_mean_sd, total_mean_sd`` (of the mean), ``home_/away_`` ``quarterback_id, quarterback_name,
        quarterback_chance, quarterback_points, offence, defence, rating``, ``home_field_points, quarterback_points``.

    Raises
    ------
    LeakageError
        If a game is of a week before the last one the state has read.
    """
    if candidates is None:
        candidates = starter_candidates(data)
    coefficients = np.array(parameters.starters)
    chances = StarterChances(candidates, starter_probabilities(candidates, coefficients, leaves=leaves))
    asked = np.flatnonzero(data.games["game_id"].isin(game_ids).to_numpy())
    frames = []
    for tuesday in np.unique(data.tuesday[asked]):
        if tuesday < state.tuesday:
            raise LeakageError(f"A rating state of {state.tuesday} cannot forecast the earlier week of {tuesday}.")
        week = asked[data.tuesday[asked] == tuesday]
        then = advanced(state, parameters.filter, season=int(data.season[week[0]]), tuesday=tuesday)
        frames.append(pd.DataFrame(moments(then, data, games=week, parameters=parameters.filter, chances=chances)))
    return finished(pd.concat(frames, ignore_index=True), data, games=asked, parameters=parameters)


def finished(raw: pd.DataFrame, data: RatingData, *, games: Integers, parameters: RatingParameters) -> pd.DataFrame:
    """Turn raw moments into the forecasts table: slopes, outcome spread, names (columns: ``game_forecasts``)."""
    out = pd.DataFrame({"game_id": data.games["game_id"].to_numpy()[games]})
    slope = parameters.margin_slope
    out["margin_mean"], out["margin_sd"] = slope * raw["margin_mean"], parameters.margin_sd
    out["total_mean"] = parameters.total_intercept + parameters.total_slope * raw["total_mean"]
    out["total_sd"] = parameters.total_sd
    out["margin_mean_sd"] = slope * np.sqrt(raw["margin_variance"])
    out["total_mean_sd"] = parameters.total_slope * np.sqrt(raw["total_variance"])
    out["home_field_points"] = slope * raw["home_field_points"]
    for side in ("home", "away"):
        players = raw[f"{side}_player"].astype(np.int64)
        ids = [data.players[p] if p >= 0 else None for p in players]
        out[f"{side}_quarterback_id"] = pd.Series(ids, dtype=object)
        out[f"{side}_quarterback_name"] = pd.Series([data.names.get(i) if i else None for i in ids], dtype=object)
        out[f"{side}_quarterback_chance"] = raw[f"{side}_quarterback_chance"]
        parts = [f"{side}_{part}" for part in ("offence", "defence", "quarterback_points")]
        out[parts] = slope * raw[parts]
        out[f"{side}_rating"] = out[parts].sum(axis=1)
    out["quarterback_points"] = out["home_quarterback_points"] - out["away_quarterback_points"]
    return out


def view_data(view: AsOf, *, closing_lines: pd.DataFrame | None = None) -> RatingData:
    """Gather the facts a view lets through into arrays."""
    return rating_data(
        view.table("games"),
        view.table("results"),
        starters=view.table("starters") if view.has("starters") else None,
        player_weeks=view.table("player_weeks") if view.has("player_weeks") else None,
        closing_lines=closing_lines,
    )


def forecasts_as_of(view: AsOf, *, games: pd.DataFrame, parameters: RatingParameters) -> pd.DataFrame:
    """Forecast games from what was known at the view's instant and nothing else.

    Results of the games' own week are not read, so that a forecast made on Friday differs from Wednesday's only by
    what is known of the starters.

    Parameters
    ----------
    view : AsOf
    games : DataFrame
        Rows of the ``games`` table; only ``game_id`` is read.
    parameters : RatingParameters
        Fitted on seasons before these games (``fit_parameters``).

    Returns
    -------
    DataFrame
        As ``game_forecasts``.
    """
    data = view_data(view)
    asked = np.flatnonzero(data.games["game_id"].isin(games["game_id"]).to_numpy())
    state = filter_ratings(data, parameters.filter, before=data.tuesday[asked].min())
    candidates = starter_candidates(data)
    evidence = availability(view, candidates, data=data, asked=asked)
    return game_forecasts(
        state,
        data,
        game_ids=games["game_id"],
        parameters=parameters,
        candidates=candidates,
        leaves=evidence.leaves,
    )
