"""Each family is one distribution, told to PyTensor and to numpy alike.

Tolerances: 2e-3 where an integral over a grid of 20,001 points stands for the whole line (the skewed law's tails reach
past it by less); 1e-4 relative where a derivative is taken numerically in double precision; 1e-9 where two formulas
are the same number in double precision.
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from workbench.bayes.families import FAMILIES
from workbench.bayes.families.skewed import N_PARAMETERS

GRID = np.linspace(-60.0, 60.0, 480_001)
ZERO, HALF = -1.0, 0.0125
OUTPUTS = {
    "normal": np.array([[0.3, -0.4], [-1.0, 0.5]]),
    "mixture": np.array([[0.2, -1.0, 0.5, -1.0, 0.0, 2.0, -2.0, -0.5, 0.3], [0.0] * 6 + [0.1] * 3]),
    "skewed": np.array([[-0.5, -0.3, 0.7, 0.1, -2.0, ZERO, HALF], [0.2, -1.5, -0.4, -0.2, 0.5, ZERO, HALF]]),
}  # fmt: skip


def log_likelihood(family: str, outputs: np.ndarray, yards: np.ndarray) -> np.ndarray:
    """Evaluate the PyTensor expression in double precision, one row of outputs for every yard."""
    import pytensor.tensor as pt

    expression = FAMILIES[family].log_likelihood(
        pt.as_tensor(np.broadcast_to(outputs, (len(yards), len(outputs)))), pt.as_tensor(yards)
    )
    return np.asarray(expression.eval(mode="FAST_COMPILE"))


def moments(family: str, outputs: np.ndarray) -> tuple[float, float]:
    """Return mean and sd by summing the cdf's increments."""
    mass = np.diff(FAMILIES[family].cdf(outputs[None], GRID)[0])
    centres = (GRID[1:] + GRID[:-1]) / 2.0
    mean = float(mass @ centres)
    return mean, float(np.sqrt(mass @ (centres - mean) ** 2))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_states_its_number_of_outputs(family):
    assert OUTPUTS[family].shape[-1] == FAMILIES[family].N_PARAMETERS


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize("family", FAMILIES)
def test_mean_and_sd_are_those_of_the_distribution_function(family, row):
    outputs = OUTPUTS[family][row]
    mean, sd = moments(family, outputs)
    assert_allclose(FAMILIES[family].mean(outputs), mean, atol=2e-3)
    assert_allclose(np.exp(FAMILIES[family].log_sd(outputs)), sd, rtol=2e-3)


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_likelihood_is_the_derivative_of_the_distribution_function(family, row):
    outputs, step = OUTPUTS[family][row], 1e-5
    law = FAMILIES[family]
    points = law.mean(outputs) + np.exp(law.log_sd(outputs)) * np.array([-1.0, -0.4, 0.1, 0.8, 1.5])
    assert (abs(points - ZERO) > 2 * HALF).all()  # zero yards have a test of their own
    ends = law.cdf(outputs[None], np.stack([points - step, points + step]).ravel())[0].reshape(2, -1)
    assert_allclose(
        log_likelihood(family, outputs, points), np.log((ends[1] - ends[0]) / (2 * step)), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("row", [0, 1])
def test_zero_yards_have_the_point_mass_beside_their_share_of_the_curve(row):
    outputs = OUTPUTS["skewed"][row]
    above, below = FAMILIES["skewed"].cdf(outputs[None], np.array([ZERO + HALF, ZERO - HALF]))[0]
    got = np.exp(log_likelihood("skewed", outputs, np.array([ZERO]))) * 2.0 * HALF
    assert_allclose(got, above - below, rtol=1e-4)


def test_the_density_stands_for_the_mass_of_a_yard_where_a_yard_is_narrow():
    """The relative error is about (yard / scale)^2 / 24: under 2 % even where the scale is one yard and a half."""
    for scale_yards, allowed in ((40.0, 1e-3), (10.0, 2e-3), (4.0, 5e-3), (1.5, 2e-2)):
        outputs = np.array([0.0, np.log(scale_yards * 2 * HALF), 0.5, 0.0, -20.0, ZERO, HALF])
        quantiles = np.exp(outputs[1]) * np.sinh(np.arcsinh(stats.norm.ppf([0.05, 0.25, 0.5, 0.75, 0.95])) + 0.5)
        mass = np.diff(
            FAMILIES["skewed"].cdf(outputs[None], np.stack([quantiles - HALF, quantiles + HALF]).T.ravel())[0]
        )[::2]
        density = np.exp(log_likelihood("skewed", outputs, quantiles)) * 2 * HALF
        # The average of log ratios, as the likelihood of rows sees it.
        assert abs(np.log(density / mass)).mean() < allowed


def test_without_skew_the_skewed_law_is_the_normal():
    outputs = np.array([[0.3, -0.4, 0.0, 0.0, -50.0, ZERO, HALF]])
    points = np.linspace(-3.0, 3.0, 13)
    assert_allclose(FAMILIES["skewed"].cdf(outputs, points), FAMILIES["normal"].cdf(outputs[:, :2], points), atol=1e-9)
    assert_allclose(FAMILIES["skewed"].mean(outputs), 0.3, atol=1e-9)
    assert_allclose(FAMILIES["skewed"].log_sd(outputs), -0.4, atol=1e-9)


def test_three_equal_experts_are_one_normal():
    outputs = np.array([[0.2, -1.0, 0.5, *[0.3] * 3, *[-0.4] * 3]])
    points = np.linspace(-3.0, 3.0, 13)
    assert_allclose(
        FAMILIES["mixture"].cdf(outputs, points), FAMILIES["normal"].cdf(np.array([[0.3, -0.4]]), points), atol=1e-9
    )


def test_a_normal_worked_by_hand():
    """At one scale above the location: log phi(1) - log 2 and Phi(1) = 0.841345."""
    outputs = np.array([[1.0, np.log(2.0)]])
    assert_allclose(FAMILIES["normal"].cdf(outputs, np.array([3.0])), 0.841345, atol=1e-6)
    assert_allclose(log_likelihood("normal", outputs[0], np.array([3.0])), -0.5 - 0.918939 - 0.693147, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-2.0, 2.0), min_size=5, max_size=5))
def test_the_skewed_law_never_falls_and_ends_at_one(numbers):
    outputs = np.array([[*(0.7 * np.array(numbers)), ZERO, HALF]])
    assert outputs.shape[-1] == N_PARAMETERS
    # Its heaviest tails fall as a power: a thousandth is left at ten thousand scales, far less beyond.
    reach = np.geomspace(1e-3, 1e7, 1_001)
    cdf = FAMILIES["skewed"].cdf(outputs, np.concatenate([-reach[::-1], reach]))[0]
    assert (np.diff(cdf) >= 0.0).all()
    assert cdf[0] < 1e-3
    assert cdf[-1] > 1.0 - 1e-3


def test_single_precision_gradients_stay_finite_far_out():
    """The bounds of the networks: skew 1.5, tail exp(0.7), scales exp(-3) to exp(3), yards from -2 to 10."""
    import jax
    import pytensor.tensor as pt
    from pymc.sampling.jax import get_jaxified_graph

    from workbench.bayes.sampling.compiled import float32_models

    with float32_models():
        outputs, yards = pt.fmatrix(), pt.fvector()
        graph = get_jaxified_graph([outputs, yards], [FAMILIES["skewed"].log_likelihood(outputs, yards)])
    jax.config.update("jax_enable_x64", False)
    corners = np.array(
        [[0.0, *corner, ZERO, HALF] for corner in product((-2.0, 0.0, 3.0), (-1.5, 1.5), (-0.7, 0.5), (-8.0, 8.0))],
        dtype=np.float32,
    )
    for yard in (-2.0, ZERO, 0.0, 6.0):
        value, slope = jax.value_and_grad(lambda o, y: graph(o, y)[0].sum())(
            corners, np.full(len(corners), yard, np.float32)
        )
        assert np.isfinite(value)
        assert np.isfinite(slope).all()
