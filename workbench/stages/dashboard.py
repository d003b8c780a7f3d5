"""Stage 11, dashboard: where we stand this season."""

from dataclasses import dataclass

import pandas as pd

from workbench.decision.policy import Policy
from workbench.stages.bookkeeping import stage_ledger, stage_policy
from workbench.stages.context import StageRun
from workbench.stages.grade import grading_instant, season_bets


@dataclass(frozen=True, slots=True)
class Standing:
    """The season to date.

    Attributes
    ----------
    as_of : Timestamp
    bets : DataFrame
        Bets of record, graded where their games are over.
    bankroll : DataFrame
        One row a week: opening, staked, profit, closing units, bets, settled.
    scores : DataFrame
        Brier and log loss of model, market and close by week and target.
    performance : DataFrame
        group, measure, value, low, high, n, as the grade stage left them.
    policy : Policy
    """

    as_of: pd.Timestamp
    bets: pd.DataFrame
    bankroll: pd.DataFrame
    scores: pd.DataFrame
    performance: pd.DataFrame
    policy: Policy


def season_standing(run: StageRun) -> Standing:
    """Read the season to date from the ledger."""
    policy = stage_policy(run.settings)
    league = run.settings.league
    ledger = stage_ledger(run.settings)
    try:
        bets = season_bets(ledger, week=run.week, league=league, policy=policy.name)
        history, scores = ledger.table("bankroll_history"), ledger.table("model_evaluations")
    finally:
        ledger.close()
    performance = pd.DataFrame(run.read_json("08_grade_and_clv", "performance.json")["season_to_date"])
    history = history[(history["policy"] == policy.name) & _of_season(history, run)]
    return Standing(
        as_of=grading_instant(run),
        bets=bets,
        bankroll=history.reset_index(drop=True),
        scores=scores[_of_season(scores, run)].reset_index(drop=True),
        performance=performance,
        policy=policy,
    )


def _of_season(rows: pd.DataFrame, run: StageRun) -> "pd.Series[bool]":
    return (
        (rows["league"] == run.settings.league) & (rows["season"] == run.week.season) & (rows["week"] <= run.week.week)
    )
