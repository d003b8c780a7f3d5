"""Drawing games.

Tolerances: means of 4,000 draws with an sd of 13 points have a standard error of .2 points, the response polynomial
adds about .3; 1.5 points is four of both together.
"""

import numpy as np
import pytest

from workbench.errors import ValidationError
from workbench.simulate.drives import game_seeds, simulate_scores
from workbench.simulate.response import solved_rates

GAMES = ["2024_10_A_B", "2024_10_C_D", "2024_10_E_F"]


def _draw(model, games=GAMES, margins=(3.0, -7.0, 0.0), totals=(44.0, 47.5, 38.0), *, seed=1, n_draws=500):
    return simulate_scores(
        model, margin_mean=margins, total_mean=totals, seeds=game_seeds(games, seed=seed), season=2024, playoff=False,
        n_draws=n_draws,
    )  # fmt: skip


def test_adding_or_reordering_games_changes_no_other_game(toy_model):
    all_three, one = _draw(toy_model), _draw(toy_model, GAMES[1:2], (-7.0,), (47.5,))
    backwards = _draw(toy_model, GAMES[::-1], (0.0, -7.0, 3.0), (38.0, 47.5, 44.0))
    np.testing.assert_array_equal(all_three.home[1], one.home[0])
    np.testing.assert_array_equal(all_three.away, backwards.away[::-1])


def test_the_same_seed_gives_the_same_draws_and_another_seed_others(toy_model):
    np.testing.assert_array_equal(_draw(toy_model).home, _draw(toy_model).home)
    assert (_draw(toy_model).home != _draw(toy_model, seed=2).home).mean() > 0.5


def test_draws_hit_their_means_about(toy_model):
    scores = _draw(toy_model, n_draws=4000)
    np.testing.assert_allclose(scores.margin.mean(axis=1), [3.0, -7.0, 0.0], atol=1.5)
    np.testing.assert_allclose(scores.total.mean(axis=1), [44.0, 47.5, 38.0], atol=1.5)


def test_every_draw_is_a_possible_score(toy_model):
    scores = _draw(toy_model, n_draws=2000)
    for points in (scores.home, scores.away):
        assert points.min() >= 0
        assert not (points == 1).any()
    assert scores.home.dtype == np.int16


def test_margins_pile_up_on_threes_and_sevens(toy_model):
    margin = np.abs(_draw(toy_model, margins=(0.0, 0.0, 0.0), n_draws=3000).margin)
    assert (margin == 3).mean() > 1.5 * (margin == 2).mean()
    assert (margin == 7).mean() > 1.5 * (margin == 9).mean()


@pytest.mark.parametrize(("margin", "total", "words"), [(np.nan, 44.0, "missing"), (50.0, 44.0, "smaller than")])
def test_means_that_cannot_be_are_refused(toy_model, margin, total, words):
    with pytest.raises(ValidationError, match=words):
        _draw(toy_model, GAMES[:1], (margin,), (total,))


def test_better_teams_score_more_and_rates_are_symmetric(toy_model):
    rates = solved_rates(toy_model.response, margin_mean=[-10.0, 0.0, 10.0], total_mean=[44.0] * 3)
    assert (np.diff(rates[:, 0]) > 0).all()
    np.testing.assert_allclose(rates[0], rates[2][::-1], atol=1e-6)
    assert rates[1, 0] == pytest.approx(rates[1, 1], abs=1e-6)


def test_the_game_s_own_variation_widens_margins(toy_model, steady_model):
    wide, narrow = _draw(toy_model, n_draws=4000), _draw(steady_model, n_draws=4000)
    assert wide.margin.std(axis=1).mean() > narrow.margin.std(axis=1).mean()
