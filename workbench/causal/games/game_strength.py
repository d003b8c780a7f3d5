"""Strengths of team-seasons from untreated games, shrunk to their prior, and what each game weighs in them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from workbench.causal.games.season_clock import Clock

Floats = NDArray[np.float64]
#: Bounds of the ratio of strength to noise variance, searched on a log scale: no spread at all to as wide as noise.
_RATIOS: Final = (1e-5, 3.0)
#: A ratio so large that team-season effects are not shrunk.
_UNSHRUNKEN: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class GameStrength:
    """A mixed model of untreated games: fixed effects, and normal strengths of team-seasons, signed home minus away.

    Attributes
    ----------
    clock : Clock
    fixed : ndarray, shape (n_games, n_fixed)
        With the extra columns.
    coefficient : ndarray, shape (n_fixed,)
    bread : ndarray, shape (n_fixed, n_fixed)
        Inverse of the fixed effects' generalized normal matrix, noise variance aside.
    inverse : ndarray, shape (n_team_seasons, n_team_seasons)
        Of the strengths' block ``Z'Z + I / ratio`` over untreated games.
    ratio : float
        Strength variance over noise variance.
    noise_sd : float
    residual : ndarray, shape (n_games,)
        Outcome less fixed effects less the strengths' posterior means, of all games.
    n_extra : int
        How many of the last fixed columns were extra.
    """

    clock: Clock
    fixed: Floats
    coefficient: Floats
    bread: Floats
    inverse: Floats
    ratio: float
    noise_sd: float
    residual: Floats
    n_extra: int

    @property
    def strength_sd(self) -> float:
        """Spread of team-seasons about their prior; missing where they were not shrunk."""
        if self.ratio >= _UNSHRUNKEN:
            return float("nan")
        return float(self.noise_sd * np.sqrt(self.ratio))

    @property
    def marginal(self) -> Floats:
        """Outcome less fixed effects only, of all games, shape (n_games,)."""
        return np.asarray(self.clock.outcome - self.fixed @ self.coefficient)

    def imputation_weights(self, weights: Floats) -> Floats:
        """Return what untreated games weigh in weighted sums of the treated games' residuals.

        Parameters
        ----------
        weights : ndarray, shape (n_games, n_estimates)
            Of treated games; zero elsewhere.
        """
        clock, plain = self.clock, ~self.clock.treated
        strength = self.inverse @ signed_sums(weights, clock)
        untreated = np.where(plain[:, None], -(strength[clock.home] - strength[clock.away]), 0.0)
        left = self.fixed.T @ (weights + untreated)
        return untreated - self._projected(left)

    def _projected(self, left: Floats) -> Floats:
        """Return the untreated games' generalized least-squares weights of combinations of the fixed effects."""
        clock, plain = self.clock, ~self.clock.treated
        base = np.where(plain[:, None], self.fixed @ (self.bread @ left), 0.0)
        inner = self.inverse @ signed_sums(base, clock)
        return np.where(plain[:, None], base - (inner[clock.home] - inner[clock.away]), 0.0)

    def extra_effects(self) -> tuple[Floats, Floats]:
        """Return the extra columns' coefficients and their clustered covariance."""
        n = len(self.coefficient)
        picks = np.eye(n)[:, n - self.n_extra :]
        weights = self._projected(picks)
        return self.coefficient[n - self.n_extra :], self.covariance(weights, treated_fit=np.zeros(len(self.residual)))

    def covariance(self, weights: Floats, *, treated_fit: Floats) -> Floats:
        """Return the covariance of weighted sums of games.

        The larger, estimate by estimate, of the model's (strengths and noise as fitted) and one clustered by both
        team-seasons and by week on residuals about ``treated_fit``: the first is steady with few events, the second
        sees effects that differ and games that share luck.
        """
        clock = self.clock
        model = self.noise_sd**2 * (weights.T @ weights + self.ratio * (sums := signed_sums(weights, clock)).T @ sums)
        clustered = dyadic_covariance(weights * (self.marginal - treated_fit)[:, None], clock)
        own = np.diag(model)
        # A sum that weighs no game has no variance of either kind, and is not blown up.
        scale = np.sqrt(np.divide(np.maximum(own, np.diag(clustered)), own, out=np.ones_like(own), where=own > 0))
        return np.asarray(model * np.outer(scale, scale))


def signed_sums(weights: Floats, clock: Clock) -> Floats:
    """Return each team-season's sum over its games, plus at home and minus away, shape (n_team_seasons, k)."""
    sums = np.zeros((len(clock.season), weights.shape[1]))
    np.add.at(sums, clock.home, weights)
    np.subtract.at(sums, clock.away, weights)
    return sums


def dyadic_covariance(scores: Floats, clock: Clock) -> Floats:
    """Return the sum of products of scores over all pairs of games that share a team-season or a week."""
    teams = np.zeros((len(clock.season), scores.shape[1]))
    np.add.at(teams, clock.home, scores)
    np.add.at(teams, clock.away, scores)
    weeks = np.zeros((int(clock.week.max()) + 1, scores.shape[1]))
    np.add.at(weeks, clock.week, scores)
    pair = np.minimum(clock.home, clock.away) * len(clock.season) + np.maximum(clock.home, clock.away)
    met, number = np.unique(pair, return_inverse=True)
    meetings = np.zeros((len(met), scores.shape[1]))
    np.add.at(meetings, number, scores)
    # A game meets itself under both teams and its week, and two games of the same two teams meet twice.
    return np.asarray(teams.T @ teams - meetings.T @ meetings + weeks.T @ weeks - scores.T @ scores)


def fit_strength(clock: Clock, *, shrunken: bool = True, extra: Floats | None = None) -> GameStrength:
    """Fit the mixed model on untreated games, the ratio of variances by restricted likelihood.

    Parameters
    ----------
    clock : Clock
    shrunken : bool, default True
        False: strengths are not shrunk.
    extra : ndarray, shape (n_games, n_extra), optional
        Further fixed columns.
    """
    fixed = clock.fixed if extra is None else np.column_stack([clock.fixed, extra])
    normal = _Normal(clock, fixed)
    ratio = _UNSHRUNKEN
    if shrunken:
        low, high = np.log(_RATIOS[0]), np.log(_RATIOS[1])
        found = minimize_scalar(normal.deviance, bounds=(low, high), method="bounded", options={"xatol": 0.02})
        ratio = float(np.exp(found.x))
    solved = normal.solved(ratio)
    inverse = normal.inverse(ratio)
    strength = inverse @ (normal.cross[:, -1] - normal.cross[:, :-1] @ solved.coefficient)
    rest = clock.outcome - fixed @ solved.coefficient
    return GameStrength(
        clock=clock, fixed=fixed, coefficient=solved.coefficient, bread=solved.bread, inverse=inverse,
        ratio=ratio, noise_sd=float(np.sqrt(solved.noise)), residual=rest - strength[clock.home] + strength[clock.away],
        n_extra=0 if extra is None else extra.shape[1],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Solved:
    coefficient: Floats
    bread: Floats
    noise: float
    deviance: float


class _Normal:
    """Sums over untreated games that every ratio of variances shares, in the basis that makes each season diagonal."""

    def __init__(self, clock: Clock, fixed: Floats) -> None:
        plain = ~clock.treated
        x, y = fixed[plain], clock.outcome[plain]
        self.n_games, self.n_fixed = len(y), x.shape[1]
        both = np.column_stack([fixed, clock.outcome]) * plain[:, None]
        self.cross = signed_sums(both, clock)
        self.fixed_fixed, self.fixed_outcome, self.outcome_outcome = x.T @ x, x.T @ y, float(y @ y)
        # Team-seasons are numbered season by season, so each season is one block of the strengths' matrix.
        self.blocks = [slice(int(b[0]), int(b[-1]) + 1) for b in _runs(clock.season)]
        gram = _signed_gram(clock, plain)
        self.spectra = [np.linalg.eigh(gram[block, block]) for block in self.blocks]
        self.values = np.maximum(np.concatenate([values for values, _ in self.spectra]), 0.0)
        turned = [vectors.T @ self.cross[b] for b, (_, vectors) in zip(self.blocks, self.spectra, strict=True)]
        self.turned = np.concatenate(turned)

    def solved(self, ratio: float) -> _Solved:
        ridged = self.values + 1.0 / ratio
        taken = (self.turned / ridged[:, None]).T @ self.turned
        k = self.n_fixed
        normal = self.fixed_fixed - taken[:k, :k]
        bread = np.asarray(np.linalg.pinv(normal, hermitian=True), dtype=np.float64)
        coefficient = bread @ (self.fixed_outcome - taken[:k, k])
        square = self.outcome_outcome - float(taken[k, k]) - float(coefficient @ normal @ coefficient)
        free = max(self.n_games - k, 1)
        if ratio >= _UNSHRUNKEN:  # unshrunken strengths take their own degrees of freedom
            free = max(free - len(self.values) + len(self.blocks), 1)
        noise = max(square, 1e-12) / free
        deviance = free * np.log(noise) + float(np.log(ridged * ratio).sum()) + _log_determinant(normal)
        return _Solved(coefficient, bread, noise, deviance)

    def deviance(self, log_ratio: float) -> float:
        return self.solved(float(np.exp(log_ratio))).deviance

    def inverse(self, ratio: float) -> Floats:
        """Return the inverse of the strengths' block."""
        whole = np.zeros((len(self.values), len(self.values)))
        for block, (values, vectors) in zip(self.blocks, self.spectra, strict=True):
            whole[block, block] = (vectors / (np.maximum(values, 0.0) + 1.0 / ratio)) @ vectors.T
        return whole


def _log_determinant(normal: Floats) -> float:
    """Return the log determinant over the directions there are: without home games, home field is none."""
    values = np.linalg.eigvalsh(normal)
    return float(np.log(values[values > 1e-12 * max(float(values.max()), 1e-300)]).sum())


def _signed_gram(clock: Clock, plain: NDArray[np.bool_]) -> Floats:
    """Return the strengths' normal matrix of some games: games on the diagonal, minus meetings off it."""
    home, away = clock.home[plain], clock.away[plain]
    gram = np.zeros((len(clock.season), len(clock.season)))
    for row, column, sign in ((home, home, 1.0), (away, away, 1.0), (home, away, -1.0), (away, home, -1.0)):
        np.add.at(gram, (row, column), sign)
    return gram


def _runs(season: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the positions of each season's team-seasons, which lie together."""
    return [block.astype(np.int64) for block in np.split(np.arange(len(season)), np.flatnonzero(np.diff(season)) + 1)]
