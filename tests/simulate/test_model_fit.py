"""Fitting the drive model.

Tolerances: 5,500 planted drives give shares a standard error of at most .007 over all cells; .03 is four of them for
the largest group of cells used.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.errors import ValidationError
from workbench.simulate import states as s
from workbench.simulate.gameday import table_without_days
from workbench.simulate.model import DriveModel, fit_drive_model
from workbench.simulate.outcomes import outcome_table
from workbench.simulate.possessions import length_table
from workbench.simulate.prepare import prepared_drives
from workbench.simulate.rates import PRIOR_EXPONENTS, with_rates


def _expectations(drives: pd.DataFrame) -> pd.DataFrame:
    """Every game expected level at 44 points; results scatter with an sd of about 13."""
    home = drives[drives["is_home"]].groupby("game_id")["points_for"].sum()
    away = drives[~drives["is_home"]].groupby("game_id")["points_for"].sum()
    frame = pd.DataFrame({"home_score": home, "away_score": away}).reset_index()
    return frame.assign(margin_mean=0.0, total_mean=44.0)


def test_planted_outcome_shares_come_back(toy_model, planted_shares):
    table = toy_model.tables.outcome.T.reshape(s.N_CELLS, s.N_ZONES, s.N_OUTCOMES)
    early = table[s.CELL_OF[s.PHASE_OF[0, 1500], s.MAX_DIFFERENCE], s.TOUCHBACK_ZONE]
    for name, share in planted_shares.items():
        assert early[s.OUTCOMES.index(name)] == pytest.approx(share, abs=0.03)


def test_planted_lengths_come_back(toy_drives):
    frame = prepared_drives(toy_drives, season_decay=1.0)
    table = length_table(frame)
    zero = np.array([0])
    key = s.length_key(zero + s.PHASE_OF[0, 1500], zero + s.MAX_DIFFERENCE, zero + s.TOUCHBACK_ZONE, zero + s.PUNT)
    assert np.median(table[key[0]]) == pytest.approx(165.0)


def test_tables_are_probabilities(toy_model):
    for table in (toy_model.tables.outcome, toy_model.tables.overtime):
        np.testing.assert_allclose(table.sum(axis=0), 1.0, atol=1e-5)  # kept in single precision
        assert (table >= 0).all()
    assert (toy_model.tables.kept >= 0).all()
    assert (toy_model.tables.kept < 0.5).all()


@pytest.fixture(scope="module")
def learned(toy_drives) -> DriveModel:
    return fit_drive_model(toy_drives, expectations=_expectations(toy_drives))


def test_the_basis_says_what_was_fitted_and_what_is_prior(toy_model, learned):
    assert toy_model.basis == "a planted league, 2020-2021, game-to-game variation from a prior"
    assert toy_model.seasons == (2020, 2021)
    assert learned.basis == "play-by-play, 2020-2021"


def test_a_league_without_good_and_bad_days_shows_little_variation(learned):
    # The planted scatter comes from the drives alone; the prior would say .15.
    assert learned.tables.spread_difference < 0.35


def test_the_row_order_of_drives_does_not_matter(toy_drives, toy_model):
    shuffled = fit_drive_model(toy_drives.sample(frac=1.0, random_state=3), basis="a planted league")
    np.testing.assert_allclose(shuffled.tables.outcome, toy_model.tables.outcome, atol=1e-6)


def test_other_names_of_outcomes_are_known(toy_drives):
    names = {"touchdown": "TD", "field_goal": "FG", "missed_field_goal": "missed FG"}
    renamed = toy_drives.assign(outcome=toy_drives["outcome"].replace(names))
    pd.testing.assert_frame_equal(
        prepared_drives(renamed, season_decay=0.9).drop(columns="outcome"),
        prepared_drives(toy_drives, season_decay=0.9).drop(columns="outcome"),
    )


def test_a_returned_kick_without_a_clock_counts_as_just_before_the_next_drive(toy_drives):
    game = toy_drives[toy_drives["game_id"] == "g0000"].copy()
    clockless = game.index[4]
    game.loc[clockless, ["start_seconds_remaining", "start_yardline_100"]] = np.nan
    frame = prepared_drives(game, season_decay=1.0)
    assert len(frame) == len(game)
    assert frame.loc[4, "left_in_half"] == frame.loc[5, "left_in_half"]
    assert frame.loc[4, "zone"] == s.TOUCHBACK_ZONE


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda d: d.drop(columns="outcome"), "needs outcome"),
        (lambda d: d.assign(outcome="juggling"), "'juggling'"),
        (lambda d: d.head(50), "needs 2,000 drives"),
    ],
)
def test_a_table_that_is_no_drives_table_is_refused(toy_drives, broken, words):
    with pytest.raises(ValidationError, match=words):
        fit_drive_model(broken(toy_drives))


def test_good_days_are_not_taken_for_an_effect_of_leading():
    # Two kinds of day and no effect of the score: leaders are teams on their good day.
    rng = np.random.default_rng(4)
    n_games, n_drives = 1500, 22
    day = np.repeat(rng.choice([-0.6, 0.6], size=n_games), n_drives)
    number = np.tile(np.arange(n_drives), n_games)
    home = number % 2 == 0
    odds = 0.25 * np.exp(np.where(home, day, -day))
    touchdown = rng.random(len(day)) < odds / (1 + odds)
    drives = pd.DataFrame(
        {
            "game_id": np.repeat(np.arange(n_games), n_drives), "season": 2020, "drive": number + 1,
            "posteam": np.where(home, "H", "A"), "is_home": home, "start_yardline_100": 75.0,
            "start_seconds_remaining": np.where(number < 11, 3600.0, 1800.0) - (number % 11) * 160,
            "outcome": np.where(touchdown, "touchdown", "punt"), "points_for": 7 * touchdown, "points_against": 0,
            "period": np.where(number < 11, 1, 3),
        }
    )  # fmt: skip
    frame, _ = with_rates(prepared_drives(drives, season_decay=1.0), None)
    naive = outcome_table(frame, exponents=PRIOR_EXPONENTS)
    without = table_without_days(frame, exponents=PRIOR_EXPONENTS)
    phase = s.PHASE_OF[1, 1000]
    ahead, behind = (s.CELL_OF[phase, s.MAX_DIFFERENCE + lead] for lead in (21, -21))

    def leading_effect(table: np.ndarray) -> float:
        odds = table[..., s.TOUCHDOWN] / table[..., s.PUNT]
        return float(np.log(odds[ahead, s.TOUCHBACK_ZONE] / odds[behind, s.TOUCHBACK_ZONE]))

    # The truth is zero. Days of sd .25 are looked for where .6 were planted, so a part of the naive effect stays.
    assert leading_effect(naive) > 0.4
    assert abs(leading_effect(without)) < 0.8 * leading_effect(naive)
