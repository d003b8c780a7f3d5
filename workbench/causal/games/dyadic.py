"""Dyadic-robust variance: two games may err together if they share a team-season or a week.

The middle of the sandwich sums the products of scores over all such pairs of games (Aronow, Samii & Assenova 2015,
with weeks as a further way of clustering; Cameron, Gelbach & Miller 2011). Pairs are counted by inclusion and
exclusion, over sums of groups: team-seasons, less pairs of teams (counted twice), plus weeks, less what is both.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from workbench.causal.games.signed_strength import Floats, team_seasons

Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class DyadicClusters:
    """Which games may err together.

    Attributes
    ----------
    groups : tuple of (sign, sparse of shape (n_groups, n_games))
        The terms of the inclusion and exclusion.
    own : float
        Coefficient of each game with itself, outside the groups.
    home, away, week : ndarray of int, shape (n_games,)
        Codes of the team-seasons and of the season's week.
    """

    groups: tuple[tuple[float, sparse.csr_array], ...]
    own: float
    home: Codes
    away: Codes
    week: Codes

    def variances(self, scores: Floats) -> Floats:
        """Return the sum over linked pairs of the products of scores, for each column of (n_games, m).

        Never below the sum of squares (no clustering): subtracting what is counted twice leaves a sum that in a season
        or two is noisy, biased downwards and not even sure to be positive (Davezies et al. 2021).
        """
        return np.asarray(np.maximum(self.products(scores, scores), np.einsum("ij,ij->j", scores, scores)))

    def products(self, first: Floats, second: Floats) -> Floats:
        """Return the same sums, of one column's scores with the other's, as they come."""
        total = self.own * np.einsum("ij,ij->j", first, second)
        for sign, group in self.groups:
            sums = group @ first
            total = total + sign * np.einsum("ij,ij->j", sums, sums if second is first else group @ second)
        return np.asarray(total)

    def squares(self, first: Floats, second: Floats) -> Floats:
        """Return ``products`` of the first with itself, of both, and of the second with itself; shape (3, m)."""
        total = self.own * column_pairs(first, second)
        for sign, group in self.groups:
            total = total + sign * column_pairs(group @ first, group @ second)
        return np.asarray(total)

    def covariance(self, scores: Floats) -> Floats:
        """Return the (m, m) sums over linked pairs.

        Negative eigenvalues are cut to zero, as Cameron, Gelbach & Miller advise; then scaled so that its diagonal is
        ``variances``.
        """
        total = self.own * (scores.T @ scores)
        for sign, group in self.groups:
            sums = group @ scores
            total = total + sign * (sums.T @ sums)
        values, vectors = np.linalg.eigh((total + total.T) / 2)
        sound = (vectors * np.maximum(values, 0.0)) @ vectors.T
        scale = np.sqrt(self.variances(scores) / np.maximum(np.diag(sound), np.finfo(float).tiny))
        return np.asarray(sound * np.outer(scale, scale))


def column_pairs(first: Floats, second: Floats) -> Floats:
    """Return the column sums of first x first, first x second and second x second; shape (3, m)."""
    pairs = ((first, first), (first, second), (second, second))
    return np.array([np.einsum("ij,ij->j", one, other) for one, other in pairs])


def dyadic_clusters(games: pd.DataFrame) -> DyadicClusters:
    """Return the links between games: the same team-season, or the same week of the same season.

    Parameters
    ----------
    games : DataFrame with season, week, home_team, away_team

    Examples
    --------
    The first two games share team a, the last two share the week; the first and the last share nothing:

    >>> teams = {"home_team": ["a", "a", "d"], "away_team": ["b", "c", "e"]}
    >>> games = pd.DataFrame({"season": 1, "week": [1, 2, 2], **teams})
    >>> scores = np.array([[1.0], [10.0], [100.0]])
    >>> float(dyadic_clusters(games).variances(scores)[0]) == 1 + 100 + 10_000 + 2 * (1 * 10 + 10 * 100)
    True
    """
    home, away, _ = team_seasons(games)
    season, number = (pd.factorize(games[name])[0] for name in ("season", "week"))
    week = pd.factorize(_combined(season, number))[0]
    pair = _combined(np.minimum(home, away), np.maximum(home, away))
    groups = ((1.0, _membership(home, away)), (-1.0, _membership(pair)), (1.0, _membership(week)))
    meetings = _membership(_combined(home, week), _combined(away, week))
    if meetings.shape[0] == 2 * len(games):  # a team plays once a week: what is both is the game itself
        return DyadicClusters(groups, -1.0, home, away, week)
    overlap = ((-1.0, meetings), (1.0, _membership(_combined(pair, week))))
    return DyadicClusters((*groups, *overlap), 0.0, home, away, week)


def _combined(first: Codes, second: Codes) -> Codes:
    return first * (int(second.max(initial=0)) + 1) + second


def _membership(*codes: Codes) -> sparse.csr_array:
    """Return ones where a game belongs to a group, by any of its codes; shape (n_groups, n_games)."""
    dense = pd.factorize(np.concatenate(codes), sort=True)[0]
    games = np.tile(np.arange(len(codes[0])), len(codes))
    return sparse.csr_array(
        (np.ones(len(dense)), (dense, games)), shape=(int(dense.max(initial=-1)) + 1, len(codes[0]))
    )
