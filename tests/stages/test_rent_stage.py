"""The rent stage on the demo league's week: what it leaves, what it keeps, and that it scores what grading scores.

Tolerances: none; probabilities are compared to the last bit.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.backtest import rent_walk
from workbench.backtest.rent import PRIMARY, RENT_COLUMNS, VERDICTS, rent_table, rent_verdicts
from workbench.backtest.rent_walk import PICK_COLUMNS, TOP_EDGES, VariantWeeks, picked, said, walk_variants
from workbench.backtest.walk import grade_week
from workbench.clock import Week
from workbench.decision.decide import decide
from workbench.decision.model import ModelDraws
from workbench.decision.policy import Policy
from workbench.decision.variants import BASELINE, FULL, MODULES, VARIANTS, Comparison
from workbench.errors import MissingArtifactError
from workbench.explore import OpenWeek
from workbench.report.stories import rent as story
from workbench.settings import Settings, load_settings
from workbench.stages import rent_weeks
from workbench.stages.context import FACTS, week_instant, week_over
from workbench.stages.rent import SPANS, Rents, _verdicts
from workbench.stages.rent_weeks import variant_weeks, weeks_over
from workbench.stages.whole_way import fitted_week
from workbench.store.tables import FactStore, FactsVersion

WEEK = Week(2024, 10)
FEW = (FULL, BASELINE)


@pytest.fixture(scope="module")
def settings(demo_week: Any) -> Settings:
    overrides = {"draws": "300", "compute.workers": "1", "artifacts": str(demo_week.artifacts.parent)}
    return load_settings("demo", overrides=overrides)


@pytest.fixture(scope="module")
def store(settings: Settings) -> FactStore:
    version = FactsVersion.from_json(OpenWeek(settings, WEEK).document("01_ingest", FACTS))
    return FactStore(settings.league_artifacts, version)


@pytest.fixture(scope="module")
def rent(settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    week = OpenWeek(settings, WEEK)
    return week.table("09_rent_tests", "rent.parquet"), week.table("09_rent_tests", "verdicts.parquet")


def walked(store: FactStore, settings: Settings, folder: Any, *, weeks: tuple[int, ...] = (9, 10)) -> Any:
    return variant_weeks(
        store, settings=settings, weeks=[Week(2024, w) for w in weeks], names=FEW, decide_at="wednesday", n_draws=200,
        folder=folder,
    )  # fmt: skip


def test_every_module_gets_a_verdict_on_both_spans(rent: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    table, verdicts = rent
    assert list(table.columns) == ["span", *RENT_COLUMNS]
    assert set(verdicts["verdict"]) <= set(VERDICTS)
    for span in SPANS:
        own = verdicts[(verdicts["span"] == span) & (verdicts["against"] == FULL)]
        assert sorted(own["module"]) == sorted(MODULES)


def test_both_sides_of_a_comparison_stand_on_the_same_games(rent: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    table, _ = rent
    scores = table[table["measure"].isin(["brier", "log_loss"])]
    assert (scores.groupby(["span", "scope"])["n"].nunique() == 1).all()
    np.testing.assert_allclose(scores["difference"], scores["without_it"] - scores["with_it"], atol=1e-12)
    edges = table[table["measure"] == "clv_points"]
    np.testing.assert_allclose(edges["difference"], edges["with_it"] - edges["without_it"], atol=1e-12)


def test_what_is_scored_is_what_grading_scores(store: FactStore, settings: Settings) -> None:
    """The full model's probabilities are those of ``decision.evaluation``, and its bets those of its slip."""
    instant, policy = week_instant(store, WEEK), Policy()
    model = fitted_week(store.as_of(instant), week=WEEK, settings=settings)
    planned = rent_weeks._planned(store, WEEK, decide_at="wednesday")
    both = walk_variants(store.as_of, planned=planned, model=model, policy=policy, names=FEW)
    slip = decide(store.as_of(instant), model=model, policy=policy, week=WEEK, bankroll=policy.bankroll)
    graded = grade_week(
        store.as_of(week_over(store, WEEK)), slip.bets, slip.prices, forecasts=slip.forecasts, policy=policy
    )
    pair = both.said.merge(graded.evaluated[["game_id", "target", "model"]], on=["game_id", "target"])
    assert len(pair) == len(graded.evaluated) == len(both.said)
    assert np.array_equal(pair[FULL].to_numpy(), pair["model"].to_numpy(), equal_nan=True)
    own = both.picks[(both.picks["variant"] == FULL) & both.picks["bet"]]
    keys = ["game_id", "market", "side"]
    bets = graded.grades.sort_values(keys).reset_index(drop=True)
    assert own[keys].sort_values(keys).to_numpy().tolist() == bets[keys].to_numpy().tolist()
    assert np.array_equal(own.sort_values(keys)["clv_points"], bets["clv_points"], equal_nan=True)
    assert len(said(slip)) == len(graded.evaluated)
    top = picked(slip)
    assert top["top"].sum() <= TOP_EDGES
    assert not top[top["top"]].duplicated(["game_id", "market"]).any()


def test_what_was_walked_is_kept_and_a_new_week_is_all_that_is_walked(
    store: FactStore, settings: Settings, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = walked(store, settings, tmp_path, weeks=(9,))
    asked: list[tuple[int, ...]] = []
    honest = rent_weeks.walk_rent_job

    def watched(job: Any) -> int:
        asked.append(tuple(w for w, _ in job.weeks))
        return honest(job)

    monkeypatch.setattr(rent_weeks, "walk_rent_job", watched)
    both = walked(store, settings, tmp_path)
    again = walked(store, settings, tmp_path)
    assert asked == [(10,)]
    pd.testing.assert_frame_equal(both.said, again.said)
    pd.testing.assert_frame_equal(first.said, both.said[both.said["week"] == 9].reset_index(drop=True))
    assert list(both.picks.columns) == list(PICK_COLUMNS)


def test_a_week_is_named_by_what_could_be_known_by_its_end(store: FactStore, settings: Settings) -> None:
    """Facts of week 10 leave the name of week 9 as it was; another seed, or another policy, does not."""
    before = {name: files for name, files in store.version.tables.items() if name != "nothing"}
    words = rent_weeks._words(
        settings, version=store.version, season=2024, names=FEW, decide_at="wednesday", n_draws=200
    )
    nine, ten = rent_weeks._keys(store, season=2024, numbers=(9, 10), words=words)
    assert nine.startswith("2024_week09-")
    assert ten.startswith("2024_week10-")
    (alone,) = rent_weeks._keys(store, season=2024, numbers=(9,), words=words)
    assert alone == nine
    other = rent_weeks._words(
        settings, version=replace(store.version, tables=before), season=2024, names=FEW, decide_at="open", n_draws=200
    )
    assert rent_weeks._keys(store, season=2024, numbers=(9,), words=other) != [nine]


def test_weeks_not_over_are_not_compared(store: FactStore, settings: Settings) -> None:
    by = week_instant(store, WEEK)
    assert [w.week for w in weeks_over(store, season=2024, through=10, by=by)] == list(range(1, 10))
    with pytest.raises(MissingArtifactError, match="nothing to compare"):
        variant_weeks(store, settings=settings, weeks=[], names=FEW, decide_at="wednesday")


class FarOff:
    """The week's model with every margin 14 points off, one way or the other by the game's place in the week.

    As much as a margin scatters anyway: eight weeks are few, and what is planted must not hang on their luck.
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def draws(self, *asked: Any) -> ModelDraws:
        drawn = self.model.draws(*asked)
        off = np.where(np.arange(len(drawn.game_ids)) % 2 == 0, 14, -14)
        return replace(drawn, home=drawn.home + off[:, None].astype(np.int16), fair_margin=drawn.fair_margin + off)


def test_in_the_demo_league_a_module_that_matters_pays_and_one_of_noise_does_not(
    store: FactStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: without drives margins are 14 points off; without tilting nothing but the draws' seed is another."""
    planted = {
        FULL: lambda model: model,
        "full_without_drives": FarOff,
        "full_without_tilting": lambda model: replace(model, seed=model.seed + 1),
    }
    monkeypatch.setattr(rent_walk, "variant_of", lambda model, name: planted[name](model))
    weeks = [rent_weeks._planned(store, Week(2024, w), decide_at="wednesday") for w in range(3, 11)]
    model = fitted_week(store.as_of(weeks[0].instant), week=weeks[0].week, settings=settings)
    walks = [
        walk_variants(store.as_of, planned=week, model=model, policy=Policy(), names=tuple(planted)) for week in weeks
    ]
    whole = VariantWeeks.joined(walks)
    pairs = [Comparison(n.split("_")[-1], FULL, FULL, n) for n in planted if n != FULL]
    table = rent_table(whole.picks, whole.said, rng=np.random.default_rng(2), pairs=pairs, resamples=2_000)
    verdicts = rent_verdicts(table).set_index("module")["verdict"]
    assert verdicts["drives"] == "pays"
    assert verdicts["tilting"] != "pays"


def test_a_page_without_a_finished_week_waits(settings: Settings) -> None:
    none = pd.DataFrame(columns=["span", *RENT_COLUMNS])
    waiting = Rents(pd.Timestamp("2024-09-01T12:00Z"), (), 200, none, _verdicts(none))
    assert story.status(waiting) == "waiting"
    assert "nothing to compare" in story.findings(waiting)[0]
    assert story.rent_figure(waiting).alt
    assert [n.value for n in story.numbers(waiting)] == [None] * len(MODULES)
    assert story.verdict_table(waiting, "season").empty


def test_the_story_says_each_verdict_once(rent: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    table, verdicts = rent
    result = Rents(pd.Timestamp("2024-11-12T11:00Z"), (WEEK,), 200, table, verdicts)
    first = story.findings(result)[0]
    assert all(first.lower().count(story.NAMES[m]) == 1 for m in MODULES)
    rows = story.looks(table, verdicts)
    assert set(zip(rows["measure"], rows["scope"], strict=True)) <= set(PRIMARY)
    assert len(story.verdict_table(result, "season")) == len(MODULES) + 1
    assert set(VARIANTS) >= {FULL, BASELINE}
