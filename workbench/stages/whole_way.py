"""The whole way from facts to a slip in one process, as stages 02 and 06 go it: for replays and tests of blindness."""

from collections.abc import Callable

import pandas as pd

from workbench.backtest.account import Account
from workbench.clock import AsOf, Week
from workbench.decision.decide import decide
from workbench.decision.model import Model
from workbench.decision.policy import Controls
from workbench.decision.slip import Slip
from workbench.decision.week_model import WeekModel
from workbench.settings import Settings
from workbench.stages.bookkeeping import stage_policy
from workbench.stages.models import fitted_season


def fitted_week(view: AsOf, *, week: Week, settings: Settings) -> WeekModel:
    """Return the model of a week, from nothing but a view as of its decision."""
    return fitted_season(view, season=week.season, settings=settings).at(view.instant)


def decided_week(view: AsOf, *, week: Week, model: Model, settings: Settings, account: Account | None = None) -> Slip:
    """Decide a week under the settings' policy.

    Parameters
    ----------
    view : AsOf
    week : Week
    model : Model
    settings : Settings
    account : Account, optional
        As it stood at the decision; by default the policy's bankroll, nothing at stake and no gate passed.
    """
    policy = stage_policy(settings)
    standing = account or Account(policy.bankroll, {}, Controls())
    return decide(
        view,
        model=model,
        policy=policy,
        week=week,
        bankroll=standing.bankroll,
        open_stakes=sum(standing.open_by_game.values()),
        open_by_game=standing.open_by_game,
        controls=standing.controls,
    )


def slip_from_facts(
    at: Callable[[pd.Timestamp], AsOf],
    *,
    week: Week,
    instant: pd.Timestamp,
    settings: Settings,
    account: Account | None = None,
) -> Slip:
    """Fit and decide a week from nothing but the view of its instant.

    Parameters
    ----------
    at : callable
        From an instant to the view of what was known then.
    week : Week
    instant : Timestamp
        Of the decision.
    settings : Settings
    account : Account, optional
    """
    view = at(instant)
    model = fitted_week(view, week=week, settings=settings)
    return decided_week(view, week=week, model=model, settings=settings, account=account)
