"""The chance of a dropback that the situation alone gives: down, distance, field, score and clock."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
#: A little ridge keeps rare situations (fourth and long in week 2) finite; measured in plays.
_RIDGE: Final = 1.0
#: Fewer plays than this cannot carry the fit; the expectation is then the league's mean.
MINIMUM_PLAYS: Final = 500


@dataclass(frozen=True, slots=True)
class PassExpectation:
    """A fitted logistic expectation.

    Attributes
    ----------
    coefficients : ndarray of float64, shape (n_terms,)
    plays : int
        How many plays it was fitted on.
    """

    coefficients: Floats
    plays: int

    def probabilities(self, snaps: pd.DataFrame) -> Floats:
        """Return the expected chance of a dropback, shape (n_snaps,)."""
        return np.asarray(expit(situation_terms(snaps) @ self.coefficients), dtype=np.float64)


def fitted_expectation(snaps: pd.DataFrame) -> PassExpectation:
    """Fit the expectation by ridge logistic regression (iteratively reweighted least squares).

    Parameters
    ----------
    snaps : DataFrame
        As returned by ``snaps.scrimmage_snaps``, of the league.

    Returns
    -------
    PassExpectation
    """
    terms = situation_terms(snaps)
    passed = snaps["dropback"].to_numpy(dtype=np.float64)
    rate = float(np.clip(passed.mean(), 0.01, 0.99)) if len(passed) else 0.5
    coefficients = np.zeros(terms.shape[1])
    coefficients[0] = np.log(rate / (1.0 - rate))
    if len(passed) >= MINIMUM_PLAYS:
        for _ in range(8):
            coefficients = _newton_step(coefficients, terms=terms, passed=passed)
    return PassExpectation(coefficients=coefficients, plays=len(passed))


def situation_terms(snaps: pd.DataFrame) -> Floats:
    """Return the terms of the expectation, shape (n_snaps, n_terms); the first is constant."""
    down = snaps["down"].to_numpy(dtype=np.float64)
    distance = np.log1p(snaps["ydstogo"].fillna(10.0).to_numpy(dtype=np.float64)) - np.log(11.0)
    field = snaps["yardline_100"].fillna(60.0).to_numpy(dtype=np.float64) / 100.0
    lead = np.clip(snaps["score_differential"].fillna(0.0).to_numpy(dtype=np.float64), -21.0, 21.0) / 7.0
    left = snaps["game_seconds_remaining"].fillna(1800.0).to_numpy(dtype=np.float64) / 3600.0
    hurry = np.exp(-left * 12.0)  # the last five minutes
    half_hurry = np.where(left > 0.5, np.exp(-(left - 0.5) * 30.0), 0.0)  # the last two minutes of the first half
    second, third, fourth = (np.equal(down, d).astype(np.float64) for d in (2, 3, 4))
    late = np.where(left <= 0.5, 1.0 - left, 0.0)
    columns = [
        np.ones_like(down), second, third, fourth,
        distance, second * distance, third * distance, fourth * distance, distance**2,
        field, np.exp(-field * 20.0), lead, lead**2, lead * late, lead**3 * late, lead * hurry, np.abs(lead) * hurry,
        hurry, half_hurry, third * lead, half_hurry * field,
    ]  # fmt: skip
    return np.column_stack(columns)


def _newton_step(coefficients: Floats, *, terms: Floats, passed: Floats) -> Floats:
    chance = expit(terms @ coefficients)
    weight = chance * (1.0 - chance)
    penalty = np.full(terms.shape[1], _RIDGE)
    penalty[0] = 0.0
    hessian = (terms * weight[:, None]).T @ terms + np.diag(penalty)
    slope = terms.T @ (passed - chance) - penalty * coefficients
    return coefficients + np.linalg.solve(hessian, slope)
