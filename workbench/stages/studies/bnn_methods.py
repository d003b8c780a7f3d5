"""The methods of the networks' study on their test seasons: networks, the ensemble of production, baselines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from workbench.bayes.baselines.catalogue import BASELINES, baseline_named
from workbench.bayes.ensemble import production_method
from workbench.bayes.forecast import IntegerForecast, Support, pooled
from workbench.bayes.network_method import NetworkMethod, NutsRun, Sampler
from workbench.bayes.sampling.anchored import AnchoredOptions
from workbench.bayes.zoo import network_named
from workbench.errors import ParameterError
from workbench.stages.calibration.split import SeasonRows
from workbench.stages.studies.bnn_fits import Fit, Fitted, Learner, fitted

Kind = Literal["network", "ensemble", "baseline"]
#: The production ensemble, in tables.
ENSEMBLE: Final = "ensemble"
#: Pool of the networks that full sampling brought to convergence.
SAMPLED: Final = "ensemble nuts"
#: Of the smoke size: that everything runs, not that anything is good.
SMALL: Final = AnchoredOptions(members=4, epochs=4, chunk=4, batch=256)
SMALL_NUTS: Final = NutsRun(rows=120, warmup=20, draws=20)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MethodForecasts:
    """One method's forecasts, season by season.

    Attributes
    ----------
    name : str
        As in the tables.
    kind : {"network", "ensemble", "baseline"}
    calibration, test : tuple of IntegerForecast
        Of every test season's calibration rows and of its own rows.
    seconds : float
        Its fits and forecasts took, whenever they were made; an ensemble's are its networks'.
    """

    name: str
    kind: Kind
    calibration: tuple[IntegerForecast, ...]
    test: tuple[IntegerForecast, ...]
    seconds: float

    @property
    def forecast(self) -> IntegerForecast:
        """The forecasts of all test seasons, one after another."""
        return one_forecast(self.test)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Methods:
    """Every method that may be published, and those that may only be reported.

    Attributes
    ----------
    published : tuple of MethodForecasts
        The ensemble first, then networks, then baselines.
    sampling : DataFrame
        ``network, season, converged, verdict`` of full sampling; empty for the fast path.
    seconds : float
        Of all fits, each counted once.
    """

    published: tuple[MethodForecasts, ...]
    sampling: pd.DataFrame
    seconds: float

    def named(self, name: str) -> MethodForecasts:
        """Return a method by its name."""
        return next(method for method in self.published if method.name == name)

    @property
    def baselines(self) -> tuple[MethodForecasts, ...]:
        """The baselines."""
        return tuple(method for method in self.published if method.kind == "baseline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is fitted, and how.

    Attributes
    ----------
    networks : tuple of str
        Beside the production ensemble.
    sampler : {"fast", "nuts"}
        Of the networks asked for; production is the fast path.
    sigma : float
        Prior scale of the networks asked for.
    support : tuple of int
    seed, workers : int
    folder : Path
        The league's artifacts.
    smoke : bool
    """

    networks: tuple[str, ...]
    sampler: Sampler
    sigma: float
    support: tuple[int, int]
    seed: int
    workers: int
    folder: Path
    smoke: bool

    def __post_init__(self) -> None:
        if self.sampler not in ("fast", "nuts"):
            raise ParameterError(f"A sampler is fast or nuts, got {self.sampler!r}.")
        if not self.sigma > 0 or self.workers < 1:
            raise ParameterError(f"sigma must be above 0 and workers 1 or more, got {self.sigma} and {self.workers}.")

    def network(self, name: str) -> NetworkMethod:
        """Return the learner of a network asked for.

        Raises
        ------
        ParameterError
            If there is none of that name.
        """
        return NetworkMethod(
            network=network_named(name), support=self.support, sigma=self.sigma, sampler=self.sampler,
            options=SMALL if self.smoke else AnchoredOptions(), nuts=SMALL_NUTS if self.smoke else NutsRun(),
        )  # fmt: skip

    def production(self) -> tuple[NetworkMethod, ...]:
        """Return the learners of the production ensemble."""
        parts = production_method(support=self.support).methods
        return tuple(replace(part, options=SMALL) for part in parts) if self.smoke else parts


def methods_of(
    splits: Sequence[SeasonRows], *, features: Sequence[str], asked: Asked, baselines: bool = True
) -> Methods:
    """Fit what is asked for on every test season.

    Parameters
    ----------
    splits : sequence of SeasonRows
    features : sequence of str
    asked : Asked
    baselines : bool
        Whether baselines are fitted too.
    """
    members, named = asked.production(), {name: asked.network(name) for name in dict.fromkeys(asked.networks)}
    bases = {n: baseline_named(n, support=Support(*asked.support)) for n in (BASELINES if baselines else ())}
    learners: list[Learner] = [*members, *named.values(), *bases.values()]
    folders = asked.folder / "bnn_fits", asked.folder / "bnn_posteriors"
    fits = [
        Fit(learner=learner, split=split, features=tuple(features), seed=asked.seed, posteriors=folders[1])
        for learner in learners
        for split in splits
    ]
    flat = fitted(fits, folder=folders[0], workers=asked.workers)
    n = len(splits)
    found = [flat[place : place + n] for place in range(0, len(flat), n)]
    parts, rest = found[: len(members)], found[len(members) :]
    networks = [_method(m.name, "network", made) for m, made in zip(named.values(), rest, strict=False)]
    kept = [m for m, made in zip(networks, rest, strict=False) if all(one.published for one in made)]
    others = [_method(name, "baseline", made) for name, made in zip(bases, rest[len(named) :], strict=True)]
    pool = [_pool(ENSEMBLE, [_method(m.name, "network", made) for m, made in zip(members, parts, strict=True)])]
    if asked.sampler == "nuts" and len(kept) > 1:
        pool.append(_pool(SAMPLED, kept))
    each = {fit.key: one.seconds for fit, one in zip(fits, flat, strict=True)}
    return Methods(
        published=(*pool, *kept, *others), seconds=sum(each.values()),
        sampling=_sampling(list(named), rest[: len(named)], splits),
    )  # fmt: skip


def one_forecast(forecasts: Sequence[IntegerForecast]) -> IntegerForecast:
    """Return forecasts of several sets of rows as one."""
    return IntegerForecast(forecasts[0].support, np.concatenate([f.cdf for f in forecasts]))


def _method(name: str, kind: Kind, made: Sequence[Fitted]) -> MethodForecasts:
    return MethodForecasts(
        name=name, kind=kind, calibration=tuple(one.calibration for one in made), test=tuple(one.test for one in made),
        seconds=sum(one.seconds for one in made),
    )  # fmt: skip


def _pool(name: str, parts: Sequence[MethodForecasts]) -> MethodForecasts:
    return MethodForecasts(
        name=name, kind="ensemble", seconds=sum(part.seconds for part in parts),
        calibration=tuple(pooled(each) for each in zip(*(part.calibration for part in parts), strict=True)),
        test=tuple(pooled(each) for each in zip(*(part.test for part in parts), strict=True)),
    )  # fmt: skip


def _sampling(names: Sequence[str], made: Sequence[Sequence[Fitted]], splits: Sequence[SeasonRows]) -> pd.DataFrame:
    lines: list[dict[str, Any]] = [
        {"network": name, "season": split.season, "converged": one.published, "verdict": one.convergence["verdict"]}
        for name, fits in zip(names, made, strict=True)
        for one, split in zip(fits, splits, strict=True)
        if one.convergence is not None
    ]
    return pd.DataFrame(lines, columns=["network", "season", "converged", "verdict"])
