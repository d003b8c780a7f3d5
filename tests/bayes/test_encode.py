"""Rows become standardized inputs by what the training rows alone looked like.

Tolerance: 1e-6 where single precision holds a number of order one.
"""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from workbench.bayes.encode import WIDEST, Encoder
from workbench.errors import ValidationError


def rows(**columns: object) -> pd.DataFrame:
    """Four rows of two players of one team, with whatever is asked for beside."""
    plain = {
        "player_id": ["a", "a", "b", "b"],
        "team": ["KC"] * 4,
        "yards": [0.0, 20.0, 40.0, 60.0],
        "carries": [2.0, 4.0, 6.0, 8.0],
    }
    return pd.DataFrame(plain | columns)


def test_inputs_and_yards_are_standardized_as_worked_by_hand():
    """Carries 2, 4, 6, 8: mean 5, sd sqrt(5). Yards: mean 30, sd sqrt(500)."""
    encoder = Encoder.fit(rows(), features=["carries"])
    seen = encoder.encode(rows())
    assert_allclose(seen.inputs[:, 0], [-1.341641, -0.447214, 0.447214, 1.341641], atol=1e-6)
    assert_allclose(seen.yards, [-1.341641, -0.447214, 0.447214, 1.341641], atol=1e-6)
    assert (encoder.centre, encoder.scale) == (30.0, pytest.approx(500.0**0.5))
    assert seen.inputs.dtype == seen.yards.dtype == np.float32


def test_later_rows_are_measured_with_the_training_rows_scale():
    encoder = Encoder.fit(rows(), features=["carries"])
    later = rows(carries=[5.0, 5.0, 5.0, 5.0 + 5.0**0.5])
    assert_allclose(encoder.encode(later).inputs[:, 0], [0.0, 0.0, 0.0, 1.0], atol=1e-6)


def test_a_wild_row_is_brought_back():
    encoder = Encoder.fit(rows(), features=["carries"])
    assert encoder.encode(rows(carries=[1e9, -1e9, 5.0, 5.0])).inputs[:2, 0].tolist() == [WIDEST, -WIDEST]


def test_a_masked_feature_is_zero_beside_its_mask():
    masked = rows(snaps=[np.nan, np.nan, 10.0, 30.0])
    encoder = Encoder.fit(masked, features=["carries", "snaps"])
    assert encoder.inputs == ("carries", "snaps", "snaps unknown")
    assert_allclose(encoder.encode(masked).inputs[:, 1:], [[0, 1], [0, 1], [-1, 0], [1, 0]], atol=1e-6)


def test_features_masked_together_share_one_mask():
    gap = [np.nan, np.nan, 10.0, 30.0]
    encoder = Encoder.fit(
        rows(snaps=gap, report=gap, line=[np.nan, 1.0, 2.0, 3.0]), features=["snaps", "report", "line"]
    )
    assert encoder.masks == (("snaps", "report"), ("line",))


def test_a_feature_known_everywhere_has_no_mask():
    encoder = Encoder.fit(rows(), features=["carries"])
    assert encoder.masks == ()
    assert encoder.encode(rows(carries=[np.nan, 4.0, 6.0, 8.0])).inputs.tolist()[0] == [0.0]


def test_constant_and_unknown_features_are_dropped_with_the_reason():
    encoder = Encoder.fit(rows(flat=7.0, never=np.nan), features=["carries", "flat", "never"])
    assert encoder.features == ("carries",)
    assert encoder.notes == (
        "flat is no input: constant at 7 in training.",
        "never is no input: never known in training.",
    )
    assert encoder.encode(rows()).inputs.shape == (4, 1)  # and the rows need not have them


def test_groups_never_seen_have_index_zero():
    encoder = Encoder.fit(rows(), features=["carries"])
    seen = encoder.encode(rows(player_id=["b", "a", "new", None], team=["KC", "LV", "KC", "KC"]))
    assert seen.player.tolist() == [2, 1, 0, 0]
    assert seen.team.tolist() == [1, 0, 1, 1]
    assert (seen.n_players, seen.n_teams) == (3, 2)


def test_rows_to_forecast_keep_unknown_yards_unknown():
    encoder = Encoder.fit(rows(), features=["carries"])
    assert np.isnan(encoder.encode(rows(yards=[np.nan, 20.0, 40.0, 60.0])).yards[0])


def test_an_encoder_survives_json():
    encoder = Encoder.fit(rows(snaps=[np.nan, np.nan, 10.0, 30.0], flat=1.0), features=["carries", "snaps", "flat"])
    assert Encoder.from_dict(json.loads(json.dumps(encoder.to_dict()))) == encoder


def test_a_damaged_encoder_is_refused():
    plain = Encoder.fit(rows(), features=["carries"]).to_dict()
    plain.pop("scales")
    with pytest.raises(ValidationError, match="missing or unknown: scales"):
        Encoder.from_dict(plain)


@pytest.mark.parametrize(
    ("frame", "features", "message"),
    [
        (rows().iloc[:0], ["carries"], "got none"),
        (rows(yards=[np.nan, 1.0, 2.0, 3.0]), ["carries"], "1 of 4 have none"),
        (rows(yards=5.0), ["carries"], "Yards do not vary: 5"),
        (rows(), ["carries", "speed"], "lack the features speed"),
        (rows(carries=[np.inf, 1.0, 2.0, 3.0]), ["carries"], "infinite values in carries"),
        (rows(carries=3.0), ["carries"], "No feature varies among the 4 training rows: carries constant at 3"),
        (rows(), [], "no feature was given"),
    ],
)
def test_bad_training_rows_get_a_clear_answer(frame, features, message):
    with pytest.raises(ValidationError, match=message):
        Encoder.fit(frame, features=features)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(4)), st.floats(0.1, 100.0), st.floats(-50.0, 50.0))
def test_units_and_order_of_rows_change_no_input(order, factor, shift):
    moved = rows(carries=factor * rows()["carries"] + shift)
    plain = Encoder.fit(rows(), features=["carries"]).encode(rows()).inputs
    other = Encoder.fit(moved.iloc[list(order)], features=["carries"]).encode(moved).inputs
    assert_allclose(other, plain, atol=1e-5)  # shifts of 50 cost a digit
