import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.bayes.sampling.posterior import Posterior, from_inference_data, to_inference_data
from workbench.errors import ValidationError


def _posterior(chains: int, draws: int) -> Posterior:
    """Every draw is its own number: chain x 1000 + place."""
    numbers = 1000.0 * np.arange(chains)[:, None] + np.arange(draws)
    return Posterior(draws={"a": numbers, "b": np.stack([numbers, -numbers], axis=2)}, sampler="nuts")


def test_thinning_by_hand_takes_each_chain_from_its_start_on() -> None:
    assert _posterior(2, 6).flat(4)["a"].tolist() == [0, 3, 1000, 1003]
    assert _posterior(2, 4).flat(3)["a"].tolist() == [0, 1000, 1002]
    assert _posterior(1, 3).flat()["b"].tolist() == [[0, 0], [1, -1], [2, -2]]


@settings(max_examples=40, deadline=None)
@given(chains=st.integers(1, 5), draws=st.integers(1, 30), n=st.integers(1, 200))
def test_thinning_is_even_over_chains_and_never_repeats(chains: int, draws: int, n: int) -> None:
    thinned = _posterior(chains, draws).flat(n)
    assert len(thinned["a"]) == min(n, chains * draws)
    assert np.array_equal(thinned["b"][:, 0], thinned["a"])
    assert len(set(thinned["a"].tolist())) == len(thinned["a"])
    by_chain = np.bincount((thinned["a"] // 1000).astype(int), minlength=chains)
    assert np.ptp(by_chain) <= 1


def test_more_draws_than_there_are_means_all() -> None:
    assert len(_posterior(2, 3).flat(99)["a"]) == 6


@pytest.mark.parametrize(
    "draws",
    [{}, {"a": np.zeros(4)}, {"a": np.zeros((2, 0))}, {"a": np.zeros((2, 3)), "b": np.zeros((3, 2))}],
    ids=["none", "no chains", "no draws", "disagree"],
)
def test_draws_that_are_no_chains_are_refused(draws: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValidationError, match="must share"):
        Posterior(draws=draws, sampler="nuts")


def test_a_draw_that_is_not_finite_is_named() -> None:
    with pytest.raises(ValidationError, match="those of b are not"):
        Posterior(draws={"a": np.zeros((1, 2)), "b": np.array([[0.0, np.nan]])}, sampler="nuts")


def test_fewer_than_one_draw_cannot_be_asked_for() -> None:
    with pytest.raises(ValidationError, match="At least 1 draw"):
        _posterior(1, 2).flat(0)


def test_a_cut_keeps_the_first_draws_of_every_chain() -> None:
    cut = _posterior(2, 5).chains(first=1, draws=2)
    assert cut.draws["a"].tolist() == [[1, 2], [1001, 1002]]
    assert cut.sampler == "nuts"


def test_arviz_gives_back_what_it_was_given() -> None:
    made = Posterior(
        draws=_posterior(2, 4).draws, sampler="nuts", divergences=3, seconds=1.5, cpu_seconds=2.5, tree_steps=63.0,
        settings={"sigma": 0.7, "step_sizes": [0.1, 0.2]},
    )  # fmt: skip
    again = from_inference_data(to_inference_data(made))
    for name, values in made.draws.items():
        np.testing.assert_array_equal(again.draws[name], values)
    assert [again.sampler, again.divergences, again.seconds, again.cpu_seconds, again.tree_steps, again.settings] == [
        "nuts", 3, 1.5, 2.5, 63.0, {"sigma": 0.7, "step_sizes": [0.1, 0.2]},
    ]  # fmt: skip


def test_draws_of_someone_else_are_refused() -> None:
    import arviz as az

    with pytest.raises(ValidationError, match="needs the attributes"):
        from_inference_data(az.from_dict(posterior={"a": np.zeros((2, 3))}))
