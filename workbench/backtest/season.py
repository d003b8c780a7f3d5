"""One season walked week by week, each decided with the account and the model of its own instant.

The account lives in a ledger like the live one: the same functions read it before a decision and write to it after.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import numpy as np
import pandas as pd

from workbench.backtest.account import account_before
from workbench.backtest.walk import WalkedWeek, walk_week
from workbench.clock import AsOf, Week
from workbench.decision.evaluation import score_table
from workbench.decision.model import Model
from workbench.decision.performance import performance_summary
from workbench.decision.policy import Policy
from workbench.store.ledger import Ledger

#: Name of the model in ``model_evaluations``.
MODEL = "week_model"


class PlannedWeek(NamedTuple):
    """A week to walk: when it is decided, and as of when it is graded."""

    week: Week
    instant: pd.Timestamp
    known_by: pd.Timestamp


@dataclass(frozen=True, slots=True)
class SeasonWalk:
    """What came of the weeks walked, one frame each, in the order of the weeks.

    Attributes
    ----------
    bets : DataFrame
        Graded bets (``decision.slip.PRICE_COLUMNS``, ``decision.settle.SETTLED_COLUMNS``,
        ``decision.grade.GRADE_COLUMNS``) with ``as_of`` and ``base_units`` of their slip.
    prices : DataFrame
        Every price looked at, bet or not.
    forecasts : DataFrame
        Every game decided on, ``decision.slip.FORECAST_COLUMNS``.
    evaluated : DataFrame
        Model, market and close on the same events, ``decision.evaluation.EVALUATION_COLUMNS``.
    excluded : DataFrame
        What could not be priced, and why, with ``season, week``.
    weeks : DataFrame
        ``season, week, as_of, slip`` (digest), ``bankroll`` (settled units at the instant), ``n_prices, n_bets``.
    """

    bets: pd.DataFrame
    prices: pd.DataFrame
    forecasts: pd.DataFrame
    evaluated: pd.DataFrame
    excluded: pd.DataFrame
    weeks: pd.DataFrame

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return several walks as one, in the order given."""
        return cls(**{f.name: _stacked([getattr(part, f.name) for part in parts]) for f in fields(cls)})

    def season(self, season: int) -> Self:
        """Return one season's part."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        return type(self)(**{n: part[part["season"] == season].reset_index(drop=True) for n, part in parts.items()})


def walk_season(
    at: Callable[[pd.Timestamp], AsOf],
    *,
    plan: Sequence[PlannedWeek],
    model_at: Callable[[pd.Timestamp], Model],
    policy: Policy,
    ledger: Ledger,
    league: str,
    account: str,
    seed: int,
) -> SeasonWalk:
    """Walk weeks in order; nothing later than a week's instant touches its slip.

    Parameters
    ----------
    at : callable
        From an instant to the view of what was known then.
    plan : sequence of PlannedWeek
        In order of time.
    model_at : callable
        From an instant to the model a decision had then: fitted on earlier seasons only.
    policy : Policy
    ledger : Ledger
        Holds the account before and after each week.
    league, account : str
        Where in the ledger; an account of its own starts with the policy's bankroll.
    seed : int
        For the intervals in the ledger's tables.
    """
    parts = []
    for planned in plan:
        standing = account_before(
            ledger, league=league, policy=policy, week=planned.week, instant=planned.instant, name=account
        )
        walked = walk_week(
            at,
            week=planned.week,
            instant=planned.instant,
            known_by=planned.known_by,
            model=model_at(planned.instant),
            policy=policy,
            bankroll=standing.bankroll,
            open_by_game=standing.open_by_game,
            controls=standing.controls,
        )
        key = f"{account}-{planned.week.label}-{walked.slip.digest[:12]}"
        record_week(
            ledger,
            walked,
            league=league,
            policy=policy,
            run_key=key,
            graded_at=planned.known_by,
            seed=seed,
            name=account,
        )
        parts.append(_frames(walked, bankroll=standing.bankroll))
    return SeasonWalk.joined(parts)


def record_week(
    ledger: Ledger,
    walked: WalkedWeek,
    *,
    league: str,
    policy: Policy,
    run_key: str,
    graded_at: pd.Timestamp,
    seed: int,
    name: str = "",
) -> None:
    """Write a walked week into the ledger as the live stages do: slip, grades, scores, performance to date."""
    account, week = name or policy.name, walked.slip.week
    rng = np.random.default_rng(seed)
    scores = score_table(walked.graded.evaluated, rng=rng)
    ledger.record_slip(walked.slip, league=league, policy=account, run_key=run_key)
    ledger.record_grades(
        walked.graded.grades, league=league, policy=account, initial_units=policy.bankroll, graded_at=graded_at
    )
    if len(scores):
        ledger.record_evaluations(scores, league=league, model=MODEL, week=week)
    bets = ledger.bets(league=league, policy=account)
    season = bets[(bets["season"] == week.season) & (bets["week"] <= week.week)]
    ledger.record_performance(
        performance_summary(season, rng=rng), league=league, policy=account, week=week, span="season"
    )


def _frames(walked: WalkedWeek, *, bankroll: float) -> SeasonWalk:
    slip = walked.slip
    stamp = {"season": slip.week.season, "week": slip.week.week, "as_of": slip.as_of}
    told = {"slip": slip.digest, "bankroll": bankroll, "n_prices": len(slip.prices), "n_bets": len(slip.bets)}
    return SeasonWalk(
        bets=walked.graded.grades.assign(as_of=slip.as_of, base_units=slip.base_units),
        prices=slip.prices.assign(as_of=slip.as_of),
        forecasts=slip.forecasts,
        evaluated=walked.graded.evaluated,
        excluded=slip.excluded.assign(season=slip.week.season, week=slip.week.week),
        weeks=pd.DataFrame([stamp | told]),
    )


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return frames below each other; empty ones lend their columns only where all are."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]
