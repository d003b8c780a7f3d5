"""Meta-learners: do their averages cover planted effects, and is heterogeneity found where it is and only there?

Tolerances: a single seed's estimate is held to four of its own standard errors; coverages to three Monte-Carlo errors.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.causal.learners.heterogeneity import (
    average_effects,
    best_linear_projection,
    calibration_test,
    dose_response,
)
from workbench.causal.learners.meta_learners import LearnedEffects, learned_effects
from workbench.causal.learners.row_clusters import clustered_covariance
from workbench.errors import ParameterError, ValidationError

FEATURES = ["line", "rating", "rest"]


def world(seed: int, *, spread: float = 1.0, teams: int = 125) -> pd.DataFrame:
    """Team-games whose treatment leans on the line: naive differences are off by points. The effect leans on it too."""
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(teams), 16)
    n = len(team)
    strength = rng.normal(0, 3, teams)[team]
    line, rating = strength + rng.normal(0, 4, n), strength + rng.normal(0, 2, n)
    rest = rng.normal(0, 1, n)
    chance = 1 / (1 + np.exp(-(-0.8 + 0.12 * line + 0.4 * rest - 0.02 * (rating**2 - 13))))
    out = (rng.random(n) < np.clip(chance, 0.07, 0.93)).astype(float)
    effect = -3 + spread * (0.5 * line + (rest > 0))
    noise = rng.normal(0, 3, teams)[team] + rng.normal(0, 10, n)
    margin = line + 0.5 * rest + 0.05 * rating**2 + effect * out + noise
    rows = pd.DataFrame({"margin": margin, "out": out, "line": line, "rating": rating, "rest": rest, "effect": effect})
    bucket = np.select([line > 3, line < -3], ["favourite", "underdog"], "close")
    return rows.assign(team_season=[f"T{t}-2024" for t in team], bucket=bucket)


def learned(rows: pd.DataFrame, *, seed: int = 0, **options: Any) -> LearnedEffects:
    return learned_effects(
        rows, outcome="margin", treatment="out", features=FEATURES, clusters=["team_season"],
        rng=np.random.default_rng(seed), **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def varied() -> LearnedEffects:
    return learned(world(1), base="ridge")


def test_every_learners_average_and_groups_meet_the_planted_effects(varied: LearnedEffects) -> None:
    for by in (None, "bucket"):
        found = average_effects(varied, by=by)
        groups = pd.Series("all", index=varied.rows.index) if by is None else varied.rows[by]
        truth = varied.rows["effect"].groupby(groups).mean()
        assert set(found["learner"]) == {"S", "T", "X", "DR"}
        assert ((found["effect"] - found["group"].map(truth)).abs() < 4 * found["standard_error"]).all()


def test_the_naive_difference_is_wrong_where_the_learners_are_right(varied: LearnedEffects) -> None:
    rows = varied.rows
    naive = rows.loc[rows["out"] == 1, "margin"].mean() - rows.loc[rows["out"] == 0, "margin"].mean()
    found = average_effects(varied)
    assert abs(naive - rows["effect"].mean()) > 3 * found["standard_error"].max()


def test_heterogeneity_that_was_planted_is_found(varied: LearnedEffects) -> None:
    tested = calibration_test(varied).set_index("learner")["p_value"]
    assert (tested[["T", "X", "DR"]] < 0.01).all()
    assert tested["S"] > 0.05  # a ridge without interactions has one effect for all
    table, p_value = best_linear_projection(varied, features=FEATURES)
    assert p_value < 0.01
    assert table.set_index("term").loc["line", "low"] > 0


def test_each_learner_runs_over_trees_and_a_planted_effect_is_met() -> None:
    rows = world(2, teams=50)
    found = average_effects(learned(rows, base="trees"))
    assert len(found) == 4
    assert ((found["effect"] - rows["effect"].mean()).abs() < 4 * found["standard_error"]).all()


def test_the_same_generator_gives_the_same_effects(varied: LearnedEffects) -> None:
    again = learned(world(1), base="ridge")
    for name in ("S", "T", "X", "DR"):
        np.testing.assert_array_equal(again.effect[name], varied.effect[name])


def test_rows_without_overlap_are_left_out_and_counted() -> None:
    rows = world(3)
    hopeless = rows["line"] > 6
    clear = learned(rows.assign(out=rows["out"].where(~hopeless, 1.0)), base="ridge", learners=("T",))
    assert clear.overlap.outside > 0
    assert len(clear.rows) == clear.overlap.rows - clear.overlap.outside
    assert "left out" in clear.overlap.sentence


def test_a_group_too_small_to_judge_has_no_interval(varied: LearnedEffects) -> None:
    few = varied.rows["line"].rank() <= 12
    found = average_effects(
        LearnedEffects(**{n: getattr(varied, n) for n in varied.__slots__} | {"rows": varied.rows.assign(few=few)}),
        by="few",
    ).set_index("group")
    assert found.loc[True, "standard_error"].isna().all()
    assert found.loc[False, "standard_error"].notna().all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"out": 0.5}, ValidationError, "0 or 1"),
        ({"line": np.nan}, ValidationError, "Missing is missing"),
        ({"out": 0.0}, ValidationError, "30 treated"),
        ({"team_season": "KC-2024"}, ValidationError, "10 labels"),
    ],
)
def test_rows_that_cannot_be_learned_from_are_refused(change: dict[str, Any], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        learned(world(4, teams=20).assign(**change))


def test_the_r_learner_is_refused() -> None:
    with pytest.raises(ParameterError, match="do not cover"):
        learned(world(4, teams=20), learners=("R",))


def test_two_ways_of_clustering_of_single_rows_are_plain_sums_of_squares() -> None:
    """Every row its own cluster both ways: 1 + 4 + 9 = 14, times 3 / 2; added twice and taken away once."""
    rows = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]})
    parts = np.array([[1.0], [2.0], [-3.0]])
    assert clustered_covariance(parts, rows, clusters=["a", "b"])[0, 0] == pytest.approx(21.0)


def quarterbacks(seed: int, *, bend: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(150), 16)
    gap = np.where(rng.random(len(team)) < 0.12, rng.gamma(2.0, 1.8, len(team)), 0.0)
    line = rng.normal(0, 5, len(team)) - 0.3 * gap
    effect = np.where(gap > 0, -0.5 - 0.6 * gap - bend * gap**2, 0.0)
    margin = line + effect + rng.normal(0, 2, 150)[team] + rng.normal(0, 11, len(team))
    return pd.DataFrame({"gap": gap, "margin": margin, "line": line, "team_season": team})


def test_the_dose_response_covers_the_planted_slope() -> None:
    """Forty seeds: the share covered is 95 % give or take 3.4 points; three of these, and never all outside."""
    inside = 0
    for seed in range(40):
        found = dose_response(
            quarterbacks(seed), dose="gap", outcome="margin", clusters=["team_season"], controls=["line"], at=[5.0]
        ).iloc[0]
        inside += found["slope_low"] <= -0.6 <= found["slope_high"]
        assert found["effect"] == pytest.approx(-3.5, abs=4.5 * found["standard_error"])
    assert inside >= 34


def test_the_spline_follows_a_bend_that_the_line_cannot() -> None:
    rows = pd.concat([quarterbacks(seed, bend=0.15).assign(season=seed) for seed in range(6)])
    rows["team_season"] = rows["team_season"].astype(str) + rows["season"].astype(str)
    straight, bent = (
        dose_response(
            rows, dose="gap", outcome="margin", clusters=["team_season"], controls=["line"], shape=shape, at=[1.0, 7.0]
        )
        for shape in ("linear", "spline")
    )
    assert straight["slope"].nunique() == 1 or np.ptp(straight["slope"]) < 1e-6
    assert bent["slope"].iloc[1] < bent["slope"].iloc[0] - 0.5


@pytest.mark.study
@pytest.mark.parametrize("spread", [1.0, 0.0])
def test_intervals_cover_over_forty_confounded_seeds(spread: float) -> None:
    """Coverage over three spread buckets; false alarms of the calibration test where nothing varies."""
    inside, alarms = [], []
    for seed in range(40):
        fit = learned(world(seed, spread=spread), seed=seed)
        found = average_effects(fit, by="bucket")
        truth = found["group"].map(fit.rows["effect"].groupby(fit.rows["bucket"]).mean())
        inside.append(((found["low"] <= truth) & (truth <= found["high"])).groupby(found["learner"]).mean())
        alarms.append(calibration_test(fit).set_index("learner")["p_value"] < 0.05)
    shares = pd.concat(inside, axis=1)
    coverage, error = shares.mean(axis=1), shares.std(axis=1) / np.sqrt(40)
    rate = pd.concat(alarms, axis=1).mean(axis=1)
    print(pd.DataFrame({"coverage": coverage, "error": error, "found to vary": rate}))
    assert (coverage > 0.95 - 3 * error.clip(lower=0.02)).all()
    assert (rate < 0.05 + 3 * 0.035).all() if spread == 0 else (rate[["T", "X", "DR"]] > 0.5).all()
