"""What the dashboard says."""

import pandas as pd

from workbench.decision.performance import DECIDED
from workbench.report.drawing import Finding
from workbench.report.figures import dashboard as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import count, estimate, is_missing, number, percent
from workbench.report.stories.frame import as_of_words
from workbench.stages.dashboard import Standing


def findings(result: Standing) -> list[str]:
    """Return where the bankroll stands, and whether that is skill, luck or neither."""
    bets = result.bets[result.bets["outcome"].isin(DECIDED)]
    if bets.empty:
        return ["Nothing has been settled yet this season."]
    roi = _measure(result, "roi")
    clv = _measure(result, "clv_points")
    words = [
        f"The paper bankroll stands at {number(bankroll_now(result), digits=0)} units after "
        f"{count(len(bets), 'settled bet')} (it started at {number(result.policy.bankroll, digits=0)}).",
        f"Return on stakes is {estimate(roi[0], roi[1], roi[2], unit='%', signed=True)}: the interval, not the number, "
        "is what a season can tell.",
        f"Closing line value, which tells sooner, is {estimate(clv[0], clv[1], clv[2], unit='points', signed=True)}.",
    ]
    shadow = float((result.bets["status"] == "shadow").mean())
    return [*words, f"{percent(shadow)} of bets are shadow bets: nobody acted on them."]


def bankroll_now(result: Standing) -> float:
    """Return the bankroll after the last week."""
    return float(result.bankroll["closing_units"].iloc[-1]) if len(result.bankroll) else result.policy.bankroll


def _measure(result: Standing, name: str) -> tuple[float | None, float | None, float | None]:
    rows = result.performance
    if rows.empty:
        return None, None, None
    found = rows[rows["group"].str.startswith("headline") & (rows["measure"] == name)]
    return (None, None, None) if found.empty else tuple(found.iloc[0][["value", "low", "high"]])


def _ends(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if is_missing(low) or is_missing(high) else (float(low), float(high))  # type: ignore[arg-type]


def numbers(result: Standing) -> list[KeyNumber]:
    """Return the strip."""
    return [
        KeyNumber("Bankroll", bankroll_now(result), unit="units", digits=0),
        KeyNumber("Return on stakes", *_measure(result, "roi"), unit="%", signed=True),
        KeyNumber("CLV", *_measure(result, "clv_points"), unit="points", signed=True),
        KeyNumber("Beat the close", *_measure(result, "beat_the_close"), unit="%"),
        KeyNumber("Bets of record", len(result.bets), digits=0),
    ]


def bankroll_figure(result: Standing) -> Finding:
    """Draw the bankroll week by week."""
    shown = result.bankroll.rename(columns={"closing_units": "bankroll"})[["week", "bankroll"]]
    return figures.bankroll(shown, start=result.policy.bankroll, subtitle=f"units, paper money, {_when(result)}")


def roi_figure(result: Standing) -> Finding:
    """Draw each week's return on stakes."""
    shown = result.bankroll.rename(columns={"staked_units": "stake_units"})[["week", "profit_units", "stake_units"]]
    _, low, high = _measure(result, "roi")
    return figures.weekly_roi(shown, interval=_ends(low, high), subtitle=f"profit over stakes, {_when(result)}")


def clv_figure(result: Standing) -> Finding:
    """Draw closing line value adding up."""
    known = result.bets[result.bets["clv_points"].notna() & result.bets["headline"].eq(True)]
    _, low, high = _measure(result, "clv_points")
    return figures.cumulative_clv(
        known.sort_values(["week", "kickoff_utc"])[["week", "clv_points"]],
        interval=_ends(low, high),
        subtitle=f"points, spreads and totals with a fresh close of their source, {_when(result)}",
    )


def brier_table(result: Standing) -> pd.DataFrame:
    """Return Brier scores by week and target: model against market."""
    shown = ["week", "target", "n", "brier_model", "brier_market", "brier_close", "brier_gain"]
    rows = result.scores[[c for c in shown if c in result.scores]]
    return rows.sort_values(["target", "week"]) if len(rows) else rows


def week_table(result: Standing) -> pd.DataFrame:
    """Return the season week by week."""
    shown = ["week", "opening_units", "staked_units", "profit_units", "closing_units", "n_bets", "n_settled"]
    return result.bankroll[shown]


def status(result: Standing) -> str:
    """Return the page's status word."""
    waiting = (result.bets["outcome"] == "waiting").any() or result.bets["outcome"].isna().any()
    return "waiting" if waiting else "graded"


def _when(result: Standing) -> str:
    return as_of_words(result.as_of)
