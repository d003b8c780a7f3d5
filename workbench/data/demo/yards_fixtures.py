"""Fixtures of the yards league: 32 teams, 17 weeks with one of rest, strengths that drift, lines that know most."""

from datetime import time
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.demo.calendar import kickoff

Floats = NDArray[np.float64]
TEAMS: Final = tuple(f"Y{number:02d}" for number in range(1, 33))
WEEKS: Final = 17
_REST_WEEKS: Final = tuple(range(6, 14))
_SUNDAY: Final = (3, time(13, 0))
_NIGHTS: Final = ((0, time(20, 15)), (3, time(20, 20)), (4, time(20, 15)))
HOME_POINTS: Final = 2.0
MARGIN_SD: Final = 12.8
_STRENGTH_SD: Final = 4.0
_LINE_SD: Final = 1.2
_TOTAL_MEAN, _TOTAL_SD, _TOTAL_NOISE = 45.0, 3.5, 12.0


def fixtures(rng: np.random.Generator, *, seasons: tuple[int, ...]) -> pd.DataFrame:
    """Return one row a game.

    Returns
    -------
    DataFrame
        ``season, week, home, away`` (numbers), ``kickoff_utc``, ``line`` (home_line as quoted), ``total``,
        ``home_score, away_score``, ``script`` (the margin behind them, in points for the home team).
    """
    games = pd.concat([_season(rng, season) for season in seasons], ignore_index=True)
    strength = _strengths(rng, n_seasons=len(seasons))
    at = (games["season"].to_numpy() - seasons[0], games["week"].to_numpy() - 1)
    expected = HOME_POINTS + strength[*at, games["home"].to_numpy()] - strength[*at, games["away"].to_numpy()]
    margin = expected + rng.normal(0.0, MARGIN_SD, len(games))
    mean_total = rng.normal(_TOTAL_MEAN, _TOTAL_SD, len(games))
    total = np.maximum(mean_total + rng.normal(0.0, _TOTAL_NOISE, len(games)), np.abs(margin))
    line = expected + rng.normal(0.0, _LINE_SD, len(games))
    return games.assign(
        line=np.round(2.0 * line) / 2.0 + 0.0, total=np.round(2.0 * mean_total) / 2.0, script=margin,
        home_score=np.round((total + margin) / 2.0).astype(np.int64),
        away_score=np.round((total - margin) / 2.0).astype(np.int64),
    )  # fmt: skip


def _season(rng: np.random.Generator, season: int) -> pd.DataFrame:
    resting = rng.permutation(len(TEAMS)).reshape(len(_REST_WEEKS), -1)
    weeks = []
    for week in range(1, WEEKS + 1):
        away = set(resting[week - _REST_WEEKS[0]].tolist()) if week in _REST_WEEKS else set()
        playing = rng.permutation([team for team in range(len(TEAMS)) if team not in away]).reshape(-1, 2)
        slots = [_SUNDAY] * (len(playing) - len(_NIGHTS)) + list(_NIGHTS)
        stamps = {slot: kickoff(season, week=week, slot=slot) for slot in set(slots)}
        weeks.append(pd.DataFrame({"season": season, "week": week, "home": playing[:, 0], "away": playing[:, 1],
                                   "kickoff_utc": [stamps[slot] for slot in slots]}))  # fmt: skip
    return pd.concat(weeks, ignore_index=True)


def _strengths(rng: np.random.Generator, *, n_seasons: int) -> Floats:
    """Return points over the league's mean, shape (n_seasons, WEEKS, n_teams)."""
    now, out = rng.normal(0.0, _STRENGTH_SD, len(TEAMS)), np.empty((n_seasons, WEEKS, len(TEAMS)))
    for season in range(n_seasons):
        for week in range(WEEKS):
            now = now + rng.normal(0.0, 0.4, len(TEAMS))
            out[season, week] = now
        now = 0.65 * now + rng.normal(0.0, 0.7 * _STRENGTH_SD, len(TEAMS))
    return out
