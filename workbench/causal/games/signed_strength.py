"""Take team strength and controls out of columns of games, once, for many outcomes and treatments.

A game is a difference: the home team's strength enters with +1, the away team's with -1 (with +1 and +1 for a total).
That is a signed incidence, not a category: the demeaning of fixed-effect packages (linearmodels, pyfixest) removes
means of categories and cannot absorb it. The normal equations fall into one block a connected set of teams (a
season), each some thirty by thirty, so the exact projection is cheap.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
Strength = Literal["team_season", "sum", "none"]

#: Below this share of the largest, an eigenvalue or a pivot is a linear dependence and not a small number.
_RANK_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Partialler:
    """The projection off team strength and controls (Frisch, Waugh & Lovell).

    Attributes
    ----------
    incidence : sparse, shape (n_games, n_team_seasons)
    gram_inverse : sparse, shape (n_team_seasons, n_team_seasons)
        Pseudo-inverse of incidence' incidence.
    basis : ndarray, shape (n_games, n_controls kept)
        Orthonormal, with strength already out.
    rank : int
        Parameters taken out in all.
    """

    incidence: sparse.csr_array
    gram_inverse: sparse.csr_array
    basis: Floats
    rank: int

    def residuals(self, columns: Floats) -> Floats:
        """Return the columns, shape (n_games,) or (n_games, m), with strength and controls taken out."""
        off = columns - self.incidence @ (self.gram_inverse @ (self.incidence.T @ columns))
        return np.asarray(off - self.basis @ (self.basis.T @ off))


def partialler(games: pd.DataFrame, *, strength: Strength, controls: Floats) -> Partialler:
    """Return the projection off the strength of both teams and off the control columns.

    Parameters
    ----------
    games : DataFrame with season, home_team, away_team
    strength : {"team_season", "sum", "none"}
        +1 home and -1 away, +1 and +1, or nothing.
    controls : ndarray, shape (n_games, n_controls)
        With the intercept among them; dependent columns are left out.

    Examples
    --------
    One game a pair, so strength explains the margins whole:

    >>> games = pd.DataFrame({"season": [1, 1], "home_team": ["a", "c"], "away_team": ["b", "d"]})
    >>> off = partialler(games, strength="team_season", controls=np.empty((2, 0)))
    >>> off.rank, bool(np.allclose(off.residuals(np.array([3.0, -7.0])), 0.0))
    (2, True)
    """
    incidence = _incidence(games, strength=strength)
    inverse, strength_rank = _pseudo_inverse(sparse.csr_array(incidence.T @ incidence))
    bare = Partialler(incidence, inverse, np.empty((len(games), 0)), strength_rank)
    basis = _orthonormal(bare.residuals(controls), norms=np.linalg.norm(controls, axis=0))
    return Partialler(incidence, inverse, basis, strength_rank + basis.shape[1])


def team_seasons(games: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Return each game's home and away team-season as codes, and how many team-seasons there are."""
    teams, names = pd.factorize(pd.concat([games["home_team"], games["away_team"]], ignore_index=True))
    season = np.tile(pd.factorize(games["season"])[0], 2)
    codes, both = pd.factorize(season * (len(names) + 1) + teams)
    return codes[: len(games)], codes[len(games) :], len(both)


def _incidence(games: pd.DataFrame, *, strength: Strength) -> sparse.csr_array:
    if strength == "none":
        return sparse.csr_array((len(games), 1))
    if strength not in ("team_season", "sum"):
        raise ValidationError(f"strength must be team_season, sum or none, got {strength!r}.")
    home, away, n = team_seasons(games)
    rows = np.arange(len(games))
    values = np.repeat([1.0, -1.0 if strength == "team_season" else 1.0], len(games))
    place = (np.concatenate([rows, rows]), np.concatenate([home, away]))
    return sparse.csr_array((values, place), shape=(len(games), n))


def _pseudo_inverse(gram: sparse.csr_array) -> tuple[sparse.csr_array, int]:
    """Invert block by block: teams that never meet, through anyone, share no entry."""
    _, labels = csgraph.connected_components(gram, directed=False)
    order = np.argsort(labels, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(labels))])
    ordered = gram[order][:, order]
    dense = [ordered[start:end, start:end].toarray() for start, end in pairwise(ends)]
    inverses, ranks = zip(*(_block_inverse(block) for block in dense), strict=True)
    back = np.argsort(order)
    return sparse.csr_array(sparse.block_diag(inverses, format="csr"))[back][:, back], sum(ranks)


def _block_inverse(block: Floats) -> tuple[Floats, int]:
    values, vectors = np.linalg.eigh(block)
    kept = values > _RANK_TOLERANCE * max(values[-1], 1.0)
    return (vectors[:, kept] / values[kept]) @ vectors[:, kept].T, int(kept.sum())


def _orthonormal(columns: Floats, *, norms: Floats) -> Floats:
    """Gram-Schmidt twice, in the order given, leaving out what the columns before already say."""
    basis = np.empty((len(columns), 0))
    for column, norm in zip(columns.T, norms, strict=True):
        left = column
        for _ in range(2):
            left = left - basis @ (basis.T @ left)
        length = float(np.linalg.norm(left))
        if length > 1e-7 * max(float(norm), 1e-300):
            basis = np.column_stack([basis, left / length])
    return basis
