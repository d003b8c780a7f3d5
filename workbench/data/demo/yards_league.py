"""Leagues of running backs whose yards have a known law, in the fact tables that ``features.player_yards`` reads.

Each player-game has a law of his latent state: his team's carries, his share of them, his own quality, the opponent and
the script of the game. Forecasters see the tables alone; who judges them may ask the law itself how much of it an
interval holds, which leaves out the luck of the one draw that was played (Rao and Blackwell's theorem).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.against_law import share_held
from workbench.data.demo.keys import YARDS_BACKS, YARDS_DRAWS, YARDS_FIXTURES, YARDS_PASSERS, YARDS_TEAMS, stream
from workbench.data.demo.yards_backfields import Backfields, backfields
from workbench.data.demo.yards_fixtures import TEAMS, WEEKS, fixtures
from workbench.data.demo.yards_law import YardsLaw
from workbench.data.demo.yards_tables import fact_tables, player_ids
from workbench.errors import ValidationError

Floats = NDArray[np.float64]
SEASONS: Final = tuple(range(2009, 2025))
#: Carries of a team's backs in an even game, and how their logarithm varies between teams and opponents.
TEAM_CARRIES: Final = 23.0
_TEAM_SD, _OPPONENT_SD, _SCRIPT_PER_POINT = 0.08, 0.05, 0.011
_DEFENCE_TILT_SD: Final = 0.005
#: A carry of the best against the worst is about a yard more than the mean one.
MOST_TILT: Final = 0.02
#: Of the negative binomial of one back's carries.
SIZE: Final = 16.0


@dataclass(frozen=True, slots=True, eq=False)
class YardsLeague:
    """One league: what forecasters see, and the law of what they forecast.

    Attributes
    ----------
    seed : int
    tables : dict of str to DataFrame
        ``games, results, player_weeks, snaps, rosters, injuries, quotes`` as ``schema`` has them, everything played.
    players : DataFrame, one row a player-game with a snap
        ``game_id, season, week, team, opponent, player_id, share, carries_mean, tilt`` (the latent state),
        ``volume, yards`` (the draw that was played).
    law : YardsLaw
        In the order of ``players``.
    """

    seed: int
    tables: dict[str, pd.DataFrame]
    players: pd.DataFrame
    law: YardsLaw

    def forecast(self, rows: pd.DataFrame) -> IntegerForecast:
        """Return the law itself of rows named by ``game_id`` and ``player_id``.

        Raises
        ------
        ValidationError
            If a row is not a player-game of this league: there is no law of who was not on the field.
        """
        known = pd.MultiIndex.from_frame(self.players[["game_id", "player_id"]])
        place = known.get_indexer(pd.MultiIndex.from_frame(rows[["game_id", "player_id"]]))
        if (place < 0).any():
            raise ValidationError(
                f"The law is known of player-games of this league, got {(place < 0).sum()} others. Another seed?"
            )
        return self.law.rows(place).forecast


def yards_league(seed: int, *, seasons: tuple[int, ...] = SEASONS) -> YardsLeague:
    """Draw a league.

    Parameters
    ----------
    seed : int
        Equal seeds give equal leagues.
    seasons : tuple of int
        Ascending, without gaps.

    Returns
    -------
    YardsLeague
        About 1,300 player-games of backs a season, of which 1,200 are in the population.

    Notes
    -----
    Rows of the population beside the NFL's of 2002-2024 (in brackets): mean 40 yards (40), sd 39 (40), median 29 (29),
    5th, 25th, 75th and 95th percentile 0, 9, 59 and 117 (0, 8, 62 and 119), 9 % at or below zero (10 %), 9.5 carries
    (9.6), 4.6 rows a game (4.6); the largest games reach 325 yards (296).

    Examples
    --------
    >>> league = yards_league(3, seasons=(2023, 2024))
    >>> rows = league.players.tail(200)
    >>> law = league.forecast(rows)
    >>> bool(true_coverage(league, rows, *law.interval(0.9)).mean() >= 0.9)  # closed integer intervals over-cover
    True
    """
    games = fixtures(stream(seed, YARDS_FIXTURES), seasons=seasons)
    backs = backfields(stream(seed, YARDS_BACKS), n_seasons=len(seasons), n_weeks=WEEKS, n_teams=len(TEAMS))
    latent = _latent(games, backs, seed=seed, first=seasons[0])
    law = YardsLaw(latent["carries_mean"].to_numpy(np.float64), SIZE, latent["tilt"].to_numpy(np.float64))
    volume, yards = law.drawn(stream(seed, YARDS_DRAWS))
    played = latent.assign(volume=volume, yards=yards)
    tables = fact_tables(games, played, backs, rng=stream(seed, YARDS_PASSERS), first=seasons[0])
    named = tables["games"][["game_id"]].join(games[["home", "away"]])
    codes = np.array(TEAMS, dtype=object)
    players = played.assign(
        game_id=named["game_id"].to_numpy()[played["game"]],
        team=codes[played["team_number"]],
        opponent=codes[played["opponent_number"]],
        player_id=player_ids(played["player"]),
    )
    columns = ["game_id", "season", "week", "team", "opponent", "player_id", "share", "carries_mean", "tilt"]
    return YardsLeague(seed, tables, players[[*columns, "volume", "yards"]].astype({"yards": "float64"}), law)


def true_coverage(
    league: YardsLeague, rows: pd.DataFrame, lower: ArrayLike, upper: ArrayLike, *, mid: bool = False
) -> Floats:
    """Return how much of each row's law its interval holds, P(lower <= Y <= upper) given the latent state.

    The mean over rows estimates the very coverage that outcomes do, with a fraction of the noise. A row's own number is
    not to be 0.9: a forecaster does not know the latent state, and must hold more of some laws and less of others.

    Parameters
    ----------
    league : YardsLeague
    rows : DataFrame, shape (n_rows,)
        ``game_id`` and ``player_id``.
    lower, upper : array_like, shape (n_rows,)
        Closed ends in yards; ends between whole yards hold the whole yards between them.
    mid : bool, default False
        Half the atom at an end that is a whole yard, as mid-coverage of outcomes has it; an interval of one yard holds
        its atom whole.

    Returns
    -------
    ndarray, shape (n_rows,)
    """
    return share_held(league.forecast(rows), lower, upper, mid=mid)


def _latent(games: pd.DataFrame, backs: Backfields, *, seed: int, first: int) -> pd.DataFrame:
    """Return the latent state of every back who was on the field, one row each."""
    sides = []
    for own, other, sign in (("home", "away", 1.0), ("away", "home", -1.0)):
        side = games[["season", "week"]].assign(
            game=np.arange(len(games)), team_number=games[own], opponent_number=games[other],
            script=sign * games["script"],
        )  # fmt: skip
        sides.append(side)
    rows = pd.concat(sides, ignore_index=True).sort_values(["game", "script"], kind="stable", ignore_index=True)
    season = rows["season"].to_numpy(np.int64) - first
    team, opponent = (rows[name].to_numpy(np.int64) for name in ("team_number", "opponent_number"))
    at = (season, rows["week"].to_numpy(np.int64) - 1, team)
    drawn = stream(seed, YARDS_TEAMS).normal(size=(3, int(season.max()) + 1, len(TEAMS)))
    script = _SCRIPT_PER_POINT * rows["script"].to_numpy(np.float64).clip(-21.0, 21.0)
    team_log = _TEAM_SD * drawn[0, season, team] + _OPPONENT_SD * drawn[1, season, opponent] + script
    share = np.where(backs.unused[at], 0.0, backs.share[at])
    row, place = np.nonzero(share)
    player = backs.players[season[row], team[row], place]
    out = rows.loc[row, ["season", "week", "game", "team_number", "opponent_number"]].reset_index(drop=True)
    return out.assign(
        player=player,
        share=share[row, place],
        carries_mean=TEAM_CARRIES * np.exp(team_log[row]) * share[row, place],
        tilt=np.clip(
            backs.tilt[player] + _DEFENCE_TILT_SD * drawn[2, season[row], opponent[row]], -MOST_TILT, MOST_TILT
        ),
    )
