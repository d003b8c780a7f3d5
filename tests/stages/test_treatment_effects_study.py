"""The long study of effects: planted byes, home field and gaps found again, and every word true of what was found.

Tolerances: planted effects lie within four of the estimate's own standard errors, which fails once in 16,000 draws;
everything else is worked by hand or equal.
"""

from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stages.effects.world import exposed, hand_frames
from workbench.causal.games.game_design import GameDesign
from workbench.features.panels.game import SIDE_COLUMNS
from workbench.report.figures.published import grouped_figure
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.studies import treatment_effects as study
from workbench.stages.studies.treatment_coaches import coaching_changes
from workbench.stages.studies.treatment_effects_claims import _byes
from workbench.stages.studies.treatment_learners import _thinned, learner_rows
from workbench.stages.studies.treatment_parts import answered, kept_tables, numbers, row_of
from workbench.stages.studies.treatment_pool import pooled_outcome
from workbench.stages.studies.treatment_quarterbacks import by_horizon, gap_response, gap_rows
from workbench.stages.studies.treatment_schedule import bye_by_era, bye_shares, home_by_era

WITHIN = 4.0
HOME, BYE, GAP = 2.0, 3.0, -1.0
SHARED = (
    "game_id", "game_type", "era", "kickoff_utc", "division_game", "total", "open_total", "close_total", "open_line",
    "total_vs_open", "total_vs_close", "total_move", "open_source", "close_source", "open_instant_assumed", "line_move",
    "temperature_f", "wind_mph", "precipitation_inches", "roof", "surface", "stadium", "margin_vs_open",
)  # fmt: skip


def league(*, seasons: range, noise: float = 6.0, seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A league of sixteen teams that plays sixteen rounds; a third of the games carry a bye, a tenth a change."""
    rng = np.random.default_rng(seed)
    teams = np.array([f"T{i:02d}" for i in range(16)])
    games, hits = [], []
    for season in seasons:
        strength = rng.normal(0, 4, 16)
        for week in range(1, 17):
            order = rng.permutation(16)
            for home, away in zip(order[:8], order[8:], strict=True):
                name = f"{season}_{week}_{home}_{away}"
                bye = float(rng.choice([-1, 0, 1], p=[0.15, 0.7, 0.15]))
                struck = rng.random() < 0.1
                gap = float(rng.uniform(0.5, 6.0)) if struck else 0.0
                side = int(rng.choice([-1, 1]))
                line = HOME + strength[home] - strength[away] + rng.normal(0, 1.5)
                margin = line + BYE * bye + side * GAP * gap + rng.normal(0, noise)
                games.append({
                    "game_id": name, "season": season, "week": week, "home_team": teams[home],
                    "away_team": teams[away], "neutral": False, "game_type": "REG", "era": "one", "margin": margin,
                    "close_line": line, "margin_vs_close": margin - line, "home_market_rating": strength[home],
                    "away_market_rating": strength[away], "kickoff_utc": pd.Timestamp(f"{season}-09-01", tz="UTC"),
                })  # fmt: skip
                if bye:
                    team = teams[home if bye > 0 else away]
                    hits.append({"type": "bye", "game_id": name, "season": season, "week": week, "team": team,
                                 "sign": int(bye)})  # fmt: skip
                if struck:
                    team = teams[home if side > 0 else away]
                    hits.append({"type": "quarterback_exit", "game_id": name, "season": season, "week": week,
                                 "team": team, "sign": side, "dose": -gap, "position": "QB"})  # fmt: skip
    frame = pd.DataFrame(games)
    sides = [f"{side}_{name}" for side in ("home", "away") for name in SIDE_COLUMNS]
    whole = frame.reindex(columns=list(dict.fromkeys([*frame.columns, *SHARED, *sides])))
    return whole, exposed(*hits)


@pytest.fixture(scope="module")
def frames():
    games, hits = league(seasons=range(2002, 2012))
    span = (2002, 2011)
    return hand_frames(games, hits, spans={"bye": span, "quarterback_exit": span, "quarterback_return": span,
                                           "injury": None})  # fmt: skip


@pytest.fixture
def cache(tmp_path):
    return EstimateCache(tmp_path / "kept")


def finds(row, planted: float) -> bool:
    return abs(row["value"] - planted) < WITHIN * row["standard_error"]


class TestPlantedEffects:
    def test_a_bye_that_no_line_knows_is_found_on_the_game_and_left_whole(self, frames, cache):
        found = bye_by_era(frames, cache=cache)
        game, line, left = (row_of(found, span="2002–2010", number=n) for n in ("game", "in_the_line", "after_close"))
        assert finds(game, BYE)
        assert finds(left, BYE)
        assert line["low"] < 0 < line["high"]
        assert game["value"] == pytest.approx(line["value"] + left["value"])
        assert (game["published"], row_of(found, span="all", number="game")["rows"]) == (2.2, len(frames.games))

    def test_its_share_left_is_one(self, frames, cache):
        share = bye_shares(frames, cache=cache).set_index("span").loc["2002–2010"]
        assert share["bounded"]
        assert share["low"] < 1 < share["high"]

    def test_home_field_is_found_as_a_treatment_and_its_trend_is_level(self, frames, cache):
        found = home_by_era(frames, cache=cache)
        assert finds(row_of(found, span="2005–2009", number="in_the_line"), HOME)
        assert finds(row_of(found, span="trend 2000", number="game"), HOME)
        slope = row_of(found, span="change a decade", number="game")
        assert slope["low"] < 0 < slope["high"]

    def test_a_point_of_gap_costs_what_was_planted(self, frames, cache):
        found = gap_response(frames, cache=cache)
        line = found[found["shape"].eq("linear") & found["outcome"].eq("margin_vs_close")].iloc[0]
        assert abs(line["slope"] - GAP) < WITHIN * line["slope_error"]
        assert line["changes"] == frames.exposures["type"].eq("quarterback_exit").sum()

    def test_the_first_game_carries_it_where_no_later_one_does(self, frames, cache):
        found = by_horizon(frames, cache=cache)
        assert finds(row_of(found, question="quarterback_gap", horizon="first game", number="after_close"), -GAP)
        assert row_of(found, question="quarterback_gap", horizon="second game", number="after_close") is None


class TestGapRows:
    def test_a_loss_is_a_positive_gap_of_the_team_hit_and_of_it_alone(self):
        games, _ = league(seasons=range(2004, 2005))
        first = games.iloc[0]
        hits = exposed({"type": "quarterback_exit", "game_id": first["game_id"], "season": 2004,
                        "team": first["away_team"], "sign": -1, "dose": -4.0, "position": "QB"})  # fmt: skip
        spans = {"quarterback_exit": (2004, 2004), "quarterback_return": (2004, 2004)}
        rows = gap_rows(hand_frames(games, hits, spans=spans))
        struck = rows[rows["gap"].ne(0)]
        assert struck[["team", "gap", "home"]].to_numpy().tolist() == [[first["away_team"], 4.0, 0.0]]
        assert len(rows) == 2 * len(games)

    def test_an_unknown_gap_stays_unknown(self):
        games, _ = league(seasons=range(2004, 2005))
        known, lost = games.iloc[0], games.iloc[1]
        rows = [{"type": "quarterback_exit", "game_id": g["game_id"], "season": 2004, "team": g["home_team"],
                 "dose": dose, "position": "QB"} for g, dose in ((known, -1.0), (lost, np.nan))]  # fmt: skip
        spans = {"quarterback_exit": (2004, 2004), "quarterback_return": (2004, 2004)}
        found = gap_rows(hand_frames(games, exposed(*rows), spans=spans))
        assert found["gap"].isna().sum() == 1


class TestLearners:
    @settings(max_examples=15, deadline=None)
    @given(hit=st.integers(1, 40), spared=st.integers(0, 300))
    def test_thinning_keeps_every_hit_and_at_most_five_others_each(self, hit, spared):
        rows = pd.DataFrame({"hit": [1.0] * hit + [0.0] * spared, "place": range(hit + spared)})
        kept = _thinned(rows, seed=1)
        assert kept["hit"].sum() == hit
        assert len(kept) - hit == min(spared, 5 * hit)
        assert kept["place"].is_monotonic_increasing

    def test_a_change_is_banded_by_the_points_it_loses(self, frames):
        whole = frames.games.assign(
            **{f"{s}_{n}": 0.0 for s in ("home", "away") for n in ("win_rate", "last4_residual")}
        )
        rows = learner_rows(hand_frames(whole, frames.exposures, spans={"quarterback_exit": (2002, 2011)}),
                            "quarterback_exit")  # fmt: skip
        assert rows["hit"].sum() == frames.exposures["type"].eq("quarterback_exit").sum()
        assert set(rows.loc[rows["hit"].eq(1), "band"]) == {"low", "middle", "high"}
        assert rows.loc[rows["hit"].eq(0), "band"].eq("").all()


class TestWhatIsKept:
    def test_an_answer_that_cannot_be_had_says_why(self, frames, cache):
        games = frames.games.assign(nothing=0.0)
        found = answered(GameDesign(outcome="margin", treatment="nothing"), games, name="x", cache=cache)
        assert "must vary" in found["why_not"]

    def test_tables_are_made_once_and_again_when_rows_change(self, cache):
        calls = []

        def made():
            calls.append(1)
            return {"table": pd.DataFrame({"x": [1.0, np.nan], "word": ["a", None]})}

        rows = pd.DataFrame({"a": [1]})
        for given_rows in (rows, rows, rows + 1):
            found = kept_tables(made, name="t", cache=cache, frames={"rows": given_rows}, maker=__file__)
        assert len(calls) == 2
        assert found["table"]["x"].isna().tolist() == [False, True]

    def test_words_are_not_made_numbers(self):
        frame = numbers(pd.DataFrame({"x": [1, None], "yes": [True, None], "word": ["1", "2"]}, dtype=object))
        assert frame["x"].dtype == "float64"
        assert frame["yes"].dtype == object
        assert frame["word"].tolist() == ["1", "2"]


def cells(*values: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"type": [f"kind_{i}" for i in range(len(values))], "severity_band": "any", "position": "any",
         "outcome": "margin", "estimate": values, "standard_error": 1.0, "n": 50}
    )  # fmt: skip


class TestThePool:
    def test_pulls_towards_the_middle_and_says_how_far_the_prior_decides(self):
        pool = pooled_outcome(cells(-4.0, 0.0, 4.0), outcome="margin", sampled=False, seed=1)
        assert pool.cells["effect"].abs().max() < 4.0
        assert pool.cells["effect"].is_monotonic_increasing
        assert (pool.cells["moved"] > 0).any()
        assert pool.convergence is None
        assert np.isnan(pool.largest_gap)

    def test_of_an_outcome_without_cells_there_is_none(self):
        assert pooled_outcome(cells(1.0), outcome="total", sampled=False, seed=1) is None


def test_without_changes_nothing_is_said_of_coaches(frames, cache):
    games, hits = league(seasons=range(2002, 2003))
    found = coaching_changes(hand_frames(games, hits, spans={"coaching_change": (2002, 2002)}), cache=cache, seed=1)
    assert found.effects.empty
    assert found.honest == {}
    assert len(found.notes) == 2


def test_standard_errors_carry_their_horizon_and_the_games_that_would_show_three_points():
    one = GameDesign(outcome="margin", treatment="bye", strength="none", inference="cluster")
    games, _ = league(seasons=range(2002, 2003))
    estimate = one.fit(games.assign(bye=np.resize([1.0, 0.0, -1.0], len(games))))
    row = {"question": "bye", "label": "After a bye week", "number": "game", "why_not": "", **asdict(estimate)}
    table = study.seen_and_unseen(pd.DataFrame([row]), pd.DataFrame(columns=["question", "horizon", "why_not"]))
    assert table[["label", "number", "horizon"]].to_numpy().tolist() == [["After a bye week", "game", "first game"]]
    # (z.975 + z.8) standard errors are seen; the games needed for three points grow with the square of their ratio.
    visible = 2.8016 * estimate.standard_error
    assert table["minimal_detectable"].iloc[0] == pytest.approx(visible, rel=1e-3)
    assert table["treated_needed"].iloc[0] == pytest.approx(estimate.treated * (visible / 3) ** 2, rel=0.01)


def test_a_published_value_stands_beside_the_row_it_was_published_for():
    rows = pd.DataFrame({"label": ["then", "then", "now"], "number": ["game", "after_close", "game"],
                         "value": [2.0, 0.5, 0.1], "low": [1.0, -0.5, -1.0], "high": [3.0, 1.5, 1.2],
                         "published": [2.2, None, 0.3]})  # fmt: skip
    drawing = grouped_figure(rows, title="Found", subtitle="points")
    assert "then on the game +2.0" in drawing.alt
    assert [t.get_text() for t in drawing.figure.axes[0].get_yticklabels()] == ["then", "now"]
    assert grouped_figure(rows[:0], title="Found", subtitle="").alt.startswith("Found")


BYE_ROW = {"span": "2002–2010", "value": 2.3, "standard_error": 0.8, "low": 0.7, "high": 3.9, "treated": 248,
   "inference": "cluster", "why_not": ""}  # fmt: skip


class TestClaims:
    def result(self, *, share: dict[str, object]) -> SimpleNamespace:
        rows = [
            {**BYE_ROW, "number": "game", "published": 2.2},
            {**BYE_ROW, "number": "after_close", "published": None},
        ]
        return SimpleNamespace(byes=pd.DataFrame(rows), bye_share=pd.DataFrame([{"span": "2002–2010", **share}]))

    def test_a_published_value_is_a_target_only_where_targets_apply(self):
        share = {"share": 0.8, "low": 0.1, "high": 0.9, "bounded": True, "games": 248}
        game, left, part = _byes(self.result(share=share), aimed=True)
        assert (game.target, game.reached) == ("2.2 inside the interval (Lopez & Bliss 2024)", True)
        assert (left.target, part.interval_is) == ("", "Fieller")
        assert all(claim.reached is None for claim in _byes(self.result(share=share), aimed=False))

    def test_a_share_without_an_end_says_so_in_place_of_an_interval(self):
        share = {"share": -6.8, "low": np.nan, "high": np.nan, "bounded": False, "games": 330}
        *_, part = _byes(self.result(share=share), aimed=True)
        assert part.low is None
        assert "no end" in part.without_interval
