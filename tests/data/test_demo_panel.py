"""Leagues without plays: what is planted is what is drawn.

Tolerances: effects are exact but for the last half hour before kick-off, in which the market still learns 1 % of a
surprise absence; spreads and means of 1,000 games lie within four standard errors.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.demo.panel import MARGIN_SD, TOTAL_SD, PanelLeague, panel_league
from workbench.data.demo.truth import PlantedTruth
from workbench.features.panels import GAME_COLUMNS

TWO = (2023, 2024)


@pytest.fixture(scope="module")
def league():
    return panel_league(11)


class TestTheTruth:
    def test_is_the_mean_effect_of_treated_games_worked_by_hand(self):
        games = pd.DataFrame({"out": [1.0, -1.0, 0.0, 2.0]})
        # home -3; away -5, which is +5 in the home team's sign; both teams out; two men at 1 each
        added = {("out", "margin"): np.array([-3.0, 5.0, 9.0, -2.0])}
        made = PanelLeague(seed=0, planted=PlantedTruth(), games=games, exposures=games, changes=games,
                           contributions=added)  # fmt: skip
        assert made.realised("out", "margin") == pytest.approx((-3 - 5 - 2 * 2) / 6)
        assert made.truth.to_dict("records") == [
            {"shock": "out", "outcome": "margin", "realised": pytest.approx(-2.0), "treated": 3}
        ]

    def test_of_what_nobody_has_is_missing(self):
        games = pd.DataFrame({"out": [0.0, 0.0]})
        made = PanelLeague(seed=0, planted=PlantedTruth(), games=games, exposures=games, changes=games,
                           contributions={("out", "margin"): np.zeros(2)})  # fmt: skip
        assert np.isnan(made.realised("out", "margin"))

    @pytest.mark.parametrize(
        ("shock", "outcome", "planted"),
        [
            ("bye", "margin", 0.5),
            ("bye", "margin_vs_close", -0.5),  # the market prices it at a full point
            ("short_rest", "margin", -0.6),
            ("short_rest", "margin_vs_close", 0.0),
            ("player_out", "margin", -0.8),
            ("trade_out", "margin", -0.9),
            ("trade_in", "margin", 0.7),
            ("precipitation", "total", -2.0),
            ("precipitation", "total_vs_close", -0.3),  # the close carries 85 % of it
            ("cold", "total", -1.0),
            ("windy", "total", -0.28),
        ],
    )
    def test_is_what_was_planted(self, league, shock, outcome, planted):
        assert league.realised(shock, outcome) == pytest.approx(planted, abs=1e-9)

    @pytest.mark.parametrize("shock", ["coaching_change", "fake_week", "fake_change"])
    def test_of_a_null_is_nothing_though_games_are_struck(self, league, shock):
        assert league.games[shock].abs().sum() > 30
        assert league.realised(shock, "margin") == league.realised(shock, "margin_vs_close") == 0.0

    def test_of_a_new_quarterback_is_in_the_opener_to_a_quarter_at_most_and_in_the_close_wholly(self, league):
        effect = league.contributions["quarterback_fresh", "margin"]
        alone = np.abs(league.games["quarterback_fresh"].to_numpy()) == 1
        # a game whose other side has been without its own for weeks is left out: its effect is another's
        alone &= effect == league.contributions["quarterback_out", "margin"]
        share = league.contributions["quarterback_fresh", "margin_vs_open"][alone] / effect[alone]
        assert share.min() == pytest.approx(0.75)
        assert share.max() == pytest.approx(1.0)
        left = league.contributions["quarterback_fresh", "margin_vs_close"][alone] / effect[alone]
        assert np.abs(left).max() < 0.02

    def test_follows_other_planted_sizes(self):
        made = panel_league(3, seasons=TWO, planted=PlantedTruth(bye_points=2.0, market_bye_points=2.0))
        assert made.realised("bye", "margin") == pytest.approx(2.0)
        assert made.realised("bye", "margin_vs_close") == pytest.approx(0.0)


class TestTheGames:
    def test_scatter_about_the_truth_as_the_engines_do(self, league):
        n = len(league.games)
        assert n == 1040
        for name, spread in (("margin", MARGIN_SD), ("total", TOTAL_SD)):
            # the close errs by 1.0 and 1.6 points, and by a little for the bye and the sky
            error = league.games[f"{name}_vs_close"]
            assert abs(error.mean()) < 4 * spread / np.sqrt(n)
            assert error.std() == pytest.approx(spread, rel=4 / np.sqrt(2 * n) + 0.02)

    def test_have_margins_and_totals_that_whole_scores_can_make(self, league):
        assert ((league.games["margin"] + league.games["total"]) % 2 == 0).all()
        assert (league.games["close_line"] * 2 % 1 == 0).all()

    def test_have_the_columns_that_estimators_read(self, league):
        needed = [name for name in GAME_COLUMNS if "total" not in name and "line" not in name]
        absent = set(needed) - set(league.games)
        sides = {f"{side}_{name}" for side in ("home", "away") for name in ("score", "epa_per_play", "quarterback_id")}
        lines = {f"{end}_{name}" for end in ("open", "close") for name in ("source", "recorded_at")}
        # Of plays, quotes and grounds a panel league has none.
        assert absent == sides | lines | {"open_instant_assumed", "precipitation_inches", "surface", "stadium"}
        first = league.games[league.games["week"] == 1]
        assert (first[["home_games_played", "away_games_played"]] == 0).all(axis=None)
        assert (league.games["margin_vs_close"] == league.games["margin"] - league.games["close_line"]).all()

    def test_dismiss_the_team_with_the_worst_record(self, league):
        change = league.changes.iloc[0]
        before = league.games[
            (league.games["season"] == change["season"]) & (league.games["week"] < change["first_week"])
        ]
        sides = [before.set_index(f"{side}_team")["margin"] * sign for side, sign in (("home", 1), ("away", -1))]
        assert pd.concat(sides).groupby(level=0).mean().idxmin() == change["team"]

    def test_cost_little(self):
        import time

        def cost() -> float:
            started = time.process_time()
            panel_league(5)
            return time.process_time() - started

        assert min(cost() for _ in range(3)) < 1.0  # half a second on an idle core


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**31))
def test_treatments_are_the_signed_sums_of_exposures(seed):
    made = panel_league(seed, seasons=TWO)
    teams = made.exposures.dropna(subset=["team"])
    summed = (teams["sign"] * teams["dose"]).groupby([teams["game_id"], teams["type"]]).sum().unstack(fill_value=0.0)
    for shock in summed:
        assert (made.games[shock].to_numpy() == summed[shock].reindex(made.games["game_id"]).fillna(0)).all()
    assert (teams.groupby("event_id")["horizon"].min() == 0).all()


def test_equal_seeds_give_equal_leagues_and_others_do_not():
    first, same, other = (panel_league(seed, seasons=TWO) for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(first.games, same.games)
    assert not first.games["margin"].equals(other.games["margin"])


def test_a_league_of_more_seasons_begins_as_the_shorter_one():
    short, long = panel_league(9, seasons=TWO[:1]), panel_league(9, seasons=TWO)
    shared = [c for c in short.games if not c.startswith("fake")]
    truth = long.games[long.games["season"] == TWO[0]].reset_index(drop=True)
    pd.testing.assert_frame_equal(short.games[["game_id", *shared[5:8]]], truth[["game_id", *shared[5:8]]])
