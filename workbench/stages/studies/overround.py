"""The study of overround: which way of taking the bookmaker's margin out fits what happened, market by market."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.lines.open_last import LEGACY
from workbench.data.nflverse.schedule import CLOSE_SOURCE
from workbench.data.sides import SWAPPED_TOTALS_UNTIL
from workbench.errors import MissingArtifactError
from workbench.intervals import MINIMUM_CLUSTERS, Estimate, clustered_mean, holm
from workbench.market.cells import two_sided_p
from workbench.market.outcome_scores import calibration_slope, outcome_brier, outcome_log_loss
from workbench.market.overround import OverroundMethod, fair_probabilities, overround
from workbench.schema import THREE_WAY
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.epl_prices import epl_view
from workbench.stages.studies.overround_prices import (
    MINIMUM_GAMES,
    PricedMarket,
    league_closes,
    priced_markets,
)

Floats = NDArray[np.float64]
#: What every method is compared with: nothing is assumed but that each side carries its share.
REFERENCE: Final[OverroundMethod] = "proportional"
#: Methods that differ: with two outcomes Shin's is the additive one; the logarithmic one is the odds ratio everywhere.
DISTINCT: Final[dict[int, tuple[OverroundMethod, ...]]] = {
    2: ("proportional", "additive", "power", "odds_ratio"),
    3: ("proportional", "additive", "power", "shin", "odds_ratio"),
}
_BINS: Final = 8
#: A market whose prices hardly differ shows no favourites: its curve would be a dot.
_MINIMUM_SPREAD: Final = 0.1
_ALPHA: Final = 0.05
#: Standard errors between zero and a gain that is found four times in five at 95 %.
_POWERED: Final = 2.8
_NOTHING: Final = Estimate(float("nan"), float("nan"), float("nan"), float("nan"), n=0, clusters=0)


@dataclass(frozen=True, slots=True)
class OverroundStudy:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    scores : DataFrame
        One row a market, source and method: ``market, source, main, outcomes, games, weeks, first, last, margin,
        method, log_loss, brier``; ``gain`` (of log loss over the proportional method, paired), ``brier_gain, slope,
        favourite, longshot`` each with ``_low, _high, _se, _n``; ``p_value, p_holm`` of the gain; ``distance`` (mean
        difference to the proportional probabilities), ``needed`` (games until such a gain is told from zero four times
        in five), ``best``, ``tied`` (not told apart from the best).
    curves : DataFrame
        ``name, method, probability, bias, low, high, games``: by bins of the proportional probability, what happened
        less what it says (method ``outcome``) and what each method says less what it says.
    tests : int
        Comparisons that Holm's adjustment covers: of each market's largest source.
    notes : tuple of str
    """

    scores: pd.DataFrame
    curves: pd.DataFrame
    tests: int
    notes: tuple[str, ...]

    @property
    def main(self) -> pd.DataFrame:
        """The rows of each market's largest source."""
        return self.scores[self.scores["main"]]


def study_overround(run: StudyRun, *, seasons: Sequence[int] = (), smoke: bool = False) -> OverroundStudy:
    """Judge every method on closing prices of the league, and of the Premier League where its file is given.

    Parameters
    ----------
    run : StudyRun
    seasons : sequence of int
        Seasons (by the year they start in); empty: all.
    smoke : bool
        Only each market's largest source.

    Raises
    ------
    MissingArtifactError
        If no market has enough games with a real price on every side.
    SourceError
        If the file of the Premier League gives no match.
    """
    league, second = league_closes(run.everything), epl_view(run.path("epl"))
    closes = league[~league["price_assumed"]]
    if second is not None:
        closes = pd.concat([closes, league_closes(second)], ignore_index=True)
    markets = priced_markets(closes, seasons=seasons)
    if not markets:
        raise MissingArtifactError(f"No market has {MINIMUM_GAMES} games with a close that is priced on every side.")
    return judged(markets, smoke=smoke, notes=_notes(markets, given=second is not None))


def judged(markets: Sequence[PricedMarket], *, smoke: bool = False, notes: Sequence[str] = ()) -> OverroundStudy:
    """Return the verdict on markets, the largest source of each first."""
    names = [market.market for market in markets]
    # Each bookmaker of the second league is a market of its own: they differ in margin more than markets do.
    main = [m.market == THREE_WAY or names.index(m.market) == place for place, m in enumerate(markets)]
    rows = [
        {"main": chief, **row} for market, chief in zip(markets, main, strict=True) if chief or not smoke
        for row in _scored(market)
    ]  # fmt: skip
    scores = pd.DataFrame(rows)
    tested = scores["main"] & scores["p_value"].notna()
    scores["p_holm"] = holm(scores["p_value"].where(tested))
    curves = [row for market, chief in zip(markets, main, strict=True) if chief for row in _curve(market)]
    columns = ["name", "method", "probability", "bias", "low", "high", "games"]
    return OverroundStudy(scores, pd.DataFrame(curves, columns=columns), int(tested.sum()), tuple(notes))


def _scored(market: PricedMarket) -> Iterator[dict[str, Any]]:
    methods = DISTINCT[market.prices.shape[1]]
    fair = {method: fair_probabilities(market.prices, method=method) for method in methods}
    losses = {method: outcome_log_loss(p, market.won) for method, p in fair.items()}
    briers = {method: outcome_brier(p, market.won) for method, p in fair.items()}
    best = min(methods, key=lambda method: float(losses[method].mean()))
    shared = {
        "market": market.market, "source": market.source, "outcomes": market.prices.shape[1],
        "games": len(market.won), "weeks": len(np.unique(market.weeks)), "first": int(market.seasons.min()),
        "last": int(market.seasons.max()), "margin": float(overround(market.prices).mean()),
    }  # fmt: skip
    for method in methods:
        gain = clustered_mean(losses[REFERENCE] - losses[method], market.weeks)
        behind = clustered_mean(losses[method] - losses[best], market.weeks)
        known = {
            "gain": gain,
            "brier_gain": clustered_mean(briers[REFERENCE] - briers[method], market.weeks),
            "slope": calibration_slope(fair[method], market.won, market.weeks),
            "favourite": priced_bias(market, fair[method], shortest=True),
            "longshot": priced_bias(market, fair[method], shortest=False),
        }
        yield shared | {
            "method": method, "log_loss": float(losses[method].mean()), "brier": float(briers[method].mean()),
            **{name: value for stem, found in known.items() for name, value in _columns(stem, found)},
            "p_value": two_sided_p(gain), "needed": _needed(gain),
            "distance": float(np.abs(fair[method] - fair[REFERENCE]).mean()),
            "best": method == best, "tied": method == best or not behind.low > 0,
        }  # fmt: skip


def priced_bias(market: PricedMarket, fair: Floats, *, shortest: bool) -> Estimate:
    """Return how much more often the shortest (or longest) price won than its probability says.

    Games in which all prices are equal have no favourite; with few others nothing is said.
    """
    differ = np.ptp(market.prices, axis=1) > 0
    if differ.sum() < MINIMUM_GAMES or len(np.unique(market.weeks[differ])) < MINIMUM_CLUSTERS:
        return _NOTHING
    side = market.prices.argmin(axis=1) if shortest else market.prices.argmax(axis=1)
    off = (side == market.won) - fair[np.arange(len(side)), side]
    return clustered_mean(off[differ], market.weeks[differ])


def _columns(stem: str, found: Estimate) -> Iterator[tuple[str, float]]:
    yield from ((stem, found.value), (f"{stem}_low", found.low), (f"{stem}_high", found.high))
    yield f"{stem}_se", found.standard_error
    yield f"{stem}_n", found.n


def _needed(gain: Estimate) -> float:
    if not (gain.standard_error > 0 and gain.value != 0):
        return float("nan")
    return float(gain.n * (_POWERED * gain.standard_error / gain.value) ** 2)


def _curve(market: PricedMarket) -> Iterator[dict[str, Any]]:
    """Return bins of the proportional probability: of two outcomes the favourite's, of three every outcome's."""
    n = market.prices.shape[1]
    fair = {method: fair_probabilities(market.prices, method=method) for method in DISTINCT[n]}
    base = fair[REFERENCE]
    sides = [base.argmax(axis=1)] if n == 2 else [np.full(len(base), place) for place in range(n)]
    game = np.concatenate([np.arange(len(base))] * len(sides))
    side = np.concatenate(sides)
    p = base[game, side]
    if np.quantile(p, 0.9) - np.quantile(p, 0.1) < _MINIMUM_SPREAD:
        return
    came = (market.won[game] == side).astype(np.float64)
    edges = np.quantile(p, np.linspace(0.0, 1.0, _BINS + 1))
    place = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, _BINS - 1)
    for here in np.unique(place):
        inside = place == here
        off = clustered_mean((came - p)[inside], market.weeks[game[inside]])
        shared = {"name": market.name, "probability": float(p[inside].mean()), "games": int(inside.sum())}
        yield shared | {"method": "outcome", "bias": off.value, "low": off.low, "high": off.high}
        for method in DISTINCT[n][1:]:
            yield shared | {"method": method, "bias": float((fair[method][game, side] - p)[inside].mean())}


def _notes(markets: Sequence[PricedMarket], *, given: bool) -> list[str]:
    notes = ["Pushes and ties are left out: a price that is returned is no price of either side."]
    notes.append("A close counts where its source has a price of its own on every side, at most three hours old.")
    turned = [m.source for m in markets if _turned(m)]
    if turned:
        notes.append(
            f"At their source, over and under of totals until {SWAPPED_TOTALS_UNTIL} have each other's price: they are "
            f"turned as they are read, and none is left out ({', '.join(turned)})."
        )
    cut = [f"{m.left_out} of {m.source} ({m.market})" for m in markets if m.left_out]
    if cut:
        notes.append(f"Left out for every method, for the additive one makes a side impossible: {'; '.join(cut)}.")
    if not given and not any(market.market == THREE_WAY for market in markets):
        notes.append("No matches of the Premier League were given: set the parameter epl to have three outcomes.")
    return notes


def _turned(market: PricedMarket) -> bool:
    early = market.market == "total" and market.seasons.min() <= SWAPPED_TOTALS_UNTIL
    return bool(early and market.source in (CLOSE_SOURCE, LEGACY))


def told_apart(study: OverroundStudy) -> pd.DataFrame:
    """Return the comparisons with the proportional method that survive Holm's adjustment."""
    return study.scores[study.scores["p_holm"] < _ALPHA]


def as_tables(study: OverroundStudy) -> dict[str, Any]:
    """Return what the result keeps beside its claims."""
    return {
        "verdicts": {
            f"{market}_{source}": {
                "best": str(rows.loc[rows["best"], "method"].iloc[0]), "tied": rows.loc[rows["tied"], "method"].tolist()
            }
            for (market, source), rows in study.scores.groupby(["market", "source"], sort=False)
        },
        "comparisons": study.tests,
    }  # fmt: skip
