"""The study of sharpness: its rows worked by hand, what it finds where the truth is planted, and what it says.

Tolerances: 1e-9 where worked by hand; planted truths are held to the study's own 95 % intervals at fixed seeds.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from workbench.report.drawing import Finding
from workbench.report.stories import sharpness as story
from workbench.stages.studies.epl_prices import epl_view
from workbench.stages.studies.sharpness import (
    headline_closes,
    headline_pairs,
    measured,
    sided,
    surviving,
    weakest,
)
from workbench.stages.studies.sharpness_claims import HEADLINE, sharpness_claims
from workbench.stages.studies.sharpness_rows import COLUMNS, sharpness_rows
from workbench.store.frames import FrameAsOf

KICKOFF = pd.Timestamp("2024-09-09T00:20:00Z")  # Sunday evening in New York
OPENED = KICKOFF - pd.Timedelta(days=5)


def league(quotes: list[tuple[object, ...]], scores: list[tuple[str, int, int]]) -> FrameAsOf:
    """Games of one evening, quotes given as (game, market, source, kind, line, home price, away price)."""
    ids = {"season": 2024, "week": 5}
    games = pd.DataFrame({"game_id": [g for g, *_ in scores], **ids, "kickoff_utc": KICKOFF, "known_at": OPENED})
    games = games.assign(game_type="REG", home_team="KC", away_team="DEN", neutral=False)
    last = games.iloc[[0]].assign(game_id="last", week=16)  # the season's last week: week 5 lies in its second quarter
    names = ["game_id", "market", "source", "kind", "line", "price_home", "price_away"]
    rows = pd.DataFrame(quotes, columns=names).assign(**ids, price_assumed=False, instant_assumed=False)
    rows["recorded_at"] = rows["kind"].map({"open": OPENED, "close": KICKOFF})
    results = pd.DataFrame(scores, columns=["game_id", "home_score", "away_score"])
    results = results.assign(**ids, overtime=False, known_at=KICKOFF)
    late = results.iloc[[0]].assign(game_id="last", week=16)
    view = {
        "games": pd.concat([games, last]), "quotes": rows.assign(known_at=rows["recorded_at"]),
        "results": pd.concat([results, late]),
    }  # fmt: skip
    return FrameAsOf(view, pd.Timestamp("2200-01-01", tz="UTC"))


QUOTES = (
    ("a", "spread", "legacy", "open", 3.0, 1.9, 1.9), ("a", "spread", "legacy", "close", 4.5, 1.9, 1.9),
    ("a", "total", "legacy", "close", 44.0, 1.9, 1.9), ("a", "moneyline", "book", "close", None, 1.5, 2.7),
    ("a", "moneyline", "book", "open", None, 1.6, 2.5), ("a", "spread", "books_consensus", "close", 4.0, 1.9, 1.9),
    ("a", "spread", "books_open", "open", 2.5, 1.9, 1.9),
)  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return sharpness_rows(league(list(QUOTES), [("a", 27, 20)]), method="proportional")


class TestRows:
    def test_have_the_columns_and_say_when_and_how_large(self, rows):
        assert rows.columns.tolist() == list(COLUMNS)
        assert rows["part"].unique().tolist() == ["second quarter"]
        assert rows["weekday"].unique().tolist() == ["Sunday"]
        size = rows.set_index(["market", "source"])["size"]
        assert size["spread", "legacy"] == "home by 3 to 6.5"
        assert size["total", "legacy"] == "44 to 48"
        assert size["moneyline", "book"] == "60 to 75 %"

    def test_a_spread_is_measured_in_points_at_both_ends(self, rows):
        row = rows[(rows["market"] == "spread") & (rows["source"] == "legacy")].iloc[0]
        assert row[["open", "close", "outcome"]].tolist() == [3.0, 4.5, 7.0]
        assert row[["error_open", "error_close", "loss_open", "loss_close"]].tolist() == [4.0, 2.5, 16.0, 6.25]

    def test_a_spread_is_read_as_a_win_probability_by_a_fixed_curve(self, rows):
        row = rows[(rows["market"] == "win") & (rows["source"] == "legacy")].iloc[0]
        assert row["close"] == pytest.approx(ndtr(4.5 / 13), abs=1e-12)
        assert row["loss_close"] == pytest.approx((1 - ndtr(4.5 / 13)) ** 2, abs=1e-12)

    def test_a_moneyline_is_measured_without_its_margin(self, rows):
        row = rows[rows["market"] == "moneyline"].iloc[0]
        assert row["close"] == pytest.approx(2.7 / 4.2, abs=1e-12)
        assert row["open"] == pytest.approx(2.5 / 4.1, abs=1e-12)
        assert row["loss_close"] == pytest.approx((1.5 / 4.2) ** 2, abs=1e-12)

    def test_an_opener_that_no_book_signs_stands_beside_anothers_close_and_is_marked(self, rows):
        spreads = rows[rows["market"] == "spread"].set_index("source")
        assert spreads["cross_source"].to_dict() == {
            "legacy": False, "books_consensus": False, "books_open to books_consensus": True
        }  # fmt: skip
        assert spreads.loc["books_open to books_consensus", ["open", "close"]].tolist() == [2.5, 4.0]
        assert np.isnan(spreads.loc["books_consensus", "open"])

    def test_three_outcomes_are_measured_by_the_ranked_probability_score(self, tmp_path):
        match = {"season": "2324", "Date": "12/08/2023", "HomeTeam": "A", "AwayTeam": "B", "FTHG": 0, "FTAG": 0}
        prices = {"PSH": 4.0, "PSD": 4.0, "PSA": 2.0, "PSCH": 5.0, "PSCD": 10 / 3, "PSCA": 2.0}
        pd.DataFrame([match | prices]).to_csv(tmp_path / "E0.csv", index=False)
        (row,) = sharpness_rows(epl_view(tmp_path), method="proportional").to_dict("records")
        # .25 .25 .5 and .2 .3 .5, a draw: (.0625 + .25) / 2 and (.04 + .25) / 2
        assert (row["loss_open"], row["loss_close"]) == pytest.approx((0.15625, 0.145), abs=1e-9)
        assert (row["close"], row["outcome"], row["weekday"]) == (pytest.approx(0.5), 0.0, "Saturday")

    def test_an_early_price_of_an_early_match_is_no_close(self, tmp_path):
        match = {"season": "2324", "Date": "11/08/2023", "Time": "20:00", "HomeTeam": "A", "AwayTeam": "B"}
        prices = {"FTHG": 1, "FTAG": 0, "B365H": 2.0, "B365D": 3.5, "B365A": 3.9}
        pd.DataFrame([match | prices]).to_csv(tmp_path / "E0.csv", index=False)
        assert sharpness_rows(epl_view(tmp_path), method="power").empty


def planted(
    n: int = 4000, *, lean: float = 0.0, noise: float = 3.0, seed: int = 3, source: str = "book"
) -> pd.DataFrame:
    """Spreads whose opener misses the close by noise; on Mondays home sides do better than the close says."""
    rng = np.random.default_rng(seed)
    close = np.round(2 * rng.normal(0, 6, n)) / 2 + 0.25  # off the whole points: nothing is pushed
    monday = rng.random(n) < 0.15
    outcome = np.round(close - 0.25 + rng.normal(0, 13, n) + lean * monday)
    opened = close + rng.normal(0, noise, n)
    rows = pd.DataFrame(
        {
            "game_id": [f"g{k}" for k in range(n)], "market": "spread", "source": source,
            "season": 2010 + np.arange(n) // 270, "week": np.arange(n) // 15, "part": "first quarter",
            "weekday": np.where(monday, "Monday", "Sunday"), "size": np.where(close > 0, "home", "away"),
            "open": opened, "close": close, "outcome": outcome, "cross_source": False,
        }
    )  # fmt: skip
    for end in ("open", "close"):
        rows[f"error_{end}"] = rows["outcome"] - rows[end]
        rows[f"loss_{end}"] = rows[f"error_{end}"] ** 2
    return rows


class TestMeasured:
    def test_finds_the_size_of_the_openers_noise_and_of_the_error(self):
        study = measured(planted())
        gain = study.gains[study.gains["main"]].iloc[0]
        assert gain["gain_low"] < 9.0 < gain["gain_high"]
        close = study.accuracy.query("main and not pair").iloc[0]
        assert close["rmse_low"] < 13.0 < close["rmse_high"]
        assert gain["cut_low"] < 9.0 / (9.0 + 169.0) < gain["cut_high"]

    def test_a_planted_weak_day_survives_and_stands_first(self):
        study = measured(planted(lean=6.0))
        assert surviving(study, "bias")["cell"].tolist()[:1] == ["Monday"]
        assert weakest(study, "bias").iloc[0]["cell"] == "Monday"
        assert "Monday" in story.findings(study)[0]

    def test_a_market_without_any_weak_cell_is_said_to_have_none(self):
        study = measured(planted())
        assert surviving(study, "bias").empty
        assert story.findings(study)[0].startswith("The market has no corner proved weak")

    def test_of_ten_markets_without_a_weak_cell_hardly_one_is_accused(self):
        # at 5 % of whole families, three or more alarms of ten have a chance of .012
        alarms = sum(not surviving(measured(planted(900, seed=s), smoke=True), "bias").empty for s in range(10, 20))
        assert alarms <= 2

    def test_shrunken_values_lie_nearer_to_their_kind_than_what_was_seen(self):
        cells = measured(planted(lean=3.0)).cells.query("measure == 'bias' and dimension == 'season'")
        assert cells["shrunk"].std() < cells["value"].std()

    def test_a_bias_of_lines_is_counted_not_averaged(self):
        rows = planted(4)
        rows["error_close"] = [40.0, -1.0, -1.0, 0.0]
        assert sided(rows, end="close").tolist()[:3] == [0.5, -0.5, -0.5]
        assert np.isnan(sided(rows, end="close").iloc[3])


class TestHeadlines:
    def test_one_source_a_market_for_closes_the_next_ones_games_for_pairs(self):
        small = planted(300, seed=5, source="small").assign(game_id=[f"x{k}" for k in range(300)])
        large = planted(500, seed=6, source="large").assign(open=np.nan)
        both = planted(400, seed=7, source="both")
        rows = pd.concat([small, large, both], ignore_index=True)
        assert headline_closes(rows)["source"].unique().tolist() == ["large"]
        assert headline_pairs(rows)["source"].value_counts().to_dict() == {"both": 400, "small": 300}

    def test_anothers_close_is_in_no_headline(self):
        rows = planted(400).assign(cross_source=True)
        assert headline_pairs(rows).empty
        assert headline_closes(rows).empty


class TestWords:
    def win(self) -> pd.DataFrame:
        rows = planted(2000)
        wins = rows.assign(
            market="win", outcome=(rows["outcome"] > 0).astype(float), open=ndtr(rows["open"] / 13),
            close=ndtr(rows["close"] / 13),
        )  # fmt: skip
        for end in ("open", "close"):
            wins[f"error_{end}"] = wins["outcome"] - wins[end]
            wins[f"loss_{end}"] = wins[f"error_{end}"] ** 2
        return pd.concat([rows, wins], ignore_index=True)

    def test_claims_have_intervals_names_of_their_own_and_the_headline(self):
        claims = sharpness_claims(measured(self.win()))
        assert len({claim.name for claim in claims}) == len(claims) > 8
        chief = next(claim for claim in claims if claim.name == HEADLINE)
        assert chief.low < chief.value < chief.high

    def test_a_win_read_off_the_spread_is_no_second_family_of_cells(self):
        study = measured(self.win())
        assert set(study.cells["market"]) == {"spread"}

    def test_figures_tables_and_sentences_come_of_it(self):
        study = measured(self.win())
        for figure in (story.season_figure(study), story.gain_figure(study), story.weakest_figure(study)):
            assert isinstance(figure, Finding)
        assert len(story.cell_table(study, "bias")) == len(story.cell_table(study, "bias").dropna())
        assert len(story.dimension_words(study)) == 2
        assert {"spread"} == set(story.accuracy_table(study)["market"])
        assert len(story.gain_table(study)) == 3

    def test_overs_below_a_half_beside_a_mean_above_the_line_are_explained_by_the_tail(self):
        rng = np.random.default_rng(4)
        rows = planted(4000).assign(market="total")
        skewed = rng.gamma(2.0, 10.0, 4000)
        rows["error_close"] = skewed - np.quantile(skewed, 0.53)
        rows["outcome"] = rows["close"] + rows["error_close"]
        said = story.findings(measured(rows.assign(loss_close=rows["error_close"] ** 2)))
        assert any("for its long tail" in sentence for sentence in said)
