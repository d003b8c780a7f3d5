"""What a team's day adds to its expected rate: a latent effect a game, averaged out of the outcome table.

A team that leads late is mostly having a good day. Were the day left out, its drives would teach the table that leading
makes teams score, and the draws would run away. The EM algorithm [1]_ weighs, for each game, a grid of days by how well
they explain its drives, and refits the table on the drives so weighted.

References
----------
.. [1] Dempster, Laird & Rubin (1977), doi:10.1111/j.2517-6161.1977.tb01600.x
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.simulate import states as s
from workbench.simulate.outcomes import outcome_table

Floats = NDArray[np.float64]

#: Days: how far the home team's rate is above, and the away team's below, what was expected.
_DAYS: Final = np.linspace(-0.75, 0.75, 7)
#: Standard deviation of days. EM estimates of it crawl (the table soaks up what days leave) and lay between .23 and
#: .28 on drives of 2019-2024, so it is set; the draws' own variation is matched to real scatter in ``response``.
DAY_SD: Final = 0.25
_ROUNDS: Final = 2


def table_without_days(drives: pd.DataFrame, *, exponents: Floats) -> Floats:
    """Return the outcome table of an average team on an average day.

    Parameters
    ----------
    drives : DataFrame
        Prepared drives with ``rate``.
    exponents : ndarray, shape (n_outcomes,)
    """
    games = pd.factorize(drives["game_id"])[0]
    side = np.where(drives["is_home"].to_numpy(dtype=bool), 1.0, -1.0)
    rates = drives["rate"].to_numpy()[:, None] + side[:, None] * _DAYS
    table = outcome_table(drives, exponents=exponents)
    for _ in range(_ROUNDS):
        beliefs = _beliefs(_log_likelihood(drives, table, rates, exponents), games, -0.5 * np.square(_DAYS / DAY_SD))
        table = outcome_table(drives, exponents=exponents, rates=rates, beliefs=beliefs[games])
    return table


def _log_likelihood(drives: pd.DataFrame, table: Floats, rates: Floats, exponents: Floats) -> Floats:
    """Return the log probability of each drive's outcome under each day, shape (n_drives, n_days)."""
    base = table[drives["cell"].to_numpy(), drives["zone"].to_numpy()]
    code = drives["outcome_code"].to_numpy()
    total = np.zeros_like(rates)
    for k in range(s.N_OUTCOMES):
        total += base[:, [k]] * np.exp(exponents[k] * rates)
    chosen = np.log(base[np.arange(len(code)), code])[:, None] + exponents[code][:, None] * rates
    likelihood: Floats = chosen - np.log(total)
    return likelihood


def _beliefs(log_likelihood: Floats, games: NDArray[np.int64], log_prior: Floats) -> Floats:
    summed = np.stack([np.bincount(games, weights=column) for column in log_likelihood.T], axis=1) + log_prior
    weights = np.exp(summed - summed.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]
