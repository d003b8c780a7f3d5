"""Stage 08, grade: whether we were right, and whether the price was good."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from workbench.backtest.walk import GradedWeek, grade_week
from workbench.clock import Week, utc
from workbench.decision.evaluation import score_table
from workbench.decision.performance import ClvAlert, clv_alert, performance_summary
from workbench.decision.policy import Policy
from workbench.stages.bookkeeping import MODEL, stage_ledger, stage_policy
from workbench.stages.context import StageRun, week_over
from workbench.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Graded:
    """What grading leaves and its notebook explains.

    Attributes
    ----------
    as_of : Timestamp
        Results and closes known by then.
    week : GradedWeek
        The week's bets and its forecasts against what happened.
    season : DataFrame
        Graded bets of record of the season to date, this week included.
    scores : DataFrame
        Brier and log loss of model, market and close by target, this week.
    history : DataFrame
        The same, by week, for the season to date as the ledger holds it.
    performance : DataFrame
        group, measure, value, low, high, n: the season to date.
    alert : ClvAlert
    n_waiting : int
        Bets whose games are not over.
    """

    as_of: pd.Timestamp
    week: GradedWeek
    season: pd.DataFrame
    scores: pd.DataFrame
    history: pd.DataFrame
    performance: pd.DataFrame
    alert: ClvAlert
    n_waiting: int


def graded_week(run: StageRun) -> Graded:
    """Settle and grade the slip of record, score the forecasts, and write both to the ledger."""
    facts = run.facts()
    instant = grading_instant(run)
    view = facts.as_of(instant)
    policy = stage_policy(run.settings)
    prices, forecasts = (run.read_table("06_simulate", f"{n}.parquet") for n in ("prices", "forecasts"))
    ledger = stage_ledger(run.settings)
    try:
        bets = ledger.bets(league=run.settings.league, policy=policy.name, week=run.week)
        graded = grade_week(view, bets, prices, forecasts=forecasts, policy=policy)
        rng = np.random.default_rng(run.settings.seed)
        scores = score_table(graded.evaluated, rng=rng)
        season = _recorded(run, ledger, graded, scores=scores, policy=policy, instant=instant)
        performance = performance_summary(season, rng=rng)
        alert = clv_alert(season, week=run.week, rng=rng)
        ledger.record_performance(
            performance, league=run.settings.league, policy=policy.name, week=run.week, span="season"
        )
        history = ledger.table("model_evaluations")
    finally:
        ledger.close()
    history = history[(history["league"] == run.settings.league) & (history["season"] == run.week.season)]
    out = Graded(instant, graded, season, scores, history, performance, alert, _waiting(graded.grades))
    _leave(run, out)
    return out


def grading_instant(run: StageRun) -> pd.Timestamp:
    """Return as of when the week is graded: once all is known, or now if that is earlier."""
    if run.asked_as_of is not None:
        return run.asked_as_of
    return min(utc(datetime.now(UTC).replace(minute=0, second=0, microsecond=0)), week_over(run.facts(), run.week))


def _recorded(
    run: StageRun,
    ledger: Ledger,
    graded: GradedWeek,
    *,
    scores: pd.DataFrame,
    policy: Policy,
    instant: pd.Timestamp,
) -> pd.DataFrame:
    """Write grades and scores; return the season's bets of record up to this week."""
    account = {"league": run.settings.league, "policy": policy.name}
    ledger.record_grades(graded.grades, initial_units=policy.bankroll, graded_at=instant, **account)
    if len(scores):
        ledger.record_evaluations(scores, league=run.settings.league, model=MODEL, week=run.week)
    return season_bets(ledger, week=run.week, **account)


def season_bets(ledger: Ledger, *, week: Week, league: str, policy: str) -> pd.DataFrame:
    """Return the bets of record of the season up to a week."""
    bets = ledger.bets(league=league, policy=policy)
    return bets[(bets["season"] == week.season) & (bets["week"] <= week.week)].reset_index(drop=True)


def _waiting(grades: pd.DataFrame) -> int:
    return int((grades["outcome"] == "waiting").sum())


def _leave(run: StageRun, graded: Graded) -> None:
    # when the ledger was told is no part of the result: a second grading must leave the same bytes
    run.save_table("results.csv", graded.week.grades.drop(columns="graded_at"))
    run.save_table("evaluations.parquet", graded.week.evaluated)
    clv = graded.performance[graded.performance["measure"].isin(["clv_points", "clv_prob", "clv_ev", "beat_the_close"])]
    run.save_json(
        "clv_report.json",
        {"as_of": graded.as_of, "season_to_date": clv, "alert": graded.alert._asdict(), "waiting": graded.n_waiting},
    )
    run.save_json(
        "performance.json",
        {"as_of": graded.as_of, "season_to_date": graded.performance, "week": graded.scores, "by_week": graded.history},
    )
