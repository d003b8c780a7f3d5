"""The fits behind the diagnosis: each network once, both kinds of its intervals scored row by row, kept by content."""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

import workbench
from workbench.bayes.conformal.intervals import mid_intervals
from workbench.bayes.families import FAMILIES
from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.network_method import FittedNetwork
from workbench.bayes.sampling.anchored import AnchoredOptions, fast_posterior
from workbench.bayes.sampling.compiled import compiled, rows_of
from workbench.bayes.sampling.convergence import Convergence, function_convergence
from workbench.bayes.sampling.nuts_chain import NutsOptions
from workbench.bayes.sampling.posterior import Posterior
from workbench.bayes.sampling.sample import stratified_sample
from workbench.bayes.scores.coverage import coverage, exact_coverage
from workbench.bayes.scores.proper import absolute_error, crps
from workbench.bayes.zoo import network_named
from workbench.stages.studies.bnn_posteriors import PosteriorCache, SampledUnit, sampled_unit
from workbench.stages.studies.bnn_rows import Sampler
from workbench.store.atomic import replacing, sha256, write_text

#: Below a league's artifacts.
FOLDER: Final = "bnn_failure"
LEVEL: Final = 0.9
#: Columns of the test rows that a score is read with.
_ROW: Final = ("game_id", "player_id", "player_name", "season", "week", "role", "yards", "volume")
#: Rows at which chains must agree, as in the cache of posteriors.
_POINTS: Final = 40
#: From so many rows on an epoch is long; below it the fast path needs more of them, and smaller steps.
_MANY_ROWS: Final = 10_000
_SAY_EVERY_SECONDS: Final = 20.0
#: Chains shorter than this say nothing of one another.
_FEWEST_DRAWS: Final = 10
#: To be raised when a score changes its meaning.
_VERSION: Final = 1
#: What a score depends on beside the rows and the density, which the posterior's own key holds.
_SOURCES: Final = (
    "families", "predictive.py", "network_method.py", "scores/coverage.py", "scores/proper.py",
    "conformal/intervals.py", "sampling/anchored.py", "sampling/convergence.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spec:
    """One fit that is wanted.

    Attributes
    ----------
    network : str
    sigma : float
    n : int
        Rows of the sample; 0: all.
    sampler : {"nuts", "fast"}
    selected : bool
        Whether it learns from, and is scored on, only those who got the ball: as the original must have.
    """

    network: str
    sigma: float
    n: int
    sampler: Sampler
    selected: bool = False

    @property
    def title(self) -> str:
        """The fit in words."""
        rows = f"{self.n:,} rows" if self.n else "all rows"
        chosen = ", players with the ball only" if self.selected else ""
        by = "full sampling" if self.sampler == "nuts" else "fast path"
        return f"{network_named(self.network).title}, prior scale {self.sigma:g}, {rows}, {by}{chosen}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FitPlan:
    """What all fits have in common.

    Attributes
    ----------
    train, test : DataFrame
    features : tuple of str
    support : tuple of int
    train_through : int
    artifacts : Path
        The league's.
    about : dict
        Words written beside the draws.
    posteriors : str
        Folder of the draws below the league's artifacts.
    draws, warmup, chains, workers, members, epochs, seed : int
    options : NutsOptions
    drawing : bool
        Whether what is not kept is drawn; otherwise it is missing.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    features: tuple[str, ...]
    support: tuple[int, int]
    train_through: int
    artifacts: Path
    posteriors: str
    about: dict[str, Any] = field(default_factory=dict)
    draws: int = 1500
    warmup: int = 500
    chains: int = 2
    workers: int = 2
    members: int = 32
    epochs: int = 0
    seed: int = 0
    options: NutsOptions = field(default_factory=NutsOptions)
    drawing: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A fit and both kinds of its 90 % intervals on every test row.

    Attributes
    ----------
    spec : Spec
    rows : DataFrame, one row a test row
        What the row is, and ``mean_low, mean_high, mean_closed, mean_mid`` (the interval of the posterior mean, and
        whether it held), ``low, high`` (of the yards, as delivered), ``plain_low, plain_high, closed, mid, exact``
        (closed counts the plain equal-tailed quantiles, mid the interval delivered), ``plain_mid, crps_of_mean, crps,
        median_error, mean_error, centre`` (posterior mean) and ``aleatoric, epistemic`` (squared yards).
    learned : int
        Rows learned from.
    convergence : dict
        Of full sampling: fields of ``Convergence``; empty for the fast path.
    draws : int
        A chain, or members.
    seconds, cpu_seconds : float
    """

    spec: Spec
    rows: pd.DataFrame
    learned: int
    convergence: dict[str, Any]
    draws: int
    seconds: float
    cpu_seconds: float

    @property
    def published(self) -> bool:
        """Whether it may stand in a headline: converged, or of the fast path, which has nothing to converge."""
        return not self.convergence or bool(self.convergence["converged"])

    @property
    def verdict(self) -> str:
        """What its chains say of each other."""
        if not self.convergence:
            return "An ensemble of fits: no chains."
        return Convergence(**{**self.convergence, "reasons": tuple(self.convergence["reasons"])}).verdict


def scored_fits(
    specs: Sequence[Spec], plan: FitPlan, *, on_progress: Callable[[str], None] | None = None
) -> tuple[list[Scored], list[Spec]]:
    """Return every fit that is kept or can be made, and those that are missing.

    Parameters
    ----------
    specs : sequence of Spec
    plan : FitPlan
    on_progress : callable, optional
        Told before each fit.
    """
    found: list[Scored] = []
    missing: list[Spec] = []
    started = time.monotonic()
    for number, spec in enumerate(specs):
        left = (time.monotonic() - started) * (len(specs) - number) / number / 60 if number else 0.0
        if on_progress is not None:
            when = f"{left:.1f} minutes left" if number else "time left not known yet"
            on_progress(f"fit {number + 1} of {len(specs)}, {when}: {spec.title}")
        made = _scored(spec, plan)
        if made is None:
            missing.append(spec)
        else:
            found.append(made)
    return found, missing


def said_to(folder: Path) -> Callable[[str], None]:
    """Return what writes progress beside a run and, now and then, to the process's own log, past the notebook."""
    last = time.monotonic()

    def said(text: str) -> None:
        nonlocal last
        write_text(folder / "progress.txt", text + "\n")
        if time.monotonic() - last > _SAY_EVERY_SECONDS and sys.__stderr__ is not None:
            print(f"bnn_failure: {text}", file=sys.__stderr__, flush=True)
            last = time.monotonic()

    return said


def _scored(spec: Spec, plan: FitPlan) -> Scored | None:
    """Return a fit from its file, or made now and written there; None where it may not be drawn."""
    asked = _unit(spec, plan)
    cache = PosteriorCache(plan.artifacts / plan.posteriors)
    draws = plan.draws if spec.sampler == "nuts" else plan.members
    if spec.sampler == "nuts" and not plan.drawing:
        draws = min(draws, cache.draws(asked.unit, chains=plan.chains))
        if draws < _FEWEST_DRAWS:
            return None
    path = plan.artifacts / FOLDER / f"{asked.unit.folder}-{spec.sampler}{draws}-{_key(spec, plan, asked, draws=draws)}"
    kept = _read(path, spec=spec)
    if kept is not None:
        return kept
    if spec.sampler == "nuts":
        posterior = cache.get(asked.unit, draws=draws, chains=plan.chains, workers=plan.workers)
    else:
        posterior = _fast(spec, plan, asked)
    made = _judged(spec, plan, asked, posterior=posterior)
    _write(path, made)
    return made


def _unit(spec: Spec, plan: FitPlan) -> SampledUnit:
    train = _chosen(plan.train) if spec.selected else plan.train
    return sampled_unit(
        train, features=plan.features, network=network_named(spec.network), sigma=spec.sigma, n=spec.n or len(train),
        train_through=plan.train_through, warmup=plan.warmup, seed=plan.seed, options=plan.options, about=plan.about,
    )  # fmt: skip


def _chosen(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["volume"].ge(1)].reset_index(drop=True)


def _fast(spec: Spec, plan: FitPlan, asked: SampledUnit) -> Posterior:
    return fast_posterior(
        asked.unit.network, asked.unit.data, sigma=spec.sigma, seed=plan.seed, workers=plan.workers,
        options=_fast_options(plan, rows=len(asked.sample)),
    )  # fmt: skip


def _fast_options(plan: FitPlan, *, rows: int) -> AnchoredOptions:
    chunk = min(8, plan.members)
    if plan.epochs:
        return AnchoredOptions(members=plan.members, epochs=plan.epochs, chunk=chunk)
    if rows >= _MANY_ROWS:
        return AnchoredOptions(members=plan.members, chunk=chunk)
    return AnchoredOptions(members=plan.members, epochs=200, batch=256, rate=0.03, chunk=chunk)


def _judged(spec: Spec, plan: FitPlan, asked: SampledUnit, *, posterior: Posterior) -> Scored:
    test = _chosen(plan.test) if spec.selected else plan.test
    fitted = FittedNetwork(asked.unit.network, asked.encoder, posterior, plan.support)
    seen: dict[str, Any] = {}
    if spec.sampler == "nuts":
        points = asked.encoder.encode(stratified_sample(plan.test, _POINTS, seed=plan.seed))
        model = compiled(asked.unit.network, asked.unit.data, sigma=spec.sigma)
        family: Any = FAMILIES[asked.unit.network.family]
        seen = asdict(function_convergence(posterior, model, rows=rows_of(points), family=family))
    return Scored(
        spec, row_table(fitted, test), len(asked.sample), seen, posterior.n_draws, posterior.seconds,
        posterior.cpu_seconds,
    )  # fmt: skip


def row_table(fitted: FittedNetwork, test: pd.DataFrame) -> pd.DataFrame:
    """Return ``Scored.rows`` of one fitted network."""
    forecast, mean, parts = fitted.forecast(test), fitted.mean_forecast(test), fitted.variances(test)
    yards = test["yards"].to_numpy(np.float64)
    return test[list(_ROW)].assign(
        **_mean_columns(mean, yards), **_columns(forecast, yards), mean_error=np.abs(yards - mean.mean),
        centre=mean.mean, aleatoric=parts.aleatoric, epistemic=parts.epistemic,
    )  # fmt: skip


def _mean_columns(mean: IntegerForecast, yards: Any) -> dict[str, Any]:
    low, high = mean.interval(LEVEL)
    return {
        "mean_low": low, "mean_high": high, "mean_closed": coverage((low, high), yards, level=LEVEL),
        "mean_mid": coverage((low, high), yards, level=LEVEL, mid=True), "crps_of_mean": crps(mean, yards),
    }  # fmt: skip


def _columns(forecast: IntegerForecast, yards: Any) -> dict[str, Any]:
    plain, delivered = forecast.interval(LEVEL), mid_intervals(forecast, LEVEL)
    ends = (delivered.lower, delivered.upper)
    return {
        "plain_low": plain[0], "plain_high": plain[1], "closed": coverage(plain, yards, level=LEVEL),
        "plain_mid": coverage(plain, yards, level=LEVEL, mid=True), "low": ends[0], "high": ends[1],
        "mid": coverage(ends, yards, level=LEVEL, mid=True), "exact": exact_coverage(forecast, yards, level=LEVEL),
        "crps": crps(forecast, yards), "median_error": absolute_error(forecast, yards), "median": forecast.median,
    }  # fmt: skip


def _key(spec: Spec, plan: FitPlan, asked: SampledUnit, *, draws: int) -> str:
    """Return a hash of the draws, how they are summed up, and the rows they are scored on."""
    fast = asdict(_fast_options(plan, rows=len(asked.sample))) if spec.sampler == "fast" else {}
    words = {"version": _VERSION, "unit": asked.unit.key, "draws": draws, "chains": plan.chains, "fast": fast,
             "selected": spec.selected, "support": list(plan.support), "source": _source()}  # fmt: skip
    digest = hashlib.sha256(json.dumps(words, sort_keys=True).encode())
    columns = [*_ROW, "team", *plan.features]
    digest.update(pd.util.hash_pandas_object(plan.test[columns], index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]


def _source() -> str:
    base, digest = Path(workbench.__file__).parent / "bayes", hashlib.sha256()
    for name in _SOURCES:
        for path in sorted((base / name).glob("*.py")) or [base / name]:
            digest.update(f"{path.name} {sha256(path)}\n".encode())
    return digest.hexdigest()


def _write(path: Path, made: Scored) -> None:
    """Write the rows, then the facts: a fit without facts is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path.with_name(f"{path.name}.parquet")) as temporary:
        made.rows.to_parquet(temporary, index=False, compression="zstd")
    facts = {name: getattr(made, name) for name in ("learned", "convergence", "draws", "seconds", "cpu_seconds")}
    write_text(path.with_name(f"{path.name}.json"), json.dumps(facts, indent=1, default=list) + "\n")


def _read(path: Path, *, spec: Spec) -> Scored | None:
    try:
        facts = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))
        rows = pd.read_parquet(path.with_name(f"{path.name}.parquet"))
    except (FileNotFoundError, ValueError, OSError):
        return None
    return Scored(spec, rows, **facts)
