"""Real seasons of English football: what the files hold, and what goals and prices are worth before 2023-24.

The season 2023-24 is scored by the study alone, once. Tolerances: the market's scores are facts of the file to four
digits; the model's lie within 0.005 of what the study's training found, a tenth of a season's paired standard error.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.backtest.goals_tuning import tuned
from workbench.data.ingest import load_league
from workbench.decision.three_way_scores import match_scores
from workbench.settings import load_settings
from workbench.store.frames import FrameAsOf

pytestmark = pytest.mark.real
BEFORE = pd.Timestamp("2023-07-15", tz="UTC")


@pytest.fixture(scope="module")
def facts(real_data, tmp_path_factory):
    if not (real_data / "epl").is_dir():
        pytest.skip("the folder of real data has no epl/")
    settings = load_settings("epl", overrides={"sources.epl.base": str(real_data / "epl")})
    return load_league(settings, seasons=range(2000, 2024), root=tmp_path_factory.mktemp("epl"))


def test_every_match_of_the_file_passes_the_border_and_the_short_season_is_named(facts):
    games = facts.tables["games"].groupby("season").size()
    assert games.sum() == 9075
    assert games[2003] == 335
    assert (games.drop(2003) == 380).all()
    assert facts.quarantine.empty
    assert [n.feature for n in facts.degraded] == [
        "matches of 2003", "kick-off times of 2000 to 2018", "prices of pinnacle, 2000 to 2011",
    ]  # fmt: skip


def test_pinnacle_quotes_every_match_from_2012_at_both_ends_with_a_margin(facts):
    quotes = facts.tables["quotes"]
    own = quotes[quotes["source"] == "pinnacle"]
    assert (own.groupby(["season", "kind"]).size() == 380).all()
    assert sorted(own["season"].unique()) == list(range(2012, 2024))
    margin = (1 / own[["price_home", "price_draw", "price_away"]]).sum(axis=1) - 1
    assert 0.015 < margin.mean() < 0.035
    assert (own["known_at"] >= own["recorded_at"]).all()
    first = own[own["kind"] == "open"].merge(facts.tables["games"][["game_id", "kickoff_utc"]], on="game_id")
    lead = first["kickoff_utc"] - first["recorded_at"]
    assert lead.min() > pd.Timedelta(hours=1)
    assert lead.max() < pd.Timedelta(days=3, hours=8)


def test_three_clubs_come_up_each_year(facts):
    games = facts.tables["games"]
    clubs = {s: set(rows["home_team"]) for s, rows in games.groupby("season")}
    assert all(len(clubs[s]) == 20 for s in clubs)
    assert all(len(clubs[s] - clubs[s - 1]) == 3 for s in range(2001, 2024))


def test_before_the_season_held_out_goals_lose_to_both_prices_and_the_close_is_best(facts):
    view = FrameAsOf({n: facts.tables[n] for n in ("games", "results", "quotes")}, BEFORE)
    tables = {n: view.table(n, seasons=range(2016, 2024)) for n in ("games", "results", "quotes")}
    assert tables["results"]["season"].max() == 2022
    found = tuned(tables, seasons=[2021, 2022], source="pinnacle", half_lives=(365.0,), spreads=(0.4,))
    scores = match_scores(found.matches, forecasters=("model", "market", "close"))
    assert len(scores) == 760
    mean = scores.mean(numeric_only=True)
    # the market's: computed from the file by hand in another program, margins taken out by the power method
    assert mean["brier_market"] == pytest.approx(0.5637, abs=5e-4)
    assert mean["brier_close"] == pytest.approx(0.5625, abs=5e-4)
    assert mean["brier_model"] == pytest.approx(0.5789, abs=5e-3)
    assert found.weight < 0.25
    gap = scores["rps_model"] - scores["rps_close"]
    assert gap.mean() > 2 * gap.std() / np.sqrt(len(gap))
