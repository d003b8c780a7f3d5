"""The baseline: two hidden layers and one noise scale for everybody, as in the known failure."""

from typing import TYPE_CHECKING

from workbench.bayes.families.normal import log_likelihood
from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData
from workbench.bayes.networks.layers import dense, log_scale, observed_rows, side_by_side, widths

if TYPE_CHECKING:
    import pymc as pm

_UNITS = 8


def build(data: NetworkData, sigma: float) -> "pm.Model":
    """Return the model: tanh layers of 8, a linear mean, and a noise scale that is learned but common to all rows."""
    import pymc as pm
    with pm.Model() as model:
        rows = observed_rows(data)
        hidden = rows.inputs
        for layer, (fan_in, units) in enumerate(widths(data, units=_UNITS, layers=2)):
            hidden = pm.math.tanh(dense(f"layer{layer}", hidden, shape=(fan_in, units), sigma=sigma))
        location = dense("mean", hidden, shape=(_UNITS, 1), sigma=sigma)[:, 0]
        outputs = pm.Deterministic(OUTPUTS, side_by_side(location, log_scale("noise")))
        pm.Potential("likelihood", log_likelihood(outputs, rows.yards))
    return model


TWO_LAYER = Network("two_layer", "Two layers, one noise scale", "normal", build)
