"""Stage 09, rent: which module of the decision earns its keep."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.backtest.rent import RENT_COLUMNS, rent_table, rent_verdicts
from workbench.clock import Week
from workbench.decision.variants import BASELINE, FULL, VARIANTS
from workbench.stages.context import StageRun
from workbench.stages.grade import grading_instant
from workbench.stages.rent_weeks import RENT_DRAWS, variant_weeks, weeks_over

#: The week asks what the full model would lose; what each module adds to the baseline alone is asked by the study.
WEEKLY: Final = tuple(name for name in VARIANTS if name == BASELINE or name.startswith(FULL))
#: How far back the short look goes.
RECENT_WEEKS: Final = 4
SPANS: Final = ("season", "last four weeks")


@dataclass(frozen=True, slots=True)
class Rents:
    """What the rent tests leave and their notebook explains.

    Attributes
    ----------
    as_of : Timestamp
        Results and closes known by then.
    weeks : tuple of Week
        Those compared: of the season, over by then, as far back as the settings look.
    n_draws : int
        Draws a game and variant.
    table : DataFrame
        ``span`` and `backtest.rent.RENT_COLUMNS`.
    verdicts : DataFrame
        ``span, module, against, verdict, because``.
    """

    as_of: pd.Timestamp
    weeks: tuple[Week, ...]
    n_draws: int
    table: pd.DataFrame
    verdicts: pd.DataFrame


def rent_week(run: StageRun) -> Rents:
    """Walk the season's weeks by every variant, as far as they are not kept, and compare."""
    facts, instant = run.facts(), grading_instant(run)
    over = weeks_over(facts, season=run.week.season, through=run.week.week, by=instant)
    weeks = tuple(over[-run.settings.rent_weeks :])
    n_draws = min(RENT_DRAWS, run.settings.draws)
    if not weeks:
        none = pd.DataFrame(columns=["span", *RENT_COLUMNS])
        return _left(run, Rents(instant, weeks, n_draws, none, _verdicts(none)))
    walked = variant_weeks(
        facts, settings=run.settings, weeks=weeks, names=WEEKLY, decide_at=run.settings.decide_at, n_draws=n_draws
    )
    rng, parts = np.random.default_rng(run.settings.seed), []
    for span, some in zip(SPANS, (weeks, weeks[-RECENT_WEEKS:]), strict=True):
        picks, said = (frame[frame["week"].isin([w.week for w in some])] for frame in (walked.picks, walked.said))
        parts.append(rent_table(picks, said, rng=rng).assign(span=span))
    table = pd.concat(parts, ignore_index=True)[["span", *RENT_COLUMNS]]
    return _left(run, Rents(instant, weeks, n_draws, table, _verdicts(table)))


def _verdicts(table: pd.DataFrame) -> pd.DataFrame:
    columns = ["span", "module", "against", "verdict", "because"]
    parts = [rent_verdicts(part).assign(span=span) for span, part in table.groupby("span", sort=False)]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _left(run: StageRun, rents: Rents) -> Rents:
    run.save_table("rent.parquet", rents.table)
    run.save_table("verdicts.parquet", rents.verdicts)
    return rents
