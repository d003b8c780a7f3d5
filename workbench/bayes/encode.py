"""What a network sees of rows: standardized inputs, masks, groups and yards, by what the training rows looked like."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.bayes.networks.base import NetworkData
from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: Inputs further from the centre than this are brought back to it: a linear path must not run away with a wild row.
WIDEST: Final = 5.0
#: A mask that holds, or fails, for a smaller share of the training rows than this is no input: nothing can be learned.
RAREST_MASK: Final = 0.005
#: Spread below this share of the level is rounding, not variation.
_FLAT = 1e-9


@dataclass(frozen=True, slots=True)
class Encoder:
    """The standardization of one set of training rows; ``to_dict`` is plain JSON.

    Attributes
    ----------
    features : tuple of str
        Features that are inputs, in order.
    centres, scales : tuple of float
        Mean and standard deviation of each where it is known.
    masks : tuple of tuple of str
        Features whose masks coincide, but for a few rows, share one input: 1 where the first of them is unknown.
    dropped : dict of str to str
        Features that are no input, and why.
    players, teams : tuple of str
        Known groups; the first has index 1, and 0 is a group never seen.
    centre, scale : float
        Mean and standard deviation of yards.
    """

    features: tuple[str, ...]
    centres: tuple[float, ...]
    scales: tuple[float, ...]
    masks: tuple[tuple[str, ...], ...]
    dropped: dict[str, str]
    players: tuple[str, ...]
    teams: tuple[str, ...]
    centre: float
    scale: float

    @classmethod
    def fit(cls, rows: pd.DataFrame, *, features: Sequence[str]) -> Self:
        """Learn the standardization from training rows.

        Parameters
        ----------
        rows : DataFrame
            ``method.ROW_COLUMNS`` and the features; ``yards`` known in each.
        features : sequence of str

        Raises
        ------
        ValidationError
            If there are no rows, yards are missing or all equal, a feature is absent or infinite, or none varies.
        """
        yards = _target(rows)
        values = _values(rows, features)
        dropped = {name: reason for name in features if (reason := _why_dropped(values[name]))}
        kept = tuple(name for name in features if name not in dropped)
        if not kept:
            raise ValidationError(f"No feature varies among the {len(rows)} training rows: {_listed(dropped)}.")
        known = [values[name][~np.isnan(values[name])] for name in kept]
        return cls(
            features=kept,
            centres=tuple(float(v.mean()) for v in known),
            scales=tuple(float(v.std()) for v in known),
            masks=_mask_groups({name: np.isnan(values[name]) for name in kept}),
            dropped=dropped,
            players=_groups(rows["player_id"]),
            teams=_groups(rows["team"]),
            centre=float(yards.mean()),
            scale=float(yards.std()),
        )

    def encode(self, rows: pd.DataFrame) -> NetworkData:
        """Return rows as a network sees them; yards are NaN where they are not known yet.

        Raises
        ------
        ValidationError
            If a feature is absent or infinite.
        """
        values = _values(rows, self.features)
        columns = [
            np.nan_to_num((values[name] - centre) / scale, nan=0.0).clip(-WIDEST, WIDEST)
            for name, centre, scale in zip(self.features, self.centres, self.scales, strict=True)
        ]
        columns += [np.isnan(values[group[0]]).astype(np.float64) for group in self.masks]
        return NetworkData(
            inputs=np.column_stack(columns).astype(np.float32),
            yards=((rows["yards"].to_numpy(np.float64, na_value=np.nan) - self.centre) / self.scale).astype(np.float32),
            player=_positions(rows["player_id"], self.players),
            team=_positions(rows["team"], self.teams),
            n_players=len(self.players) + 1,
            n_teams=len(self.teams) + 1,
            centre=self.centre,
            scale=self.scale,
        )

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs in order: features, then masks by their first feature."""
        return (*self.features, *(f"{group[0]} unknown" for group in self.masks))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know: which features were given and are no input."""
        return tuple(f"{name} is no input: {reason}." for name, reason in self.dropped.items())

    def to_dict(self) -> dict[str, Any]:
        """Return the encoder as plain JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Return the encoder of ``to_dict``, also after a round trip through JSON.

        Raises
        ------
        ValidationError
            If an entry is missing or unknown.
        """
        fields = set(cls.__dataclass_fields__)
        if fields != set(plain):
            odd = ", ".join(sorted(fields ^ set(plain)))
            raise ValidationError(f"An encoder has the entries {', '.join(sorted(fields))}; missing or unknown: {odd}.")
        return cls(
            features=tuple(plain["features"]),
            centres=tuple(plain["centres"]),
            scales=tuple(plain["scales"]),
            masks=tuple(tuple(group) for group in plain["masks"]),
            dropped=dict(plain["dropped"]),
            players=tuple(plain["players"]),
            teams=tuple(plain["teams"]),
            centre=float(plain["centre"]),
            scale=float(plain["scale"]),
        )


def _target(rows: pd.DataFrame) -> Floats:
    """Return the yards of training rows, or say what is wrong with them."""
    if not len(rows):
        raise ValidationError(
            "A network needs training rows, got none. Does a season before the test season have data?"
        )
    yards = rows["yards"].to_numpy(np.float64, na_value=np.nan)
    if not np.isfinite(yards).all():
        missing = int((~np.isfinite(yards)).sum())
        raise ValidationError(
            f"Training rows need yards, {missing} of {len(rows)} have none. Are games among them not played yet?"
        )
    if _flat(yards):
        raise ValidationError(f"Yards do not vary: {yards[0]:g} in each of the {len(rows)} training rows.")
    return np.asarray(yards)


def _values(rows: pd.DataFrame, features: Sequence[str]) -> dict[str, Floats]:
    """Return each feature as floats, NaN where it is masked."""
    absent = [name for name in features if name not in rows]
    if absent:
        raise ValidationError(f"Rows lack the features {', '.join(absent)}. Were they built with other features?")
    values = {name: rows[name].to_numpy(np.float64, na_value=np.nan) for name in features}
    infinite = [name for name, v in values.items() if np.isinf(v).any()]
    if infinite:
        raise ValidationError(f"Features must be finite or null, infinite values in {', '.join(infinite)}. A ratio?")
    return values


def _why_dropped(values: Floats) -> str:
    known = values[~np.isnan(values)]
    if not len(known):
        return "never known in training"
    return f"constant at {known[0]:g} in training" if _flat(known) else ""


def _flat(values: Floats) -> bool:
    return bool(values.std() <= _FLAT * max(1.0, abs(values.mean())))


def _mask_groups(masks: Mapping[str, NDArray[np.bool_]]) -> tuple[tuple[str, ...], ...]:
    """Return the features of each mask that varies: those that hardly ever differ are one."""
    groups: dict[str, list[str]] = {}
    for name, mask in masks.items():
        if not RAREST_MASK <= mask.mean() <= 1.0 - RAREST_MASK:
            continue
        alike = (first for first in groups if (masks[first] != mask).mean() < RAREST_MASK)
        groups.setdefault(next(alike, name), []).append(name)
    return tuple(tuple(group) for group in groups.values())


def _groups(names: "pd.Series[Any]") -> tuple[str, ...]:
    return tuple(sorted(str(name) for name in names.dropna().unique()))


def _positions(names: "pd.Series[Any]", known: Sequence[str]) -> NDArray[np.int32]:
    """Return 1 plus the position among the known, 0 for one never seen."""
    places = {name: place for place, name in enumerate(known, start=1)}
    return np.array([places.get(str(name), 0) for name in names], dtype=np.int32)


def _listed(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {reason}" for name, reason in reasons.items()) or "no feature was given"
