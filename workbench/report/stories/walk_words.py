"""A walk in words: sentences, key numbers and tables computed from what was measured, losses said plainly."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.decision.returns import Money
from workbench.decision.walk_performance import WalkPerformance
from workbench.report.figures.bankroll import WORDS
from workbench.report.figures.performance import edge_title
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, compared, count, estimate, listing, number, percent

_MEASURES = {
    "flat_roi": "the return on bets of one size",
    "clv_points": "the mean closing line value in points",
    "clv_prob": "the mean closing line value in probability",
}


def walk_sentences(found: WalkPerformance) -> list[str]:
    """Return what a walk says of itself: money, prices, forecasts, edges, and how long until we know."""
    if found.money is None:
        return ["No bet was settled, so there is no return to speak of.", *forecast_sentences(found)]
    said = [
        money_sentence(found.money),
        flat_sentence(found.money),
        *price_sentences(found),
        *forecast_sentences(found),
    ]
    said += [edge_sentence(found), *known_sentences(found), run_sentence(found.money)]
    return [sentence for sentence in said if sentence]


def money_sentence(money: Money) -> str:
    """Return what the account did, and whether its return can be told from nothing."""
    moved = "grew" if money.growth > 1 else "shrank"
    shown = estimate(money.roi.value, money.roi.low, money.roi.high, unit="%", signed=True)
    span = f"{count(money.bets, 'bet')} in {count(money.weeks, 'week')}"
    account = f"The account {moved} by {percent(abs(money.growth - 1), digits=1)} on {span}"
    return f"{account}: return on stakes {shown}, {against_zero(money.roi.low, money.roi.high)}."


def flat_sentence(money: Money) -> str:
    """Return what bets of one size would have returned; empty where it says nothing new."""
    if np.sign(money.flat_roi.value) == np.sign(money.roi.value):
        return ""
    shown = estimate(money.flat_roi.value, money.flat_roi.low, money.flat_roi.high, unit="%", signed=True)
    verdict = against_zero(money.flat_roi.low, money.flat_roi.high)
    return f"Bets of one size each would have returned {shown}, {verdict}: the sign of the return hangs on the stakes."


def edge_sentence(found: WalkPerformance) -> str:
    """Return whether larger edges won more often, among bets of like prices and among all."""
    lined, every = (int(b.table["decided"].sum()) for b in (found.buckets, found.all_buckets))
    told = edge_title(found.buckets)
    if lined == every:
        return f"{told}."
    over = found.all_buckets.slope_over_market
    if not np.isfinite(over.low):
        return f"{told} (spreads and totals)."
    beyond = estimate(over.value, over.low, over.high, signed=True)
    return f"{told} (spreads and totals). With moneylines, beyond the market's own chances: {beyond}."


def price_sentences(found: WalkPerformance) -> list[str]:
    """Return whether the prices were good, and which of them nobody was seen to offer."""
    said = []
    if len(found.clv_weeks):
        last, whole = found.clv_weeks.iloc[-1], found.verdicts.iloc[0]
        mean = estimate(last["mean"], last["low"], last["high"], unit=found.clv_unit, signed=True)
        told = f"Mean closing line value {mean} a bet, {against_zero(last['low'], last['high'])}"
        share = percent(whole["beat_the_close"])
        said.append(f"{told}; {share} of the prices that moved before kick-off moved our way ({_sources(found)}).")
    assumed = found.split[(found.split["by"] == "price_assumed") & (found.split["value"] == "True")]
    if len(assumed):
        part = assumed.iloc[0]
        whole_bets = int(found.split.iloc[0]["bets"])
        said.append(
            f"{count(int(part['bets']), 'bet')} of {whole_bets:,} were priced at an assumed −110: "
            "the line is on record, the price is not."
        )
    return said


def _sources(found: WalkPerformance) -> str:
    rows = found.verdicts.iloc[1:]
    return listing([f"{row['source']} {row['better']} better, {row['worse']} worse" for row in rows.to_dict("records")])


def forecast_sentences(found: WalkPerformance) -> list[str]:
    """Return how the model forecast winners beside the market, on the same games."""
    if "win" not in found.scores:
        return []
    gains = found.scores["win"].gains
    ours = gains[(gains["population"] == "all") & (gains["by"] == "model") & (gains["score"] == "brier")]
    said = []
    for over, name in (("market", "the prices it bet into"), ("close", "the closing prices")):
        for row in ours[ours["over"] == over].to_dict("records"):
            verdict = compared(-row["high"], -row["low"], below="better than", above="worse than")
            gain = estimate(row["gain"], row["low"], row["high"], signed=True)
            said.append(f"{verdict} {name}, Brier gain {gain}")
    if not said:
        return []
    games = int(ours["games"].iloc[0])
    return [f"On {count(games, 'game')} the model's forecasts of winners were {', and '.join(said)}."]


def known_sentences(found: WalkPerformance) -> list[str]:
    """Return how many bets it takes until return and closing line value are known."""
    unused = "clv_prob" if found.clv_unit == "points" else "clv_points"
    said = [_until(row) for row in found.until_known.to_dict("records") if row["measure"] != unused]
    return [sentence for sentence in said if sentence]


def _until(row: Mapping[Any, Any]) -> str:
    what = _MEASURES[str(row["measure"])]
    needed = float(row["bets_needed"])
    if math.isnan(needed):
        return ""
    if math.isinf(needed):
        return f"{what[:1].upper()}{what[1:]} was not positive: if it stays there, no number of bets will show a gain."
    rate = f"{number(row['bets_a_week'], digits=1)} bets a week"
    seasons = float(row["seasons_needed"])
    long = f"{count(math.ceil(needed), 'bet')}, {number(seasons, digits=0 if seasons >= 10 else 1)} seasons at {rate}"
    sure = "; it is told apart already" if row["verdict"] == "known" else _doubt(row)
    return f"If {what} is what was seen, telling it from none four times in five takes {long}{sure}."


def _doubt(row: Mapping[Any, Any]) -> str:
    """Return how far the number of bets is itself in doubt."""
    if not np.isfinite(row["fewest_bets"]):
        return ""
    most = count(math.ceil(row["most_bets"]), "bet") if np.isfinite(row["most_bets"]) else "no number at all"
    return f"; by the ends of its interval between {math.ceil(row['fewest_bets']):,} and {most}"


def run_sentence(money: Money) -> str:
    """Return how bad it got."""
    fell = f"At worst the account stood {percent(money.drawdown.share)} below its peak"
    bets, weeks = money.losing_bets.length, money.losing_weeks.length
    return f"{fell}; the longest losing runs were {count(bets, 'bet')} and {count(weeks, 'week')}."


def walk_numbers(found: WalkPerformance) -> list[KeyNumber]:
    """Return the key numbers, each with its interval where it can have one."""
    if found.money is None:
        return []
    m, whole = found.money, found.verdicts.iloc[0]
    numbers = [
        KeyNumber("Return on stakes", m.roi.value, m.roi.low, m.roi.high, unit="%", signed=True),
        KeyNumber("One unit a bet", m.flat_roi.value, m.flat_roi.low, m.flat_roi.high, unit="%", signed=True),
    ]
    if len(found.clv_weeks):
        last = found.clv_weeks.iloc[-1]
        numbers.append(KeyNumber("Mean CLV", last["mean"], last["low"], last["high"], unit=found.clv_unit, signed=True))
        beat = (whole["beat_the_close"], whole["low"], whole["high"])
        numbers.append(KeyNumber("Beat the close", *beat, unit="%"))
    s = m.sharpe
    numbers.append(KeyNumber("Sharpe, a season", s.annual, s.annual_low, s.annual_high, signed=True))
    numbers.append(KeyNumber("Deepest drawdown", m.drawdown.share, unit="%", digits=0))
    return numbers


def best_and_worst(weeks: pd.DataFrame, *, n: int = 3) -> pd.DataFrame:
    """Return the weeks that earned most and least: (season,) week, bets, staked, profit, share of the bankroll."""
    told = weeks.rename(columns={"n_bets": "bets", "staked_units": "staked", "profit_units": "profit"})
    several = ["season"] if told["season"].nunique() > 1 else []
    told = told[[*several, "week", "bets", "staked", "profit", "return"]].assign(**{"return": 100 * told["return"]})
    if several:
        told["season"] = told["season"].astype("str")
    ordered = told.sort_values("profit", ascending=False, kind="stable")
    if len(ordered) <= 2 * n:
        return ordered.reset_index(drop=True)
    return pd.concat([ordered.head(n), ordered.tail(n)], ignore_index=True)


def split_table(split: pd.DataFrame, *, clv_unit: str = "points") -> pd.DataFrame:
    """Return the parts of the bets as readers see them: what, bets, staked, profit, return and CLV with intervals."""
    scale, rows = 100.0 if clv_unit == "%" else 1.0, []
    for row in split.to_dict("records"):
        pair = (str(row["by"]), str(row["value"]))
        ends = _ends(scale * row["clv_low"], scale * row["clv_high"])
        clv = f"{number(scale * row['clv'], signed=True)} ({ends})" if row["clv_bets"] else ""
        returned = percent(row["roi"], digits=1, signed=True)
        rows.append(
            {
                "bets by": "" if pair[0] == "all" else pair[0].replace("_", " "),
                "what": WORDS.get(pair, pair[1]),
                "bets": int(row["bets"]),
                "staked": row["staked_units"],
                "profit": row["profit_units"],
                "return on stakes": f"{returned} ({_ends(row['roi_low'], row['roi_high'], 100)})",
                f"mean CLV ({clv_unit})": clv,
            }
        )
    return pd.DataFrame(rows)


def _ends(low: float, high: float, scale: float = 1.0) -> str:
    digits = 0 if scale > 1 else 2
    if not (np.isfinite(low) and np.isfinite(high)):
        return "no interval"
    return f"{number(scale * low, digits=digits)} to {number(scale * high, digits=digits)}"


def score_rows(found: WalkPerformance) -> pd.DataFrame:
    """Return the scores of model, market and close by target, with the model's gain on the market."""
    rows = []
    for target, paired in found.scores.items():
        whole = paired.gains[(paired.gains["population"] == "all") & (paired.gains["score"] == "brier")]
        gain = whole[(whole["by"] == "model") & (whole["over"] == "market")].to_dict("records")
        scores = paired.scores[paired.scores["population"] == "all"].set_index("forecaster")
        if not len(scores):
            continue
        ends = _gain_words(gain[0]) if gain else ""
        brier = {f"Brier {name}": scores["brier"].get(name, np.nan) for name in ("model", "market", "close")}
        loss = {"log loss model": scores["log_loss"].get("model", np.nan)}
        loss |= {"log loss market": scores["log_loss"].get("market", np.nan)}
        rows.append({"target": target, "games": int(scores["games"].iloc[0])} | brier | loss | {"gain on market": ends})
    return pd.DataFrame(rows)


def _gain_words(row: Mapping[Any, Any]) -> str:
    low, high = (number(row[end], digits=4) for end in ("low", "high"))
    return f"{number(row['gain'], digits=4, signed=True)} ({low} to {high})"
