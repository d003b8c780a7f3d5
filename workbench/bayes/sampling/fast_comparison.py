"""Why the week's engine is what it is: fast engines on one sample beside full sampling of the same, rerun at will."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.bayes.families import FAMILIES
from workbench.bayes.networks.base import Network, NetworkData
from workbench.bayes.sampling.anchored import AnchoredOptions, fast_posterior
from workbench.bayes.sampling.compiled import compiled, rows_of
from workbench.bayes.sampling.posterior import Posterior
from workbench.bayes.sampling.rivals import RivalOptions, langevin_posterior, mean_field_posterior

Floats = NDArray[np.float64]
#: Equal-tailed interval of the mean whose share of the engine's draws is counted: full sampling has this share.
_LEVEL: Final = 0.9


@dataclass(frozen=True, slots=True)
class Agreement:
    """How near an engine's draws of a function come to full sampling's.

    Attributes
    ----------
    mean_correlation : float
        Over rows, of the predictive means.
    mean_distance : float
        Root mean square difference of the predictive means, yards.
    spread_ratio, scale_spread_ratio : float
        Mean over rows of (engine's sd over draws / full sampling's): of the mean, of the log of the noise. NaN where
        full sampling's is zero.
    inside_90 : float
        Share of the engine's draws of the mean inside full sampling's 90 % interval; 0.9 is best.
    """

    mean_correlation: float
    mean_distance: float
    spread_ratio: float
    scale_spread_ratio: float
    inside_90: float


def agreement(outputs: Floats, reference: Floats, *, family: str, scale: float) -> Agreement:
    """Compare draws of outputs at the same rows.

    Parameters
    ----------
    outputs, reference : ndarray, shapes (n_draws, n_rows, n_parameters)
        Of the engine and of full sampling, standardized yards; the draws may differ in number.
    family : str
    scale : float
        Yards a standardized unit.
    """
    law = FAMILIES[family]
    mean, true_mean = law.mean(outputs), law.mean(reference)
    noise, true_noise = law.log_sd(outputs), law.log_sd(reference)
    low, high = np.quantile(true_mean, [(1.0 - _LEVEL) / 2.0, (1.0 + _LEVEL) / 2.0], axis=0)
    centre, true_centre = mean.mean(axis=0), true_mean.mean(axis=0)
    return Agreement(
        mean_correlation=float(np.corrcoef(centre, true_centre)[0, 1]),
        mean_distance=float(scale * np.sqrt(np.mean((centre - true_centre) ** 2))),
        spread_ratio=_ratio(mean, true_mean),
        scale_spread_ratio=_ratio(noise, true_noise),
        inside_90=float(((mean >= low) & (mean <= high)).mean()),
    )


def _ratio(values: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """Return the mean ratio of sds over draws; NaN where full sampling has no doubt, as of a known noise."""
    sd, true = values.std(axis=0), reference.std(axis=0)
    doubted = true > 0.0
    return float((sd[doubted] / true[doubted]).mean()) if doubted.any() else float("nan")


def fast_comparison(
    network: Network,
    data: NetworkData,
    *,
    reference: Posterior,
    at: NetworkData,
    seed: int = 0,
    options: AnchoredOptions | None = None,
    rivals: RivalOptions | None = None,
) -> pd.DataFrame:
    """Run every fast engine on the rows full sampling saw, and compare outputs at other rows.

    Parameters
    ----------
    network : Network
    data : NetworkData
        The rows of the reference.
    reference : Posterior
        Of full sampling; its ``settings`` hold ``sigma``.
    at : NetworkData
        Rows to compare at.
    seed : int
    options : AnchoredOptions, optional
        64 members and 200 epochs if None: on 3,000 rows an epoch is short.
    rivals : RivalOptions, optional

    Returns
    -------
    DataFrame, one row an engine
        ``engine, seconds`` (wall, without compiling for the anchored, with it for the others) and ``Agreement``.
    """
    options = options or AnchoredOptions(members=64, epochs=200, batch=256, rate=0.03)
    rivals = rivals or RivalOptions()
    sigma = float(reference.settings["sigma"])
    engines: dict[str, Callable[[], Posterior]] = {
        "anchored": lambda: fast_posterior(network, data, sigma=sigma, seed=seed, options=options),
        "anchored, rows weighted": lambda: fast_posterior(
            network, data, sigma=sigma, seed=seed, options=replace(options, weighted=True)
        ),
        "mean field": lambda: mean_field_posterior(network, data, sigma=sigma, seed=seed, options=rivals),
        "langevin": lambda: langevin_posterior(network, data, sigma=sigma, seed=seed, options=rivals),
    }
    outputs = _output_function(network, at, sigma=sigma)
    true = outputs(reference.flat())
    table = []
    for name, engine in engines.items():
        started = time.perf_counter()
        made = engine()
        found = agreement(outputs(made.flat()), true, family=network.family, scale=data.scale)
        seconds = made.seconds or time.perf_counter() - started
        table.append({"engine": name, "seconds": seconds, **_plain(found)})
    return pd.DataFrame(table)


def _plain(found: Agreement) -> dict[str, float]:
    return {name: float(getattr(found, name)) for name in Agreement.__dataclass_fields__}


def _output_function(network: Network, at: NetworkData, *, sigma: float) -> Any:
    import jax

    model, rows = compiled(network, at, sigma=sigma), rows_of(at)
    ready = jax.jit(jax.vmap(lambda values: model.outputs(values, rows)))

    def outputs(draws: Mapping[str, NDArray[Any]]) -> Floats:
        return np.asarray(ready(dict(draws)), dtype=np.float64)

    return outputs
