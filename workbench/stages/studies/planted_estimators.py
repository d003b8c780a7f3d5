"""Every estimator on one league with known truth: its estimates beside what was planted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy import stats

from workbench.causal.games.game_design import GameDesign, Inference
from workbench.causal.games.matching import matched_comparison
from workbench.causal.games.ratio import TwoNumbers, two_numbers
from workbench.causal.games.staggered_games import StaggeredDesign
from workbench.causal.panels.aggregation import aggregated
from workbench.causal.panels.fixed_effects import FixedEffectsDiD
from workbench.causal.panels.group_time import group_time_effects
from workbench.causal.panels.imputation import imputed_effects
from workbench.causal.panels.long_panel import LongPanel, long_panel
from workbench.causal.panels.simulated_panel import SimulatedPanel, simulated_panel
from workbench.causal.pool.pooled_grid import grid_pool
from workbench.causal.pool.pooling import Targets, cell_estimates
from workbench.causal.result import Estimate
from workbench.data.demo.panel import PanelLeague
from workbench.features.panels import GAME_COLUMNS, team_week_panel

#: ``aimed``: held to the targets. ``pooled``: shrunk towards others, so held to them over all types alone, for what
#: lies far from the rest pays for it. ``lesson``: known to be wrong here, and shown for that.
Role = Literal["aimed", "pooled", "lesson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One estimate beside its truth.

    Attributes
    ----------
    estimator, shock, outcome : str
    truth, estimate, standard_error, low, high : float
        In the outcome's unit; ends may be infinite.
    p_value : float
        NaN where the estimator has none.
    covered : bool
        Whether the 95 % set holds the truth.
    treated : int
    null : bool
        Nothing was planted.
    role : {"aimed", "pooled", "lesson"}
    """

    estimator: str
    shock: str
    outcome: str
    truth: float
    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float
    covered: bool
    treated: int
    null: bool
    role: Role = "aimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What an estimator is tried on: a league, a stream of its own for panels, and draws of any bootstrap."""

    league: PanelLeague
    rng: np.random.Generator
    draws: int = 999


Estimator = Callable[[Sample], Iterator[Trial]]

#: Shocks whose effect on margin is asked of the games; the fake ones are drawn by lot and do nothing.
MARGIN_SHOCKS: Final = ("bye", "short_rest", "quarterback_out", "player_out", "trade_out", "trade_in")
FAKES: Final = ("fake_week", "fake_change")
_CLOSE_SHOCKS: Final = ("bye", "short_rest", "quarterback_out", "player_out", "fake_change", "coaching_change")
_SKY: Final = ("precipitation", "cold", "windy")
#: What moves totals beside the sky: the column that holds it, by event type.
_ABSENCES: Final = {
    "quarterbacks_out": "quarterback_out", "players_out": "player_out", "traded_out": "trade_out",
    "traded_in": "trade_in",
}  # fmt: skip
#: Units of a long panel, three in ten never treated.
_UNITS: Final = 120
#: Nodes of the pool's grid: coverage needs no fourth decimal.
_NODES: Final = 12


def trial(
    found: Estimate, *, estimator: str, shock: str, outcome: str, truth: float, null: bool | None = None,
    role: Role = "aimed",
) -> Trial:  # fmt: skip
    """Return an estimate as a trial; ``null`` where the truth is exactly zero unless said otherwise."""
    return Trial(
        estimator=estimator, shock=shock, outcome=outcome, truth=truth, estimate=found.value,
        standard_error=found.standard_error, low=found.low, high=found.high, p_value=found.p_value,
        covered=bool(found.low <= truth <= found.high), treated=found.treated,
        null=truth == 0.0 if null is None else null, role=role,
    )  # fmt: skip


def _designed(league: PanelLeague, design: GameDesign, shocks: tuple[str, ...]) -> Iterator[Trial]:
    present = [shock for shock in shocks if league.games[shock].any()]
    for shock, found in design.fit_many(league.games, present).items():
        truth = league.realised(shock, design.outcome)
        yield trial(found, estimator="game design", shock=shock, outcome=design.outcome, truth=truth)


def game_margin(sample: Sample) -> Iterator[Trial]:
    """Yield effects on margin by the game design with team-season strength."""
    design = GameDesign(outcome="margin", treatment="", draws=sample.draws)
    yield from _designed(sample.league, design, (*MARGIN_SHOCKS, *FAKES))


def game_lines(sample: Sample) -> Iterator[Trial]:
    """Yield what the line leaves, by the game design without strengths."""
    design = GameDesign(outcome="margin_vs_close", treatment="", strength="none", draws=sample.draws)
    yield from _designed(sample.league, design, _CLOSE_SHOCKS)
    opener = replace(design, outcome="margin_vs_open")
    yield from _designed(sample.league, opener, ("quarterback_fresh",))


def game_totals(sample: Sample) -> Iterator[Trial]:
    """Yield effects on totals: the sky's, each with the others and absences held, and two that are nothing."""
    league = replace(sample.league, games=sample.league.games.join(_absences(sample.league), on="game_id"))
    league.games[list(_ABSENCES)] = league.games[list(_ABSENCES)].fillna(0.0)
    for shock in (*_SKY, "division", "night"):
        held = (*(other for other in _SKY if other != shock), *_ABSENCES)
        design = GameDesign(outcome="total", treatment="", strength="sum", controls=held, draws=sample.draws)
        yield from _designed(league, design, (shock,))
    against = GameDesign(
        outcome="total_vs_close", treatment="", strength="none", intercept="every_game", draws=sample.draws
    )
    yield from _designed(league, against, ("precipitation", "division", "night"))


def _absences(league: PanelLeague) -> pd.DataFrame:
    """Return, by game, how many events of both teams together move its total.

    Men are missing ever more often as a season goes on, and so do division games and frost come late: unheld, these
    two would be blamed for the quarterbacks.
    """
    kinds = league.exposures["type"]
    counts = pd.crosstab(league.exposures["game_id"], kinds[kinds.isin(_ABSENCES.values())])
    return counts.reindex(columns=list(_ABSENCES.values()), fill_value=0).set_axis(list(_ABSENCES), axis=1)


def few_clusters(sample: Sample) -> Iterator[Trial]:
    """Yield a treatment of few team-seasons by the wild bootstrap and by randomization, in the last three seasons."""
    league = sample.league
    late = league.games[league.games["season"] > league.games["season"].max() - 3].reset_index(drop=True)
    ways: tuple[Inference, ...] = ("wild bootstrap", "randomization")
    for inference in ways:
        design = GameDesign(
            outcome="margin", treatment="fake_change", inference=inference, seed=league.seed, draws=sample.draws
        )
        if late["fake_change"].any():
            yield trial(design.fit(late), estimator=f"game design, {inference}", shock="fake_change", outcome="margin",
                        truth=0.0)  # fmt: skip


def shares(sample: Sample) -> Iterator[Trial]:
    """Yield the share that the line left, by Fieller's set, and by the bootstrap, which is too sure near zero."""
    league = sample.league
    # Later weeks of an absence are no untreated games: they are held, as the first one is asked for.
    later = league.games["quarterback_out"] - league.games["quarterback_fresh"]
    games = league.games.assign(quarterback_later=later)
    asked = (("quarterback_fresh", "margin_vs_open", ("quarterback_later",)), ("bye", "margin_vs_close", ()))
    for shock, left, held in asked:
        design = GameDesign(outcome="margin", treatment=shock, controls=held, draws=sample.draws)
        found = two_numbers(games, treatment=shock, design=design, outcomes=("margin", left))
        truth = league.realised(shock, left) / league.realised(shock, "margin")
        yield _share(found, truth, shock=shock, outcome=f"share of margin left in {left}")
        inside = found.bootstrap_low <= truth <= found.bootstrap_high
        yield replace(
            _share(found, truth, shock=shock, outcome=f"share of margin left in {left}"), estimator="bootstrap share",
            low=found.bootstrap_low, high=found.bootstrap_high, covered=bool(inside), role="lesson",
        )  # fmt: skip


def _share(found: TwoNumbers, truth: float, *, shock: str, outcome: str) -> Trial:
    return Trial(
        estimator="Fieller share", shock=shock, outcome=outcome, truth=truth, estimate=found.share,
        standard_error=float("nan"), low=found.share_low, high=found.share_high, p_value=float("nan"),
        covered=_holds(found, truth), treated=found.effect.treated, null=False,
    )  # fmt: skip


def _holds(found: TwoNumbers, truth: float) -> bool:
    """Whether Fieller's set, of whatever shape, holds a ratio r: |b - r a| within t standard errors of it."""
    gap, v = found.left_after_close.value - truth * found.effect.value, found.covariance
    variance = v[1, 1] - 2 * truth * v[0, 1] + truth**2 * v[0, 0]
    reach = float(stats.t.ppf(0.975, max(found.effect.clusters - 1, 1)))
    return bool(gap**2 <= reach**2 * variance)


def matching(sample: Sample) -> Iterator[Trial]:
    """Yield the coaching change, which does nothing, before and after (naive) and beside like teams."""
    panel = team_week_panel(sample.league.games.reindex(columns=list(GAME_COLUMNS)))
    events = sample.league.changes.rename(columns={"first_week": "week"})
    found = matched_comparison(panel, events, outcome="margin")
    ways: tuple[tuple[str, Estimate, Role], ...] = (
        ("naive before and after", found.naive, "lesson"),
        ("matching", found.matched, "aimed"),
        ("matching, adjusted", found.adjusted, "aimed"),
    )
    for name, estimate, role in ways:
        yield trial(estimate, estimator=name, shock="coaching_change", outcome="margin", truth=0.0, role=role)


def staggered(sample: Sample) -> Iterator[Trial]:
    """Yield absorbing events by imputation on games, strengths shrunk; and unshrunken, which firings fool."""
    league = sample.league
    for shock in ("trade_out", "trade_in", "fake_change", "coaching_change"):
        events = _first_weeks(league, shock)
        points = league.realised(shock, "margin")
        design = StaggeredDesign(outcome="margin", prior="market_rating")
        if len(events) < 3:
            continue
        study = design.fit(league.games, events)
        for when, found in (("games 0 to 3", study.overall), ("later games", study.remaining)):
            if found is not None:
                yield trial(found, estimator=f"staggered games, {when}", shock=shock, outcome="margin", truth=points)
        if shock == "coaching_change":
            plain = replace(design, shrunken=False).fit(league.games, events).overall
            yield trial(plain, estimator="staggered games, unshrunken", shock=shock, outcome="margin", truth=0.0,
                        role="lesson")  # fmt: skip


def _first_weeks(league: PanelLeague, shock: str) -> pd.DataFrame:
    if shock == "coaching_change":
        return league.changes
    rows = league.exposures[league.exposures["type"] == shock]
    firsts = rows[rows["horizon"] == 0]
    return firsts[["season", "team", "week"]].rename(columns={"week": "first_week"})


def long_panels(sample: Sample) -> Iterator[Trial]:
    """Yield staggered panels, growing effects and none, by every estimator that takes a long panel."""
    for null in (False, True):
        made = _long_panel(sample.rng, null=null)
        panel = long_panel(made.rows, unit="unit", time="time", outcome="outcome", cohort="cohort")
        yield from _panel_trials(panel, made, null=null)
        yield from _fixed_effects(made, null=null)


def _long_panel(rng: np.random.Generator, *, null: bool) -> SimulatedPanel:
    if null:
        return simulated_panel(rng, units=_UNITS, effect=0.0, growth=0.0)
    return simulated_panel(rng, units=_UNITS)


def _panel_trials(panel: LongPanel, made: SimulatedPanel, *, null: bool) -> Iterator[Trial]:
    shock = "no effect" if null else "growing effect"
    effects = group_time_effects(panel)
    imputed = imputed_effects(panel)
    by_horizon = aggregated(effects, kind="dynamic").overall
    equal = float(np.mean(list(made.by_horizon.values())))
    for name, found, truth in (
        ("group-time, simple", aggregated(effects, kind="simple").overall, made.overall),
        ("group-time, by horizon", by_horizon, equal),
        ("imputation", imputed.overall, made.overall),
        ("two-stage", imputed.two_stage, made.overall),
    ):
        yield trial(found, estimator=name, shock=shock, outcome="long panel", truth=truth, null=null)


def _fixed_effects(made: SimulatedPanel, *, null: bool) -> Iterator[Trial]:
    """Yield fixed effects where the effect is one number, for which they are meant, and where it grows."""
    on = ((made.rows["cohort"] > 0) & (made.rows["time"] >= made.rows["cohort"])).astype(np.float64)
    design = FixedEffectsDiD(outcome="outcome", treatment="on", unit="unit", time="time")
    if null:
        rows = made.rows.assign(on=on)
        yield trial(design.fit(rows), estimator="fixed effects", shock="no effect", outcome="long panel", truth=0.0)
        one = rows.assign(outcome=rows["outcome"] + on)
        yield trial(design.fit(one), estimator="fixed effects", shock="one effect", outcome="long panel", truth=1.0)
        return
    yield trial(design.fit(made.rows.assign(on=on)), estimator="fixed effects", shock="growing effect",
                outcome="long panel", truth=made.overall, role="lesson")  # fmt: skip


def library_pool(sample: Sample) -> Iterator[Trial]:
    """Yield the effects of types after pooling, as the effect library keeps them."""
    league = sample.league
    shocks = [s for s in MARGIN_SHOCKS if league.games[s].any()]
    fits = GameDesign(outcome="margin", treatment="", inference="cluster").fit_many(league.games, shocks)
    cells = pd.DataFrame({
        "type": shocks, "severity_band": "any", "position": "any", "outcome": "margin",
        "estimate": [fits[s].value for s in shocks], "standard_error": [fits[s].standard_error for s in shocks],
        "n": [fits[s].treated for s in shocks],
    })  # fmt: skip
    read = cell_estimates(cells)
    pooled = grid_pool(read, nodes=_NODES).effects(Targets.of_cells(read))
    for shock, row in zip(shocks, pooled.to_dict("records"), strict=True):
        truth = league.realised(shock, "margin")
        yield Trial(
            estimator="library pool", shock=shock, outcome="margin", truth=truth, estimate=row["effect"],
            standard_error=row["standard_error"], low=row["low"], high=row["high"], p_value=float("nan"),
            covered=bool(row["low"] <= truth <= row["high"]), treated=fits[shock].treated, null=False,
            role="pooled",
        )  # fmt: skip


#: Estimators that take under a fifth of a second a league, each with everything it is asked.
FAST: Final[Mapping[str, Estimator]] = {
    "game_margin": game_margin,
    "game_lines": game_lines,
    "game_totals": game_totals,
    "few_clusters": few_clusters,
    "shares": shares,
    "matching": matching,
    "staggered": staggered,
    "long_panels": long_panels,
    "library_pool": library_pool,
}
