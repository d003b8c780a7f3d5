"""How often the rent tests' rule errs: verdicts on simulated seasons in which what each module is worth is known."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from workbench.backtest.rent import rent_table, rent_verdicts
from workbench.decision.variants import FULL, Comparison

Floats = NDArray[np.float64]

#: Points: how teams differ, how results scatter, how far opener and close lie from the truth, and the full model.
_STRENGTH, _RESULT, _OPENER, _CLOSE, _MODEL = 6.0, 13.0, 1.8, 1.0, 2.0
GAMES_A_WEEK: Final = 15


def simulated_weeks(
    worth: dict[str, float], *, n_weeks: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return picks and probabilities of a full model and of variants each lacking one module.

    Parameters
    ----------
    worth : dict of str to float
        By module, the standard deviation in points of the error it spares the model. A module worth 0 is noise: the
        variant without it errs as much, but differently, so that neither is better.
    n_weeks : int
    rng : Generator

    Returns
    -------
    tuple of DataFrame
        As `backtest.rent_walk.VariantWeeks` has them, one target.
    """
    n = n_weeks * GAMES_A_WEEK
    truth, own = rng.normal(0, _STRENGTH, n), rng.normal(0, _MODEL, n)
    opener, close = truth + rng.normal(0, _OPENER, n), truth + rng.normal(0, _CLOSE, n)
    margin = truth + rng.normal(0, _RESULT, n)
    said = pd.DataFrame(
        {
            "game_id": [f"g{i}" for i in range(n)],
            "season": 2024,
            "week": np.repeat(np.arange(1, n_weeks + 1), GAMES_A_WEEK),
            "target": "win",
            "outcome": (margin > 0).astype(float),
        }
    )
    picks = []
    for name, error in _errors(own, worth, rng=rng).items():
        mean = 0.5 * (truth + error) + 0.5 * opener
        said[name] = ndtr(mean / _RESULT)
        edge = mean - opener
        graded = said[["game_id", "season", "week"]].assign(
            variant=name, size=np.abs(edge), clv_points=np.sign(edge) * (close - opener), headline=True, top=True
        )
        top = graded.sort_values("size", ascending=False).groupby("week", sort=True).head(10)
        picks.append(top.assign(bet=top["size"] > 1.0))
    return pd.concat(picks, ignore_index=True), said


def _errors(own: Floats, worth: dict[str, float], *, rng: np.random.Generator) -> dict[str, Floats]:
    """Return the error of the full model and of each variant; the latter's is as large or larger."""
    out = {FULL: own}
    for module, points in worth.items():
        fresh = rng.normal(0, 1, len(own))
        # turned by an angle, an error keeps its size: what is lost is nothing, what differs is luck
        turned = np.sqrt(1 - 0.3**2) * own + 0.3 * _MODEL * fresh
        out[f"without {module}"] = own + points * fresh if points else turned
    return out


def verdict_rates(
    worth: dict[str, float], *, n_simulations: int, n_weeks: int, rng: np.random.Generator, resamples: int = 1_000
) -> pd.DataFrame:
    """Return how often each module gets each verdict.

    Returns
    -------
    DataFrame
        ``module, worth, verdict, share, n``: every verdict of every module, those never given with share 0.
    """
    pairs = [Comparison(module, FULL, FULL, f"without {module}") for module in worth]
    given = []
    for _ in range(n_simulations):
        picks, said = simulated_weeks(worth, n_weeks=n_weeks, rng=rng)
        table = rent_table(picks, said, rng=rng, pairs=pairs, resamples=resamples)
        given.append(rent_verdicts(table)[["module", "verdict"]])
    counts = pd.concat(given).value_counts()
    rows = [
        {"module": module, "worth": points, "verdict": verdict, "n": n_simulations,
         "share": counts.get((module, verdict), 0) / n_simulations}
        for module, points in worth.items() for verdict in ("pays", "unclear", "does not pay")
    ]  # fmt: skip
    return pd.DataFrame(rows)
