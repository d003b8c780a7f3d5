"""The season's model: from the registry where there is one, trained once and registered where there is none.

A season is forecast by what was trained before its first week. When the rows a champion was trained on have since been
corrected, what they teach now is trained beside it as a challenger, and a person decides; when the code that reads it
has changed, the champion cannot be trusted to mean what it meant, and its successor takes over, which is said.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

import workbench
from workbench.bayes.baselines.boosted import BoostedQuantiles
from workbench.bayes.baselines.rolling import RollingMean
from workbench.bayes.ensemble import FittedEnsemble, production_method
from workbench.bayes.forecast import Support
from workbench.bayes.method import Fitted
from workbench.bayes.scores.coverage import coverage
from workbench.bayes.scores.proper import absolute_error, crps
from workbench.features.player_yards.targets import YardsTarget
from workbench.intervals import clustered_mean
from workbench.lifecycle.registry import ModelRegistry
from workbench.lifecycle.versions import ModelVersion, TrainedModel
from workbench.stages.calibration.split import SeasonRows
from workbench.stages.keys import git_revision
from workbench.store.runs import source_digest

#: Parts of ``bayes`` that do not decide what a model is.
_NOT_THE_MODEL: Final = frozenset({"__init__.py", "baselines", "conformal", "forecast.py", "method.py", "scores"})
_BY: Final = "04_bnn_calibration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who trains: the seed, how many processes, the run.

    Attributes
    ----------
    seed, workers : int
    run_key : str
    """

    seed: int
    workers: int
    run_key: str


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """A registered model, ready to forecast."""

    version: ModelVersion
    fitted: FittedEnsemble


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeasonModel:
    """Who forecasts the season.

    Attributes
    ----------
    champion : Registered
    challenger : Registered or None
    trained_now : bool
        Whether this call trained anything.
    reason : str
        Why, or why not.
    """

    champion: Registered
    challenger: Registered | None
    trained_now: bool
    reason: str


def season_model(
    split: SeasonRows, *, target: YardsTarget, features: Sequence[str], registry: ModelRegistry, origin: Origin
) -> SeasonModel:
    """Return the season's champion, trained and registered first where that is due.

    Parameters
    ----------
    split : SeasonRows
    target : YardsTarget
    features : sequence of str
    registry : ModelRegistry
    origin : Origin

    Raises
    ------
    LeakageError
        If the registry's champion has seen the season or the one it is calibrated on.
    StoreError
        If its files were damaged; says how to go on.
    """
    name = f"{target.name}@{split.season}"
    rows, source = rows_hash(split.training, features=features), model_source()

    def taught(why: str) -> tuple[ModelVersion, bool]:
        found = registry.find(name, data_hash=rows, source_digest=source)
        if found is not None and registry.is_whole(found):
            return found, False
        made = _train(split, target=target, features=features, registry=registry, origin=origin, why=why)
        return made, True

    champion = registry.champion(name)
    if champion is None:
        reason = "none was registered for the season"
        return _found(registry, name, trained_now=taught(reason)[1], reason=reason)
    if (champion.data_hash, champion.source_digest) == (rows, source):
        reason = "trained before on the same rows by the same code"
        return _found(registry, name, trained_now=taught(reason)[1], reason=reason)
    person = registry.chosen_by(name)
    corrected = champion.source_digest == source
    what = "rows were corrected since" if corrected else "the code that trains it has changed"
    latest, trained_now = taught(what)
    if person is not None:
        return _found(registry, name, trained_now=trained_now, reason=f"chosen by {person.changed_by}, though {what}")
    if not corrected:
        registry.promote(name, latest.version, by=_BY, why=what, automatic=True)
    return _found(registry, name, trained_now=trained_now, reason=what)


def rows_hash(rows: pd.DataFrame, *, features: Sequence[str]) -> str:
    """Return a hash of what a model learns from: equal rows, in any order, equal hash."""
    columns = ["game_id", "player_id", "team", "yards", *features]
    ordered = rows[columns].sort_values(["game_id", "player_id"], kind="stable", ignore_index=True)
    hashed = pd.util.hash_pandas_object(ordered, index=False).to_numpy()
    return hashlib.sha256(np.ascontiguousarray(hashed).tobytes() + " ".join(columns).encode()).hexdigest()


def model_source() -> str:
    """Return a hash of the code that decides what a model is."""
    return source_digest(Path(workbench.__file__).parent / "bayes", without=_NOT_THE_MODEL)


def _found(registry: ModelRegistry, name: str, *, trained_now: bool, reason: str) -> SeasonModel:
    champion, challenger = registry.required(name), registry.challenger(name)
    readable = challenger is not None and challenger.source_digest == model_source()
    return SeasonModel(
        champion=_loaded(registry, champion),
        challenger=_loaded(registry, challenger) if challenger is not None and readable else None,
        trained_now=trained_now,
        reason=reason,
    )


def _loaded(registry: ModelRegistry, version: ModelVersion) -> Registered:
    # What was just trained is read back too: a model that cannot be loaded must not wait a week to say so.
    return Registered(version, FittedEnsemble.load(*registry.load(version)))


def _train(
    split: SeasonRows, *, target: YardsTarget, features: Sequence[str], registry: ModelRegistry, origin: Origin,
    why: str,
) -> ModelVersion:  # fmt: skip
    """Train on every row of the training seasons, measure on the calibration season, register."""
    method = production_method(support=target.support, workers=origin.workers)
    fitted = method.fit(split.training, features=features, seed=origin.seed)
    trained = TrainedModel(
        name=f"{target.name}@{split.season}",
        features=tuple(features),
        training_seasons=tuple(sorted({int(s) for s in split.training["season"]})),
        data_hash=rows_hash(split.training, features=features),
        model=fitted.to_plain(),
        arrays=fitted.to_arrays(),
        metrics=calibration_metrics(fitted, split, target=target, features=features, seed=origin.seed),
        sampler={"engine": "anchored", "workers": origin.workers, "seed": origin.seed},
        revision=git_revision(),
        source_digest=model_source(),
    )
    return registry.register(trained, by=_BY, why=why)


def calibration_metrics(
    fitted: Fitted, split: SeasonRows, *, target: YardsTarget, features: Sequence[str], seed: int
) -> dict[str, Mapping[str, Any]]:
    """Return how good a model is on the season it never saw, the baselines trained on the same rows beside it.

    Returns
    -------
    dict of str to mapping
        ``coverage_90`` (mid-coverage), ``crps``, ``mae``, and ``crps_<baseline>, mae_<baseline>``; each
        ``{"value", "low", "high", "unit"}``, the interval by game.
    """
    rows = split.calibration
    yards, games, support = rows["yards"], rows["game_id"].to_numpy(), Support(*target.support)
    baselines = (BoostedQuantiles(support=support), RollingMean(support=support))
    learned = [baseline.fit(split.training, features=features, seed=seed) for baseline in baselines]
    metrics: dict[str, Mapping[str, Any]] = {}
    for method in (fitted, *learned):
        forecast = method.forecast(rows)
        suffix = "" if method is fitted else f"_{method.name}"
        if method is fitted:
            metrics["coverage_90"] = _metric(coverage(forecast, yards, level=0.9, mid=True), games, unit="share")
        metrics[f"crps{suffix}"] = _metric(crps(forecast, yards), games, unit="yards")
        metrics[f"mae{suffix}"] = _metric(absolute_error(forecast, yards), games, unit="yards")
    return metrics


def _metric(values: Any, games: Any, *, unit: str) -> dict[str, Any]:
    found = clustered_mean(values, games)
    ends = [None if np.isnan(end) else float(end) for end in (found.low, found.high)]
    return {"value": float(found.value), "low": ends[0], "high": ends[1], "unit": unit}
