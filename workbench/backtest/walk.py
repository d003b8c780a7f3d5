"""One week walked: decided as of its instant with what was known then, settled and graded with what was known later.

The live week does the same in two stages; both call ``decision.decide`` and ``grade_week``, so that a week replayed is
the week as played.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from workbench.clock import AsOf, Week
from workbench.decision.decide import decide
from workbench.decision.evaluation import evaluations
from workbench.decision.grade import grade
from workbench.decision.history import known_key_numbers
from workbench.decision.model import Model
from workbench.decision.policy import Controls, Policy
from workbench.decision.quotes import closing_quotes
from workbench.decision.slip import Slip


@dataclass(frozen=True, slots=True)
class GradedWeek:
    """What came of a week.

    Attributes
    ----------
    grades : DataFrame
        One row a bet, from ``decision.grade``; ungraded games wait.
    evaluated : DataFrame
        One row a game and target: model, market and close on the same event, from ``decision.evaluation``.
    """

    grades: pd.DataFrame
    evaluated: pd.DataFrame


@dataclass(frozen=True, slots=True)
class WalkedWeek:
    """A week decided and graded."""

    slip: Slip
    graded: GradedWeek


def walk_week(
    at: Callable[[pd.Timestamp], AsOf],
    *,
    week: Week,
    instant: pd.Timestamp,
    known_by: pd.Timestamp,
    model: Model,
    policy: Policy,
    bankroll: float,
    open_by_game: Mapping[str, float] | None = None,
    controls: Controls | None = None,
) -> WalkedWeek:
    """Decide a week as of its instant and grade it as of a later one.

    Parameters
    ----------
    at : callable
        From an instant to the view of what was known then.
    week : Week
    instant, known_by : Timestamp
        When the week is decided, and as of when it is graded.
    model, policy : Model, Policy
    bankroll : float
        Settled units at the instant.
    open_by_game : mapping of str to float, optional
        Units at stake at the instant, by game.
    controls : Controls, optional
    """
    slip = decide(
        at(instant),
        model=model,
        policy=policy,
        week=week,
        bankroll=bankroll,
        open_stakes=sum((open_by_game or {}).values()),
        open_by_game=open_by_game,
        controls=controls,
    )
    known = at(known_by)
    return WalkedWeek(slip, grade_week(known, slip.bets, slip.prices, forecasts=slip.forecasts, policy=policy))


def grade_week(
    view: AsOf, bets: pd.DataFrame, prices: pd.DataFrame, *, forecasts: pd.DataFrame, policy: Policy
) -> GradedWeek:
    """Settle and grade bets with what a view knows; games not played yet wait.

    Parameters
    ----------
    view : AsOf
        As of now.
    bets : DataFrame
        Rows of a slip or of the ledger's ``weekly_bets``.
    prices, forecasts : DataFrame
        Of the slip: every price looked at and every game forecast, bet or not.
    policy : Policy
    """
    seasons = sorted({int(s) for s in forecasts["season"]} | {int(s) for s in bets["season"]})
    games, results, quotes = (view.table(name, seasons=seasons) for name in ("games", "results", "quotes"))
    closes = closing_quotes(quotes, games, at=view.instant, maximum_age_hours=policy.close_maximum_age_hours)
    numbers = known_key_numbers(view, season=min(seasons, default=0))
    grades = grade(
        bets,
        closes,
        results=results,
        games=games,
        key_numbers=numbers,
        books=policy.books,
        overround_method=policy.overround_method,
    )
    evaluated = evaluations(
        forecasts,
        prices,
        closes=closes,
        results=results,
        key_numbers=numbers,
        overround_method=policy.overround_method,
    )
    return GradedWeek(grades, evaluated)
