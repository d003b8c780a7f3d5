"""A season of batches on a simulated league: what is known when, when tuning is called for, and that nothing leaks.

Tolerances: rates of the trigger within 0.05 of what binomial arithmetic gives, four standard errors of 4,000 seasons
being 0.03; everything else is equal.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.backtest.bent_facts import future_bent
from workbench.backtest.goals_season import Tuning, planned_batches, walk_goals_season, walk_informed_season
from workbench.backtest.goals_tuning import forecast_matches, tuned
from workbench.backtest.retraining import Trigger, firing_rate
from workbench.clock import Week
from workbench.data.demo.goals_league import GoalsLeague, write_goals_league
from workbench.data.epl.load import load_matches
from workbench.data.epl.source import EplSource
from workbench.data.fetch import Fetcher
from workbench.decision.decide import decide
from workbench.decision.goals_model import GoalsModel
from workbench.decision.policy import Policy
from workbench.errors import ValidationError
from workbench.goals.dixon_coles import Memory
from workbench.goals.history import history
from workbench.store.frames import FrameAsOf
from workbench.store.ledger import open_ledger

POLICY = Policy(name="epl", books=("pinnacle",), markets=("1x2",))
MEMORY = Memory(365.0, 0.4)
SEASON = 2023


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Four seasons of twelve clubs."""
    folder = tmp_path_factory.mktemp("goals")
    seasons = range(2020, 2024)
    write_goals_league(folder / "f", seasons=seasons, truth=GoalsLeague(clubs=12), rng=np.random.default_rng(11))
    source = EplSource(Fetcher(base=str(folder / "f"), raw=folder / "raw"))
    return load_matches(source.fetch(list(seasons)), seasons=list(seasons)).tables


@pytest.fixture(scope="module")
def found(tables):
    return tuned(tables, seasons=[2021, 2022], source="pinnacle", half_lives=(180.0, 365.0), spreads=(0.4,))


def at(tables):
    whole = FrameAsOf(tables, pd.Timestamp("2200-01-01", tz="UTC"))
    return whole.earlier


def walked(tables, tmp_path, *, batches, trigger, retune=None):
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    plan = planned_batches(tables["games"], season=SEASON, batches=batches)
    common = {"plan": plan, "policy": POLICY, "ledger": ledger, "league": "epl", "seed": 1}
    try:
        goals = walk_goals_season(
            at(tables), tuning=Tuning(MEMORY, 0.2), retune=retune or (lambda _: Tuning(MEMORY, 0.2)), trigger=trigger,
            account="goals", **common,
        )  # fmt: skip
        informed = walk_informed_season(at(tables), tunings=goals.tunings, account="informed", **common)
        return goals, informed, ledger.table("bankroll_history")
    finally:
        ledger.close()


class TestTuning:
    def test_tries_every_setting_and_takes_the_smallest_loss(self, found):
        assert len(found.tried) == 2
        best = found.tried.loc[found.tried["log_loss"].idxmin()]
        assert found.memory == Memory(best["half_life_days"], best["spread"])
        assert len(found.matches) == 2 * 132
        assert 0 <= found.weight <= 1

    def test_pools_a_season_with_the_weight_of_seasons_before_it(self, found):
        first = found.matches[found.matches["season"] == 2021]
        # the first season has none before it: the market is taken at its word
        assert first["informed_home"].to_numpy() == pytest.approx(first["market_home"].to_numpy())

    def test_is_the_same_over_two_processes(self, tables, found):
        again = tuned(
            tables, seasons=[2021, 2022], source="pinnacle", half_lives=(180.0, 365.0), spreads=(0.4,), workers=2
        )
        pd.testing.assert_frame_equal(again.matches, found.matches)
        assert again.weight == found.weight

    def test_forecasts_are_those_the_model_decides_with(self, tables):
        (planned,) = planned_batches(tables["games"], season=SEASON, batches=[4])
        games = tables["games"]
        mine = games[(games["season"] == SEASON) & (games["week"] == 4)].sort_values("game_id").reset_index(drop=True)
        tuned_way = forecast_matches(history(games, tables["results"]), mine, memory=MEMORY)
        slip = decide(at(tables)(planned.instant), model=GoalsModel(MEMORY), policy=POLICY, week=planned.week,
                      bankroll=1000.0)  # fmt: skip
        said = slip.forecasts.set_index("game_id").loc[mine["game_id"]]
        # clubs that a later season brings in have no part in the fit but in its size
        assert said["home_win"].to_numpy() == pytest.approx(tuned_way[:, 0], abs=1e-6)
        assert said["tie"].to_numpy() == pytest.approx(tuned_way[:, 1], abs=1e-6)

    def test_without_prices_there_is_nothing_to_tune_on(self, tables):
        with pytest.raises(ValidationError, match="nobody's prices"):
            tuned(tables, seasons=[2021], source="nobody")


class TestASeason:
    def test_is_decided_batch_by_batch_on_two_accounts(self, tables, tmp_path):
        goals, informed, bankroll = walked(tables, tmp_path, batches=[1, 2, 3], trigger=Trigger())
        assert goals.walk.weeks["week"].tolist() == [1, 2, 3]
        assert len(goals.walk.forecasts) == len(informed.forecasts) == 18
        assert set(bankroll["policy"]) == {"goals", "informed"}
        assert goals.walk.bets["outcome"].isin(["win", "loss"]).all()
        assert (goals.walk.bets["quote_recorded_at"] <= goals.walk.bets["as_of"]).all()
        assert (goals.walk.evaluated["close"].notna()).all()
        # the pool lies between its parts, outcome by outcome
        both = goals.walk.evaluated.merge(informed.evaluated, on=["game_id", "target"], suffixes=("", "_pool"))
        away = (both["model_pool"] - both["market"]).abs() - (both["model"] - both["market"]).abs()
        assert (away < 0.02).all()

    def test_tunes_anew_when_called_for_and_then_waits_for_new_matches(self, tables, tmp_path):
        asked = []

        def retune(instant):
            asked.append(instant)
            return Tuning(Memory(180.0, 0.4), 0.1)

        always = Trigger(margin=1e-9, window=12, minimum=6)
        goals, _, _ = walked(tables, tmp_path, batches=[1, 2, 3, 4, 5], trigger=always, retune=retune)
        watched = goals.watched.set_index("week")
        assert watched.loc[1, "matches"] == 0
        assert np.isnan(watched.loc[1, "excess"])
        fired = watched.index[watched["fired"]]
        assert asked == watched.loc[fired, "as_of"].tolist()
        for week in fired:
            assert watched.loc[week, "excess"] > 0
            assert watched.loc[week, "half_life_days"] == 180.0
            later = watched.index[watched.index > week]
            if len(later):
                assert watched.loc[later[0], "matches"] <= 12

    def test_knows_no_match_that_is_not_over(self, tables, tmp_path):
        goals, _, _ = walked(tables, tmp_path, batches=[4, 5], trigger=Trigger())
        # batch 5 is decided after all of batch 4 is known, and after nothing of its own
        assert goals.watched["matches"].tolist() == [0, 6]

    def test_is_blind_to_every_fact_that_comes_later(self, tables):
        (planned,) = planned_batches(tables["games"], season=SEASON, batches=[10])
        bent = future_bent(tables, instant=planned.instant, seed=3)
        assert not bent["results"].equals(tables["results"])
        for weight in (1.0, 0.2):
            slips = [
                decide(FrameAsOf(facts, planned.instant), model=GoalsModel(MEMORY, weight), policy=POLICY,
                       week=Week(SEASON, 10), bankroll=1000.0).to_bytes()
                for facts in (tables, bent)
            ]  # fmt: skip
            assert slips[0] == slips[1]


class TestTheTrigger:
    def test_waits_for_its_minimum_and_looks_at_its_window(self):
        trigger = Trigger(margin=0.1, window=4, minimum=3)
        assert not trigger.fires([1.0, 1.0])
        assert trigger.fires([1.0, 1.0, 1.0])
        assert not trigger.fires([9.0, 0.1, 0.1, 0.1, 0.05])
        assert np.isnan(trigger.rolling([]))

    def test_never_fires_where_nothing_varies_and_always_where_all_is_lost(self):
        rng = np.random.default_rng(1)
        excess, batches = np.full(400, 0.01), np.repeat(np.arange(40), 10)
        trigger = Trigger(margin=0.03, window=100, minimum=50)
        assert firing_rate(excess, list(batches), trigger=trigger, mean=0.0, rng=rng) == 0.0
        assert firing_rate(excess, list(batches), trigger=trigger, mean=0.05, rng=rng) == 1.0

    def test_its_rate_is_that_of_coins(self):
        # two batches of 190 matches a season, all alike within a batch: +1 or -1. It fires if the first is +1, or the
        # mean of the last 190 (the second) is: 3 in 4
        rng = np.random.default_rng(2)
        excess = np.repeat([1.0, -1.0], 190)
        trigger = Trigger(margin=0.5, window=190, minimum=50)
        rate = firing_rate(excess, list(np.repeat([0, 1], 190)), trigger=trigger, mean=None, rng=rng)
        assert rate == pytest.approx(0.75, abs=0.05)

    @pytest.mark.parametrize("wrong", [{"margin": 0.0}, {"window": 10, "minimum": 50}, {"minimum": 0}])
    def test_that_means_nothing_is_refused(self, wrong):
        with pytest.raises(ValidationError, match="margin above 0"):
            Trigger(**wrong)
