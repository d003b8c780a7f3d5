"""Who will start at quarterback, as far as it can be known: never the starter the schedule names after the fact.

Every quarterback seen with the team lately is a candidate; a conditional logit on who started, who took the snaps and
how long ago, fitted on earlier seasons, gives each a probability, and leaves some for a man nobody has seen there.
Reports known at the instant then take candidates away (``starter_reports``).
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from workbench.features.rating_data import Floats, Integers, RatingData

FEATURES = (
    "started_last", "share_last", "recent_starts", "started_last_opening", "share_last_opening",
    "recent_starts_opening", "since_start", "seen_elsewhere", "other", "other_opening", "recent_starts_but_not_last",
)  # fmt: skip
#: Weight of one more game against all earlier ones in ``recent_starts``.
_RECENT = 0.25
#: A man who has hardly started lately, or not for this many games, is no candidate.
_FORGOTTEN, _FORGET_AFTER = 0.01, 20


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates for every side, sorted by side; player -1 is "somebody else", the last candidate of each side."""

    side: Integers
    player: Integers
    features: Floats
    last_starter: Integers


@dataclass(slots=True)
class _Standing:
    """One quarterback's standing with one team after the games read so far."""

    recent: float = 0.0
    share: float = 0.0
    started: bool = False
    since: int = _FORGET_AFTER


def starter_candidates(data: RatingData) -> Candidates:
    """List each side's candidates and what was known of them before the week of the game."""
    standings: dict[int, dict[int, _Standing]] = defaultdict(dict)
    where: dict[int, int] = {}
    last_season: dict[int, int] = {}
    last_starter = np.full(2 * len(data.games), -1, dtype=np.int64)
    listed: list[tuple[int, int]] = []
    features: list[list[float]] = []
    pointer, played = np.searchsorted(data.share_side, np.arange(2 * len(data.games) + 1)), data.played
    for week in data.weeks:
        season = int(data.season[week[0]])
        week_sides = range(2 * int(week[0]), 2 * int(week[-1]) + 2)
        for side in week_sides:
            team = int(data.team[side])
            opening = float(last_season.get(team, 0) != season)
            for player, s in standings[team].items():
                if s.recent > _FORGOTTEN and s.since <= _FORGET_AFTER:
                    listed.append((side, player))
                    features.append(_row(s, opening=opening, elsewhere=float(where.get(player) != team)))
                if s.started:
                    last_starter[side] = player
            listed.append((side, -1))
            features.append([0.0] * 8 + [1.0, opening, 0.0])
        for side in week_sides:
            if played[side // 2]:
                team, starter = int(data.team[side]), int(data.starter[side])
                took = slice(pointer[side], pointer[side + 1])
                shares = dict(zip(data.share_player[took].tolist(), data.share[took].tolist(), strict=True))
                _read(standings[team], shares, starter=starter)
                where.update(dict.fromkeys([*shares, starter], team))
                last_season[team] = season
    rows = np.array(listed, dtype=np.int64)
    return Candidates(rows[:, 0], rows[:, 1], np.array(features, dtype=np.float64), last_starter)


def _row(s: _Standing, *, opening: float, elsewhere: float) -> list[float]:
    started = float(s.started)
    returning = 0.0 if s.started else s.recent
    row = [started, s.share, s.recent, started * opening, s.share * opening, s.recent * opening]
    return [*row, min(s.since, 10) / 10, elsewhere, 0.0, 0.0, returning]


def _read(standing: dict[int, _Standing], shares: dict[int, float], *, starter: int) -> None:
    """Update a team's standings with one game (the only state this module keeps, local to one pass)."""
    for player in (*shares, starter):
        if player >= 0:
            standing.setdefault(player, _Standing())
    for player, s in standing.items():
        s.started = player == starter
        s.recent = (1 - _RECENT) * s.recent + _RECENT * s.started
        s.share = shares.get(player, 0.0)
        s.since = 0 if s.started else s.since + 1


def fit_starters(candidates: Candidates, data: RatingData, *, before_season: int, ridge: float = 0.5) -> Floats:
    """Fit the conditional logit on the seasons strictly before one.

    Returns
    -------
    ndarray, shape (n_features,)
        Coefficients in the order of ``FEATURES``; zeros where no earlier game names its starter.
    """
    season = data.season[candidates.side // 2]
    known = (data.starter[candidates.side] >= 0) & data.played[candidates.side // 2] & (season < before_season)
    if not known.any():
        return np.zeros(len(FEATURES))
    side, player, features = candidates.side[known], candidates.player[known], candidates.features[known]
    starts = np.flatnonzero(np.r_[True, side[1:] != side[:-1]])
    group = np.cumsum(np.r_[True, side[1:] != side[:-1]]) - 1
    listed = player == data.starter[side]
    chosen = np.where(player >= 0, listed, np.bincount(group, listed)[group] == 0)

    def loss(coefficients: Floats) -> tuple[float, Floats]:
        p = _softmax(features @ coefficients, starts=starts, group=group)
        gradient = features.T @ (p - chosen) + ridge * coefficients
        return float(-np.log(p[chosen]).sum() + ridge * coefficients @ coefficients / 2), gradient

    fitted: Floats = minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x
    return fitted


def _softmax(score: Floats, *, starts: Integers, group: Integers) -> Floats:
    exponent = np.exp(score - np.maximum.reduceat(score, starts)[group])
    share: Floats = exponent / np.add.reduceat(exponent, starts)[group]
    return share


def starter_probabilities(candidates: Candidates, coefficients: Floats, *, leaves: Floats | None = None) -> Floats:
    """Return each candidate's probability of starting; the candidates of a side sum to one.

    Parameters
    ----------
    candidates : Candidates
    coefficients : ndarray, shape (n_features,)
    leaves : ndarray, shape (n_candidates,), optional
        What reports leave of each candidate's probability (1 untouched, 0 ruled out).
    """
    starts = np.flatnonzero(np.r_[True, candidates.side[1:] != candidates.side[:-1]])
    group = np.cumsum(np.r_[True, candidates.side[1:] != candidates.side[:-1]]) - 1
    p = _softmax(candidates.features @ coefficients, starts=starts, group=group)
    if leaves is None:
        return p
    left: Floats = p * leaves
    left /= np.add.reduceat(left, starts)[group]
    return left
