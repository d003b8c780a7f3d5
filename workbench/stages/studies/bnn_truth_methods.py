"""What each method says of one season of a league whose law is known: learned on earlier seasons only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from workbench.bayes.baselines.catalogue import BASELINES, baseline_named
from workbench.bayes.conformal.recalibrated import recalibrated
from workbench.bayes.ensemble import FittedEnsemble, production_method
from workbench.bayes.forecast import IntegerForecast, pooled
from workbench.bayes.method import Fitted
from workbench.bayes.network_method import FittedNetwork, NetworkMethod
from workbench.bayes.sampling.anchored import AnchoredOptions
from workbench.bayes.zoo import network_named
from workbench.data.demo.yards_law import SUPPORT
from workbench.lifecycle.recalibrate import RecalibrationPath
from workbench.stages.calibration.deliver import delivered
from workbench.stages.calibration.split import SeasonRows

#: The production ensemble as the week delivers it, calibrated before the season and never again, and as it is.
DELIVERED, ONCE, ENSEMBLE = "delivered", "once", "ensemble"
#: Its intervals conformalized before the season, its mean alone; and the law.
CONFORMAL, MEAN, LAW = "conformal", "mean_only", "law"
#: Two short fits a network: to see that everything runs.
TINY: Final = AnchoredOptions(members=2, epochs=2, chunk=2)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Learned:
    """What has learned on the training seasons.

    Attributes
    ----------
    ensemble : FittedEnsemble
        The production method.
    networks : tuple of FittedNetwork
        Those asked for.
    baselines : tuple of Fitted
    """

    ensemble: FittedEnsemble
    networks: tuple[FittedNetwork, ...]
    baselines: tuple[Fitted, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Said:
    """What was said of a season.

    Attributes
    ----------
    forecasts : dict of str to IntegerForecast
        ``delivered, once, ensemble, mean_only``, each network and each baseline; of the season's rows in their order.
    calibration : IntegerForecast
        The ensemble's, of the season before.
    path : RecalibrationPath
        The weeks' decisions.
    """

    forecasts: dict[str, IntegerForecast]
    calibration: IntegerForecast
    path: RecalibrationPath


def learned(
    split: SeasonRows, *, features: Sequence[str], networks: Sequence[str], sigma: float, seed: int, tiny: bool
) -> Learned:
    """Return what learns from the training rows; a network of the ensemble that is asked for besides learns once.

    Parameters
    ----------
    split : SeasonRows
    features, networks : sequence of str
    sigma : float
        Prior scale of the networks asked for; the ensemble keeps its own.
    seed : int
    tiny : bool
        Whether fits are too short to be any good.

    Raises
    ------
    ParameterError
        If the zoo has no such network.
    """
    method = production_method(support=SUPPORT)
    if tiny:
        method = replace(method, methods=tuple(replace(one, options=TINY) for one in method.methods))
    ensemble = method.fit(split.training, features=features, seed=seed)
    there = {network.name: network for network in ensemble.networks}
    found = []
    for name in networks:
        alone = NetworkMethod(network=network_named(name), support=SUPPORT, sigma=sigma)
        alone = replace(alone, options=TINY) if tiny else alone
        known = there.get(alone.name)
        found.append(alone.fit(split.training, features=features, seed=seed) if known is None else known)
    plain = (baseline_named(name, support=SUPPORT) for name in BASELINES)
    return Learned(
        ensemble=ensemble, networks=tuple(found),
        baselines=tuple(one.fit(split.training, features=features, seed=seed) for one in plain),
    )  # fmt: skip


def season_said(found: Learned, split: SeasonRows) -> Said:
    """Return what every method says of the season, and what the week's rule makes of the ensemble."""
    rows = split.forecast
    each = {network.name: network.forecast(rows) for network in {*found.ensemble.networks, *found.networks}}
    ensemble = pooled([each[network.name] for network in found.ensemble.networks])
    calibration = found.ensemble.forecast(split.calibration)
    path = delivered(split, past=calibration, coming=ensemble).path
    said = {DELIVERED: path.forecast, ONCE: calibrated_once(split, ensemble, calibration=calibration)}
    said |= {ENSEMBLE: ensemble, MEAN: found.ensemble.mean_forecast(rows)}
    said |= {network.name: each[network.name] for network in found.networks}
    said |= {baseline.name: baseline.forecast(rows) for baseline in found.baselines}
    return Said(forecasts=said, calibration=calibration, path=path)


def calibrated_once(split: SeasonRows, forecast: IntegerForecast, *, calibration: IntegerForecast) -> IntegerForecast:
    """Return the season's forecast calibrated on the season before, as it is delivered until the rule asks for more."""
    yards = split.calibration["yards"].to_numpy(dtype=np.float64)
    return recalibrated(calibration, yards, forecast=forecast).forecast
