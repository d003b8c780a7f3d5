"""The shock backtest on simulated leagues whose truth is known: opened slow on new quarterbacks, closed sharp.

Tolerance: HALF. The library learns a planted effect of some 3.5 points from about 170 events (standard error a point),
so that adjusting must remove at least half of the squared error it leaves in the opener.
"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.backtest.shock_adjusted import adjusted_lines
from workbench.backtest.shock_effects import BASELINES
from workbench.data.demo.panel import panel_league
from workbench.errors import ParameterError
from workbench.report.drawing import Finding
from workbench.report.stories import shock_backtest as story
from workbench.shocks.database import ShockDatabase
from workbench.shocks.events import typed_events
from workbench.stages.context import plain
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.studies.shock_backtest import ADJUSTERS, shock_backtest, study_shock_backtest
from workbench.stages.studies.shock_backtest_claims import HEADLINE, shock_backtest_claims
from workbench.stages.studies.shock_touches import LAST_HORIZON, dated_games, touches_of

HALF = 0.5
LEAGUES = (5, 6)
NAMES = {
    "quarterback_out": ("quarterback_exit", "injury", None),
    "player_out": ("injury", "injury", "starter"),
    "bye": ("bye", "schedule", None),
    "coaching_change": ("coaching_change", "fired", "mid_season"),
    "trade_in": ("trade_in", "trade", "star"),
    "windy": ("wind", "weather", "oracle: strong"),
    "night": ("prime_time", "schedule", "sunday_night"),
}
NAMED = {baseline.name: baseline for baseline in BASELINES}


def frames_of(seeds: tuple[int, ...]) -> tuple[EffectFrames, "pd.Series[float]"]:
    """Frames of several leagues, their seasons one after another, and what fresh absences truly left in each opener."""
    games, hits, left = [], [], []
    for number, seed in enumerate(seeds):
        league = panel_league(seed, seasons=tuple(range(2005 + 10 * number, 2015 + 10 * number)))
        for parts, frame in ((games, league.games), (hits, league.exposures)):
            parts.append(frame.assign(game_id=f"{number}-" + frame["game_id"]))
        hits[-1]["event_id"] = f"{number}-" + hits[-1]["event_id"]
        fresh = league.contributions["quarterback_fresh", "margin_vs_open"]
        left.append(pd.Series(fresh, index=games[-1]["game_id"].to_numpy()))
    panel, hit = pd.concat(games, ignore_index=True), pd.concat(hits, ignore_index=True)
    panel = panel.assign(open_instant_assumed=False, neutral=panel["neutral"].astype(bool))
    hit = hit[hit["type"].isin(list(NAMES))].reset_index(drop=True)
    told = [NAMES[kind] for kind in hit["type"]]
    hit[["type", "cause", "detail"]] = pd.DataFrame(told, index=hit.index).to_numpy()
    kick = hit["game_id"].map(panel.set_index("game_id")["kickoff_utc"])
    known = kick - pd.to_timedelta(np.where(hit["anticipation"].eq("before_open"), 20, 1), unit="D")
    hit = hit.assign(
        expected_severity=0.8, position=None, censored=False, known_at=known.where(hit["type"].ne("wind"), kick)
    )
    hit["dose"] = np.where(hit["type"].eq("quarterback_exit"), -5.0, 1.0)
    first = hit.sort_values("horizon", kind="stable").drop_duplicates("event_id")
    tables = {
        "games": panel, "quotes": pd.DataFrame(),
        "results": panel[["game_id", "season", "week"]].assign(
            home_score=(panel["total"] + panel["margin"]) / 2, away_score=(panel["total"] - panel["margin"]) / 2,
            known_at=panel["kickoff_utc"] + pd.Timedelta(hours=4),
        ),
    }  # fmt: skip
    empty = pd.DataFrame()
    frames = EffectFrames(tables, ShockDatabase(typed_events(first), empty, ()), hit, panel, empty, empty)
    return frames, pd.concat(left)


@pytest.fixture(scope="module")
def world():
    return frames_of(LEAGUES)


@pytest.fixture(scope="module")
def result(world):
    seasons = sorted(world[0].games["season"].unique())[-2:]
    return shock_backtest(world[0], seasons=[int(s) for s in seasons], threshold=0.5, seed=1)


class TestKnownTruth:
    def test_adjusting_brings_the_opener_nearer_to_the_truth_where_the_market_is_slow(self, world, result):
        lines = adjusted_lines(result.walk, NAMED["news"], types=["quarterback_exit"]).set_index("game_id")
        truth = world[1].reindex(lines.index)
        assert len(lines) > 10
        assert truth.abs().mean() > 2
        assert ((truth - lines["shift"]) ** 2).sum() < HALF * (truth**2).sum()

    def test_leaves_the_close_nearly_alone_for_it_knows(self, result):
        shifts = {
            name: adjusted_lines(result.walk, NAMED[name], types=["quarterback_exit"])["shift"].abs().mean()
            for name in ("news", "close")
        }
        assert shifts["close"] < HALF * shifts["news"]


class TestTouches:
    def test_count_a_first_game_alone_but_for_what_stays(self, world):
        touches = touches_of(world[0]).merge(world[0].exposures[["event_id", "game_id", "horizon"]])
        stays = touches["type"].isin(["coaching_change", "trade_in"])
        assert (touches["treated"] == touches["horizon"].le(stays * LAST_HORIZON)).all()
        assert touches.loc[~stays, "horizon"].max() > 0  # so that the line above can fail
        assert set(touches.loc[touches["oracle"], "type"]) == {"wind"}

    def test_leave_out_coaches_of_the_off_season_and_what_a_second_event_ended(self, world):
        frames = world[0]
        coach = frames.exposures["type"].eq("coaching_change")
        off = replace(
            frames, exposures=frames.exposures.assign(detail=frames.exposures["detail"].mask(coach, "off_season"))
        )
        assert "coaching_change" not in set(touches_of(off)["type"])
        ended = replace(frames, exposures=frames.exposures.assign(censored=coach))
        assert "coaching_change" not in set(touches_of(ended)["type"])

    def test_the_last_bet_is_an_hour_before_kick_off(self, world):
        games = dated_games(world[0])
        assert ((games["kickoff_utc"] - games["late_at"]) == pd.Timedelta(hours=1)).all()
        assert (games["opened_at"] < games["late_at"]).all()


class TestTheResult:
    def test_claims_hold_the_headline_inside_its_interval(self, result):
        claims = shock_backtest_claims(result)
        assert len(claims) > 8
        assert len({claim.name for claim in claims}) == len(claims)
        chief = next(claim for claim in claims if claim.name == HEADLINE)
        assert chief.low < chief.value < chief.high
        assert all(claim.reached is None and claim.games > 0 for claim in claims)

    def test_oracle_weather_is_in_no_number_of_all_shocks(self, result):
        for table in (result.gains, result.bets):
            assert not table.loc[table["type"].eq("all"), "oracle"].any()
        wind = result.gains["type"].eq("wind")
        assert wind.any()
        assert result.gains.loc[wind, "oracle"].all()
        games = result.gain_of("close_total")["games"]
        touched = result.walk.parts.query("baseline == 'close_total' and adjuster == 'library' and not oracle")
        assert games == touched["game_id"].nunique()

    def test_lines_that_nobody_offered_are_marked_and_ratings_never_bet(self, result):
        assert set(result.bets.loc[~result.bets["offered"].astype(bool), "baseline"]) == {"news"}
        assert set(result.gains["adjuster"]) == set(ADJUSTERS)

    def test_sentences_figures_and_tables_can_be_made_and_stored(self, result):
        claims = shock_backtest_claims(result)
        said = story.findings(result, claims)
        assert any("rebuilt by a rule" in sentence for sentence in said)
        assert any("to be seen" in sentence for sentence in said)
        figures = [story.gain_figure(result), story.profit_figure(result), story.rate_figure(result)]
        assert all(isinstance(figure, Finding) and figure.title[0] == figure.title[0].upper() for figure in figures)
        assert all(len(rows(result)) for rows in (story.gain_rows, story.bet_rows, story.rebuilt_rows))
        assert story.share_words(result)
        assert len(story.numbers(claims)) == 6
        made = json.loads(json.dumps(plain(result.tables()), allow_nan=False))
        assert {"gains", "bets", "rebuilt", "unpriced_shares", "cut", "notes"} <= set(made)

    def test_bets_at_the_stated_threshold_are_the_path_drawn(self, result):
        for end, path in result.paths.items():
            row = result.bets_of(end)
            assert path["bets"].sum() == row["bets"]
            assert path["profit"].iloc[-1] == pytest.approx(row["roi"] * row["bets"])


class Run:
    """What the study reads of a run."""

    seasons = (2022, 2023)


class TestRefusals:
    @pytest.mark.parametrize("seasons", [[2019], [2022]])
    def test_seasons_without_facts_or_without_one_before(self, seasons):
        with pytest.raises(ParameterError, match="must have facts, and one before them"):
            study_shock_backtest(Run(), seasons=seasons, threshold=0.5)

    def test_a_threshold_of_nothing(self):
        with pytest.raises(ParameterError, match=r"above 0, got 0\.0"):
            study_shock_backtest(Run(), seasons=[], threshold=0.0)
