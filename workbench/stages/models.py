"""The week's model, put together from what earlier seasons teach."""

import json
from dataclasses import asdict, dataclass, field

import pandas as pd
from pydantic import TypeAdapter

from workbench.clock import AsOf, utc
from workbench.decision.history import known_scales
from workbench.decision.week_model import WeekModel
from workbench.features.drives import derive_drives
from workbench.features.fair_lines import LineScales
from workbench.features.forecast import ForecastModel, fit_model, view_facts
from workbench.settings import Settings
from workbench.simulate.model import MINIMUM_DRIVES, DriveModel, fit_drive_model
from workbench.simulate.score_model import ScoreModel, fit_score_model
from workbench.stages.season_check import SeasonCheck, season_check

#: Seasons of plays behind the drive model.
DRIVE_SEASONS = 5
_PLAY_COLUMNS = (
    "game_id", "season", "week", "play_id", "posteam", "defteam", "home_team", "play_type", "down", "ydstogo",
    "yardline_100", "score_differential", "game_seconds_remaining", "yards_gained", "touchdown", "interception",
    "fumble",
    "fixed_drive", "fixed_drive_result", "posteam_score", "posteam_score_post", "defteam_score", "defteam_score_post",
)  # fmt: skip

#: Facts of earlier seasons that a season's model is fitted on.
_FITTED_ON = ("games", "results", "starters", "player_weeks", "quotes", "plays")
#: Stamps are whole microseconds: this much before a fact came in, it was not known.
_TICK = pd.Timedelta(microseconds=1)

_FORECAST = TypeAdapter(ForecastModel)


@dataclass(frozen=True, slots=True)
class SeasonModel:
    """What is fitted once for a season's weeks; ``at`` gives the model of an instant.

    The seasons before are over, so that one fit serves every week. Where a fact of them came in during the season (a
    correction), decisions before it rest on a fit without it, made when the first of them asks.

    Attributes
    ----------
    forecast : ForecastModel
        As the profiles stage left it.
    drives : DriveModel or ScoreModel
    check : SeasonCheck
        The season's finished games against their draws, as of the view.
    settings : Settings
        For seed and draws.
    season : int
    view : AsOf
        What it was fitted on: as of the last decision it may be asked for.
    arrivals : DatetimeIndex
        When facts of the seasons before came in, in order, each instant once.
    """

    forecast: ForecastModel
    drives: DriveModel | ScoreModel
    check: SeasonCheck
    settings: Settings
    season: int
    view: AsOf = field(repr=False, compare=False)
    arrivals: pd.DatetimeIndex = field(repr=False, compare=False)
    _earlier: dict[pd.Timestamp, "SeasonModel"] = field(default_factory=dict, init=False, repr=False, compare=False)

    def at(self, instant: pd.Timestamp) -> WeekModel:
        """Return the model of a decision: it rests on the earlier seasons as known by then, its shape on games over.

        Raises
        ------
        LeakageError
            If the decision is later than the view: what came in between is not in it.
        """
        fit = self.fitted_by(instant)
        shape, _ = fit.check.shape_at(instant)
        return WeekModel(fit.forecast, fit.drives, shape, seed=self.settings.seed, n_draws=self.settings.draws)

    def fitted_by(self, instant: pd.Timestamp) -> "SeasonModel":
        """Return the fit on the earlier seasons as they were known at an instant: this one, unless a fact came later.

        Decisions between the same two arrivals share a fit, which is made once.

        Raises
        ------
        LeakageError
            If the instant is later than the view.
        """
        self.view.earlier(instant)  # refuses what is later
        later = self.arrivals[self.arrivals > utc(instant)]
        if later.empty:
            return self
        until = later[0] - _TICK
        if until not in self._earlier:
            self._earlier[until] = fitted_season(self.view.earlier(until), season=self.season, settings=self.settings)
        return self._earlier[until]


def fitted_season(view: AsOf, *, season: int, settings: Settings) -> SeasonModel:
    """Return what a view teaches for a season's weeks, from nothing but the view.

    Parameters
    ----------
    view : AsOf
        As of the last decision the model will be asked for.
    season : int
    settings : Settings
    """
    scales = known_scales(view, season=season)
    forecast = fit_model(view_facts(view, scales=scales), before_season=season, scales=scales)
    return season_model(view, season=season, forecast=forecast, settings=settings)


def season_model(view: AsOf, *, season: int, forecast: ForecastModel, settings: Settings) -> SeasonModel:
    """Fit the drive model on the seasons before, and hold the season so far against it.

    Parameters
    ----------
    view : AsOf
        As of the last decision the model will be asked for.
    season : int
    forecast : ForecastModel
        Fitted on the seasons before, as the same view knows them.
    settings : Settings
    """
    drives = drive_model(view, season=season, scales=forecast.scales)
    window = int(settings.model["shape_window_weeks"])
    check = season_check(view, drives, season=season, scales=forecast.scales, seed=settings.seed, window_weeks=window)
    return SeasonModel(forecast, drives, check, settings, season, view, _arrivals(view, season=season))


def _arrivals(view: AsOf, *, season: int) -> pd.DatetimeIndex:
    """Return when facts of the seasons before one came in, of all that is fitted on them."""
    tables = (view.table(name, columns=["season", "known_at"]) for name in _FITTED_ON if view.has(name))
    came = [rows.loc[rows["season"] < season, "known_at"].drop_duplicates() for rows in tables]
    stamps = pd.concat(came) if came else pd.Series(dtype="datetime64[us, UTC]")
    return pd.DatetimeIndex(stamps.drop_duplicates().sort_values())


def drive_model(view: AsOf, *, season: int, scales: LineScales) -> DriveModel | ScoreModel:
    """Fit the drive model on the seasons before one that have plays; without plays, the model of final scores."""
    plays = view.table("plays", columns=_PLAY_COLUMNS, seasons=range(season - DRIVE_SEASONS, season))
    drives = derive_drives(plays)
    if len(drives) < MINIMUM_DRIVES:
        return _score_model(view, season=season, scales=scales)
    seasons = sorted({int(s) for s in plays["season"]})
    return fit_drive_model(drives, expectations=_expectations(view, seasons=seasons, scales=scales))


def _score_model(view: AsOf, *, season: int, scales: LineScales) -> ScoreModel:
    results = view.table("results")
    earlier = results[results["season"] < season]
    expected = _expectations(view, seasons=sorted({int(s) for s in earlier["season"]}), scales=scales)
    margin = expected["home_score"] - expected["away_score"] - expected["margin_mean"]
    total = expected["home_score"] + expected["away_score"] - expected["total_mean"]
    return fit_score_model(earlier, margin_sd=float(margin.std()), total_sd=float(total.std()))


def _expectations(view: AsOf, *, seasons: list[int], scales: LineScales) -> pd.DataFrame:
    """Return the means that the last lines of some seasons' games stand for, beside their scores."""
    quotes = view.table("quotes", columns=["game_id", "market", "source", "line", "recorded_at"], seasons=seasons)
    last = quotes[quotes["line"].notna()].sort_values("recorded_at").drop_duplicates(["game_id", "market"], keep="last")
    lines = last.pivot(index="game_id", columns="market", values="line").reset_index()
    results = view.table("results", columns=["game_id", "home_score", "away_score"], seasons=seasons)
    means = pd.DataFrame(
        {
            "game_id": lines["game_id"],
            "margin_mean": scales.margin.means_of(lines["spread"]),
            "total_mean": scales.total.means_of(lines["total"]),
        }
    )
    return means.dropna().merge(results, on="game_id")


def forecast_to_json(model: ForecastModel) -> object:
    """Return a forecast model as plain values; an infinite variance (an observation not used) as text."""
    return json.loads(json.dumps(asdict(model)), parse_constant=str)


def forecast_from_json(plain: object) -> ForecastModel:
    """Return a forecast model written by ``forecast_to_json``, checked field by field."""
    return _FORECAST.validate_python(plain)
