"""How many bets until we know: what it takes to tell return and closing line value from nothing."""

from typing import Final

import numpy as np
import pandas as pd

from workbench.decision.clustered import weeks_of
from workbench.decision.returns import settled_bets
from workbench.intervals import Estimate, clustered_mean
from workbench.risk.returns import bets_needed

KNOWN_COLUMNS: Final = (
    "measure", "effect", "low", "high", "standard_deviation", "bets", "weeks", "bets_a_week", "weeks_a_season",
    "bets_needed", "weeks_needed", "seasons_needed", "fewest_bets", "most_bets", "verdict",
)  # fmt: skip


def bets_until_known(bets: pd.DataFrame, *, power: float = 0.8, level: float = 0.95) -> pd.DataFrame:
    """Return how many bets tell each measure from zero, at the effect and spread observed.

    Parameters
    ----------
    bets : DataFrame
        Graded bets.
    power, level : float
        Of a two-sided test.

    Returns
    -------
    DataFrame
        `KNOWN_COLUMNS`, a row each for ``flat_roi`` (profit a unit staked), ``clv_points`` and ``clv_prob``.
        ``standard_deviation`` is that of one bet among independent ones that would be as uncertain as ours, which share
        the luck of a week. ``fewest_bets`` and ``most_bets`` take the ends of the effect's own interval: the number
        is as uncertain as the effect. ``verdict``: ``known``, ``not yet known``, or ``never at this effect``
        (the effect is none or negative: no number of bets would show a gain; numbers are then infinite).
    """
    kept = settled_bets(bets)
    fresh = kept[kept["headline"].astype(bool)]
    seasons = max(int(kept["season"].nunique()), 1)
    measured = {
        "flat_roi": kept.assign(_value=kept["flat_profit"]),
        "clv_points": fresh.assign(_value=fresh["clv_points"]),
        "clv_prob": fresh.assign(_value=fresh["clv_prob"]),
    }
    rows = []
    for name, part in measured.items():
        part = part[part["_value"].notna()]
        found = clustered_mean(part["_value"], weeks_of(part), level=level)
        rows.append(_row(name, found, seasons=seasons, power=power, level=level))
    return pd.DataFrame(rows, columns=list(KNOWN_COLUMNS))


def _row(name: str, found: Estimate, *, seasons: int, power: float, level: float) -> dict[str, object]:
    spread = found.standard_error * np.sqrt(found.n)
    needed, fewest, most = (
        bets_needed(effect, standard_deviation=spread, power=power, level=level)
        for effect in (found.value, found.high, found.low)
    )
    rate = found.n / found.clusters if found.clusters else np.nan
    told = "never at this effect" if needed == np.inf else "known" if found.low > 0 else "not yet known"
    return {
        "measure": name,
        "effect": found.value,
        "low": found.low,
        "high": found.high,
        "standard_deviation": spread,
        "bets": found.n,
        "weeks": found.clusters,
        "bets_a_week": rate,
        "weeks_a_season": found.clusters / seasons,
        "bets_needed": needed,
        "weeks_needed": needed / rate,
        "seasons_needed": needed / rate / (found.clusters / seasons) if found.clusters else np.nan,
        "fewest_bets": fewest,
        "most_bets": most,
        "verdict": told if np.isfinite(found.value) and np.isfinite(spread) else "too few to tell",
    }
