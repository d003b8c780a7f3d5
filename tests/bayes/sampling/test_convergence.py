# Diagnostics of known chains; tolerances: 3 standard errors of an effective size over 200 replications are about 10 %.
import arviz as az
import numpy as np
import pytest

from workbench.bayes.sampling.convergence import NotConvergedError, convergence_of, require_converged
from workbench.errors import ValidationError, WorkbenchError

CHAINS, DRAWS, POINTS = 2, 1000, 5


def _white(seed: int = 0, draws: int = DRAWS) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(CHAINS, draws, POINTS)), 0.1 * rng.normal(size=(CHAINS, draws, POINTS)) - 1.0


def test_independent_draws_converge() -> None:
    found = convergence_of(*_white())
    assert found.converged
    assert found.reasons == ()
    assert max(found.r_hat_mean, found.r_hat_scale) < 1.01
    assert min(found.ess_mean, found.ess_scale) > 0.75 * CHAINS * DRAWS
    assert found.verdict.startswith("Converged (R-hat 1.00")


def test_two_chains_at_different_modes_are_found_although_each_mixes() -> None:
    mean, scale = _white()
    mean[1, :, 3] += 2.0  # one row of five: the worst decides
    found = convergence_of(mean, scale)
    assert not found.converged
    assert found.r_hat_mean > 1.1
    assert found.r_hat_scale < 1.01
    assert any("R-hat of the predictive mean" in reason for reason in found.reasons)


def test_two_chains_of_different_spread_are_found_by_folding() -> None:
    mean, scale = _white()
    mean[1] *= 3.0  # equal means: the plain R-hat is blind to it
    assert convergence_of(mean, scale).r_hat_mean > 1.01
    assert float(az.rhat(mean[:, :, 0], method="identity")) < 1.01


def test_too_few_draws_do_not_pass_though_r_hat_does() -> None:
    found = convergence_of(*_white(draws=150), r_hat_at_most=1.1)
    assert not found.converged
    assert all("effective draws, fewer than 400" in reason for reason in found.reasons)


def test_effective_draws_of_an_autoregression_are_those_of_theory() -> None:
    """For correlation rho between neighbours, n draws are worth n (1 - rho) / (1 + rho)."""
    rho, draws = 0.6, 20_000
    rng = np.random.default_rng(1)
    chain = np.empty((2, draws, 1))
    chain[:, 0] = rng.normal(size=(2, 1))
    noise = rng.normal(size=(2, draws, 1)) * np.sqrt(1 - rho**2)
    for place in range(1, draws):
        chain[:, place] = rho * chain[:, place - 1] + noise[:, place]
    found = convergence_of(chain, chain)
    assert found.ess_mean == pytest.approx(2 * draws * (1 - rho) / (1 + rho), rel=0.1)


def test_a_chain_that_stands_still_never_converges() -> None:
    mean, scale = _white()
    scale[1, :, 2] = scale[1, 0, 2]
    found = convergence_of(mean, scale)
    assert not found.converged
    assert "A chain's predictive scale stands still." in found.reasons


def test_many_divergences_stop_it_a_few_are_counted() -> None:
    assert convergence_of(*_white(), divergences=10).converged
    found = convergence_of(*_white(), divergences=20)
    assert found.reasons == ("1.0% of the draws diverged, more than 0.5%.",)
    assert not found.converged


def test_publishing_stops_at_what_has_not_converged() -> None:
    require_converged(convergence_of(*_white()), what="two_layer")
    mean, scale = _white()
    mean[1] += 1.0
    with pytest.raises(NotConvergedError, match="two_layer may be reported, not published: R-hat") as caught:
        require_converged(convergence_of(mean, scale), what="two_layer")
    assert isinstance(caught.value, WorkbenchError)


@pytest.mark.parametrize("shape", [(1, 100, 3), (2, 3, 3), (2, 100, 0)], ids=["one chain", "few draws", "no rows"])
def test_what_cannot_be_judged_is_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValidationError, match="R-hat needs 2 chains"):
        convergence_of(np.zeros(shape), np.zeros(shape))
