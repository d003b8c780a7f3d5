"""What the trigger does by chance: false alarms of a calibrated model, and how soon a bad one is caught."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.lifecycle.recalibrate import RecalibrationPolicy

#: Of rushing rows, 2013-2022: 4.4 to 4.9 a game, about 15 games a week, 21 or 22 weeks a season.
GAMES_A_WEEK: Final = 14
ROWS_A_GAME: Final = 5
WEEKS: Final = 21
#: Correlation of misses within a game: -0.02 to 0.04 by season, 2013-2022; the upper end is taken.
SHARED: Final = 0.03


def trigger_characteristics(
    *, rng: np.random.Generator, policy: RecalibrationPolicy | None = None,
    coverages: Sequence[float] = (0.90, 0.88, 0.85, 0.80, 0.26), windows: Sequence[int] = (), repetitions: int = 2000,
    games_a_week: int = GAMES_A_WEEK, rows_a_game: int = ROWS_A_GAME, weeks: int = WEEKS, shared: float = SHARED,
) -> pd.DataFrame:  # fmt: skip
    """Return how often the trigger fires, by true coverage, since when it is that, and window.

    Rows of a game are covered or not with a shared beta-distributed chance. "Always" is a model that covers so in the
    calibration season too; "this season" one that covered as promised until the season's first week.

    Parameters
    ----------
    rng : numpy.random.Generator
    policy : RecalibrationPolicy, optional
        Level, tolerance and minimum rows; its window too, if ``windows`` is empty.
    coverages : sequence of float
        True mid-coverage of the intervals.
    windows : sequence of int
        Weeks looked back on; here each is full, so that rows ask for no more of them.
    repetitions : int, default 2000
        Seasons drawn for each line.
    games_a_week, rows_a_game, weeks : int
    shared : float
        Correlation of misses within a game, at least 0 and below 1.

    Returns
    -------
    DataFrame
        ``true_coverage, since, window_weeks, weekly_rate`` (mean share of weeks that recalibrate), ``season_rate``
        (share of seasons with any), ``by_week_4`` (share fired in weeks 1 to 4), ``median_first_week`` (NaN where under
        half of the seasons ever fire), ``standard_error`` (of ``season_rate``, by repetition).
    """
    rule = RecalibrationPolicy() if policy is None else policy
    looks = tuple(windows) or (rule.window_weeks,)
    shape = (repetitions, weeks, games_a_week)
    before = _held(rng, rule.level, shape=shape, rows_a_game=rows_a_game, shared=shared)
    lines = []
    for true in coverages:
        now = _held(rng, true, shape=shape, rows_a_game=rows_a_game, shared=shared)
        worse = _held(rng, true, shape=shape, rows_a_game=rows_a_game, shared=shared)
        for since, earlier in (("always", worse), ("this season", before)):
            counts = np.concatenate([earlier, now], axis=1)
            for window in looks:
                fired = _fired(counts, window=window, rows_a_week=games_a_week * rows_a_game, rule=rule)[:, weeks:]
                lines.append((true, since, window, *_summary(fired)))
    names = ("weekly_rate", "season_rate", "by_week_4", "median_first_week", "standard_error")
    return pd.DataFrame(lines, columns=["true_coverage", "since", "window_weeks", *names])


def _held(
    rng: np.random.Generator, share: float, *, shape: tuple[int, int, int], rows_a_game: int, shared: float
) -> NDArray[np.int64]:
    """Draw how many rows of each week are held, shape (repetitions, weeks)."""
    chance: float | NDArray[np.float64] = share
    if shared > 0:
        size = (1.0 - shared) / shared
        chance = rng.beta(share * size, (1.0 - share) * size, size=shape)
    return np.asarray(rng.binomial(rows_a_game, chance, size=shape).sum(axis=2), dtype=np.int64)


def _fired(counts: NDArray[np.int64], *, window: int, rows_a_week: int, rule: RecalibrationPolicy) -> NDArray[np.bool_]:
    """Return whether each week fires, from the weeks before it, shape (repetitions, weeks)."""
    sums = np.cumsum(np.pad(counts, ((0, 0), (1, 0))), axis=1)
    place = np.arange(counts.shape[1])
    start = np.maximum(place - window, 0)
    rows = (place - start) * rows_a_week
    share = (sums[:, place] - sums[:, start]) / np.maximum(rows, 1)
    return np.asarray((rows >= rule.minimum_rows) & (np.abs(share - rule.level) > rule.tolerance + 1e-9))


def _summary(fired: NDArray[np.bool_]) -> tuple[float, ...]:
    ever = np.asarray(fired.any(axis=1))
    first = np.where(ever, fired.argmax(axis=1) + 1.0, np.inf)
    median = float(np.quantile(first, 0.5, method="lower"))
    error = float(np.sqrt(ever.mean() * (1.0 - ever.mean()) / len(fired)))
    early = float(fired[:, :4].any(axis=1).mean())
    return float(fired.mean()), float(ever.mean()), early, median if np.isfinite(median) else np.nan, error
