"""What every check returns, and how a design is fitted again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.causal.result import Design, Estimate
from workbench.errors import ValidationError

Verdict = Literal["passes", "fails", "cannot say"]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]
D = TypeVar("D", bound=Design)

#: How often a check may fail where nothing is wrong.
ALARM: Final = 0.05
#: An effect worth seeing, in points: what the issue asks the power for.
WORTH_SEEING: Final = 3.0
_MINUS: Final = "−"
_MORE: Final = "further_control"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check found.

    Attributes
    ----------
    name : str
        The check, in words fit for a table.
    verdict : {"passes", "fails", "cannot say"}
    table : DataFrame
        The numbers behind the verdict.
    sentence : str
        The finding, computed.
    """

    name: str
    verdict: Verdict
    table: pd.DataFrame
    sentence: str


@runtime_checkable
class BatchDesign(Protocol):
    """A design that fits several treatments on the same rows faster than one by one."""

    def fit_many(self, rows: pd.DataFrame, treatments: Iterable[str]) -> dict[str, Estimate]:
        """Estimate each of the treatment columns."""


class Refits(Protocol):
    """One fit on some rows, made again in the ways that checks ask for."""

    def placebos(self, treatments: Mapping[str, Floats], *, effect: float) -> list[Estimate]:
        """Return the fits with other treatments, each of shape (n_rows,), the effect of the real one taken out."""

    def beside(self, controls: Floats) -> Floats:
        """Return the effects beside each column of (n_rows, m) as a further control, shape (m,)."""

    def without_seasons(self, seasons: Sequence[int]) -> Floats:
        """Return the effect without each of some seasons."""

    def on_rows(self, lots: Sequence[Places]) -> Floats:
        """Return the effect on each choice of rows, by their places."""


@runtime_checkable
class SwiftDesign(Protocol):
    """A design that makes its refits faster than one by one."""

    def refits(self, rows: pd.DataFrame) -> Refits:
        """Return the refits of the design on these rows."""


@runtime_checkable
class EffectDesign(Protocol):
    """A design that has its effect sooner than the interval around it."""

    def effect(self, rows: pd.DataFrame) -> float:
        """Return what ``fit`` would return as the value."""


@dataclass(frozen=True, slots=True)
class PlainRefits:
    """Refits of any design: each is a fit of its own."""

    design: Design
    rows: pd.DataFrame

    def placebos(self, treatments: Mapping[str, Floats], *, effect: float) -> list[Estimate]:
        """Return the fits with other treatments, the effect of the real one taken out of the outcome."""
        outcome = self.design.outcome
        taken = self.rows[outcome] - effect * treatment_of(self.design, self.rows)
        return refits(self.design, self.rows.assign(**{outcome: taken}), treatments=treatments)

    def beside(self, controls: Floats) -> Floats:
        """Return the effects beside each column as a further control."""
        wider = self.design.with_controls((*self.design.controls, _MORE))
        return np.array([wider.fit(self.rows.assign(**{_MORE: column})).value for column in controls.T])

    def without_seasons(self, seasons: Sequence[int]) -> Floats:
        """Return the effect without each of some seasons."""
        kept = [np.flatnonzero(self.rows["season"].to_numpy() != season) for season in seasons]
        return self.on_rows(kept)

    def on_rows(self, lots: Sequence[Places]) -> Floats:
        """Return the effect on each choice of rows."""
        return np.array([self.design.fit(self.rows.iloc[lot].reset_index(drop=True)).value for lot in lots])


def refits_of(design: Design, rows: pd.DataFrame) -> Refits:
    """Return the refits of a design on some rows, all at once where it can."""
    return design.refits(rows) if isinstance(design, SwiftDesign) else PlainRefits(design, rows)


def effect_of(design: Design, rows: pd.DataFrame) -> float:
    """Return a design's effect alone: a bootstrap behind an interval that nobody reads would cost most of the check."""
    return design.effect(rows) if isinstance(design, EffectDesign) else design.fit(rows).value


def refits(design: Design, rows: pd.DataFrame, *, treatments: Mapping[str, Floats]) -> list[Estimate]:
    """Fit a design with other treatments in place of its own, all at once where it can."""
    wide = pd.concat([rows, pd.DataFrame(dict(treatments), index=rows.index)], axis=1)
    if isinstance(design, BatchDesign):
        return list(design.fit_many(wide, list(treatments)).values())
    return [variant(design, treatment=name).fit(wide) for name in treatments]


def variant(design: D, **changes: Any) -> D:
    """Return the design with other columns; designs are frozen dataclasses."""
    return replace(design, **changes)  # type: ignore[type-var]


def treatment_of(design: Design, rows: pd.DataFrame) -> Floats:
    """Return the treatment as floats, shape (n_rows,).

    Raises
    ------
    ValidationError
        If a value is missing: a check cannot permute what it does not know.
    """
    values = pd.to_numeric(rows[design.treatment], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(values).all():
        missing = int((~np.isfinite(values)).sum())
        raise ValidationError(
            f"The treatment {design.treatment!r} must be known in every row, got {missing} missing of {len(values)}. "
            "Rows outside the type's window?"
        )
    return values


def values_of(estimates: Iterable[Estimate]) -> Floats:
    """Return the effects that could be had, shape (n,)."""
    found = np.array([e.value for e in estimates], dtype=np.float64)
    return found[np.isfinite(found)]


def signed(value: float, *, digits: int = 2) -> str:
    """Return a number with its sign, a true minus.

    Examples
    --------
    >>> signed(-3.14159), signed(0.0), signed(2.0, digits=1)
    ('−3.14', '0.00', '+2.0')
    """
    if not np.isfinite(value):
        return "not known"
    text = f"{abs(value):.{digits}f}"
    if not text.strip("0."):
        return text
    return f"{_MINUS if value < 0 else '+'}{text}"


def share(value: float, *, digits: int = 0) -> str:
    """Return a share of one in percent.

    Examples
    --------
    >>> share(0.0525), share(0.0525, digits=1)
    ('5 %', '5.2 %')
    """
    return f"{100 * value:.{digits}f} %"


def with_interval(estimate: Estimate) -> str:
    """Return an effect with its interval, for a sentence."""
    low, high = signed(estimate.low), signed(estimate.high)
    return f"{signed(estimate.value)} ({low} to {high})"
