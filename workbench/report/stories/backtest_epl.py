"""What the page of football with three outcomes says."""

from collections.abc import Sequence

import pandas as pd

from workbench.report import page
from workbench.report.blocks import Block
from workbench.report.drawing import Finding
from workbench.report.figures import bankroll, epl, performance
from workbench.report.figures.parts import waiting
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, number, percent
from workbench.report.stories.studies import key_number, said
from workbench.stages.studies.backtest_epl import BROKEN, BacktestEpl
from workbench.stages.studies.backtest_epl_claims import LABELS, SCORE_NAMES
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.context import StudyRun

_STRIP = (
    ("Brier, goals less close", "brier_goals_over_close", True),
    ("Brier, pooled less price", "brier_informed_over_open", True),
    ("RPS, goals", "rps_goals", False),
    ("RPS, close", "rps_close", False),
    ("Return, bets on goals", "goals_roi", True),
    ("Fair-chance CLV", "goals_clv_prob", True),
)
_BEHIND = {"goals": "goals alone", "informed": "goals and price", "open": "price before the match"}


def head(run: StudyRun, result: BacktestEpl, *, smoke: bool) -> Block:
    """Return the head of the page: matches given or simulated are not the profile's league."""
    own = run.settings.league == "epl" and not run.own_data
    whose = run.settings.label if own else "Simulated league of goals" if result.simulated else "Data given"
    return page.header(
        whose,
        f"{result.season_name}, tuned on {result.training_name}{', smoke size' if smoke else ''}",
        as_of=result.goals.walk.weeks["as_of"].max(),
        status="complete",
        question=run.study.question,
        title=run.study.title,
        simulated=result.simulated,
    )


def findings(result: BacktestEpl, claims: Sequence[Claim]) -> list[str]:
    """Return who forecast best, what pooling gave, what the bets earned, what the trigger did, what is assumed."""
    known = {claim.name: claim for claim in claims}
    told = (_ranked(result, known), _pooled(result, known), _earned("goals", known), _earned("informed", known),
            _watched(result), _whose(result))  # fmt: skip
    return [sentence for sentence in told if sentence]


def _ranked(result: BacktestEpl, claims: dict[str, Claim]) -> str:
    gap, rps = claims["brier_goals_over_close"], claims["rps_goals_over_close"]
    n = count(gap.games, "match", plural="matches")
    ends = (gap.low if gap.low is not None else float("nan"), gap.high if gap.high is not None else float("nan"))
    verdict = "loses to" if ends[0] > 0 else "beats" if ends[1] < 0 else "cannot be told from"
    return (
        f"On all {n} of {result.season_name} the goals model {verdict} Pinnacle's close: its Brier score of "
        f"{_plain(claims['brier_goals'])} lies {said(gap, signed=True)} from the close's "
        f"{_plain(claims['brier_close'])}, its ranked probability score {said(rps, signed=True)}."
    )


def _plain(claim: Claim) -> str:
    return number(claim.value, digits=claim.digits or 2)


def _pooled(result: BacktestEpl, claims: dict[str, Claim]) -> str:
    gap, weight = claims["brier_informed_over_open"], percent(result.training.weight, digits=0)
    return (
        f"Beside the price before the match, the seasons tuned on give goals a weight of {weight}; pooled so, the "
        f"forecast is {said(gap, signed=True)} of Brier score from that price, "
        f"{against_zero(gap.low, gap.high)}."
    )


def _earned(name: str, claims: dict[str, Claim]) -> str:
    roi, worth = (claims.get(f"{name}_{measure}") for measure in ("roi", "ev_at_close"))
    if roi is None or worth is None:
        return f"{_capital(LABELS[name])} made no bet: nothing passed the filter."
    return (
        f"The {count(roi.games, 'bet')} of {LABELS[name]} returned {said(roi, signed=True)} of their stakes, "
        f"{against_zero(roi.low, roi.high)}, and left {percent(claims[f'{name}_growth'].value)} of the bankroll; at "
        f"the close's fair chances they were worth {said(worth, signed=True)}, {against_zero(worth.low, worth.high)}."
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _watched(result: BacktestEpl) -> str:
    rule, fired = result.rule, int(result.goals.watched["fired"].sum())
    times = "did not call" if fired == 0 else f"called {count(fired, 'time')}"
    return (
        f"The trigger (rolling Brier {number(rule.trigger.margin)} worse than the market's over at least "
        f"{rule.trigger.minimum} matches) {times} for tuning anew; it would call in {percent(rule.false_alarms)} of "
        f"seasons for a model as good as the market, in {percent(rule.usual_alarms)} for one as it was in training, "
        f"and in {percent(rule.found)} for one worse by {number(BROKEN)}."
    )


def _whose(result: BacktestEpl) -> str:
    return "These matches are simulated: nothing here is about a real league." if result.simulated else ""


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in shown if entry is not None]


def _about(result: BacktestEpl) -> str:
    return f"{count(len(result.scores), 'match', plural='matches')} of {result.season_name}"


def gap_figure(result: BacktestEpl, claims: Sequence[Claim]) -> Finding:
    """Draw how much worse than the close everyone is."""
    known = {claim.name: claim for claim in claims}
    found = [
        (words, label, known[f"{score}_{name}_over_close"])
        for score, words in SCORE_NAMES.items()
        for name, label in _BEHIND.items()
    ]
    rows = [(words, label, claim.value, claim.low, claim.high) for words, label, claim in found]
    behind = sum(1 for *_, claim in found if claim.low is not None and claim.low > 0)
    title = f"{behind} of {len(found)} scores are worse than the close's beyond their interval"
    return epl.score_gaps(
        pd.DataFrame(rows, columns=["score", "name", "value", "low", "high"]), title=title,
        subtitle=f"{_about(result)}; paired differences, 95 % intervals clustered by batch",
    )  # fmt: skip


def reliability_figure(result: BacktestEpl) -> Finding:
    """Draw the reliability of goals and close, by outcome."""
    drawn = (result.matches["won"] == 1).mean()
    title = f"Draws came in {percent(drawn)} of matches; goals said {percent(result.matches['goals_draw'].mean())}"
    return epl.outcome_reliability(
        result.matches, forecasters={"goals": "goals model", "close": "Pinnacle's close"}, title=title,
        subtitle=f"{_about(result)}; bins of equal size, Wilson intervals; the dotted line is a calibrated forecast",
    )  # fmt: skip


def tuning_figure(result: BacktestEpl) -> Finding:
    """Draw what was tried."""
    memory = result.training.memory
    title = f"A match counts half after {number(memory.half_life_days, digits=0)} days, clubs spread by "
    title += number(memory.spread)
    n = count(len(result.training.matches), "match", plural="matches")
    return epl.tuning_curves(
        result.training.tried, title=title, subtitle=f"{n} of {result.training_name}, each forecast from its past only"
    )


def watched_figure(result: BacktestEpl) -> Finding:
    """Draw what the trigger saw."""
    rule, watched = result.rule.trigger, result.goals.watched
    fired = int(watched["fired"].sum())
    title = "The trigger never fired" if fired == 0 else f"The trigger fired {count(fired, 'time')}"
    return epl.watched_excess(
        watched, margin=rule.margin, title=title,
        subtitle=f"{result.season_name}; the last {rule.window} matches, known before each batch's decision",
    )  # fmt: skip


def bankroll_figure(result: BacktestEpl, name: str) -> Finding:
    """Draw wealth and drawdown of one forecaster's bets."""
    found = result.money[name]
    if found.money is None:
        title = f"{_capital(LABELS[name])} made no bet"
        return waiting(title, subtitle=_bets(result, name), reason="Nothing passed the filter.")
    return bankroll.bankroll_and_drawdown(found.weeks, subtitle=_bets(result, name), money=found.money)


def clv_figure(result: BacktestEpl, name: str) -> Finding:
    """Draw closing line value in probability, batch by batch."""
    return performance.cumulative_clv(result.money[name].clv_weeks, subtitle=_bets(result, name), unit="%")


def edge_figure(result: BacktestEpl, name: str) -> Finding:
    """Draw win rates by edge."""
    return performance.win_rate_by_edge(result.money[name].buckets, subtitle=_bets(result, name))


def _bets(result: BacktestEpl, name: str) -> str:
    n = len((result.goals.walk if name == "goals" else result.informed).bets)
    where = f"Pinnacle's price before the match, {result.season_name}"
    return f"{count(n, 'bet')} of {LABELS[name]}, {where}"


def score_table(claims: Sequence[Claim]) -> pd.DataFrame:
    """Return every forecaster's three scores, the best first."""
    known = {claim.name: claim for claim in claims}
    rows = [
        {"forecaster": label} | {words: known[f"{score}_{name}"].value for score, words in SCORE_NAMES.items()}
        for name, label in LABELS.items()
    ]
    return pd.DataFrame(rows).sort_values("Brier score", kind="stable").reset_index(drop=True)


def bet_table(result: BacktestEpl, name: str) -> pd.DataFrame:
    """Return the bets, the largest stakes first."""
    bets = (result.goals.walk if name == "goals" else result.informed).bets
    shown = bets.assign(match=bets["home_team"] + " – " + bets["away_team"])
    columns = ["week", "match", "side", "price", "win", "market_win", "edge_ev", "stake_units", "outcome",
               "profit_units", "clv_prob"]  # fmt: skip
    return shown.sort_values("stake_units", ascending=False, kind="stable")[columns]
