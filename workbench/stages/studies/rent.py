"""The study of rent: which module earns its keep over many seasons, and how often its rule errs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.backtest.rent import PRIMARY, rent_table, rent_verdicts
from workbench.backtest.rent_power import verdict_rates
from workbench.clock import DecisionInstant, Week
from workbench.decision.variants import FULL, MODULES, VARIANTS, comparisons
from workbench.errors import MissingArtifactError
from workbench.stages.rent import WEEKLY
from workbench.stages.rent_weeks import RENT_DRAWS, variant_weeks, weeks_over
from workbench.stages.studies.context import StudyRun

#: Seasons of the past that a forecast is fitted on before the first that is compared.
_LEARNED_FROM: Final = 8
#: Points of error that the planted modules spare the model in the simulated seasons: half are noise.
PLANTED: Final = dict(zip(MODULES, (0.0, 0.0, 0.0, 2.0, 3.5, 5.0), strict=True))
SIMULATED_WEEKS: Final = 18


@dataclass(frozen=True, slots=True)
class RentStudy:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    seasons : tuple of int
    weeks : int
        Compared.
    decide_at : str
    n_draws : int
    table : DataFrame
        `backtest.rent.RENT_COLUMNS`, all weeks together.
    verdicts : DataFrame
        ``module, against, verdict, because``.
    by_season : DataFrame
        ``season`` and the rows that verdicts rest on, each season by itself, against the full model.
    rates : DataFrame
        From `backtest.rent_power.verdict_rates`: how often planted modules and noise get each verdict.
    null_rates : DataFrame
        The same where all six modules are noise.
    """

    seasons: tuple[int, ...]
    weeks: int
    decide_at: str
    n_draws: int
    table: pd.DataFrame
    verdicts: pd.DataFrame
    by_season: pd.DataFrame
    rates: pd.DataFrame
    null_rates: pd.DataFrame


def study_rent(
    run: StudyRun,
    *,
    seasons: Sequence[int] = (),
    decide_at: DecisionInstant = "open",
    added: bool = False,
    n_draws: int = RENT_DRAWS,
    n_simulations: int = 100,
    smoke: bool = False,
) -> RentStudy:
    """Walk seasons by every variant, as far as they are not kept, and compare.

    Parameters
    ----------
    run : StudyRun
    seasons : sequence of int
        Empty: all that have eight seasons before them, or the last.
    decide_at : {"open", "wednesday"}
    added : bool
        Also add each module to the Gaussian baseline alone.
    n_draws, n_simulations : int
    smoke : bool
        Two weeks and few draws, to see that everything runs.

    Raises
    ------
    MissingArtifactError
        If no week of these seasons is over.
    """
    chosen = tuple(seasons) or tuple(run.seasons[_LEARNED_FROM:] or run.seasons[-1:])
    weeks = [w for season in chosen for w in weeks_over(run.facts, season=season, through=99, by=run.as_of)]
    if not weeks:
        raise MissingArtifactError(f"No week of {list(chosen)} is over. Known seasons: {run.seasons}.")
    if smoke:
        weeks, n_draws, n_simulations = weeks[-2:], 200, 3
    names = tuple(VARIANTS) if added else WEEKLY
    walked = variant_weeks(
        run.facts, settings=run.settings, weeks=weeks, names=names, decide_at=decide_at, n_draws=n_draws
    )
    rng = np.random.default_rng(run.settings.seed)
    table = rent_table(walked.picks, walked.said, rng=rng)
    rates, null_rates = (
        verdict_rates(worth, n_simulations=n_simulations, n_weeks=SIMULATED_WEEKS, rng=rng)
        for worth in (PLANTED, dict.fromkeys(MODULES, 0.0))
    )
    return RentStudy(
        seasons=tuple(sorted({w.season for w in weeks})),
        weeks=len(weeks),
        decide_at=decide_at,
        n_draws=n_draws,
        table=table,
        verdicts=rent_verdicts(table),
        by_season=_by_season(walked.picks, walked.said, weeks=weeks, rng=rng),
        rates=rates,
        null_rates=null_rates,
    )


def _by_season(
    picks: pd.DataFrame, said: pd.DataFrame, *, weeks: Sequence[Week], rng: np.random.Generator
) -> pd.DataFrame:
    pairs, parts = [c for c in comparisons() if c.against == FULL], []
    for season in sorted({w.season for w in weeks}):
        own = (frame[frame["season"] == season] for frame in (picks, said))
        parts.append(rent_table(*own, rng=rng, pairs=pairs, resamples=1_000).assign(season=season))
    rows = pd.concat(parts, ignore_index=True)
    return rows[[look in PRIMARY for look in zip(rows["measure"], rows["scope"], strict=True)]].reset_index(drop=True)
