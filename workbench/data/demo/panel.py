"""Leagues without plays: finals drawn about their true means, so that a thousand leagues can judge an estimator."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import EASTERN
from workbench.data.demo.calendar import regular_fixtures
from workbench.data.demo.coaches import build_benches
from workbench.data.demo.expectation import World, expectations, rest_days
from workbench.data.demo.keys import PANEL_SCORES, stream
from workbench.data.demo.league import build_world
from workbench.data.demo.market import market_lines, market_truth
from workbench.data.demo.names import CLUBS, CODES
from workbench.data.demo.panel_shocks import Contributions, planted_shocks
from workbench.data.demo.quotes import half_points
from workbench.data.demo.truth import PlantedTruth
from workbench.features.panels.history import side_history
from workbench.features.panels.market_ratings import market_ratings

Floats = NDArray[np.float64]

SEASONS: Final = tuple(range(2015, 2025))
#: Standard deviations of a game about its true mean, in points, as the engine's plays have them (``expectation``).
MARGIN_SD: Final = 12.8
TOTAL_SD: Final = 12.1
_DIVISION_TEAMS: Final = 4
_NIGHT: Final = 19  # a kick-off at this hour Eastern or later is prime time


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelLeague:
    """One league as its estimators see it, and what is true of it.

    Attributes
    ----------
    seed : int
    planted : PlantedTruth
    games : DataFrame
        The game panel, one row a game, and beside it one column a shock: its treatment, in effects of a margin signed
        home minus away, of a total unsigned.
    exposures : DataFrame
        One row an event and affected game: ``event_id, type, team`` (missing: both), ``game_id, season, week, sign,
        horizon, dose, anticipation``.
    changes : DataFrame
        Coaching changes: ``season, team, first_week``.
    contributions : mapping of (shock, outcome) to ndarray, shape (n_games,)
        What the shock truly adds to each game's outcome, in the sign of its treatment.
    """

    seed: int
    planted: PlantedTruth
    games: pd.DataFrame
    exposures: pd.DataFrame
    changes: pd.DataFrame
    contributions: Contributions

    def realised(self, shock: str, outcome: str) -> float:
        """Return the realised effect on the treated games, per unit of treatment; NaN where none is treated.

        With treatments of one and minus one this is the mean effect over treated games for the affected team; where a
        team misses several men at once, the effect of one.
        """
        treatment = self.games[shock].to_numpy(dtype=np.float64)
        square = float(treatment @ treatment)
        return float(treatment @ self.contributions[shock, outcome]) / square if square else float("nan")

    @property
    def truth(self) -> pd.DataFrame:
        """One row a planted shock and outcome: ``shock, outcome, realised, treated`` (games)."""
        rows = [
            (shock, outcome, self.realised(shock, outcome), int(np.count_nonzero(self.games[shock])))
            for shock, outcome in self.contributions
        ]
        return pd.DataFrame(rows, columns=["shock", "outcome", "realised", "treated"])


def panel_league(seed: int, *, seasons: tuple[int, ...] = SEASONS, planted: PlantedTruth | None = None) -> PanelLeague:
    """Draw a league of regular seasons.

    Parameters
    ----------
    seed : int
        Equal seeds give equal leagues.
    seasons : tuple of int
        Ascending, without gaps.
    planted : PlantedTruth, optional
        Other effects than the default ones.

    Notes
    -----
    Scores are independent rounded normals but for the correlation that gives margin and total their two spreads; they
    are not cut at zero (one in two hundred would be), for a cut would bend the planted effects. Lines, events and
    weather are those of the demo league's own modules. No result feeds back into anything but who is dismissed.

    Examples
    --------
    >>> league = panel_league(7, seasons=(2023, 2024))
    >>> [round(league.realised("bye", outcome), 2) for outcome in ("margin", "margin_vs_close")]
    [0.5, -0.5]
    """
    truth = planted or PlantedTruth()
    world = build_world(seed, seasons=seasons, planted=truth)
    fixtures = pd.concat([regular_fixtures(seed, season) for season in seasons], ignore_index=True)
    fixtures = fixtures.join(rest_days(fixtures))
    expected = expectations(world, fixtures)
    games = _with_lines(_games(fixtures, expected), world=world, fixtures=fixtures, expected=expected)
    results = fixtures[["season", "week", "home", "away"]].assign(margin=games["margin"])
    benches = build_benches(seed, seasons=seasons, results=results)
    at = (fixtures["season"].to_numpy() - seasons[0], fixtures["week"].to_numpy() - 1)
    for side in ("home", "away"):
        games[f"{side}_coach"] = benches.names[at[0], at[1], fixtures[side].to_numpy()]
    shocks = planted_shocks(world, fixtures, expected=expected, games=games, changes=benches.changes)
    told = games.merge(side_history(games), on="game_id", how="left", validate="1:1").join(market_ratings(games))
    return PanelLeague(
        seed=seed, planted=truth, games=told.join(shocks.treatments), exposures=shocks.exposures,
        changes=benches.changes[["season", "team", "first_week"]], contributions=shocks.contributions,
    )  # fmt: skip


def _games(fixtures: pd.DataFrame, expected: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that come before lines and results."""
    codes = np.array(CODES, dtype=object)
    home, away = (fixtures[side].to_numpy(dtype=np.int64) for side in ("home", "away"))
    kick = fixtures["kickoff_utc"].dt.tz_convert(EASTERN)
    roofed = np.array([club.roof == "dome" for club in CLUBS])[home] & ~fixtures["neutral"].to_numpy(np.bool_)
    prefix = fixtures["season"].astype(str) + "_" + fixtures["week"].astype(str).str.zfill(2)
    frame = pd.DataFrame({
        "game_id": prefix + "_" + codes[away] + "_" + codes[home],
        "season": fixtures["season"], "week": fixtures["week"], "game_type": fixtures["game_type"],
        "kickoff_utc": fixtures["kickoff_utc"], "home_team": codes[home], "away_team": codes[away],
        "neutral": fixtures["neutral"].to_numpy(np.bool_), "era": "demo",
        "division_game": (home // _DIVISION_TEAMS == away // _DIVISION_TEAMS).astype(np.float64),
        "prime_time": (kick.dt.hour >= _NIGHT).astype(np.float64), "roof": np.where(roofed, "dome", "outdoors"),
        "home_rest_days": fixtures["home_rest"], "away_rest_days": fixtures["away_rest"],
        "temperature_f": expected["temp"], "wind_mph": expected["wind"],
    })  # fmt: skip
    return frame


def _with_lines(games: pd.DataFrame, *, world: World, fixtures: pd.DataFrame, expected: pd.DataFrame) -> pd.DataFrame:
    """Add margins, totals and the market's, as a person would read them: lines on the half-point grid."""
    margin, total = _finals(world, expected)
    market = market_truth(market_lines(world, fixtures, expected=expected))
    lines = {
        f"{when}_{name}": half_points(market[f"{when}_{column}"].to_numpy(dtype=np.float64))
        for when in ("open", "close")
        for name, column in (("line", "margin"), ("total", "total"))
    }
    out = games.assign(margin=margin, total=total, **lines)
    for when in ("open", "close"):
        out[f"margin_vs_{when}"] = out["margin"] - out[f"{when}_line"]
        out[f"total_vs_{when}"] = out["total"] - out[f"{when}_total"]
    out["line_move"] = out["close_line"] - out["open_line"]
    out["total_move"] = out["close_total"] - out["open_total"]
    return out


def _finals(world: World, expected: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return margins and totals of rounded scores."""
    means = expected[["expected_home", "expected_away"]].to_numpy(dtype=np.float64)
    # Scores share a part and differ in a part: the total's spread comes from the one, the margin's from the other.
    shared, apart = (
        stream(world.seed, PANEL_SCORES).standard_normal((2, len(means))) * np.array([[TOTAL_SD], [MARGIN_SD]]) / 2.0
    )
    home, away = np.round(means[:, 0] + shared + apart), np.round(means[:, 1] + shared - apart)
    return home - away + 0.0, home + away
