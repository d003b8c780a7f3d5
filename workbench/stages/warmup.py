"""The weeks before: replayed once, so that the gate and the bankroll have a history.

A replayed week is decided as of its own instant by the same ``decide``; its bets are shadow bets of record, marked by
their run key. A week that was played live is left as it was played.
"""

from dataclasses import dataclass

import pandas as pd

from workbench.backtest.account import account_before
from workbench.backtest.season import record_week
from workbench.backtest.walk import WalkedWeek, walk_week
from workbench.clock import Week
from workbench.decision.policy import Policy
from workbench.stages.bookkeeping import WARMUP
from workbench.stages.context import StageRun, week_instant, week_over
from workbench.stages.models import SeasonModel
from workbench.store.ledger import Ledger
from workbench.store.tables import FactStore


@dataclass(frozen=True, slots=True)
class WarmUp:
    """What the warm-up did: the weeks replayed now, and those that already stood in the ledger."""

    replayed: tuple[Week, ...]
    on_record: tuple[Week, ...]


def warm_up(
    run: StageRun,
    *,
    facts: FactStore,
    instant: pd.Timestamp,
    model: SeasonModel,
    policy: Policy,
    ledger: Ledger,
) -> WarmUp:
    """Replay the weeks before this one that the ledger does not hold yet, oldest first.

    Only weeks of the same season that were over by the decision instant are replayed, each with the model it would
    have had: made from the view of its own instant.
    """
    earlier = weeks_before(facts, run.week, instant=instant, n_weeks=run.settings.warmup)
    audit = ledger.table("audit_trail")
    here = audit[(audit["league"] == run.settings.league) & (audit["policy"] == policy.name)]
    known = set(zip(here["season"], here["week"], strict=True))
    on_record = tuple(w for w in earlier if tuple(w) in known)
    replayed = tuple(w for w in earlier if tuple(w) not in known)
    for week in replayed:
        walked = _walk(run, week, facts=facts, model=model, policy=policy, ledger=ledger)
        _record(run, walked, graded_at=week_over(facts, week), policy=policy, ledger=ledger)
    return WarmUp(replayed, on_record)


def weeks_before(facts: FactStore, week: Week, *, instant: pd.Timestamp, n_weeks: int) -> list[Week]:
    """Return the last weeks of the season that were over at an instant, oldest first."""
    schedule = facts.as_of(instant).table("games", columns=["week"], seasons=[week.season])
    numbers = sorted({int(w) for w in schedule["week"] if w < week.week})[-n_weeks:] if n_weeks else []
    return [Week(week.season, w) for w in numbers if week_over(facts, Week(week.season, w)) <= instant]


def _walk(
    run: StageRun, week: Week, *, facts: FactStore, model: SeasonModel, policy: Policy, ledger: Ledger
) -> WalkedWeek:
    instant = week_instant(facts, week, decide_at=run.settings.decide_at)
    account = account_before(ledger, league=run.settings.league, policy=policy, week=week, instant=instant)
    return walk_week(
        facts.as_of,
        week=week,
        instant=instant,
        known_by=week_over(facts, week),
        model=model.at(instant),
        policy=policy,
        bankroll=account.bankroll,
        open_by_game=account.open_by_game,
        controls=account.controls,
    )


def _record(run: StageRun, walked: WalkedWeek, *, graded_at: pd.Timestamp, policy: Policy, ledger: Ledger) -> None:
    name = f"{WARMUP}{walked.slip.week.label}-{walked.slip.digest[:12]}"
    seed = run.settings.seed
    record_week(ledger, walked, league=run.settings.league, policy=policy, run_key=name, graded_at=graded_at, seed=seed)
