"""Coverage where it may hide: by the size of the forecast, position, role, experience, week, season, home."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.coverage import Ends, coverage, ends, exact_coverage, expected_mid_coverage
from workbench.errors import ValidationError
from workbench.intervals import clustered_mean, wilson

Floats = NDArray[np.float64]
#: A cell of so many rows is judged by its coverage; a smaller one by whether its interval meets the band.
FULL_CELL: Final = 250
#: A cell's coverage at 90 % is to lie here: five points either way.
BAND_POINTS: Final = 0.05
CELLS: Final = ("decile", "position", "role", "earlier_games", "week", "season", "home")
COLUMNS: Final = (
    "by", "cell", "rows", "games", "coverage", "mid_coverage", "low", "high", "band_kind", "width", "verdict",
    "exact_coverage", "exact_low", "exact_high", "exact_verdict", "expected_mid",
)  # fmt: skip
_EXPERIENCE: Final = {"0": 0, "1-3": 1, "4-9": 4, "10-31": 10, "32-63": 32, "64 or more": 64}
_SITES: Final = {0.0: "away", 0.5: "neutral", 1.0: "home"}


def cells(
    forecast: IntegerForecast | Ends,
    rows: pd.DataFrame,
    *,
    level: float = 0.9,
    by: Sequence[str] = CELLS,
    middle: "pd.Series[float] | None" = None,
    clusters: str = "game_id",
) -> pd.DataFrame:
    """Return the coverage of each cell, with its interval and whether it is in the band.

    Parameters
    ----------
    forecast : IntegerForecast or (lower, upper)
    rows : DataFrame, in the same order
        ``yards`` (rows without are left out), the clusters' column and what ``by`` names. A column that is not there
        or is null throughout gives no cells; a null row of one that is there is in none.
    level : float, default 0.9
        The band is five points either side of it.
    by : sequence of str
        ``decile`` is the tenth of the predicted median (0 lowest, ties together), ``earlier_games`` is banded, any
        other column is taken as it is.
    middle : Series, optional
        What ``decile`` ranks, where only ends are given; by default the predicted median, or the ends' middle.
    clusters : str, default "game_id"

    Returns
    -------
    DataFrame, one row a cell, ``all`` first
        ``by, cell, rows, games, coverage`` (closed), ``mid_coverage``, ``low, high`` (95 % interval of the
        mid-coverage), ``band_kind`` (clustered by game; wilson where the cell has fewer than 250 rows, fewer than two
        games, or every row alike), ``width`` (mean, yards), ``verdict``: ``inside`` or ``outside`` the band by its
        point from 250 rows on; ``meets`` or ``misses`` it by its Wilson interval below. ``exact_coverage`` with its own
        interval and verdict, and ``expected_mid``, the mid-coverage that the forecasts themselves would have: null
        where only ends are given. Where the two verdicts differ, the mid-coverage is off by the atom at zero.

    Raises
    ------
    ValidationError
        If no row has an outcome, or forecasts and rows differ in number.
    """
    low, high = ends(forecast, level=level)
    if len(low) != len(rows):
        raise ValidationError(f"Every row needs its forecast, got {len(rows)} rows and {len(low)} forecasts.")
    ranked = _middle(forecast, (low, high)) if middle is None else np.asarray(middle, dtype=np.float64)
    exact = expected = np.full(len(rows), np.nan)
    if isinstance(forecast, IntegerForecast):
        exact = exact_coverage(forecast, rows["yards"], level=level)
        expected = expected_mid_coverage(forecast, level=level)
    judged = rows.assign(
        decile=deciles(ranked), **{"_closed": coverage((low, high), rows["yards"], level=level)},
        _mid=coverage((low, high), rows["yards"], level=level, mid=True), _width=high - low, _exact=exact,
        _expected=expected,
    )  # fmt: skip
    judged = judged[judged["_closed"].notna()]
    if judged.empty:
        raise ValidationError("Coverage needs rows with outcomes, got none. Games not played yet?")
    found = [_cell("all", "all", judged, level=level, clusters=clusters)]
    for name in by:
        if name in judged:
            labels = _LABELS.get(name, _as_text)(judged[name])
            order = judged.assign(_label=labels).dropna(subset=["_label"]).groupby("_label", sort=False, observed=True)
            parts = sorted(order, key=lambda part: _first(part[1][name]))
            found += [_cell(name, str(label), part, level=level, clusters=clusters) for label, part in parts]
    return pd.DataFrame(found, columns=list(COLUMNS))


def deciles(values: Floats) -> Floats:
    """Return the tenth each value stands in, 0 to 9; equal values stand together, NaN stays NaN.

    Examples
    --------
    >>> deciles(np.arange(20.0)).tolist()[:5]
    [0.0, 0.0, 1.0, 1.0, 2.0]
    """
    ranks = pd.Series(values).rank(method="min").to_numpy(dtype=np.float64)
    count = max(int(np.isfinite(ranks).sum()), 1)
    return np.asarray(np.floor(10.0 * (ranks - 1.0) / count))


def _middle(forecast: IntegerForecast | Ends, at: Ends) -> Floats:
    if isinstance(forecast, IntegerForecast):
        return forecast.median.astype(np.float64)
    return (np.asarray(at[0], dtype=np.float64) + np.asarray(at[1], dtype=np.float64)) / 2.0


def _cell(by: str, label: str, part: pd.DataFrame, *, level: float, clusters: str) -> dict[str, object]:
    games = part[clusters].to_numpy()
    mid = _judged(part["_mid"], games, level=level)
    exact = _judged(part["_exact"], games, level=level)
    return {
        "by": by, "cell": label, "rows": len(part), "games": len(np.unique(games)),
        "coverage": float(part["_closed"].mean()), "mid_coverage": mid.value, "low": mid.low, "high": mid.high,
        "band_kind": mid.kind, "width": float(part["_width"].mean()), "verdict": mid.verdict,
        "exact_coverage": exact.value, "exact_low": exact.low, "exact_high": exact.high, "exact_verdict": exact.verdict,
        "expected_mid": float(part["_expected"].mean()),
    }  # fmt: skip


class _Judged(NamedTuple):
    value: float
    low: float
    high: float
    kind: str
    verdict: str | None


def _judged(held: "pd.Series[float]", games: NDArray[Any], *, level: float) -> _Judged:
    """Return a cell's coverage with its interval and verdict; nothing where the measure is not known."""
    n = len(held)
    if held.isna().any():
        return _Judged(float("nan"), float("nan"), float("nan"), "", None)
    found = clustered_mean(held, games)
    clustered = n >= FULL_CELL and found.standard_error > 0.0
    # Parts of successes are read as they are: Wilson's formula knows only the share and the rows.
    low, high = (max(found.low, 0.0), min(found.high, 1.0)) if clustered else wilson(float(held.sum()), n)
    first, last = level - BAND_POINTS, level + BAND_POINTS
    if n >= FULL_CELL:
        verdict = "inside" if first <= found.value <= last else "outside"
    else:
        verdict = "meets" if low <= last and high >= first else "misses"
    return _Judged(found.value, low, high, "clustered" if clustered else "wilson", verdict)


def _first(values: "pd.Series[Any]") -> tuple[float, str]:
    """Return what cells are ordered by: numbers by size, words by alphabet."""
    one: Any = values.min()
    return (0.0, str(one)) if isinstance(one, str) else (float(one), "")


def _as_text(values: "pd.Series[float]") -> "pd.Series[str]":
    if pd.api.types.is_float_dtype(values):
        return values.map(lambda x: f"{x:g}", na_action="ignore")
    return values.astype("str").where(values.notna())


def _experience(values: "pd.Series[float]") -> "pd.Series[str]":
    edges = [*_EXPERIENCE.values(), np.inf]
    return pd.cut(values, edges, right=False, labels=list(_EXPERIENCE))


def _decile(values: "pd.Series[float]") -> "pd.Series[str]":
    return values.map(lambda x: f"{int(x) + 1} of 10", na_action="ignore")


def _site(values: "pd.Series[float]") -> "pd.Series[str]":
    return values.astype("float64").map(_SITES)


_LABELS: Final[Mapping[str, Callable[["pd.Series[float]"], "pd.Series[str]"]]] = {
    "decile": _decile, "earlier_games": _experience, "home": _site,
}  # fmt: skip
