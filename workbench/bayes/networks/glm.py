"""The baseline without a hidden layer: a linear mean with team and player partially pooled, one noise scale."""

from typing import TYPE_CHECKING

from workbench.bayes.families.normal import log_likelihood
from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData
from workbench.bayes.networks.layers import (
    GROUP_SDS,
    dense,
    group_rows,
    log_scale,
    observed_rows,
    pooled_intercepts,
    side_by_side,
)

if TYPE_CHECKING:
    import pymc as pm


def build(data: NetworkData, sigma: float) -> "pm.Model":
    """Return the hierarchical linear model."""
    import pymc as pm

    with pm.Model() as model:
        rows, groups = observed_rows(data), group_rows(data)
        line = dense("mean", rows.inputs, shape=(data.inputs.shape[1], 1), sigma=sigma)[:, 0]
        team = pooled_intercepts("team", groups.team, n_groups=data.n_teams)
        player = pooled_intercepts("player", groups.player, n_groups=data.n_players)
        outputs = pm.Deterministic(OUTPUTS, side_by_side(line + team + player, log_scale("noise")))
        pm.Potential("likelihood", log_likelihood(outputs, rows.yards))
    return model


GLM = Network("glm", "Hierarchical linear model, one noise scale", "normal", build, held=GROUP_SDS)
