"""What the profiles page says."""

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures import profiles as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import count, estimate, number, percent
from workbench.report.stories.frame import as_of_words
from workbench.stages.profiles import Profiled

_Z95 = 1.96


def findings(result: Profiled) -> list[str]:
    """Return who is good, how far shrinkage went, and what is uncertain."""
    return [s for s in (_gap(result), _best(result), _shrinkage(result), _quarterbacks(result), _notes(result)) if s]


def _best(result: Profiled) -> str:
    if result.ratings.empty:
        return "No team is rated: the week has no games."
    top, bottom = result.ratings.iloc[0], result.ratings.iloc[-1]
    gap = top["rating"] - bottom["rating"]
    error = np.hypot(top["standard_error"], bottom["standard_error"])
    return (
        f"{top['team']} is rated highest and {bottom['team']} lowest of the teams that play: "
        f"{estimate(gap, gap - _Z95 * error, gap + _Z95 * error, unit='points')} apart."
    )


def _gap(result: Profiled) -> str:
    if len(result.ratings) < 2:
        return ""
    error = float(result.ratings["standard_error"].median())
    spread = float(result.ratings["rating"].std(ddof=1))
    verdict = "wider than" if error * _Z95 > spread else "narrower than"
    return (
        f"A team's rating is known to ±{number(_Z95 * error, digits=1)} points (95 %), {verdict} the spread of teams "
        f"({number(spread, digits=1)} points, one standard deviation)."
    )


def _shrinkage(result: Profiled) -> str:
    rows = result.profiles.profiles
    if rows.empty:
        return "There are no plays to profile teams with: ratings rest on scores."
    weights = rows.groupby("metric")["weight"].mean().sort_values()
    return (
        f"Data counts most in {_said(weights.index[-1])} ({percent(weights.iloc[-1])} of the profile) and least in "
        f"{_said(weights.index[0])} ({percent(weights.iloc[0])}), where teams can hardly be told from the league."
    )


def _quarterbacks(result: Profiled) -> str:
    chances = [c for c in ("home_quarterback_chance", "away_quarterback_chance") if c in result.forecasts]
    unsure = int(sum((result.forecasts[c] < 0.9).sum() for c in chances))
    if not chances or not unsure:
        return ""
    return (
        f"{count(unsure, 'starting quarterback')} {'is' if unsure == 1 else 'are'} forecast with less than 90 % "
        "confidence; the forecasts average over who may play."
    )


def _notes(result: Profiled) -> str:
    notes = result.profiles.notes
    return f"{count(len(notes), 'metric')} could not be had in full; see the notes." if notes else ""


def numbers(result: Profiled) -> list[KeyNumber]:
    """Return the strip."""
    rating, forecasts = result.model.rating, result.forecasts
    home = float(forecasts["home_field_points"].mean()) if len(forecasts) else float("nan")
    rows = result.profiles.profiles
    return [
        KeyNumber("Home field", home, unit="points", digits=1),
        KeyNumber("Outcome sd about the forecast", rating.margin_sd, unit="points", digits=1),
        KeyNumber("Rating error (1 se)", float(result.ratings["standard_error"].median()), unit="points", digits=1),
        KeyNumber("Mean weight of data", float(rows["weight"].mean()) if len(rows) else None, unit="%"),
        KeyNumber("Games behind the calibration", rating.n_games, digits=0),
    ]


def ratings_figure(result: Profiled) -> Finding:
    """Draw ratings in order with their intervals."""
    return figures.ranked_ratings(
        result.ratings, subtitle=f"opponent-adjusted, forecast quarterback included, {_when(result)}"
    )


def plane_figure(result: Profiled) -> Finding:
    """Draw teams on the plane of offence and defence."""
    return figures.offence_defence(result.ratings, subtitle=f"points against an average team, {_when(result)}")


def shrinkage_figure(result: Profiled, *, metric: str) -> Finding:
    """Draw who was shrunk how far in one metric."""
    rows = result.profiles.profiles
    return figures.shrinkage_arrows(
        rows[rows["metric"] == metric], metric=metric, label=_said(metric), subtitle=f"raw to shrunken, {_when(result)}"
    )


def forecast_table(result: Profiled) -> pd.DataFrame:
    """Return the games with forecast margin and total, their spread, and the forecast quarterbacks."""
    shown = ["game_id", "margin_mean", "margin_sd", "total_mean", "home_quarterback_name", "away_quarterback_name"]
    return result.forecasts[shown]


def weight_table(result: Profiled) -> pd.DataFrame:
    """Return, by metric, the league mean, the mean weight of data, and where the priors come from."""
    rows = result.profiles.profiles
    if rows.empty:
        return pd.DataFrame(columns=["metric", "unit", "prior_mean", "weight", "prior"])
    by = rows.groupby(["metric", "unit"], sort=True)
    table = by.agg(prior_mean=("prior_mean", "mean"), weight=("weight", "mean"), prior=("prior_source", _commonest))
    return table.sort_values("weight", ascending=False).reset_index()


def status(result: Profiled) -> str:
    """Return the page's status word."""
    return "complete" if len(result.ratings) else "waiting"


def _commonest(values: "pd.Series[str]") -> str:
    return str(values.mode().iloc[0])


def _said(metric: str) -> str:
    return metric.replace("_", " ").replace("epa", "EPA")


def _when(result: Profiled) -> str:
    return as_of_words(result.as_of)
