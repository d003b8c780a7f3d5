"""What the two ways of pooling share: the model's words, the cells it reads and the effects it is asked for.

The model of one outcome, for cell i of type t with severity s (0 to 1, centred at one half)::

    estimate_i ~ Normal(effect_i, known standard errors, or a known covariance)
    effect_i   = mean + type_t + slope_t * s_i + cell_i
    mean ~ Normal(0, scales.mean)     type_t ~ Normal(0, spread of types)    spread of types ~ HalfNormal(scales.types)
    slope_t ~ Normal(0, scales.slope) cell_i ~ Normal(0, spread of cells)    spread of cells ~ HalfNormal(scales.cells)

``pooled_grid`` integrates it exactly on a grid of the two spreads; ``hierarchical`` samples it with PyMC.
"""

from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.causal.pool.severity_bands import MIDPOINTS
from workbench.errors import ParameterError, ValidationError

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

#: What a frame of cells must have; a ``severity`` (0 to 1) beside the band counts instead of its midpoint.
CELL_COLUMNS: Final = ("type", "severity_band", "position", "outcome", "estimate", "standard_error", "n")
#: Two-sided 95 %.
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorScales:
    """Standard deviations of the priors, in the outcome's unit; the defaults are for points of margin.

    Attributes
    ----------
    mean : float
        Of the average shock. Two points is the most any average of shocks has been claimed to be worth.
    types : float
        Of the half-normal spread of types about the mean.
    slope : float
        Of the change in effect from severity 0 to severity 1; wide enough for a star quarterback (7 to 10 points) at
        three standard deviations.
    cells : float
        Of the half-normal spread of cells about their type's line.
    """

    mean: float = 2.0
    types: float = 2.0
    slope: float = 3.0
    cells: float = 1.0

    def times(self, factor: float) -> "PriorScales":
        """Return all scales multiplied: for another unit, or to see how much the prior matters."""
        return PriorScales(
            mean=self.mean * factor, types=self.types * factor, slope=self.slope * factor, cells=self.cells * factor
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEstimates:
    """Noisy estimates of one outcome, as arrays.

    Attributes
    ----------
    estimate : ndarray, shape (n_cells,)
    covariance : ndarray, shape (n_cells, n_cells)
        Of the estimates' errors, known.
    type_index : ndarray of int, shape (n_cells,)
        Into ``types``.
    severity : ndarray, shape (n_cells,)
        Centred: -1/2 to 1/2.
    types : tuple of str
    """

    estimate: Floats
    covariance: Floats
    type_index: Indices
    severity: Floats
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Effects asked for, arrays of one length: a cell seen, a new cell of a type, or (type -1) a new type.

    Attributes
    ----------
    type_index : ndarray of int, shape (n_targets,)
        -1 for a type never seen.
    severity : ndarray, shape (n_targets,)
        Centred.
    cell_index : ndarray of int, shape (n_targets,)
        -1 for a cell never seen: its own departure then adds to the uncertainty.
    """

    type_index: Indices
    severity: Floats
    cell_index: Indices

    @classmethod
    def of_cells(cls, cells: CellEstimates) -> Self:
        """Return the cells themselves as targets."""
        return cls(type_index=cells.type_index, severity=cells.severity, cell_index=np.arange(len(cells.estimate)))

    @classmethod
    def of_types(cls, cells: CellEstimates) -> Self:
        """Return, for each type, a new cell of middling severity."""
        count = len(cells.types)
        return cls(type_index=np.arange(count), severity=np.zeros(count), cell_index=np.full(count, -1))

    @classmethod
    def new_type(cls) -> Self:
        """Return one target: a type of which nothing is known but that it is a shock."""
        return cls(type_index=np.array([-1]), severity=np.zeros(1), cell_index=np.array([-1]))


class Pool(Protocol):
    """A fitted pool, however it was fitted."""

    def effects(self, targets: Targets) -> pd.DataFrame:
        """Return ``effect, standard_error, low, high``, one row a target."""
        ...

    def spreads(self) -> pd.DataFrame:
        """Return ``name, effect, standard_error, low, high`` of the mean and the two spreads."""
        ...


def cell_estimates(cells: pd.DataFrame, *, covariance: ArrayLike | None = None) -> CellEstimates:
    """Check a frame of one outcome's cells and return it as arrays.

    Parameters
    ----------
    cells : DataFrame
        ``CELL_COLUMNS``, one outcome, one row a cell.
    covariance : array_like, shape (n_cells, n_cells), optional
        Of the errors, where estimates share games; its diagonal replaces the standard errors.

    Raises
    ------
    ValidationError
        If a column is missing, more than one outcome is given, a cell stands twice, or an error is not positive.
    """
    validate_cells(cells)
    if cells["outcome"].nunique() != 1:
        raise ValidationError(f"One pool holds one outcome, got {sorted(cells['outcome'].unique())}.")
    codes, types = pd.factorize(cells["type"], sort=True)
    errors = cells["standard_error"].to_numpy("f8")
    known = np.diag(errors**2) if covariance is None else np.asarray(covariance, dtype=float)
    if known.shape != (len(cells), len(cells)) or np.linalg.eigvalsh(known).min() <= 0:
        raise ValidationError(f"A covariance is square, one row a cell, and positive definite; got {known.shape}.")
    return CellEstimates(
        estimate=cells["estimate"].to_numpy("f8"),
        covariance=known,
        type_index=np.asarray(codes, dtype=np.intp),
        severity=cell_severity(cells) - 0.5,
        types=tuple(types),
    )


def cell_severity(cells: pd.DataFrame) -> Floats:
    """Return each cell's severity, 0 to 1: as measured where the frame says it, otherwise the middle of its band."""
    middle = cells["severity_band"].map(MIDPOINTS).to_numpy("f8")
    if "severity" not in cells:
        return np.asarray(middle)
    measured = cells["severity"].to_numpy("f8", na_value=np.nan)
    return np.where(np.isnan(measured), middle, measured)


def validate_cells(cells: pd.DataFrame) -> None:
    """Raise ``ValidationError`` unless the frame holds cell estimates that can be pooled."""
    if missing := [name for name in CELL_COLUMNS if name not in cells]:
        raise ValidationError(f"Cells need the columns {', '.join(CELL_COLUMNS)}; missing: {', '.join(missing)}.")
    if cells.empty:
        raise ValidationError("There is nothing to pool: no cell. No event before the instant?")
    if strange := set(cells["severity_band"]) - set(MIDPOINTS):
        raise ValidationError(f"Severity bands are {', '.join(MIDPOINTS)}; got {sorted(map(str, strange))}.")
    if cells.duplicated(["type", "severity_band", "position", "outcome"]).any():
        raise ValidationError("A cell of type, severity band, position and outcome stands once; got one twice.")
    numbers = cells[["estimate", "standard_error", "n"]].astype(float)
    if not (np.isfinite(numbers).all(axis=None) and (numbers["standard_error"] > 0).all() and (numbers["n"] > 0).all()):
        raise ValidationError("An estimate is finite, its standard error and n above zero. A cell of no events?")


def check_targets(targets: Targets, cells: CellEstimates) -> None:
    """Raise ``ParameterError`` if a target points at a type or cell the pool does not hold."""
    if (targets.type_index >= len(cells.types)).any() or (targets.cell_index >= len(cells.estimate)).any():
        raise ParameterError(f"Targets point outside the {len(cells.types)} types and {len(cells.estimate)} cells.")
