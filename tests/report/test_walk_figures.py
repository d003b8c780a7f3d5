"""Figures, words and the sheet of a walk, on full, single-week and empty inputs. Same input, same bytes: exactly."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.walks import invented_bets, invented_games, invented_walk
from workbench.decision.walk_performance import WalkPerformance, walk_performance
from workbench.report.drawing import Finding
from workbench.report.figures.bankroll import bankroll_and_drawdown, beat_the_close_by_source, return_forest
from workbench.report.figures.forecasters import ranked_forecasters, reliability_curves
from workbench.report.figures.performance import (
    cumulative_clv,
    expected_against_realized_clv,
    expected_title,
    win_rate_by_edge,
)
from workbench.report.stories.walk_words import best_and_worst, walk_numbers, walk_sentences
from workbench.report.tearsheet import account, tear_sheet

SUBTITLE = "Invented bets, 2020"
#: Fewer resamples than a page takes: what is drawn is the same.
RESAMPLES = 40


def measured(*, weeks: int, seasons: int = 1) -> WalkPerformance:
    rng = np.random.default_rng(21)
    games = invented_games(rng, weeks=max(weeks, 2))
    peers = pd.DataFrame({"elo": games["close"].to_numpy() ** 1.1}, index=games["game_id"])
    bets = invented_bets(rng, weeks=weeks, seasons=seasons)
    return walk_performance(bets, games, peers=peers, rng=rng, resamples=RESAMPLES)


@pytest.fixture(scope="module")
def full() -> WalkPerformance:
    return measured(weeks=18, seasons=2)


@pytest.fixture(scope="module")
def short() -> WalkPerformance:
    return measured(weeks=1)


@pytest.fixture(scope="module")
def empty() -> WalkPerformance:
    rng = np.random.default_rng(22)
    return walk_performance(invented_bets(rng)[:0], invented_games(rng)[:0], rng=rng)


DRAWINGS: dict[str, Callable[[WalkPerformance], Finding]] = {
    "bankroll": lambda w: bankroll_and_drawdown(w.weeks, money=w.money, subtitle=SUBTITLE),
    "clv": lambda w: cumulative_clv(w.clv_weeks, subtitle=SUBTITLE),
    "source": lambda w: beat_the_close_by_source(w.verdicts, subtitle=SUBTITLE),
    "edge": lambda w: win_rate_by_edge(w.buckets, subtitle=SUBTITLE),
    "reliability": lambda w: reliability_curves(w.reliability, subtitle=SUBTITLE),
    "expected": lambda w: expected_against_realized_clv(w.expected, subtitle=SUBTITLE),
    "ranked": lambda w: ranked_forecasters(w.scores["win"], subtitle=SUBTITLE, names={"elo": "538 Elo"}),
    "returns": lambda w: return_forest(w.split, subtitle=SUBTITLE),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_full_figure_tells_its_finding_in_the_houses_colours(name: str, full: WalkPerformance) -> None:
    found = DRAWINGS[name](full)
    html = str(found.block().html)
    assert found.title[0].isupper() or found.title[0].isdigit()
    assert found.alt.startswith(found.title)
    assert 'role="img" aria-label="' in html
    assert len(html) < 180_000
    own = re.sub(r"var\(--wb-[a-z]+,#[0-9a-f]{6}\)", "", html)
    assert re.findall(r"#[0-9a-f]{6}\b", own) == []
    assert html == str(DRAWINGS[name](full).block().html)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_single_week_is_drawn_without_an_interval_it_cannot_have(name: str, short: WalkPerformance) -> None:
    found = DRAWINGS[name](short)
    assert "nan" not in f"{found.title} {found.alt}".lower().split()


@pytest.mark.parametrize("name", [name for name in DRAWINGS if name != "ranked"])
def test_an_empty_walk_gives_a_panel_that_says_why(name: str, empty: WalkPerformance) -> None:
    found = DRAWINGS[name](empty)
    assert found.alt.removeprefix(f"{found.title}. ")


def test_a_loss_is_said_plainly() -> None:
    rng = np.random.default_rng(23)
    bets = invented_bets(rng, win=0.30, clv=-1.0)
    found = walk_performance(bets, invented_games(rng), rng=rng, resamples=RESAMPLES)
    said = " ".join(walk_sentences(found))
    assert "The account shrank by" in said
    assert "below zero" in said
    assert "no number of bets will show a gain" in said
    assert "worse than the closing prices" in said


def test_sentences_follow_the_numbers_and_not_the_other_way(full: WalkPerformance) -> None:
    assert full.money is not None
    assert walk_sentences(full)[0].startswith(
        "The account grew by" if full.money.growth > 1 else "The account shrank by"
    )
    turned = replace(full.money, growth=2.0 - full.money.growth)
    assert walk_sentences(replace(full, money=turned))[0] != walk_sentences(full)[0]


def test_the_sign_that_hangs_on_the_stakes_is_told(full: WalkPerformance) -> None:
    assert full.money is not None
    flat = replace(full.money.flat_roi, value=-full.money.roi.value)
    said = walk_sentences(replace(full, money=replace(full.money, flat_roi=flat)))
    assert any("the sign of the return hangs on the stakes" in sentence for sentence in said)


def test_an_expectation_that_a_few_bets_cannot_judge_is_not_praised(full: WalkPerformance) -> None:
    wide = replace(full.expected.slope, value=0.4, low=-0.9, high=1.7)
    title = expected_title(replace(full.expected, slope=wide, calibrated_p=0.4))
    assert "neither from calibrated nor from useless" in title
    assert "is not calibrated" in expected_title(replace(full.expected, slope=wide, calibrated_p=0.01))


def test_every_key_number_has_an_interval_but_a_fact_of_the_season(full: WalkPerformance) -> None:
    without = [entry.label for entry in walk_numbers(full) if entry.low is None]
    assert without == ["Deepest drawdown"]


def test_the_best_and_the_worst_weeks_are_those(full: WalkPerformance) -> None:
    found = best_and_worst(full.weeks, n=2)
    profits = full.weeks["profit_units"].sort_values(ascending=False).to_numpy()
    assert found["profit"].tolist() == pytest.approx([*profits[:2], *profits[-2:]])
    assert found["season"].tolist()[0] in ("2020", "2021")


def test_an_account_adds_up() -> None:
    walk = invented_walk(np.random.default_rng(24))
    units = account(walk).set_index("entry")["units"]
    assert units["opened with"] + units["won"] + units["lost"] == pytest.approx(units["closed with"])


def test_a_sheet_loads_nothing_and_says_where_it_comes_from() -> None:
    walk = invented_walk(np.random.default_rng(25))
    stamp = {"data": "abc123", "command": 'workbench study <b>"x"</b>'}
    sheet = tear_sheet(walk, title="Invented <league> 2020", stamp=stamp, simulated=True)
    assert sheet == tear_sheet(walk, title="Invented <league> 2020", stamp=stamp, simulated=True)
    assert sheet.count("<figure") == 6
    assert "Invented &lt;league&gt; 2020" in sheet
    assert "abc123" in sheet
    assert "<b>" not in sheet
    assert "Simulated league" in sheet
    assert len(sheet) < 200_000
    assert re.findall(r"https?://|<script|@import|<link|url\((?!#)", sheet) == []


def test_where_there_are_no_lines_closing_line_value_is_in_probability() -> None:
    walk = invented_walk(np.random.default_rng(27))
    unlined = replace(walk, bets=walk.bets.assign(line=np.nan, edge_points=np.nan, clv_points=np.nan, market="1x2"))
    sheet = tear_sheet(unlined, title="No lines", stamp={}, lines=False)
    assert "Mean closing line value +" in sheet
    assert " points a bet" not in sheet
    assert "No expectation can be checked yet" not in sheet


def test_a_sheet_of_no_bet_is_still_a_sheet() -> None:
    walk = invented_walk(np.random.default_rng(26))
    bare = replace(walk, bets=walk.bets[:0])
    assert "No bet was settled" in tear_sheet(bare, title="Nothing", stamp={})
