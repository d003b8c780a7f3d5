"""Everything measured of a walk at once, so that every page that shows one shows the same numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.decision.clv_weeks import clv_by_week
from workbench.decision.edge_buckets import EdgeBuckets, edge_buckets
from workbench.decision.evaluation import FORECASTERS
from workbench.decision.expected_clv import ExpectedClv, expected_against_realized
from workbench.decision.paired_scores import PairedScores, paired_scores
from workbench.decision.reliability import Reliability, reliability_of
from workbench.decision.returns import Money, money, return_split, verdict_split, weekly_returns
from workbench.decision.until_known import bets_until_known

#: Fewer games than this say nothing of reliability.
FEWEST_GAMES: Final = 30


@dataclass(frozen=True, slots=True)
class WalkPerformance:
    """What was measured of a walk.

    Attributes
    ----------
    money : Money or None
        None where no bet is settled.
    weeks : DataFrame
        From `decision.returns.weekly_returns`.
    split : DataFrame
        From `decision.returns.return_split`.
    verdicts : DataFrame
        From `decision.returns.verdict_split`, by source.
    buckets : EdgeBuckets
        Of bets on lines, at about even money: win rates compare at like prices only. Without lines, of every bet.
    all_buckets : EdgeBuckets
        Of every bet, whatever its odds.
    clv_weeks : DataFrame
        From `decision.clv_weeks.clv_by_week`.
    expected : ExpectedClv
        Refitted every week, each source by itself: what an edge is worth differs between them.
    until_known : DataFrame
        From `decision.until_known.bets_until_known`.
    scores : mapping of str to PairedScores
        By target; peers speak of winners.
    clv_unit : str
        ``points``, or ``%`` where closing line value is in probability.
    reliability : mapping of str to Reliability
        Of model, market and close on winners, on the games of all three.
    """

    money: Money | None
    weeks: pd.DataFrame
    split: pd.DataFrame
    verdicts: pd.DataFrame
    buckets: EdgeBuckets
    all_buckets: EdgeBuckets
    clv_weeks: pd.DataFrame
    expected: ExpectedClv
    until_known: pd.DataFrame
    clv_unit: str
    scores: Mapping[str, PairedScores]
    reliability: Mapping[str, Reliability]


def walk_performance(
    bets: pd.DataFrame,
    evaluated: pd.DataFrame,
    *,
    rng: np.random.Generator,
    peers: pd.DataFrame | None = None,
    earlier: pd.DataFrame | None = None,
    lines: bool = True,
    resamples: int = 1000,
) -> WalkPerformance:
    """Measure a walk, or one season of it.

    Parameters
    ----------
    bets, evaluated : DataFrame
        Of `backtest.season.SeasonWalk`.
    rng : Generator
        For the bands of reliability.
    peers : DataFrame, index = game_id, optional
        Home-win probabilities, a column a peer.
    earlier : DataFrame, optional
        Bets of seasons before these, from which alone the expectation of CLV may learn too.
    lines : bool, default True
        Whether closing line value is in points of a line; else in probability, for markets without lines.
    resamples : int
        For the bands.
    """
    clv, edge = ("clv_points", "edge_points") if lines else ("clv_prob", "edge_prob")
    targets = sorted(evaluated.loc[evaluated["outcome"].notna(), "target"].unique())
    return WalkPerformance(
        money=money(bets),
        weeks=weekly_returns(bets),
        split=return_split(bets, clv=clv),
        verdicts=verdict_split(bets),
        buckets=edge_buckets(bets[bets["line"].notna()] if lines else bets, clv=clv),
        all_buckets=edge_buckets(bets, clv=clv),
        clv_weeks=clv_by_week(bets, clv=clv),
        expected=expected_against_realized(bets, within="source", edge=edge, clv=clv, earlier=earlier),
        until_known=bets_until_known(bets),
        clv_unit="points" if lines else "%",
        scores={t: paired_scores(evaluated, peers=peers if t == "win" else None, target=t) for t in targets},
        reliability=_winners(evaluated, rng=rng, resamples=resamples),
    )


def _winners(evaluated: pd.DataFrame, *, rng: np.random.Generator, resamples: int) -> dict[str, Reliability]:
    games = evaluated[(evaluated["target"] == "win") & evaluated["outcome"].notna()]
    same = games[games[list(FORECASTERS)].notna().all(axis=1)]
    if len(same) < FEWEST_GAMES:
        return {}
    return {n: reliability_of(same[n], same["outcome"], rng=rng, resamples=resamples) for n in FORECASTERS}
