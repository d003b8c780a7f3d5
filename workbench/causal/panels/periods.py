"""Periods in their order, and the first treated one of each unit among them."""

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ValidationError

#: Texts that sort as time does: 2004, 2004-05, 2004-05-01, 2004Q3, 2004m05, 2004W07.
_SORTS_AS_TIME: Final = re.compile(r"\d{4}([-/ ]?[QqMmWw]?\d{1,2}([-/]\d{2})?)?([T ][\d:.+Z-]+)?")
#: How files write "never".
_NEVER: Final = frozenset({"", "0", "0.0", "none", "nan", "nat", "na", "<na>", "inf", "infinity", "never"})


def ordered_periods(column: "pd.Series[Any]") -> tuple[tuple[Any, ...], NDArray[np.int64]]:
    """Return the periods in order, and each row's position among them.

    Numbers (also written as text), dates, pandas periods, and texts that sort as time does are understood.

    Raises
    ------
    ValidationError
        If texts do not say their order, or there is only one period.

    Examples
    --------
    >>> ordered_periods(pd.Series(["2004Q2", "2004Q1", "2004Q2"]))
    (('2004Q1', '2004Q2'), array([1, 0, 1]))
    """
    values = comparable(column)
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.astype(str)
    if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
        texts = values.map(str)
        strange = texts[~texts.map(lambda text: bool(_SORTS_AS_TIME.fullmatch(text)))]
        widths = texts.map(len).nunique()
        if len(strange) or widths > 1:
            shown = strange.iloc[0] if len(strange) else min(texts, key=len)
            raise ValidationError(
                f"Times must be numbers, dates or texts that sort as time does (2004-05, 2004Q3), all of one length; "
                f"got {shown!r}. Month names, or 2004Q1 beside 2004Q10?"
            )
        values = texts
    position, periods = pd.factorize(values, sort=True)
    if len(periods) < 2:
        raise ValidationError(f"A panel must have at least two periods, got only {periods[0]}.")
    return tuple(_label(p) for p in periods), position.astype(np.int64)


def comparable(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return numbers written as text as numbers, everything else as it is."""
    if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
        numbers = pd.to_numeric(column, errors="coerce")
        return numbers if numbers.notna().all() else column
    return column


def _label(period: Any) -> Any:
    if isinstance(period, float | np.floating) and float(period).is_integer():
        return int(period)
    return period.item() if isinstance(period, np.generic) else period


def cohort_positions(start: "pd.Series[Any]", *, periods: Sequence[Any]) -> tuple[NDArray[np.float64], list[str]]:
    """Return the position of each unit's first treated period, infinite for never, and what had to be said.

    A start between two periods counts from the later one, a start after the last period as never within the panel.

    Raises
    ------
    ValidationError
        If a start cannot be compared with the periods.
    """
    never = start.map(_is_never).to_numpy(dtype=bool)
    wanted = start[~never]
    if pd.api.types.is_number(periods[0]):
        starts = pd.to_numeric(wanted, errors="coerce")
    elif isinstance(periods[0], pd.Timestamp):
        starts = pd.to_datetime(wanted, errors="coerce", utc=periods[0].tz is not None)
    else:
        starts = wanted.map(str)
        starts = starts.where(starts.map(len) == len(str(periods[0])))
    if starts.isna().any():
        raise ValidationError(
            f"The first treated period must be a time like {periods[0]}, got {wanted[starts.isna()].iloc[0]!r}. "
            "A name, or another calendar than the time column's?"
        )
    known = pd.Index(list(periods))
    found = np.full(len(start), np.inf)
    found[~never] = known.searchsorted(starts.to_numpy(), side="left")
    notes = _said(starts, found[~never], periods=periods)
    found[found >= len(periods)] = np.inf
    if pd.api.types.is_number(periods[0]) and 0 in periods:
        notes.append("A first treated period of 0 reads as never treated, though 0 is also a period.")
    return found, notes


def _is_never(value: Any) -> bool:
    return str(value).strip().lower() in _NEVER


def _said(starts: "pd.Series[Any]", found: NDArray[np.float64], *, periods: Sequence[Any]) -> list[str]:
    notes = []
    late = int((found >= len(periods)).sum())
    if late:
        notes.append(f"{late} units start after the last period ({periods[-1]}): untreated throughout this panel.")
    known = set(periods)
    between = [s for s, f in zip(starts, found, strict=True) if 0 < f < len(periods) and s not in known]
    if between:
        notes.append(
            f"{len(between)} units start between two periods (such as {between[0]}): treated from the next one."
        )
    return notes
