"""What a fit looks back on: matches whose results are known, the clubs of each season, and what comes up."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ValidationError
from workbench.goals.dixon_coles import Floats, Matches, Memory, Strengths, fitted
from workbench.goals.promoted import promoted_prior

#: A match that counts less than this is left out: together they would weigh as little as a few matches.
LEAST_WEIGHT = 0.02
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class History:
    """Played matches, clubs as positions in a list.

    Attributes
    ----------
    clubs : tuple of str
        Sorted.
    season, home, away, home_goals, away_goals : ndarray of int, shape (n_matches,)
    kickoff, known_at : ndarray of datetime64[us], shape (n_matches,)
        UTC.
    members : mapping of int to frozenset of int
        The clubs of each season, its schedule known or not played yet.
    """

    clubs: tuple[str, ...]
    season: NDArray[np.int64]
    home: NDArray[np.int64]
    away: NDArray[np.int64]
    home_goals: NDArray[np.int64]
    away_goals: NDArray[np.int64]
    kickoff: NDArray[np.datetime64]
    known_at: NDArray[np.datetime64]
    members: Mapping[int, frozenset[int]]

    def places(self, names: "pd.Series[str]") -> NDArray[np.int64]:
        """Return the positions of clubs by name.

        Raises
        ------
        ValidationError
            If a club is not of any season's schedule.
        """
        places = pd.Index(self.clubs).get_indexer(pd.Index(names))
        if (places < 0).any():
            raise ValidationError(f"A match needs two clubs of the schedule, got {names[places < 0].iloc[0]!r}.")
        return places.astype(np.int64)


def history(games: pd.DataFrame, results: pd.DataFrame) -> History:
    """Return the history that the fact tables ``games`` and ``results`` hold.

    Parameters
    ----------
    games, results : DataFrame
        As known at some instant: a fit sees no more than it is given, and of that only what its own instant knew.
    """
    played = games.merge(
        results[["game_id", "home_score", "away_score", "known_at"]], on="game_id", suffixes=("", "_result")
    ).sort_values(["kickoff_utc", "game_id"], kind="stable")
    clubs = tuple(sorted({*games["home_team"], *games["away_team"]}))
    place = {club: i for i, club in enumerate(clubs)}
    members = {
        int(str(season)): frozenset(place[club] for club in {*rows["home_team"], *rows["away_team"]})
        for season, rows in games.groupby("season")
    }
    return History(
        clubs=clubs,
        season=played["season"].to_numpy(np.int64),
        home=played["home_team"].map(place).to_numpy(np.int64),
        away=played["away_team"].map(place).to_numpy(np.int64),
        home_goals=played["home_score"].to_numpy(np.int64),
        away_goals=played["away_score"].to_numpy(np.int64),
        kickoff=_plain(played["kickoff_utc"]),
        known_at=_plain(played["known_at_result"]),
        members=members,
    )


def strengths_at(
    past: History, *, instant: pd.Timestamp, season: int, memory: Memory, start: Strengths | None = None
) -> Strengths:
    """Fit strengths as of an instant, for matches of a season.

    Clubs that were not in the league the season before are taken to be what such clubs were (`promoted_prior`); the
    others' prior is the average club.

    Parameters
    ----------
    past : History
    instant : Timestamp
        Matches whose results were not known by then are not looked at.
    season : int
        Whose clubs are rated.
    memory : Memory
    start : Strengths, optional
        Of an earlier fit with the same clubs.
    """
    now = np.datetime64(instant.tz_convert("UTC").tz_localize(None), "us")
    age: Floats = (now - past.kickoff) / _DAY
    use = (past.known_at <= now) & (0.5 ** (age / memory.half_life_days) >= LEAST_WEIGHT)
    attack, defence = _prior_means(past, season=season, now=now)
    return fitted(
        Matches(past.home[use], past.away[use], past.home_goals[use], past.away_goals[use], age[use]),
        n_teams=len(past.clubs),
        memory=memory,
        prior_attack=attack,
        prior_defence=defence,
        start=start,
    )


def promoted(past: History, season: int) -> frozenset[int]:
    """Return the clubs of a season that were not in the league the season before; none where that is not known."""
    before = past.members.get(season - 1)
    return frozenset() if before is None else past.members.get(season, frozenset()) - before


def _prior_means(past: History, *, season: int, now: np.datetime64) -> tuple[Floats, Floats]:
    attack, defence = np.zeros(len(past.clubs)), np.zeros(len(past.clubs))
    up = sorted(promoted(past, season))
    if up:
        scored, conceded, usual = _first_seasons(past, before=season, now=now)
        attack[up], defence[up] = promoted_prior(scored, conceded, league_goals=usual)
    return attack, defence


def _first_seasons(past: History, *, before: int, now: np.datetime64) -> tuple[Floats, Floats, Floats]:
    """Return goals scored, conceded, and the average club's, of clubs in their first season up."""
    rows = []
    for season in sorted(past.members):
        mine = (past.season == season) & (past.known_at <= now)
        if season >= before or not mine.any():
            continue
        home, away, ours, theirs = past.home[mine], past.away[mine], past.home_goals[mine], past.away_goals[mine]
        for club in sorted(promoted(past, season)):
            at_home, visiting = home == club, away == club
            played = at_home.sum() + visiting.sum()
            usual = (ours.sum() + theirs.sum()) / (2 * mine.sum()) * played
            scored = ours[at_home].sum() + theirs[visiting].sum()
            rows.append((scored, theirs[at_home].sum() + ours[visiting].sum(), usual))
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _plain(stamps: "pd.Series[pd.Timestamp]") -> NDArray[np.datetime64]:
    return stamps.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
