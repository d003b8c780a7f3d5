"""What was read by eye counts only as long as its event says what was read.

Tolerances: none; what is compared is equal.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.shocks.checked_sample import CLAIMED, checked_events, claim_marks, read_by_builders
from workbench.shocks.events import COLUMNS, typed_events

KNOWN = pd.Timestamp("2023-10-31T20:00:00Z")


def events(**changes: object) -> pd.DataFrame:
    rows = [
        {"event_id": "bye_a", "type": "bye", "cause": "schedule", "dose": 7.0, "known_at": KNOWN},
        {"event_id": "wind_b", "type": "wind", "cause": "weather", "dose": 3.0, "known_at": KNOWN} | changes,
    ]
    return typed_events(pd.DataFrame(rows))


def marked(table: pd.DataFrame, *, right: str = "yes") -> pd.DataFrame:
    return pd.DataFrame({"event_id": table["event_id"], "claim": claim_marks(table), "right": right, "who": "us"})


def test_equal_claims_have_equal_marks_whatever_their_place_and_dtype():
    one, other = events(), events().iloc[::-1]
    assert claim_marks(one).tolist() == claim_marks(other).tolist()[::-1]
    loose = one.assign(dose=one["dose"].astype("float64"), realised_games=np.nan)
    assert claim_marks(loose).tolist() == claim_marks(one).tolist()
    assert claim_marks(one)[0] != claim_marks(one)[1]


@pytest.mark.parametrize(
    "change",
    [{"cause": "rest"}, {"detail": "x"}, {"replaced_by": "x"}, {"known_at": KNOWN + pd.Timedelta(hours=1)},
     {"anticipation": "unknown"}, {"dose": 3.1}, {"realised_games": 2}],
)  # fmt: skip
def test_an_event_that_says_something_else_by_now_counts_as_changed(change):
    found = checked_events(events(**change), marked(events()))
    assert found.rows["event_id"].tolist() == ["bye_a"]
    assert found.changed == 1


def test_an_event_that_is_gone_counts_as_changed():
    found = checked_events(events()[:1], marked(events()))
    assert (len(found.rows), found.changed, found.who, found.date) == (1, 1, "us", "")


def test_a_file_without_marks_is_matched_by_id():
    found = checked_events(events(cause="rest"), marked(events(), right="no").drop(columns="claim"))
    assert found.rows["right"].tolist() == [False, False]
    assert found.changed == 0
    assert found.by_type().to_numpy().tolist() == [["bye", 1, 0], ["wind", 1, 0]]


def test_no_events_and_none_read_are_none():
    assert claim_marks(events()[:0]).empty
    found = checked_events(events()[:0], read_by_builders())
    assert found.rows.empty
    assert found.changed == 100
    assert found.by_type().empty


def test_the_builders_read_a_hundred_events_and_say_why():
    read = read_by_builders()
    assert len(read) == 100
    assert read["event_id"].is_unique
    assert set(read["right"]) == {"yes", "no"}
    assert read["why"].str.len().gt(20).all()
    assert read["claim"].str.fullmatch("[0-9a-f]{10}").all()
    assert set(CLAIMED) <= set(COLUMNS)
