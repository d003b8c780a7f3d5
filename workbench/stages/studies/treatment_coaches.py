"""Coaches replaced in mid-season, asked five ways: naive, matched, adjusted, event study, pooled synthetic control."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.causal.controls.pooled_synthetic import pooled_synthetic
from workbench.causal.games.matching import matched_comparison
from workbench.causal.games.staggered_games import StaggeredDesign
from workbench.causal.panels.honest import Honest
from workbench.causal.panels.long_panel import long_panel
from workbench.causal.panels.pre_trends import PreTrends
from workbench.errors import ValidationError
from workbench.features.panels import team_week_panel
from workbench.shocks.coaches import coaching_events
from workbench.stages.effects.absorbing import absorbing_events
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import question_named
from workbench.stages.studies.did import did_estimates
from workbench.stages.studies.treatment_parts import kept_tables

OUTCOMES: Final = ("margin", "margin_vs_close")
_SPANS: Final = (("weeks 0 to 3", 3), ("all remaining", None))
_WAYS: Final = ("naive", "matched", "adjusted")
_PRIORS: Final = {"margin": "market_rating", "margin_vs_close": ""}
_COVARIATES: Final = ("win_rate", "market_rating", "last4_residual")
#: Games since the change that a pooled synthetic control counts, as the event study's.
_FIRST_GAMES: Final = 4
_FEWEST: Final = 5
_EMPTY: Final = ("source", "outcome", "span", "way", "value", "low", "high")


@dataclass(frozen=True, slots=True)
class Coaches:
    """Coaching changes, every way.

    Attributes
    ----------
    effects : DataFrame
        ``source`` (corrected, derived), ``outcome, span, way`` and the fields of ``Estimate``.
    balance, pairs : DataFrame
        Of the matched comparison, corrected list.
    synthetic : DataFrame
        One row a change: ``unit, group, time, effect, pre_rmspe, donors, percentile``, on the margin.
    plain : DataFrame
        ``outcome, horizon, estimate, standard_error, low, high``: the event study without games' opponents and
        without shrinkage, for its pre-trends and their sensitivity.
    trends : mapping of outcome to PreTrends
        Of the plain event study.
    honest : mapping of outcome to Honest
        How far its trends may differ.
    events : dict of str to int
        Changes by source.
    notes : tuple of str
    """

    effects: pd.DataFrame
    balance: pd.DataFrame
    pairs: pd.DataFrame
    synthetic: pd.DataFrame
    plain: pd.DataFrame
    trends: Mapping[str, PreTrends]
    honest: Mapping[str, Honest]
    events: dict[str, int]
    notes: tuple[str, ...]


def coaching_changes(frames: EffectFrames, *, cache: EstimateCache, seed: int) -> Coaches:
    """Return every estimate of what replacing a coach in mid-season does, from corrected and from derived changes."""
    question = question_named("coaching_change")
    events = {"corrected": absorbing_events(frames, question), "derived": _derived(frames)}
    panel = _panel(frames)
    parts, balance, pairs, synthetic, notes = [], pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), []
    for source, mine in events.items():
        if len(mine) < _FEWEST:
            notes.append(f"Only {len(mine)} changes of the {source} list: nothing is estimated from them.")
            continue
        used = {"panel": panel, "games": _games(frames), "events": mine}
        found = kept_tables(lambda u=used: _every_way(u, seed=seed), name=f"coaches-{source}", cache=cache, frames=used,  # type: ignore[misc]
                            maker=__file__, options={"seed": seed})  # fmt: skip
        if "effects" not in found:
            notes.append(str(found["why_not"]["why_not"].iloc[0]))
            continue
        parts.append(found["effects"].assign(source=source))
        if source == "corrected":
            balance, pairs, synthetic = found["balance"], found["pairs"], found["synthetic"]
    plain, trends, honest = _plain(panel, events["corrected"], seed=seed)
    return Coaches(
        effects=pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_EMPTY),
        balance=balance, pairs=pairs, synthetic=synthetic, plain=plain, trends=trends, honest=honest,
        events={source: len(mine) for source, mine in events.items()}, notes=tuple(notes),
    )  # fmt: skip


def _derived(frames: EffectFrames) -> pd.DataFrame:
    """Return the changes that the schedule's own column shows, errors included."""
    raw = coaching_events(frames.tables, corrected=False)
    started = raw[raw["detail"].eq("mid_season")].dropna(subset=["team", "week"])
    renamed = started[["team", "season", "week"]].rename(columns={"week": "first_week"})
    return renamed.astype({"season": "int64", "first_week": "int64"}).reset_index(drop=True)


def _panel(frames: EffectFrames) -> pd.DataFrame:
    panel = team_week_panel(frames.games[frames.games["game_type"].eq("REG")])
    # The game is counted, not the week: a bye is no period.
    number = panel.groupby("team_season")["week"].rank(method="first").astype("int64")
    columns = ["team", "season", "week", "team_season", *OUTCOMES, *_COVARIATES]
    return panel[columns].assign(number=number).reset_index(drop=True)


def _games(frames: EffectFrames) -> pd.DataFrame:
    columns = ["game_id", "season", "week", "home_team", "away_team", "neutral", *OUTCOMES]
    columns += ["home_market_rating", "away_market_rating"]
    return frames.games.loc[frames.games["game_type"].eq("REG"), columns].dropna().reset_index(drop=True)


def _every_way(used: Mapping[str, pd.DataFrame], *, seed: int) -> dict[str, pd.DataFrame]:
    panel, games, events = used["panel"], used["games"], used["events"]
    effects: list[dict[str, Any]] = []
    weekly = events.rename(columns={"first_week": "week"})
    balance, pairs = pd.DataFrame(), pd.DataFrame()
    for outcome in OUTCOMES:
        for span, last in _SPANS:
            found = matched_comparison(panel, weekly, outcome=outcome, last=last)
            effects += [{"outcome": outcome, "span": span, "way": way, **asdict(getattr(found, way))} for way in _WAYS]
            if (outcome, last) == ("margin", 3):
                balance, pairs = found.balance, found.pairs
        study = StaggeredDesign(outcome=outcome, prior=_PRIORS[outcome]).fit(games, events)
        spans = (("weeks 0 to 3", study.overall), ("later", study.remaining))
        effects += [{"outcome": outcome, "span": span, "way": "event study", **asdict(e)} for span, e in spans if e]
        pooled = pooled_synthetic(*_counted(panel, events, outcome=outcome), horizon=_FIRST_GAMES,
                                  rng=np.random.default_rng(seed))  # fmt: skip
        effects.append({"outcome": outcome, "span": "weeks 0 to 3", "way": "pooled synthetic control",
                        **asdict(pooled.estimate)})  # fmt: skip
        if outcome == "margin":
            synthetic = pooled.cases
    return {"effects": pd.DataFrame(effects), "balance": balance, "pairs": pairs, "synthetic": synthetic}


def _counted(panel: pd.DataFrame, events: pd.DataFrame, *, outcome: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the panel and the first change of each team-season in numbers of games."""
    rows = panel[["team", "season", "number", outcome]].set_axis(["unit", "group", "time", "outcome"], axis=1)
    return rows, _first_games(panel, events)[["team", "season", "number"]].set_axis(["unit", "group", "time"], axis=1)


def _first_games(panel: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return each changed team-season's first game under the new coach."""
    both = panel.merge(events, on=["team", "season"])
    after = both[both["week"].ge(both["first_week"])].sort_values("number")
    return after.drop_duplicates(["team", "season"])


def _plain(
    panel: pd.DataFrame, events: pd.DataFrame, *, seed: int
) -> tuple[pd.DataFrame, dict[str, PreTrends], dict[str, Honest]]:
    """Return the plain event study on team-games, its pre-trends, and how far they may differ."""
    first = (
        _first_games(panel, events).set_index("team_season")["number"] if len(events) else pd.Series(dtype="float64")
    )
    rows, parts = panel.assign(cohort=panel["team_season"].map(first).fillna(0)), []
    trends: dict[str, PreTrends] = {}
    honest: dict[str, Honest] = {}
    for outcome in OUTCOMES if len(events) >= _FEWEST else ():
        try:
            whole = long_panel(rows, unit="team_season", time="number", outcome=outcome, cohort="cohort")
            found = did_estimates(whole, outcome=outcome, controls="notyet", anticipation=0, draws=199,
                                  rng=np.random.default_rng(seed))  # fmt: skip
        except ValidationError:
            continue  # too few team-seasons before the change: the page shows none
        near = found.event_study[found.event_study["horizon"].between(-8, 8)]
        parts.append(near.assign(outcome=outcome))
        trends[outcome] = found.pre_trends
        if found.honest is not None:
            honest[outcome] = found.honest
    columns = ["outcome", "horizon", "estimate", "standard_error", "low", "high"]
    return (pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)), trends, honest
