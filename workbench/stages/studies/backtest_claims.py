"""What the study of the backtest claims."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from workbench.decision.returns import Money
from workbench.intervals import Estimate
from workbench.stages.studies.backtest import Backtest, Played
from workbench.stages.studies.claims import Claim, span

#: The claim that is the study's estimate.
HEADLINE: Final = "clv_points"
#: What is aimed at: mean CLV in points, share of bets that beat the close, share of the gap to the close.
CLV_AIM: Final = 0.3
BEAT_AIM: Final = 0.55
GAP_AIM: Final = 0.5
_FEW: Final = "too few weeks"


def backtest_claims(result: Backtest, *, targets: bool) -> list[Claim]:
    """Return every number of the study; targets apply to real, full-size runs only."""
    claims = [
        *_price(result.main, name="", targets=targets),
        *_opener(result, targets=targets),
        *_money(result.main, name=""),
        *_edge(result.main, targets=targets),
        *_scores(result),
        *_naive(result),
        *_parts(result.main),
        *_more(result.held_back, name="held_back"),
        *_more(result.late, name="wednesday"),
    ]
    return [claim for claim in claims if math.isfinite(claim.value)]


def words_of(played: Played) -> str:
    """Return which decisions were walked, in words."""
    return f"{span(played.seasons[0], played.seasons[-1])}, {words_at(played)}"


def words_at(played: Played) -> str:
    """Return when they were made, in words."""
    at = "decided at the opener" if played.decide_at == "open" else "decided on Wednesday"
    return at + (f" by a model told {played.held_back_hours:g} h later" if played.held_back_hours else "")


def _claim(name: str, what: str, found: Estimate, *, games: int | None = None, **more: Any) -> Claim:
    error = found.standard_error if math.isfinite(found.standard_error) else None
    return Claim(
        name=name, what=what, value=found.value, standard_error=error, games=found.n if games is None else games,
        **_ends(found.low, found.high), **more,
    )  # fmt: skip


def _ends(low: float, high: float) -> dict[str, Any]:
    known = math.isfinite(low) and math.isfinite(high)
    return {"low": low, "high": high} if known else {"without_interval": _FEW}


def _aim(words: str, reached: bool, *, targets: bool) -> dict[str, Any]:
    return {"target": words, "reached": bool(reached)} if targets else {}


def _prefixed(name: str, prefix: str) -> str:
    return f"{prefix}_{name}" if prefix else name


def _price(played: Played, *, name: str, targets: bool) -> Iterator[Claim]:
    words = words_of(played)
    split = played.performance.split
    whole = split[split["by"] == "all"]
    if len(whole) and whole["clv_bets"].iloc[0]:
        row = whole.to_dict("records")[0]
        aim = f"at least +{CLV_AIM:g}, interval above zero"
        yield Claim(
            name=_prefixed("clv_points", name), what=f"mean closing line value of the bets, {words}",
            value=float(row["clv"]), games=int(row["clv_bets"]), unit="points", digits=2,
            **_ends(float(row["clv_low"]), float(row["clv_high"])),
            **_aim(aim, row["clv"] >= CLV_AIM and row["clv_low"] > 0, targets=targets),
        )  # fmt: skip
    verdicts = played.performance.verdicts
    moved = verdicts[verdicts["better"] + verdicts["worse"] > 0] if len(verdicts) else verdicts
    for row in moved.to_dict("records"):
        every = row["source"] == "all"
        label = "beat_the_close" if every else f"beat_the_close_{row['source']}"
        yield Claim(
            name=_prefixed(label, name), value=row["beat_the_close"], games=int(row["better"] + row["worse"]), unit="%",
            what=f"better among better and worse than the close{'' if every else ', ' + row['source']}, {words}",
            **_ends(row["low"], row["high"]),
            **_aim("at least 55 %", row["beat_the_close"] >= BEAT_AIM, targets=targets and every),
        )  # fmt: skip


def _opener(result: Backtest, *, targets: bool) -> Iterator[Claim]:
    found, words = result.opener, words_of(result.main)
    if found is None:
        return
    what = f"Brier score of winners: market at the decision less ours, {words}"
    aim = _aim("interval above zero", found.gain.low > 0, targets=targets)
    yield _claim("gain_on_market", what, found.gain, digits=4, **aim)
    if result.recalibrated is not None:
        tried = "the same with our odds recalibrated on earlier seasons: tried, not in the decision"
        yield _claim("recalibrated_gain", tried, result.recalibrated, digits=4)
    yield _claim("gap_to_close", f"market at the decision less the close, {words}", found.gap, digits=4)
    yield Claim(
        name="share_of_gap", what="share of the way from the decision's market to the close that ours goes",
        value=found.share, low=found.share_low, high=found.share_high, games=found.gain.n, unit="%",
        interval_is="weeks resampled", **_aim("half", found.share >= GAP_AIM, targets=targets),
    )  # fmt: skip


def _money(played: Played, *, name: str) -> Iterator[Claim]:
    money, words = played.performance.money, words_of(played)
    if money is None:
        return
    of_bets: dict[str, Any] = {"games": money.bets, "unit": "%"}
    yield _claim(_prefixed("roi", name), f"profit over stakes as played, {words}", money.roi, **of_bets)
    yield _claim(_prefixed("flat_roi", name), f"profit a unit, every bet one unit, {words}", money.flat_roi, **of_bets)
    if not name:
        yield _claim("win_rate", f"bets won among won and lost, {words}", money.win_rate, unit="%")
        yield _claim("weekly_return", f"mean return of a betting week on the bankroll, {words}", money.weekly, unit="%")
        yield from _path(money, words=words)


def _path(money: Money, *, words: str) -> Iterator[Claim]:
    """Return what depends on the one path that was walked, and the Sharpe ratios."""
    sharpe, how = money.sharpe, "mean over standard deviation of weekly returns"
    more: dict[str, Any] = {"games": money.weeks, "interval_is": "Lo (2002)"}
    yield Claim(
        name="sharpe_weekly", what=f"Sharpe ratio, weekly: {how}, {words}", value=sharpe.period, **more,
        **_ends(sharpe.period_low, sharpe.period_high),
    )  # fmt: skip
    yield Claim(
        name="sharpe_annual", what=f"Sharpe ratio of a season: {how}, times the root of its betting weeks, {words}",
        value=sharpe.annual, **more, **_ends(sharpe.annual_low, sharpe.annual_high),
    )  # fmt: skip
    alone: dict[str, Any] = {"without_interval": "one path was walked"}
    for name, what, value, games, unit in (
        ("drawdown", "largest fall of wealth from a peak", money.drawdown.share, money.weeks, "%"),
        ("losing_bets", "longest run of lost bets", money.losing_bets.length, money.bets, ""),
        ("losing_weeks", "longest run of losing weeks", money.losing_weeks.length, money.weeks, ""),
        ("growth", "last wealth over first, seasons compounded", money.growth, money.weeks, ""),
    ):
        digits = 2 if name == "growth" else 1 if unit else 0
        yield Claim(
            name=name, what=f"{what}, {words}", value=float(value), games=games, unit=unit, digits=digits, **alone
        )


def _edge(played: Played, *, targets: bool) -> Iterator[Claim]:
    found, words = played.performance, words_of(played)
    buckets, expected = found.buckets, found.expected
    rises = _aim("interval above zero", buckets.slope.low > 0, targets=targets)
    yield _claim(
        "win_rate_slope", f"change of the win rate with one more unit of edge, {words}", buckets.slope, **rises
    )
    beyond = f"the same beyond the market's own probability, {words}"
    yield _claim("win_over_market_slope", beyond, buckets.slope_over_market)
    what = f"realized on expected closing line value, walked forward source by source, {words}"
    calibrated = _aim("1, not told apart", expected.calibrated is True, targets=targets)
    yield _claim("expected_clv_slope", what, expected.slope, **calibrated)
    what = f"realized less expected closing line value, {words}"
    yield _claim("expected_clv_bias", what, expected.bias, unit="points")


def _scores(result: Backtest) -> Iterator[Claim]:
    words = words_of(result.main)
    for target, found in result.main.performance.scores.items():
        for row in found.scores[found.scores["population"] == "all"].to_dict("records"):
            who = row["forecaster"]
            yield Claim(
                name=f"brier_{target}_{who}", what=f"Brier score, {target}, {who}, {words}", value=row["brier"],
                games=int(row["games"]), digits=4, **_ends(row["brier_low"], row["brier_high"]),
            )  # fmt: skip
        gains = found.gains[(found.gains["score"] == "brier") & (found.gains["by"] == "model")]
        for row in gains.to_dict("records"):
            where = "" if row["population"] == "all" else f" on the games of {row['population']}"
            yield Claim(
                name=f"gain_{target}_{row['over']}_{row['population']}",
                what=f"Brier score of {row['over']} less ours, {target}{where}, {span(row['first'], row['last'])}",
                value=row["gain"], games=int(row["games"]), digits=4, **_ends(row["low"], row["high"]),
            )  # fmt: skip


def _naive(result: Backtest) -> Iterator[Claim]:
    for side in result.naive:
        what = f"mean closing line value of every {side.name}, without a model, {words_of(result.main)}"
        yield _claim(f"naive_{side.name}", what, side.clv, unit="points", digits=2)
        if math.isfinite(side.share):
            yield Claim(
                name=f"share_{side.name}", what=f"share of the model's bets that are on an {side.name}",
                value=side.share, games=len(result.main.walk.bets), unit="%", without_interval="counted, not estimated",
            )  # fmt: skip


def _parts(played: Played) -> Iterator[Claim]:
    split = played.performance.split
    for row in split[split["by"].isin(["source", "market", "price_assumed", "season"])].to_dict("records"):
        label = f"{row['by']} {row['value']}"
        for kind, n, unit in (("clv", row["clv_bets"], "points"), ("roi", row["bets"], "%")):
            if n and math.isfinite(row[kind]):
                yield _part(row, kind=kind, games=int(n), unit=unit, label=label)


def _part(row: Mapping[Any, Any], *, kind: str, games: int, unit: str, label: str) -> Claim:
    what = "mean closing line value" if kind == "clv" else "profit over stakes"
    return Claim(
        name=f"{kind}_{row['by']}_{row['value']}", what=f"{what}, {label}", value=row[kind], games=games, unit=unit,
        **_ends(row[f"{kind}_low"], row[f"{kind}_high"]),
    )  # fmt: skip


def _more(played: Played | None, *, name: str) -> Iterator[Claim]:
    if played is not None:
        yield from _price(played, name=name, targets=False)
        yield from _money(played, name=name)
