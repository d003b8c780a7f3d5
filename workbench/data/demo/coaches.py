"""Head coaches and mid-season changes: the worst record goes, and nothing else changes (the planted effect is nil)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.demo.keys import COACHES, FIRINGS, stream
from workbench.data.demo.names import CODES, TEAMS, people
from workbench.data.demo.squads import WEEKS

#: After these weeks an owner looks at the table, and acts at this rate.
REVIEW_WEEKS: Final = (6, 9)
FIRING_RATE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Benches:
    """Who coaches: ``names`` of shape (n_seasons, WEEKS, TEAMS), and the changes as a frame of truth."""

    names: NDArray[np.object_]
    changes: pd.DataFrame


def build_benches(seed: int, *, seasons: tuple[int, ...], results: pd.DataFrame) -> Benches:
    """Return the coaches, given the results so far.

    Parameters
    ----------
    results : DataFrame
        All regular games: season, week, home, away (numbers), margin (nan where not played).

    Notes
    -----
    The team dismissed is the one with the worst mean margin to date, so its luck was worse than its strength and
    what follows looks like an improvement: regression to the mean, with no effect of the change.
    """
    pool = people(seed, purpose=COACHES, count=TEAMS + len(seasons) * 8)
    names = np.empty((len(seasons), WEEKS, TEAMS), dtype=object)
    bench, hired, rows = list(pool[:TEAMS]), TEAMS, []
    for index, season in enumerate(seasons):
        rng = stream(seed, FIRINGS, season)
        hired = TEAMS + index * 8
        for team in np.flatnonzero(rng.random(TEAMS) < (0.12 if index else 0.0))[:4]:
            bench[team], hired = pool[hired], hired + 1
        acts = rng.random(len(REVIEW_WEEKS)) < FIRING_RATE
        gone: set[int] = set()
        for week in range(1, WEEKS + 1):
            names[index, week - 1] = bench
            if week in REVIEW_WEEKS and acts[REVIEW_WEEKS.index(week)]:
                worst = _worst(results[(results["season"] == season) & (results["week"] <= week)], gone=gone)
                if worst is not None:
                    gone.add(worst)
                    bench[worst], hired = pool[hired], hired + 1
                    rows.append((season, CODES[worst], week + 1, bench[worst]))
    return Benches(names=names, changes=pd.DataFrame(rows, columns=["season", "team", "first_week", "coach"]))


def _worst(results: pd.DataFrame, *, gone: set[int]) -> int | None:
    if results.empty or results["margin"].isna().any():
        return None  # an owner looks at a finished week
    teams = np.r_[results["home"], results["away"]].astype(np.int64)
    margins = np.r_[results["margin"], -results["margin"]].astype(np.float64)
    mean = np.bincount(teams, margins, TEAMS) / np.maximum(np.bincount(teams, minlength=TEAMS), 1)
    mean[list(gone)] = np.inf
    return int(np.argmin(mean))
