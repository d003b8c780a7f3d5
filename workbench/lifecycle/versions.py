"""What a registered model is: its name and season, its content's hash, and the seasons it may have seen."""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import LeakageError, StoreError

Arrays = Mapping[str, NDArray[Any]]
#: ``succeeded``: the stage itself promoted; ``reproduced``: other code made the same content.
Action = Literal["registered", "succeeded", "promoted", "rolled_back", "reproduced"]

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
#: A model for season S is trained on seasons to S - 2 and calibrated on S - 1.
TRAINING_GAP: Final = 2
#: Keys of a model's JSON that say how long something took: no part of what the model is.
MEASURED: Final = frozenset({"seconds", "cpu_seconds"})

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,60}@(?P<season>\d{4})")
_HASH_DIGITS = 24


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrainedModel:
    """What is handed to the registry.

    Attributes
    ----------
    name : str
        ``<target>@<season>``: the season it forecasts.
    features : tuple of str
    training_seasons : tuple of int
        Every season its parameters were learned from.
    data_hash : str
        Of the rows it was trained on.
    model : mapping
        All but the arrays, as plain JSON: network, encoder, settings.
    arrays : mapping of str to ndarray, each shape (n_chains, n_draws, *shape)
        Posterior draws.
    metrics : mapping
        Name to a number, or to ``{"value", "low", "high", ...}``; the first is the one listed.
    sampler : mapping
        Engine, settings, timings: plain JSON.
    revision, source_digest : str
        Of the code that trained it: git revision, hash of the package.
    """

    name: str
    features: Sequence[str]
    training_seasons: Sequence[int]
    data_hash: str
    model: Mapping[str, Any]
    arrays: Arrays
    metrics: Mapping[str, Any] = field(default_factory=dict)
    sampler: Mapping[str, Any] = field(default_factory=dict)
    revision: str = ""
    source_digest: str = ""

    @property
    def content_hash(self) -> str:
        """Hash of what the model is: equal rows, features, seasons, JSON and draws, equal hash.

        When, how fast and by which revision it was trained do not count.
        """
        what = {
            "name": self.name,
            "features": list(self.features),
            "training_seasons": sorted({int(season) for season in self.training_seasons}),
            "data_hash": self.data_hash,
            "model": _lasting(self.model),
        }
        digest = hashlib.sha256(canonical(what, of=f"the model {self.name}").encode())
        for name in sorted(self.arrays):
            values = np.ascontiguousarray(self.arrays[name])
            digest.update(f"\0{name}\0{values.dtype.str}\0{values.shape}\0".encode())
            digest.update(values.tobytes())
        return digest.hexdigest()[:_HASH_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """A model as the registry keeps it; its draws are read by ``ModelRegistry.load``.

    Attributes
    ----------
    league, name : str
    version : int
        1, 2, ... within a name.
    aliases : tuple of str
        Of ``champion`` and ``challenger``, those that point here now.
    files : mapping of str to str
        File name to SHA-256.
    """

    league: str
    name: str
    version: int
    created_at: pd.Timestamp
    content_hash: str
    data_hash: str
    features: tuple[str, ...]
    training_seasons: tuple[int, ...]
    metrics: Mapping[str, Any]
    sampler: Mapping[str, Any]
    revision: str
    source_digest: str
    files: Mapping[str, str]
    aliases: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Where its files are, below the league's artifact root."""
        return f"models/{self.name}/{self.content_hash}"

    @property
    def trained_through(self) -> int:
        """The last season it was trained on."""
        return max(self.training_seasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasEvent:
    """One change of an alias: what, from which version to which, by whom, when and why."""

    name: str
    event: int
    action: Action
    alias: str
    version: int
    version_before: int | None
    changed_by: str
    changed_at: pd.Timestamp
    reason: str


@dataclass(frozen=True, slots=True)
class AliasChange:
    """What became of a promotion or a step back.

    Attributes
    ----------
    champion : ModelVersion
        Who is champion now.
    before : int or None
        Which version was champion.
    changed : bool
    """

    champion: ModelVersion
    before: int | None
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDecision:
    """What was decided about a model's calibration in a week.

    Attributes
    ----------
    name : str
    version, season, week : int
    decision : str
        Such as ``keep`` or ``recalibrate``.
    evidence : mapping
        Plain JSON: rolling coverage, rows, interval.
    run_key : str
        Of the run that decided.
    """

    name: str
    version: int
    season: int
    week: int
    decision: str
    evidence: Mapping[str, Any]
    run_key: str = ""


def model_season(name: str) -> int:
    """Return the season a model's name says it forecasts.

    Raises
    ------
    StoreError
        If the name is not ``<target>@<season>``.

    Examples
    --------
    >>> model_season("rushing_yards@2024")
    2024
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise StoreError(f"A model is named <target>@<season>, such as rushing_yards@2024; got {name!r}.")
    return int(found["season"])


def refuse_leak(name: str, *, training_seasons: Sequence[int], season: int) -> None:
    """Refuse a model that has seen more than may be known when it forecasts a season.

    Raises
    ------
    LeakageError
        If it is a later season's model, or was trained past the season before last: the last one calibrates it.

    Examples
    --------
    >>> refuse_leak("rushing_yards@2024", training_seasons=(2021, 2022), season=2024)
    """
    if model_season(name) > season:
        raise LeakageError(
            f"A forecast of season {season} takes a model named for {season} or earlier, got {name}: it was chosen "
            "later. Was next season's name asked for?"
        )
    last, latest = season - TRAINING_GAP, max(training_seasons, default=0)
    if latest > last:
        raise LeakageError(
            f"A model that forecasts season {season} is trained on seasons to {last} ({season - 1} calibrates it), "
            f"{name} was trained through {latest}. Were the rows cut by the season before the last?"
        )


def checked_metrics(metrics: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return metrics in one form, ``{"value": ..., "low": ..., "high": ..., ...}``.

    Raises
    ------
    StoreError
        If a metric has no value, or a part of it is neither text nor a finite number nor null.

    Examples
    --------
    >>> checked_metrics({"coverage_90": 0.9})
    {'coverage_90': {'value': 0.9}}
    """
    whole = {name: dict(m) if isinstance(m, Mapping) else {"value": m} for name, m in metrics.items()}
    for name, metric in whole.items():
        if "value" not in metric or not all(_is_plain(part) for part in metric.values()):
            raise StoreError(f"A metric is a number or {{value, low, high}} of finite numbers, {name} is {metric}.")
    return whole


def canonical(content: Any, *, of: str) -> str:
    """Return plain JSON with sorted keys: equal content, equal text.

    Raises
    ------
    StoreError
        If something in it is not plain JSON, or not finite.
    """
    try:
        return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"What is kept of {of} must be plain JSON of finite numbers: {error}. A numpy value?"
        ) from error


def _is_plain(part: Any) -> bool:
    return part is None or isinstance(part, str | int) or (isinstance(part, float) and math.isfinite(part))


def _lasting(content: Any) -> Any:
    """Return JSON without what was measured while it was made."""
    if isinstance(content, Mapping):
        return {str(key): _lasting(value) for key, value in content.items() if key not in MEASURED}
    return [_lasting(value) for value in content] if isinstance(content, list | tuple) else content
