"""The zoo: every network of the study by its name.

The ensemble of the best is no network: it is ``forecast.pooled`` of their forecasts.
"""

from difflib import get_close_matches
from typing import Final

from workbench.bayes.networks.base import Network
from workbench.bayes.networks.deep_skip import DEEP_SKIP
from workbench.bayes.networks.experts import EXPERTS
from workbench.bayes.networks.glm import GLM
from workbench.bayes.networks.hierarchy import HIERARCHY
from workbench.bayes.networks.skewed import SKEWED
from workbench.bayes.networks.two_layer import TWO_LAYER
from workbench.errors import ParameterError

#: Every network by name; the baseline first.
ZOO: Final[dict[str, Network]] = {
    network.name: network for network in (TWO_LAYER, DEEP_SKIP, EXPERTS, HIERARCHY, SKEWED, GLM)
}


def network_named(name: str) -> Network:
    """Return one network of the zoo.

    Raises
    ------
    ParameterError
        If there is none of that name.

    Examples
    --------
    >>> network_named("glm").title
    'Hierarchical linear model, one noise scale'
    >>> network_named("deep-skip")
    Traceback (most recent call last):
    workbench.errors.ParameterError: No network is named 'deep-skip'. Did you mean 'deep_skip'?
    """
    if name in ZOO:
        return ZOO[name]
    close = get_close_matches(name, ZOO, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]!r}?" if close else f"There are {', '.join(ZOO)}."
    raise ParameterError(f"No network is named {name!r}. {hint}")
