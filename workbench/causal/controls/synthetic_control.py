"""Synthetic control: the treated unit's past, rebuilt as a weighted mean of units that were never treated.

Abadie & Gardeazabal (2003), doi:10.1257/000282803321455188; Abadie, Diamond & Hainmueller (2010),
doi:10.1198/jasa.2009.ap08746. The search for predictor weights is that of R's Synth (and of pysyncon, whose inner
solver is replaced by an exact one): from equal and from regression-based weights, by Nelder-Mead and by BFGS, the best
kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from workbench.causal.controls.control_panel import ControlPanel, Floats
from workbench.causal.controls.control_predictors import predictor_matrix
from workbench.causal.controls.simplex import simplex_weights

Search = Literal["full", "quick", "wide"]
_MOST_STEPS: Final = 1_000
_WIDE_STARTS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSpec:
    """What the synthetic unit is matched on.

    Attributes
    ----------
    predictors : tuple of str
        As ``control_predictors.parse_predictor`` reads them; empty: every outcome of the fit window, equally.
    fit_first, fit_last : int or None
        Places of the fit window among the times before treatment; None: all of them.
    search : {"full", "quick", "wide"}
        Predictor weights from both of Synth's starts by both methods; from equal weights by Nelder-Mead alone; or from
        sixty more starts too, over log weights: a better fit, and no longer what papers report.
    """

    predictors: tuple[str, ...] = ()
    fit_first: int | None = None
    fit_last: int | None = None
    search: Search = "full"

    def fit_rows(self, panel: ControlPanel) -> Floats:
        """Return the outcomes of the fit window, shape (n_fit, 1 + n_donors)."""
        last = panel.n_before if self.fit_last is None else min(self.fit_last + 1, panel.n_before)
        rows: Floats = panel.matrix[: panel.n_before][slice(self.fit_first or 0, last)]
        return rows if len(rows) else panel.matrix[: panel.n_before]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticControl:
    """A synthetic unit and what it leaves unexplained.

    Attributes
    ----------
    weights : Series, shape (n_donors,)
        By donor; not negative, summing to one.
    predictor_weights : Series
        By predictor, summing to one; equal by construction where outcomes alone are matched.
    balance : DataFrame
        Index: predictors; ``treated, synthetic, donors`` (the donors' plain mean).
    gaps : DataFrame
        ``time, treated, synthetic, gap, after``, a row a time.
    """

    weights: "pd.Series[float]"
    predictor_weights: "pd.Series[float]"
    balance: pd.DataFrame
    gaps: pd.DataFrame

    @property
    def effect(self) -> float:
        """The mean gap over the treated times."""
        return float(self.gaps.loc[self.gaps["after"], "gap"].mean())

    @property
    def pre_rmspe(self) -> float:
        """Root mean squared gap before treatment."""
        return _root_mean_square(self.gaps.loc[~self.gaps["after"], "gap"])

    @property
    def post_rmspe(self) -> float:
        """Root mean squared gap from treatment on."""
        return _root_mean_square(self.gaps.loc[self.gaps["after"], "gap"])

    @property
    def ratio(self) -> float:
        """Gap after over gap before, each a root mean square: what placebos are ranked by."""
        return self.post_rmspe / max(self.pre_rmspe, 1e-12)


def _root_mean_square(gaps: "pd.Series[float]") -> float:
    return float(np.sqrt(np.mean(np.square(gaps))))


def fit_synthetic_control(panel: ControlPanel, *, spec: ControlSpec | None = None) -> SyntheticControl:
    """Fit a synthetic control.

    Parameters
    ----------
    panel : ControlPanel
    spec : ControlSpec, optional
        By default every outcome before treatment, equally.

    Examples
    --------
    >>> from workbench.causal.controls.control_panel import control_panel
    >>> rows = [(u, t, y) for u, path in {"a": [1, 3, 7], "b": [0, 2, 2], "c": [2, 4, 4]}.items()
    ...         for t, y in enumerate(path)]
    >>> panel = control_panel(pd.DataFrame(rows, columns=["u", "t", "y"]), unit="u", time="t", outcome="y",
    ...                       treated_unit="a", treatment_time="2")
    >>> fit = fit_synthetic_control(panel)
    >>> round(fit.effect, 6), fit.weights.round(6).to_dict()
    (4.0, {'b': 0.5, 'c': 0.5})
    """
    chosen = spec or ControlSpec()
    rows = chosen.fit_rows(panel)
    matched = predictor_matrix(panel, chosen.predictors)
    if not chosen.predictors:
        names = list(panel.before)[-len(rows) :] if chosen.fit_last is None else list(panel.before)[: len(rows)]
        matched = pd.DataFrame(rows, index=pd.Index(names), columns=panel.outcomes.columns)
        importance = np.full(len(rows), 1 / len(rows))
        weights = simplex_weights(rows[:, 1:], rows[:, 0])
    else:
        scaled = _scaled(matched.to_numpy(dtype=np.float64))
        importance = predictor_importance(scaled, rows, search=chosen.search)
        weights = _weights(scaled, importance)
    return _described(panel, matched, weights=weights, importance=importance)


def _scaled(matched: Floats) -> Floats:
    """Divide each predictor by its sd over units; one that is the same everywhere cannot tell them apart."""
    spread = matched.std(axis=1, ddof=1, keepdims=True)
    scaled: Floats = matched / np.where(spread > 0, spread, 1.0)
    return scaled


def _weights(scaled: Floats, importance: Floats) -> Floats:
    rows = np.sqrt(importance)[:, None] * scaled
    return simplex_weights(rows[:, 1:], rows[:, 0])


def predictor_importance(scaled: Floats, outcomes: Floats, *, search: Search = "full") -> Floats:
    """Return the predictor weights whose synthetic unit fits past outcomes best, as far as the search finds.

    Parameters
    ----------
    scaled : ndarray, shape (n_predictors, 1 + n_donors)
        Of unit sd, the treated unit first.
    outcomes : ndarray, shape (n_fit, 1 + n_donors)

    Returns
    -------
    ndarray, shape (n_predictors,)
        Summing to one.
    """
    from scipy.optimize import minimize

    n = len(scaled)
    if n == 1:
        return np.ones(1)

    def loss(raw: Floats) -> float:
        weights = _weights(scaled, _shares(raw))
        return float(np.mean(np.square(outcomes[:, 0] - outcomes[:, 1:] @ weights)))

    starts: Sequence[Floats] = [np.full(n, 1 / n)]
    methods: Sequence[str] = ["Nelder-Mead"]
    if search != "quick":
        starts, methods = [*starts, _regression_shares(scaled, outcomes)], ["Nelder-Mead", "BFGS"]
    found = [minimize(loss, start, method=method, options={"maxiter": _MOST_STEPS})
             for start in starts for method in methods]  # fmt: skip
    if search == "wide":
        return _widest(loss, n, known=min(found, key=lambda result: float(result.fun)).x)
    best = min(found, key=lambda result: float(result.fun))
    return _shares(best.x)


def _widest(loss: Callable[[Floats], float], n: int, *, known: Floats) -> Floats:
    """Search on from seeded random starts, over log weights; the same predictors give the same answer."""
    from scipy.optimize import minimize

    rng = np.random.default_rng(n)
    best, least = _shares(known), loss(known)
    for _ in range(_WIDE_STARTS):
        start = np.log(rng.dirichlet(np.full(n, 0.3)) + 1e-6)
        made = minimize(lambda x: loss(np.exp(x - x.max())), start, method="Nelder-Mead",
                        options={"maxiter": _MOST_STEPS})  # fmt: skip
        if float(made.fun) < least:
            best, least = _shares(np.exp(made.x - made.x.max())), float(made.fun)
    return best


def _shares(raw: Floats) -> Floats:
    size = np.abs(raw)
    total = size.sum()
    shares: Floats = size / total if total > 0 else np.full(len(raw), 1 / len(raw))
    return shares


def _regression_shares(scaled: Floats, outcomes: Floats) -> Floats:
    """Return Synth's other start: how much each predictor tells of outcomes in a regression over all units."""
    design = np.column_stack([np.ones(scaled.shape[1]), scaled.T])
    slopes = (np.linalg.pinv(design.T @ design) @ design.T @ outcomes.T)[1:]
    return _shares(np.square(slopes).sum(axis=1))


def _described(panel: ControlPanel, matched: pd.DataFrame, *, weights: Floats, importance: Floats) -> SyntheticControl:
    outcomes, values = panel.matrix, matched.to_numpy(dtype=np.float64)
    synthetic = outcomes[:, 1:] @ weights
    gaps = pd.DataFrame({
        "time": panel.times, "treated": outcomes[:, 0], "synthetic": synthetic, "gap": outcomes[:, 0] - synthetic,
        "after": np.arange(len(outcomes)) >= panel.n_before,
    })  # fmt: skip
    return SyntheticControl(
        weights=pd.Series(weights, index=panel.donors, name="weight"),
        predictor_weights=pd.Series(importance, index=[str(i) for i in matched.index], name="weight"),
        balance=pd.DataFrame(
            {"treated": values[:, 0], "synthetic": values[:, 1:] @ weights, "donors": values[:, 1:].mean(axis=1)},
            index=[str(i) for i in matched.index],
        ),
        gaps=gaps,
    )
