"""What every check returns, and how a design is fitted again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.causal.result import Design, Estimate
from workbench.errors import ValidationError

Verdict = Literal["passes", "fails", "cannot say"]
Floats = NDArray[np.float64]
D = TypeVar("D", bound=Design)

#: How often a check may fail where nothing is wrong.
ALARM: Final = 0.05
#: An effect worth seeing, in points: what the issue asks the power for.
WORTH_SEEING: Final = 3.0
_MINUS: Final = "−"


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
