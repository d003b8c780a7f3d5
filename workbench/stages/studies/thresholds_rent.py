"""The rent verdict, looked at every week of a season: how often luck alone makes a module pay, and what is found."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from workbench.backtest.rent import ALPHA
from workbench.risk.operating import WEEKS, Floats, operating
from workbench.stages.studies.thresholds_clv import RATE, Sizes
from workbench.stages.studies.thresholds_rows import Row

MODULES: Final = 6
#: Standard errors of a season's paired differences: ten bets a week that half agree; FACTS' .0004 of Brier between two
#: good forecasters on fifteen seasons, on one; log loss in proportion.
SEASON_ERRORS: Final = (0.13, 0.0016, 0.0035)
#: Luck of the two scores is nearly shared; that of closing line value hardly.
_SHARED: Final = np.array([[1.0, 0.2, 0.2], [0.2, 1.0, 0.95], [0.2, 0.95, 1.0]])
#: What a module adds that is worth as much as the line's way from opener to close.
GAP: Final = (0.3, 0.0034, 0.0075)
_FIRST_LOOK: Final = 4
#: Levels tried for the calibrated verdict, loosest first.
_LEVELS: Final = (0.05, 0.04, 0.03, 0.025, 0.02, 0.015, 0.01, 0.005)


def rent_rows(*, sizes: Sizes, rng: np.random.Generator) -> list[Row]:
    """Return the verdict as set, and at the level at which luck makes a module pay in the stated share of seasons."""
    n = max(sizes.evidence_seasons // 4, 200)
    quiet = season_differences(0.0, seasons=n, rng=rng)
    strict = next((a for a in _LEVELS if pays(*quiet, alpha=a).any(axis=(1, 2)).mean() <= RATE), _LEVELS[-1])
    rows = []
    for truth, gain, wrong in (
        ("no module adds anything", 0.0, True),
        ("one module is worth opener to close", 1.0, False),
    ):
        gains, errors = season_differences(gain, seasons=n, rng=rng)
        for policy, alpha in (("default", ALPHA), ("calibrated", strict)):
            paid = pays(gains, errors, alpha=alpha)
            fired = paid.any(axis=2) if wrong else paid[:, :, 0]
            setting = f"Holm at {100 * alpha:.2g} %, season so far"
            kind = "default" if policy == "default" else "calibrated"
            rows.append(Row("rent", kind, setting, truth, wrong, operating(fired), 0, gain))  # type: ignore[arg-type]
    return rows


def season_differences(gain: float, *, seasons: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return differences of the season so far and their standard errors, week by week; the first module gains.

    Returns
    -------
    differences : ndarray, shape (seasons, weeks, modules, 3)
    errors : ndarray, shape (weeks, 1, 3)
    """
    root = np.linalg.cholesky(_SHARED)
    weekly = np.array(SEASON_ERRORS) * np.sqrt(WEEKS)
    noise = rng.standard_normal((seasons, WEEKS, MODULES, 3)) @ root.T * weekly
    noise[:, :, 0] += gain * np.array(GAP)
    weeks = np.arange(1, WEEKS + 1)[:, None, None]
    differences: Floats = np.cumsum(noise, axis=1) / weeks
    errors: Floats = weekly / np.sqrt(weeks)
    return differences, errors


def pays(differences: Floats, errors: Floats, *, alpha: float) -> NDArray[np.bool_]:
    """Return which modules pay each week, by the rule of ``backtest.rent.rent_verdicts``.

    At least one of the three looks is better after Holm's correction over all modules and looks, and no interval lies
    wholly below zero.

    Returns
    -------
    ndarray of bool, shape (seasons, weeks, modules)
    """
    z = differences / errors
    p = 2 * ndtr(-np.abs(z))
    flat = p.reshape(*p.shape[:2], -1)
    order = np.argsort(flat, axis=-1)
    steps = np.take_along_axis(flat, order, axis=-1) * np.arange(flat.shape[-1], 0, -1)
    adjusted = np.empty_like(flat)
    np.put_along_axis(adjusted, order, np.minimum(np.maximum.accumulate(steps, axis=-1), 1.0), axis=-1)
    better = (adjusted.reshape(p.shape) < alpha) & (z > 0)
    paid: NDArray[np.bool_] = better.any(axis=-1) & ~(z < -1.959964).any(axis=-1)
    paid[:, : _FIRST_LOOK - 1] = False
    return paid
