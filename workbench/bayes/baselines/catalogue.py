"""The baselines by name, each made for a support."""

from collections.abc import Callable
from typing import Final

from workbench.bayes.baselines.boosted import BoostedQuantiles, FittedBoosted
from workbench.bayes.baselines.hierarchical import FittedHierarchical, HierarchicalGLM
from workbench.bayes.baselines.rolling import FittedRolling, RollingMean
from workbench.bayes.forecast import Support
from workbench.errors import FormatError, ParameterError

Baseline = RollingMean | HierarchicalGLM | BoostedQuantiles
FittedBaseline = FittedRolling | FittedHierarchical | FittedBoosted
#: In the order of tables, plainest first.
BASELINES: Final[dict[str, Callable[[Support], Baseline]]] = {
    "rolling_mean": RollingMean,
    "hierarchical": HierarchicalGLM,
    "hierarchical_residuals": lambda support: HierarchicalGLM(support, noise="residuals"),
    "boosted": BoostedQuantiles,
}
_FITTED: Final[dict[str, type[FittedRolling] | type[FittedHierarchical] | type[FittedBoosted]]] = {
    "rolling_mean": FittedRolling,
    "hierarchical": FittedHierarchical,
    "hierarchical_residuals": FittedHierarchical,
    "boosted": FittedBoosted,
}


def baseline_named(name: str, *, support: Support) -> Baseline:
    """Return a baseline.

    Raises
    ------
    ParameterError
        If there is none of the name.

    Examples
    --------
    >>> baseline_named("boosted", support=Support(-30, 330)).name
    'boosted'
    """
    if name not in BASELINES:
        raise ParameterError(f"Baselines are {', '.join(BASELINES)}, got {name!r}. A network?")
    return BASELINES[name](support)


def baseline_from_plain(plain: dict[str, object]) -> FittedBaseline:
    """Return the fitted baseline that ``to_plain`` wrote down.

    Raises
    ------
    FormatError
        If it is none.
    """
    method = str(plain.get("method"))
    if method not in _FITTED:
        raise FormatError(f"A kept baseline is one of {', '.join(_FITTED)}, got {method!r}. A network's?")
    return _FITTED[method].from_plain(plain)
