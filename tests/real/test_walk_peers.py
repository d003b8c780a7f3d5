"""Peers on real games, against numbers computed elsewhere; reliability and the split of the market's own score.

Brier scores of 538 and nfelo are held to the digits of FACTS (.2190 and .2144 to 2e-4). Ranks follow from what each had
read: a gain is paired, and above zero by its interval.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.decision.paired_scores import PairedScores, paired_scores
from workbench.decision.reliability import reliability_of
from workbench.stages.studies.peers import PEERS, Peers, read_peers

pytestmark = pytest.mark.real
DIGITS = 2e-4


@pytest.fixture(scope="module")
def peers(real_data: Path) -> Peers:
    return read_peers(real_data / "peers", which=tuple(PEERS))


@pytest.fixture(scope="module")
def evaluated(real_data: Path) -> pd.DataFrame:
    """Games of 2010-2023 with nfelo's reading of both lines as the market, before and at the close."""
    games = pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet")
    lines = pd.read_parquet(next((real_data / "peers").glob("nfelo_games_*.parquet"))).set_index("nflverse_game_id")
    games = games[games["season"].between(2010, 2023) & games["result"].notna()]
    said = {
        "market": games["game_id"].map(lines["home_implied_win_probability_open"]),
        "close": games["game_id"].map(lines["home_implied_win_probability_close"]),
    }
    margin = games["result"]
    return games[["game_id", "season", "week", "game_type"]].assign(
        target="win", model=said["market"], **said, outcome=(margin > 0) + 0.5 * (margin == 0)
    )


@pytest.fixture(scope="module")
def scored(evaluated: pd.DataFrame, peers: Peers) -> PairedScores:
    return paired_scores(evaluated, peers=peers.probabilities)


def brier(scored: PairedScores, name: str) -> float:
    rows = scored.scores.query("population == @name and forecaster == @name")
    return float(rows["brier"].item())


def test_published_scores_are_found_again(scored: PairedScores) -> None:
    assert brier(scored, "elo") == pytest.approx(0.2190, abs=DIGITS)  # 2010-2020
    assert brier(scored, "nfelo_fixed") == pytest.approx(0.2144, abs=DIGITS)  # 2010-2023


def test_who_reads_more_forecasts_better(scored: PairedScores) -> None:
    means = scored.scores[scored.scores["population"] == "common"].set_index("forecaster")["brier"]
    order = ["nfelo_close", "nfelo_open", "nfelo", "elo"]
    assert means[order].is_monotonic_increasing
    assert means["elo_quarterback"] < means["elo"]


def test_the_close_gains_on_the_opener_beyond_doubt(scored: PairedScores) -> None:
    gain = scored.gains.query("population == 'all' and by == 'market' and over == 'close' and score == 'brier'").iloc[0]
    assert gain["high"] < 0  # the market at the opener loses to its close
    assert gain["gain"] == pytest.approx(-0.0034, abs=0.0004)  # FACTS, 2010-2024: .2143 against .2109


def test_almost_all_of_espns_rows_were_touched_after_the_game(peers: Peers) -> None:
    assert "2,342 of 2,450" in peers.counted[0]
    assert peers.probabilities["fpi"].notna().sum() == 108


def test_the_closing_market_is_not_told_apart_from_calibrated(evaluated: pd.DataFrame) -> None:
    known = evaluated[evaluated["close"].notna()]
    found = reliability_of(known["close"], known["outcome"], rng=np.random.default_rng(3), resamples=200)
    brier_split = found.splits.set_index("score_name").loc["brier"]
    assert brier_split["p_value"] > 0.01
    assert brier_split["discrimination"] > 10 * brier_split["miscalibration"]
    assert found.share_outside < 0.2
