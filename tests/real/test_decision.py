"""The decision's parts on real games, read straight from the files so that only the decision is on trial.

Counts of data/README trap 11 are counts: exact. Published masses on 3 and 7 are of 7,276 games (standard error 0.4 and
0.3 points): held to 1 point. Pass rates are published in whole percents and simulated to 0.33 points: held to 1.5
points.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.clock import decision_instants, utc
from workbench.decision.grade import grade
from workbench.decision.pricing import sides_of
from workbench.decision.quotes import chosen_quotes, closing_quotes, latest_quotes
from workbench.market.keynumbers import KeyNumbers, key_numbers, tilted, tilts_for_means
from workbench.market.odds import decimal_from_american
from workbench.risk.gates import gate_operating_characteristics

pytestmark = pytest.mark.real

SEASON_OVER = utc("2025-03-01T00:00Z")


@dataclass(frozen=True)
class Season:
    """2024: its games, every consensus state of its spreads as it was recorded, its results."""

    games: pd.DataFrame
    quotes: pd.DataFrame
    results: pd.DataFrame


@pytest.fixture(scope="module")
def schedule(real_data: Path) -> pd.DataFrame:
    return pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet").query("result.notna()")


@pytest.fixture(scope="module")
def season(real_data: Path, schedule: pd.DataFrame) -> Season:
    states = pd.read_parquet(real_data / "nfl_lines" / "history_2024.parquet")
    states = states[states["home_spread_last_source"] == "action-hq-consensus"]
    played = schedule[schedule["season"] == 2024].rename(columns={"game_id": "nflverse_game_id"})
    games = played.merge(states[["nflverse_game_id", "kickoff_utc"]].drop_duplicates("nflverse_game_id"))
    games = games.rename(columns={"nflverse_game_id": "game_id"})
    ids = ["game_id", "season", "week"]
    quotes = pd.DataFrame(
        {
            "game_id": states["nflverse_game_id"],
            "market": "spread",
            "source": "consensus",
            "kind": "live",
            "recorded_at": states["commit_time"],
            "line": -states["home_spread_last"],  # sportsbook notation ends here
            "price_home": decimal_from_american(states["home_spread_last_price"]),
            "price_away": decimal_from_american(states["away_spread_last_price"]),
            "price_assumed": False,
            "instant_assumed": False,
        }
    )
    results = games[[*ids, "home_score", "away_score"]].assign(known_at=games["kickoff_utc"] + pd.Timedelta("4h"))
    return Season(games=games, quotes=quotes, results=results)


@pytest.fixture(scope="module")
def learnt(schedule: pd.DataFrame) -> KeyNumbers:
    past = schedule[schedule["season"] < 2024]
    return key_numbers(
        past["result"], past["total"], expected_margins=past["spread_line"], expected_totals=past["total_line"]
    )


@pytest.fixture(scope="module")
def graded(season: Season, learnt: KeyNumbers) -> pd.DataFrame:
    """A trivial slip, both sides of every spread at Wednesday noon, settled and graded."""
    slips = []
    for instant, games in season.games.groupby(decision_instants(season.games["kickoff_utc"])):
        latest = latest_quotes(season.quotes, games, at=instant)
        slips.append(sides_of(chosen_quotes(latest, books=("consensus",), maximum_age_hours=24.0), games))
    bets = pd.concat(slips, ignore_index=True).assign(stake_units=1.0)
    closes = closing_quotes(season.quotes, season.games, at=SEASON_OVER, maximum_age_hours=3.0)
    return grade(bets, closes, results=season.results, games=season.games, key_numbers=learnt)


def test_188_of_285_games_have_a_fresh_consensus_at_both_ends(season: Season, graded: pd.DataFrame) -> None:
    # data/README trap 11; the one game of the 188 that kicks off on the Wednesday after noon is among them
    home = graded[graded["side"] == "home"]
    assert len(season.games) == 285
    assert len(home) == 285
    assert int((~home["close_stale"]).sum()) == 188
    assert home["quote_age_hours"].median() == pytest.approx(4.0, abs=0.5)


def test_stale_closes_are_those_of_the_first_weeks_and_week_15(graded: pd.DataFrame) -> None:
    stale = graded[graded["close_stale"]]
    assert stale["week"].isin([1, 2, 3, 4, 15]).mean() > 0.7
    assert graded.loc[graded["week"] == 15, "close_age_hours"].median() == pytest.approx(29.0, abs=1.0)


def test_both_sides_of_every_bet_cancel_and_no_move_is_zero(graded: pd.DataFrame) -> None:
    sides = graded.pivot(index="game_id", columns="side", values=["clv_points", "clv_prob"])
    for unit in ("clv_points", "clv_prob"):
        assert (sides[unit]["home"] + sides[unit]["away"]).abs().max() < 1e-9
    still = (
        (graded["line"] == graded["close_line"])
        & (graded["price"] == graded["close_price"])
        & (graded["price_other"] == graded["close_price_other"])
    )
    assert still.sum() >= 10
    assert (graded.loc[still, ["clv_points", "clv_prob", "clv_ev"]] == 0.0).all(axis=None)
    assert set(graded.loc[still, "clv_verdict"]) == {"same"}


def test_betting_both_sides_blindly_loses_about_the_margin(graded: pd.DataFrame) -> None:
    assert (graded["outcome"] != "waiting").all()
    assert graded["profit_units"].mean() == pytest.approx(-0.045, abs=0.01)  # half of -110's overround of 4.8 %
    assert graded["ev_at_close"].mean() == pytest.approx(-0.045, abs=0.01)


def test_key_numbers_survive_the_tilt_to_each_games_spread(schedule: pd.DataFrame, learnt: KeyNumbers) -> None:
    recent = schedule[schedule["season"] >= 2010]
    pmf = tilted(learnt.margin, tilts_for_means(learnt.margin, recent["spread_line"]))
    for number, published in ((3, 0.151), (7, 0.090)):  # FACTS
        assert pmf[:, np.abs(learnt.margin.support) == number].sum(axis=1).mean() == pytest.approx(published, abs=0.01)
    mean = pmf @ learnt.margin.support
    spread = np.sqrt((pmf * (learnt.margin.support - mean[:, None]) ** 2).sum(axis=1)).mean()
    residual = (recent["result"] - recent["spread_line"]).std()
    assert spread == pytest.approx(residual, rel=0.05)


def test_an_unskilled_bettor_passes_the_gate_as_often_as_published_on_real_moves(real_data: Path) -> None:
    lines = pd.read_parquet(real_data / "nfl_lines" / "open_last_1999_2024.parquet")
    lines = lines[lines["season"] >= 2007]  # before, the opener repeats the last line
    moves = (lines["home_spread_last"] - lines["home_spread_open"]).dropna()
    assert ((moves != 0).mean(), moves.abs().mean(), moves.std()) == pytest.approx((0.77, 1.18, 1.79), abs=0.02)
    points = gate_operating_characteristics(moves, rng=np.random.default_rng(1))
    for point, published in zip(points, (0.30, 0.23, 0.16), strict=True):
        assert point.pass_rate == pytest.approx(published, abs=0.015)
        assert point.calibrated_threshold > 0.3  # what a false-pass rate of 5 % would ask for
