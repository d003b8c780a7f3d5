"""How an effect varies over games: causalml's S, T, X and DR learners, with intervals that cover.

Each learner is fitted on some clusters and predicts the effect on others. Its own intervals are not used (the
R-learner's and the causal tree's covered .07 and .00 of truths, and none know of clusters). Instead its effect
tau(x), the outcome expected m(x) and the propensity e(x), all of them out of fold, make one doubly robust score a row::

    score = tau + (w - e) / (e (1 - e)) * (y - m - (w - e) tau)

whose average is the average effect, right if either e or the learner is, and whose spread over clusters is its error
[1]_. Averages over groups, projections and the calibration test (``heterogeneity``) are averages of the same scores.

References
----------
.. [1] Athey & Wager (2019), Estimating treatment effects with causal forests, arXiv:1902.07409, section 1.3
.. [2] Semenova & Chernozhukov (2021), doi:10.1093/ectj/utaa027
.. [3] Künzel et al. (2019), Metalearners for estimating heterogeneous treatment effects, doi:10.1073/pnas.1804597116
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from workbench.causal.learners.row_clusters import Floats, check_clusters
from workbench.errors import ParameterError, ValidationError

LearnerName = Literal["S", "T", "X", "DR"]
Base = Literal["trees", "ridge"]

LEARNERS: Final[tuple[LearnerName, ...]] = ("S", "T", "X", "DR")
FOLDS: Final = 3
#: Propensities outside have hardly any like on the other side; their rows are left out, and counted.
OVERLAP: Final = (0.05, 0.95)
#: Fewer treated rows than this, and a learner of three folds has nothing to learn from.
MINIMUM_TREATED: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How alike treated and others are: rows, share of propensities outside the bounds, and the sentence for it."""

    rows: int
    outside: int
    lowest: float
    highest: float

    @property
    def sentence(self) -> str:
        """The finding in words."""
        share = f"{self.outside} of {self.rows} rows ({self.outside / self.rows:.1%})"
        spread = f"propensities run from {self.lowest:.2f} to {self.highest:.2f}"
        return f"{share} have a propensity outside {OVERLAP[0]}-{OVERLAP[1]} and are left out; {spread}."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedEffects:
    """Out-of-fold effects and scores of each learner, on the rows with overlap.

    Attributes
    ----------
    rows : DataFrame, shape (n_rows, ...)
        The rows kept, index reset.
    treated : ndarray of float, shape (n_rows,)
        0 or 1.
    outcome, propensity, expected : ndarray, shape (n_rows,)
        Outcome, P(treated | features) and E(outcome | features).
    effect : dict of learner to ndarray, shape (n_rows,)
        The learner's conditional effect, by a fit that has not seen the row's cluster.
    score : dict of learner to ndarray, shape (n_rows,)
        Doubly robust scores: their average is the average effect.
    clusters : tuple of str
    overlap : Overlap
    """

    rows: pd.DataFrame
    treated: Floats
    outcome: Floats
    propensity: Floats
    expected: Floats
    effect: dict[str, Floats]
    score: dict[str, Floats]
    clusters: tuple[str, ...]
    overlap: Overlap


def learned_effects(
    rows: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    features: Sequence[str],
    clusters: Sequence[str],
    rng: np.random.Generator,
    fold_by: str | None = None,
    base: Base = "trees",
    learners: Sequence[LearnerName] = LEARNERS,
) -> LearnedEffects:
    """Fit the learners, out of fold.

    Parameters
    ----------
    rows : DataFrame, one row a team's game (or a game)
        The team's own side. Where both teams' rows of a game are given, cluster by ``("team_season", "game_id")`` and
        fold by ``season``, so that no game is on both sides of a fold.
    outcome : str
        Points for the team.
    treatment : str
        0 or 1.
    features : sequence of str
        Known before the treatment; rows with one missing are refused, not filled.
    clusters : one or two column names
        What errs together.
    rng : Generator
    fold_by : str, optional
        What is kept whole in cross-fitting; the first clusters by default.
    base : {"trees", "ridge"}
        Shallow boosted trees, or a ridge regression (whose S-learner knows only one effect for all).
    learners : sequence of {"S", "T", "X", "DR"}

    Returns
    -------
    LearnedEffects

    Raises
    ------
    ValidationError
        If treatment is not 0 or 1, values are missing, or fewer than 30 rows are treated or untreated.
    """
    _check(rows, [outcome, treatment, *features], treatment=treatment)
    check_clusters(rows, clusters=clusters)
    if unknown := set(learners) - set(LEARNERS):
        raise ParameterError(f"Learners are {', '.join(LEARNERS)}; got {sorted(unknown)}. R's intervals do not cover.")
    x, w, y = rows[list(features)].to_numpy("f8"), rows[treatment].to_numpy("f8"), rows[outcome].to_numpy("f8")
    folds = _folds(rows[fold_by or clusters[0]], rng)
    seed = int(rng.integers(2**31))
    propensity = _propensity(x, w, folds)
    kept = (propensity > OVERLAP[0]) & (propensity < OVERLAP[1])
    overlap = Overlap(
        rows=len(rows), outside=int((~kept).sum()), lowest=float(propensity.min()), highest=float(propensity.max())
    )
    if min(w[kept].sum(), (1 - w[kept]).sum()) < MINIMUM_TREATED:
        raise ValidationError(
            f"{MINIMUM_TREATED} treated and untreated rows are needed with overlap. {overlap.sentence}"
        )
    x, w, y, e, folds = x[kept], w[kept], y[kept], propensity[kept], folds[kept]
    expected, effect = _out_of_fold(x, w, y, propensity=e, folds=folds, base=base, learners=learners, seed=seed)
    return LearnedEffects(
        rows=rows.loc[kept].reset_index(drop=True), treated=w, outcome=y, propensity=e, expected=expected,
        effect=effect, score={name: _scores(w, y, e, expected, tau=tau) for name, tau in effect.items()},
        clusters=tuple(clusters), overlap=overlap,
    )  # fmt: skip


def _check(rows: pd.DataFrame, columns: list[str], *, treatment: str) -> None:
    if missing := [name for name in columns if name not in rows]:
        raise ValidationError(f"Rows need the columns {', '.join(columns)}; missing: {', '.join(missing)}.")
    if (empty := rows[columns].isna().sum()).any():
        raise ValidationError(f"Missing is missing: leave these rows out and say so: {empty[empty > 0].to_dict()}.")
    if not rows[treatment].astype(float).isin([0.0, 1.0]).all():
        raise ValidationError(f"A learner's treatment {treatment!r} is 0 or 1. A dose? dose_response().")
    if min(rows[treatment].sum(), len(rows) - rows[treatment].sum()) < MINIMUM_TREATED:
        raise ValidationError(f"{MINIMUM_TREATED} treated and untreated rows are needed, got {rows[treatment].sum()}.")


def _folds(labels: "pd.Series[Any]", rng: np.random.Generator) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Return the fold of each row; a label's rows stay together."""
    codes, found = pd.factorize(labels)
    order = rng.permutation(len(found)) % FOLDS
    return np.asarray(order[codes], dtype=np.int64)


def _propensity(x: Floats, w: Floats, folds: "np.ndarray[Any, np.dtype[np.int64]]") -> Floats:
    """Return out-of-fold propensities: a logistic regression with squares, shrunken by cross-validation's default."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    found = np.empty(len(w))
    for fold in range(FOLDS):
        model = make_pipeline(
            StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler(),
            LogisticRegression(C=0.1, max_iter=500),
        )  # fmt: skip
        own = folds == fold
        found[own] = model.fit(x[~own], w[~own]).predict_proba(x[own])[:, 1]
    return found


def _out_of_fold(
    x: Floats, w: Floats, y: Floats, *, propensity: Floats, folds: "np.ndarray[Any, np.dtype[np.int64]]",
    base: Base, learners: Sequence[LearnerName], seed: int,
) -> tuple[Floats, dict[str, Floats]]:  # fmt: skip
    """Return the expected outcome and each learner's effect, by fits that have not seen the row's fold."""
    expected = np.empty(len(y))
    effect: dict[str, Floats] = {name: np.empty(len(y)) for name in learners}
    for fold in range(FOLDS):
        own = folds == fold
        expected[own] = _base(base, seed).fit(x[~own], y[~own]).predict(x[own])
        for name in learners:
            effect[name][own] = _predicted(
                name, (x[~own], w[~own], y[~own], propensity[~own]), at=(x[own], propensity[own]), base=base, seed=seed
            )
    return expected, effect


def _predicted(
    name: str, seen: tuple[Floats, Floats, Floats, Floats], *, at: tuple[Floats, Floats], base: Base, seed: int
) -> Floats:
    """Fit one causalml learner, and return its effect at other rows."""
    x, w, y, e = seen
    learner = getattr(_causalml(), f"Base{name}Regressor")(learner=_base(base, seed))
    fitted: dict[str, Any] = {"p": e} if name in ("X", "DR") else {}
    asked: dict[str, Any] = {"p": at[1]} if name == "X" else {}
    if name == "DR":
        fitted["seed"] = seed
    learner.fit(X=x, treatment=w.astype(int), y=y, **fitted)
    return np.asarray(learner.predict(X=at[0], **asked), dtype=float).ravel()


def _causalml() -> Any:
    """Return causalml's learners."""
    with warnings.catch_warnings():
        # At import causalml's plotting libraries announce what matplotlib will drop.
        warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
        from causalml.inference import meta
    return meta


def _base(base: Base, seed: int) -> Any:
    """Return a light base learner, without a fit."""
    if base == "ridge":
        from sklearn.linear_model import RidgeCV
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(0, 4, 9)))
    from sklearn.ensemble import GradientBoostingRegressor

    return GradientBoostingRegressor(
        n_estimators=40, max_depth=2, learning_rate=0.08, subsample=0.7, min_samples_leaf=20, random_state=seed
    )


def _scores(w: Floats, y: Floats, e: Floats, expected: Floats, *, tau: Floats) -> Floats:
    """Return the doubly robust scores of the module's docstring.

    By hand: y 10, w 1, e 1/2, m 4, tau 2 gives 2 + (1/2) / (1/4) x (10 - 4 - 1) = 12.

    >>> one = np.ones(1)
    >>> float(_scores(one, 10 * one, one / 2, 4 * one, tau=2 * one)[0])
    12.0
    """
    return np.asarray(tau + (w - e) / (e * (1 - e)) * (y - expected - (w - e) * tau))
