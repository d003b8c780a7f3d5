"""Home, draw and away through the whole decision: prices, chances, stakes, settlement, closing value, evaluation.

Tolerances: pytest's relative 1e-6; stakes of simultaneous Kelly to 1e-4, where its optimizer stops.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.clock import Week
from workbench.decision.decide import decide
from workbench.decision.evaluation import evaluations
from workbench.decision.grade import grade
from workbench.decision.model import ModelDraws
from workbench.decision.policy import Policy
from workbench.decision.quotes import closing_quotes
from workbench.decision.settle import settle
from workbench.decision.three_way_scores import match_forecasts, match_scores
from workbench.market.keynumbers import smooth_key_numbers
from workbench.market.overround import fair_probabilities
from workbench.risk.kelly import simultaneous_kelly
from workbench.store.frames import FrameAsOf

KICKOFF = pd.Timestamp("2023-09-16 14:00", tz="UTC")
BATCH = pd.Timestamp("2023-09-15 17:00", tz="UTC")
POLICY = Policy(name="epl", books=("pinnacle",), markets=("1x2",))
GAMES = pd.DataFrame(
    {"game_id": ["a", "b"], "season": 2023, "week": 5, "game_type": "REG", "kickoff_utc": KICKOFF,
     "home_team": ["Arsenal", "Luton"], "away_team": ["Wolves", "Man City"], "neutral": False,
     "known_at": pd.Timestamp("2023-07-01", tz="UTC")}
)  # fmt: skip


def quote(game, kind, home, draw, away, *, source="pinnacle"):
    stamp = BATCH if kind == "open" else KICKOFF
    return {"game_id": game, "season": 2023, "week": 5, "market": "1x2", "source": source, "kind": kind,
            "recorded_at": stamp, "known_at": stamp, "price_assumed": False, "instant_assumed": kind == "open",
            "price_home": home, "price_draw": draw, "price_away": away}  # fmt: skip


QUOTES = pd.DataFrame(
    [quote("a", "open", 2.0, 3.6, 4.2), quote("a", "close", 1.9, 3.7, 4.6),
     quote("b", "open", 21.0, 12.0, 1.08), quote("b", "close", 19.0, 11.0, 1.09)]
)  # fmt: skip
RESULTS = pd.DataFrame(
    {"game_id": ["a", "b"], "season": 2023, "week": 5, "home_score": [1, 0], "away_score": [1, 3], "overtime": False,
     "known_at": KICKOFF + pd.Timedelta(hours=4)}
)  # fmt: skip


class Scores:
    """A model of three scorelines a match: 1-0, 1-1, 0-1, with the chances given."""

    def __init__(self, **chances):
        self.chances = chances

    def draws(self, view, games, quotes):
        weights = np.array([self.chances[game] for game in games["game_id"]])
        n = len(games)
        return ModelDraws(
            game_ids=games["game_id"].to_numpy(dtype=str),
            home=np.tile(np.array([1, 1, 0], dtype=np.int16), (n, 1)),
            away=np.tile(np.array([0, 1, 1], dtype=np.int16), (n, 1)),
            weights=weights,
            fair_margin=weights @ np.array([1.0, 0.0, -1.0]),
            fair_total=np.full(n, 1.3),
            margin_error=np.full(n, np.nan),
            total_error=np.full(n, np.nan),
            exact=True,
        )


MODEL = Scores(a=[0.40, 0.35, 0.25], b=[0.06, 0.14, 0.80])


def view(quotes=QUOTES, *, at=BATCH):
    return FrameAsOf({"games": GAMES, "quotes": quotes, "results": RESULTS}, at)


def slip(quotes=QUOTES, *, model=MODEL, policy=POLICY):
    return decide(view(quotes), model=model, policy=policy, week=Week(2023, 5), bankroll=1000.0)


class TestPrices:
    def test_every_match_has_three_sides_with_chances_from_all_three_prices(self):
        rows = slip().prices.set_index(["game_id", "side"])
        assert len(rows) == 6
        fair = fair_probabilities([2.0, 3.6, 4.2], method="power")
        assert rows.loc["a", "market_win"][["home", "draw", "away"]].to_numpy() == pytest.approx(fair)
        assert rows.loc["a", "win"][["home", "draw", "away"]].to_numpy() == pytest.approx([0.40, 0.35, 0.25])
        assert (rows["push"] == 0).all()
        assert rows["edge_points"].isna().all()

    def test_the_opposite_price_is_that_of_backing_the_others_together(self):
        rows = slip().prices.set_index(["game_id", "side"])
        assert rows.loc[("a", "home"), "price_other"] == pytest.approx(1 / (1 / 3.6 + 1 / 4.2))
        assert rows.loc[("a", "draw"), "price_other"] == pytest.approx(1 / (1 / 2.0 + 1 / 4.2))
        # of a long shot the two others cannot pay, and nothing breaks
        assert rows.loc[("b", "home"), "price_other"] < 1.0

    def test_expected_value_by_hand(self):
        rows = slip().prices.set_index(["game_id", "side"])
        assert rows.loc[("a", "draw"), "edge_ev"] == pytest.approx(0.35 * 3.6 - 1)
        assert rows.loc[("a", "away"), "edge_ev"] == pytest.approx(0.25 * 4.2 - 1)

    def test_exact_chances_are_never_too_few(self):
        assert not slip().bets["reason"].str.contains("effective draws").any()
        assert np.isinf(slip().forecasts["effective_draws"]).all()

    def test_a_quote_without_its_draw_is_not_bet(self):
        quotes = QUOTES.assign(price_draw=QUOTES["price_draw"].where(QUOTES["game_id"] != "a"))
        made = slip(quotes)
        assert set(made.prices["game_id"]) == {"b"}
        assert "a price missing" in made.excluded["reason"].iloc[0]

    def test_prices_without_a_margin_are_not_bet(self):
        quotes = QUOTES.assign(price_draw=QUOTES["price_draw"] * 2)
        assert "no margin" in slip(quotes).excluded.set_index("game_id").loc["a", "reason"]

    def test_a_price_that_becomes_known_later_is_not_seen(self):
        later = pd.concat([QUOTES, pd.DataFrame([quote("a", "open", 9.0, 9.0, 9.0) | {
            "recorded_at": BATCH + pd.Timedelta(hours=1), "known_at": BATCH + pd.Timedelta(hours=1)}])])  # fmt: skip
        assert slip(later).to_bytes() == slip().to_bytes()

    def test_the_order_of_rows_moves_nothing(self):
        assert slip(QUOTES.iloc[::-1].reset_index(drop=True)).to_bytes() == slip().to_bytes()


class TestStakes:
    @settings(max_examples=20, deadline=None)
    @given(st.tuples(st.floats(0.05, 1), st.floats(0.05, 1), st.floats(0.05, 1)), st.floats(0.02, 0.12))
    def test_of_exclusive_sides_are_those_of_the_closed_form(self, chances, margin):
        win = np.array(chances) / sum(chances)
        price = 1.0 / (np.array([0.45, 0.28, 0.27]) * (1 + margin))
        returns = np.where(np.eye(3) == 1, price - 1.0, -1.0)
        got = simultaneous_kelly(returns, win)
        wanted = exclusive_kelly(win, price)
        if wanted.sum() < 0.95:  # beyond, the reserve binds
            assert got == pytest.approx(wanted, abs=1e-4)

    def test_draw_and_away_of_one_match_are_sized_together(self):
        made = slip(policy=Policy(name="wide", books=("pinnacle",), markets=("1x2",), sanity_edge_prob=1.0))
        mine = made.prices[made.prices["game_id"] == "a"].set_index("side")
        wanted = exclusive_kelly(np.array([0.40, 0.35, 0.25]), np.array([2.0, 3.6, 4.2]))
        bet = mine["edge_ev"] >= 0.02
        assert bet.to_dict() == {"home": False, "draw": True, "away": True}
        # home is under the filter: what is left of the closed form, home's stake held at zero
        assert mine.loc["draw", "kelly"] == pytest.approx(wanted[1], abs=0.02)
        assert mine.loc["draw", "stake_units"] + mine.loc["away", "stake_units"] <= 50.0


def exclusive_kelly(win, price):
    """Bet the set whose win * price exceeds the reserve (Smoczynski & Tomkins 2010)."""
    order = np.argsort(-win * price)
    reserve, chosen = 1.0, []
    for k in order:
        if win[k] * price[k] <= reserve:
            break
        chosen.append(k)
        reserve = (1 - win[chosen].sum()) / (1 - (1 / price[chosen]).sum())
    shares = np.zeros(len(win))
    shares[chosen] = win[chosen] - reserve / price[chosen]
    return shares


class TestSettlement:
    @pytest.mark.parametrize(
        ("home", "away", "won"), [(2, 0, "home"), (1, 1, "draw"), (0, 0, "draw"), (0, 3, "away"), (4, 3, "home")]
    )
    def test_one_side_wins_and_two_lose(self, home, away, won):
        bets = pd.DataFrame(
            {"game_id": "a", "season": 2023, "week": 5, "kickoff_utc": KICKOFF, "market": "1x2",
             "side": ["home", "draw", "away"], "line": np.nan, "price": [2.0, 3.6, 4.2], "stake_units": 10.0}
        )  # fmt: skip
        done = settle(bets, RESULTS[:1].assign(home_score=home, away_score=away), games=GAMES).set_index("side")
        paid = {"home": 10.0, "draw": 26.0, "away": 32.0}
        for side in ("home", "draw", "away"):
            assert done.loc[side, "outcome"] == ("win" if side == won else "loss")
            assert done.loc[side, "profit_units"] == pytest.approx(paid[side] if side == won else -10.0)

    def test_a_match_without_a_result_waits_and_one_moved_out_of_its_week_is_void(self):
        bets = slip().bets
        assert set(settle(bets, RESULTS[:0], games=GAMES)["outcome"]) == {"waiting"}
        moved = GAMES.assign(kickoff_utc=KICKOFF + pd.Timedelta(weeks=3))
        assert set(settle(bets, RESULTS[:0], games=moved)["outcome"]) == {"void"}


class TestClosingValue:
    def graded(self, quotes=QUOTES):
        closes = closing_quotes(quotes, GAMES, at=KICKOFF, maximum_age_hours=3.0)
        return grade(slip().bets, closes, results=RESULTS, games=GAMES, key_numbers=smooth_key_numbers(),
                     books=("pinnacle",)).set_index(["game_id", "side"])  # fmt: skip

    def test_is_the_rise_of_the_sides_fair_chance(self):
        row = self.graded().loc[("a", "draw")]
        before, after = (fair_probabilities(p, method="power")[1] for p in ([2.0, 3.6, 4.2], [1.9, 3.7, 4.6]))
        assert row["clv_prob"] == pytest.approx(after - before)
        assert row["clv_ev"] == pytest.approx((after - before) * 3.6)
        assert row["ev_at_close"] == pytest.approx(after * 3.6 - 1)
        assert np.isnan(row["clv_points"])
        assert row["close_price"] == 3.7
        assert row["close_price_other"] == pytest.approx(1 / (1 / 1.9 + 1 / 4.6))
        assert row["clv_verdict"] == ("better" if after > before else "worse")
        assert row["headline"]

    def test_of_a_price_that_did_not_move_is_zero(self):
        same = pd.concat([QUOTES[QUOTES["kind"] == "open"], QUOTES[QUOTES["kind"] == "open"].assign(
            kind="close", recorded_at=KICKOFF, known_at=KICKOFF)])  # fmt: skip
        assert self.graded(same)["clv_prob"].to_numpy() == pytest.approx(0.0, abs=1e-12)
        assert (self.graded(same)["clv_verdict"] == "same").all()

    def test_is_unknown_without_a_close(self):
        none = self.graded(QUOTES[QUOTES["kind"] == "open"].assign(recorded_at=BATCH))
        # the price of the decision is then the last one there is: stale, and out of headlines
        assert none["close_stale"].all()
        assert not none["headline"].any()


class TestEvaluation:
    def rows(self):
        made = slip()
        closes = closing_quotes(QUOTES, GAMES, at=KICKOFF, maximum_age_hours=3.0)
        return evaluations(
            made.forecasts, made.prices, closes=closes, results=RESULTS, key_numbers=smooth_key_numbers()
        )

    def test_a_match_has_three_targets_and_no_winner_with_half_a_draw(self):
        rows = self.rows().set_index(["game_id", "target"])
        assert set(rows.index.get_level_values("target")) == {"1x2_home", "1x2_draw", "1x2_away"}
        assert rows.loc["a", "outcome"].to_dict() == {"1x2_home": 0.0, "1x2_draw": 1.0, "1x2_away": 0.0}
        assert rows.loc["b", "outcome"].to_dict() == {"1x2_home": 0.0, "1x2_draw": 0.0, "1x2_away": 1.0}
        for who in ("model", "market", "close"):
            assert rows[who].groupby("game_id").sum().to_numpy() == pytest.approx([1.0, 1.0])

    def test_scores_by_hand(self):
        matches = match_forecasts(self.rows(), forecasters=("model", "close"))
        scores = match_scores(matches, forecasters=("model", "close")).set_index("game_id")
        # a drawn: (.40, .35, .25): Brier .16 + .4225 + .0625; RPS ((.40)^2 + (.25)^2) / 2; log loss -log .35
        assert scores.loc["a", "brier_model"] == pytest.approx(0.645)
        assert scores.loc["a", "rps_model"] == pytest.approx((0.16 + 0.0625) / 2)
        assert scores.loc["a", "log_loss_model"] == pytest.approx(-np.log(0.35))

    def test_a_match_without_a_close_counts_for_nobody(self):
        rows = self.rows()
        rows.loc[(rows["game_id"] == "a") & (rows["target"] == "1x2_draw"), "close"] = np.nan
        assert list(match_forecasts(rows, forecasters=("model", "close"))["game_id"]) == ["b"]
        assert len(match_forecasts(rows, forecasters=("model",))) == 2


def test_markets_with_lines_stand_beside_it_untouched():
    lined = QUOTES[:1].assign(market="spread", line=0.5, price_draw=np.nan, price_home=1.91, price_away=1.91)
    both = slip(pd.concat([QUOTES, lined]), policy=Policy(books=("pinnacle",), markets=("1x2", "spread"), name="both"))
    rows = both.prices[both.prices["market"] == "spread"].set_index("side")
    assert rows.loc["home", "win"] == pytest.approx(0.40)
    assert rows.loc["away", "win"] == pytest.approx(0.60)
    assert rows.loc["home", "market_win"] == pytest.approx(0.5)
    assert len(both.prices[both.prices["market"] == "1x2"]) == 6
