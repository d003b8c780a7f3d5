"""What the study of football with three outcomes claims."""

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.decision.clustered import weeks_of
from workbench.decision.three_way_scores import SCORES, probabilities
from workbench.decision.walk_performance import WalkPerformance
from workbench.intervals import Estimate, clustered_mean
from workbench.market.outcome_scores import calibration_slope
from workbench.stages.studies.backtest_epl import BROKEN, FORECASTERS, BacktestEpl
from workbench.stages.studies.claims import Claim

#: The claim that is the study's estimate.
HEADLINE: Final = "brier_goals_over_close"
LABELS: Final = {
    "goals": "the goals model",
    "informed": "goals and price pooled",
    "open": "Pinnacle before the match",
    "close": "Pinnacle's close",
}
SCORE_NAMES: Final = {"brier": "Brier score", "rps": "ranked probability score", "log_loss": "log loss"}
PAIRS: Final = (("goals", "close"), ("goals", "open"), ("informed", "open"), ("informed", "close"), ("open", "close"))
_FEW: Final = "too few batches"


def backtest_epl_claims(result: BacktestEpl) -> list[Claim]:
    """Return every number of the study; nothing was aimed at but honesty: all matches, ranked, with intervals."""
    claims = [
        *_compared(result.scores, words=result.season_name),
        *_levels(result.scores, words=result.season_name),
        *_compared(result.training_scores, words=f"tuned on, {result.training_name}", prefix="training_"),
        *_slopes(result),
        *_tuning(result),
        *_rule(result),
        *(claim for name, found in result.money.items() for claim in _money(found, name=name, result=result)),
    ]
    return [claim for claim in claims if math.isfinite(claim.value)]


def _ends(found: Estimate) -> dict[str, Any]:
    known = math.isfinite(found.low) and math.isfinite(found.high)
    error = found.standard_error if math.isfinite(found.standard_error) else None
    ends: dict[str, Any] = {"low": found.low, "high": found.high} if known else {"without_interval": _FEW}
    return ends | {"standard_error": error}


def _compared(scores: pd.DataFrame, *, words: str, prefix: str = "") -> Iterator[Claim]:
    for score in SCORES:
        for one, other in PAIRS:
            gap = clustered_mean(scores[f"{score}_{one}"] - scores[f"{score}_{other}"], weeks_of(scores))
            yield Claim(
                name=f"{prefix}{score}_{one}_over_{other}", value=gap.value, games=gap.n, digits=4,
                what=f"{SCORE_NAMES[score]}, {LABELS[one]} less {LABELS[other]} (below zero: better), {words}",
                interval_is="paired, clustered by batch", **_ends(gap),
            )  # fmt: skip


def _levels(scores: pd.DataFrame, *, words: str) -> Iterator[Claim]:
    for score in SCORES:
        for name in FORECASTERS:
            mean = clustered_mean(scores[f"{score}_{name}"], weeks_of(scores))
            yield Claim(
                name=f"{score}_{name}", what=f"{SCORE_NAMES[score]}, {LABELS[name]}, {words}", value=mean.value,
                games=mean.n, digits=4, interval_is="clustered by batch", **_ends(mean),
            )  # fmt: skip


def _slopes(result: BacktestEpl) -> Iterator[Claim]:
    matches = result.matches
    for name in FORECASTERS:
        slope = calibration_slope(probabilities(matches, name), matches["won"].to_numpy(), weeks_of(matches))
        yield Claim(
            name=f"slope_{name}", value=slope.value, games=slope.n, digits=2, interval_is="clustered by batch",
            what=f"calibration slope, {LABELS[name]} (below 1: too sure), {result.season_name}", **_ends(slope),
        )  # fmt: skip


def _tuning(result: BacktestEpl) -> Iterator[Claim]:
    found, n = result.training, len(result.training.matches)
    chosen: dict[str, Any] = {"games": n, "without_interval": "chosen"}
    where = f"chosen on {result.training_name}"
    yield Claim(name="half_life_days", what=f"days after which a match counts half, {where}",
                value=found.memory.half_life_days, digits=0, **chosen)  # fmt: skip
    yield Claim(name="spread", what=f"prior standard deviation of a club's log strength, {where}",
                value=found.memory.spread, digits=2, **chosen)  # fmt: skip
    yield Claim(name="goals_weight", what=f"the goals' weight beside the price, {where}", value=found.weight, unit="%",
                **chosen)  # fmt: skip


def _rule(result: BacktestEpl) -> Iterator[Claim]:
    rule, watched = result.rule, result.goals.watched
    n = len(result.training.matches)
    simulated: dict[str, Any] = {
        "games": n,
        "unit": "%",
        "without_interval": "simulated from the training seasons' batches",
    }
    asked = f"seasons in which tuning anew is called for (margin {rule.trigger.margin:g})"
    yield Claim(name="retrained", what=f"times tuning anew was called for, {result.season_name}",
                value=float(watched["fired"].sum()), games=len(result.matches), digits=0,
                without_interval="one season was walked")  # fmt: skip
    yield Claim(name="false_alarms", what=f"{asked} of a model as good as the market", value=rule.false_alarms,
                **simulated)  # fmt: skip
    yield Claim(name="usual_alarms", what=f"{asked} of a model as it was in training", value=rule.usual_alarms,
                **simulated)  # fmt: skip
    yield Claim(name="found_broken", what=f"{asked} of a model worse by {BROKEN:g}", value=rule.found, **simulated)


def _money(found: WalkPerformance, *, name: str, result: BacktestEpl) -> Iterator[Claim]:
    if found.money is None:
        return
    money, words = found.money, f"bets of {LABELS[name]}, {result.season_name}"
    of_bets: dict[str, Any] = {"games": money.bets, "unit": "%", "interval_is": "clustered by batch"}
    yield Claim(name=f"{name}_bets", what=f"{words}: number", value=float(money.bets), games=money.bets, digits=0,
                without_interval="a count")  # fmt: skip
    yield Claim(name=f"{name}_roi", what=f"{words}: profit over stakes", value=money.roi.value, **of_bets,
                **_ends(money.roi))  # fmt: skip
    yield Claim(name=f"{name}_flat_roi", what=f"{words}: profit a unit, every bet one unit",
                value=money.flat_roi.value, **of_bets, **_ends(money.flat_roi))  # fmt: skip
    yield from _path(found, name=name, words=words)
    bets = (result.goals.walk if name == "goals" else result.informed).bets
    counted = bets[bets["headline"].astype(bool)]
    for measure, what in (("clv_prob", "rise of our side's fair chance by the close"),
                          ("ev_at_close", "expected value at the close, at the price taken")):  # fmt: skip
        mean = clustered_mean(counted[measure], weeks_of(counted))
        yield Claim(name=f"{name}_{measure}", what=f"{words}: {what}", value=mean.value, digits=2, **_ends(mean),
                    **(of_bets | {"games": len(counted)}))  # fmt: skip
    whole = found.verdicts[found.verdicts["source"] == "all"].to_dict("records")
    for row in whole if np.isfinite([r["beat_the_close"] for r in whole]).all() else []:
        yield Claim(name=f"{name}_beat_the_close", what=f"{words}: better among better and worse than the close",
                    value=row["beat_the_close"], low=row["low"], high=row["high"], unit="%",
                    games=int(row["better"] + row["worse"]))  # fmt: skip


def _path(found: WalkPerformance, *, name: str, words: str) -> Iterator[Claim]:
    if found.money is None:
        return
    alone: dict[str, Any] = {"without_interval": "one path was walked", "games": found.money.bets}
    yield Claim(name=f"{name}_growth", what=f"{words}: last bankroll over first", value=found.money.growth, digits=2,
                **alone)  # fmt: skip
    yield Claim(name=f"{name}_drawdown", what=f"{words}: largest fall from a peak", value=found.money.drawdown.share,
                unit="%", **alone)  # fmt: skip
