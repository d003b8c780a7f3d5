"""When a network says 90 %, is it 90 %, and does it beat simpler methods? Networks, ensemble and baselines compared."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.bayes.network_method import PRODUCTION, Sampler
from workbench.errors import ParameterError
from workbench.features.player_yards.rows import TABLES, PlayerYards, player_yards
from workbench.features.player_yards.targets import YardsTarget, target_named
from workbench.features.player_yards.team_games import Cutoff
from workbench.lifecycle.recalibration_power import trigger_characteristics
from workbench.stages.calibration.week import covered_curves
from workbench.stages.studies.bnn_delivery import RESIDUALS_OF, Delivery, delivery, hybrid
from workbench.stages.studies.bnn_methods import ENSEMBLE, Asked, MethodForecasts, Methods, methods_of, one_forecast
from workbench.stages.studies.bnn_scores import Scored, best_baseline, equal_treatment, gains, scored, widths_table
from workbench.stages.studies.bnn_seasons import season_splits, splits_table
from workbench.stages.studies.bnn_sensitivity import externals, sensitivities
from workbench.stages.studies.context import StudyRun

#: The ensemble after the weekly rule has decided: what a reader of the week is given.
DELIVERED: Final = "ensemble as delivered"
#: A GLM's residuals about the ensemble's mean.
HYBRID: Final = "hybrid"
CUTOFFS: Final[dict[str, Cutoff]] = {"kickoff_minus_90": "wednesday", "wednesday": "kickoff_minus_90"}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BnnStudy:
    """What the study found.

    Attributes
    ----------
    target : YardsTarget
    cutoff : str
    production : tuple of str
        Networks of the ensemble.
    splits : DataFrame
        ``season, trained_from, trained_to, training_rows, calibration_season, calibration_rows, rows, games``.
    rows : DataFrame
        The test rows, all seasons.
    methods : Methods
    scores : dict of str to Scored
        By method; ``DELIVERED`` and ``HYBRID`` among them.
    best : str
        The baseline with the lowest CRPS on the test rows.
    gains : DataFrame
        ``method, baseline, measure, gain, low, high, rows, games``; above zero the method is better.
    widths : DataFrame
        See ``bnn_scores.widths_table``.
    alike : DataFrame
        CRPS gains where baselines are delivered by the same weekly rule: see ``equal_treatment``.
    delivery : Delivery
    curves : DataFrame
        ``method, level, covered, low, high``.
    power : DataFrame
        See ``trigger_characteristics``; with ``repetitions``.
    externals : DataFrame
    external_notes : tuple of str
    sensitivity : DataFrame
    seconds : float
        Of this run, fits kept from earlier runs counted at what they took, shared by the workers.
    notes : tuple of str
    """

    target: YardsTarget
    cutoff: str
    production: tuple[str, ...]
    splits: pd.DataFrame
    rows: pd.DataFrame
    methods: Methods
    scores: dict[str, Scored]
    best: str
    gains: pd.DataFrame
    widths: pd.DataFrame
    alike: pd.DataFrame
    delivery: Delivery
    curves: pd.DataFrame
    power: pd.DataFrame
    externals: pd.DataFrame
    external_notes: tuple[str, ...]
    sensitivity: pd.DataFrame
    seconds: float
    notes: tuple[str, ...]

    @property
    def games(self) -> int:
        """Games of the test rows."""
        return int(self.rows["game_id"].nunique())

    def score(self, method: str, measure: str, *, season: str = "all") -> dict[str, Any]:
        """Return one line of a method's scores."""
        table = self.scores[method].table
        found = table[table["measure"].eq(measure) & table["season"].eq(season)]
        return {str(key): value for key, value in found.iloc[0].to_dict().items()}

    def tables(self) -> dict[str, Any]:
        """Return what the result holds beside its claims."""
        names = list(self.scores)
        lines = {name: self.score(name, "held_90") for name in names}
        return {
            "coverage_90": {name: one["value"] for name, one in lines.items()},
            "coverage_90_interval": {name: [one["low"], one["high"]] for name, one in lines.items()},
            "scores": self.score_table(),
            "uniformity": [{"method": name, **self.scores[name].uniform} for name in names],
            "equal_coverage": self.widths, "gains": self.gains, "gains_delivered_alike": self.alike,
            "cells": self.delivery.cells,
            "rules": self.delivery.rules, "weeks": self.delivery.path.weeks, "trigger": self.power,
            "external": self.externals, "sensitivity": self.sensitivity, "splits": self.splits,
            "sampling": self.methods.sampling, "best_baseline": self.best, "production": list(self.production),
            "notes": [*self.notes, *self.external_notes],
        }  # fmt: skip

    def score_table(self) -> pd.DataFrame:
        """Return every score: ``method, season, measure, unit, value, low, high, target, rows, games``."""
        parts = [made.table.assign(method=name) for name, made in self.scores.items()]
        columns = ["method", "season", "measure", "unit", "value", "low", "high", "target", "rows", "games"]
        return pd.concat(parts, ignore_index=True)[columns]


def bnn_study(
    run: StudyRun, *, target: str, cutoff: str, train_through: int, test_seasons: Sequence[int],
    networks: Sequence[str], sampler: Sampler = "fast", sigma: float = 1.0, workers: int = 1, smoke: bool = False,
) -> BnnStudy:  # fmt: skip
    """Compare networks, the ensemble of production and baselines on seasons that none has seen.

    Parameters
    ----------
    run : StudyRun
    target : str
        A name of ``features.player_yards.TARGETS``.
    cutoff : {"kickoff_minus_90", "wednesday"}
    train_through : int
        Last season known before the first test season.
    test_seasons : sequence of int
    networks : sequence of str
        Names of the zoo.
    sampler : {"fast", "nuts"}
        Of these networks; the production ensemble is always the fast path.
    sigma : float
        Their prior scale.
    workers : int
        Processes.
    smoke : bool
        Few members and passes, the first network only, one cutoff, one process.

    Raises
    ------
    ParameterError
        If a target, cutoff, network, sampler or season does not exist.
    """
    started = time.monotonic()
    kind = target_named(target)
    if cutoff not in CUTOFFS:
        raise ParameterError(f"A cutoff is one of {', '.join(CUTOFFS)}, got {cutoff!r}.")
    asked = Asked(
        networks=tuple(networks), sampler=sampler, sigma=sigma, support=kind.support, seed=run.settings.seed,
        workers=workers, folder=run.settings.league_artifacts, smoke=smoke,
    )  # fmt: skip
    named = [asked.network(name).name for name in networks]
    asked = replace(asked, networks=asked.networks[:1], workers=1) if smoke else asked
    tables = {name: run.everything.table(name) for name in TABLES}
    at, other = CUTOFFS[CUTOFFS[cutoff]], CUTOFFS[cutoff]
    task = player_yards(tables, target=target, cutoff=at)
    splits, notes = season_splits(task.rows, test_seasons=test_seasons, train_through=train_through)
    rows = pd.concat([split.forecast for split in splits], ignore_index=True)
    methods = methods_of(splits, features=task.features, asked=asked)
    chief, errors = methods.named(ENSEMBLE), methods.named(RESIDUALS_OF)
    made = delivery(chief, splits, features=task.features, residuals=errors)
    every = [_as_delivered(chief, made), *methods.published, _hybrid(chief, errors, splits)]
    scores = {method.name: scored(method, splits) for method in every}
    games = rows["game_id"].to_numpy()
    outside, why = externals(
        rows, made.path.forecast, target=kind, cutoff=cutoff, peers=run.path("peers"), props=run.path("props")
    )
    varied = sensitivities(
        rows, made.path, stat_rows=_stat_rows(tables, target=target, cutoff=at), other_name=_CUTOFF_WORDS[other],
        other=None if smoke else player_yards(tables, target=target, cutoff=other), seasons=test_seasons,
        train_through=train_through, asked=asked,
    )  # fmt: skip
    best = best_baseline(methods.published, scores)
    spent = time.monotonic() - started
    return BnnStudy(
        target=kind, cutoff=cutoff, production=tuple(choice.network for choice in PRODUCTION),
        splits=splits_table(splits), rows=rows, methods=methods, scores=scores, best=best,
        gains=gains(every, scores, games), widths=widths_table(every, scores, games), delivery=made,
        alike=equal_treatment(chief, methods.baselines, splits),
        curves=_curves(every, rows, best=best),
        power=_power(run.settings.seed, repetitions=200 if smoke else 2000),
        externals=outside, external_notes=why, sensitivity=varied, seconds=max(spent, methods.seconds / workers),
        notes=(*notes, *task.notes, *_unpublished(methods, named[: len(asked.networks)])),
    )  # fmt: skip


_CUTOFF_WORDS: Final = {
    "wednesday": "known by Wednesday only",
    "kickoff_minus_90": "known 90 minutes before kick-off",
}


def _as_delivered(chief: MethodForecasts, made: Delivery) -> MethodForecasts:
    ends = np.cumsum([len(f) for f in chief.test])[:-1]
    parts = [made.path.forecast.rows(place) for place in np.split(np.arange(len(made.path.forecast)), ends)]
    return MethodForecasts(
        name=DELIVERED, kind="ensemble", calibration=chief.calibration, test=tuple(parts), seconds=0.0
    )


def _hybrid(chief: MethodForecasts, errors: MethodForecasts, splits: Sequence[Any]) -> MethodForecasts:
    """Return the hybrid as a method; of its calibration rows it knows the errors, which flatters its width only."""
    parts = [
        tuple(
            hybrid(past, coming, split=split)
            for split, past, coming in zip(splits, errors.calibration, of, strict=True)
        )
        for of in (chief.calibration, chief.test)
    ]
    return MethodForecasts(name=HYBRID, kind="ensemble", calibration=parts[0], test=parts[1], seconds=0.0)


def _power(seed: int, *, repetitions: int) -> pd.DataFrame:
    found = trigger_characteristics(rng=np.random.default_rng(seed), repetitions=repetitions)
    return found.assign(repetitions=repetitions)


def _stat_rows(tables: Mapping[str, pd.DataFrame], *, target: str, cutoff: Cutoff) -> pd.DataFrame:
    found: PlayerYards = player_yards(tables, target=target, cutoff=cutoff, zeros="stat_rows")
    return found.rows[found.rows["yards"].notna()]


def _curves(methods: Sequence[MethodForecasts], rows: pd.DataFrame, *, best: str) -> pd.DataFrame:
    shown = (DELIVERED, ENSEMBLE, HYBRID, best)
    chosen = {m.name: one_forecast(m.test) for name in shown for m in methods if m.name == name}
    return covered_curves(chosen, rows)


def _unpublished(methods: Methods, named: Sequence[str]) -> list[str]:
    there = {method.name for method in methods.published}
    return [f"{name} has not converged: it is reported, not published." for name in named if name not in there]
