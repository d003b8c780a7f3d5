"""The study of overround: what it finds where the truth is planted, what it leaves out, and what it says.

Tolerances: planted methods are told by the study's own intervals; worked values to 1e-12.
"""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from workbench.errors import FormatError
from workbench.market.overround import fair_probabilities
from workbench.report.drawing import Finding
from workbench.report.stories import overround as story
from workbench.stages.studies.epl_prices import epl_view
from workbench.stages.studies.overround import DISTINCT, as_tables, judged, priced_bias, told_apart
from workbench.stages.studies.overround_claims import HEADLINE, overround_claims
from workbench.stages.studies.overround_prices import (
    PricedMarket,
    league_closes,
    priced_markets,
)
from workbench.store.frames import FrameAsOf


def market(n: int, *, rule: str, outcomes: int = 2, margin: float = 0.15, seed: int = 1, name: str = "moneyline"):
    """Games whose prices carry a wide margin put on by one rule, and outcomes by the true probabilities."""
    rng = np.random.default_rng(seed)
    truth = rng.dirichlet(np.full(outcomes, 2.0), size=n).clip(0.08)
    truth /= truth.sum(axis=1, keepdims=True)
    if rule == "proportional":
        offered = truth * (1 + margin)
    elif rule == "power":
        offered = truth ** (1 - margin)
    else:
        offered = truth + margin / outcomes
    offered = np.minimum(offered, 0.99)
    won = (rng.random((n, 1)) > np.cumsum(truth, axis=1)).sum(axis=1)
    return PricedMarket(
        market=name, source="book", prices=1.0 / offered, won=won, weeks=np.arange(n) // 15,
        seasons=np.full(n, 2020), left_out=0,
    )  # fmt: skip


class TestVerdict:
    @pytest.mark.parametrize("rule", ["proportional", "power", "additive"])
    def test_the_rule_that_put_the_margin_on_is_best_or_tied(self, rule):
        found = judged([market(12_000, rule=rule)]).scores.set_index("method")
        assert found.loc[rule, "tied"]
        assert found.loc[rule, "slope_low"] < 1 < found.loc[rule, "slope_high"]

    def test_a_wide_margin_on_longshots_is_told_from_the_proportional_method(self):
        study = judged([market(12_000, rule="power")])
        assert set(told_apart(study)["method"]) == {"additive", "power", "odds_ratio"}
        off = study.scores.set_index("method")["favourite_low"]
        assert off["proportional"] > 0 > off["power"]
        assert "3 of 3 comparisons" in story.findings(study, method="power")[0]

    def test_a_narrow_margin_is_told_from_nothing_and_said_so(self):
        study = judged([market(600, rule="power", margin=0.02)])
        assert told_apart(study).empty
        assert story.findings(study, method="power")[0].startswith("No method is told apart")
        assert study.scores["tied"].all()

    def test_gains_are_paired_and_zero_for_the_method_compared_with(self):
        one = market(400, rule="power")
        rows = judged([one]).scores.set_index("method")
        p = {m: fair_probabilities(one.prices, method=m) for m in ("proportional", "power")}
        place = np.arange(400), one.won
        assert rows.loc["power", "gain"] == pytest.approx(np.mean(np.log(p["power"][place] / p["proportional"][place])))
        assert rows.loc["proportional", ["gain", "distance"]].tolist() == [0.0, 0.0]

    def test_only_the_largest_source_of_a_market_counts_as_a_test_but_every_bookmaker_of_three_outcomes(self):
        two = [market(500, rule="power"), market(300, rule="power", seed=2)]
        three = [market(400, rule="power", outcomes=3, name="1x2", seed=s) for s in (3, 4)]
        study = judged([*two, *three])
        assert study.tests == 3 + 4 + 4
        assert study.scores.groupby("main").size().to_dict() == {False: 4, True: 14}
        assert judged([*two], smoke=True).scores["main"].all()

    def test_equal_prices_have_no_favourite(self):
        one = market(300, rule="power")
        even = PricedMarket(
            market="total", source="book", prices=np.full((300, 2), 1.91), won=one.won, weeks=one.weeks,
            seasons=one.seasons, left_out=0,
        )  # fmt: skip
        assert np.isnan(priced_bias(even, np.full((300, 2), 0.5), shortest=True).value)
        names = [claim.name for claim in overround_claims(judged([one, even]))]
        assert "favourite_proportional_moneyline" in names
        assert "favourite_proportional_total" not in names
        assert "slope_power_total" not in names


class TestTheStudysOwnWords:
    def test_claims_have_intervals_and_the_headline(self):
        study = judged([market(500, rule="power")])
        claims = {claim.name: claim for claim in overround_claims(study)}
        assert claims[HEADLINE].low < claims[HEADLINE].value < claims[HEADLINE].high
        assert len(claims) == 3 * 2 + 4 + 2

    def test_figures_and_tables_come_of_it(self):
        three = market(500, rule="power", outcomes=3, name="1x2")
        study = judged([market(500, rule="power"), three])
        for figure in (story.gain_figure(study), story.favourite_figure(study)):
            assert isinstance(figure, Finding)
            assert "_" not in figure.title
        assert len(story.score_table(study)) == len(DISTINCT[2]) + len(DISTINCT[3])
        assert set(as_tables(study)["verdicts"]) == {"moneyline_book", "1x2_book"}

    def test_a_policy_by_another_name_of_a_method_is_judged_as_that_method(self):
        study = judged([market(12_000, rule="proportional")])
        for method in ("shin", "logarithmic", "additive"):
            assert "it is worse on moneylines of book" in story.findings(study, method=method)[-1]


def league(quotes: list[tuple[object, ...]], scores: list[tuple[str, int, int]]) -> FrameAsOf:
    """A league of games on one Sunday, quotes given as (game, market, source, line, home price, away price)."""
    kickoff = pd.Timestamp("2024-09-08T17:00:00Z")
    ids = {"season": 2024, "week": 1}
    games = pd.DataFrame({"game_id": [g for g, *_ in scores], **ids, "kickoff_utc": kickoff, "known_at": kickoff})
    games = games.assign(game_type="REG", home_team="KC", away_team="DEN", neutral=False)
    named = ["game_id", "market", "source", "line", "price_home", "price_away"]
    rows = pd.DataFrame(quotes, columns=named).assign(
        **ids, kind="close", recorded_at=kickoff, price_assumed=False, instant_assumed=False, known_at=kickoff
    )
    results = pd.DataFrame(scores, columns=["game_id", "home_score", "away_score"])
    results = results.assign(**ids, overtime=False, known_at=kickoff)
    view = {"games": games, "quotes": rows, "results": results}
    return FrameAsOf(view, pd.Timestamp("2200-01-01", tz="UTC"))


def test_who_won_is_read_at_the_line_and_pushes_and_ties_are_left_out():
    view = league(
        [
            ("a", "spread", "book", 3.5, 1.9, 1.9), ("a", "total", "book", 41.0, 1.9, 1.9),
            ("a", "moneyline", "book", None, 1.5, 2.7), ("b", "spread", "book", 3.0, 1.9, 1.9),
            ("b", "total", "book", 43.5, 1.9, 1.9), ("b", "moneyline", "book", None, 1.6, 2.5),
            ("c", "moneyline", "book", None, 1.6, 2.5),
        ],
        [("a", 23, 20), ("b", 24, 21), ("c", 17, 17)],
    )  # fmt: skip
    rows = league_closes(view).set_index(["game_id", "market"])["won"]
    # a: home wins by 3 against 3.5, 43 points over 41; b: 3 on 3 is a push, 45 over 43.5; c is a tie
    assert rows.to_dict() == {
        ("a", "spread"): 1, ("a", "total"): 0, ("a", "moneyline"): 0, ("b", "total"): 0, ("b", "moneyline"): 0
    }  # fmt: skip


class TestPremierLeague:
    MATCH: ClassVar = {"season": "2324", "Date": "12/08/2023", "HomeTeam": "A", "AwayTeam": "B"}
    PRICES: ClassVar = dict(
        zip(("PSH", "PSD", "PSA", "PSCH", "PSCD", "PSCA"), (2.0, 3.4, 4.0, 2.1, 3.3, 3.9), strict=True)
    )

    @pytest.mark.parametrize(("goals", "won"), [((2, 0), 0), ((1, 1), 1), ((0, 3), 2)])
    def test_closes_are_read_with_who_won(self, tmp_path, goals, won):
        score = dict(zip(("FTHG", "FTAG"), goals, strict=True))
        pd.DataFrame([self.MATCH | score | self.PRICES]).to_csv(tmp_path / "E0.csv", index=False)
        view = epl_view(tmp_path)
        assert view is not None
        rows = league_closes(view)
        assert rows[["season", "market", "source", "won"]].to_numpy().tolist() == [[2023, "1x2", "pinnacle", won]]
        assert rows[["price_home", "price_draw", "price_away"]].to_numpy().tolist() == [[2.1, 3.3, 3.9]]

    def test_none_is_none_and_an_empty_folder_is_refused(self, tmp_path):
        assert epl_view(None) is None
        with pytest.raises(FormatError, match="holds no file of matches"):
            epl_view(tmp_path)

    def test_a_longshot_that_the_additive_method_makes_impossible_is_left_out_for_all(self):
        price = {"price_home": 1.05, "price_draw": 12.0, "price_away": 61.0}
        fair = {"price_home": 2.5, "price_draw": 3.3, "price_away": 2.9}
        shared = {"game_id": "g", "market": "1x2", "source": "b", "season": 2020, "week": 1, "won": 0}
        rows = pd.DataFrame([shared | price] + [shared | fair] * 120)
        (made,) = priced_markets(rows)
        assert (len(made.won), made.left_out) == (120, 1)
