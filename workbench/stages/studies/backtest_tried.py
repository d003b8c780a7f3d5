"""What was tried to win the missing gain on the decision's price: the winners' odds recalibrated on earlier seasons."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_expit, logit

from workbench.decision.clustered import weeks_of
from workbench.decision.evaluation import brier
from workbench.intervals import Estimate, clustered_mean

_Floats = NDArray[np.float64]


def recalibrated_gain(evaluated: pd.DataFrame) -> Estimate | None:
    """Return what the model gains on the market once its log odds are stretched as earlier seasons say.

    Parameters
    ----------
    evaluated : DataFrame
        Of a walk; the first two seasons only teach.

    Returns
    -------
    Estimate or None
        The market's Brier score less the recalibrated model's, clustered by week; None with fewer than three seasons.
    """
    games = evaluated[(evaluated["target"] == "win") & evaluated[["model", "market", "outcome"]].notna().all(axis=1)]
    seasons = sorted({int(s) for s in games["season"]})
    if len(seasons) < 3:
        return None
    parts = []
    for season in seasons[2:]:
        earlier, now = games[games["season"] < season], games[games["season"] == season]
        slope = odds_slope(earlier["model"].to_numpy(np.float64), earlier["outcome"].to_numpy(np.float64))
        parts.append(now.assign(stretched=expit(slope * logit(now["model"].to_numpy(np.float64)))))
    scored = pd.concat(parts)
    gain = brier(scored["market"], scored["outcome"]) - brier(scored["stretched"], scored["outcome"])
    return clustered_mean(gain, weeks_of(scored))


def odds_slope(said: _Floats, happened: _Floats) -> float:
    """Return the factor on the log odds that makes what happened likeliest; above 1, the forecasts were too timid.

    Examples
    --------
    Said 60 %, happened 80 %: the log odds want a factor of log(4) / log(1.5).

    >>> round(odds_slope(np.full(10, 0.6), np.array([1.0] * 8 + [0.0] * 2)), 2)
    3.42
    """
    odds = logit(np.clip(said, 1e-6, 1 - 1e-6))

    def loss(slope: float) -> float:
        return float(-(happened * log_expit(slope * odds) + (1 - happened) * log_expit(-slope * odds)).sum())

    return float(minimize_scalar(loss, bounds=(0.1, 10.0), method="bounded").x)
