"""What a long panel must be, and what is said when it is not.

Tolerances: none; what is compared is equal or of a stated form.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.causal.panels.long_panel import long_panel
from workbench.errors import ValidationError

COLUMNS = {"unit": "u", "time": "t", "outcome": "y", "cohort": "g"}


def rows(**changes) -> pd.DataFrame:
    frame = pd.DataFrame({"u": list("aabbccdd"), "t": [1, 2] * 4, "y": np.arange(8.0), "g": [2, 2, 0, 0, 2, 2, 0, 0]})
    return frame.assign(**changes)


def read(frame: pd.DataFrame, **more):
    return long_panel(frame, **COLUMNS, **more)


class TestReads:
    @pytest.mark.parametrize("never", [0, np.nan, np.inf, "", "0", "never", None])
    def test_every_way_of_writing_never(self, never):
        frame = rows()
        frame["g"] = frame["g"].astype(object).map(lambda g: 2 if g == 2 else never)
        assert read(frame).cohort.tolist() == [1, np.inf, 1, np.inf]

    @pytest.mark.parametrize(
        ("times", "start"),
        [
            (["1", "2"], "2"),
            (["2004Q1", "2004Q2"], "2004Q2"),
            (["2004-05", "2004-06"], "2004-06"),
            (pd.to_datetime(["2004-05-01", "2004-06-01"]), pd.Timestamp("2004-06-01")),
            (pd.period_range("2004-05", periods=2, freq="M"), "2004-06"),
            ([0.5, 1.5], 1.5),
        ],
    )
    def test_times_of_every_kind(self, times, start):
        frame = rows(t=list(times) * 4)
        frame["g"] = pd.Series([start if g == 2 else None for g in frame["g"]], dtype=object)
        panel = read(frame)
        assert panel.cohort.tolist() == [1, np.inf, 1, np.inf]
        assert panel.outcome.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]

    def test_rows_in_any_order(self):
        assert read(rows().sample(frac=1, random_state=1)).outcome.tolist() == read(rows()).outcome.tolist()

    def test_missing_outcomes_and_absent_rows_as_missing_and_says_so(self):
        frame = rows(y=[0, np.nan, 2, 3, 4, 5, 6, 7]).drop(index=3)
        panel = read(frame)
        assert np.isnan(panel.outcome[0, 1])
        assert np.isnan(panel.outcome[1, 1])
        assert "2 of 8 outcomes are missing" in panel.notes[0]

    def test_units_treated_from_the_first_period_are_left_out_and_it_is_said(self):
        more = pd.DataFrame({"u": ["e", "e"], "t": [1, 2], "y": [0.0, 1.0], "g": [1, 1]})
        panel = read(pd.concat([rows(), more]))
        assert panel.units == ("a", "b", "c", "d")
        assert "1 units treated by the first period (1) are left out" in panel.notes[0]

    def test_starts_after_the_last_period_as_never_and_says_so(self):
        panel = read(rows(g=[2, 2, 9, 9, 2, 2, 0, 0]))
        assert panel.cohort.tolist() == [1, np.inf, 1, np.inf]
        assert "start after the last period" in panel.notes[0]

    def test_clusters_by_their_own_column(self):
        assert read(rows(k=[1, 1, 1, 1, 2, 2, 2, 2]), cluster="k").cluster.tolist() == [0, 0, 1, 1]


class TestRefuses:
    @pytest.mark.parametrize(
        ("frame", "said"),
        [
            (rows().drop(columns="y"), "must have the column 'y'.*Misspelt"),
            (rows().iloc[:0], "must have rows"),
            (pd.concat([rows(), rows().iloc[:1]]), "unit must have one row a period; u a has several at t 1"),
            (rows(t=["Jan", "Feb"] * 4), "sort as time does.*got 'Jan'"),
            (rows(t=["2004Q9", "2004Q10"] * 4), "2004Q1 beside 2004Q10"),
            (rows(g=[0, 2, 0, 0, 2, 2, 0, 0]), "must not change within a unit; a has 0, 2.*treatment dummy"),
            (rows(g=["soon"] * 2 + [0] * 2 + [2] * 2 + [0] * 2), "must be a time like 1, got 'soon'"),
            (rows(g=0), "Some unit must be treated"),
            (rows(g=2), "Someone must be untreated"),
            (rows(t=1, u=list("abcdefgh"), g=0), "at least two periods"),
            (rows(y=["x"] * 8), "'y' must hold numbers, got 'x'"),
            (rows().iloc[:4], "at least 4 units, got 2"),
        ],
    )
    def test_with_the_rule_the_value_and_the_likely_cause(self, frame, said):
        with pytest.raises(ValidationError, match=said):
            read(frame)

    def test_a_cluster_that_changes_within_a_unit(self):
        with pytest.raises(ValidationError, match="cluster 'k' must not change within a unit"):
            read(rows(k=range(8)), cluster="k")
