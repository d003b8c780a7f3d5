"""Fits of the networks' study: each method and season once, its forecasts kept by content, several at a time.

What is kept are forecasts of the calibration and of the test rows, not models: a run that was stopped, or one that asks
for more methods, fits only what is missing.
"""

import ast
import hashlib
import inspect
import json
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import workbench
from workbench.bayes.baselines.catalogue import Baseline
from workbench.bayes.families import FAMILIES
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.bayes.network_method import FittedNetwork, NetworkMethod
from workbench.bayes.sampling.convergence import function_convergence
from workbench.stages.calibration.split import SeasonRows
from workbench.stages.studies.bnn_posteriors import PosteriorCache, sampled_unit
from workbench.store.atomic import replacing, write_text

#: Below a league's artifacts.
FOLDER: Final = "bnn_fits"
#: How far a run has come and how long the rest will take.
PROGRESS: Final = "progress.txt"
#: To be raised when what is kept changes its form.
_FORM: Final = 1
_SAY_EVERY_SECONDS: Final = 60.0
#: Unseen rows at which chains must agree.
_PROBES: Final = 30
_BAYES: Final = Path(workbench.__file__).parent / "bayes"
#: Code that decides a network's forecasts, whatever the sampler; then that of either sampler.
_NETWORKS: Final = ("encode.py", "families", "networks", "predictive.py", "sampling/compiled.py", "zoo.py")
_FAST: Final = ("sampling/anchored.py",)
_FULL: Final = ("sampling/convergence.py", "sampling/nuts.py", "sampling/nuts_chain.py", "sampling/sample.py")
Learner = NetworkMethod | Baseline


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """One method to be fitted for one test season.

    Attributes
    ----------
    learner : NetworkMethod or baseline
    split : SeasonRows
    features : tuple of str
    seed : int
    posteriors : Path
        Where draws of full sampling are kept.
    """

    learner: Learner
    split: SeasonRows
    features: tuple[str, ...]
    seed: int
    posteriors: Path

    @property
    def key(self) -> str:
        """Return a hash of the rows, the method with its settings, and the code that fits it."""
        digest = hashlib.sha256(json.dumps(_words(self.learner), sort_keys=True).encode())
        digest.update(f"{_FORM} {self.seed} {self.features} {_source(self.learner)}".encode())
        columns = ["player_id", "team", "game_id", "season", "week", "role", "earlier_games", "yards", *self.features]
        for rows in (self.split.training, self.split.calibration, self.split.forecast):
            # pandas' hash of a row does not depend on its index here, and rows stay in their order.
            digest.update(pd.util.hash_pandas_object(rows[columns], index=False).to_numpy().tobytes())
        return digest.hexdigest()[:24]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fitted:
    """What a fit left.

    Attributes
    ----------
    calibration, test : IntegerForecast
        Of the split's calibration and forecast rows.
    seconds : float
        Of fitting and forecasting, whenever that was.
    convergence : mapping or None
        Of full sampling: ``converged`` and the numbers behind it; None for the fast path and baselines.
    """

    calibration: IntegerForecast
    test: IntegerForecast
    seconds: float
    convergence: Mapping[str, Any] | None

    @property
    def published(self) -> bool:
        """Whether it may be published: a sampler that has not converged is only reported."""
        return self.convergence is None or bool(self.convergence["converged"])


def fitted(fits: Sequence[Fit], *, folder: Path, workers: int = 1) -> list[Fitted]:
    """Return every fit, making only those that are not kept, whatever the number of workers.

    Parameters
    ----------
    fits : sequence of Fit
    folder : Path
    workers : int
        Processes.
    """
    paths = [folder / f"{fit.key}.npz" for fit in fits]
    # The same network may be asked for by name and as a part of the ensemble.
    missing = {path: fit for fit, path in zip(fits, paths, strict=True) if _read(path, fit=fit) is None}
    _run(missing, folder=folder, workers=workers)
    found = [_read(path, fit=fit) for fit, path in zip(fits, paths, strict=True)]
    return [one for one in found if one is not None]


def _run(missing: Mapping[Path, Fit], *, folder: Path, workers: int) -> None:
    if not missing:
        return
    from joblib import Parallel, delayed, parallel_config  # late: only studies fan out

    started, said = time.monotonic(), 0.0
    # The longest first, so that the last worker is not left with it alone.
    jobs = sorted(missing.items(), key=lambda item: isinstance(item[1].learner, NetworkMethod), reverse=True)
    with parallel_config(backend="loky", inner_max_num_threads=1):
        done = Parallel(n_jobs=min(workers, len(jobs)), return_as="generator_unordered")(
            delayed(fit_one)(fit, path) for path, fit in jobs
        )
        for number, name in enumerate(done, start=1):
            spent = time.monotonic() - started
            left = spent * (len(jobs) - number) / number / 60
            text = f"{number} of {len(jobs)} fits ({name}), {left:.1f} minutes left"
            write_text(folder / PROGRESS, text + "\n")
            # Seldom, for a notebook's page keeps every line.
            if spent - said > _SAY_EVERY_SECONDS and sys.__stderr__ is not None:
                said = spent
                print(f"bnn: {text}", file=sys.__stderr__, flush=True)


def fit_one(fit: Fit, path: Path) -> str:
    """Fit, forecast, write the file whole, and return the method's name."""
    from threadpoolctl import threadpool_limits

    started = time.perf_counter()
    with threadpool_limits(limits=1):
        model, convergence = _learned(fit)
        said = [model.forecast(rows) for rows in (fit.split.calibration, fit.split.forecast)]
    facts = {"seconds": time.perf_counter() - started, "convergence": convergence}
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream, allow_pickle=False, calibration=_small(said[0].cdf), test=_small(said[1].cdf),
            facts=np.array(json.dumps(facts)),
        )  # fmt: skip
    return f"{fit.learner.name} {fit.split.season}"


def _learned(fit: Fit) -> tuple[Any, dict[str, Any] | None]:
    learner = fit.learner
    if isinstance(learner, NetworkMethod) and learner.sampler == "nuts":
        return _sampled(fit, learner)
    return learner.fit(fit.split.training, features=fit.features, seed=fit.seed), None


def _sampled(fit: Fit, learner: NetworkMethod) -> tuple[FittedNetwork, dict[str, Any]]:
    """Return a network by full sampling of a stratified sample, its chunks of draws kept, and whether it converged."""
    from workbench.bayes.sampling.compiled import compiled, rows_of

    last = int(fit.split.training["season"].max())
    asked = sampled_unit(
        fit.split.training, features=fit.features, network=learner.network, sigma=learner.sigma, n=learner.nuts.rows,
        train_through=last, warmup=learner.nuts.warmup, seed=fit.seed,
    )  # fmt: skip
    posterior = PosteriorCache(fit.posteriors).get(
        asked.unit, draws=learner.nuts.draws, chains=learner.nuts.chains, workers=learner.nuts.workers
    )
    rows = fit.split.forecast
    probes = rows.iloc[np.linspace(0, len(rows) - 1, min(_PROBES, len(rows))).astype(np.int64)]
    # A family is a module, of which either floor asks its own part.
    family: Any = FAMILIES[learner.network.family]
    seen = function_convergence(
        posterior, compiled(learner.network, asked.unit.data, sigma=learner.sigma),
        rows=rows_of(asked.encoder.encode(probes)), family=family,
    )  # fmt: skip
    told = {**{n: v for n, v in asdict(seen).items() if n != "reasons"}, "verdict": seen.verdict}
    return FittedNetwork(learner.network, asked.encoder, posterior, learner.support), told


def _small(cdf: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return cumulative probabilities in half the bytes; 6e-8 is lost, below every floor in use."""
    return np.minimum(cdf, 1.0).astype(np.float32)


def _read(path: Path, *, fit: Fit) -> Fitted | None:
    """Return what is kept; None where nothing is, or only a damaged file."""
    support = Support(*fit.learner.support)
    try:
        with np.load(path, allow_pickle=False) as kept:
            facts = json.loads(str(kept["facts"]))
            said = [IntegerForecast(support, kept[name].astype(np.float64)) for name in ("calibration", "test")]
    except (FileNotFoundError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    return Fitted(calibration=said[0], test=said[1], seconds=float(facts["seconds"]), convergence=facts["convergence"])


def _words(learner: Learner) -> dict[str, Any]:
    """Return what decides a method, as JSON holds it."""
    if isinstance(learner, NetworkMethod):
        how = asdict(learner.options) if learner.sampler == "fast" else asdict(learner.nuts) | {"workers": None}
        return {
            "network": learner.network.name, "sigma": learner.sigma, "sampler": learner.sampler, "how": how,
            "support": list(learner.support),
        }  # fmt: skip
    return {"baseline": type(learner).__name__, **asdict(learner)}


def _source(learner: Learner) -> str:
    """Return a hash of the code that decides a method's forecasts, and of no other: fits take minutes."""
    names: tuple[str, ...] = ("baselines",)
    classes = ""
    if isinstance(learner, NetworkMethod):
        names = (*_NETWORKS, *(_FULL if learner.sampler == "nuts" else _FAST))
        # Their module also says which networks are production, which is no part of any fit.
        classes = "".join(_code(inspect.getsource(kind)) for kind in (NetworkMethod, FittedNetwork))
    paths = [path for name in names for path in sorted({_BAYES / name, *(_BAYES / name).rglob("*.py")})]
    words = [classes, *(_code(path.read_text(encoding="utf-8")) for path in paths if path.is_file())]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _code(text: str) -> str:
    """Return what a source does: comments and docstrings left out, for they are written long after fits were made."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
