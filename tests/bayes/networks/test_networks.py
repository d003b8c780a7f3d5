"""What tells each network apart: where its scale, its groups and its zeros come from.

Tolerances: 1e-5 in single precision; 15 % of an sd estimated from 2,000 draws of a prior, four standard errors of 0.016
doubled for the draws are not normal.
"""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from workbench.bayes.families import FAMILIES
from workbench.bayes.networks.base import NetworkData
from workbench.bayes.sampling.compiled import Compiled, compiled, rows_of
from workbench.bayes.zoo import ZOO


def made(n: int = 40, *, player: int | None = None, team: int | None = None) -> NetworkData:
    rng = np.random.default_rng(0)
    groups = rng.integers(1, 4, n).astype(np.int32)
    return NetworkData(
        inputs=rng.normal(size=(n, 6)).astype(np.float32),
        yards=rng.normal(size=n).astype(np.float32),
        player=groups if player is None else np.full(n, player, np.int32),
        team=groups if team is None else np.full(n, team, np.int32),
        n_players=4, n_teams=4, centre=40.0, scale=40.0,
    )  # fmt: skip


@cache
def functions(name: str) -> Compiled:
    """Compile each network once."""
    return compiled(ZOO[name], made(), sigma=1.0)


def prior_draw(name: str, *, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {k: rng.normal(size=s).astype(np.float32) for k, s in functions(name).shapes.items()}


@cache
def prior_outputs(name: str, n: int = 20, *, group: int | None = None) -> np.ndarray:
    """Return outputs of 2,000 draws of the prior on rows of ``made``."""
    import jax

    shapes, rng = functions(name).shapes, np.random.default_rng(5)
    stacked = {k: rng.normal(size=(2_000, *s)).astype(np.float32) for k, s in shapes.items()}
    rows = rows_of(made(n, player=group, team=group))
    return np.asarray(jax.jit(jax.vmap(functions(name).outputs, in_axes=(0, None)))(stacked, rows))


def log_sd(name: str) -> np.ndarray:
    outputs = np.asarray(functions(name).outputs(prior_draw(name, seed=1), rows_of(made())))
    return np.asarray(FAMILIES[ZOO[name].family].log_sd(outputs.astype(np.float64)))


@pytest.mark.parametrize("name", ["two_layer", "glm"])
def test_baselines_have_one_noise_scale_for_everybody(name):
    assert np.ptp(log_sd(name)) == 0.0


@pytest.mark.parametrize("name", ["deep_skip", "experts", "hierarchy", "skewed"])
def test_the_others_have_a_noise_scale_a_row(name):
    assert np.ptp(log_sd(name)) > 0.1


@pytest.mark.parametrize("name", ["hierarchy", "glm"])
def test_a_players_intercept_moves_his_rows_and_no_others(name):
    values, data = prior_draw(name, seed=2), made()
    moved = values | {"player_offsets": values["player_offsets"] + np.float32([0, 0, 3, 0])}
    before, after = (np.asarray(functions(name).outputs(v, rows_of(data)))[:, 0] for v in (values, moved))
    assert ((abs(after - before) > 1e-3) == (data.player == 2)).all()


@pytest.mark.parametrize("name", ["hierarchy", "glm"])
def test_a_player_never_seen_is_drawn_from_the_population(name):
    """The likelihood of the training rows does not look at index 0, so its posterior is the population."""
    import jax

    values = prior_draw(name, seed=3)
    slope = jax.grad(lambda v: functions(name).log_likelihood(v, rows_of(made())).sum())(values)
    for group in ("player", "team"):
        assert slope[f"{group}_offsets"][0] == 0.0
        assert abs(slope[f"{group}_offsets"][1:]).min() > 0.0
    new, known = (prior_outputs(name, 1, group=i)[:, 0, 0].std() for i in (0, 2))
    assert_allclose(new, known, rtol=0.15)


@pytest.mark.parametrize("name", ["two_layer", "hierarchy"])
def test_the_order_of_rows_is_nothing_a_network_knows(name):
    """Rows are exchangeable: permuting them permutes outputs."""
    data, order = made(), np.random.default_rng(4).permutation(40)
    values = prior_draw(name, seed=4)
    mixed = {k: v[order] for k, v in rows_of(data).items()}
    plain = np.asarray(functions(name).outputs(values, rows_of(data)))
    assert_allclose(np.asarray(functions(name).outputs(values, mixed)), plain[order], atol=1e-5)


def test_experts_start_from_different_places():
    """A priori: near zero yards and narrow, middling, long and wide, so that chains agree on who is who."""
    outputs = prior_outputs("experts").mean(axis=(0, 1))
    assert (np.diff(outputs[3:6]) > 0.3).all()
    assert (np.diff(outputs[6:9]) > 0.3).all()


def test_the_skewed_network_knows_where_zero_yards_are():
    outputs = prior_outputs("skewed")
    assert_allclose(outputs[..., 5], -1.0)
    assert_allclose(outputs[..., 6], 0.0125)


def test_no_prior_draw_leaves_the_bounds():
    outputs = prior_outputs("skewed")
    for place, bound in ((1, 3.0), (2, 1.5), (3, 0.7), (4, 8.0)):
        assert abs(outputs[..., place]).max() <= bound + 1e-5


@pytest.mark.parametrize("name", ZOO)
def test_prior_predictions_are_of_the_size_of_yards(name):
    """Mean predictions within a few standard deviations: with sigma 1 the prior is weak, not absurd."""
    means = FAMILIES[ZOO[name].family].mean(prior_outputs(name).astype(np.float64))
    assert 0.3 < np.median(abs(means)) < 3.0


def test_depth_adds_no_variance():
    """Four residual layers leave hidden units as large as two plain ones: outputs of a prior draw are comparable."""
    deep, flat = (prior_outputs(name)[..., 0].std() for name in ("deep_skip", "two_layer"))
    assert 0.5 < deep / flat < 2.5
