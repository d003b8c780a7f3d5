"""The study of samplers: what an effective draw costs each engine, how true the fast ones are, one density for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.bayes.families import FAMILIES
from workbench.bayes.network_method import FittedNetwork
from workbench.bayes.predictive import predictive
from workbench.bayes.sampling.anchored import AnchoredOptions, fast_posterior
from workbench.bayes.sampling.compiled import compiled, rows_of
from workbench.bayes.sampling.convergence import Convergence, convergence_of, predictive_functions
from workbench.bayes.sampling.nuts_chain import NutsOptions
from workbench.bayes.sampling.posterior import Posterior
from workbench.bayes.sampling.race import APPROXIMATIONS, CHAINS, RaceTask, race
from workbench.bayes.sampling.sample import stratified_sample
from workbench.bayes.scores.paired import paired
from workbench.bayes.scores.proper import crps
from workbench.bayes.zoo import ZOO, network_named
from workbench.errors import ParameterError
from workbench.features.player_yards.targets import target_named
from workbench.features.player_yards.team_games import Cutoff
from workbench.intervals import Estimate
from workbench.stages.studies.bnn_density import density_differences
from workbench.stages.studies.bnn_posteriors import FOLDER as POSTERIORS
from workbench.stages.studies.bnn_posteriors import PosteriorCache, SampledUnit, sampled_unit
from workbench.stages.studies.bnn_race import ENGINES, FAST, FOLDER, Entry, check_engines, entered
from workbench.stages.studies.bnn_rows import split_rows, study_rows
from workbench.stages.studies.context import StudyRun

#: Rows at which predictive means are compared, as in the cache of posteriors.
_POINTS: Final = 40
#: Draws mixed for a forecast: of fewer, their own luck would be as large as what engines differ by.
_MIXED: Final = 1000
_SMOKE: Final = NutsOptions(max_tree_depth=3, start_steps=20, chunk=20)
_SMOKE_OPTIONS: Final = AnchoredOptions(members=8, epochs=2)
#: Effective draws a forecast needs: the limit of convergence.
EFFECTIVE: Final = 400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplersStudy:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    race : DataFrame, one row an engine
        Columns of ``sampling.race.COLUMNS`` and ``version, ess_scale`` (of the log of the predictive sd),
        ``ess_least, least_per_cpu_second`` (of mean and scale the fewer), ``scale_sd_ratio``.
    gaps : mapping of str to Estimate
        Of every engine that came to an end: CRPS of its forecasts less the reference's, yards, by game.
    reference : Convergence
        Of the draws all are held against.
    reference_draws : int
        A chain.
    density : DataFrame
        ``bnn_density.density_differences``.
    week_rows, week_seconds : int, float
        All rows there are to learn from, and CPU seconds of the fast path on them.
    network, title : str
        The network of the race, and the target's title.
    rows, tested, games : int
        Of the race's sample; player-games that CRPS is compared on.
    test_seasons : tuple of int
    limit_minutes : float
        CPU time an engine may use; 0: no limit.
    notes : tuple of str
    """

    race: pd.DataFrame
    gaps: Mapping[str, Estimate]
    reference: Convergence
    reference_draws: int
    density: pd.DataFrame
    week_rows: int
    week_seconds: float
    network: str
    title: str
    rows: int
    tested: int
    games: int
    test_seasons: tuple[int, ...]
    limit_minutes: float
    notes: tuple[str, ...]

    @property
    def finished(self) -> pd.DataFrame:
        """Engines that came to an end."""
        return self.race[self.race["draws"].notna()].reset_index(drop=True)

    @property
    def chains(self) -> pd.DataFrame:
        """Engines with chains, most effective draws a CPU second first."""
        found = self.finished[self.finished["ess_least"].notna()]
        return found.sort_values("least_per_cpu_second", ascending=False, ignore_index=True)

    @property
    def week_nuts_seconds(self) -> float:
        """CPU seconds of full sampling for the effective draws of a forecast on all rows, if its cost is by the row.

        An extrapolation of the best engine with chains; NaN where none has effective draws.
        """
        if self.chains.empty or not self.chains["least_per_cpu_second"].iloc[0] > 0.0:
            return float("nan")
        return EFFECTIVE / float(self.chains["least_per_cpu_second"].iloc[0]) * self.week_rows / self.rows

    def tables(self) -> dict[str, Any]:
        """Return what the result keeps beside its claims."""
        return {
            "race": self.race, "crps_less_the_reference": dict(self.gaps), "density": self.density,
            "reference": self.reference, "reference_verdict": self.reference.verdict,
            "week": {"rows": self.week_rows, "fast_cpu_seconds": self.week_seconds,
                     "full_sampling_cpu_seconds": self.week_nuts_seconds},
            "sample": {"rows": self.rows, "tested": self.tested, "games": self.games}, "notes": list(self.notes),
        }  # fmt: skip


def bnn_samplers_study(
    run: StudyRun, *, target: str = "rushing_yards", cutoff: Cutoff = "kickoff_minus_90", train_through: int = 2021,
    test_seasons: Sequence[int] = (2022,), network: str = "two_layer", rows: int = 1000,
    engines: Sequence[str] = tuple(ENGINES), warmup: int = 300, draws: int = 500, reference_draws: int = 1500,
    limit_minutes: float = 7.0, workers: int = 2, smoke: bool = False,
) -> SamplersStudy:  # fmt: skip
    """Let every engine draw from one posterior, and hold all against long chains of full sampling.

    Parameters
    ----------
    run : StudyRun
    target, cutoff : str
    train_through : int
        Last season learned from.
    test_seasons : sequence of int
        Scored: seasons up to the last that the week's engine was chosen on.
    network : str
    rows : int
        Of the sample.
    engines : sequence of str
        Of ``bnn_race.ENGINES``.
    warmup, draws : int
        A chain, of two, in the race.
    reference_draws : int
        A chain, of those all are held against.
    limit_minutes : float
        CPU time an engine may use; 0: no limit.
    workers : int
        Processes of the reference's chains.
    smoke : bool
        Few rows and draws, engines that compile quickly, two densities.

    Raises
    ------
    ParameterError
        If there is no such target, cutoff, network or engine, a count is too small, or seasons have no rows.
    """
    check_engines(engines)
    if rows < 20 or min(warmup, draws, reference_draws) < 10 or limit_minutes < 0.0:
        raise ParameterError(
            f"The race needs 20 rows, 10 draws of each kind and a limit that is not negative, got {rows}, "
            f"{(warmup, draws, reference_draws)} and {limit_minutes}."
        )
    chosen, asked = network_named(network), target_named(target)
    found = study_rows(run, target=target, cutoff=cutoff, smoke=smoke)
    train, test = split_rows(found.rows, train_through=train_through, test_seasons=list(test_seasons))
    nets = list(ZOO.values())
    names: Sequence[str] = engines
    options, quick = NutsOptions(), AnchoredOptions()
    if smoke:
        train, test, nets, names = train.tail(600), test.head(200), nets[:1] + nets[-1:], ("numpyro", FAST)
        rows, warmup, draws, reference_draws, limit_minutes = 60, 10, 15, 20, 0.0
        options, quick = _SMOKE, _SMOKE_OPTIONS
    sample = sampled_unit(
        train, features=found.features, network=chosen, sigma=1.0, n=rows, train_through=train_through,
        warmup=20 if smoke else 500, options=options, about={"target": target, "cutoff": cutoff},
    )  # fmt: skip
    artifacts = run.settings.league_artifacts
    points = sample.encoder.encode(stratified_sample(test, _POINTS, seed=0))
    task = RaceTask(
        network=chosen, data=sample.unit.data, points=points, family=_family(chosen.family), warmup=warmup, draws=draws,
        options=options,
    )  # fmt: skip
    entries = entered(
        names, task, key=sample.unit.key, folder=artifacts / FOLDER, limit_seconds=round(60 * limit_minutes)
    )
    truth = PosteriorCache(artifacts / POSTERIORS).get(sample.unit, draws=reference_draws, workers=workers)
    week = _week(sample, train, found.features, options=quick, workers=workers)
    means = predictive_functions(
        truth, compiled(chosen, task.data, sigma=task.sigma), rows=rows_of(points), family=task.family
    )
    return SamplersStudy(
        race=race_table(entries, task, reference=truth), gaps=_gaps(entries, truth, sample, test, asked.support),
        reference=convergence_of(*means, divergences=truth.divergences), reference_draws=truth.n_draws,
        density=density_differences(nets, task.data, sigma=task.sigma), week_rows=len(train),
        week_seconds=week, network=network, title=asked.title, rows=len(sample.sample), tested=len(test),
        games=int(test["game_id"].nunique()), test_seasons=tuple(sorted(test_seasons)), limit_minutes=limit_minutes,
        notes=found.notes,
    )  # fmt: skip


def race_table(entries: Sequence[Entry], task: RaceTask, *, reference: Posterior) -> pd.DataFrame:
    """Return the race's table with what the log of the scale adds, one row an engine, finished or not."""
    done = {entry.name: entry.posterior for entry in entries if entry.posterior is not None}
    table = race(
        task, engines={name: _handing(made) for name, made in done.items()}, reference=reference,
        without_chains=(FAST,),
    )  # fmt: skip
    unfinished = [{"sampler": entry.name, "note": entry.note} for entry in entries if entry.posterior is None]
    whole = pd.concat([table, pd.DataFrame(unfinished, columns=["sampler", "note"])], ignore_index=True)
    versions = {entry.name: entry.version for entry in entries}
    whole = whole.assign(version=whole["sampler"].map(versions))
    scales = pd.DataFrame(_scales(done, task, reference), columns=["sampler", "ess_scale", "scale_sd_ratio"])
    whole = whole.merge(scales, on="sampler", how="left")
    least = whole[["ess_mean", "ess_scale"]].astype("float64").min(axis=1, skipna=False)
    return whole.assign(ess_least=least, least_per_cpu_second=least / whole["cpu_seconds"].astype("float64"))


def _handing(made: Posterior) -> Any:
    return lambda _: made


def _scales(done: Mapping[str, Posterior], task: RaceTask, reference: Posterior) -> list[dict[str, Any]]:
    """Return effective draws and spread of the log of the predictive sd."""
    functions, at = compiled(task.network, task.data, sigma=task.sigma), rows_of(task.points)
    true = predictive_functions(reference, functions, rows=at, family=task.family)[1].reshape(
        -1, len(task.points.yards)
    )
    found = []
    for name, made in done.items():
        mean, scale = predictive_functions(made, functions, rows=at, family=task.family)
        ratio = float(np.median(scale.reshape(-1, true.shape[1]).std(axis=0) / true.std(axis=0)))
        chained = name in CHAINS and made.n_chains > 1
        ess = convergence_of(mean, scale).ess_scale if chained else float("nan")
        found.append({"sampler": name, "ess_scale": ess, "scale_sd_ratio": ratio})
    return found


def _gaps(
    entries: Sequence[Entry], truth: Posterior, sample: SampledUnit, test: pd.DataFrame, support: tuple[int, int]
) -> dict[str, Estimate]:
    """Return each engine's CRPS less the reference's on the test seasons' player-games."""

    def scored(posterior: Posterior) -> Any:
        plain = replace(posterior, settings={**posterior.settings, "sigma": sample.unit.sigma})
        outputs = FittedNetwork(sample.unit.network, sample.encoder, plain, support).outputs(test, draws=_MIXED)
        family = sample.unit.network.family
        forecast = predictive(outputs, family=family, encoder=sample.encoder, support=support, draws=_MIXED)
        return crps(forecast, test["yards"])

    best = scored(truth)
    return {
        entry.name: paired(scored(entry.posterior), best, test["game_id"])
        for entry in entries
        if entry.posterior is not None
    }


def _week(
    sample: SampledUnit, train: pd.DataFrame, features: Sequence[str], *, options: AnchoredOptions, workers: int
) -> float:
    """Return CPU seconds of the week's engine on all rows there are to learn from."""
    whole = sampled_unit(
        train, features=features, network=sample.unit.network, sigma=1.0, n=len(train),
        train_through=int(train["season"].max()),
    )  # fmt: skip
    return fast_posterior(whole.unit.network, whole.unit.data, sigma=1.0, options=options, workers=workers).cpu_seconds


def _family(name: str) -> Any:
    # Kernels state what they need of a family each for itself; every family of the zoo has it.
    return FAMILIES[name]


def approximate(name: str) -> bool:
    """Whether an engine has no chains."""
    return name in APPROXIMATIONS or name == FAST
