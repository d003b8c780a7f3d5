"""What the pages of the slip and of the picks say, true whatever the numbers. Words are compared exactly."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.clock import utc
from workbench.decision.policy import Policy
from workbench.decision.slip_risk import SlipRisk, WeekRisk
from workbench.report.figures.slip_risk import week_profit
from workbench.report.stories import publish, slip_risk
from workbench.risk.ruin import pooled_profits, repeated_weeks, value_at_risk
from workbench.stages.publish import Published

AS_OF = utc("2024-11-06T17:00Z")
THIN = "\u202f"


def risk(win: float) -> SlipRisk:
    """One bet of 2 % at 1.91."""
    profits = pooled_profits([0.0182, -0.02], [win, 1 - win])
    season, seasons = (
        repeated_weeks(profits, weeks=weeks, paths=400, rng=np.random.default_rng(1)) for weeks in (22, 220)
    )
    at_risk = value_at_risk(profits)
    return SlipRisk(profits, 0.95, at_risk, at_risk, season, seasons)


def simulated(given: WeekRisk | None) -> Any:
    bets = pd.DataFrame({"game_id": ["g1"]} if given else {"game_id": []})
    return SimpleNamespace(risk=given, slip=SimpleNamespace(bets=bets), as_of=AS_OF)


BOTH = WeekRisk(model=risk(0.56), market=risk(0.5))


def test_the_sentence_says_what_a_week_and_a_season_may_cost_on_both_views() -> None:
    said = slip_risk.sentence(simulated(BOTH))
    assert said.startswith(
        f"One week like this in 20 ends at −2.0{THIN}% of the bankroll or worse; a season of such weeks falls"
    )
    assert said.endswith("if the market is right and the model is not.")
    assert "market" not in slip_risk.sentence(simulated(WeekRisk(model=risk(0.56), market=None)))
    assert slip_risk.sentence(simulated(None)) == ""


def test_the_table_has_a_row_a_risk_and_an_interval_where_it_was_simulated() -> None:
    table = slip_risk.table(simulated(BOTH)).set_index("what")
    assert table.loc["Weeks that lose"].tolist() == [f"44.0{THIN}%", f"50.0{THIN}%"]
    assert table.loc["Expected profit", "market_right"] == f"−0.09{THIN}%"
    assert " ± " in table.loc["Mean fall in 22 weeks", "model_right"]
    alone = slip_risk.table(simulated(WeekRisk(model=risk(0.56), market=None)))
    assert set(alone["market_right"]) == {"–"}
    assert slip_risk.table(simulated(None)).empty


def test_the_figure_tells_the_risk_and_waits_without_bets() -> None:
    found = week_profit(BOTH, subtitle="s")
    assert found.title == (
        f"One week in 20 ends at −2.0{THIN}% of the bankroll or worse; 44{THIN}% lose money if the model is right, "
        f"50{THIN}% if the market is"
    )
    assert "The slip is empty." in week_profit(None, subtitle="s").alt
    assert slip_risk.figure(simulated(None)).subtitle.startswith("no bets")


def published(*picks: tuple[str, float, bool, bool], halted: str = "") -> Published:
    rows = [
        {"game_id": f"g{place}", "status": status, "stake_share": share, "needs_approval": marked, "ready": ready}
        for place, (status, share, marked, ready) in enumerate(picks)
    ]
    frame = pd.DataFrame(rows, columns=["game_id", "status", "stake_share", "needs_approval", "ready"])
    frame = frame.astype({"needs_approval": bool, "ready": bool})
    return Published(AS_OF, frame, {}, frame, (), Policy(), True, halted)


SMALL, LARGE = ("proposed", 0.01, False, False), ("proposed", 0.031, True, False)
READY, SHADOW = ("approved", 0.01, False, True), ("shadow", 0.01, False, False)


@pytest.mark.parametrize(
    ("picks", "said"),
    [
        ((SMALL, LARGE), "No pick is ready: 2 picks wait for a person's approval by name: workbench approve."),
        ((READY, SMALL), "1 pick is ready: approved by a person, who may act; 1 more waits for approval."),
        ((READY, READY), "2 picks are ready: approved by a person, who may act."),
        ((SHADOW,), "Nothing may be acted on: every pick is a shadow pick, written down and graded."),
        ((), "There are no picks this week."),
    ],
)
def test_the_first_sentence_says_whether_anyone_may_act(picks: tuple[Any, ...], said: str) -> None:
    assert publish.findings(published(*picks))[0] == said


def test_large_picks_are_said_to_need_their_game_named() -> None:
    said = publish.findings(published(SMALL, LARGE))[1]
    assert said == (
        f"1 pick on 1 game passes 2.5{THIN}% of the bankroll by game (the largest 3.1{THIN}%): a person approves "
        "it only by naming the game."
    )
    assert len(publish.findings(published(SMALL, READY))) == 1


def test_while_halted_nothing_may_be_acted_on_and_the_page_says_why() -> None:
    said = publish.findings(published(("approved", 0.01, False, False), halted="stale feed"))[0]
    assert said == "Nothing may be acted on: betting is halted (stale feed)."


def test_the_strip_counts_what_is_ready() -> None:
    strip = {number.label: number.value for number in publish.numbers(published(READY, SMALL, SHADOW))}
    assert strip["Picks"] == 3
    assert strip["Ready"] == 1
