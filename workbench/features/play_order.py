"""Plays in the order they happened, with the points each brought.

``play_id`` is not the order of play: corrections are appended with late or early numbers (106 games of 2019-2024). The
score only grows and the clock only falls, so that order is: overtime last, total score, clock, play id.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

#: Play types that are no action: a row without one of the others is a time-out, a quarter's end or a lost row.
_ACTIONS: Final = ("pass", "run", "punt", "field_goal", "kickoff", "qb_kneel", "qb_spike", "extra_point", "no_play")
#: What drives and their points need: carrying every column of a feed through the sort costs three times as much.
_NEEDED: Final = (
    "game_id", "season", "week", "play_id", "posteam", "defteam", "home_team", "play_type", "down", "ydstogo",
    "yardline_100", "yards_gained", "score_differential", "game_seconds_remaining", "interception", "fumble",
    "complete_pass", "fixed_drive", "posteam_score_post", "defteam_score_post",
)  # fmt: skip
_HALFTIME: Final = 1800.0
_OVERTIME_STARTS: Final = (600.0, 900.0)


@dataclass(frozen=True, slots=True)
class PlayPoints:
    """Points each action brought, by team.

    Attributes
    ----------
    first_team, second_team : ndarray of float64, shape (n_actions,)
        Points of the home and of the away team (of the two teams in alphabetical order where the feed names no home
        team); NaN where the feed has no score.
    posteam_is_first : ndarray of bool, shape (n_actions,)
        Whether the team in possession is ``first_team``.
    """

    first_team: Floats
    second_team: Floats
    posteam_is_first: Bools

    @property
    def any_points(self) -> Bools:
        """Whether anyone scored."""
        return np.asarray(np.nan_to_num(self.first_team) + np.nan_to_num(self.second_team) > 0, dtype=bool)


def action_plays(plays: pd.DataFrame) -> pd.DataFrame:
    """Return the plays in which something happened, in the order of play.

    Parameters
    ----------
    plays : DataFrame
        Rows of ``schema.PLAYS``.

    Returns
    -------
    DataFrame
        The rows with a team in possession and a clock, in the columns that drives need, sorted by game and time. With
        the helper columns ``_game`` (code), ``_half`` (1, 2, 3 for overtime), ``_period`` (1-5) and ``_try`` (an extra
        point, a two-point play, or a penalty on one: it belongs to the drive before it).
    """
    kept = plays["play_type"].isin(_ACTIONS) & plays["posteam"].notna() & plays["game_seconds_remaining"].notna()
    actions = plays.loc[kept, [name for name in _NEEDED if name in plays]]
    order = _order(actions)
    actions = actions.iloc[order.index]
    after_regulation = order["overtime"].to_numpy()
    half = _halves(actions, after_regulation=after_regulation, game=order["game"].to_numpy())
    return actions.reset_index(drop=True).assign(
        _game=order["game"].to_numpy(), _half=half, _period=_periods(actions, half=half), _try=_tries(actions)
    )


def points_by_play(actions: pd.DataFrame) -> PlayPoints:
    """Return the points each action brought: the growth of the running score from row to row.

    Parameters
    ----------
    actions : DataFrame
        As returned by :func:`action_plays`.

    Returns
    -------
    PlayPoints
    """
    owns = posteam_is_first(actions)
    own, other = (_scores(actions, name) for name in ("posteam_score_post", "defteam_score_post"))
    game = actions["_game"].to_numpy()
    return PlayPoints(
        first_team=_growth(np.where(owns, own, other), game=game),
        second_team=_growth(np.where(owns, other, own), game=game),
        posteam_is_first=owns,
    )


def posteam_is_first(actions: pd.DataFrame) -> Bools:
    """Return whether the team in possession is the home team (where unknown: comes first in the alphabet)."""
    by_name = np.asarray(actions["posteam"].lt(actions["defteam"]).fillna(value=False), dtype=bool)
    if "home_team" not in actions:
        return by_name
    home = actions["home_team"]
    return np.where(home.notna(), np.asarray(actions["posteam"].eq(home).fillna(value=False), dtype=bool), by_name)


def _scores(actions: pd.DataFrame, name: str) -> Floats:
    if name not in actions:
        return np.full(len(actions), np.nan)
    return np.asarray(actions[name], dtype=np.float64)


def _growth(score: Floats, *, game: NDArray[np.int64]) -> Floats:
    """Return by how much a running score grows at each play; NaN in games without any score."""
    best = pd.Series(score).groupby(game).cummax()
    best = best.groupby(game).ffill()
    known = best.notna().groupby(game).transform("any")
    best = best.fillna(0.0)
    growth = (best - best.groupby(game).shift(fill_value=0.0)).where(known)
    return np.asarray(growth, dtype=np.float64)


def _order(actions: pd.DataFrame) -> pd.DataFrame:
    """Return the sort keys, index = position in ``actions``, rows in the order of play."""
    clock = actions["game_seconds_remaining"].to_numpy(dtype=np.float64)
    keys = pd.DataFrame(
        {
            "game": pd.factorize(actions["game_id"], sort=True)[0],
            "play": actions["play_id"].to_numpy(dtype=np.float64),
            "left": -clock,
            "total": _total_scores(actions),
        }
    ).sort_values(["game", "play"], kind="stable")
    previous = keys.groupby("game")["left"].shift()
    restart = (-keys["left"]).isin(_OVERTIME_STARTS) & (previous - keys["left"] >= 300.0) & (previous > -300.0)
    keys["overtime"] = restart.groupby(keys["game"]).cummax()
    return keys.sort_values(["game", "overtime", "total", "left", "play"], kind="stable")


def _total_scores(actions: pd.DataFrame) -> Floats:
    total = _scores(actions, "posteam_score_post") + _scores(actions, "defteam_score_post")
    return np.asarray(np.nan_to_num(total), dtype=np.float64)


def _halves(actions: pd.DataFrame, *, after_regulation: Bools, game: NDArray[np.int64]) -> NDArray[np.int64]:
    """1, 2 or 3. A play at exactly 30:00 ends the first half unless it kicks off the second."""
    clock = actions["game_seconds_remaining"].to_numpy(dtype=np.float64)
    kicks = actions["play_type"].eq("kickoff").to_numpy()
    opens = (clock < _HALFTIME) | (kicks & (clock == _HALFTIME))
    second = pd.Series(opens).groupby(game).cummax().to_numpy(dtype=bool)
    return np.where(after_regulation, 3, np.where(second, 2, 1))


def _periods(actions: pd.DataFrame, *, half: NDArray[np.int64]) -> NDArray[np.int64]:
    clock = actions["game_seconds_remaining"].to_numpy(dtype=np.float64)
    first_quarter_left = np.where(half == 1, 2700.0, 900.0)
    return np.where(half == 3, 5, 2 * half - (clock > first_quarter_left).astype(np.int64))


def _tries(actions: pd.DataFrame) -> Bools:
    kind = actions["play_type"]
    no_down = actions["down"].isna() & kind.isin(("pass", "run", "no_play", "qb_kneel", "qb_spike"))
    return (kind.eq("extra_point") | no_down).to_numpy(dtype=bool)
