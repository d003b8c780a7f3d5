"""Tolerances: an ensemble of 256 members gives a posterior's mean to 1/16 of its sd and its sd to 5 %; three of each
are allowed, and a fifth of the sd for what is left of Adam's steps."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from workbench.bayes.families.normal import log_likelihood
from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData
from workbench.bayes.networks.layers import observed_rows, side_by_side
from workbench.bayes.sampling.anchored import AnchoredOptions, fast_posterior
from workbench.errors import ValidationError

_NOISE = 0.5
_OPTIONS = AnchoredOptions(members=256, epochs=60, batch=100, chunk=64)


def _line(data: NetworkData, sigma: float) -> Any:
    """A linear model with known noise: its posterior is normal and known."""
    import pymc as pm
    import pytensor.tensor as pt

    with pm.Model() as model:
        rows = observed_rows(data)
        weights = pm.Normal("weights", 0.0, 1.0, shape=data.inputs.shape[1])
        location = rows.inputs @ weights * np.float32(sigma)
        outputs = pm.Deterministic(OUTPUTS, side_by_side(location, pt.constant(np.float32(np.log(_NOISE)))))
        pm.Potential("likelihood", log_likelihood(outputs, rows.yards))
    return model


LINE = Network("line", "A line", "normal", _line)


def _data(n: int = 400) -> NetworkData:
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(n, 2)).astype(np.float32)
    inputs[: n - 4, 1] = 0.0  # the second weight is known by four rows only: its prior matters
    yards = (inputs @ [0.8, -0.5] + _NOISE * rng.normal(size=n)).astype(np.float32)
    none = np.zeros(n, np.int32)
    return NetworkData(inputs, yards, none, none, 1, 1, 0.0, 1.0)


def _exact(data: NetworkData) -> tuple[np.ndarray, np.ndarray]:
    x = data.inputs.astype(np.float64)
    covariance = np.linalg.inv(x.T @ x / _NOISE**2 + np.eye(2))
    return covariance @ x.T @ data.yards / _NOISE**2, covariance


def test_with_weights_a_linear_model_gets_its_posterior_back() -> None:
    data = _data()
    mean, covariance = _exact(data)
    sd = np.sqrt(np.diag(covariance))
    options = replace(_OPTIONS, weighted=True)
    found = fast_posterior(LINE, data, sigma=1.0, seed=1, options=options).flat()["weights"]
    assert found.shape == (256, 2)
    # The first weight rests on 400 rows, so the bootstrap holds; the second on four, where it is rough.
    assert found[:, 0].mean() == pytest.approx(mean[0], abs=(3 / 16 + 0.2) * sd[0])
    assert found[:, 0].std() == pytest.approx(sd[0], rel=0.35)
    assert 0.3 < found[:, 1].std() / sd[1] < 2.0


def test_anchors_alone_keep_the_mean_and_shrink_the_covariance_to_its_square() -> None:
    # argmin is covariance @ (x'y / noise^2 + anchor), and anchors have unit covariance.
    data = _data()
    mean, covariance = _exact(data)
    found = fast_posterior(LINE, data, sigma=1.0, seed=1, options=_OPTIONS).flat()["weights"]
    spread = np.sqrt(np.diag(covariance @ covariance))
    assert found[:, 1].mean() == pytest.approx(mean[1], abs=(3 / 16 + 0.2) * spread[1])
    assert found[:, 1].std() == pytest.approx(spread[1], rel=0.2)
    assert found[:, 0].std() < np.sqrt(covariance[0, 0])


def test_a_weight_no_row_knows_of_keeps_its_prior() -> None:
    data = _data()
    blind = replace(data, inputs=data.inputs * np.array([1.0, 0.0], np.float32))
    found = fast_posterior(LINE, blind, sigma=1.0, seed=1, options=_OPTIONS).flat()["weights"][:, 1]
    assert found.mean() == pytest.approx(0.0, abs=0.4)
    assert found.std() == pytest.approx(1.0, rel=0.2)


def test_the_same_seed_gives_the_same_bytes_whatever_the_workers() -> None:
    options = AnchoredOptions(members=8, epochs=3, batch=100, chunk=2)
    one, again, two, other = (
        fast_posterior(LINE, _data(), sigma=1.0, seed=seed, workers=workers, options=options).draws["weights"]
        for seed, workers in ((5, 1), (5, 1), (5, 2), (6, 1))
    )
    assert one.tobytes() == again.tobytes() == two.tobytes()
    assert one.tobytes() != other.tobytes()


def test_members_differ_from_one_another() -> None:
    options = AnchoredOptions(members=8, epochs=3, batch=100, chunk=2)
    found = fast_posterior(LINE, _data(), sigma=1.0, seed=5, options=options).flat()["weights"]
    assert len(np.unique(found[:, 0])) == 8


def test_fewer_rows_than_a_batch_are_one_batch() -> None:
    options = AnchoredOptions(members=2, epochs=3, batch=4096, chunk=2)
    assert fast_posterior(LINE, _data(), sigma=1.0, options=options).n_draws == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [(AnchoredOptions(members=9, chunk=8), "chunks of 8, got 9"), (AnchoredOptions(epochs=0), "must be positive")],
)
def test_options_that_cannot_be_met_are_refused(options: AnchoredOptions, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        fast_posterior(LINE, _data(), sigma=1.0, options=options)


def test_yards_that_are_missing_are_refused() -> None:
    data = _data()
    with pytest.raises(ValidationError, match="needs yards in every row"):
        fast_posterior(LINE, replace(data, yards=np.full_like(data.yards, np.nan)), sigma=1.0)
