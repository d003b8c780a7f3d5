"""The week's model without a module, or a Gaussian baseline with one: what each may see, and what its draws keep.

Tolerances: means are held by construction, to 1e-9 where draws are reweighted, to half a step of the finest shift (1e-3
points at 500 draws) where they are shifted. Everything else is to the last bit.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.clock import Week
from workbench.decision.model import ModelDraws
from workbench.decision.policy import Policy
from workbench.decision.quotes import chosen_quotes, latest_quotes
from workbench.decision.variant_draws import normal_scores, shifted_scores
from workbench.decision.variant_fits import DECIDED_ON, MeanModules, _fit, filters_of, fitted_means
from workbench.decision.variants import (
    ALL_MODULES,
    FULL,
    MODULES,
    MODULES_OF,
    VARIANTS,
    Variant,
    comparisons,
    variant_of,
)
from workbench.decision.week_model import WeekModel
from workbench.errors import SettingsError
from workbench.explore import OpenWeek
from workbench.features.forecast import view_facts
from workbench.features.rating_forecast import filter_ratings
from workbench.settings import load_settings
from workbench.simulate.loop import Scores
from workbench.stages.context import FACTS, week_instant
from workbench.stages.whole_way import fitted_week
from workbench.store.tables import FactStore, FactsVersion, FrameAsOf

WEEK = Week(2024, 10)
_TABLES = ("games", "results", "quotes", "starters", "player_weeks", "injuries", "rosters", "plays")
_DRAWN = ("game_ids", "home", "away", "weights", "fair_margin", "fair_total")


class Asked:
    """The demo league's week 10: its facts, the week's games and quotes, and the model it is decided with."""

    def __init__(self, project: Any) -> None:
        chosen = load_settings("demo", overrides={"draws": "500", "artifacts": str(project.artifacts.parent)})
        version = FactsVersion.from_json(OpenWeek(chosen, WEEK).document("01_ingest", FACTS))
        store = FactStore(chosen.league_artifacts, version)
        self.instant = week_instant(store, WEEK)
        known = store.as_of(self.instant)
        self.tables = {name: known.table(name) for name in _TABLES if known.has(name)}
        self.view = self.seen()
        games = self.view.table("games", seasons=[WEEK.season])
        self.games = games[games["week"] == WEEK.week].sort_values("game_id").reset_index(drop=True)
        self.model: WeekModel = fitted_week(self.view, week=WEEK, settings=chosen)
        quotes = self.view.table("quotes", seasons=[WEEK.season])
        quotes = quotes[quotes["game_id"].isin(self.games["game_id"])]
        latest = latest_quotes(quotes, self.games, at=self.instant)
        policy = Policy()
        self.quotes = chosen_quotes(latest, books=policy.books, maximum_age_hours=policy.maximum_quote_age_hours)

    def seen(self, **changed: pd.DataFrame) -> FrameAsOf:
        return FrameAsOf({**self.tables, **changed}, self.instant)

    def draws(self, name: str, view: FrameAsOf | None = None) -> ModelDraws:
        return variant_of(self.model, name).draws(view or self.view, self.games, self.quotes)


@pytest.fixture(scope="module")
def asked(demo_week: Any) -> Asked:
    return Asked(demo_week)


def same(one: ModelDraws, other: ModelDraws) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in _DRAWN)


def test_every_comparison_differs_in_the_module_it_is_named_for() -> None:
    for pair in comparisons():
        apart = MODULES_OF[pair.having] ^ MODULES_OF[pair.lacking]
        assert apart == (MODULES_OF[FULL] if pair.module == ALL_MODULES else {pair.module})
    assert {pair.module for pair in comparisons()} == {*MODULES, ALL_MODULES}
    assert set(VARIANTS) == set(MODULES_OF)


def test_an_unknown_variant_is_refused_with_the_names_there_are(asked: Asked) -> None:
    with pytest.raises(SettingsError, match="gaussian_with_drives"):
        variant_of(asked.model, "full_without_luck")


def test_a_variant_with_every_module_is_the_model_itself_to_the_last_bit(asked: Asked) -> None:
    whole = Variant(asked.model, MODULES_OF[FULL])
    assert same(whole.draws(asked.view, asked.games, asked.quotes), asked.draws(FULL))
    assert variant_of(asked.model, FULL) is asked.model


def test_what_is_left_is_fitted_as_the_model_itself_was(asked: Asked) -> None:
    """With every module taken along, the way round gives the very numbers the forecast model was fitted to."""
    forecast = asked.model.forecast
    facts = view_facts(asked.view, scales=forecast.scales)
    assert _fit(facts, model=forecast, modules=DECIDED_ON) == forecast
    calm = fitted_means(asked.view, facts, model=forecast, modules=MeanModules(shocks=False)).model
    assert calm.rating == forecast.rating
    assert "last_move" not in calm.margin.features


def test_a_corrected_past_is_fitted_anew_and_a_later_result_is_not_looked_at(asked: Asked) -> None:
    """Fits are remembered by what they read: nothing of the season to forecast, everything of those before."""
    bare, forecast = MeanModules(quarterback=False), asked.model.forecast
    results = asked.tables["results"]
    fits = []
    for season in (None, WEEK.season, WEEK.season - 1):
        bent = results.assign(home_score=results["home_score"] + 14 * (results["season"] == season))
        view = asked.seen(results=bent)
        facts = view_facts(view, scales=forecast.scales)
        fits.append(fitted_means(view, facts, model=forecast, modules=bare).model)
    assert fits[0] is fits[1]
    assert fits[2].margin != fits[0].margin


def test_without_quarterbacks_nobody_who_played_or_will_play_can_be_seen(asked: Asked) -> None:
    starters = asked.tables["starters"]
    dealt = starters.assign(quarterback_id=np.roll(starters["quarterback_id"].to_numpy(dtype=object), 7))
    bent = asked.seen(starters=dealt, injuries=asked.tables["injuries"][:0], rosters=asked.tables["rosters"][:0])
    weeks = asked.tables["player_weeks"]
    blind = FrameAsOf({**bent_tables(asked, dealt), "player_weeks": weeks.assign(position="WR")}, asked.instant)
    name = "full_without_quarterback"
    assert same(asked.draws(name), asked.draws(name, blind))
    assert not np.array_equal(asked.draws(FULL).fair_margin, asked.draws(FULL, bent).fair_margin)


def bent_tables(asked: Asked, starters: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return asked.tables | {"starters": starters}


def test_without_shocks_no_report_is_read(asked: Asked) -> None:
    """Every starter ruled out by a report moves the full model and not the one without shocks."""
    reports = asked.tables["injuries"]
    last = asked.tables["starters"].sort_values("known_at").drop_duplicates("team", keep="last")
    ruled = pd.DataFrame(
        {"season": WEEK.season, "week": WEEK.week, "team": last["team"].to_numpy(),
         "player_id": last["quarterback_id"].to_numpy(), "report_status": "Out",
         "known_at": asked.instant - pd.Timedelta(hours=1)}
    )  # fmt: skip
    hurt = asked.seen(injuries=pd.concat([reports, ruled.reindex(columns=reports.columns)], ignore_index=True))
    assert same(asked.draws("full_without_shocks"), asked.draws("full_without_shocks", hurt))
    assert not np.array_equal(asked.draws(FULL).fair_margin, asked.draws(FULL, hurt).fair_margin)


def test_without_tilting_every_draw_counts_the_same_and_means_are_hit(asked: Asked) -> None:
    drawn = asked.draws("full_without_tilting")
    assert np.all(drawn.weights == 1 / 500)
    scales = asked.model.forecast.scales
    np.testing.assert_allclose(
        (drawn.home - drawn.away).mean(axis=1), scales.margin.means_of(drawn.fair_margin), atol=5e-3
    )
    np.testing.assert_allclose(
        (drawn.home + drawn.away).mean(axis=1), scales.total.means_of(drawn.fair_total), atol=5e-3
    )
    assert same_means(drawn, asked.draws(FULL))


def test_without_drives_scores_are_those_of_past_games(asked: Asked) -> None:
    drawn, results = asked.draws("full_without_drives"), asked.tables["results"]
    past = results[results["season"] < WEEK.season]
    finals = set(zip(past["home_score"].astype(int), past["away_score"].astype(int), strict=True))
    assert set(zip(drawn.home.ravel().tolist(), drawn.away.ravel().tolist(), strict=True)) <= finals
    mean = (drawn.weights * (drawn.home - drawn.away)).sum(axis=1)
    fair = asked.model.forecast.scales.margin
    np.testing.assert_allclose(mean, fair.means_of(drawn.fair_margin), atol=1e-8)
    assert same_means(drawn, asked.draws(FULL))


def same_means(one: ModelDraws, other: ModelDraws) -> bool:
    return np.array_equal(one.fair_margin, other.fair_margin) and np.array_equal(one.fair_total, other.fair_total)


def test_without_shrinkage_strengths_scatter_more(asked: Asked) -> None:
    facts, spread = view_facts(asked.view), []
    before = facts.data.tuesday[facts.data.games["game_id"].isin(asked.games["game_id"])].min()
    for shrinkage in (True, False):
        own, _ = filters_of(MeanModules(shrinkage=shrinkage))
        state = filter_ratings(facts.data, own, before=before)
        spread.append(float(state.mean[state.offence].std()))
    assert spread[1] > 1.3 * spread[0]


def test_play_calling_is_not_in_the_decision_and_moves_totals_alone_where_it_is_put_in(asked: Asked) -> None:
    slow = asked.seen(plays=asked.tables["plays"].assign(play_type="run"))
    assert same(asked.draws(FULL), asked.draws(FULL, slow))
    without, with_it = asked.draws(FULL), asked.draws("full_with_playcalling")
    assert np.array_equal(without.fair_margin, with_it.fair_margin)
    lined = asked.games["game_id"].isin(asked.quotes.loc[asked.quotes["market"] == "total", "game_id"]).to_numpy()
    assert lined.any()
    assert np.all((without.fair_total != with_it.fair_total) == lined)


def test_the_baseline_knows_no_key_number(asked: Asked) -> None:
    """Real drives end on three more often than on four and a half times as often as a normal curve would have them."""
    shares = {}
    for name in (FULL, "gaussian"):
        drawn = asked.draws(name)
        away = np.abs(drawn.home - drawn.away)
        shares[name] = [float((drawn.weights * (away == n)).sum() / len(drawn.home)) for n in (3, 4)]
    assert shares[FULL][0] > 1.3 * shares[FULL][1]
    assert shares["gaussian"][0] < 1.3 * shares["gaussian"][1]
    # so that a line is its mean: centred on the fair line, to five standard errors of rounding over 500 draws
    plain = asked.draws("gaussian")
    np.testing.assert_allclose((plain.home - plain.away).mean(axis=1), plain.fair_margin, atol=5 * 0.29 / 500**0.5)


@settings(max_examples=20, deadline=None)
@given(st.floats(-14, 14), st.floats(36, 56), st.floats(8, 15), st.integers(0, 2**63))
def test_normal_scores_hit_their_means_and_both_sides_are_whole(
    margin: float, total: float, sd: float, seed: int
) -> None:
    drawn = normal_scores(
        margin_mean=[margin], total_mean=[total], margin_sd=[sd], total_sd=[13.0],
        seeds=np.array([seed], dtype=np.uint64), n_draws=2_000,
    )  # fmt: skip
    # rounding scatters by 0.29 (margins) and 0.58 points (totals of one parity) a draw: five standard errors
    assert drawn.margin.mean() == pytest.approx(margin, abs=5 * 0.29 / 2_000**0.5)
    assert drawn.total.mean() == pytest.approx(total, abs=5 * 0.58 / 2_000**0.5)
    assert np.all((drawn.margin - drawn.total) % 2 == 0)


@settings(max_examples=20, deadline=None)
@given(st.floats(-6, 6), st.floats(-6, 6))
def test_a_shift_hits_its_means_and_moves_no_draw_by_a_point_more(margin: float, total: float) -> None:
    rng = np.random.default_rng(2)
    home, away = (rng.integers(10, 40, (1, 800)).astype(np.int16) for _ in range(2))
    scores = Scores(home, away, np.zeros((1, 800), dtype=np.bool_), 0)
    targets = {"margin_mean": scores.margin.mean(axis=1) + margin, "total_mean": scores.total.mean(axis=1) + total}
    moved = shifted_scores(scores, **targets, seeds=np.array([4], dtype=np.uint64))
    np.testing.assert_allclose(moved.margin.mean(axis=1), targets["margin_mean"], atol=3e-3)
    np.testing.assert_allclose(moved.total.mean(axis=1), targets["total_mean"], atol=3e-3)
    assert np.ptp(moved.home - home) <= 1
