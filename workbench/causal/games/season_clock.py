"""Games before and after each team-season's first event: the clock starts anew every season."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: The horizon of a team without an event: before every lead that could be asked for.
UNEXPOSED: Final = -10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Games ready for estimation, sorted by season, week and game.

    Attributes
    ----------
    outcome : ndarray, shape (n_games,)
        Home minus away.
    fixed : ndarray, shape (n_games, n_fixed)
        Home field, the difference of priors, further controls.
    home, away : ndarray of int, shape (n_games,)
        Number of the team-season.
    week : ndarray of int, shape (n_games,)
        Number of the season's week.
    season : ndarray of int, shape (n_team_seasons,)
        Number of each team-season's season.
    home_since, away_since : ndarray of int, shape (n_games,)
        Games of the side since its event (0 the first), negative before, ``UNEXPOSED`` without one.
    notes : tuple of str
    """

    outcome: Floats
    fixed: Floats
    home: Integers
    away: Integers
    week: Integers
    season: Integers
    home_since: Integers
    away_since: Integers
    notes: tuple[str, ...]

    @property
    def treated(self) -> NDArray[np.bool_]:
        """Whether either side is treated, shape (n_games,)."""
        return np.asarray((self.home_since >= 0) | (self.away_since >= 0))

    @property
    def events_after(self) -> int:
        """Team-seasons with a treated game."""
        return len(np.union1d(self.home[self.home_since >= 0], self.away[self.away_since >= 0]))

    def games_at(self, horizon: int) -> int:
        """Return the team-games at a horizon."""
        return int((self.home_since == horizon).sum() + (self.away_since == horizon).sum())


def season_clock(
    rows: pd.DataFrame, exposures: pd.DataFrame, *, outcome: str, prior: str = "", controls: Sequence[str] = ()
) -> Clock:
    """Return games with the clocks of both sides.

    Raises
    ------
    ValidationError
        If a column is missing.
    """
    priors = [f"{side}_{prior}" for side in ("home", "away")] if prior else []
    _require(rows, ["season", "week", "home_team", "away_team", outcome, *priors, *controls], what="games")
    _require(exposures, ["team", "season", "first_week"], what="exposures")
    known = rows[[outcome, *controls]].notna().all(axis=1)
    notes = [] if known.all() else [f"{int((~known).sum())} games without the outcome or a control are left out."]
    games = rows[known].sort_values(["season", "week", "home_team"], kind="stable", ignore_index=True)
    home, away, keys, season = _team_seasons(games)
    first, second = _events(exposures, keys=keys)
    week = games["week"].to_numpy()
    since = _since(games, home=home, away=away, starts=first)
    censored = (week >= second[home]) | (week >= second[away])
    if censored.any():
        notes.append(f"{int(censored.sum())} games after a team's second event of the season are left out.")
        games = games[~censored].reset_index(drop=True)
        home, away, since = home[~censored], away[~censored], (since[0][~censored], since[1][~censored])
    fixed, said = _fixed(games, home, away, n_teams=len(keys), prior=prior, controls=controls)
    return Clock(
        outcome=games[outcome].to_numpy(dtype=np.float64), fixed=fixed, home=home, away=away,
        week=pd.factorize(games["season"] * 100 + games["week"])[0].astype(np.int64),
        season=season, home_since=since[0], away_since=since[1], notes=(*notes, *said),
    )  # fmt: skip


def _require(frame: pd.DataFrame, wanted: Sequence[str], *, what: str) -> None:
    missing = [name for name in wanted if name not in frame]
    if missing:
        raise ValidationError(f"The {what} must have the column {missing[0]!r}; misspelt, or another table?")


def _team_seasons(games: pd.DataFrame) -> tuple[Integers, Integers, pd.MultiIndex, Integers]:
    """Return each side's team-season by number, the team-seasons season by season, and each one's season by number."""
    teams = [pd.DataFrame({"season": games["season"], "team": games[f"{side}_team"]}) for side in ("home", "away")]
    stacked = pd.concat(teams, ignore_index=True)
    team, names = pd.factorize(stacked["team"], sort=True)
    season, seasons = pd.factorize(stacked["season"], sort=True)
    key, number = np.unique(season * len(names) + team, return_inverse=True)
    keys = pd.MultiIndex.from_arrays([names[key % len(names)], seasons[key // len(names)]])
    half = len(games)
    return number[:half], number[half:], keys, (key // len(names)).astype(np.int64)


def _events(exposures: pd.DataFrame, *, keys: pd.MultiIndex) -> tuple[Floats, Floats]:
    """Return the weeks of each team-season's first and second event, infinite where there is none."""
    weeks = exposures[["team", "season", "first_week"]].dropna().drop_duplicates().sort_values("first_week")
    turn = weeks.groupby(["team", "season"]).cumcount().to_numpy()
    where = keys.get_indexer(pd.MultiIndex.from_frame(weeks[["team", "season"]]))
    found = []
    for number in (0, 1):
        chosen = (turn == number) & (where >= 0)
        start = np.full(len(keys), np.inf)
        start[where[chosen]] = weeks["first_week"].to_numpy(dtype=np.float64)[chosen]
        found.append(start)
    return found[0], found[1]


def _since(games: pd.DataFrame, *, home: Integers, away: Integers, starts: Floats) -> tuple[Integers, Integers]:
    """Return both sides' games since their event: a bye does not move the clock."""
    n = len(games)
    order = pd.DataFrame(
        {
            "team": np.concatenate([home, away]),
            "week": np.tile(games["week"].to_numpy(), 2),
            "row": np.tile(np.arange(n), 2),
        }
    )
    order["side"] = np.repeat([0, 1], n)
    order = order.sort_values(["team", "week", "row"], kind="stable")
    order["number"] = order.groupby("team").cumcount()
    order["before"] = (order["week"] < starts[order["team"]]).astype(np.int64)
    earlier = order.groupby("team")["before"].transform("sum")
    exposed = np.isfinite(starts[order["team"]])
    order["since"] = np.where(exposed, order["number"] - earlier, UNEXPOSED)
    back = order.sort_values(["side", "row"], kind="stable")["since"].to_numpy(dtype=np.int64)
    return back[:n], back[n:]


def _fixed(
    games: pd.DataFrame, home: Integers, away: Integers, *, n_teams: int, prior: str, controls: Sequence[str]
) -> tuple[Floats, list[str]]:
    """Return home field, the difference of priors and further controls; a missing prior is the mean of the others."""
    neutral = games["neutral"].fillna(False).to_numpy(dtype=bool) if "neutral" in games else np.zeros(len(games), bool)
    columns, notes = [1.0 - neutral], []
    if prior:
        value, missing = _priors(games, home, away, n_teams=n_teams, prior=prior)
        if missing:
            notes.append(f"{missing} of {n_teams} team-seasons have no {prior}: the mean of the others stands in.")
        columns.append(value[home] - value[away])
    columns += [games[name].to_numpy(dtype=np.float64) for name in controls]
    return np.column_stack(columns), notes


def _priors(games: pd.DataFrame, home: Integers, away: Integers, *, n_teams: int, prior: str) -> tuple[Floats, int]:
    """Return each team-season's first known value, and how many have none."""
    value = np.full(n_teams, np.nan)
    sides = [(home, f"home_{prior}"), (away, f"away_{prior}")]
    stacked = pd.DataFrame(
        {
            "team": np.concatenate([number for number, _ in sides]),
            "value": np.concatenate([games[name].to_numpy(dtype=np.float64) for _, name in sides]),
            "row": np.tile(np.arange(len(games)), 2),
        }
    )
    firsts = stacked.dropna().sort_values("row", kind="stable").groupby("team")["value"].first()
    value[firsts.index.to_numpy()] = firsts.to_numpy()
    missing = int(np.isnan(value).sum())
    return np.where(np.isnan(value), np.nanmean(value) if missing < n_teams else 0.0, value), missing
