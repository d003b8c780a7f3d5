"""Stage 02, profiles: how good each team is, shrunk how far, as of when."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.clock import AsOf, Week
from workbench.decision.history import known_scales
from workbench.features.forecast import ForecastModel, fit_model, informed_forecasts, view_facts
from workbench.features.profiles import TeamProfiles, team_profiles
from workbench.features.team_ratings import team_ratings
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
        Shrunken metrics and ratings with their priors, sample sizes and weights; notes.
    ratings : DataFrame
        One row a team: rating with the forecast quarterback, offence, defence, each with its standard error.
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
    season = run.week.season
    scales = known_scales(view, season=season)
    model = fit_model(view_facts(view, scales=scales), before_season=season, scales=scales)
    forecasts = informed_forecasts(view, games=week_games(view, run.week), model=model)
    rated = team_ratings(view, week=run.week, parameters=model.rating)
    ratings = current_ratings(forecasts, week_games(view, run.week), rated=rated)
    everything = pd.concat([profiles.profiles, rated[list(profiles.profiles.columns)]], ignore_index=True)
    profiles = replace(profiles, profiles=everything)
    run.save_table("team_profiles.parquet", profiles.profiles)
    run.save_table("league_priors.parquet", profiles.league_priors)
    run.save_table("ratings.parquet", ratings)
    run.save_table("forecasts.parquet", forecasts)
    run.save_json(FORECAST_MODEL, forecast_to_json(model))
    return Profiled(instant, profiles, ratings, forecasts, model)


def current_ratings(forecasts: pd.DataFrame, games: pd.DataFrame, *, rated: pd.DataFrame) -> pd.DataFrame:
    """Return one row a team: its rating with the forecast quarterback, its parts and their standard errors, in points.

    Parameters
    ----------
    forecasts : DataFrame
        Of the week's games.
    games : DataFrame
        The week's games.
    rated : DataFrame
        From `team_ratings`: offence, defence and both of every team.

    Returns
    -------
    DataFrame
        ``team, offence, defence, rating, offence_error, defence_error, standard_error, quarterback_points,
        quarterback_name``, best first. A team that does not play is rated without a quarterback. The rating's error is
        that of the team's part of the forecast margin where it plays.
    """
    wide = rated.pivot(index="team", columns="metric", values=["shrunk", "standard_error"])
    parts = {"offence": "rating_offence", "defence": "rating_defence", "rating": "rating_team"}
    table = pd.DataFrame({name: wide["shrunk"][metric] for name, metric in parts.items()})
    errors = {"offence_error": "rating_offence", "defence_error": "rating_defence", "standard_error": "rating_team"}
    table = table.assign(**{name: wide["standard_error"][metric] for name, metric in errors.items()})
    sides = pd.concat([_side(forecasts, games, side) for side in ("home", "away")]).set_index("team")
    table = table.join(sides[["quarterback_points", "quarterback_name"]])
    table["rating"] = table["rating"] + table["quarterback_points"].fillna(0.0)
    table["standard_error"] = sides["standard_error"].reindex(table.index).fillna(table["standard_error"])
    return table.sort_values("rating", ascending=False).reset_index()


def _side(forecasts: pd.DataFrame, games: pd.DataFrame, side: str) -> pd.DataFrame:
    named = forecasts.merge(games[["game_id", f"{side}_team"]], on="game_id")
    return pd.DataFrame(
        {
            "team": named[f"{side}_team"],
            "quarterback_points": named[f"{side}_quarterback_points"],
            "quarterback_name": named[f"{side}_quarterback_name"],
            "standard_error": named["margin_mean_sd"] / np.sqrt(2.0),
        }
    )


def week_games(view: AsOf, week: Week) -> pd.DataFrame:
    """Return a week's games, ordered by kick-off."""
    games = view.table("games", seasons=[week.season])
    return games[games["week"] == week.week].sort_values(["kickoff_utc", "game_id"]).reset_index(drop=True)
