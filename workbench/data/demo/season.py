"""Play the league: regular seasons at once, then the play-off rounds that their tables decide."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import RESULT_LAG
from workbench.data.demo.calendar import ROUNDS, playoff_fixtures, regular_fixtures
from workbench.data.demo.engine import Play, game_streams, play_games
from workbench.data.demo.expectation import World, expectations, matchups, rest_days
from workbench.data.demo.keys import GAMES
from workbench.data.demo.names import CODES, TEAMS

Codes = NDArray[np.int64]
_DIVISION_TEAMS: Final = 4
_CONFERENCE_TEAMS: Final = 8


@dataclass(frozen=True, slots=True)
class Played:
    """A batch of games.

    Attributes
    ----------
    fixtures : DataFrame
        All games in order of kick-off: season, week, game_type, away, home, kickoff_utc, neutral, rest, game_id, and
        home_score, away_score, overtime (nan where not played).
    expected : DataFrame
        Truth of the same rows (``expectation.expectations``).
    batches : list of (DataFrame, Play)
        The fixtures and plays of what was played, batch by batch.
    """

    fixtures: pd.DataFrame
    expected: pd.DataFrame
    batches: list[tuple[pd.DataFrame, Play]]


def play_league(world: World, *, now: pd.Timestamp) -> Played:
    """Play every game whose result is public at ``now``; later games stay fixtures."""
    seasons = world.squads.seasons
    fixtures = _complete(pd.concat([regular_fixtures(world.seed, s) for s in seasons], ignore_index=True))
    batches: list[tuple[pd.DataFrame, Play]] = []
    done = [_play(world, fixtures, now=now, batches=batches)]
    for week in ROUNDS:
        table = pd.concat(done, ignore_index=True)
        rounds = [_next_round(table[table["season"] == s], season=s, week=week) for s in seasons]
        games = [r for r in rounds if r is not None]
        if not games:
            break
        known = pd.concat([fixtures, *games], ignore_index=True)
        fixtures = _complete(known[list(games[0].columns)])
        fresh = fixtures[(fixtures["week"] == week) & (fixtures["game_type"] == ROUNDS[week])]
        done.append(_play(world, fresh, now=now, batches=batches))
    every = pd.concat(done, ignore_index=True).sort_values(["kickoff_utc", "game_id"], ignore_index=True)
    return Played(fixtures=every, expected=expectations(world, every), batches=batches)


def _complete(fixtures: pd.DataFrame) -> pd.DataFrame:
    ordered = fixtures.sort_values(["kickoff_utc", "home"], ignore_index=True)
    codes = np.array(CODES, dtype=object)
    away, home = codes[ordered["away"].to_numpy()], codes[ordered["home"].to_numpy()]
    keys = zip(ordered["season"], ordered["week"], away, home, strict=True)
    ids = [f"{season}_{week:02d}_{visitor}_{host}" for season, week, visitor, host in keys]
    return ordered.assign(game_id=ids).join(rest_days(ordered))


def _play(
    world: World, fixtures: pd.DataFrame, *, now: pd.Timestamp, batches: list[tuple[pd.DataFrame, Play]]
) -> pd.DataFrame:
    """Return the fixtures with scores where public at ``now``, and add the plays to ``batches``."""
    out = fixtures.assign(home_score=np.nan, away_score=np.nan, overtime=np.nan)
    public = (fixtures["kickoff_utc"] + RESULT_LAG <= now).to_numpy(np.bool_)
    games = fixtures[public].reset_index(drop=True)
    if games.empty:
        return out
    keys = zip(games["season"], games["week"], games["home"], strict=True)
    streams = game_streams([(world.seed, GAMES, int(s), int(w), int(h)) for s, w, h in keys])
    scores, plays = play_games(matchups(world, games, expected=expectations(world, games)), streams)
    extra = np.bincount(plays.game[plays.half == 3], minlength=len(games)) > 0
    out.loc[public, ["home_score", "away_score", "overtime"]] = np.column_stack([scores, extra]).astype(np.float64)
    batches.append((out[public].reset_index(drop=True), plays))
    return out


def _next_round(table: pd.DataFrame, *, season: int, week: int) -> pd.DataFrame | None:
    """Return the pairs of a play-off round, or None while the round before it is not finished."""
    if table["home_score"].isna().any():
        return None
    if week == min(ROUNDS):
        seeds = [seeds_of(table, conference=c) for c in (0, 1)]
        pairs = [pair for s in seeds for pair in ((s[3], s[0]), (s[2], s[1]))]
        return playoff_fixtures(season, week=week, pairs=pairs)
    last = table[table["week"] == week - 1]
    if last.empty:
        return None
    winners = np.where(last["home_score"] > last["away_score"], last["home"], last["away"]).astype(np.int64)
    if week == max(ROUNDS):
        first, second = sorted(winners.tolist(), reverse=bool(season % 2))
        return playoff_fixtures(season, week=week, pairs=[(first, second)])
    rank = {team: place for c in (0, 1) for place, team in enumerate(seeds_of(table, conference=c))}
    pairs = []
    for conference in (0, 1):
        left = sorted((int(t) for t in winners if t // _CONFERENCE_TEAMS == conference), key=rank.__getitem__)
        pairs.append((left[1], left[0]))
    return playoff_fixtures(season, week=week, pairs=pairs)


def seeds_of(table: pd.DataFrame, *, conference: int) -> list[int]:
    """Return a conference's four best: the two division winners, then the two best of the rest."""
    regular = table[table["game_type"] == "REG"]
    teams = np.r_[regular["home"], regular["away"]].astype(np.int64)
    margin = (regular["home_score"] - regular["away_score"]).to_numpy(np.float64)
    margins = np.r_[margin, -margin]
    wins = np.bincount(teams, (margins > 0) + 0.5 * (margins == 0), TEAMS)
    points = np.bincount(teams, margins, TEAMS)
    own = range(conference * _CONFERENCE_TEAMS, (conference + 1) * _CONFERENCE_TEAMS)
    order = sorted(own, key=lambda t: (-wins[t], -points[t]))
    winners: dict[int, int] = {}
    for team in order:
        winners.setdefault(team // _DIVISION_TEAMS, team)
    champions = sorted(winners.values(), key=order.index)
    return [*champions, *[t for t in order if t not in champions]][:4]
