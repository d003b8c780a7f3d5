"""The networks' study: its seasons, its fits kept by content, its scores by hand, and what it refuses.

Tolerances: none but rounding; what is compared is equal, or worked by hand.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from workbench.bayes.baselines.catalogue import baseline_named
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.errors import ParameterError
from workbench.features.player_yards.targets import target_named
from workbench.stages.studies import bnn_fits
from workbench.stages.studies.bnn import bnn_study
from workbench.stages.studies.bnn_claims import furthest, method_words, row_of
from workbench.stages.studies.bnn_delivery import delivered, hybrid
from workbench.stages.studies.bnn_fits import Fit, fitted
from workbench.stages.studies.bnn_methods import Asked, MethodForecasts, methods_of, one_forecast
from workbench.stages.studies.bnn_scores import best_baseline, equal_treatment, gains, scored, widths_table
from workbench.stages.studies.bnn_seasons import season_splits, splits_table
from workbench.stages.studies.bnn_sensitivity import externals, variant

pytestmark = pytest.mark.usefixtures("networks_built_once")

SUPPORT = Support(-10, 120)
FEATURES = ("volume_long", "yards_long")


def player_games(seasons=(2018, 2019, 2020, 2021), *, a_week=6, weeks=8, seed=3) -> pd.DataFrame:
    """Rows of a small league: yards are Poisson about a mean the features tell."""
    rng = np.random.default_rng(seed)
    rows = [(s, w, i) for s in seasons for w in range(1, weeks + 1) for i in range(a_week)]
    frame = pd.DataFrame(rows, columns=["season", "week", "player"])
    mean = rng.uniform(10, 60, len(frame))
    return frame.assign(
        player_id=frame["player"].map("p{}".format), player_name="P", position="RB", team="A", opponent="B",
        game_id=[f"{s}_{w:02d}_g{i // 2}" for s, w, i in rows], role=np.where(mean > 35, "lead", "depth"),
        kickoff_utc=pd.Timestamp("2020-01-01T00:00Z"), cutoff_utc=pd.Timestamp("2020-01-01T00:00Z"),
        earlier_games=frame["week"] - 1, home=(frame["player"] % 2).astype(float), volume=10.0,
        yards=rng.poisson(mean).astype(float), volume_long=mean / 4, yards_long=mean,
    ).drop(columns="player")  # fmt: skip


def poisson(rows: pd.DataFrame, *, spread: float = 1.0) -> IntegerForecast:
    from scipy.stats import norm

    mean = rows["yards_long"].to_numpy()[:, None]
    cdf = norm.cdf((SUPPORT.yards + 0.5 - mean) / (spread * np.sqrt(mean)))
    cdf[:, -1] = 1.0
    return IntegerForecast(SUPPORT, cdf)


def method(name, kind, splits, *, spread=1.0) -> MethodForecasts:
    return MethodForecasts(
        name=name, kind=kind, calibration=tuple(poisson(s.calibration, spread=spread) for s in splits),
        test=tuple(poisson(s.forecast, spread=spread) for s in splits), seconds=1.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def splits():
    return season_splits(player_games(), test_seasons=[2020, 2021], train_through=2019)[0]


def asked(folder, **changes) -> Asked:
    plain = Asked(networks=(), sampler="fast", sigma=1.0, support=tuple(SUPPORT), seed=1, workers=1, folder=folder,
                  smoke=True)  # fmt: skip
    return replace(plain, **changes)


class TestSeasons:
    def test_the_season_before_calibrates_and_all_before_it_train(self, splits):
        table = splits_table(splits).set_index("season")
        assert table.loc[2020, ["trained_from", "trained_to", "calibration_season"]].tolist() == [2018, 2018, 2019]
        assert table.loc[2021, ["trained_from", "trained_to", "calibration_season"]].tolist() == [2018, 2019, 2020]
        assert table.loc[2021, ["training_rows", "calibration_rows", "rows", "games"]].tolist() == [96, 48, 48, 24]

    def test_seasons_after_the_last_one_known_teach_nothing_before_the_first_tested(self):
        (only,), _ = season_splits(player_games(), test_seasons=[2021], train_through=2019)
        assert sorted(only.training["season"].unique()) == [2018]
        assert only.calibration["season"].unique().tolist() == [2019]

    def test_those_that_cannot_be_tested_are_left_out_and_named(self):
        found, notes = season_splits(player_games(), test_seasons=[2019, 2020, 2030], train_through=2018)
        assert [split.season for split in found] == [2020]
        assert notes == (
            "2019 was asked for and is left out: two earlier seasons are needed.",
            "2030 was asked for and is left out: there is no player-game of it.",
        )

    @pytest.mark.parametrize(
        ("seasons", "through", "said"),
        [
            ([], 2019, "must name a season, got none"),
            ([1990], 1989, "No season of 1990 can be tested.*Seasons with rows: 2018, 2019, 2020, 2021"),
            ([2020, 2021], 2020, "before the first test season 2020, got 2020"),
        ],
    )
    def test_impossible_ones_are_refused_with_the_reason(self, seasons, through, said):
        with pytest.raises(ParameterError, match=said):
            season_splits(player_games(), test_seasons=seasons, train_through=through)

    def test_games_to_come_are_no_part_of_a_test(self):
        rows = player_games()
        rows.loc[rows["season"].eq(2021) & rows["week"].gt(4), "yards"] = np.nan
        (only,), _ = season_splits(rows, test_seasons=[2021], train_through=2020)
        assert only.forecast["week"].max() == 4


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder of fits that tests share: whichever comes first makes what the others find."""
    return tmp_path_factory.mktemp("kept")


class TestFits:
    def test_are_kept_by_content_and_made_once(self, splits, kept):
        first = methods_of(splits, features=FEATURES, asked=asked(kept))
        files = {path: path.stat().st_mtime_ns for path in (kept / "bnn_fits").glob("*.npz")}
        again = methods_of(splits, features=FEATURES, asked=asked(kept))
        assert len(files) >= 12  # of two seasons, two networks and four baselines
        assert {path: path.stat().st_mtime_ns for path in files} == files
        assert [m.name for m in first.published] == ["ensemble", "rolling_mean", "hierarchical",
                                                     "hierarchical_residuals", "boosted"]  # fmt: skip
        for one, other in zip(first.published, again.published, strict=True):
            assert np.array_equal(one.forecast.cdf, other.forecast.cdf)
        assert first.seconds == again.seconds > 0

    def test_that_are_damaged_are_made_again_and_come_out_the_same(self, splits, tmp_path):
        fit = Fit(learner=baseline_named("hierarchical", support=SUPPORT), split=splits[0], features=FEATURES, seed=1,
                  posteriors=tmp_path)  # fmt: skip
        (before,) = fitted([fit], folder=tmp_path)
        (tmp_path / f"{fit.key}.npz").write_bytes(b"half a file")
        (after,) = fitted([fit], folder=tmp_path)
        assert np.array_equal(before.test.cdf, after.test.cdf)

    def test_have_another_key_with_other_rows_seeds_or_methods(self, splits, tmp_path):
        fit = Fit(learner=baseline_named("boosted", support=SUPPORT), split=splits[0], features=FEATURES, seed=1,
                  posteriors=tmp_path)  # fmt: skip
        moved = replace(splits[0], training=splits[0].training.assign(yards_long=1.0))
        others = [replace(fit, seed=2), replace(fit, features=FEATURES[:1]), replace(fit, split=moved),
                  replace(fit, learner=baseline_named("rolling_mean", support=SUPPORT)),
                  replace(fit, learner=asked(tmp_path).network("skewed")),
                  replace(fit, learner=asked(tmp_path, sigma=0.5).network("skewed")),
                  replace(fit, learner=asked(tmp_path, sampler="nuts").network("skewed"))]  # fmt: skip
        assert len({one.key for one in (fit, *others)}) == 1 + len(others)

    def test_that_did_not_converge_are_reported_and_not_published(self, splits, kept, monkeypatch):
        def sampled(fit, learner):
            converged = learner.network.name == "skewed"
            model = baseline_named("hierarchical", support=SUPPORT).fit(fit.split.training, features=FEATURES, seed=1)
            return model, {"converged": converged, "verdict": "Converged." if converged else "Not converged."}

        monkeypatch.setattr(bnn_fits, "_sampled", sampled)
        made = methods_of(splits[:1], features=FEATURES, baselines=False,
                          asked=asked(kept, networks=("two_layer", "skewed"), sampler="nuts"))  # fmt: skip
        assert [m.name for m in made.published] == ["ensemble", "skewed nuts"]
        assert made.sampling["verdict"].tolist() == ["Not converged.", "Converged."]

    @pytest.mark.study
    def test_by_full_sampling_say_how_far_the_chains_agree(self, splits, tmp_path):
        made = methods_of(splits[:1], features=FEATURES, asked=asked(tmp_path, networks=("glm",), sampler="nuts"),
                          baselines=False)  # fmt: skip
        assert [m.name for m in made.published] == ["ensemble"]
        assert not made.sampling["converged"].any()
        assert "R-hat" in made.sampling["verdict"][0]


class TestScores:
    def test_a_right_forecast_covers_and_a_narrow_one_does_not(self, splits):
        right, narrow = (scored(method("x", "network", splits, spread=s), splits) for s in (1.0, 0.3))
        held = [m.table.query("measure == 'held_90' and season == 'all'")["value"].item() for m in (right, narrow)]
        assert held[0] == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / 96))  # four standard errors of 96 rows
        assert held[1] < 0.5
        # Conformalized, both are about as wide: one shape, and width is compared at equal coverage.
        assert narrow.rows["width"].mean() == pytest.approx(right.rows["width"].mean(), rel=0.25)

    def test_seasons_are_scored_each_and_together(self, splits):
        table = scored(method("x", "network", splits), splits).table
        rows = table[table["measure"].eq("crps")].set_index("season")
        assert rows["rows"].to_dict() == {"all": 96, "2020": 48, "2021": 48}
        assert rows.loc["all", "value"] == pytest.approx(rows.loc[["2020", "2021"], "value"].mean())

    def test_gains_are_above_zero_where_the_network_is_better(self, splits):
        methods = [method("net", "network", splits), method("base", "baseline", splits, spread=3.0),
                   method("worse", "baseline", splits, spread=5.0)]  # fmt: skip
        scores = {m.name: scored(m, splits) for m in methods}
        games = pd.concat([s.forecast for s in splits])["game_id"].to_numpy()
        table = gains(methods, scores, games)
        assert best_baseline(methods, scores) == "base"
        for measure in ("crps", "log_score"):
            assert row_of(table, method="net", baseline="base", measure=measure)["low"] > 0
        assert row_of(table, method="net", baseline="base", measure="absolute_error")["gain"] == 0
        wide = widths_table(methods, scores, games).set_index("method")
        assert wide.loc["net", "width"] == pytest.approx(scores["net"].rows["width"].mean())

    def test_a_method_gains_nothing_over_itself_under_the_same_rule(self, splits):
        found = equal_treatment(method("a", "ensemble", splits), [method("b", "baseline", splits)], splits)
        assert found[["gain", "low", "high"]].to_numpy().tolist() == [[0.0, 0.0, 0.0]]


class TestDelivery:
    def test_a_season_is_forecast_from_its_own_past_only(self, splits):
        asks = method("x", "ensemble", splits, spread=0.4)
        before = delivered(asks, splits)
        late = splits[0].forecast["week"].ge(5)
        changed = replace(splits[0], forecast=splits[0].forecast.assign(
            yards=splits[0].forecast["yards"].where(~late, 0.0)))  # fmt: skip
        after = delivered(asks, [changed, splits[1]])
        known = np.flatnonzero(splits[0].forecast["week"].le(5))
        assert np.array_equal(before.forecast.cdf[known], after.forecast.cdf[known])

    def test_the_hybrid_keeps_the_mean_and_takes_the_other_models_errors(self, splits):
        split = splits[0]
        wide = hybrid(poisson(split.calibration), poisson(split.forecast, spread=0.1), split=split)
        errors = split.calibration["yards"] - poisson(split.calibration).mean
        assert wide.mean == pytest.approx(poisson(split.forecast, spread=0.1).mean + errors.mean(), abs=0.2)
        assert wide.sd.mean() > 3 * poisson(split.forecast, spread=0.1).sd.mean()

    def test_variants_count_rows_and_games(self, splits):
        asks = method("x", "ensemble", splits)
        path = delivered(asks, splits)
        rows = pd.concat([s.forecast for s in splits], ignore_index=True)
        lines = pd.DataFrame(variant("all", rows, path.forecast, path.intervals)).set_index("measure")
        assert lines["rows"].unique().tolist() == [96]
        assert lines.loc["mae", "value"] == pytest.approx(np.abs(rows["yards"] - path.forecast.median).mean())


class TestOtherPeoplesNumbers:
    def test_without_folders_the_reason_is_said(self, splits):
        rows = pd.concat([s.forecast for s in splits], ignore_index=True)
        found, notes = externals(rows, poisson(rows), target=target_named("rushing_yards"), cutoff="kickoff_minus_90",
                                 peers=None, props=None)  # fmt: skip
        assert found.empty
        assert any("set the parameter peers" in note for note in notes)
        assert any("set the parameter props" in note for note in notes)

    def test_by_wednesday_nobodys_are_fair(self, splits):
        rows = splits[0].forecast
        found, notes = externals(rows, poisson(rows), target=target_named("rushing_yards"), cutoff="wednesday",
                                 peers=None, props=None)  # fmt: skip
        assert found.empty
        assert "90 minutes before kick-off" in notes[0]


class TestWhatIsRefused:
    @dataclass
    class Run:
        """As much of a run as is asked for before anything is read."""

        class settings:  # noqa: N801 - stands for an object
            seed, league_artifacts = 1, None

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"target": "rushing_yard"}, "Did you mean 'rushing_yards'"),
            ({"cutoff": "sunday"}, "A cutoff is one of kickoff_minus_90, wednesday, got 'sunday'"),
            ({"networks": ["deep-skip"]}, "Did you mean 'deep_skip'"),
            ({"sampler": "gibbs"}, "A sampler is fast or nuts, got 'gibbs'"),
            ({"sigma": 0.0}, "sigma must be above 0"),
            ({"workers": 0}, "workers 1 or more"),
        ],
    )
    def test_before_anything_is_fitted(self, change, said):
        plain = {"target": "rushing_yards", "cutoff": "kickoff_minus_90", "train_through": 2022,
                 "test_seasons": [2023], "networks": ["skewed"]}  # fmt: skip
        with pytest.raises(ParameterError, match=said):
            bnn_study(self.Run(), **(plain | change))


def test_forecasts_of_seasons_stand_one_after_another(splits):
    parts = [poisson(s.forecast) for s in splits]
    assert np.array_equal(one_forecast(parts).cdf[48:], parts[1].cdf)


def test_the_cell_furthest_from_nine_in_ten_is_found_on_either_side():
    cells = pd.DataFrame({"cell": ["a", "b", "c"], "mid_coverage": [0.88, 0.97, 0.85]})
    assert furthest(cells)["cell"] == "b"
    assert method_words("deep_skip") == "deep skip"
