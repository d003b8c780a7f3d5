"""One season of one league whose law is known: every method's intervals against it, and what a change of law does."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.bayes.conformal.intervals import Intervals, mid_intervals
from workbench.bayes.conformal.split import conformalized_quantiles
from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.against_law import crps_excess, exact_share_held, share_held
from workbench.bayes.scores.cells import deciles
from workbench.bayes.scores.coverage import LEVELS, coverage
from workbench.bayes.scores.proper import crps
from workbench.data.demo.yards_drift import YardsDrift
from workbench.data.demo.yards_league import YardsLeague, yards_league
from workbench.features.player_yards.rows import player_yards
from workbench.lifecycle.recalibrate import RecalibrationPath
from workbench.stages.calibration.deliver import delivered
from workbench.stages.calibration.split import SeasonRows, season_rows
from workbench.stages.studies.bnn_truth_methods import (
    CONFORMAL,
    DELIVERED,
    ENSEMBLE,
    LAW,
    ONCE,
    Learned,
    Said,
    calibrated_once,
    learned,
    season_said,
)

TARGET: Final = "rushing_yards"
#: What backs gain, times what they gained before, from this week of the season on.
SCALES: Final = (0.6, 1.5)
CHANGED_FROM: Final = 8
_LEVEL: Final = 0.9
_KEYS: Final = ["season", "week", "game_id", "player_id", "role", "yards"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueSeason:
    """What is asked of one season of one league.

    Attributes
    ----------
    league_seed : int
    seasons : tuple of int
        Drawn.
    season : int
        Tested; the one before calibrates, earlier ones teach.
    networks : tuple of str
    sigma : float
    seed : int
        Of the fits.
    tiny : bool
        Whether fits are too short to be any good.
    """

    league_seed: int
    seasons: tuple[int, ...]
    season: int
    networks: tuple[str, ...]
    sigma: float
    seed: int
    tiny: bool


def league_season(asked: LeagueSeason) -> dict[str, pd.DataFrame]:
    """Return the frames of one season of one league.

    Returns
    -------
    dict of str to DataFrame
        ``rows`` (one a player-game: its keys, role, decile of the delivered median), ``intervals`` (one a method, level
        and player-game, see ``interval_rows``), ``skill`` (one a method and player-game: ``excess, drawn_crps``),
        ``drift`` (one a scale and player-game: ``week, game_id, once, delivered`` shares of the law held at 90 %),
        ``weeks`` (one a scale and week: the rule's decision).
    """
    league = yards_league(asked.league_seed, seasons=asked.seasons)
    task = player_yards(league.tables, target=TARGET)
    split = season_rows(task.rows, season=asked.season)
    found = learned(
        split, features=task.features, networks=asked.networks, sigma=asked.sigma, seed=asked.seed, tiny=asked.tiny
    )
    said = season_said(found, split)
    law = league.forecast(split.forecast)
    middles = said.forecasts[DELIVERED].median.astype(np.float64)
    rows = split.forecast[_KEYS].assign(row=np.arange(len(split.forecast)), decile=deciles(middles).astype(np.int64))
    drift, weeks = _changes(league, found, split=split, said=said)
    return {
        "rows": rows, "intervals": _intervals(said, split=split, law=law), "skill": _skill(said, split=split, law=law),
        "drift": drift, "weeks": weeks,
    }  # fmt: skip


def interval_rows(
    forecast: IntegerForecast | None, found: Intervals, *, law: IntegerForecast, yards: "pd.Series[float]", level: float
) -> pd.DataFrame:
    """Return what one method's intervals at one level hold.

    Returns
    -------
    DataFrame, one row a player-game
        ``row, level``; shares of the law: ``mid`` and ``closed`` of the intervals given, ``plain_mid, plain_closed`` of
        the forecast's equal-tailed quantiles, ``exact`` of its transform (null without a forecast); of the one draw
        that was played: ``drawn_mid, drawn_closed``; and ``width`` in yards.
    """
    ends = (found.lower, found.upper)
    unknown = np.full(len(law), np.nan)
    plain = None if forecast is None else forecast.interval(level)
    return pd.DataFrame(
        {
            "row": np.arange(len(law)),
            "level": level,
            "mid": share_held(law, *ends, mid=True),
            "closed": share_held(law, *ends),
            "plain_mid": unknown if plain is None else share_held(law, *plain, mid=True),
            "plain_closed": unknown if plain is None else share_held(law, *plain),
            "exact": unknown if forecast is None else exact_share_held(forecast, law, level=level),
            "drawn_mid": coverage(ends, yards, level=level, mid=True),
            "drawn_closed": coverage(ends, yards, level=level),
            "width": found.width,
        }
    )


def _intervals(said: Said, *, split: SeasonRows, law: IntegerForecast) -> pd.DataFrame:
    yards, before = split.forecast["yards"], split.calibration["yards"]
    parts = []
    for level in LEVELS:
        for name, forecast in {**said.forecasts, LAW: law}.items():
            one = interval_rows(forecast, mid_intervals(forecast, level), law=law, yards=yards, level=level)
            parts.append(one.assign(method=name))
        once = conformalized_quantiles(said.calibration, before, forecast=said.forecasts[ENSEMBLE], coverage=level)
        parts.append(interval_rows(None, once, law=law, yards=yards, level=level).assign(method=CONFORMAL))
    return pd.concat(parts, ignore_index=True)


def _skill(said: Said, *, split: SeasonRows, law: IntegerForecast) -> pd.DataFrame:
    yards, every = split.forecast["yards"], {**said.forecasts, LAW: law}
    parts = [
        pd.DataFrame({"method": name, "excess": crps_excess(one, law), "drawn_crps": crps(one, yards)})
        for name, one in every.items()
    ]
    return pd.concat(parts, names=["part", "row"], keys=range(len(parts))).reset_index("row").reset_index(drop=True)


def _changes(
    league: YardsLeague, found: Learned, *, split: SeasonRows, said: Said
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what is held week by week where the law stays (scale 1) and where it changes, and what was decided."""
    shares, weeks = [], []
    for scale in (1.0, *SCALES):
        drift = YardsDrift(league=league, season=split.season, first_week=CHANGED_FROM, scale=scale)
        rows, once, path = split.forecast, said.forecasts[ONCE], said.path
        if scale != 1.0:
            rows, once, path = _after(drift, found, split=split, said=said)
        law = drift.forecast(rows)
        held = {name: _held(one, law) for name, one in ((ONCE, once), (DELIVERED, path.forecast))}
        shares.append(rows[["season", "week", "game_id"]].assign(scale=scale, **held))
        weeks.append(path.weeks.assign(scale=scale))
    return pd.concat(shares, ignore_index=True), pd.concat(weeks, ignore_index=True)


def _after(
    drift: YardsDrift, found: Learned, *, split: SeasonRows, said: Said
) -> tuple[pd.DataFrame, IntegerForecast, RecalibrationPath]:
    """Return the changed season's rows, their forecast calibrated once, and what the week's rule delivers."""
    # Features see the changed yards of earlier weeks, as they would.
    whole = player_yards(drift.tables, target=TARGET, seasons=(split.season,)).rows
    changed = replace(split, forecast=whole[whole["yards"].notna()].reset_index(drop=True))
    plain = found.ensemble.forecast(changed.forecast)
    once = calibrated_once(changed, plain, calibration=said.calibration)
    return changed.forecast, once, delivered(changed, past=said.calibration, coming=plain).path


def _held(forecast: IntegerForecast, law: IntegerForecast) -> NDArray[np.float64]:
    found = mid_intervals(forecast, _LEVEL)
    return share_held(law, found.lower, found.upper, mid=True)
