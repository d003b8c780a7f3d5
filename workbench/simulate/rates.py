"""The scoring rate a team was expected to have in a game, and how each outcome moves with it."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.simulate import states as s

Floats = NDArray[np.float64]

#: How the log odds of each outcome (against a punt) move with a team's rate, a touchdown's by one: what is taken where
#: no expectations teach it. Closing lines and first-half drives of 2019-2024, the ends of a half set to nothing.
PRIOR_EXPONENTS: Final = np.array([0.0, 1.0, 0.4, 0.3, 0.3, 0.1, 0.0, -0.2, 0.0])
_PRIOR_SD: Final = 0.15
_N_BINS: Final = 5
#: Expectations that differ less than this (log points) teach nothing about better and worse teams.
_LEAST_SPREAD: Final = 0.02
_LEARNED: Final = (s.FIELD_GOAL, s.TURNOVER, s.DOWNS, s.MISSED, s.OPPONENT_TOUCHDOWN)


def with_rates(drives: pd.DataFrame, expectations: pd.DataFrame | None) -> tuple[pd.DataFrame, Floats]:
    """Return the drives with the offence's expected rate (column ``rate``), and each outcome's exponent.

    The expected points of a team become a rate by what first-half drives of teams expected to score more or less look
    like: the rate is the log odds of a touchdown against a punt, zero for the average team. Without expectations, or
    where they are all alike, every rate is zero.
    """
    if expectations is None:
        return drives.assign(rate=0.0), PRIOR_EXPONENTS
    by_game = expectations.set_index("game_id")[["margin_mean", "total_mean"]].reindex(drives["game_id"])
    sign = np.where(drives["is_home"].to_numpy(dtype=bool), 1.0, -1.0)
    expected = (by_game["total_mean"].to_numpy() + sign * by_game["margin_mean"].to_numpy()) / 2.0
    centred = np.log(np.maximum(expected, 3.0))
    centred = np.nan_to_num(centred - np.nanmean(centred))
    if centred.std() < _LEAST_SPREAD:
        return drives.assign(rate=0.0), PRIOR_EXPONENTS
    slopes, errors = _outcome_slopes(drives, centred)
    touchdown = slopes[s.TOUCHDOWN]
    return drives.assign(rate=centred * touchdown), _exponents(slopes / touchdown, errors / touchdown)


def _outcome_slopes(drives: pd.DataFrame, centred: Floats) -> tuple[Floats, Floats]:
    """Return slopes of log(outcome / punt) on log expected points over five bins of teams, and standard errors."""
    ordinary = (drives["group"] == 0).to_numpy() & (drives["half"] == 0).to_numpy()
    expected, code = centred[ordinary], drives["outcome_code"].to_numpy()[ordinary]
    edges = np.quantile(expected, np.linspace(0.0, 1.0, _N_BINS + 1)[1:-1])
    bins = np.searchsorted(edges, expected)
    table = np.zeros((_N_BINS, s.N_OUTCOMES))
    np.add.at(table, (bins, code), 1.0)
    table += 0.5
    place = np.bincount(bins, weights=expected, minlength=_N_BINS) / np.bincount(bins, minlength=_N_BINS)
    odds = np.log(table / table[:, [s.PUNT]])
    precision = 1.0 / (1.0 / table + 1.0 / table[:, [s.PUNT]])
    middle = (precision * place[:, None]).sum(axis=0) / precision.sum(axis=0)
    away = place[:, None] - middle
    curvature = (precision * away**2).sum(axis=0)
    return (precision * away * odds).sum(axis=0) / curvature, 1.0 / np.sqrt(curvature)


def _exponents(learned: Floats, errors: Floats) -> Floats:
    exponents = PRIOR_EXPONENTS.copy()
    chosen = list(_LEARNED)
    weight = _PRIOR_SD**2 / (_PRIOR_SD**2 + errors[chosen] ** 2)
    exponents[chosen] += weight * (learned[chosen] - exponents[chosen])
    return exponents
