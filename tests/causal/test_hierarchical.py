"""The hierarchical model: the exact grid, the sampled posterior beside it, and whether intervals hold the truth.

Tolerances: the grid is exact to its nodes (half a percent of an interval's width); PyMC's means and ends stray from it
by their Monte-Carlo errors, at 400 effective draws 0.05 standard deviations for means and 0.13 for 2.5 % points: four
of each.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.causal.pool.hierarchical import Convergence, SampledPool, prior_sensitivity, sampled_pool
from workbench.causal.pool.pooled_grid import GridPool, grid_pool
from workbench.causal.pool.pooling import CellEstimates, PriorScales, Targets, cell_estimates
from workbench.errors import ParameterError, ValidationError

BANDS = np.array(["low", "middle", "high"])


def planted(
    rng: np.random.Generator, *, types: int = 8, positions: int = 2, between: float = 1.0, within: float = 0.4
) -> tuple[pd.DataFrame, np.ndarray]:
    """Cells with known effects: types, slopes and cells drawn, then seen with errors of 0.4 to 2 points."""
    grid = [(t, b, p) for t in range(types) for b in range(3) for p in range(positions)]
    kind, band, place = (np.array(part) for part in zip(*grid, strict=True))
    level = rng.normal(rng.normal(0, 2), between, types)
    slope = rng.normal(0, 3, types)
    truth = level[kind] + slope[kind] * (band - 1) / 3 + rng.normal(0, within, len(kind))
    error = rng.uniform(0.4, 2.0, len(kind))
    frame = pd.DataFrame(
        {
            "type": [f"type {k}" for k in kind], "severity_band": BANDS[band], "position": [f"P{p}" for p in place],
            "outcome": "margin", "estimate": rng.normal(truth, error), "standard_error": error, "n": 20,
        }
    )  # fmt: skip
    return frame, truth


def at_spreads(cells: CellEstimates, *, between: float, within: float) -> GridPool:
    """The pool if the spreads were known: one node."""
    one = np.ones(1)
    return GridPool(cells=cells, scales=PriorScales(), type_spread=between * one, cell_spread=within * one, weight=one)


def test_one_cell_at_known_spreads_is_shrunk_by_hand() -> None:
    """Prior variance 2² + 1² + 0.5² = 5.25 against error variance 1: effect 2 x 5.25 / 6.25, variance 5.25 / 6.25."""
    frame = planted(np.random.default_rng(0))[0].iloc[[2]].assign(estimate=2.0, standard_error=1.0)
    cells = cell_estimates(frame)
    found = at_spreads(cells, between=1.0, within=0.5).effects(Targets.of_cells(cells)).iloc[0]
    assert found["effect"] == pytest.approx(2 * 5.25 / 6.25, abs=1e-9)
    assert found["standard_error"] == pytest.approx(np.sqrt(5.25 / 6.25), abs=1e-9)
    assert found["low"] == pytest.approx(found["effect"] - 1.959964 * found["standard_error"], abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(cell=st.integers(0, 47), factor=st.floats(0.2, 1.0), seed=st.integers(0, 99))
def test_more_games_of_a_cell_never_widen_any_effect_at_the_same_spreads(cell: int, factor: float, seed: int) -> None:
    frame, _ = planted(np.random.default_rng(seed))
    more = frame.copy()
    more.loc[cell, "standard_error"] *= factor
    errors = []
    for rows in (frame, more):
        cells = cell_estimates(rows)
        errors.append(at_spreads(cells, between=1.0, within=0.5).effects(Targets.of_cells(cells))["standard_error"])
    assert (errors[1] <= errors[0] + 1e-9).all()


def test_twice_the_nodes_move_no_end_by_half_a_percent_of_the_interval() -> None:
    cells = cell_estimates(planted(np.random.default_rng(4))[0])
    coarse, fine = (grid_pool(cells, nodes=n).effects(Targets.of_cells(cells)) for n in (28, 56))
    width = fine["high"] - fine["low"]
    assert ((coarse - fine)[["effect", "low", "high"]].abs().max(axis=1) / width).max() < 0.005


def test_an_effect_seen_elsewhere_pulls_and_a_new_cell_is_less_sure() -> None:
    cells = cell_estimates(planted(np.random.default_rng(5))[0])
    pool = grid_pool(cells)
    seen = pool.effects(Targets.of_cells(cells))
    new = pool.effects(
        Targets(type_index=cells.type_index, severity=cells.severity, cell_index=np.full(len(cells.estimate), -1))
    )
    assert (new["standard_error"] > 0).all()
    shrunk = (seen["effect"] - seen["effect"].mean()).abs().mean()
    assert shrunk < np.abs(cells.estimate - cells.estimate.mean()).mean()
    sampled = pool.effects(Targets.new_type())
    assert sampled["standard_error"].iloc[0] > new["standard_error"].median()


def test_errors_shared_by_cells_are_not_counted_as_news() -> None:
    """Two cells on the very same games say no more than one: with correlation near one, the mean is no surer."""
    frame = (
        planted(np.random.default_rng(6), types=1, positions=2)[0].iloc[:2].assign(estimate=-2.0, standard_error=1.0)
    )
    alone, shared = (
        cell_estimates(frame, covariance=np.array([[1.0, r], [r, 1.0]])) for r in (0.0, 0.98)
    )  # fmt: skip
    errors = [
        at_spreads(c, between=1.0, within=0.1).effects(Targets.of_types(c))["standard_error"].iloc[0]
        for c in (alone, shared)
    ]
    assert errors[1] > 1.1 * errors[0]


def covered(seeds: range) -> tuple[float, float]:
    """Share of planted effects inside their 95 % interval, and its Monte-Carlo error over replications."""
    shares = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        # Spreads from the prior too: averaged over it, a Bayesian interval covers exactly what it says.
        between, within = abs(rng.normal(0, 2)), abs(rng.normal(0, 1))
        frame, truth = planted(rng, types=6, positions=1, between=between, within=within)
        cells = cell_estimates(frame)
        found = grid_pool(cells, nodes=16).effects(Targets.of_cells(cells))
        shares.append(((found["low"] <= truth) & (truth <= found["high"])).mean())
    return float(np.mean(shares)), float(np.std(shares, ddof=1) / np.sqrt(len(shares)))


def test_planted_effects_lie_inside_their_intervals() -> None:
    """Thirty worlds of eighteen effects; the band is four Monte-Carlo errors about 95 %."""
    share, error = covered(range(30))
    assert error < 0.016
    assert share == pytest.approx(0.95, abs=4 * error)


@pytest.mark.study
def test_planted_effects_lie_inside_their_intervals_over_five_hundred_worlds() -> None:
    share, error = covered(range(500))
    print(f"coverage {share:.4f}, Monte-Carlo error {error:.4f}")
    assert share == pytest.approx(0.95, abs=4 * error)


def test_a_prior_of_half_or_twice_the_scale_moves_well_known_effects_little() -> None:
    frame, _ = planted(np.random.default_rng(8))
    known = prior_sensitivity(cell_estimates(frame.assign(standard_error=0.2)))
    vague = prior_sensitivity(cell_estimates(frame.assign(standard_error=3.0)))
    assert known["moved"].max() < 0.5
    assert vague["moved"].mean() > known["moved"].mean()


@pytest.fixture(scope="module")
def sampled_world() -> CellEstimates:
    return cell_estimates(planted(np.random.default_rng(11), types=4, positions=1)[0])


def test_draws_add_up_to_effects_by_hand() -> None:
    """Mean 1, type 1/2, slope 2 at low (-1/3), own -1/4: 1 + 0.5 - 2/3 - 0.25; a new type at no spread is the mean."""
    cells = cell_estimates(planted(np.random.default_rng(0))[0].iloc[[0]])
    ones = np.ones((3, 1))
    pool = SampledPool(
        cells=cells, scales=PriorScales(), mean=ones[:, 0], type_spread=0 * ones[:, 0], cell_spread=0 * ones[:, 0],
        types=0.5 * ones, slopes=2 * ones, departures=-0.25 * ones, noise=np.ones((3, 2)),
        convergence=Convergence(rhat=1.0, ess=500.0, divergences=0),
    )  # fmt: skip
    assert pool.effects(Targets.of_cells(cells))["effect"].iloc[0] == pytest.approx(1.5 - 2 / 3 - 0.25, abs=1e-9)
    assert pool.effects(Targets.new_type())["effect"].iloc[0] == pytest.approx(1.0, abs=1e-9)


@pytest.mark.study
def test_the_sampler_agrees_with_the_exact_grid(sampled_world: CellEstimates) -> None:
    pool = sampled_pool(sampled_world, rng=np.random.default_rng(1), draws=700, tune=500)
    pool.convergence.require()
    targets = Targets(
        type_index=np.append(sampled_world.type_index, [0, -1]),
        severity=np.append(sampled_world.severity, [0.3, 0.0]),
        cell_index=np.append(np.arange(len(sampled_world.estimate)), [-1, -1]),
    )
    drawn, exact = pool.effects(targets), grid_pool(sampled_world).effects(targets)
    deviation = exact["standard_error"]
    assert ((drawn["effect"] - exact["effect"]).abs() / deviation).max() < 0.2
    assert ((drawn[["low", "high"]] - exact[["low", "high"]]).abs().max(axis=1) / deviation).max() < 0.52


@pytest.mark.study
def test_the_same_generator_gives_the_same_draws(sampled_world: CellEstimates) -> None:
    first, second = (sampled_pool(sampled_world, rng=np.random.default_rng(1), draws=100, tune=100) for _ in range(2))
    np.testing.assert_array_equal(first.departures, second.departures)


@pytest.mark.parametrize("worst", [{"rhat": 1.02}, {"ess": 300.0}, {"divergences": 1}])
def test_what_has_not_converged_is_not_published(worst: dict[str, float]) -> None:
    good = {"rhat": 1.004, "ess": 900.0, "divergences": 0}
    Convergence(**good).require()  # type: ignore[arg-type]
    bad = Convergence(**(good | worst))  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="not published"):
        bad.require()


def test_cells_of_two_outcomes_are_not_pooled_and_targets_must_exist() -> None:
    frame, _ = planted(np.random.default_rng(2))
    with pytest.raises(ValidationError, match="One pool holds one outcome"):
        cell_estimates(frame.assign(outcome=["margin", "total"] * (len(frame) // 2)))
    pool = grid_pool(cell_estimates(frame), nodes=4)
    outside = Targets(type_index=np.array([99]), severity=np.zeros(1), cell_index=np.array([-1]))
    with pytest.raises(ParameterError, match="outside"):
        pool.effects(outside)
