"""Tolerances: exact where the draws are made by hand."""

import numpy as np
import pytest

from tests.bayes.sampling.test_anchored import LINE, _data
from workbench.bayes.sampling.anchored import AnchoredOptions, fast_posterior
from workbench.bayes.sampling.fast_comparison import agreement, fast_comparison
from workbench.bayes.sampling.rivals import RivalOptions


def _draws(centres: list[float], spread: float) -> np.ndarray:
    """Nineteen draws of a mean and of a log scale, evenly spread about each row's centre."""
    steps = np.linspace(-1.0, 1.0, 19)[:, None] * spread
    means = np.array(centres) + steps
    return np.stack([means, 0.1 * steps + np.zeros_like(means)], axis=2)


def test_a_twin_half_as_wide_and_one_unit_off_is_told_by_hand() -> None:
    true = _draws([0.0, 1.0, 3.0], 1.0)
    found = agreement(_draws([1.0, 2.0, 4.0], 0.5), true, family="normal", scale=40.0)
    assert found.mean_correlation == pytest.approx(1.0)
    assert found.mean_distance == pytest.approx(40.0)
    assert found.spread_ratio == pytest.approx(0.5)
    assert found.scale_spread_ratio == pytest.approx(0.5)
    # The 90 % interval is (-0.9, 0.9) about the centre; of draws from 0.5 to 1.5 those up to 0.9 are inside: 8 of 19.
    assert found.inside_90 == pytest.approx(8 / 19)


def test_every_engine_is_run_beside_the_reference() -> None:
    data = _data()
    options = AnchoredOptions(members=4, epochs=20, batch=100, chunk=4)
    reference = fast_posterior(LINE, data, sigma=1.0, seed=9, options=options)
    rivals = RivalOptions(draws=8, batch=100, steps=300, langevin_step=1e-4)
    table = fast_comparison(LINE, data, reference=reference, at=data, options=options, rivals=rivals)
    assert table["engine"].tolist() == ["anchored", "anchored, rows weighted", "mean field", "langevin"]
    assert (table["mean_correlation"] > 0.95).all()
    assert table["scale_spread_ratio"].isna().all()  # the line's noise is known
    assert (table["seconds"] > 0).all()
