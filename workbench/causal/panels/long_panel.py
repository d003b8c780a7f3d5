"""A long panel, checked: units by periods, who is treated from when, and what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.causal.panels.periods import cohort_positions, ordered_periods
from workbench.errors import ValidationError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: The position of a cohort that is never treated within the panel.
NEVER: Final = np.inf
#: A panel of fewer units has no sampling distribution to speak of.
_FEWEST_UNITS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LongPanel:
    """Outcomes of units over periods with staggered, absorbing treatment.

    Attributes
    ----------
    outcome : ndarray, shape (n_units, n_periods)
        Missing where the unit was not seen.
    cohort : ndarray, shape (n_units,)
        Position of the first treated period, infinite for the never treated.
    cluster : ndarray of int, shape (n_units,)
        What a unit is drawn with; its own number where nothing else was asked for.
    covariates : ndarray, shape (n_units, n_periods, n_covariates)
    units, periods : tuple
        Labels, in the order of the arrays.
    notes : tuple of str
        What was left out or read in a particular way, one sentence each.
    """

    outcome: Floats
    cohort: Floats
    cluster: Integers
    covariates: Floats
    units: tuple[Any, ...]
    periods: tuple[Any, ...]
    notes: tuple[str, ...]

    @property
    def cohorts(self) -> Integers:
        """Positions at which some unit starts treatment, ascending."""
        finite = self.cohort[np.isfinite(self.cohort)]
        return np.unique(finite).astype(np.int64)

    @property
    def n_units(self) -> int:
        """Units."""
        return int(self.outcome.shape[0])

    @property
    def n_periods(self) -> int:
        """Periods."""
        return int(self.outcome.shape[1])

    @property
    def n_clusters(self) -> int:
        """Clusters."""
        return int(self.cluster.max()) + 1

    @property
    def treated(self) -> NDArray[np.bool_]:
        """Whether a unit has started treatment, shape (n_units, n_periods)."""
        return np.asarray(np.arange(self.n_periods)[None, :] >= self.cohort[:, None])

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Whether an outcome was seen, shape (n_units, n_periods)."""
        return np.asarray(np.isfinite(self.outcome))


def long_panel(
    rows: pd.DataFrame,
    *,
    unit: str,
    time: str,
    outcome: str,
    cohort: str,
    cluster: str = "",
    covariates: Sequence[str] = (),
) -> LongPanel:
    """Read a long panel, one row a unit and period.

    Parameters
    ----------
    rows : DataFrame
    unit, time, outcome, cohort : str
        Columns. The cohort is the first treated period of the unit; missing, empty, 0 or infinite: never treated.
    cluster : str, optional
        Column that units are drawn by; empty: the unit.
    covariates : sequence of str
        Columns of numbers; their value in the base period conditions the comparison.

    Returns
    -------
    LongPanel
        Units treated from their first period on are left out, for nothing is known of them untreated; missing outcomes
        stay missing. Both are said in the notes.

    Raises
    ------
    ValidationError
        If a column is missing, a unit has two rows in a period, times cannot be ordered, cohorts change within a unit,
        or nobody is left to compare.

    Examples
    --------
    >>> rows = pd.DataFrame({"u": list("aabbccdd"), "t": [1, 2] * 4, "y": [1.0, 4, 1, 2, 0, 3, 2, 3],
    ...                      "g": [2, 2, 0, 0, 2, 2, 0, 0]})
    >>> long_panel(rows, unit="u", time="t", outcome="y", cohort="g").cohort
    array([ 1., inf,  1., inf])
    """
    wanted = [unit, time, outcome, cohort, *([cluster] if cluster else []), *covariates]
    _require_columns(rows, wanted)
    kept, notes = _rows_with_keys(rows, unit=unit, time=time)
    periods, position = ordered_periods(kept[time])
    number, units = pd.factorize(kept[unit], sort=True)
    _refuse_twice(kept, number * len(periods) + position, unit=unit, time=time)
    start = _one_a_unit(kept[cohort], number, what=f"first treated period {cohort!r}", labels=units)
    starts, said = cohort_positions(start, periods=periods)
    shape = (len(units), len(periods))
    grid = np.stack([_grid(kept[name], number, position, shape=shape) for name in (outcome, *covariates)], axis=-1)
    drawn = _clusters(kept, number, cluster=cluster, labels=units)
    keep = ~(starts <= 0) & np.isfinite(grid[..., 0]).any(axis=1)
    notes += [*said, *_left_out(starts, grid[..., 0], times=periods)]
    panel = LongPanel(
        outcome=grid[keep, :, 0], cohort=starts[keep], cluster=pd.factorize(drawn[keep])[0].astype(np.int64),
        covariates=grid[keep, :, 1:], units=tuple(np.asarray(units)[keep]), periods=periods, notes=tuple(notes),
    )  # fmt: skip
    _require_comparison(panel)
    return panel


def _require_columns(rows: pd.DataFrame, wanted: Sequence[str]) -> None:
    missing = [name for name in wanted if name not in rows]
    if missing:
        have = ", ".join(map(str, rows.columns[:12]))
        raise ValidationError(
            f"The panel must have the column {missing[0]!r}; it has {have}. Misspelt, or another file?"
        )
    if rows.empty:
        raise ValidationError("The panel must have rows, got none.")


def _rows_with_keys(rows: pd.DataFrame, *, unit: str, time: str) -> tuple[pd.DataFrame, list[str]]:
    known = rows[unit].notna() & rows[time].notna()
    notes = [] if known.all() else [f"{int((~known).sum())} rows without a {unit} or a {time} are left out."]
    return rows[known], notes


def _refuse_twice(rows: pd.DataFrame, cell: Integers, *, unit: str, time: str) -> None:
    twice = pd.Series(cell).duplicated().to_numpy()
    if twice.any():
        row = rows.iloc[int(np.argmax(twice))]
        raise ValidationError(
            f"A unit must have one row a period; {unit} {row[unit]} has several at {time} {row[time]} "
            f"({int(twice.sum())} rows too many). Repeated cross-sections, or a finer unit than {unit!r}?"
        )


def _one_a_unit(column: "pd.Series[Any]", number: Integers, *, what: str, labels: Any) -> "pd.Series[Any]":
    """Return a column's one value a unit; a column that changes within a unit is refused."""
    plain = column.astype(object).where(column.notna(), None).reset_index(drop=True)
    changes = plain.map(str).groupby(number).nunique()
    if (changes > 1).any():
        first = int(changes.index[(changes > 1).to_numpy()][0])
        values = sorted(set(plain[number == first].map(str)))[:4]
        raise ValidationError(
            f"The {what} must not change within a unit; {labels[first]} has {', '.join(values)}. "
            "A treatment dummy in place of the first treated period?"
        )
    return plain.groupby(number).first(skipna=False)


def _grid(column: "pd.Series[Any]", number: Integers, position: Integers, *, shape: tuple[int, int]) -> Floats:
    values = pd.to_numeric(column, errors="coerce")
    unread = values.isna() & column.notna() & (column.astype(str).str.strip() != "")
    if unread.any():
        raise ValidationError(f"{column.name!r} must hold numbers, got {column[unread].iloc[0]!r}. Text in the column?")
    filled = np.full(shape, np.nan)
    filled[number, position] = values.to_numpy(dtype=np.float64)
    return np.where(np.isfinite(filled), filled, np.nan)


def _clusters(rows: pd.DataFrame, number: Integers, *, cluster: str, labels: Any) -> Integers:
    if not cluster:
        return np.arange(len(labels))
    drawn = _one_a_unit(rows[cluster], number, what=f"cluster {cluster!r}", labels=labels)
    if drawn.isna().any():
        raise ValidationError(
            f"Each unit must have a cluster; {labels[int(drawn.isna().to_numpy().argmax())]} has none."
        )
    return pd.factorize(drawn.map(str))[0].astype(np.int64)


def _left_out(starts: Floats, outcome: Floats, *, times: Sequence[Any]) -> list[str]:
    notes = []
    always = int((starts <= 0).sum())
    if always:
        notes.append(f"{always} units treated by the first period ({times[0]}) are left out: never seen untreated.")
    missing = int((~np.isfinite(outcome[~(starts <= 0)])).sum())
    if missing:
        notes.append(
            f"The panel is unbalanced: {missing} of {outcome[~(starts <= 0)].size} outcomes are missing; each "
            "comparison uses the units seen at both of its ends."
        )
    return notes


def _require_comparison(panel: LongPanel) -> None:
    if not len(panel.cohorts):
        raise ValidationError("Some unit must be treated after the first period; none is. Is the cohort column right?")
    if panel.n_units < _FEWEST_UNITS:
        raise ValidationError(f"A panel must have at least {_FEWEST_UNITS} units, got {panel.n_units}.")
    if np.isfinite(panel.cohort).all() and len(panel.cohorts) < 2:
        raise ValidationError(
            "Someone must be untreated when others are; all units start in the same period. "
            "Are the never treated missing?"
        )
