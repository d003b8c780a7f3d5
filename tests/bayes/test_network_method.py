"""Tolerances: 1,500 rows of one planted law, scored on 1,000 others. Coverage of 90 % has a standard error of 1 point,
and six members know little doubt: 4 points. The mean's correlation with the truth was .99; .97 is asked."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.bayes.small_rows import FEATURES, SUPPORT, small_rows
from workbench.bayes.encode import Encoder
from workbench.bayes.ensemble import Ensemble, FittedEnsemble, production_method
from workbench.bayes.network_method import PRODUCTION, FittedNetwork, NetworkMethod, NutsRun
from workbench.bayes.sampling.anchored import AnchoredOptions
from workbench.bayes.sampling.posterior import Posterior
from workbench.bayes.zoo import ZOO, network_named
from workbench.errors import FormatError, ParameterError, ValidationError

_QUICK = AnchoredOptions(members=6, epochs=40, batch=128, chunk=3)
_HASTY = AnchoredOptions(members=2, epochs=1, batch=256, chunk=2)


def _method(name: str = "hierarchy", options: AnchoredOptions = _HASTY) -> NetworkMethod:
    return NetworkMethod(network=network_named(name), support=SUPPORT, options=options)


@cache
def _fitted() -> FittedNetwork:
    return _method(options=_QUICK).fit(small_rows(), features=FEATURES, seed=1)


@cache
def _hasty() -> FittedNetwork:
    return _method().fit(small_rows(), features=FEATURES, seed=1)


def test_planted_mean_and_noise_are_found_and_intervals_cover() -> None:
    rows = small_rows(1000, seed=9)
    forecast = _fitted().forecast(rows)
    assert np.corrcoef(forecast.mean, 40.0 + 15.0 * rows["level"])[0, 1] > 0.97
    assert np.corrcoef(np.log(forecast.sd), rows["noise"])[0, 1] > 0.9
    low, high = forecast.interval(0.9)
    assert ((rows["yards"] >= low) & (rows["yards"] <= high)).mean() == pytest.approx(0.91, abs=0.04)


def test_intervals_of_the_mean_alone_fail_where_the_predictive_holds() -> None:
    rows = small_rows(1000, seed=9)
    low, high = _fitted().mean_forecast(rows).interval(0.9)
    assert ((rows["yards"] >= low) & (rows["yards"] <= high)).mean() < 0.5


def test_noise_and_doubt_add_up_to_the_variance_of_the_forecast() -> None:
    rows = small_rows(200, seed=9)
    parts = _fitted().variances(rows)
    assert (parts.epistemic > 0.0).all()
    assert (parts.epistemic < parts.aleatoric).mean() > 0.9
    # Rounding to whole yards adds 1/12; the support cuts nothing here.
    assert np.allclose(parts.aleatoric + parts.epistemic + 1 / 12, _fitted().forecast(rows).sd ** 2, rtol=0.02)


def test_yards_are_never_looked_at() -> None:
    rows = small_rows(50, seed=2)
    unknown = _hasty().forecast(rows.assign(yards=np.nan))
    assert np.array_equal(_hasty().forecast(rows).cdf, unknown.cdf)


def test_a_forecast_depends_on_no_other_row() -> None:
    rows = small_rows(700, seed=2)
    whole = _hasty().forecast(rows).cdf
    assert np.array_equal(whole[650:653], _hasty().forecast(rows.iloc[650:653]).cdf)


def test_no_rows_are_no_forecasts() -> None:
    assert len(_hasty().forecast(small_rows(3).iloc[:0])) == 0


def test_the_order_of_training_rows_moves_nothing() -> None:
    again = _method().fit(small_rows().sample(frac=1.0, random_state=4), features=FEATURES, seed=1)
    assert all(np.array_equal(values, again.to_arrays()[name]) for name, values in _hasty().to_arrays().items())


def test_what_was_kept_forecasts_to_the_bit() -> None:
    rows = small_rows(20, seed=2)
    plain = json.loads(json.dumps(_hasty().to_plain()))
    loaded = FittedNetwork.load(plain, _hasty().to_arrays())
    assert loaded.name == _hasty().name == "hierarchy"
    assert np.array_equal(loaded.forecast(rows).cdf, _hasty().forecast(rows).cdf)


def test_what_was_not_kept_whole_is_refused() -> None:
    plain, arrays = _hasty().to_plain(), _hasty().to_arrays()
    with pytest.raises(FormatError, match="encoder"):
        FittedNetwork.load({name: value for name, value in plain.items() if name != "encoder"}, arrays)
    with pytest.raises(ParameterError, match="two_layers"):
        FittedNetwork.load(plain | {"network": "two_layers"}, arrays)
    with pytest.raises(FormatError, match="'network'"):
        FittedEnsemble.load(plain, arrays)


def test_a_posterior_drawn_elsewhere_must_say_its_prior_scale() -> None:
    encoder = Encoder.fit(small_rows(), features=FEATURES)
    drawn = Posterior(draws=_hasty().to_arrays(), sampler="nuts")
    with pytest.raises(ValidationError, match="sigma"):
        FittedNetwork(network_named("hierarchy"), encoder, drawn, SUPPORT)


def test_a_player_never_seen_gets_a_finite_forecast_of_their_own() -> None:
    known = small_rows(1, seed=2)
    stranger = known.assign(player_id="nobody", team="nowhere")
    outputs = [_fitted().variances(rows).epistemic[0] for rows in (known, stranger)]
    assert np.isfinite(outputs).all()
    assert outputs[0] != outputs[1]


def test_a_constant_feature_is_no_input_and_is_said() -> None:
    fitted = _method().fit(small_rows().assign(level=1.0), features=FEATURES, seed=1)
    assert "level is no input: constant at 1 in training." in fitted.encoder.notes
    assert np.isfinite(fitted.forecast(small_rows(5)).cdf).all()


def test_a_team_of_one_player_is_learned_like_any_other() -> None:
    rows = small_rows()
    lone = rows.assign(team=np.where(rows["player_id"] == "p0", "alone", rows["team"]))
    fitted = _method().fit(lone, features=FEATURES, seed=1)
    assert np.isfinite(fitted.forecast(lone[lone["team"] == "alone"]).cdf).all()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (small_rows().iloc[:0], "got none"),
        (small_rows().assign(yards=lambda r: r["yards"].where(r.index != 7)), "1 of 1500 have none"),
        (small_rows().drop(columns="noise"), "noise"),
    ],
    ids=["a season with no data", "a missing target", "an absent feature"],
)
def test_rows_that_teach_nothing_are_refused(rows: pd.DataFrame, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        _method().fit(rows, features=FEATURES, seed=1)


def test_full_sampling_sees_a_sample_and_says_so() -> None:
    run = NutsRun(rows=200, chains=1, warmup=20, draws=10)
    method = NetworkMethod(network=network_named("glm"), support=SUPPORT, sampler="nuts", sigma=0.5, nuts=run)
    fitted = method.fit(small_rows(), features=("level",), seed=1)
    assert fitted.name == method.name == "glm sigma 0.5 nuts"
    assert (fitted.posterior.n_chains, fitted.posterior.n_draws) == (1, 10)
    assert len(fitted.forecast(small_rows(4))) == 4


def test_an_ensemble_is_the_pool_of_its_networks_and_survives_being_kept() -> None:
    rows = small_rows(10, seed=3)
    fitted = Ensemble((_method("glm"), _method("two_layer"))).fit(small_rows(), features=FEATURES, seed=1)
    parts = np.mean([network.forecast(rows).cdf for network in fitted.networks], axis=0)
    assert np.allclose(fitted.forecast(rows).cdf, parts, atol=1e-12)
    loaded = FittedEnsemble.load(json.loads(json.dumps(fitted.to_plain())), fitted.to_arrays())
    assert np.array_equal(loaded.forecast(rows).cdf, fitted.forecast(rows).cdf)
    with pytest.raises(ValidationError, match="needs a network"):
        FittedEnsemble(())


def test_production_names_networks_of_the_zoo() -> None:
    assert {choice.network for choice in PRODUCTION} <= set(ZOO)
    made = production_method(support=SUPPORT, workers=2)
    assert [method.name for method in made.methods] == [choice.network for choice in PRODUCTION]
    assert all(method.workers == 2 for method in made.methods)
