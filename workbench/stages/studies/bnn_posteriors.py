"""Posteriors of full sampling, kept by content and chunk by chunk: no crash and no re-run repeats hours of work."""

import hashlib
import json
import sys
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.bayes.encode import Encoder
from workbench.bayes.networks.base import Network, NetworkData
from workbench.bayes.sampling.compiled import compiled, rows_of
from workbench.bayes.sampling.nuts import Progress, sample_nuts
from workbench.bayes.sampling.nuts_chain import Chunk, NutsOptions
from workbench.bayes.sampling.posterior import Posterior
from workbench.bayes.sampling.sample import stratified_sample
from workbench.store.atomic import replacing, write_text

#: Below a league's artifacts.
FOLDER: Final = "bnn_posteriors"
#: In a posterior's folder: what it is, and how far it has come.
ABOUT: Final = "about.json"
PROGRESS: Final = "progress.txt"
#: To be raised when the sampler itself is changed so that it draws otherwise.
_SAMPLER_VERSION: Final = 1
#: Points at which a density is recognized, and the digits that no machine's rounding reaches.
_PROBES: Final = 6
_DIGITS: Final = 4
_SAY_EVERY_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PosteriorUnit:
    """One posterior that is wanted; how many draws of it is asked later, for more add to fewer.

    Attributes
    ----------
    network : Network
    data : NetworkData
        The rows, encoded: they hold all of the encoder that matters to the draws.
    sigma : float
    warmup, seed : int
    options : NutsOptions
    about : mapping
        Words for people (target, seasons, features): plain JSON, written beside the draws, part of no key.
    """

    network: Network
    data: NetworkData
    sigma: float
    warmup: int = 500
    seed: int = 0
    options: NutsOptions = field(default_factory=NutsOptions)
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return a hash of the rows, the density and the sampler's settings.

        The density is recognized by its values, not its source: documenting a network or moving it keeps its draws,
        changing what it says does not.
        """
        digest = hashlib.sha256(_words(self).encode())
        for name, values in sorted(_rows(self.data).items()):
            digest.update(f"{name} {values.dtype} {values.shape}".encode())
            digest.update(np.ascontiguousarray(values).tobytes())
        digest.update(" ".join(_density(self.network, self.data, sigma=self.sigma)).encode())
        return digest.hexdigest()[:16]

    @property
    def folder(self) -> str:
        """The name of its folder: legible, and unique by the key."""
        return f"{self.network.name}-sigma{self.sigma:g}-n{len(self.data.yards)}-{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampledUnit:
    """A posterior that is wanted, and what its forecasts need beside it.

    Attributes
    ----------
    unit : PosteriorUnit
    encoder : Encoder
        Fitted on the sample.
    sample : DataFrame
        The rows it learns from.
    """

    unit: PosteriorUnit
    encoder: Encoder
    sample: pd.DataFrame


def sampled_unit(
    rows: pd.DataFrame, *, features: Sequence[str], network: Network, sigma: float, n: int, train_through: int,
    warmup: int = 500, seed: int = 0, options: NutsOptions | None = None, about: Mapping[str, Any] | None = None,
) -> SampledUnit:  # fmt: skip
    """Return the posterior of a network on a stratified sample of past rows.

    Parameters
    ----------
    rows : DataFrame
        ``method.ROW_COLUMNS`` and the features; rows of later seasons are not looked at.
    features : sequence of str
    network : Network
    sigma : float
    n : int
        Size of the sample, by season and role in their shares.
    train_through : int
        Last season it may learn from.
    warmup, seed : int
        ``seed`` also draws the sample.
    options : NutsOptions, optional
    about : mapping, optional
        More words for people.
    """
    sample = stratified_sample(rows[rows["season"] <= train_through], n, seed=seed)
    encoder = Encoder.fit(sample, features=features)
    words = {"train_through": train_through, "features": list(features), "encoder": encoder.to_dict(), **(about or {})}
    unit = PosteriorUnit(
        network=network, data=encoder.encode(sample), sigma=sigma, warmup=warmup, seed=seed,
        options=options or NutsOptions(), about=words,
    )  # fmt: skip
    return SampledUnit(unit=unit, encoder=encoder, sample=sample)


class PosteriorCache:
    """Posteriors under a folder; every chunk of draws is a file of its own, whole or absent.

    Parameters
    ----------
    folder : Path
        Made when first written to: ``<artifacts>/<league>/bnn_posteriors``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(
        self, unit: PosteriorUnit, *, draws: int, chains: int = 2, workers: int = 1,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Posterior:  # fmt: skip
        """Return a posterior, drawing only what is not kept yet.

        Parameters
        ----------
        unit : PosteriorUnit
        draws, chains : int
            More than before add to what there is; fewer are the first of it.
        workers : int
        on_progress : callable, optional
            Told after every chunk, as are the process's log and ``progress.txt``.
        """
        place = self.folder / unit.folder
        kept = read_chunks(place)
        speaker = _Speaker(place, on_progress)
        if not (place / ABOUT).exists():
            write_text(place / ABOUT, json.dumps(_about(unit), indent=1, sort_keys=True) + "\n")
        return sample_nuts(
            unit.network, unit.data, sigma=unit.sigma, chains=chains, warmup=unit.warmup, draws=draws,
            seed=unit.seed, workers=workers, options=unit.options, kept=kept,
            on_chunk=lambda chunk: write_chunk(place, chunk), on_progress=speaker,
        )  # fmt: skip

    def draws(self, unit: PosteriorUnit, *, chains: int = 2) -> int:
        """Return how many draws a chain there are of a posterior, warm-up left out: of its shortest chain."""
        lengths = dict.fromkeys(range(chains), 0)
        for chunk in read_chunks(self.folder / unit.folder):
            lengths[chunk.chain] = lengths.get(chunk.chain, 0) + len(chunk)
        return max(min(lengths[chain] for chain in range(chains)) - unit.warmup, 0)


def write_chunk(folder: Path, chunk: Chunk) -> None:
    """Write a chunk of a chain, whole or not at all, without pickle."""
    with replacing(folder / f"chain{chunk.chain}-{chunk.first:06d}.npz") as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **chunk.to_arrays())


def read_chunks(folder: Path) -> list[Chunk]:
    """Return the chunks of every chain up to its first gap: what is damaged, or comes after it, is drawn again."""
    found: list[Chunk] = []
    reached: dict[int, int] = {}
    for path in sorted(folder.glob("chain*-*.npz")):
        chunk = _read(path)
        if chunk is not None and chunk.first == reached.get(chunk.chain, 0):
            found.append(chunk)
            reached[chunk.chain] = chunk.first + len(chunk)
    return found


def _read(path: Path) -> Chunk | None:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            return Chunk.from_arrays(dict(arrays))
    except (FileNotFoundError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None


class _Speaker:
    """Says how far a posterior has come: to the log now and then, to a file and to whoever asked always."""

    def __init__(self, folder: Path, told: Callable[[Progress], None] | None) -> None:
        self._folder, self._told, self._said = folder, told, time.monotonic()

    def __call__(self, progress: Progress) -> None:
        text = f"{progress.done} of {progress.total} draws, {progress.seconds_left / 60:.1f} minutes left"
        write_text(self._folder / PROGRESS, text + "\n")
        if self._told is not None:
            self._told(progress)
        if time.monotonic() - self._said > _SAY_EVERY_SECONDS and sys.__stderr__ is not None:
            # Past the notebook, whose page would keep every line.
            print(f"bnn: {self._folder.name}: {text}", file=sys.__stderr__, flush=True)
            self._said = time.monotonic()


def _words(unit: PosteriorUnit) -> str:
    plain = {
        "version": _SAMPLER_VERSION, "network": unit.network.name, "sigma": unit.sigma, "warmup": unit.warmup,
        "seed": unit.seed, **unit.options.deciding,
    }  # fmt: skip
    return json.dumps(plain, sort_keys=True)


def _about(unit: PosteriorUnit) -> dict[str, Any]:
    settings = {"sigma": unit.sigma, "warmup": unit.warmup, "seed": unit.seed, **asdict(unit.options)}
    shape = {"rows": len(unit.data.yards), "inputs": unit.data.inputs.shape[1]}
    return {"network": unit.network.name, "family": unit.network.family, **shape, "settings": settings, **unit.about}


def _rows(data: NetworkData) -> dict[str, Any]:
    return {name: np.asarray(getattr(data, name)) for name in data.__dataclass_fields__}


@lru_cache(maxsize=4)
def _density(network: Network, data: NetworkData, *, sigma: float) -> tuple[str, ...]:
    """Return the log posterior at fixed points, in as many digits as are the same everywhere.

    Kept for these very data: a unit's key is asked for several times, and each answer compiles the network.
    """
    import jax

    functions = compiled(network, data, sigma=sigma)
    rng = np.random.default_rng(0)
    density, rows = jax.jit(functions.log_posterior), rows_of(data)
    said: list[str] = []
    for _ in range(_PROBES):
        names: Sequence[str] = sorted(functions.shapes)
        values = {n: 0.5 * rng.normal(size=functions.shapes[n]).astype(np.float32) for n in names}
        said.append(f"{float(density(values, rows)):.{_DIGITS - 1}e}")
    return tuple(said)
