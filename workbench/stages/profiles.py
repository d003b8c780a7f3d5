"""Stage 02, profiles: how good each team is, shrunk how far, as of when."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.clock import AsOf, Week
from workbench.features.forecast import ForecastModel, fit_model, informed_forecasts, view_facts
from workbench.features.profiles import TeamProfiles, team_profiles
from workbench.stages.context import StageRun, decision_instant
from workbench.stages.models import forecast_to_json

FORECAST_MODEL = "forecast_model.json"


@dataclass(frozen=True, slots=True)
class Profiled:
    """What profiles leave and their notebook explains.

    Attributes
    ----------
    as_of : Timestamp
        Nothing later was read.
    profiles : TeamProfiles
        Shrunken metrics with their priors and notes.
    ratings : DataFrame
        One row a team that plays this week: rating, offence, defence, quarterback points, standard error.
    forecasts : DataFrame
        One row a game: the rating model's margin and total without the market.
    model : ForecastModel
        Fitted on earlier seasons; later stages read it.
    """

    as_of: pd.Timestamp
    profiles: TeamProfiles
    ratings: pd.DataFrame
    forecasts: pd.DataFrame
    model: ForecastModel


def profile_week(run: StageRun) -> Profiled:
    """Shrink every team's metrics, rate the teams and forecast the week's games without the market."""
    facts = run.facts()
    instant = decision_instant(run, facts)
    view = facts.as_of(instant)
    profiles = team_profiles(view, season=run.week.season, week=run.week.week)
    model = fit_model(view_facts(view), before_season=run.week.season)
    forecasts = informed_forecasts(view, games=week_games(view, run.week), model=model)
    ratings = current_ratings(forecasts, week_games(view, run.week))
    run.save_table("team_profiles.parquet", profiles.profiles)
    run.save_table("league_priors.parquet", profiles.league_priors)
    run.save_table("ratings.parquet", ratings)
    run.save_table("forecasts.parquet", forecasts)
    run.save_json(FORECAST_MODEL, forecast_to_json(model))
    return Profiled(instant, profiles, ratings, forecasts, model)


def current_ratings(forecasts: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Return one row a team that plays: rating and its parts in points of margin, with the rating's standard error."""
    named = forecasts.merge(games[["game_id", "home_team", "away_team"]], on="game_id")
    parts = ["rating", "offence", "defence", "quarterback_points", "quarterback_name"]
    sides = [
        named[[f"{side}_team", *(f"{side}_{part}" for part in parts)]].set_axis(["team", *parts], axis=1)
        for side in ("home", "away")
    ]
    error = np.tile(named["margin_mean_sd"].to_numpy(dtype=np.float64) / np.sqrt(2.0), 2)
    rated = pd.concat(sides, ignore_index=True).assign(standard_error=error)
    return rated.sort_values("rating", ascending=False).reset_index(drop=True)


def week_games(view: AsOf, week: Week) -> pd.DataFrame:
    """Return a week's games, ordered by kick-off."""
    games = view.table("games", seasons=[week.season])
    return games[games["week"] == week.week].sort_values(["kickoff_utc", "game_id"]).reset_index(drop=True)
