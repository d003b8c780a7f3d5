"""Whether an effect varies, over what, and with the dose: averages and regressions of doubly robust scores."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy import stats

from workbench.causal.learners.meta_learners import LearnedEffects
from workbench.causal.learners.row_clusters import Floats, check_clusters, clustered_covariance, freedom, interval
from workbench.errors import ValidationError

Shape = Literal["linear", "spline"]
#: Groups with fewer treated rows get no interval: the t quantile would promise what they cannot hold.
MINIMUM_GROUP: Final = 20
#: Shares of the doses above zero at which the spline may bend (Harrell 2015, three knots).
KNOTS: Final = (0.1, 0.5, 0.9)


def average_effects(learned: LearnedEffects, *, by: str | None = None) -> pd.DataFrame:
    """Return each learner's average effect, of all rows or of each group of a column.

    Parameters
    ----------
    learned : LearnedEffects
    by : str, optional
        A column known before treatment (spread bucket, position of the team ...), for controls as for treated. What
        only the treated have (severity, position of the injured) is compared level by level: fit the rows of that
        level and all controls.

    Returns
    -------
    DataFrame
        ``learner, group, effect, standard_error, low, high, p_value, plug_in, rows, treated``; ``plug_in`` is the
        learner's own average, shown beside and without interval. Groups of fewer than 20 treated or untreated rows,
        or fewer than 10 clusters, have null errors.
    """
    groups = pd.Series("all", index=learned.rows.index) if by is None else learned.rows[by]
    found = []
    for name, score in learned.score.items():
        for group, members in groups.groupby(groups, sort=True, observed=True):
            found.append({"learner": name, "group": group} | _average(learned, score, name, inside=members.index))
    return pd.DataFrame(found)


def best_linear_projection(
    learned: LearnedEffects, *, features: Sequence[str], learner: str = "DR"
) -> tuple[pd.DataFrame, float]:
    """Return the effect's regression on features (per standard deviation), and the p-value that all slopes are zero.

    Returns
    -------
    DataFrame
        ``term, effect, standard_error, low, high, p_value``; the first term is the average effect.
    float
        Of the joint Wald test: small, and the effect varies with these features.
    """
    raw = learned.rows[list(features)].to_numpy("f8")
    x = np.column_stack([np.ones(len(raw)), (raw - raw.mean(axis=0)) / raw.std(axis=0)])
    value, covariance = _regression(x, learned.score[learner], learned.rows, clusters=learned.clusters)
    degrees = freedom(learned.rows, clusters=learned.clusters)
    slopes = value[1:]
    wald = float(slopes @ np.linalg.solve(covariance[1:, 1:], slopes)) / len(slopes)
    table = _table(value, covariance, degrees=degrees).assign(term=["average", *features])
    return table, float(stats.f.sf(wald, len(slopes), degrees))


def calibration_test(learned: LearnedEffects) -> pd.DataFrame:
    """Test whether each learner has found any heterogeneity that is there.

    Outcomes about their expectation are regressed on (w - e) times the average effect, and on (w - e) times the
    learner's departures from it. A coefficient of the second of one means that predicted differences are real, of zero
    that they are noise.

    Returns
    -------
    DataFrame
        ``learner, effect`` (the coefficient), ``standard_error, low, high, p_value`` (one-sided, of no heterogeneity)
        and ``sentence``.

    References
    ----------
    .. [1] Chernozhukov, Demirer, Duflo & Fernández-Val (2018), arXiv:1712.04802
    """
    found = []
    for name, tau in learned.effect.items():
        lean = learned.treated - learned.propensity
        x = np.column_stack([lean, lean * (tau - tau.mean())])
        # A learner that says one effect for all has nothing to be tested.
        varies = float(tau.std()) > 1e-9
        row = {"effect": np.nan, "standard_error": np.nan, "low": np.nan, "high": np.nan, "p_value": 1.0}
        if varies:
            value, covariance = _regression(
                x, learned.outcome - learned.expected, learned.rows, clusters=learned.clusters
            )
            degrees = freedom(learned.rows, clusters=learned.clusters)
            row |= _first(_table(value, covariance, degrees=degrees).iloc[1:])
            row["p_value"] = float(stats.t.sf(row["effect"] / row["standard_error"], degrees))
        verdict = "varies" if row["p_value"] < 0.05 else "cannot be shown to vary"
        sentence = f"By the {name}-learner the effect {verdict} (one-sided p {row['p_value']:.3f})."
        found.append({"learner": name, **row, "sentence": sentence})
    return pd.DataFrame(found)


def dose_response(
    rows: pd.DataFrame,
    *,
    dose: str,
    outcome: str,
    clusters: Sequence[str],
    controls: Sequence[str] = (),
    shape: Shape = "linear",
    at: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Return the effect of a dose against none, with interval: quarterback changes per point of value gap.

    Parameters
    ----------
    rows : DataFrame, one row a team's game
        Untreated rows have dose zero; a step at any treatment is estimated beside the dose (``shape="linear"``: effect
        = step + slope x dose; with ``"spline"`` a restricted cubic spline of three knots).
    dose, outcome : str
    clusters : one or two column names
    controls : sequence of str
    at : sequence of float, optional
        Doses to report; nine from the 5 % to the 95 % point of the treated by default.

    Returns
    -------
    DataFrame
        ``dose, effect, low, high, standard_error, slope`` (effect per unit of dose there) and its
        ``slope_error, slope_low, slope_high``.

    Raises
    ------
    ValidationError
        If values are missing, or fewer than 20 rows carry a dose.
    """
    check_clusters(rows, clusters=clusters)
    columns = [dose, outcome, *controls]
    if rows[columns].isna().any(axis=None) or (rows[dose] != 0).sum() < MINIMUM_GROUP:
        raise ValidationError(f"A dose response needs {columns} without missing, and {MINIMUM_GROUP} rows of a dose.")
    size = rows[dose].to_numpy("f8")
    given = size[size != 0]
    knots = np.quantile(given, KNOTS)
    grid = (
        np.asarray(at, dtype=float)
        if at is not None
        else np.quantile(given, 0.05) + np.ptp(np.quantile(given, [0.05, 0.95])) * np.linspace(0, 1, 9)
    )
    kept = rows[list(controls)].to_numpy("f8")
    basis = _basis(size, knots, shape) * (size != 0)[:, None]
    x = np.column_stack([basis, np.ones(len(rows)), kept - kept.mean(axis=0)])
    value, covariance = _regression(x, rows[outcome].to_numpy("f8"), rows, clusters=clusters)
    width, degrees = basis.shape[1], freedom(rows, clusters=clusters)
    effect = _contrasts(_basis(grid, knots, shape), value[:width], covariance[:width, :width], degrees=degrees)
    step = 1e-4 * max(float(np.ptp(given)), 1e-9)
    gradient = (_basis(grid + step, knots, shape) - _basis(grid - step, knots, shape)) / (2 * step)
    slope = _contrasts(gradient, value[:width], covariance[:width, :width], degrees=degrees)
    slope.columns = pd.Index(["slope", "slope_error", "slope_low", "slope_high", "slope_p_value"])
    named = pd.concat([effect, slope], axis=1).assign(dose=grid)
    return named[["dose", "effect", "low", "high", "standard_error", "slope", "slope_error", "slope_low", "slope_high"]]


def _average(learned: LearnedEffects, score: Floats, name: str, *, inside: pd.Index) -> dict[str, object]:
    place = inside.to_numpy()
    rows, own = learned.rows.iloc[place], score[place]
    treated = int(learned.treated[place].sum())
    found: dict[str, object] = {
        "effect": own.mean(), "standard_error": np.nan, "low": np.nan, "high": np.nan, "p_value": np.nan,
        "plug_in": learned.effect[name][place].mean(), "rows": len(own), "treated": treated,
    }  # fmt: skip
    degrees = freedom(rows, clusters=learned.clusters)
    if min(treated, len(own) - treated) < MINIMUM_GROUP or degrees < 9:
        return found
    parts = ((own - own.mean()) / len(own))[:, None]
    covariance = clustered_covariance(parts, rows, clusters=learned.clusters)
    return found | _first(_table(np.array([own.mean()]), covariance, degrees=degrees))


def _regression(x: Floats, y: Floats, rows: pd.DataFrame, *, clusters: Sequence[str]) -> tuple[Floats, Floats]:
    """Return least squares and its clustered covariance."""
    bread = np.linalg.pinv(x.T @ x)
    value = bread @ (x.T @ y)
    influence = (x * (y - x @ value)[:, None]) @ bread
    return value, clustered_covariance(influence, rows, clusters=clusters)


def _contrasts(weights: Floats, value: Floats, covariance: Floats, *, degrees: int) -> pd.DataFrame:
    return _table(weights @ value, weights @ covariance @ weights.T, degrees=degrees)


def _table(value: Floats, covariance: Floats, *, degrees: int) -> pd.DataFrame:
    error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    low, high, p_value = interval(value, error, degrees=degrees)
    return pd.DataFrame({"effect": value, "standard_error": error, "low": low, "high": high, "p_value": p_value})


def _first(table: pd.DataFrame) -> dict[str, float]:
    return {str(name): float(table[name].iloc[0]) for name in table}


def _basis(dose: Floats, knots: Floats, shape: Shape) -> Floats:
    """Return a step, the dose, and for a spline its bend (cubic between the knots, straight beyond)."""
    line = np.column_stack([np.ones(len(dose)), dose])
    if shape == "linear":
        return line
    first, middle, last = (np.maximum(dose - knot, 0.0) ** 3 for knot in knots)
    low, centre, high = knots
    bend = first - middle * (high - low) / (high - centre) + last * (centre - low) / (high - centre)
    return np.column_stack([line, bend / (high - low) ** 2])
