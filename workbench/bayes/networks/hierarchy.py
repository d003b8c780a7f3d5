"""League, team, player: a network's mean moved by partially pooled intercepts of team and player."""

from typing import TYPE_CHECKING

from workbench.bayes.families.normal import log_likelihood
from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData
from workbench.bayes.networks.layers import (
    GROUP_SDS,
    dense,
    group_rows,
    hidden_layers,
    observed_rows,
    pooled_intercepts,
    side_by_side,
    soft_clipped,
)

if TYPE_CHECKING:
    import pymc as pm

_UNITS = 8


def build(data: NetworkData, sigma: float) -> "pm.Model":
    """Return the model: two tanh layers of 8, mean and log scale a row, intercepts added to the mean."""
    import pymc as pm

    with pm.Model() as model:
        rows, groups = observed_rows(data), group_rows(data)
        hidden = hidden_layers(rows.inputs, n_inputs=data.inputs.shape[1], units=_UNITS, layers=2, sigma=sigma)
        top = dense("top", hidden, shape=(_UNITS, 2), sigma=sigma)
        team = pooled_intercepts("team", groups.team, n_groups=data.n_teams)
        player = pooled_intercepts("player", groups.player, n_groups=data.n_players)
        outputs = pm.Deterministic(OUTPUTS, side_by_side(top[:, 0] + team + player, soft_clipped(top[:, 1])))
        pm.Potential("likelihood", log_likelihood(outputs, rows.yards))
    return model


HIERARCHY = Network("hierarchy", "League, team and player under the network", "normal", build, held=GROUP_SDS)
