"""Tests that may be looked at every week: e-processes, whose false-alarm rate holds over all looks together.

An e-process is wealth in a game that is fair while the hypothesis holds, so it reaches 1 / a with chance at most a,
however often it is looked at (Ville). Each function returns its logarithm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, logsumexp

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: Tilts bet on, a point: the best for true means of about +0.15, +0.3, +0.6 and +1.1 points where moves have sd 1.8.
TILTS: Final = (0.05, 0.1, 0.2, 0.4)
#: Ways a forecaster may be off: the slope and the shift of the log-odds that would mend it.
MENDS: Final = ((0.4, 0.0), (0.7, 0.0), (1.4, 0.0), (1.0, -0.3), (1.0, 0.3))
_CLIP: Final = 1e-6

Verdict = Literal["skill", "no skill", "undecided"]


def sign_evidence(
    clv: ArrayLike, *, about: float = 0.0, below: bool = False, shared: bool = True, tilts: Sequence[float] = TILTS
) -> Floats:
    """Return the log evidence, week by week, that closing line value lies above (or below) a value.

    Under the hypothesis a week's sum is as likely to lie so far above the value as so far below it, whatever its size:
    true at zero of a bettor who picks sides by coin, one coin for all of them included, and of no use to one who is
    right less often than wrong. Then exp(t x) / cosh(t x) has mean one for every tilt t, with no bound on moves and no
    normal law; the mean over the tilts is bet.

    Parameters
    ----------
    clv : array_like, shape (..., n_weeks, n_bets)
        Missing bets are NaN and bet nothing.
    about : float, default 0
        The value in points.
    below : bool, default False
        Look for a mean below the value.
    shared : bool, default True
        Whether bets of a week may be right and wrong together; else each bet counts alone.

    Returns
    -------
    ndarray, shape (..., n_weeks)

    References
    ----------
    .. [1] Ramdas, Ruf, Larsson & Koolen (2020), Admissible anytime-valid sequential inference, arXiv:2009.03167
    .. [2] de la Pena (1999), doi:10.1214/aop/1022677393

    Examples
    --------
    >>> sign_evidence([[1.0], [-1.0]], tilts=(0.5,)).round(3)
    array([ 0.38, -0.24])
    """
    points = np.asarray(clv, dtype=np.float64) - about
    if shared:
        points = np.nansum(points, axis=-1, keepdims=True)
    return _mixed([_weekly_bets(-points if below else points, tilt) for tilt in tilts])


def _weekly_bets(points: Floats, tilt: float) -> Floats:
    """Return the log bet of each week: the sum over what counts alone of t x - log cosh(t x)."""
    size = np.abs(tilt * points)
    log_cosh = size + np.log1p(np.exp(-2.0 * size)) - np.log(2.0)
    summed: Floats = np.nansum(tilt * points - log_cosh, axis=-1)
    return summed


def _mixed(weekly: Sequence[Floats]) -> Floats:
    """Return the log of the mean over alternatives of their wealth."""
    paths = np.cumsum(np.stack(weekly), axis=-1)
    mixed: Floats = logsumexp(paths, axis=0) - np.log(len(paths))
    return mixed


def win_evidence(won: ArrayLike, *, rate: float, alternatives: Sequence[float] = (0.50, 0.46)) -> Floats:
    """Return the log evidence, week by week, that bets are won less often than at a stated rate.

    Parameters
    ----------
    won : array_like, shape (..., n_weeks, n_bets)
        Truth values or 0 and 1; pushes and missing bets NaN.
    rate : float
        The rate of the hypothesis.
    alternatives : sequence of float
        Rates bet on, each below it.

    Raises
    ------
    ValidationError
        If a rate is out of order.

    Examples
    --------
    >>> win_evidence([[0.0], [1.0]], rate=0.6, alternatives=(0.5,)).round(3)
    array([0.223, 0.041])
    """
    if not (0 < rate < 1 and all(0 < other < rate for other in alternatives)):
        raise ValidationError(f"Alternatives must lie between 0 and the rate {rate}, got {tuple(alternatives)}.")
    hits = np.asarray(won, dtype=np.float64)
    return _mixed(
        [
            np.nansum(np.where(hits > 0.5, np.log(q / rate), np.log((1 - q) / (1 - rate))) + 0.0 * hits, axis=-1)
            for q in alternatives
        ]
    )


def forecast_evidence(
    probability: ArrayLike, outcome: ArrayLike, *, rivals: Sequence[ArrayLike] = (),
    mends: Sequence[tuple[float, float]] = MENDS,
) -> Floats:  # fmt: skip
    """Return the log evidence, week by week, that a forecaster's probabilities are not right.

    While they are, the likelihood of any other forecast over theirs has mean one: mended ones, and rivals such as the
    market. The mean over all of them is bet.

    Parameters
    ----------
    probability : array_like, shape (..., n_weeks, n_games)
    outcome : array_like, of the same shape
        1 or 0; ties and missing games NaN, which bet nothing.
    rivals : sequence of array_like
        Others' probabilities of the same games.
    mends : sequence of (slope, shift) of the log-odds

    Returns
    -------
    ndarray, shape (..., n_weeks)

    Examples
    --------
    >>> forecast_evidence([[0.8], [0.8]], [[0.0], [1.0]], mends=((0.0, 0.0),)).round(3)
    array([0.916, 0.446])
    """
    p = np.clip(np.asarray(probability, dtype=np.float64), _CLIP, 1 - _CLIP)
    y = np.asarray(outcome, dtype=np.float64)
    others = [expit(slope * logit(p) + shift) for slope, shift in mends]
    others += [np.clip(np.asarray(rival, dtype=np.float64), _CLIP, 1 - _CLIP) for rival in rivals]
    ratios = (np.where(y > 0.5, np.log(q / p), np.log((1 - q) / (1 - p))) + 0.0 * y for q in others)
    return _mixed([np.nansum(ratio, axis=-1) for ratio in ratios])


def bounded_evidence(
    values: ArrayLike, *, about: float, bound: float, bets: Sequence[float] = (0.1, 0.2, 0.4)
) -> Floats:
    """Return the log evidence, week by week, that the mean of bounded values lies above a value, whatever their law.

    Parameters
    ----------
    values : array_like, shape (..., n_weeks, n_games)
        None below ``-bound``: the difference of two Brier scores lies within 1 of zero, of three outcomes within 2.
    about : float
    bound : float
    bets : sequence of float
        Shares of the wealth bet a unit of value, each below 1 / (bound + about).

    Raises
    ------
    ValidationError
        If a bet could lose more than there is.

    References
    ----------
    .. [1] Waudby-Smith & Ramdas (2024), doi:10.1093/jrsssb/qkad009

    Examples
    --------
    >>> bounded_evidence([[1.0], [-1.0]], about=0.0, bound=1.0, bets=(0.5,)).round(3)
    array([ 0.405, -0.288])
    """
    x = np.asarray(values, dtype=np.float64) - about
    if not (min(bets) > 0 and max(bets) * (bound + about) < 1):
        raise ValidationError(f"A bet must stay within 0 and {1 / (bound + about):.2f} a unit, got {tuple(bets)}.")
    if bool(np.nanmin(x, initial=0.0) < -bound - about - 1e-12):
        raise ValidationError(f"Values must not lie below {-bound}, got {float(np.nanmin(x)) + about}.")
    return _mixed([np.nansum(np.log1p(bet * x), axis=-1) for bet in bets])


def crossed(log_evidence: Floats, *, rate: float) -> NDArray[np.bool_]:
    """Return whether evidence has by each week reached 1 / rate: while nothing is wrong at most that share does."""
    return np.asarray(np.maximum.accumulate(log_evidence, axis=-1) >= -np.log(rate))


@dataclass(frozen=True, slots=True)
class SkillEvidence:
    """What a history of bets says of its closing line value, looked at as often as one likes.

    Attributes
    ----------
    verdict : {"skill", "no skill", "undecided"}
    evidence_for : float
        Against a mean of zero or less: ``skill`` once it has reached 1 / rate.
    evidence_against : float
        Against a mean of at least the claim: ``no skill`` once it has reached 1 / rate.
    needed : float
    weeks, bets : int
    sentence : str
    """

    verdict: Verdict
    evidence_for: float
    evidence_against: float
    needed: float
    weeks: int
    bets: int
    sentence: str


def skill_evidence(clv_points: ArrayLike, weeks: ArrayLike, *, claim: float = 0.3, rate: float = 0.05) -> SkillEvidence:
    """Judge bets by the calibrated policy: a gate and a kill switch with stated error rates over all looks together.

    Parameters
    ----------
    clv_points : array_like, shape (n_bets,)
        In points; NaN where there is none.
    weeks : array_like, shape (n_bets,)
        Label of each bet's week, in order of time when sorted.
    claim : float, default 0.3
        The mean that is asked for.
    rate : float, default 0.05
        Chance to say skill of a bettor without, and chance to say none of one who has the claim.

    Examples
    --------
    >>> skill_evidence([1.0, 0.5, 1.5, 1.0] * 6, list(range(1, 9)) * 3).verdict
    'skill'
    """
    points, labels = np.asarray(clv_points, dtype=np.float64), np.asarray(weeks)
    if points.shape != labels.shape:
        raise ValidationError(f"Every bet needs its week, got {points.shape} bets and {labels.shape} weeks.")
    known = np.isfinite(points)
    grid = _by_week(points[known], labels[known])
    log_for, log_against = sign_evidence(grid), sign_evidence(grid, about=claim, below=True)
    hits = [
        int(np.argmax(c)) if c.any() else None for c in (crossed(log_for, rate=rate), crossed(log_against, rate=rate))
    ]
    verdict: Verdict = "undecided"
    if hits[0] is not None and (hits[1] is None or hits[0] <= hits[1]):
        verdict = "skill"
    elif hits[1] is not None:
        verdict = "no skill"
    values = [float(np.exp(min(path.max(initial=0.0), 700.0))) for path in (log_for, log_against)]
    n, needed = int(known.sum()), 1.0 / rate
    sentence = (
        f"{n} bets in {len(grid)} weeks: evidence of {values[0]:.1f} for a mean above zero and of {values[1]:.1f} "
        f"against {claim:+.1f} points, where {needed:.0f} decides: {verdict}."
    )
    return SkillEvidence(verdict, values[0], values[1], needed, len(grid), n, sentence)


def _by_week(points: Floats, labels: NDArray[np.generic]) -> Floats:
    """Return bets on a grid of weeks, short weeks filled with NaN, which bets nothing."""
    names, place = np.unique(labels, return_inverse=True)
    grid = np.full((len(names), int(np.bincount(place).max(initial=0))), np.nan)
    for week in range(len(names)):
        mine = points[place == week]
        grid[week, : len(mine)] = mine
    return grid
