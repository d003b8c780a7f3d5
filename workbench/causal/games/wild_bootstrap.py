"""Wild cluster bootstrap with the null imposed, studentized by the dyadic-robust error.

Dyadic data have no clusters to draw. The weights are drawn for the way of clustering that has the fewest treated
clusters (MacKinnon, Nielsen & Webb 2021): the team-season that owns the game's treatment (the home one in untreated
games), or the week. Errors shared through the other team enter through the denominator, which stays dyadic.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.causal.games.inversion import NullDraws, Statistic, scored, together
from workbench.causal.games.signed_strength import Floats

if TYPE_CHECKING:
    from workbench.causal.games.game_design import GameFit

#: Below this many treated clusters two-point weights give too few samples, and Webb's six points are drawn.
FEW_FOR_RADEMACHER = 12
_WEBB = np.sqrt([0.5, 1.0, 1.5])
_CHUNK = 250


def wild_draws(fit: "GameFit", *, draws: int, rng: np.random.Generator) -> NullDraws:
    """Return the bootstrap's statistics, for any null.

    Under the null beta0 the restricted errors are outcome - beta0 x treatment (both with strength and controls out):
    linear in beta0, so two sets of draws serve every null.
    """
    teams, weeks = fit.treated_clusters
    owners = fit.owners[0] if teams <= weeks else fit.owners[1]
    codes = np.unique(owners, return_inverse=True)[1]
    parts = []
    for start in range(0, draws, _CHUNK):
        size = (int(codes.max()) + 1, min(_CHUNK, draws - start))
        weights = _weights(size, few=min(teams, weeks) < FEW_FOR_RADEMACHER, rng=rng)
        parts.append(_statistics(fit, weights=weights[codes]))
    return together(parts)


def _weights(size: tuple[int, int], *, few: bool, rng: np.random.Generator) -> Floats:
    points: NDArray[np.float64] = np.concatenate([-_WEBB, _WEBB]) if few else np.array([-1.0, 1.0])
    return rng.choice(points, size=size)


def _statistics(fit: "GameFit", *, weights: Floats) -> NullDraws:
    level = _slope_and_scores(fit, outcomes=weights * fit.prepared.outcome[:, None])
    slope = _slope_and_scores(fit, outcomes=weights * fit.left[:, None])
    return scored(fit.prepared.clusters, level=level, slope=slope)


def _slope_and_scores(fit: "GameFit", *, outcomes: Floats) -> Statistic:
    squares = float(fit.left @ fit.left)
    slopes = fit.left @ outcomes / squares
    residuals = fit.prepared.off.residuals(outcomes) - fit.left[:, None] * slopes
    return slopes, np.sqrt(fit.factor) * fit.left[:, None] * residuals / squares
