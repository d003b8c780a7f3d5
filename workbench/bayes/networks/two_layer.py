"""The baseline: two hidden layers and one noise scale for everybody, as in the known failure."""

from typing import TYPE_CHECKING

from workbench.bayes.families.normal import log_likelihood
from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData
from workbench.bayes.networks.layers import dense, hidden_layers, log_scale, observed_rows, side_by_side

if TYPE_CHECKING:
    import pymc as pm

_UNITS = 8


def build(data: NetworkData, sigma: float) -> "pm.Model":
    """Return the model: tanh layers of 8, a linear mean, and a noise scale that is learned but common to all rows."""
    import pymc as pm

    with pm.Model() as model:
        rows = observed_rows(data)
        hidden = hidden_layers(rows.inputs, n_inputs=data.inputs.shape[1], units=_UNITS, layers=2, sigma=sigma)
        location = dense("mean", hidden, shape=(_UNITS, 1), sigma=sigma)[:, 0]
        outputs = pm.Deterministic(OUTPUTS, side_by_side(location, log_scale("noise")))
        pm.Potential("likelihood", log_likelihood(outputs, rows.yards))
    return model


TWO_LAYER = Network("two_layer", "Two layers, one noise scale", "normal", build)
