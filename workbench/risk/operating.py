"""How a threshold behaves when the truth is known: false passes, false alarms, power, weeks to decide.

Closing line value is simulated from line moves that were seen; a rule looks at the end of each week and fires or not.
Every rate carries its Monte-Carlo standard error.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
Fired = NDArray[np.bool_]
#: ``shift``: either side with equal chance, and the skill added to every move, as the published figures were made.
#: ``side``: the skill is to be on the right side more often, the more so the further the line moves.
Truth = Literal["shift", "side"]
#: Looks at which a season's bets are judged: the weeks of a regular season.
WEEKS = 18
#: A mean this close to a threshold is on it: sums of tenths are not exact.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Operating:
    """What a rule does over seasons of one truth.

    Attributes
    ----------
    weekly_rate, weekly_error : float
        Mean share of a season's weeks in which it fires, with the Monte-Carlo standard error by season.
    season_rate, season_error : float
        Share of seasons in which it ever fires.
    by_week : tuple of float
        Share of seasons in which it has fired by each week.
    median_week : float
        The first week by which half of the seasons have fired; NaN where under half ever do.
    seasons : int
        Simulated.
    """

    weekly_rate: float
    weekly_error: float
    season_rate: float
    season_error: float
    by_week: tuple[float, ...]
    median_week: float
    seasons: int

    def interval(self) -> tuple[float, float]:
        """Return the 95 % Monte-Carlo interval of the season rate, within 0 and 1."""
        half = 1.959964 * self.season_error
        return max(0.0, self.season_rate - half), min(1.0, self.season_rate + half)


def operating(fired: Fired) -> Operating:
    """Sum up a rule.

    Parameters
    ----------
    fired : ndarray of bool, shape (n_seasons, n_weeks)
        Whether the rule fires at the end of each week.

    Examples
    --------
    >>> found = operating(np.array([[False, True, True], [False, False, False]]))
    >>> found.season_rate, found.by_week, found.median_week, round(found.weekly_rate, 2)
    (0.5, (0.0, 0.5, 0.5), 2.0, 0.33)
    """
    happened = np.asarray(fired, dtype=np.bool_)
    n = len(happened)
    weekly = happened.mean(axis=1)
    by_week = np.logical_or.accumulate(happened, axis=1).mean(axis=0)
    share = float(by_week[-1])
    half = np.flatnonzero(by_week >= 0.5 - _ROUNDING)
    return Operating(
        weekly_rate=float(weekly.mean()),
        weekly_error=float(weekly.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan"),
        season_rate=share,
        season_error=share_error(share, n),
        by_week=tuple(float(p) for p in by_week),
        median_week=float(half[0] + 1) if len(half) else float("nan"),
        seasons=n,
    )


def share_error(share: float, n: int) -> float:
    """Return the standard error of a simulated share; of none or all of n, as if half a trial had gone the other way.

    Examples
    --------
    >>> round(share_error(0.5, 100), 3), share_error(0.0, 100) > 0
    (0.05, True)
    """
    inner = (share * n + 0.5) / (n + 1)
    return float(np.sqrt(inner * (1.0 - inner) / n))


def skill_tilt(moves: ArrayLike, true_clv: float) -> float:
    """Return the tilt a point at which a bettor's mean closing line value is the one stated.

    The bettor is on the right side of a move of m points with chance 1 / (1 + exp(-2 tilt m)), so that his mean value
    is the mean of m tanh(tilt m).

    Raises
    ------
    ValidationError
        If nobody could reach it: always being right is worth the mean move.

    Examples
    --------
    >>> tilt = skill_tilt([1.0, 1.0], 0.5)
    >>> round(float(np.tanh(tilt)), 6)
    0.5
    """
    sizes = _sizes(moves)
    best = float(sizes.mean())
    if not abs(true_clv) < best:
        raise ValidationError(f"A mean of {true_clv:+.2f} points is out of reach: the mean move is {best:.2f}.")
    if true_clv == 0.0:
        return 0.0
    return float(brentq(lambda tilt: float(np.mean(sizes * np.tanh(tilt * sizes))) - true_clv, -200.0, 200.0))


def simulated_clv(
    moves: ArrayLike, *, bets_a_week: int, true_clv: float, rng: np.random.Generator, weeks: int = WEEKS,
    seasons: int = 20_000, truth: Truth = "shift", shared: float = 0.0,
) -> Floats:  # fmt: skip
    """Draw seasons of closing line value of a bettor of stated skill.

    Parameters
    ----------
    moves : array_like, shape (n_moves,)
        Open-to-close moves in points; only their size is used.
    bets_a_week : int
    true_clv : float
        The bettor's true mean, in points.
    truth : {"shift", "side"}
    shared : float, default 0
        Latent correlation of the sides within a week (below 1): 0 for bets that are right or wrong alone.

    Returns
    -------
    ndarray, shape (seasons, weeks, bets_a_week)

    Raises
    ------
    ValidationError
        If there are no moves, or the correlation is not within [0, 1).
    """
    sizes = _sizes(moves)
    if not 0.0 <= shared < 1.0:
        raise ValidationError(f"Sides can share a correlation from 0 to below 1, got {shared}.")
    shape = (seasons, weeks, bets_a_week)
    drawn = sizes[rng.integers(len(sizes), size=shape)]
    chance = 0.5 if truth == "shift" else 1.0 / (1.0 + np.exp(-2.0 * skill_tilt(sizes, true_clv) * drawn))
    signed: Floats = np.where(_uniform(shape, shared=shared, rng=rng) < chance, drawn, -drawn)
    return signed + true_clv if truth == "shift" else signed


def _sizes(moves: ArrayLike) -> Floats:
    sizes = np.abs(np.asarray(moves, dtype=np.float64))
    if not len(sizes) or not np.isfinite(sizes).all():
        raise ValidationError("Closing line value is simulated from line moves, and none is known or one is missing.")
    return sizes


def _uniform(shape: tuple[int, int, int], *, shared: float, rng: np.random.Generator) -> Floats:
    if shared == 0.0:
        return rng.random(shape)
    week = rng.standard_normal((*shape[:2], 1))
    own = rng.standard_normal(shape)
    mixed: Floats = ndtr(np.sqrt(shared) * week + np.sqrt(1.0 - shared) * own)
    return mixed


def window_means(clv: Floats, *, look_back: int, partial: bool = False) -> Floats:
    """Return the mean over each week and those before it, stake-unweighted; NaN where the window is not full yet.

    Parameters
    ----------
    clv : ndarray, shape (n_seasons, n_weeks, n_bets)
    look_back : int
        Weeks in the window.
    partial : bool, default False
        Take the weeks there are at the start of a season.

    Returns
    -------
    ndarray, shape (n_seasons, n_weeks)
    """
    weekly = clv.mean(axis=2)
    summed = np.cumsum(np.pad(weekly, ((0, 0), (1, 0))), axis=1)
    end = np.arange(1, weekly.shape[1] + 1)
    start = np.maximum(end - look_back, 0)
    means: Floats = (summed[:, end] - summed[:, start]) / (end - start)
    return means if partial else np.where(end >= look_back, means, np.nan)


def gate_opens(clv: Floats, *, threshold: float = 0.3, look_back: int = 2, minimum_bets: int = 10) -> Fired:
    """Return whether the gate is open after each week: the rule of ``risk.gates.clv_gate``."""
    enough = look_back * clv.shape[2] >= minimum_bets
    return np.asarray(enough & (window_means(clv, look_back=look_back) >= threshold - _ROUNDING))


def losing_run(clv: Floats, *, run: int = 2) -> Fired:
    """Return whether each week ends a run of weeks whose mean is zero or less: the kill switch people use."""
    bad = clv.mean(axis=2) <= _ROUNDING
    windows = np.lib.stride_tricks.sliding_window_view(bad, run, axis=1).all(axis=2)
    return np.asarray(np.pad(windows, ((0, 0), (run - 1, 0))))


def negative_alert(clv: Floats, *, look_back: int = 4) -> Fired:
    """Return whether each week raises the alert of ``decision.performance.clv_alert``: its window's mean below 0."""
    return np.asarray(window_means(clv, look_back=look_back, partial=True) < -_ROUNDING)


def gate_threshold(clv: Floats, *, rate: float, look_back: int = 2, ever: bool = False) -> float:
    """Return the threshold that bettors like these reach in at most a share of weeks, or, with ``ever``, of seasons."""
    means = window_means(clv, look_back=look_back)[:, look_back - 1 :]
    return threshold_at(means.max(axis=1) if ever else means, rate=rate)


def threshold_at(values: ArrayLike, *, rate: float) -> float:
    """Return a threshold just above the smallest value that too many reach: at most a share of the values reach it.

    Examples
    --------
    Three of five reach 2, one reaches 3:

    >>> 2 < threshold_at([1.0, 1.0, 2.0, 2.0, 3.0], rate=0.2) <= 3
    True
    """
    seen, counts = np.unique(np.asarray(values, dtype=np.float64).round(9), return_counts=True)
    reached = np.cumsum(counts[::-1])[::-1] / counts.sum()
    allowed = np.flatnonzero(reached <= rate + _ROUNDING)
    return float(seen[allowed[0]]) if len(allowed) else float(seen[-1] + 2 * _ROUNDING)


def calibrated_run(clv: Floats, *, rate: float, longest: int = WEEKS) -> int:
    """Return the shortest run of losing weeks that ends at most a share of these bettors' seasons."""
    for run in range(1, min(longest, clv.shape[1]) + 1):
        if float(losing_run(clv, run=run).any(axis=1).mean()) <= rate:
            return run
    return longest + 1


def sample_to_see(difference: float, *, sd: float, paired: bool, power: float = 0.8, size: float = 0.05) -> int:
    """Return the games needed to see a difference of two forecasters' mean errors: an arm, or paired games.

    Parameters
    ----------
    sd : float
        Of one forecaster's errors, or, paired, of the differences on the same games.

    Examples
    --------
    Half a point of mean absolute error: errors have an sd of 8.35, differences of two good forecasters one of 2.38.

    >>> sample_to_see(0.5, sd=8.3515, paired=False), sample_to_see(0.5, sd=2.381, paired=True)
    (4380, 178)
    """
    from scipy.special import ndtri

    reach = float(ndtri(1 - size / 2) + ndtri(power))
    return int(np.ceil((1 if paired else 2) * (reach * sd / difference) ** 2))
