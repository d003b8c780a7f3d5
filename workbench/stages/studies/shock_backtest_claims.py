"""What the study of shock-adjusted lines claims."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from workbench.backtest.shock_adjusted import EARLIER_CLAIMS
from workbench.backtest.shock_effects import BASELINES
from workbench.backtest.shock_scores import bets_needed
from workbench.backtest.shock_selection import CLAIMED_BETS, CLAIMED_RATE, CLAIMED_WINS, KINDS
from workbench.decision.intervals import wilson
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.shock_backtest import ENDS, ShockBacktest

#: The claim that is the study's estimate.
HEADLINE: Final = "gain_open"
#: The true return that a study would want to see.
SOUGHT_ROI: Final = 0.02
_FEW: Final = "fewer than five weeks with a game"
_LABELS: Final = {baseline.name: baseline.label for baseline in BASELINES}


def shock_backtest_claims(result: ShockBacktest) -> list[Claim]:
    """Return every number of the study; there is no target: whether shocks pay is what is asked."""
    return [*_gains(result), *_types(result), *_weather(result), *_bets(result), *_earlier(result), *_rebuilt(result),
            *_power(result)]  # fmt: skip


def words_of(kind: str) -> str:
    """Return a type of shock as words.

    Examples
    --------
    >>> words_of("quarterback_exit")
    'quarterback exit'
    """
    return kind.replace("_", " ")


def _gain(name: str, what: str, row: Mapping[str, Any]) -> Claim:
    known = math.isfinite(row["gain_low"])
    return Claim(
        name=name, what=what, value=float(row["gain"]), unit="points", games=int(row["games"]),
        low=float(row["gain_low"]) if known else None, high=float(row["gain_high"]) if known else None,
        standard_error=float(row["gain_error"]) if known else None, without_interval="" if known else _FEW, digits=3,
    )  # fmt: skip


def _gains(result: ShockBacktest) -> Iterator[Claim]:
    for baseline in BASELINES:
        row = result.gain_of(baseline.name)
        if row is not None:
            what = f"gain in mean absolute error of the shock-adjusted {baseline.label}, games adjusted"
            yield _gain(f"gain_{baseline.name}", what, row)
    for name in ("open", "news", "close"):
        row = result.gain_of(name, adjuster="share")
        if row is not None:
            what = f"the same, whole effect times one unpriced share: {_LABELS[name]}"
            yield _gain(f"gain_{name}_share", what, row)


def _types(result: ShockBacktest) -> Iterator[Claim]:
    rows = result.gains[result.gains["adjuster"].eq("library") & result.gains["type"].ne("all")]
    for row in rows[rows["baseline"].isin(["news", "close", "close_total"])].to_dict("records"):
        oracle = ", oracle" if row["oracle"] else ""
        what = f"gain in mean absolute error, {words_of(row['type'])} alone{oracle}: {_LABELS[row['baseline']]}"
        yield _gain(f"gain_{row['baseline']}_{row['type']}", what, {str(k): v for k, v in row.items()})


def _weather(result: ShockBacktest) -> Iterator[Claim]:
    if result.weather:
        what = "gain in mean absolute error of the closing total, had the weather been known (oracle)"
        yield _gain("gain_weather_oracle", what, result.weather)


def _roi(name: str, what: str, row: Mapping[str, Any]) -> Claim:
    known = math.isfinite(row["roi_low"])
    return Claim(
        name=name, what=what, value=float(row["roi"]), unit="%", games=int(row["bets"]), digits=1,
        low=float(row["roi_low"]) if known else None, high=float(row["roi_high"]) if known else None,
        without_interval="" if known else _FEW, interval_is="weeks resampled" if known else "",
    )  # fmt: skip


def _rate(name: str, what: str, row: Mapping[str, Any]) -> Claim:
    return Claim(
        name=name, what=what, value=float(row["win_rate"]), low=float(row["win_low"]), high=float(row["win_high"]),
        unit="%", games=int(row["bets"]), interval_is="Wilson", digits=1,
    )  # fmt: skip


def _bets(result: ShockBacktest) -> Iterator[Claim]:
    for baseline in BASELINES:
        row = result.bets_of(baseline.name)
        if row is None:
            continue
        place = baseline.label if baseline.offered else f"{baseline.label}, which nobody offered then"
        what = f"bets at the {place}, shift of {result.threshold:g} points or more"
        yield _roi(f"roi_{baseline.name}", f"return at −110 on {what}", row)
        if math.isfinite(row["win_rate"]):
            yield _rate(f"win_rate_{baseline.name}", f"win rate of {what}", row)


def _earlier(result: ShockBacktest) -> Iterator[Claim]:
    for kind, size in EARLIER_CLAIMS.items():
        for name in ("open", "close", "open_total", "close_total"):
            row = result.gain_of(name, adjuster="earlier", type=kind)
            if row is not None:
                what = f"gain in mean absolute error of {size:+g} points for {words_of(kind)}, as claimed before"
                yield _gain(f"gain_earlier_{name}_{kind}", f"{what}: {_LABELS[name]}", row)
            bet = result.bets_of(name, adjuster="earlier", type=kind)
            if bet is not None:
                what = f"return at −110 of betting {size:+g} points for {words_of(kind)}: {_LABELS[name]}"
                yield _roi(f"roi_earlier_{name}_{kind}", what, bet)


def _rebuilt(result: ShockBacktest) -> Iterator[Claim]:
    claimed = wilson(CLAIMED_WINS, CLAIMED_BETS)
    yield Claim(
        name="win_rate_claimed", what="win rate of shock bets that the earlier report claimed", value=CLAIMED_RATE,
        low=claimed.low, high=claimed.high, unit="%", games=CLAIMED_BETS, interval_is="Wilson", digits=1,
    )  # fmt: skip
    for end in ENDS:
        for kind in ("all", *KINDS):
            row = result.rebuilt_of(end, kind=kind)
            if row is not None and math.isfinite(row["win_rate"]):
                which = "the set rebuilt" if kind == "all" else f"the set rebuilt, {kind}"
                name = f"win_rate_rebuilt_{end}" + ("" if kind == "all" else f"_{kind.replace(' ', '_')}")
                yield _rate(name, f"win rate of {which}, at the {_LABELS[end]}", row)
        row = result.rebuilt_of(end)
        if row is not None:
            yield _roi(f"roi_rebuilt_{end}", f"return at −110 of the set rebuilt, at the {_LABELS[end]}", row)


def _power(result: ShockBacktest) -> Iterator[Claim]:
    needed = bets_needed(SOUGHT_ROI)
    reason = "arithmetic: two-sided 5 %, power 80 %, independent bets"
    yield Claim(
        name="bets_needed", what=f"bets at −110 until a true return of {SOUGHT_ROI:.0%} is seen", value=float(needed),
        games=needed, without_interval=reason, digits=0,
    )  # fmt: skip
    row = result.bets_of("close")
    if row is not None:
        yearly = row["bets"] / len(result.seasons)
        yield Claim(
            name="seasons_needed", what="seasons of bets at the close that this takes", value=needed / yearly,
            games=int(row["bets"]), without_interval=reason, digits=0,
        )  # fmt: skip
