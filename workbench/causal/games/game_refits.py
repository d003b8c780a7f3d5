"""One regression over games fitted again and again: other treatments, more controls, fewer games.

Each is what ``GameDesign.fit`` would say, without taking strength out of every column anew: residuals are linear, so
what a fit leaves of treatment, outcome and controls is enough for all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from workbench.causal.games.dyadic import Codes
from workbench.causal.games.signed_strength import Floats
from workbench.causal.result import Estimate

if TYPE_CHECKING:
    from workbench.causal.games.game_design import GameFit

#: Below this share of the largest, an eigenvalue is a linear dependence.
_RANK_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class GameRefits:
    """Refits of one fitted regression.

    Attributes
    ----------
    fit : GameFit
    known : ndarray of bool, shape (n_rows,)
        Which of the rows handed in have the outcome, and so stand in the fit.
    """

    fit: "GameFit"
    known: NDArray[np.bool_]

    def placebos(self, treatments: Mapping[str, Floats], *, effect: float) -> list[Estimate]:
        """Return the fits with other treatments, ``effect`` of the real one taken out of the outcome first.

        Inference is by clusters whatever the design's own: a bootstrap of each placebo would cost hours, and checks
        judge the placebos' spread and their errors, not their p-values.

        Parameters
        ----------
        treatments : mapping of str to ndarray, shape (n_rows,)
        effect : float
        """
        prepared = self.fit.prepared
        raw = np.column_stack([values[self.known] for values in treatments.values()])
        left = prepared.off.residuals(raw)
        outcome = prepared.outcome - effect * self.fit.left
        squares = np.einsum("ij,ij->j", left, left)
        squares = np.where(squares > 1e-12 * np.einsum("ij,ij->j", raw, raw), squares, np.nan)
        values = outcome @ left / squares
        scores = np.sqrt(self.fit.factor) * left * (outcome[:, None] - left * values) / squares
        errors = np.sqrt(prepared.clusters.variances(scores))
        clusters = np.array([self._treated_clusters(column) for column in raw.T])
        freedom = np.maximum(clusters - 1, 1)
        reach, p_values = stats.t.ppf(0.975, freedom) * errors, 2 * stats.t.sf(np.abs(values) / errors, freedom)
        return [
            Estimate(
                value=float(values[i]), standard_error=float(errors[i]), low=float(values[i] - reach[i]),
                high=float(values[i] + reach[i]), p_value=float(p_values[i]), rows=len(raw),
                treated=int(np.count_nonzero(raw[:, i])), clusters=int(clusters[i]),
                method="placebo of the game regression", inference="cluster",
            )
            for i in range(len(values))
        ]  # fmt: skip

    def _treated_clusters(self, raw: Floats) -> int:
        """Return how many team-seasons own treatment, or how many weeks hold it if these are fewer."""
        links, treated = self.fit.prepared.clusters, raw != 0
        owners = np.where(raw < 0, links.away, links.home)
        return min(int(np.count_nonzero(np.bincount(codes[treated]))) for codes in (owners, links.week))

    def beside(self, controls: Floats) -> Floats:
        """Return the effect beside each of some further controls, one at a time.

        Parameters
        ----------
        controls : ndarray, shape (n_rows, m)

        Returns
        -------
        ndarray, shape (m,)
        """
        left, outcome = self.fit.left, self.fit.prepared.outcome
        more = self.fit.prepared.off.residuals(controls[self.known])
        squares = np.einsum("ij,ij->j", more, more)
        with_left, with_outcome = left @ more, outcome @ more
        return np.asarray(
            (left @ outcome - with_left * with_outcome / squares) / (left @ left - with_left**2 / squares)
        )

    def without_seasons(self, seasons: Sequence[int]) -> Floats:
        """Return the effect without each of some seasons, shape (n_seasons,).

        A strength belongs to one season, so it is out of the others' games already; controls are taken out anew.
        """
        columns, season = self._columns(), self.fit.prepared.games["season"].to_numpy()
        whole = columns.T @ columns
        parts = [columns[season == one] for one in seasons]
        return np.array([_effect(whole - part.T @ part) for part in parts])

    def on_rows(self, lots: Sequence[Codes]) -> Floats:
        """Return the effect on some of the rows only, strength and controls taken out anew; shape (n_lots,).

        Parameters
        ----------
        lots : sequence of ndarray of int
            Places among the rows handed in.
        """
        columns, place = self._columns(), np.cumsum(self.known) - 1
        blocks = _StrengthBlocks.of(self.fit)
        return np.array([_effect(blocks.gram(columns, place[lot[self.known[lot]]])) for lot in lots])

    def _columns(self) -> Floats:
        """Return what spans every refit on fewer games: controls, treatment and outcome, shape (n_games, k + 2)."""
        prepared = self.fit.prepared
        return np.column_stack([prepared.off.basis, self.fit.left, prepared.outcome])


def _effect(gram: Floats) -> float:
    """Return the slope of the last column on the last but one, beside all others, from their products.

    Examples
    --------
    >>> columns = np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 3.0], [1.0, 2.0, 5.0]])
    >>> round(_effect(columns.T @ columns), 9)
    2.0
    """
    beside, pair = gram[:-2, :-2], gram[-2:, -2:]
    cross = gram[:-2, -2:]
    left = pair - cross.T @ np.linalg.pinv(beside, rcond=_RANK_TOLERANCE, hermitian=True) @ cross
    if left[0, 0] <= 1e-9 * max(pair[0, 0], np.finfo(float).tiny):
        return float("nan")
    return float(left[0, 1] / left[0, 0])


@dataclass(frozen=True, slots=True, eq=False)
class _StrengthBlocks:
    """The strengths of each season beside one another, so that all seasons are inverted at once.

    ``rank`` is a team-season's place within its season; ``sign`` that of the away team, zero without strengths.
    """

    home: Codes
    away: Codes
    season: Codes
    shape: tuple[int, int]
    sign: float

    @classmethod
    def of(cls, fit: "GameFit") -> "_StrengthBlocks":
        prepared = fit.prepared
        sign = {"team_season": -1.0, "sum": 1.0, "none": 0.0}[prepared.design.strength]
        links, season = prepared.clusters, np.unique(prepared.games["season"].to_numpy(), return_inverse=True)[1]
        owner = np.zeros(int(max(links.home.max(), links.away.max())) + 1, dtype=np.intp)
        owner[links.home], owner[links.away] = season, season
        order = np.argsort(owner, kind="stable")
        starts = np.searchsorted(owner[order], np.arange(season.max() + 1))
        rank = np.empty(len(owner), dtype=np.intp)
        rank[order] = np.arange(len(owner)) - starts[owner[order]]
        return cls(rank[links.home], rank[links.away], season, (int(season.max()) + 1, int(rank.max()) + 1), sign)

    def gram(self, columns: Floats, games: Codes) -> Floats:
        """Return the products of columns over some games, with the strengths of these games taken out."""
        mine = columns[games]
        whole = mine.T @ mine
        if not self.sign:
            return np.asarray(whole)
        seasons, teams = self.shape
        home, away, season = self.home[games], self.away[games], self.season[games]
        links = np.zeros((seasons, teams, teams))
        np.add.at(links, (season, home, home), 1.0)
        np.add.at(links, (season, away, away), 1.0)
        np.add.at(links, (season, home, away), self.sign)
        np.add.at(links, (season, away, home), self.sign)
        sums = np.zeros((seasons * teams, columns.shape[1]))
        np.add.at(sums, season * teams + home, mine)
        np.add.at(sums, season * teams + away, self.sign * mine)
        by_season = sums.reshape(seasons, teams, -1)
        explained = np.linalg.pinv(links, rcond=_RANK_TOLERANCE, hermitian=True) @ by_season
        return np.asarray(whole - np.tensordot(by_season, explained, axes=([0, 1], [0, 1])))
