"""Lines adjusted by shocks, walked forward: what later seasons may not change, and what a planted effect must give.

Tolerances: EXACT, for sums of a few floats; a planted effect of DROP points is to be found to within FOUND: three
standard errors of about 0.9 points (10 / sqrt(136 games)), and the library pulls it a little towards zero.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.backtest.shock_adjusted import EARLIER_CLAIMS, adjusted_lines, rating_lines, walk_shocks
from workbench.backtest.shock_effects import BASELINES, crossed_wholes, unpriced_share
from workbench.backtest.shock_scores import (
    BREAK_EVEN,
    PRICE,
    bet_record,
    bets_needed,
    gain,
    gain_table,
    profit_path,
    settled,
    shock_bets,
)
from workbench.backtest.shock_selection import CLAIMED_BETS, CLAIMED_WINS, rebuilt_set, selection_bets
from workbench.causal.pool.lookup import INFLATION
from workbench.decision.intervals import wilson
from workbench.errors import ParameterError, ValidationError
from workbench.shocks.events import typed_events

EXACT = 1e-9
DROP = -6.0
FOUND = 3.0
SEASONS = (2020, 2021, 2022)
TEAMS = [f"T{i:02d}" for i in range(32)]
NAMED = {baseline.name: baseline for baseline in BASELINES}


def league(seasons: Sequence[int] = SEASONS, *, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Games whose opener misses a shock that the close knows; every fourth game's home team has it, known on Friday."""
    rng, rows, touches = np.random.default_rng(seed), [], []
    for season in seasons:
        for week in range(1, 18):
            order = rng.permutation(TEAMS)
            kick = pd.Timestamp(f"{season}-09-06 17:00", tz="UTC") + pd.Timedelta(weeks=week)
            for slot in range(16):
                game = f"{season}_{week:02d}_{slot:02d}"
                close = float(np.round(2 * rng.normal(2, 6)) / 2)
                shocked = rng.random() < 0.25
                margin = float(np.round(close + rng.normal(0, 10)))
                rows.append({
                    "game_id": game, "season": season, "week": week, "game_type": "REG", "kickoff_utc": kick,
                    "home_team": order[2 * slot], "away_team": order[2 * slot + 1], "neutral": False,
                    "margin": margin, "total": 44.0, "home_market_rating": close / 2 - 1,
                    "away_market_rating": -close / 2 + 1, "open_line": close - DROP * shocked, "close_line": close,
                    "open_total": 44.5, "close_total": 45.0, "opened_at": kick - pd.Timedelta(days=5),
                    "late_at": kick - pd.Timedelta(hours=1),
                })  # fmt: skip
                if shocked:
                    touches.append(touch(game, known_at=kick - pd.Timedelta(days=2)))
    return pd.DataFrame(rows), pd.DataFrame(touches)


def touch(game: str, *, known_at: object, **changed: object) -> dict[str, object]:
    event = {"event_id": f"e-{game}", "game_id": game, "type": "quarterback_exit", "band": "high", "sign": 1,
             "treated": True, "known_at": known_at, "oracle": False}  # fmt: skip
    return event | changed


@pytest.fixture(scope="module")
def planted():
    games, touches = league()
    return games, touches, walk_shocks(games, touches, seasons=[2021, 2022])


class TestTheFuture:
    def test_never_changes_an_adjustment_whatever_it_holds(self, planted):
        games, touches, _ = planted
        before = walk_shocks(games, touches, seasons=[2021])
        rng = np.random.default_rng(1)
        later, now = games["season"].ge(2022), games["season"].eq(2021)
        changed = games.assign(
            margin=games["margin"].where(~(later | now), rng.normal(0, 40, len(games)).round()),
            open_line=games["open_line"].where(~later, rng.normal(0, 20, len(games))),
            close_line=games["close_line"].where(~later, rng.normal(0, 20, len(games))),
            home_market_rating=games["home_market_rating"].where(~later, 9.0),
        )
        moved = touches.assign(
            sign=touches["sign"].where(~touches["game_id"].isin(games.loc[later, "game_id"]), -1),
        )
        after = walk_shocks(changed, moved, seasons=[2021])
        pd.testing.assert_frame_equal(before.parts, after.parts)
        pd.testing.assert_frame_equal(before.shares, after.shares)
        for baseline in ("open", "news", "close"):
            ours, theirs = (adjusted_lines(walk, NAMED[baseline]).drop(columns="outcome") for walk in (before, after))
            pd.testing.assert_frame_equal(ours, theirs)

    def test_does_change_what_it_may_so_that_the_test_above_can_fail(self, planted):
        games, touches, walk = planted
        past = games.assign(margin=games["margin"].where(games["season"].ge(2021), 0.0))
        other = walk_shocks(past, touches, seasons=[2021])
        mine = walk.parts[walk.parts["season"].eq(2021)]
        assert not np.allclose(other.parts["shift"], mine["shift"])

    def test_a_shock_adjusts_only_the_lines_that_stood_after_it_was_known(self, planted):
        _, touches, walk = planted
        assert adjusted_lines(walk, NAMED["open"]).empty  # all news came after the opener
        news = adjusted_lines(walk, NAMED["news"])
        assert set(news["game_id"]) <= set(touches["game_id"])
        assert len(news) == len(adjusted_lines(walk, NAMED["close"])) > 50

    def test_an_instant_decides_to_the_minute_and_none_is_never(self, planted):
        games, touches, _ = planted
        week = games[games["season"].eq(2021) & games["week"].eq(8)].iloc[:4]["game_id"].tolist()
        assert set(games.loc[games["game_id"].isin(week), "late_at"]) == {pd.Timestamp("2021-11-01 16:00", tz="UTC")}
        learned = touches[touches["game_id"].isin(games.loc[games["season"].lt(2021), "game_id"])]
        known = pd.to_datetime(["2021-09-10 12:00", "2021-11-01 16:00", "2021-11-01 16:01", None], utc=True)
        four = [touch(game, known_at=at) for game, at in zip(week, known, strict=True)]
        new = pd.DataFrame(four).astype({"known_at": learned["known_at"].dtype})
        walk = walk_shocks(games, pd.concat([learned, new], ignore_index=True), seasons=[2021])
        found = {name: adjusted_lines(walk, NAMED[name])["game_id"].tolist() for name in ("open", "news", "close")}
        assert found == {"open": week[:1], "news": week[:2], "close": week[:2]}


class TestAPlantedShock:
    def test_is_found_after_the_opener_and_not_after_the_close(self, planted):
        _, _, walk = planted
        last = walk.effects[walk.effects["season"].eq(2022) & walk.effects["severity_band"].eq("high")]
        left = last.set_index("baseline")["effect"]
        assert left["open"] == pytest.approx(DROP, abs=FOUND)
        assert abs(left["close"]) < FOUND

    def test_helps_the_opener_and_does_nothing_for_the_close(self, planted):
        _, _, walk = planted
        table = gain_table(walk).query("type == 'all' and adjuster == 'library'").set_index("baseline")
        assert table.loc["news", "gain_low"] > 0
        assert table.loc["close", "gain_low"] < 0 < table.loc["close", "gain_high"] + 0.3

    def test_pays_at_a_line_that_has_not_got_it(self, planted):
        games, _, walk = planted
        results = results_of(games)
        record = bet_record(
            shock_bets(adjusted_lines(walk, NAMED["news"]), results, threshold=1.0), rng=np.random.default_rng(0)
        )
        assert record["win_low"] > BREAK_EVEN

    def test_adds_to_the_mean_and_to_the_variance(self, planted):
        games, _, walk = planted
        parts = walk.parts[walk.parts["baseline"].eq("close") & walk.parts["adjuster"].eq("library")]
        lines = adjusted_lines(walk, NAMED["close"]).merge(parts[["game_id", "shift", "variance"]], on="game_id")
        assert np.allclose(lines["mean"], lines["line"] + lines["shift_y"], atol=EXACT)
        assert np.allclose(lines["variance_x"], INFLATION * lines["variance_y"], atol=EXACT)  # the close's own: none
        opened = adjusted_lines(walk, NAMED["news"]).query("season == 2021")
        own = ((games["open_line"] - games["close_line"]) ** 2)[games["season"].lt(2021)].mean()
        part = walk.parts.query("baseline == 'news' and adjuster == 'library' and season == 2021")["variance"].iloc[0]
        assert opened["variance"].iloc[0] == pytest.approx(INFLATION * (own + part))

    def test_is_subtracted_where_it_hits_the_away_team(self, planted):
        games, touches, walk = planted
        turned = touches["game_id"].isin(games.loc[games["season"].eq(2022), "game_id"])
        other = walk_shocks(games, touches.assign(sign=touches["sign"].mask(turned, -1)), seasons=[2022])
        mine = adjusted_lines(walk, NAMED["close"]).query("season == 2022").reset_index(drop=True)
        assert np.allclose(adjusted_lines(other, NAMED["close"])["shift"], -mine["shift"], atol=EXACT)


class TestTheUnpricedShare:
    def test_is_far_higher_at_a_line_without_the_shock_and_its_product_with_the_effect_is_the_shock(self):
        games, touches = league(seed=3)
        # Ratings of last week know nothing of the shock: the close less the drop.
        hit = games["game_id"].isin(touches["game_id"])
        games = games.assign(home_market_rating=games["home_market_rating"] - DROP * hit)
        walk = walk_shocks(games, touches, seasons=[2022])
        share = walk.shares.set_index("baseline")
        assert abs(share.loc["close", "share"]) < 3 * share.loc["close", "standard_error"]
        assert share.loc["open", "share"] > share.loc["close", "share"] + 3 * share.loc["open", "standard_error"]
        shifts = {name: adjusted_lines(walk, NAMED[name], adjuster="share")["shift"] for name in ("news", "close")}
        assert shifts["news"].median() == pytest.approx(DROP, abs=FOUND)
        assert shifts["close"].median() == pytest.approx(0, abs=FOUND)

    def test_does_not_take_luck_for_news(self):
        """Shocks that do nothing: a library of the same games would find all of its own noise unpriced, share near 1.

        The halves' libraries are independent, so that the mean over leagues is within three of its errors of zero.
        """
        found = []
        for seed in range(2):
            games, touches = league(SEASONS[:2], seed=seed + 10)
            past = games.assign(rating_line=games["close_line"])
            whole = crossed_wholes(past, touches, as_of=pd.Timestamp("2022-08-01", tz="UTC"))
            share, error = unpriced_share(past, baseline=NAMED["close"], whole=whole)
            found.append({"share": share, "standard_error": error})
        frame = pd.DataFrame(found)
        weights = 1 / frame["standard_error"] ** 2
        mean, error = (frame["share"] * weights).sum() / weights.sum(), 1 / np.sqrt(weights.sum())
        assert abs(mean) < 3 * error


class TestEarlierClaims:
    def test_are_taken_at_their_word(self, planted):
        games, touches, _ = planted
        now = games["season"].eq(2022)
        coach = touches.assign(type="coaching_change", band="any", known_at=touches["known_at"] - pd.Timedelta(days=20))
        walk = walk_shocks(games, coach, seasons=[2022])
        lines = adjusted_lines(walk, NAMED["open"], adjuster="earlier")
        assert set(lines["shift"].round(9)) == {EARLIER_CLAIMS["coaching_change"]}
        assert len(lines) == coach["game_id"].isin(games.loc[now, "game_id"]).sum()

    def test_rain_is_an_oracle_and_kept_out_unless_asked_for(self, planted):
        games, touches, _ = planted
        rain = touches.assign(type="precipitation", sign=0, oracle=True, known_at=touches["known_at"].max())
        walk = walk_shocks(games, rain, seasons=[2022])
        assert adjusted_lines(walk, NAMED["close_total"], adjuster="earlier").empty
        told = adjusted_lines(walk, NAMED["close_total"], adjuster="earlier", oracle=True)
        assert set(told["shift"]) == {EARLIER_CLAIMS["precipitation"]}
        assert set(told["market"]) == {"total"}
        assert adjusted_lines(walk, NAMED["close"], oracle=True).empty


class TestRefusals:
    def test_a_season_with_nothing_before_it(self, planted):
        games, touches, _ = planted
        with pytest.raises(ParameterError, match=r"none of \[2020\] has"):
            walk_shocks(games, touches, seasons=[2020])

    def test_frames_without_their_columns(self, planted):
        games, touches, _ = planted
        with pytest.raises(ValidationError, match=r"Games must have the columns \['opened_at'\]"):
            walk_shocks(games.drop(columns="opened_at"), touches, seasons=[2021])
        with pytest.raises(ValidationError, match=r"Touches must have the columns \['oracle'\]"):
            walk_shocks(games, touches.drop(columns="oracle"), seasons=[2021])


def test_ratings_of_last_week_take_home_field_from_earlier_seasons_alone(planted):
    games, _, _ = planted
    two = games[games["season"].le(2021)]
    gap = two["home_market_rating"] - two["away_market_rating"]
    field = (two["margin"] - gap)[two["season"].eq(2020)].mean()
    line = rating_lines(two)
    assert line[two["season"].eq(2020)].isna().all()
    assert np.allclose(line[two["season"].eq(2021)], (gap + field)[two["season"].eq(2021)], atol=EXACT)


def results_of(games: pd.DataFrame) -> pd.DataFrame:
    """Scores that add up to each game's margin."""
    return pd.DataFrame(
        {"game_id": games["game_id"], "season": games["season"], "week": games["week"],
         "home_score": 60 + games["margin"], "away_score": 60.0,
         "known_at": games["kickoff_utc"] + pd.Timedelta(hours=4)}
    )  # fmt: skip


def four_lines() -> pd.DataFrame:
    """Margins 3, 3, -7, 10 against lines 3, 1, -3, 6 moved by -2, 2, -1, -0.4: a push, a win, a win, not bet."""
    return pd.DataFrame(
        {"game_id": list("abcd"), "season": 2021, "week": [1, 1, 2, 3], "game_type": "REG", "market": "spread",
         "kickoff_utc": pd.to_datetime(["2021-09-12 17:00", "2021-09-12 17:00", "2021-09-19 17:00",
                                        "2021-09-26 17:00"], utc=True),
         "line": [3.0, 1.0, -3.0, 6.0], "outcome": [3.0, 3.0, -7.0, 10.0], "shift": [-2.0, 2.0, -1.0, -0.4],
         "mean": [1.0, 3.0, -4.0, 5.6]}
    )  # fmt: skip


def four_results() -> pd.DataFrame:
    lines = four_lines()
    return pd.DataFrame(
        {"game_id": lines["game_id"], "season": 2021, "week": lines["week"], "home_score": 20 + lines["outcome"],
         "away_score": 20.0, "known_at": lines["kickoff_utc"] + pd.Timedelta(hours=4)}
    )  # fmt: skip


class TestScores:
    def test_four_bets_worked_by_hand(self):
        bets = shock_bets(four_lines(), four_results(), threshold=1.0)
        assert bets["side"].tolist() == ["away", "home", "away"]
        assert bets["outcome"].tolist() == ["push", "win", "win"]
        assert bets["profit_units"].tolist() == pytest.approx([0, PRICE - 1, PRICE - 1])
        record = bet_record(bets, rng=np.random.default_rng(0))
        assert (record["bets"], record["wins"], record["pushes"], record["win_rate"]) == (3, 2, 1, 1.0)
        assert record["roi"] == pytest.approx(2 * (PRICE - 1) / 3)
        assert np.isnan(record["roi_low"])  # two weeks make no interval

    def test_the_gain_of_four_lines_worked_by_hand(self):
        found = gain(four_lines())
        # errors 0, 2, 4, 4 before; 2, 0, 3, 4.4 after
        assert found["gain"] == pytest.approx((-2 + 2 + 1 - 0.4) / 4)
        assert found["baseline_mae"] == pytest.approx(2.5)
        assert np.isnan(found["gain_low"])

    def test_break_even_and_the_claimed_interval_are_the_published_ones(self):
        assert round(BREAK_EVEN, 3) == 0.524
        share = wilson(CLAIMED_WINS, CLAIMED_BETS)  # FACTS: 48.4 to 64.2 %, standard error of ROI 7.9 points
        assert (round(share.low, 3), round(share.high, 3)) == (0.484, 0.642)
        assert round(np.sqrt(0.568 * 0.432 / CLAIMED_BETS) * PRICE, 3) == pytest.approx(0.079, abs=0.0015)

    def test_bets_needed_fall_with_the_square_of_the_return(self):
        assert bets_needed(0.02) / bets_needed(0.04) == pytest.approx(4, rel=0.01)
        share = 1.02 / PRICE
        simulated = np.random.default_rng(0).binomial(bets_needed(0.02), share, 4000) * PRICE / bets_needed(0.02) - 1
        seen = (simulated / (np.sqrt(share * (1 - share) / bets_needed(0.02)) * PRICE) > 1.96).mean()
        assert seen == pytest.approx(0.8, abs=0.03)  # 4,000 draws: standard error .006

    @settings(max_examples=8, deadline=None)
    @given(st.lists(st.floats(-12, 12), min_size=4, max_size=4), st.floats(0.1, 5))
    def test_a_higher_threshold_never_bets_more_and_both_sides_lose_the_vig(self, shifts, threshold):
        lines = four_lines().assign(shift=shifts)
        few, many = (shock_bets(lines, four_results(), threshold=t) for t in (2 * threshold, threshold))
        assert set(few["game_id"]) <= set(many["game_id"])
        turned = shock_bets(lines.assign(shift=[-s for s in shifts]), four_results(), threshold=threshold)
        decided = many["outcome"].ne("push").sum()
        assert many["profit_units"].sum() + turned["profit_units"].sum() == pytest.approx(decided * (PRICE - 2))

    def test_the_path_ends_at_the_sum_of_profits_inside_a_band_about_zero(self):
        bets = shock_bets(four_lines(), four_results(), threshold=0.1)
        path = profit_path(bets, rng=np.random.default_rng(0))
        assert path["profit"].iloc[-1] == pytest.approx(bets["profit_units"].sum())
        assert (path["low"] <= 0).all()
        assert (path["high"] >= 0).all()
        assert profit_path(bets.head(0), rng=np.random.default_rng(0)).empty


def events_of(rows: list[dict[str, object]]) -> pd.DataFrame:
    return typed_events(pd.DataFrame(rows).assign(event_id=[f"e{i}" for i in range(len(rows))]))


def shock(kind: str, game: str, severity: float, **more: object) -> dict[str, object]:
    return {"type": kind, "game_id": game, "season": 2021, "week": 3, "team": "AAA", "cause": "injury", "detail": "",
            "dose": -3.0, "expected_severity": severity} | more  # fmt: skip


class TestTheSetRebuilt:
    GAMES = pd.DataFrame(
        {"game_id": list("abcdefg"), "home_team": ["AAA", "BBB", "AAA", "AAA", "AAA", "AAA", "AAA"],
         "kickoff_utc": pd.Timestamp("2021-09-26 17:00", tz="UTC"), "game_type": "REG", "open_line": 3.0,
         "close_line": 1.0, "open_total": [44.0, np.nan, *[44.0] * 5], "close_total": 43.0}
    )  # fmt: skip
    EVENTS = events_of(
        [
            shock("quarterback_exit", "a", 0.9),
            shock("quarterback_exit", "b", 0.8),
            shock("quarterback_exit", "c", 0.95, dose=2.0),  # a better man takes over: no bet
            shock("quarterback_exit", "d", 0.95, cause="benching"),
            shock("injury", "a", 0.7, detail="starter"),  # the same game and side as the quarterback: one bet
            shock("injury", "d", 0.6, detail="starter, season-ending"),
            shock("injury", "e", 0.99, detail="rotational"),
            shock("coaching_change", "e", 1.0, detail="mid_season", cause="fired"),
            shock("coaching_change", "f", 1.0, detail="off_season", cause="fired"),
            shock("trade_out", "f", 0.5, detail="star", cause="trade"),
            shock("wind", "g", 0.4, detail="oracle: strong", cause="weather", team=None),
            shock("wind", "a", 0.4, detail="oracle: breeze", cause="weather", team=None),
        ]
    )

    def test_takes_the_kinds_named_and_one_bet_a_game_and_side(self):
        chosen = rebuilt_set(self.EVENTS, self.GAMES, seasons=[2021], count=99).events
        sides = {(e.kind, e.game_id): e.side for e in chosen.itertuples()}
        assert sides == {
            ("quarterback out", "a"): "away", ("quarterback out", "b"): "home", ("star out", "d"): "away",
            ("coach replaced", "e"): "home", ("star traded", "f"): "away", ("weather", "g"): "under",
        }  # fmt: skip

    @pytest.mark.parametrize(("count", "cut", "left"), [(2, 0.9, 2), (4, 0.6, 4), (0, 1.0, 1)])
    def test_cuts_where_the_count_is_nearest(self, count, cut, left):
        chosen = rebuilt_set(self.EVENTS, self.GAMES, seasons=[2021], count=count)
        assert chosen.cut == cut
        assert len(chosen.events) == left
        assert chosen.counts["bets"].is_monotonic_decreasing

    def test_other_seasons_give_none(self):
        assert rebuilt_set(self.EVENTS, self.GAMES, seasons=[2020]).events.empty

    def test_without_reports_any_change_for_a_lesser_man_counts(self):
        unknown = self.EVENTS.assign(cause="unknown")
        kinds = rebuilt_set(unknown, self.GAMES, seasons=[2021], count=99).events
        assert kinds["kind"].eq("quarterback out").sum() == 3  # d too: nobody knows that he was benched
        mixed = self.EVENTS.assign(cause=self.EVENTS["cause"].mask(self.EVENTS["game_id"].eq("b"), "unknown"))
        assert "b" not in set(rebuilt_set(mixed, self.GAMES, seasons=[2021], count=99).events["game_id"])

    def test_is_settled_at_the_end_asked_for_and_left_out_without_a_line(self):
        chosen = rebuilt_set(self.EVENTS, self.GAMES, seasons=[2021], count=99).events
        results = pd.DataFrame(
            {"game_id": list("abcdefg"), "season": 2021, "week": 3, "home_score": 22.0, "away_score": 20.0,
             "known_at": pd.Timestamp("2021-09-26 21:00", tz="UTC")}
        )  # fmt: skip
        opened, closed = (
            selection_bets(chosen, self.GAMES, results, end=end).set_index("game_id") for end in ("open", "close")
        )
        assert opened.loc["a", "outcome"] == "win"  # home by 2, away with +3
        assert closed.loc["a", "outcome"] == "loss"
        assert opened.loc["g", "outcome"] == "win"
        bare = self.GAMES.assign(open_total=np.nan)
        assert "g" not in set(selection_bets(chosen, bare, results, end="open")["game_id"])


def test_settled_bets_come_in_order_and_say_that_their_price_is_assumed():
    lines = four_lines().assign(side="home").iloc[::-1]
    bets = settled(lines, four_results())
    assert bets["game_id"].tolist() == list("abcd")
    assert bets["price_assumed"].all()
