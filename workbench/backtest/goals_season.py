"""A season of matches walked batch by batch: strengths refitted at every decision, tuned anew when a trigger fires."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.backtest.retraining import Trigger
from workbench.backtest.season import PlannedWeek, SeasonWalk, walk_season
from workbench.clock import RESULT_LAG, AsOf, Week, uk_batch_instants
from workbench.decision.goals_model import GoalsModel
from workbench.decision.policy import Policy
from workbench.decision.three_way_scores import match_forecasts, match_scores
from workbench.goals.dixon_coles import Memory
from workbench.store.ledger import Ledger

_Floats = NDArray[np.float64]
#: A result is looked at this long after it became known, as a person would.
_AFTER = pd.Timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a batch was decided with."""

    memory: Memory
    weight: float


@dataclass(frozen=True, slots=True)
class GoalsWalk:
    """A season walked with a trigger watching.

    Attributes
    ----------
    walk : SeasonWalk
    tunings : mapping of int to Tuning
        By batch: what it was decided with.
    watched : DataFrame
        One row a batch: season, week, as_of, matches (since the season began or the last firing), excess (rolling Brier
        of the model less the market's; null while there are too few), fired, half_life_days, spread, weight.
    """

    walk: SeasonWalk
    tunings: Mapping[int, Tuning]
    watched: pd.DataFrame


def planned_batches(games: pd.DataFrame, *, season: int, batches: Sequence[int] = ()) -> list[PlannedWeek]:
    """Return a season's batches in order of time: when each is decided, and when its last result is known.

    Parameters
    ----------
    games : DataFrame
        The fact table.
    season : int
    batches : sequence of int
        Only these; empty: all.
    """
    mine = games[games["season"] == season]
    mine = mine.assign(instant=uk_batch_instants(mine["kickoff_utc"]))
    wanted = mine[mine["week"].isin(list(batches))] if batches else mine
    return [
        PlannedWeek(
            Week(season, int(str(week))), rows["instant"].min(), rows["kickoff_utc"].max() + RESULT_LAG + _AFTER
        )
        for week, rows in wanted.groupby("week", sort=True)
    ]


def walk_goals_season(
    at: Callable[[pd.Timestamp], AsOf],
    *,
    plan: Sequence[PlannedWeek],
    tuning: Tuning,
    retune: Callable[[pd.Timestamp], Tuning],
    trigger: Trigger,
    policy: Policy,
    ledger: Ledger,
    league: str,
    account: str,
    seed: int,
) -> GoalsWalk:
    """Walk batches in order with the goals model alone; after each, ask the trigger with the results known by then.

    Parameters
    ----------
    at : callable
        From an instant to the view of what was known then.
    plan : sequence of PlannedWeek
    tuning : Tuning
        What the season begins with.
    retune : callable
        From an instant to the tuning chosen anew on what was known then.
    trigger : Trigger
    policy, ledger, league, account, seed
        As `workbench.backtest.season.walk_season` takes them.
    """
    parts: list[SeasonWalk] = []
    rows: list[dict[str, object]] = []
    tunings: dict[int, Tuning] = {}
    since, now = pd.Timestamp(0, tz="UTC"), tuning
    for planned in plan:
        excess = _known_excess(parts, at(planned.instant), since=since)
        fired = trigger.fires(excess)
        if fired:
            now, since = retune(planned.instant), planned.instant
        tunings[planned.week.week] = now
        rows.append(_watched(planned, excess, trigger=trigger, fired=fired, tuning=now))
        model = GoalsModel(now.memory, overround_method=policy.overround_method)
        parts.append(
            walk_season(
                at, plan=[planned], model_at=_always(model), policy=policy, ledger=ledger, league=league,
                account=account, seed=seed,
            )
        )  # fmt: skip
    return GoalsWalk(SeasonWalk.joined(parts), tunings, pd.DataFrame(rows))


def walk_informed_season(
    at: Callable[[pd.Timestamp], AsOf],
    *,
    plan: Sequence[PlannedWeek],
    tunings: Mapping[int, Tuning],
    policy: Policy,
    ledger: Ledger,
    league: str,
    account: str,
    seed: int,
) -> SeasonWalk:
    """Walk the same batches with goals and prices pooled, tuned as the goals model was at each."""
    parts = []
    for planned in plan:
        own = tunings[planned.week.week]
        model = GoalsModel(own.memory, own.weight, overround_method=policy.overround_method)
        parts.append(
            walk_season(
                at, plan=[planned], model_at=_always(model), policy=policy, ledger=ledger, league=league,
                account=account, seed=seed,
            )
        )  # fmt: skip
    return SeasonWalk.joined(parts)


def _always(model: GoalsModel) -> Callable[[pd.Timestamp], GoalsModel]:
    return lambda instant: model


def _known_excess(parts: Sequence[SeasonWalk], view: AsOf, *, since: pd.Timestamp) -> _Floats:
    """Return the model's Brier score less the market's of matches kicked off since an instant and known to the view."""
    if not parts:
        return np.empty(0)
    walked = SeasonWalk.joined(parts)
    matches = match_forecasts(walked.evaluated, forecasters=("model", "market"))
    kickoffs = walked.forecasts.set_index("game_id")["kickoff_utc"]
    kickoff = matches["game_id"].map(kickoffs)
    known = matches["game_id"].isin(view.table("results")["game_id"]) & (kickoff >= since)
    ordered = matches.assign(kickoff=kickoff)[known].sort_values(["kickoff", "game_id"], kind="stable")
    scores = match_scores(ordered, forecasters=("model", "market"))
    return (scores["brier_model"] - scores["brier_market"]).to_numpy(dtype=np.float64)


def _watched(
    planned: PlannedWeek,
    excess: _Floats,
    *,
    trigger: Trigger,
    fired: bool,
    tuning: Tuning,
) -> dict[str, object]:
    return {
        "season": planned.week.season,
        "week": planned.week.week,
        "as_of": planned.instant,
        "matches": len(excess),
        "excess": trigger.rolling(excess),
        "fired": fired,
        "half_life_days": tuning.memory.half_life_days,
        "spread": tuning.memory.spread,
        "weight": tuning.weight,
    }
