"""What the grading page says."""

import math

import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures import grade as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing, number
from workbench.report.stories.frame import as_of_words
from workbench.stages.grade import Graded

_MEASURES = {
    "clv_points": ("CLV", "points", True),
    "beat_the_close": ("Beat the close", "%", False),
    "clv_ev": ("CLV in EV", "%", True),
    "roi": ("Return on stakes", "%", True),
    "win_rate": ("Bets won", "%", False),
}


def findings(result: Graded) -> list[str]:
    """Return whether the price was good, whether we were right, and what is still open."""
    waiting = (
        f"{count(result.n_waiting, 'bet is', plural='bets are')} waiting for the games to be over."
        if result.n_waiting
        else ""
    )
    return [s for s in (waiting, _price(result), _right(result), result.alert.sentence, _week(result)) if s]


def _price(result: Graded) -> str:
    clv = measure(result, "clv_points")
    if clv is None or clv["n"] == 0:
        return "No closing line value yet: nothing has been graded against a fresh close of its own source."
    words = estimate(clv["value"], clv["low"], clv["high"], unit="points", signed=True)
    return (
        f"Season to date the price was {words} better than the close on {count(int(clv['n']), 'spread or total bet')}: "
        f"{against_zero(clv['low'], clv['high'])}."
    )


def _right(result: Graded) -> str:
    rows = result.scores[result.scores["target"] == "win"] if len(result.scores) else result.scores
    if rows.empty:
        return ""
    row = rows.iloc[0]
    ahead = "ahead of" if row["brier_model"] < row["brier_market"] else "behind"
    return (
        f"On the winners of {count(int(row['n']), 'game')} the model's Brier score is {row['brier_model']:.3f}, "
        f"{ahead} the market's {row['brier_market']:.3f} at the decision; the gain is "
        f"{estimate(row['brier_gain'], row['brier_gain_low'], row['brier_gain_high'], signed=True)}."
    )


def _week(result: Graded) -> str:
    grades = result.week.grades
    if grades.empty:
        return "The week had no bets."
    outcomes = grades["outcome"].value_counts()
    said = listing(
        [count(int(n), str(name).replace("_", " "), plural=_plural(str(name))) for name, n in outcomes.items()]
    )
    profit = grades["profit_units"].sum()
    return f"The week's bets: {said}; {number(profit, digits=1, signed=True)} units."


def _plural(outcome: str) -> str:
    return {"loss": "losses", "push": "pushes", "half_loss": "half losses", "waiting": "waiting", "void": "void"}.get(
        outcome, f"{outcome.replace('_', ' ')}s"
    )


def measure(result: Graded, name: str) -> "dict[str, float] | None":
    """Return one headline measure of the season to date: value, low, high, n."""
    rows = result.performance
    found = rows[rows["group"].str.startswith("headline") & (rows["measure"] == name)]
    return None if found.empty else {str(k): v for k, v in found.iloc[0].items()}


def numbers(result: Graded) -> list[KeyNumber]:
    """Return the strip: the season to date, headline bets."""
    strip = []
    for name, (label, unit, signed) in _MEASURES.items():
        found = measure(result, name)
        value, low, high = (None, None, None) if found is None else (found["value"], found["low"], found["high"])
        strip.append(KeyNumber(label, value, low, high, unit=unit, signed=signed))
    return strip


def clv_figure(result: Graded) -> Finding:
    """Draw each bet's closing line value, season to date."""
    ordered = result.season.sort_values(["season", "week", "kickoff_utc"])
    known = ordered[ordered["clv_points"].notna()]
    found = measure(result, "clv_points")
    ends = None if found is None or math.isnan(found["low"]) else (found["low"], found["high"])
    return figures.clv_by_bet(
        known, interval=ends, subtitle=f"spreads and totals, points, season to date, {_when(result)}"
    )


def reliability_figure(evaluated: pd.DataFrame, result: Graded) -> Finding:
    """Draw forecast against frequency for the winner."""
    wins = evaluated[evaluated["target"] == "win"]
    return figures.reliability(wins["model"], wins["outcome"], subtitle=f"{len(wins)} games, {_when(result)}")


def brier_figure(result: Graded) -> Finding:
    """Draw weekly Brier scores of the winner, model against market."""
    rows = result.history[result.history["target"] == "win"] if len(result.history) else result.history
    columns = {"week": "week", "brier_model": "model", "brier_market": "market", "n": "n"}
    return figures.brier_by_week(
        rows.reindex(columns=list(columns)).rename(columns=columns),
        market="market at the decision",
        subtitle=f"winner, squared error, {_when(result)}",
    )


def score_table(result: Graded) -> pd.DataFrame:
    """Return the week's Brier score and log loss by target: model, market at decision, market at close."""
    shown = ["target", "n", "brier_model", "brier_market", "brier_close", "log_loss_model", "log_loss_market"]
    return result.scores[[c for c in shown if c in result.scores]]


def bet_table(result: Graded) -> pd.DataFrame:
    """Return the week's bets: outcome, profit, closing line value in three units."""
    shown = [
        "game_id",
        "market",
        "side",
        "line",
        "close_line",
        "outcome",
        "profit_units",
        "clv_points",
        "clv_prob",
        "clv_ev",
    ]
    grades = result.week.grades[shown]
    return grades.assign(clv_prob=100 * grades["clv_prob"], clv_ev=100 * grades["clv_ev"])


def close_table(result: Graded) -> pd.DataFrame:
    """Return where each bet's price and close come from, and how old the close was."""
    shown = [
        "game_id",
        "market",
        "source",
        "price_assumed",
        "close_source",
        "close_age_hours",
        "close_stale",
        "cross_source",
    ]
    return result.week.grades[shown]


def performance_table(result: Graded) -> pd.DataFrame:
    """Return the season's measures by group, each with its interval."""
    rows = result.performance[result.performance["n"] > 0]
    share = rows["measure"].isin(["clv_prob", "clv_ev", "ev_at_close", "beat_the_close", "win_rate", "roi"])
    scale = share.map({True: 100.0, False: 1.0})
    return rows.assign(**{c: rows[c] * scale for c in ("value", "low", "high")})


def status(result: Graded) -> str:
    """Return the page's status word."""
    return "waiting" if result.n_waiting else "graded"


def _when(result: Graded) -> str:
    return as_of_words(result.as_of)
