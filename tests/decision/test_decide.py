"""The one way to a slip. Stakes are floored to hundredths: caps are held exactly; probabilities to 1e-12."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.clock import utc
from workbench.decision.policy import Controls, Policy
from workbench.decision.slip import PRICE_COLUMNS, Slip
from workbench.errors import ValidationError

Frames = dict[str, pd.DataFrame]
Decide = Callable[..., Slip]
WEDNESDAY = utc("2024-11-06T17:00Z")


def changed(frames: Frames, make_quotes: Callable[..., pd.DataFrame], *rows: dict[str, Any]) -> Frames:
    """The frames with more quotes."""
    return frames | {"quotes": pd.concat([frames["quotes"], make_quotes(list(rows))], ignore_index=True)}


def reason(slip: Slip, game: str, market: str, side: str) -> str:
    row = slip.prices.query("game_id == @game and market == @market and side == @side")
    return str(row["reason"].iloc[0])


def test_every_game_market_and_side_is_priced_with_a_reason(frames: Frames, decided: Decide) -> None:
    slip = decided(frames)
    assert len(slip.prices) == 3 * 3 * 2
    assert list(slip.prices.columns) == list(PRICE_COLUMNS)
    assert {name: str(dtype) for name, dtype in slip.prices.dtypes.items()} == PRICE_COLUMNS
    assert slip.prices["reason"].str.len().min() > 10
    assert slip.prices["reason"].str.startswith("Bet ").tolist() == (slip.prices["status"] != "").tolist()
    assert slip.excluded.empty


def test_chances_and_edges_by_hand(frames: Frames, decided: Decide, toy_model: Callable[..., Any]) -> None:
    slip = decided(frames)
    home = slip.prices.query("game_id == 'g1' and market == 'spread' and side == 'home'").iloc[0]
    games = frames["games"][["game_id"]]
    draws = toy_model().draws(None, games, None)
    margin = draws.home[0] - draws.away[0]
    assert home["win"] == pytest.approx(np.mean(margin > 3.5), abs=1e-12)
    assert home["push"] == 0.0
    assert home["edge_points"] == pytest.approx(5.5 - 3.5, abs=1e-12)
    assert home["market_win"] == pytest.approx(0.5, abs=1e-12)
    assert home["edge_prob"] == pytest.approx(home["win"] - 0.5, abs=1e-12)
    assert home["edge_ev"] == pytest.approx(0.91 * home["win"] - home["lose"], abs=1e-12)


def test_the_away_side_gains_when_the_home_quarterback_is_out(
    frames: Frames, decided: Decide, make_quote: Callable[..., Any], make_quotes: Callable[..., Any],
    toy_model: Callable[..., Any],
) -> None:  # fmt: skip
    # DESIGN 4: fair -1.7 against a market home_line of 4.5 is 6.2 points on the AWAY side
    slip = decided(
        {"games": frames["games"], "quotes": make_quotes([make_quote("g1", "spread", line=4.5)])},
        model=toy_model(home=21.0, away=22.7),
    )
    away = slip.prices.query("side == 'away'").iloc[0]
    assert away["edge_points"] == pytest.approx(6.2, abs=1e-9)
    assert slip.bets["side"].tolist() == ["away"]
    assert "Bet DEN +4.5 at 1.91: fair line -1.7" in away["reason"]


def test_equal_inputs_give_equal_bytes_in_any_order(frames: Frames, decided: Decide) -> None:
    shuffled = {name: frame.sample(frac=1.0, random_state=5) for name, frame in frames.items()}
    assert decided(frames).to_bytes() == decided(frames).to_bytes() == decided(shuffled).to_bytes()


def test_the_bytes_are_canonical_json_and_notice_one_bit(frames: Frames, decided: Decide) -> None:
    slip = decided(frames)
    told = json.loads(slip.to_bytes())
    assert told["week"] == [2024, 10]
    assert len(told["bets"]["game_id"]) == len(slip.bets) > 0
    nudged = decided(frames, bankroll=np.nextafter(1000.0, 2000.0))
    assert nudged.digest != slip.digest


def test_a_later_price_never_moves_a_stake(
    frames: Frames, decided: Decide, make_quote: Callable[..., Any], make_quotes: Callable[..., Any]
) -> None:
    later = [
        make_quote(g, m, recorded_at=WEDNESDAY + pd.Timedelta(seconds=1), price_home=2.2, price_away=1.8)
        for g in ("g1", "g2")
        for m in ("spread", "total")
    ]
    assert decided(changed(frames, make_quotes, *later)).to_bytes() == decided(frames).to_bytes()


def test_the_whole_future_may_change_and_the_slip_does_not(
    frames: Frames, decided: Decide, make_results: Callable[..., Any]
) -> None:
    moved = frames["games"].assign(
        known_at=WEDNESDAY + pd.Timedelta(days=1), game_id=["x1", "x2", "x3"], home_team="ZZ"
    )
    future = frames | {
        "games": pd.concat([frames["games"], moved], ignore_index=True),
        "results": make_results({"g1": (0, 50), "g2": (50, 0), "x1": (1, 1)}),
    }
    assert decided(future).to_bytes() == decided(frames).to_bytes()


def test_a_game_that_kicks_off_within_an_hour_is_not_bet(frames: Frames, decided: Decide) -> None:
    kickoffs = [WEDNESDAY - pd.Timedelta("1min"), WEDNESDAY + pd.Timedelta("60min"), WEDNESDAY + pd.Timedelta("61min")]
    games = frames["games"].assign(kickoff_utc=pd.Series(kickoffs, dtype="datetime64[us, UTC]"))
    slip = decided(frames | {"games": games})
    assert set(slip.prices["game_id"]) == {"g3"}
    assert slip.excluded["reason"].tolist() == [
        "kicked off before the decision",
        "kicks off within 60 minutes of the decision",
    ]


def test_one_book_is_chosen_by_preference_and_never_averaged(
    frames: Frames, decided: Decide, make_quote: Callable[..., Any], make_quotes: Callable[..., Any]
) -> None:
    others = [make_quote("g1", "spread", source=s, line=4.5) for s in ("draftkings", "fanduel", "unknown_book")]
    slip = decided(changed(frames, make_quotes, *others))
    spread = slip.prices.query("game_id == 'g1' and market == 'spread'")
    assert set(spread["source"]) == {"consensus"}
    assert set(spread["line"]) == {3.5}
    second = decided(changed(frames, make_quotes, *others), policy=Policy(books=("fanduel", "consensus")))
    assert set(second.prices.query("game_id == 'g1' and market == 'spread'")["source"]) == {"fanduel"}
    assert set(second.prices.query("game_id == 'g2' and market == 'spread'")["source"]) == {"consensus"}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"recorded_at": WEDNESDAY - pd.Timedelta(hours=24, minutes=1)}, "older than 24 h"),
        ({"line": 13.847}, "off the half-point grid"),
        ({"line": np.nan}, "no line"),
        ({"price_home": -110.0}, "American odds?"),
        ({"price_home": 2.3, "price_away": 2.3}, "carry no margin"),
    ],
)
def test_an_unusable_quote_passes_the_turn_to_the_next_book(
    fault: dict[str, Any], told: str, frames: Frames, decided: Decide, make_quote: Callable[..., Any],
    make_quotes: Callable[..., Any],
) -> None:  # fmt: skip
    bad = make_quote("g1", "spread", **fault)
    alone = decided({"games": frames["games"], "quotes": make_quotes([bad])})
    assert alone.prices.empty
    said = alone.excluded.query("game_id == 'g1' and market == 'spread'")["reason"].iloc[0]
    assert told in said
    assert said.startswith("no usable quote (consensus: ")
    both = decided(
        {"games": frames["games"], "quotes": make_quotes([bad, make_quote("g1", "spread", source="fanduel")])}
    )
    assert set(both.prices["source"]) == {"fanduel"}


def test_a_missing_price_is_minus_110_and_says_so(
    frames: Frames, decided: Decide, make_quote: Callable[..., Any], make_quotes: Callable[..., Any]
) -> None:
    rows = [
        make_quote("g1", "spread", price_home=np.nan, price_away=np.nan),
        make_quote("g1", "moneyline", price_home=np.nan),
    ]
    slip = decided({"games": frames["games"], "quotes": make_quotes(rows)})
    assert slip.prices["price"].tolist() == pytest.approx([1 + 100 / 110] * 2, abs=1e-12)
    assert slip.prices["price_assumed"].all()
    assert "the price is assumed (-110)" in reason(slip, "g1", "spread", "home")
    assert "a price missing" in slip.excluded.query("market == 'moneyline' and game_id == 'g1'")["reason"].iloc[0]


def test_the_legacy_opener_is_bet_at_the_open_and_flagged(
    frames: Frames, decided: Decide, make_quote: Callable[..., Any], make_quotes: Callable[..., Any]
) -> None:
    tuesday = utc("2024-11-05T11:00Z")  # 06:00 in New York
    opener = make_quote("g1", "spread", source="legacy", kind="open", recorded_at=tuesday, instant_assumed=True)
    tables = {"games": frames["games"], "quotes": make_quotes([opener])}
    slip = decided(tables, instant=tuesday)
    assert slip.bets["instant_assumed"].tolist() == [True]
    assert "instant is assumed" in slip.bets["reason"].iloc[0]
    assert decided(tables, instant=WEDNESDAY).prices.empty  # 30 hours old by then


def test_an_edge_too_good_to_believe_is_not_bet_however_many_gates_pass(
    frames: Frames, decided: Decide, make_quote: Callable[..., Any], make_quotes: Callable[..., Any]
) -> None:
    rows = [make_quote("g1", "spread", line=-2.0), make_quote("g1", "moneyline", price_home=3.0, price_away=1.4)]
    slip = decided({"games": frames["games"], "quotes": make_quotes(rows)})
    assert slip.bets.empty
    assert "7.5 points from the market is too far to believe" in reason(slip, "g1", "spread", "home")
    assert "points of probability is too good to believe" in reason(slip, "g1", "moneyline", "home")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"line": 31.0}, "out of bounds"),
        ({"price_home": 1.02, "price_away": 20.0}, "out of bounds"),
        ({"price_home": 1.6, "price_away": 1.6}, "carry a margin of"),
    ],
)
def test_a_row_outside_the_bounds_is_not_bet(
    changes: dict[str, Any], told: str, frames: Frames, decided: Decide, make_quote: Callable[..., Any],
    make_quotes: Callable[..., Any],
) -> None:  # fmt: skip
    slip = decided({"games": frames["games"], "quotes": make_quotes([make_quote("g1", "spread", **changes)])})
    assert slip.bets.empty
    assert told in reason(slip, "g1", "spread", "home")


def test_the_kill_switch_stops_every_bet(frames: Frames, decided: Decide) -> None:
    slip = decided(frames, controls=Controls(halted=True, halt_reason="feed under review"))
    assert slip.bets.empty
    assert slip.prices["reason"].str.contains("betting is halted: feed under review").all()


def test_bets_are_shadow_until_their_own_book_has_earned_more(frames: Frames, decided: Decide) -> None:
    shadow, proposed = decided(frames), decided(frames, controls=Controls(open_sources=frozenset({"consensus"})))
    other = decided(frames, controls=Controls(open_sources=frozenset({"fanduel"})))
    assert set(shadow.bets["status"]) == set(other.bets["status"]) == {"shadow"}
    assert set(proposed.bets["status"]) == {"proposed"}
    assert proposed.bets["stake_units"].tolist() == shadow.bets["stake_units"].tolist()


def test_a_game_the_model_cannot_draw_is_left_out_and_said_so(
    frames: Frames, decided: Decide, toy_model: Callable[..., Any]
) -> None:
    class Partial:
        def draws(self, view: Any, games: pd.DataFrame, quotes: pd.DataFrame) -> Any:
            return toy_model().draws(view, games[games["game_id"] != "g2"], quotes)

    slip = decided(frames, model=Partial())
    assert set(slip.prices["game_id"]) == {"g1", "g3"}
    assert slip.excluded.to_dict("records") == [{"game_id": "g2", "market": "", "reason": "the model has no forecast"}]


def test_an_empty_week_asks_no_model(frames: Frames, decided: Decide, toy_model: Callable[..., Any]) -> None:
    model = toy_model()
    slip = decided(frames | {"games": frames["games"].iloc[:0]}, model=model)
    assert model.calls == 0
    assert slip.prices.empty
    assert {name: str(dtype) for name, dtype in slip.prices.dtypes.items()} == PRICE_COLUMNS
    assert slip.digest


def test_open_stakes_shrink_the_base_and_use_up_the_caps(frames: Frames, decided: Decide) -> None:
    free, taken = decided(frames), decided(frames, open_stakes=100.0, open_by_game={"g1": 100.0})
    assert "g1" in set(free.bets["game_id"])
    assert taken.base_units == 900.0
    assert "g1" not in set(taken.bets["game_id"])  # 100 of 900 is over its 5 %
    assert taken.bets["stake_units"].sum() <= 0.15 * 900 - 100 + 0.01
    assert "the caps leave no stake" in taken.prices.query("game_id == 'g1'")["reason"].str.cat()


@given(bankroll=st.floats(0.0, 1e6), share=st.floats(0.0, 1.2))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_caps_hold_whatever_the_bankroll(bankroll: float, share: float, frames: Frames, decided: Decide) -> None:
    at_stake = bankroll * share
    slip = decided(frames, bankroll=bankroll, open_stakes=at_stake)
    base = max(bankroll - at_stake, 0.0)
    stakes = slip.bets["stake_units"]
    assert (stakes <= 0.025 * base + 1e-6).all()
    assert (slip.bets.groupby("game_id")["stake_units"].sum() <= 0.05 * base + 1e-6).all()
    assert stakes.sum() <= max(0.15 * base - at_stake, 0.0) + 1e-6


@pytest.mark.parametrize("money", [{"bankroll": -1.0}, {"bankroll": float("nan")}, {"open_stakes": -0.5}])
def test_money_that_cannot_be_is_refused(money: dict[str, float], frames: Frames, decided: Decide) -> None:
    with pytest.raises(ValidationError, match="at least 0"):
        decided(frames, **money)


def test_weights_that_do_not_sum_to_one_are_refused(toy_model: Callable[..., Any], frames: Frames) -> None:
    draws = toy_model().draws(None, frames["games"], None)
    with pytest.raises(ValidationError, match="sum to one"):
        type(draws)(draws.game_ids, draws.home, draws.away, draws.weights * 1.01, draws.fair_margin, draws.fair_total)


def test_the_forecast_says_who_wins(frames: Frames, decided: Decide) -> None:
    forecasts = decided(frames).forecasts
    assert forecasts["game_id"].tolist() == ["g1", "g2", "g3"]
    # Poisson(26) - Poisson(20.5): P(> 0) is about .78
    assert forecasts["home_win"].to_numpy() == pytest.approx(np.full(3, 0.78), abs=0.04)
    assert forecasts["effective_draws"].to_numpy() == pytest.approx(np.full(3, 2000.0), abs=1e-6)


def test_a_small_edge_is_staked_at_a_quarter_of_kelly_by_hand(
    frames: Frames, decided: Decide, make_quote: Callable[..., Any], make_quotes: Callable[..., Any]
) -> None:
    # at home_line 5.0 the toy model pushes now and then, and its edge is small enough for no cap to bind
    quotes = make_quotes([make_quote("g1", "spread", line=5.0, price_home=1.95, price_away=1.9)])
    slip = decided({"games": frames["games"], "quotes": quotes})
    (bet,) = slip.bets.to_dict("records")
    win, lose = bet["win"], bet["lose"]
    assert bet["push"] > 0.02
    assert bet["edge_prob"] == pytest.approx(win / (win + lose) - bet["market_win"], abs=1e-12)
    assert bet["edge_ev"] == pytest.approx(0.95 * win - lose, abs=1e-12)
    kelly = (0.95 * win - lose) / (0.95 * (win + lose))
    assert bet["kelly"] == pytest.approx(kelly, abs=1e-4)
    assert bet["stake_units"] < 25.0  # the cap of a bet does not bind
    assert bet["stake_units"] == pytest.approx(1000 * kelly / 4, abs=0.03)
    assert bet["stake_share"] == pytest.approx(bet["stake_units"] / 1000, abs=1e-12)
    assert bet["reason"].endswith("stake 0.25 of Kelly %.1f %%. Mind: consensus is not executable." % (100 * kelly))
