"""Every baseline learns a planted law, refuses what it cannot learn from, and is kept without pickle.

Planted: yards = 30 + 10 x + player + 12 exp(.3 x) times a standard normal, to whole yards; players have sd 6.
Tolerances: coverage of 3,000 rows has a standard error of .006 at 90 %, and three points allow for what 5,000 rows
leave to learn. Nobody beats the law's own CRPS; what each may lose to it is what it cannot see: the hierarchical
regression nothing (3 % to learn), the trees the players (sd 6 beside noise of 12: a factor of 1.12, and 5 % to learn),
the rolling mean also the noise (25 %).
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from workbench.bayes.baselines.boosted import BoostedQuantiles
from workbench.bayes.baselines.catalogue import BASELINES, FittedBaseline, baseline_from_plain, baseline_named
from workbench.bayes.baselines.hierarchical import FittedHierarchical, HierarchicalGLM
from workbench.bayes.baselines.rolling import RollingMean
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.bayes.scores.coverage import coverage
from workbench.bayes.scores.proper import crps
from workbench.errors import FormatError, ParameterError, ValidationError

SUPPORT = Support(-60, 200)
FEATURES = ("x", "other", "constant")
PLAYER_SD, PLAYERS = 6.0, 60
COVERAGE_SLACK = 0.03
ALLOWED_LOSS = {"rolling_mean": 1.25, "hierarchical": 1.03, "hierarchical_residuals": 1.03, "boosted": 1.18}


def _planted(count: int, *, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    effects = np.random.default_rng(1).normal(0, PLAYER_SD, PLAYERS)
    x, player = rng.normal(size=count), rng.integers(PLAYERS, size=count)
    mean, sd = 30 + 10 * x + effects[player], 12 * np.exp(0.3 * x)
    return pd.DataFrame({
        "player_id": [f"p{i}" for i in player], "team": [f"t{i % 8}" for i in player],
        "yards": np.round(mean + sd * rng.normal(size=count)), "x": x, "mean": mean, "sd": sd,
        "other": np.where(rng.random(count) < 0.3, np.nan, rng.normal(size=count)), "constant": 3.0,
        "yards_long": 30 + 10 * x,
    })  # fmt: skip


@pytest.fixture(scope="module")
def fitted() -> dict[str, FittedBaseline]:
    train = _planted(5_000, seed=2)
    return {name: make(SUPPORT).fit(train, features=FEATURES, seed=1) for name, make in BASELINES.items()}


@pytest.fixture(scope="module")
def unseen() -> pd.DataFrame:
    return _planted(3_000, seed=3)


def _law(rows: pd.DataFrame) -> IntegerForecast:
    steps = (SUPPORT.yards + 0.5 - rows["mean"].to_numpy()[:, None]) / rows["sd"].to_numpy()[:, None]
    cdf = norm.cdf(steps)
    cdf[:, -1] = 1.0
    return IntegerForecast(SUPPORT, cdf)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_covers_what_it_promises_and_learns_the_planted_law(
    name: str, fitted: dict[str, FittedBaseline], unseen: pd.DataFrame
) -> None:
    found = fitted[name].forecast(unseen)
    for level in (0.5, 0.8, 0.9, 0.95):
        held = coverage(found, unseen["yards"], level=level, mid=True).mean()
        assert held == pytest.approx(level, abs=COVERAGE_SLACK), level
    ratio = crps(found, unseen["yards"]).mean() / crps(_law(unseen), unseen["yards"]).mean()
    assert 1.0 - 0.005 < ratio < ALLOWED_LOSS[name]


@pytest.mark.parametrize("name", BASELINES)
def test_a_forecast_never_looks_at_its_outcome(
    name: str, fitted: dict[str, FittedBaseline], unseen: pd.DataFrame
) -> None:
    few = unseen.head(20)
    blind = few.assign(yards=np.nan)
    assert (fitted[name].forecast(few).cdf == fitted[name].forecast(blind).cdf).all()


@pytest.mark.parametrize("name", BASELINES)
def test_kept_as_json_a_baseline_forecasts_the_same(
    name: str, fitted: dict[str, FittedBaseline], unseen: pd.DataFrame
) -> None:
    back = baseline_from_plain(json.loads(json.dumps(fitted[name].to_plain())))
    assert back.name == name
    assert (back.forecast(unseen.head(50)).cdf == fitted[name].forecast(unseen.head(50)).cdf).all()


@pytest.mark.parametrize("name", BASELINES)
def test_a_season_without_rows_gives_no_forecasts(
    name: str, fitted: dict[str, FittedBaseline], unseen: pd.DataFrame
) -> None:
    assert len(fitted[name].forecast(unseen.iloc[:0])) == 0


@pytest.mark.parametrize("name", BASELINES)
def test_bad_rows_are_refused_with_their_cause(name: str) -> None:
    method, rows = baseline_named(name, support=SUPPORT), _planted(300, seed=4)
    with pytest.raises(ValidationError, match="without data"):
        method.fit(rows.iloc[:0], features=FEATURES, seed=1)
    with pytest.raises(ValidationError, match="1 of 300 rows without"):
        method.fit(rows.assign(yards=rows["yards"].where(rows.index != 7)), features=FEATURES, seed=1)
    with pytest.raises(ValidationError, match="every feature"):
        method.fit(rows.drop(columns=["x", "yards_long"]), features=FEATURES, seed=1)


@pytest.mark.parametrize("name", BASELINES)
def test_a_player_never_seen_and_all_masked_still_gets_a_distribution(
    name: str, fitted: dict[str, FittedBaseline]
) -> None:
    stranger = pd.DataFrame({"player_id": ["new"], "team": ["new"], "x": [np.nan], "other": [np.nan],
                             "constant": [np.nan], "yards_long": [np.nan]})  # fmt: skip
    found = fitted[name].forecast(stranger)
    assert 10 < found.median[0] < 50
    assert 30 < np.subtract(*found.interval(0.9)[::-1])[0] < 130


@pytest.mark.parametrize("name", BASELINES)
def test_one_player_of_one_team_with_a_constant_feature_can_be_learned(name: str) -> None:
    rows = _planted(120, seed=5).assign(player_id="only", team="only", x=1.0, yards_long=40.0)
    fitted = baseline_named(name, support=SUPPORT).fit(rows, features=FEATURES, seed=1)
    assert fitted.forecast(rows.head(1)).median[0] == pytest.approx(
        rows["yards"].median(), abs=8.0
    )  # sd 1.3, and shrunk


def test_planted_quantiles_are_found(fitted: dict[str, FittedBaseline], unseen: pd.DataFrame) -> None:
    rows = unseen[unseen["x"].abs() < 1]
    found = fitted["boosted"].forecast(rows)
    spread = np.hypot(12 * np.exp(0.3 * rows["x"]), PLAYER_SD)
    for level in (0.05, 0.5, 0.95):
        truth = 30 + 10 * rows["x"] + spread * norm.ppf(level)
        # 3,400 rows learn of here: a tail quantile has a standard error of .7 yards, and shallow trees shrink it by 1.
        assert (found.quantile(level) - truth).mean() == pytest.approx(0.0, abs=2.5)


def test_the_same_seed_gives_the_same_trees_on_one_thread_or_two() -> None:
    rows = _planted(600, seed=6)
    first, again, two = (
        BoostedQuantiles(SUPPORT, rounds=5, levels=(0.1, 0.5, 0.9), threads=threads)
        .fit(rows, features=FEATURES, seed=9)
        .quantiles(rows)
        for threads in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first == two).all()


def test_player_effects_are_recovered_and_shrunk(fitted: dict[str, FittedBaseline]) -> None:
    found = fitted["hierarchical"]
    assert isinstance(found, FittedHierarchical)
    truth = np.random.default_rng(1).normal(0, PLAYER_SD, PLAYERS)
    mine = np.array([found.model.effects[found.places["player_id"][f"p{i}"]] for i in range(PLAYERS)])
    assert np.corrcoef(truth, mine)[0, 1] > 0.95  # 83 rows a player: reliability .94
    # Of 60 players a variance is known to a factor of 1.37 either way.
    assert PLAYER_SD**2 / 1.6 < found.model.variances[0] + found.model.variances[1] < PLAYER_SD**2 * 1.6
    # The slopes of mean and log variance on x, standardized: 10 and .6.
    assert found.model.slopes[1] / found.scales[0] == pytest.approx(10.0, abs=0.6)
    assert found.model.noise[1] / found.scales[0] == pytest.approx(0.6, abs=0.1)


def test_a_new_player_is_as_uncertain_as_players_differ(fitted: dict[str, FittedBaseline]) -> None:
    found = fitted["hierarchical"]
    assert isinstance(found, FittedHierarchical)
    row = pd.DataFrame({"player_id": ["p0", "new"], "team": "t0", "x": 0.0, "other": 0.0, "constant": 3.0})
    _, sd = found.moments(row)
    place = found.places["player_id"]["p0"]
    gained = found.model.variances[0] - found.model.spreads[place]
    assert sd[1] ** 2 - sd[0] ** 2 == pytest.approx(gained, rel=1e-9)
    assert gained > 0.0


def test_the_rolling_mean_adds_the_errors_of_its_band() -> None:
    rows = pd.DataFrame({"yards_long": [10.0] * 4 + [50.0] * 4, "yards": [8, 9, 11, 12, 40, 50, 50, 60.0]})
    found = RollingMean(SUPPORT, bands=2, least_rows=4).fit(rows, features=(), seed=0)
    low, high = found.forecast(pd.DataFrame({"yards_long": [20.0, 40.0]})).rows([0, 1]).cdf
    # Errors -2, -1, 1, 2 about 20; -10, 0, 0, 10 about 40.
    assert low[[17 + 60, 18 + 60, 19 + 60, 21 + 60, 22 + 60]].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert high[[29 + 60, 30 + 60, 40 + 60, 50 + 60]].tolist() == [0.0, 0.25, 0.75, 1.0]


def test_a_rolling_mean_nobody_has_is_refused() -> None:
    rows = pd.DataFrame({"yards_long": [np.nan], "yards": [1.0]})
    with pytest.raises(ValidationError, match="earlier games"):
        RollingMean(SUPPORT).fit(rows, features=(), seed=0)


def test_an_unknown_name_or_a_strange_keepsake_is_refused() -> None:
    with pytest.raises(ParameterError, match="boosted"):
        baseline_named("two_layer", support=SUPPORT)
    with pytest.raises(FormatError, match="two_layer"):
        baseline_from_plain({"method": "two_layer"})
    for name in BASELINES:
        with pytest.raises(FormatError, match="kept with"):
            baseline_from_plain({"method": name})


def test_normal_noise_is_said_in_the_name() -> None:
    assert HierarchicalGLM(SUPPORT).name == "hierarchical"
    assert HierarchicalGLM(SUPPORT, noise="residuals").name == "hierarchical_residuals"
