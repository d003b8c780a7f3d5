"""What a synthetic control is matched on: means of columns over windows, sums and shares of them, or past outcomes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.causal.controls.control_panel import ControlPanel
from workbench.errors import ValidationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictor:
    """One predictor: the sum of columns' means over a window, as a share of others where some are named.

    Attributes
    ----------
    label : str
        As it was written.
    columns, over : tuple of str
        Summed; divided by the sum of ``over`` where that is not empty.
    first, last : str
        Window, both ends included; empty: all times before treatment.
    """

    label: str
    columns: tuple[str, ...]
    over: tuple[str, ...] = ()
    first: str = ""
    last: str = ""


def parse_predictor(text: str, columns: Sequence[str]) -> Predictor:
    """Read a predictor: ``column``, ``column:first:last``, ``column@time``, ``a+b`` or ``a/a+b+c``, windows allowed.

    A name that is a column is that column, whatever signs it holds.

    Raises
    ------
    ValidationError
        If it names a column that is not there.

    Examples
    --------
    >>> parse_predictor("gdp:1960:1969", ["gdp"])
    Predictor(label='gdp:1960:1969', columns=('gdp',), over=(), first='1960', last='1969')
    >>> parse_predictor("a/a+b@1969", ["a", "b"]).over
    ('a', 'b')
    """
    label, name, first, last = text.strip(), text.strip(), "", ""
    if name not in columns:
        windowed = re.fullmatch(r"(.+?):([^:]+):([^:]+)", name) or re.fullmatch(r"(.+)@([^@]+)", name)
        if windowed:
            name, first, last = windowed[1].strip(), windowed[2].strip(), windowed[windowed.lastindex or 2].strip()
    above, _, below = (name, "", "") if name in columns else name.partition("/")
    parts = [
        tuple([side] if side in columns else [p.strip() for p in side.split("+")]) if side else ()
        for side in (above.strip(), below.strip())
    ]
    for column in (*parts[0], *parts[1]):
        if column not in columns:
            raise ValidationError(
                f"The predictor {label!r} names {column!r}, which is no column. There are: {', '.join(columns)}."
            )
    return Predictor(label=label, columns=parts[0], over=parts[1], first=first, last=last)


def predictor_matrix(panel: ControlPanel, predictors: Sequence[str]) -> pd.DataFrame:
    """Return predictors of every unit.

    A value is the mean of what is there, as Dataprep has it.

    Parameters
    ----------
    panel : ControlPanel
    predictors : sequence of str
        As ``parse_predictor`` reads them; empty: every outcome before treatment is one.

    Returns
    -------
    DataFrame, shape (n_predictors, 1 + n_donors)
        Columns as in ``panel.outcomes``; index: the predictors as written.

    Raises
    ------
    ValidationError
        If a unit has no value at all, or a predictor is the same for every unit.
    """
    if not predictors:
        return panel.outcomes.iloc[: panel.n_before].copy()
    columns = [str(name) for name in panel.long.columns]
    wanted = [parse_predictor(text, columns) for text in dict.fromkeys(predictors)]
    made = pd.DataFrame({p.label: _values(p, panel) for p in wanted}).T[list(panel.outcomes.columns)]
    holes = np.argwhere(made.isna().to_numpy())
    if len(holes):
        label = str(made.index[holes[0, 0]])
        units = [str(made.columns[column]) for row, column in holes if row == holes[0, 0]]
        raise ValidationError(
            f"The predictor {label!r} has no value before treatment for: {', '.join(units[:10])}. "
            "Exclude those units, or give the predictor another window."
        )
    return made


def _values(predictor: Predictor, panel: ControlPanel) -> "pd.Series[float]":
    long = panel.long
    if predictor.first:
        kind = panel.times
        inside = (long["time"] >= _time(predictor.first, kind)) & (long["time"] <= _time(predictor.last, kind))
    else:
        inside = long["time"].isin(panel.before)
    rows = long[inside]
    sums = []
    for columns in (predictor.columns, predictor.over):
        if columns:
            numbers = rows[list(columns)].apply(pd.to_numeric, errors="coerce")
            sums.append(numbers.groupby(rows["unit"]).mean().sum(axis=1, skipna=False))
    made = sums[0] if len(sums) == 1 else sums[0] / sums[1].replace(0.0, np.nan)
    values: pd.Series[float] = made.reindex(panel.outcomes.columns)
    return values


def _time(text: str, times: pd.Index) -> Any:
    try:
        if pd.api.types.is_numeric_dtype(times):
            return float(text)
        return pd.Timestamp(text) if pd.api.types.is_datetime64_any_dtype(times) else text
    except ValueError as error:
        raise ValidationError(f"The window's end {text!r} is no time such as {times[0]}.") from error
