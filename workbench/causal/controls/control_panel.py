"""One treated unit beside its donors: any long panel, read into a rectangle of outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: A unit this near to the sum of all others (as a share of it), or to their mean (in sds over units at a time), is not
#: one of them but their total. Spain's income a head lies .04 sds from its regions' mean, the nearest region .13.
_SUM_WITHIN = 0.02
_MEAN_WITHIN = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPanel:
    """Outcomes of a treated unit and of its donors.

    Attributes
    ----------
    outcomes : DataFrame, shape (n_times, 1 + n_donors)
        Index: times in order; columns: unit names as text, the treated one first. Nothing missing.
    n_before : int
        Times before treatment.
    long : DataFrame
        The rows of these units, with ``unit`` and ``time`` added: predictors are read from here.
    notes : tuple of str
        What was left out, and what looks wrong, one sentence each.
    """

    outcomes: pd.DataFrame
    n_before: int
    long: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def treated(self) -> str:
        """The treated unit."""
        return str(self.outcomes.columns[0])

    @property
    def donors(self) -> list[str]:
        """The other units."""
        return [str(name) for name in self.outcomes.columns[1:]]

    @property
    def times(self) -> pd.Index:
        """All times, in order."""
        return self.outcomes.index

    @property
    def before(self) -> pd.Index:
        """Times before treatment."""
        return self.outcomes.index[: self.n_before]

    @property
    def matrix(self) -> Floats:
        """Outcomes, shape (n_times, 1 + n_donors), the treated unit first."""
        return self.outcomes.to_numpy(dtype=np.float64)

    def treating(self, unit: str, *, donors: Sequence[str]) -> Self:
        """Return the panel as if another unit had been treated, among the donors given."""
        return replace(self, outcomes=self.outcomes[[unit, *donors]])

    def treated_at(self, n_before: int) -> Self:
        """Return the panel before its treatment, as if treatment had come after the first ``n_before`` times."""
        return replace(self, outcomes=self.outcomes.iloc[: self.n_before], n_before=n_before)


def control_panel(
    frame: pd.DataFrame,
    *,
    unit: str,
    time: str,
    outcome: str,
    treated_unit: str,
    treatment_time: str,
    exclude: Sequence[str] = (),
) -> ControlPanel:
    """Read a long panel.

    Parameters
    ----------
    frame : DataFrame
        One row a unit and time.
    unit, time, outcome : str
        Columns.
    treated_unit, treatment_time : str
        Written as in the file; numbers are told by value, so ``17`` finds 17.0. The time is the first treated one.
    exclude : sequence of str
        Units that are no donors, such as totals.

    Returns
    -------
    ControlPanel
        Donors with a missing outcome are left out, and it is noted.

    Raises
    ------
    ValidationError
        If a column, the unit or the time is not there, or too little is left to compare.

    Examples
    --------
    >>> rows = [(u, t, 1.0) for u in "abc" for t in (2000, 2001, 2002)]
    >>> panel = control_panel(pd.DataFrame(rows, columns=["u", "t", "y"]), unit="u", time="t", outcome="y",
    ...                       treated_unit="b", treatment_time="2002")
    >>> panel.treated, panel.donors, panel.n_before
    ('b', ['a', 'c'], 2)
    """
    for column in (unit, time, outcome):
        if column not in frame.columns:
            raise ValidationError(f"The panel has no column {column!r}. It has: {', '.join(map(str, frame.columns))}.")
    rows = frame[frame[unit].notna() & frame[time].notna()]
    long = rows.assign(
        unit=[name_of(u) for u in rows[unit]], time=_times(rows[time]), outcome=_numbers(rows[outcome], outcome)
    )
    if long.duplicated(["unit", "time"]).any():
        twice = long[long.duplicated(["unit", "time"])].iloc[0]
        raise ValidationError(f"A unit has one row a time, {twice['unit']} has two at {twice['time']}.")
    known = list(dict.fromkeys(long["unit"]))
    treated = _found(treated_unit, known, what="unit")
    dropped = {_found(name, known, what="unit to exclude") for name in exclude}
    wide = long.pivot(index="time", columns="unit", values="outcome").sort_index()
    first = first_treated(wide.index, treatment_time)
    wide = wide[[treated, *(name for name in known if name != treated and name not in dropped)]]
    return _complete(wide, first=first, long=long)


def name_of(unit: object) -> str:
    """Return a unit's name as text; whole numbers without decimals.

    Examples
    --------
    >>> name_of(17.0), name_of("Madrid")
    ('17', 'Madrid')
    """
    if isinstance(unit, float | np.floating) and float(unit).is_integer():
        return str(int(unit))
    return str(unit)


def _times(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return times as they are, whole numbers as such: a year is no decimal."""
    whole = pd.api.types.is_float_dtype(values) and bool((values == values.round()).all())
    return values.astype(np.int64) if whole else values


def _numbers(values: "pd.Series[float]", column: str) -> "pd.Series[float]":
    try:
        return pd.to_numeric(values).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValidationError(f"The outcome {column!r} must be numbers: {error}.") from error


def _found(name: str, known: Sequence[str], *, what: str) -> str:
    text = str(name).strip()
    if text in known:
        return text
    same = [k for k in known if k.strip().casefold() == text.casefold()]
    if not same and text.replace(".", "", 1).isdigit():
        same = [k for k in known if k == name_of(float(text))]
    if not same:
        raise ValidationError(f"There is no {what} {name!r} in the panel. It has: {', '.join(known[:40])}.")
    return same[0]


def first_treated(times: pd.Index, treatment_time: str) -> int:
    """Return the place of the first treated time among times in order.

    Raises
    ------
    ValidationError
        If the text is no time of the panel's kind, or none is at or after it, or fewer than two are before.
    """
    text = str(treatment_time).strip()
    try:
        if pd.api.types.is_numeric_dtype(times):
            start: object = float(text)
        elif pd.api.types.is_datetime64_any_dtype(times):
            start = pd.Timestamp(text, tz=getattr(times, "tz", None))
        else:
            start = text
    except ValueError as error:
        raise ValidationError(
            f"The treatment time {text!r} cannot be read as one of {times[0]} to {times[-1]}."
        ) from error
    first = int(np.sum(times.to_numpy() < start)) if not isinstance(start, pd.Timestamp) else int((times < start).sum())
    if first >= len(times) or first < 2:
        where = f"{first} of {len(times)} times, {times[0]} to {times[-1]}, are before it"
        raise ValidationError(f"Treatment at {text!r} must leave two times before it and one after: {where}.")
    return first


def _complete(wide: pd.DataFrame, *, first: int, long: pd.DataFrame) -> ControlPanel:
    """Keep the times the treated unit has, and the donors that have all of those."""
    treated = str(wide.columns[0])
    notes = []
    kept = wide[wide[treated].notna()]
    n_before = int((~wide[treated].isna()).to_numpy()[:first].sum())
    if len(kept) < len(wide):
        notes.append(f"{len(wide) - len(kept)} times without an outcome of {treated} are left out.")
    holes = [str(name) for name in kept.columns if kept[name].isna().any()]
    if holes:
        notes.append(f"Left out for missing outcomes: {', '.join(holes)}.")
    kept = kept.drop(columns=holes)
    if kept.shape[1] < 3 or n_before < 2 or n_before >= len(kept):
        raise ValidationError(
            f"{treated} needs two donors with all outcomes, two times before and one after; there are "
            f"{kept.shape[1] - 1} donors, {n_before} times before and {len(kept) - n_before} after."
        )
    notes += [
        f"{name} looks like the {what} of the other units: exclude it unless it is one of them."
        for name, what in aggregates(kept)
    ]
    return ControlPanel(
        outcomes=kept, n_before=n_before, long=long[long["unit"].isin(kept.columns)], notes=tuple(notes)
    )


def aggregates(wide: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the donors whose outcomes are, at nearly all times, the sum or the mean of the other units'.

    Examples
    --------
    >>> wide = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": [3.0, 5.0, 1.0], "all": [4.0, 7.0, 5.0]})
    >>> aggregates(wide)
    [('all', 'sum')]
    """
    found = []
    for name in wide.columns[1:]:
        others = wide.drop(columns=name)
        total, mean, spread = others.sum(axis=1), others.mean(axis=1), others.std(axis=1)
        if float(((wide[name] - total).abs() / total.abs().clip(lower=1e-12)).mean()) < _SUM_WITHIN:
            found.append((str(name), "sum"))
        elif float(((wide[name] - mean).abs() / spread.clip(lower=1e-12)).mean()) < _MEAN_WITHIN:
            found.append((str(name), "mean"))
    return found
