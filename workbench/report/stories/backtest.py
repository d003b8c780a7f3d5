"""What the page of the backtest says."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from workbench.report.blocks import Block, element, joined
from workbench.report.drawing import Finding
from workbench.report.figures import bankroll, forecasters, performance
from workbench.report.page import KeyNumber
from workbench.report.sentences import (
    against_zero,
    compared,
    count,
    estimate,
    instant,
    listing,
    number,
    percent,
    quantity,
)
from workbench.report.stories.studies import key_number, said, verdict
from workbench.report.tearsheet import tear_sheet
from workbench.stages.bookkeeping import stage_policy
from workbench.stages.keys import git_revision
from workbench.stages.studies.backtest import Backtest, Played
from workbench.stages.studies.backtest_claims import words_at, words_of
from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.peers import PEERS

_STRIP = (
    ("Closing line value", "clv_points", True),
    ("Beat the close", "beat_the_close", False),
    ("Return on stakes", "roi", True),
    ("Brier gain on the market", "gain_on_market", True),
    ("Sharpe ratio of a season", "sharpe_annual", True),
    ("Largest drawdown", "drawdown", False),
)
_MEASURES = {"flat_roi": "return a unit", "clv_points": "closing line value", "clv_prob": "the same in probability"}
_COLUMNS = {
    "clv_bets": "bets with a close", "clv": "CLV", "clv_low": "CLV low", "clv_high": "CLV high", "roi": "ROI",
    "roi_low": "ROI low", "roi_high": "ROI high", "flat_roi": "flat ROI",
}  # fmt: skip


def findings(result: Backtest, claims: Sequence[Claim]) -> list[str]:
    """Return whether the price was good, what was earned, whether it can be told from luck, and what is doubtful."""
    by_name = {claim.name: claim for claim in claims}
    told = (
        _price(result, by_name), _naive(result), _held(result, by_name), _late(result, by_name),
        _earned(result, by_name), _forecast(result, by_name), _edge(result, by_name), verdict(claims),
    )  # fmt: skip
    return [sentence for sentence in told if sentence]


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    by_name = {claim.name: claim for claim in claims}
    found = (key_number(label, by_name.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in found if entry is not None]


def _price(result: Backtest, claims: dict[str, Claim]) -> str:
    clv, beat = claims.get("clv_points"), claims.get("beat_the_close")
    if clv is None or beat is None:
        return f"No bet has a fresh closing line of its own book ({words_of(result.main)})."
    verdict_word = against_zero(clv.low, clv.high)
    return (
        f"The price was good by the close in {said(beat)} of the {count(beat.games, 'bet')} whose price moved; "
        f"the mean closing line value is {said(clv, signed=True)}, {verdict_word} ({words_of(result.main)})."
    )


def _earned(result: Backtest, claims: dict[str, Claim]) -> str:
    money = result.main.performance.money
    if money is None:
        return "No bet is settled: there is no return to speak of."
    known = result.main.performance.until_known
    flat = known[known["measure"] == "flat_roi"].to_dict("records")[0]
    return (
        f"The bets returned {said(claims['roi'], signed=True)} of their stakes, "
        f"{against_zero(money.roi.low, money.roi.high)}: {count(money.bets, 'bet')} in {count(money.weeks, 'week')}. "
        f"With one unit on each it is {quantity(flat['effect'], unit='%', digits=1, signed=True)}: "
        f"{_until(float(flat['bets_needed']))}."
    )


def _until(needed: float) -> str:
    if not np.isfinite(needed):
        return "at that, no number of bets would show a gain"
    return f"at that, it takes {count(round(needed), 'bet')} to tell a gain from luck"


def _naive(result: Backtest) -> str:
    told = []
    for side in result.naive:
        had = estimate(side.clv.value, side.clv.low, side.clv.high, unit="points", signed=True)
        bets = f"{percent(side.share)} of the bets on {side.market}s are such"
        told.append(f"every {side.name} would have had {had}, and {bets}")
    return f"Part of that value is a lean of the prices, free to all: {'; '.join(told)}." if told else ""


def _held(result: Backtest, claims: dict[str, Claim]) -> str:
    clv, held = claims.get("clv_points"), claims.get("held_back_clv_points")
    if result.held_back is None or clv is None or held is None:
        return ""
    return (
        f"Told everything {result.held_back.held_back_hours:g} h later, as if the opener were that old, the model's "
        f"bets still have {said(held, signed=True)}: between this and "
        f"{quantity(clv.value, unit='points', signed=True)} lies the truth for openers without a time stamp."
    )


def _late(result: Backtest, claims: dict[str, Claim]) -> str:
    clv, roi = claims.get("wednesday_clv_points"), claims.get("wednesday_roi")
    if result.late is None or clv is None:
        return ""
    earned = f"; they returned {said(roi, signed=True)}" if roi is not None else ""
    return f"Where prices carry their time ({words_of(result.late)}), the bets have {said(clv, signed=True)}{earned}."


def _forecast(result: Backtest, claims: dict[str, Claim]) -> str:
    gain, share = claims.get("gain_on_market"), claims.get("share_of_gap")
    if gain is None or share is None:
        return ""
    better = compared(gain.low, gain.high, below="worse than", above="better than")
    way = f": {said(share)} of the way to the close" if result.opener and result.opener.gap.low > 0 else ""
    return (
        f"Given the price at the decision, the forecast of winners is {better} that price: it gains "
        f"{said(gain, signed=True)} of Brier score{way}.{_tried(claims)}"
    )


def _tried(claims: dict[str, Claim]) -> str:
    found = claims.get("recalibrated_gain")
    if found is None:
        return ""
    word = compared(found.low, found.high, below="worse than", above="better than")
    return f" Tried: with odds recalibrated on earlier seasons it gains {said(found, signed=True)}, {word} the price."


def _edge(result: Backtest, claims: dict[str, Claim]) -> str:
    expected = result.main.performance.expected
    if not np.isfinite(expected.slope.value):
        return ""
    return f"{performance.edge_title(result.main.performance.buckets)}. {performance.expected_title(expected)}."


def subtitle(played: Played) -> str:
    """Return measure, population and as-of of a figure of these decisions."""
    bets = played.walk.bets
    sources = listing(sorted(set(bets["source"]))) if len(bets) else "no source"
    last = played.walk.weeks["as_of"].max()
    return f"{words_of(played)}; {count(len(bets), 'bet')} at {sources}; last decision {last:%Y-%m-%d}"


def clv_figure(played: Played) -> Finding:
    """Draw closing line value week by week."""
    return performance.cumulative_clv(played.performance.clv_weeks, subtitle=subtitle(played))


def close_figure(played: Played) -> Finding:
    """Draw who beat the close, by source."""
    return bankroll.beat_the_close_by_source(played.performance.verdicts, subtitle=subtitle(played))


def bankroll_figure(played: Played) -> Finding:
    """Draw wealth and drawdown."""
    found = played.performance
    return bankroll.bankroll_and_drawdown(found.weeks, subtitle=subtitle(played), money=found.money)


def return_figure(played: Played) -> Finding:
    """Draw returns by season, market, book and kind of price."""
    return bankroll.return_forest(played.performance.split, subtitle=subtitle(played))


def edge_figure(played: Played) -> Finding:
    """Draw win rates by edge."""
    return performance.win_rate_by_edge(played.performance.buckets, subtitle=subtitle(played))


def expected_figure(played: Played) -> Finding:
    """Draw realized against expected closing line value."""
    return performance.expected_against_realized_clv(played.performance.expected, subtitle=subtitle(played))


def rank_figure(result: Backtest) -> Finding:
    """Draw every forecaster's gain on the market at the decision."""
    scores = result.main.performance.scores.get("win")
    if scores is None:
        scores = next(iter(result.main.performance.scores.values()))
    population = "common" if (scores.gains["population"] == "common").any() else "all"
    names = {name: peer.label for name, peer in PEERS.items()}
    return forecasters.ranked_forecasters(scores, subtitle=subtitle(result.main), population=population, names=names)


def reliability_figure(result: Backtest) -> Finding:
    """Draw reliability with bands."""
    return forecasters.reliability_curves(result.main.performance.reliability, subtitle=subtitle(result.main))


def split_table(played: Played) -> pd.DataFrame:
    """Return the returns and the closing line value of every part."""
    split = played.performance.split
    kept = split[["by", "value", "bets", *_COLUMNS]].rename(columns=_COLUMNS)
    return kept.assign(by=kept["by"].str.replace("_", " "))


def known_table(played: Played) -> pd.DataFrame:
    """Return how many bets it takes until each measure is known."""
    known = played.performance.until_known
    shown = known[["measure", "effect", "low", "high", "bets", "bets_needed", "seasons_needed", "verdict"]]
    shown = shown.assign(measure=[_MEASURES.get(name, name) for name in shown["measure"]])
    endless = ~np.isfinite(shown["bets_needed"].to_numpy(np.float64))
    for column in ("bets_needed", "seasons_needed"):
        shown[column] = [
            "none would" if none else number(value, digits=0 if column == "bets_needed" else 1)
            for value, none in zip(shown[column], endless, strict=True)
        ]
    return shown


def week_table(played: Played) -> pd.DataFrame:
    """Return the worst and the best weeks."""
    weeks = played.performance.weeks
    columns = ["season", "week", "n_bets", "staked_units", "profit_units", "return", "drawdown"]
    return weeks.sort_values("return", kind="stable")[columns].reset_index(drop=True)


def gain_table(result: Backtest) -> pd.DataFrame:
    """Return our paired gains on every forecaster, each on the games both forecast."""
    parts = [found.gains.assign(target=target) for target, found in result.main.performance.scores.items()]
    every = pd.concat(parts, ignore_index=True)
    ours = every[(every["by"] == "model") & (every["population"] != "common")]
    names = {**forecasters.NAMES, **{name: peer.label for name, peer in PEERS.items()}}
    seasons = [span(first, last) for first, last in zip(ours["first"], ours["last"], strict=True)]
    shown = ours.assign(against=[names.get(name, name) for name in ours["over"]], seasons=seasons)
    shown["score"] = shown["score"].str.replace("_", " ")
    return shown[["target", "against", "score", "gain", "low", "high", "p_holm", "games", "seasons"]]


def leave_sheets(run: StudyRun, result: Backtest) -> Block:
    """Leave a tear sheet a season beside the page, and return their links."""
    played, made = result.main, {}
    for season in played.seasons:
        bets = played.walk.bets
        title = f"{run.settings.label} {season}, {words_at(played)}"
        html = tear_sheet(
            played.walk.season(season), title=title, stamp=_stamp(run), seed=run.settings.seed,
            earlier=bets[bets["season"] < season], simulated=run.simulated,
        )  # fmt: skip
        made[str(season)] = run.save_sheet(f"{season}.html", html)
    links = [element("a", season, href=address) for season, address in made.items()]
    text = "Tear sheets, one file a season: "
    html = element("p", joined([text, Markup(" · ").join(links)]), css="wb wb-note")
    return Block(role="note", html=html, text=f"{text}{', '.join(made)}")


def _stamp(run: StudyRun) -> dict[str, str]:
    return {
        "as of": instant(run.as_of), "data": run.facts.version.digest[:12], "revision": git_revision() or "none",
        "policy": stage_policy(run.settings).name, "run": run.key[:12],
    }  # fmt: skip


def ledger_words(result: Backtest) -> str:
    """Return how the ledger of this study is asked."""
    accounts = count(len(result.accounts), "account")
    return (
        f"ledger.sqlite beside this page's result holds {accounts}, one a season and way of deciding, in the tables "
        "weekly_bets, weekly_performance, model_evaluations and bankroll_history."
    )


def speed_words(result: Backtest) -> str:
    """Return how long the walks took, where any was walked now."""
    walked = result.main.walked
    if not walked.fresh:
        return "Every season was read as it was walked before: nothing it depends on has changed."
    each = quantity(walked.seconds / walked.fresh, unit="s", digits=0)
    return f"{count(walked.fresh, 'season')} walked now in {walked.seconds / 60:.1f} minutes by the clock, {each} each."


def stake_words(result: Backtest) -> str:
    """Return what Kelly stakes earned beside flat ones."""
    money = result.main.performance.money
    if money is None:
        return "Nothing was staked."
    kelly = estimate(money.roi.value, money.roi.low, money.roi.high, unit="%", signed=True)
    flat = estimate(money.flat_roi.value, money.flat_roi.low, money.flat_roi.high, unit="%", signed=True)
    fell = percent(money.drawdown.share)
    return f"As staked, the bets returned {kelly}; with one unit on each, {flat}. Largest drawdown {fell}."
