"""Game-level designs on the real NFL and a published panel, beside what others found.

Each published number must lie in our 95 % interval; where our own number is held, it is by sign or by order.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from workbench.causal.games.game_design import GameDesign
from workbench.causal.games.matching import matched_comparison
from workbench.causal.games.ratio import two_numbers
from workbench.causal.panels.fixed_effects import FixedEffectsDiD, fixed_effects_did
from workbench.data.nflverse import schedule as source
from workbench.features.panels import game_panel, team_week_panel

pytestmark = pytest.mark.real

BYE = GameDesign(outcome="margin", treatment="bye")
FIELD = GameDesign(outcome="margin", treatment="home", intercept="none")
#: A bye is two weeks from game to game; thirteen days allow for a Monday before and a Sunday after.
BYE_DAYS = 13


@pytest.fixture(scope="module")
def games(real_data: Path) -> pd.DataFrame:
    """Regular-season games 1999-2024."""
    rows = pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet").dropna(subset=["result"])
    rows = rows[rows["game_type"] == "REG"].reset_index(drop=True)
    late = rows["week"] > 1
    bye = (rows["home_rest"] >= BYE_DAYS).astype(float) - (rows["away_rest"] >= BYE_DAYS).astype(float)
    neutral = rows["location"] == "Neutral"
    return rows.assign(
        margin=rows["result"], close=rows["spread_line"], margin_vs_close=rows["result"] - rows["spread_line"],
        neutral=neutral, home=1.0 - neutral, bye=bye.where(late, 0.0),
    )  # fmt: skip


def between(games: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    return games[games["season"].between(first, last)]


def test_the_bye_was_worth_two_points_before_2011_and_the_market_gave_half_a_point(games: pd.DataFrame):
    # Lopez & Bliss 2024: +2.2 in 2002-10.
    early = between(games, 2002, 2010)
    margin, close = BYE.fit(early), replace(BYE, outcome="close").fit(early)
    assert margin.low < 2.2 < margin.high
    assert margin.low > 0
    assert close.high < margin.value


def test_the_bye_is_worth_little_since_2011_while_the_market_prices_a_point(games: pd.DataFrame):
    # Lopez & Bliss 2024: +0.31 on the game, +0.97 in the line.
    late = between(games, 2011, 2022)
    margin, close = BYE.fit(late), replace(BYE, outcome="close").fit(late)
    assert margin.low < 0.31 < margin.high
    assert margin.low < 0 < margin.high
    assert close.low < 0.97 < close.high
    assert close.low > 0


def test_the_unpriced_share_of_the_bye_has_ends_only_where_there_is_an_effect(games: pd.DataFrame):
    early, late = (two_numbers(between(games, *years), treatment="bye") for years in ((2002, 2010), (2011, 2022)))
    assert early.bounded
    assert 0 < early.share_low < early.share < early.share_high < 1
    assert not late.bounded


def test_home_field_was_almost_three_points_in_2000_and_about_two_in_2019(games: pd.DataFrame):
    rows = between(games, 2000, 2019)
    trend = (rows["season"] - 2000) / 19 * rows["home"]
    start = replace(FIELD, controls=("trend",)).fit(rows.assign(trend=trend))
    end = replace(FIELD, controls=("trend",)).fit(rows.assign(trend=trend - rows["home"]))
    assert start.low < 2.9 < start.high
    assert end.low < 2.2 < end.high
    assert start.value > end.value


def test_without_crowds_home_field_was_about_nothing(games: pd.DataFrame):
    field = FIELD.fit(between(games, 2020, 2020))
    assert field.low < 0 < field.high
    assert abs(field.value) < 0.5
    assert field.inference == "wild bootstrap"  # one season has seventeen weeks


def test_home_field_is_in_the_closing_line_whole(games: pd.DataFrame):
    left = replace(FIELD, outcome="margin_vs_close").fit(games)
    assert left.low < 0 < left.high
    assert left.standard_error < 0.25


def test_a_fired_coach_looks_like_points_against_himself_and_like_nothing_against_his_like(real_data: Path):
    raw = pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet")
    schedule = source.with_kickoff(raw[raw["game_type"] == "REG"])
    panel = team_week_panel(game_panel({
        "games": source.games(schedule), "results": source.results(schedule), "starters": source.starters(schedule),
        "quotes": source.closing_quotes(schedule),
    })).sort_values(["season", "team", "week"])  # fmt: skip
    before = panel.groupby(["season", "team"])["coach"].shift()
    changes = panel[(panel["coach"] != before) & before.notna()][["season", "week", "team"]]
    found = matched_comparison(panel, changes, outcome="margin_vs_close", last=None)
    assert len(changes) == 43
    assert found.naive.low > 0
    # Roach 2013: none or negative, once mean reversion is allowed for.
    assert found.matched.low < 0 < found.matched.high
    assert found.adjusted.low < 0 < found.adjusted.high
    balance = found.balance.set_index("covariate")
    assert (balance["difference_after"].abs() < balance["difference_before"].abs() / 2).all()


@pytest.fixture(scope="module")
def card_krueger(real_data: Path) -> pd.DataFrame:
    """410 restaurants in two waves, told one wave after the other in the same order."""
    path = real_data / "causal" / "card_krueger_njmin3.csv"
    if not path.exists():
        pytest.skip("Card & Krueger's restaurants not found: set WORKBENCH_REAL_DATA")
    rows = pd.read_csv(path)
    return rows.assign(store=rows.groupby("d").cumcount())


def test_card_and_krueger_found_two_and_three_quarters_jobs_a_restaurant(card_krueger: pd.DataFrame):
    everyone = FixedEffectsDiD(
        outcome="fte", treatment="d_nj", unit="nj", time="d", cluster="store", repeated=True
    ).fit(card_krueger)
    same_stores = fixed_effects_did(card_krueger, unit="store", time="d", outcome="fte", treatment="d_nj")
    # All available restaurants compare the four means (published +2.76 from rounded means). A restaurant's own effect
    # takes the 26 seen once out: the balanced +2.75. They differ by who closed or did not answer.
    assert (everyone.rows, same_stores.rows) == (794, 768)
    assert everyone.value == pytest.approx(2.7536, abs=5e-4)
    assert same_stores.value == pytest.approx(2.75, abs=5e-4)
    assert same_stores.standard_error == pytest.approx(1.34, abs=0.01)
    balanced = fixed_effects_did(
        card_krueger, unit="store", time="d", outcome="fte", treatment="d_nj", balanced=True
    )  # fmt: skip
    assert balanced.value == pytest.approx(same_stores.value)
