"""One week decided by every variant of the model from the same view, and graded together.

No account: each variant decides with the policy's bankroll at the start of the ledger, because what is asked is what a
module does to prices, not what earlier luck left to stake.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.backtest.season import PlannedWeek
from workbench.backtest.walk import grade_week
from workbench.clock import AsOf
from workbench.decision.decide import decide
from workbench.decision.policy import Policy
from workbench.decision.slip import Slip
from workbench.decision.variants import FULL, VARIANTS, variant_of
from workbench.decision.week_model import WeekModel

#: The common rule: so many of the largest edges a week, whatever the filter would say.
TOP_EDGES: Final = 10
PICK_COLUMNS: Final = (
    "variant", "game_id", "season", "week", "market", "side", "source", "line", "edge_ev", "edge_points", "bet", "top",
    "clv_points", "clv_prob", "headline", "outcome",
)  # fmt: skip
SAID_COLUMNS: Final = ("game_id", "season", "week", "game_type", "target", "market", "close", "outcome")


@dataclass(frozen=True, slots=True)
class VariantWeeks:
    """What variants said and picked on the same games.

    Attributes
    ----------
    picks : DataFrame
        `PICK_COLUMNS`: one row a variant and pick. ``bet``: it passed gates and filter; ``top``: it is among the
        week's ten largest edges of spreads and totals.
    said : DataFrame
        `SAID_COLUMNS` and a column a variant: its probability of the event of each game and target.
    """

    picks: pd.DataFrame
    said: pd.DataFrame

    @classmethod
    def joined(cls, parts: Sequence["VariantWeeks"]) -> "VariantWeeks":
        """Return several weeks as one."""
        frames = ([p.picks for p in parts], [p.said for p in parts])
        picks, said = (pd.concat([f for f in some if len(f)] or some[:1], ignore_index=True) for some in frames)
        return cls(picks, said)


class OnceView:
    """A view that reads each table once, however many variants ask (implements ``clock.AsOf``)."""

    def __init__(self, view: AsOf) -> None:
        self._view = view
        self._read: dict[tuple[object, ...], pd.DataFrame] = {}

    @property
    def instant(self) -> pd.Timestamp:
        """The instant of the view."""
        return self._view.instant

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, seasons: Sequence[int] | None = None
    ) -> pd.DataFrame:
        """Return the view's rows, read at the first asking; a caller may change its copy."""
        asked = (name, None if columns is None else tuple(columns), None if seasons is None else tuple(seasons))
        if asked not in self._read:
            self._read[asked] = self._view.table(name, columns=columns, seasons=seasons)
        return self._read[asked].copy()

    def has(self, name: str) -> bool:
        """Whether the fact table exists."""
        return self._view.has(name)

    def earlier(self, instant: pd.Timestamp) -> AsOf:
        """Return the view as of an earlier instant."""
        return self._view.earlier(instant)


def walk_variants(
    at: Callable[[pd.Timestamp], AsOf],
    *,
    planned: PlannedWeek,
    model: WeekModel,
    policy: Policy,
    names: Sequence[str] = tuple(VARIANTS),
) -> VariantWeeks:
    """Decide a week by each variant and grade them together.

    Parameters
    ----------
    at : callable
        From an instant to the view of what was known then.
    planned : PlannedWeek
    model : WeekModel
        As decided on at the week's instant.
    policy : Policy
    names : sequence of str
        Of `decision.variants.VARIANTS`; the model itself is always among them.
    """
    view, known = OnceView(at(planned.instant)), OnceView(at(planned.known_by))
    slips = {
        name: decide(view, model=variant_of(model, name), policy=policy, week=planned.week, bankroll=policy.bankroll)
        for name in dict.fromkeys((FULL, *names))
    }
    candidates = pd.concat([picked(slip).assign(variant=name) for name, slip in slips.items()], ignore_index=True)
    whole = slips[FULL]
    graded = grade_week(known, candidates, whole.prices, forecasts=whole.forecasts, policy=policy)
    return VariantWeeks(graded.grades[list(PICK_COLUMNS)], _beside(graded.evaluated, slips))


def picked(slip: Slip, *, n_top: int = TOP_EDGES) -> pd.DataFrame:
    """Return the bets of a slip and its largest edges, each marked; an edge not bet is graded with one unit."""
    prices, policy = slip.prices, slip.policy
    sane = prices["market"].isin(["spread", "total"]) & (prices["edge_points"].abs() <= policy.sanity_edge_points)
    ordered = prices[sane & (prices["edge_ev"] > -np.inf)].sort_values(
        ["edge_ev", "game_id", "market", "side"], ascending=[False, True, True, True], kind="stable"
    )
    best = ordered.drop_duplicates(["game_id", "market"]).head(n_top).index
    marked = prices.assign(bet=prices["stake_units"] > 0, top=prices.index.isin(best))
    chosen = marked[marked["bet"] | marked["top"]]
    return chosen.assign(
        stake_units=chosen["stake_units"].where(chosen["bet"], 1.0), status=chosen["status"].replace("", "shadow")
    )


def said(slip: Slip) -> pd.DataFrame:
    """Return ``game_id, target, model``: the model's probabilities that ``decision.evaluation`` scores."""
    plus = slip.prices[slip.prices["side"].isin(["home", "over"]) & slip.prices["market"].isin(["spread", "total"])]
    at_stake = (plus["win"] + plus["lose"]).where(lambda share: share > 0)
    lines = pd.DataFrame({"game_id": plus["game_id"], "target": plus["market"], "model": plus["win"] / at_stake})
    games = slip.forecasts
    wins = pd.DataFrame({"game_id": games["game_id"], "target": "win", "model": games["home_win"] + 0.5 * games["tie"]})
    return pd.concat([lines, wins], ignore_index=True)


def _beside(evaluated: pd.DataFrame, slips: Mapping[str, Slip]) -> pd.DataFrame:
    """Lay what each variant said beside market, close and outcome."""
    out = evaluated[list(SAID_COLUMNS)]
    for name, slip in slips.items():
        own = said(slip).rename(columns={"model": name})
        out = out.merge(own, on=["game_id", "target"], how="left", validate="one_to_one")
    return out
