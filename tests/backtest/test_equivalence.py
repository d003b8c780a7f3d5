"""Two decisions side by side: every value that differs is one row, and nothing else is. Exact, no tolerance."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.backtest.equivalence import (
    DIFFERENCE_COLUMNS,
    WHOLE_ROW,
    columns_apart,
    frame_differences,
    slip_differences,
)
from workbench.report.differences import differences_table

KEY = ["game_id", "market", "side"]
NUMBERS = ("line", "price", "win", "stake_units")


def prices(n: int = 2) -> pd.DataFrame:
    """Both sides of the spread of some games."""
    rows = [
        {"game_id": f"g{game}", "market": "spread", "side": side, "source": "legacy", "line": 3.5, "price": 1.91,
         "win": 0.5 + game / 100, "stake_units": 0.0, "status": "", "reason": "No edge."}
        for game in range(n) for side in ("away", "home")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def slip(rows: pd.DataFrame, *, base: float = 1000.0) -> dict[str, pd.DataFrame]:
    state = pd.DataFrame({"as_of": [pd.Timestamp("2024-11-06T17:00Z")], "base_units": [base]})
    return {"slip": state, "prices": rows, "bets": rows[rows["stake_units"] > 0]}


def test_a_hand_made_difference_is_told_value_by_value() -> None:
    one, other = prices(), prices()
    other.loc[other["side"].eq("home") & other["game_id"].eq("g1"), ["win", "reason"]] = [0.52, "Edge."]
    found = slip_differences(slip(one), slip(other, base=990.0))
    assert found.columns.tolist() == list(DIFFERENCE_COLUMNS)
    assert found.to_numpy().tolist() == [
        ["slip", "", "", "", "base_units", "1000.0", "990.0"],
        ["prices", "g1", "spread", "home", "win", "0.51", "0.52"],
        ["prices", "g1", "spread", "home", "reason", "No edge.", "Edge."],
    ]


def test_a_bet_only_one_side_made_is_one_row() -> None:
    one, other = prices(), prices()
    other.loc[0, "stake_units"] = 5.0
    found = slip_differences(slip(one), slip(other))
    assert found.to_numpy().tolist() == [
        ["bets", "g0", "spread", "away", WHOLE_ROW, "absent", "there"],
        ["prices", "g0", "spread", "away", "stake_units", "0.0", "5.0"],
    ]


@given(row=st.integers(0, 5), column=st.sampled_from(NUMBERS), bits=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_any_value_changed_by_a_bit_is_exactly_one_row(row: int, column: str, bits: int) -> None:
    one, other = prices(3), prices(3)
    value = float(one.loc[row, column])
    for _ in range(bits):
        value = float(np.nextafter(value, np.inf))
    other.loc[row, column] = value
    found = frame_differences(one, other, name="prices", key=KEY)
    assert found[[*KEY, "column"]].to_numpy().tolist() == [[*one.loc[row, KEY], column]]
    assert float(found["replayed"].item()) == value
    assert float(found["played"].item()) == one.loc[row, column]


@given(order=st.permutations(range(6)))
@settings(max_examples=10, deadline=None)
def test_neither_the_order_of_rows_nor_how_they_are_stored_is_a_difference(order: list[int]) -> None:
    one = prices(3).assign(line=np.nan, kickoff_utc=pd.Timestamp("2024-11-10T18:00Z"), price_assumed=True)
    other = one.iloc[order].astype({"kickoff_utc": "datetime64[us, UTC]", "price_assumed": "boolean", "line": object})
    other = other.assign(line=None)
    assert frame_differences(one, other, name="prices", key=KEY).empty
    assert frame_differences(other, one, name="prices", key=KEY).empty


def test_zero_and_missing_are_not_the_same() -> None:
    found = frame_differences(prices().assign(line=0.0), prices().assign(line=np.nan), name="prices", key=KEY)
    assert found["replayed"].unique().tolist() == ["missing"]
    assert len(found) == 4


def test_a_key_that_comes_twice_loses_no_row() -> None:
    twice = pd.concat([prices(1), prices(1).assign(win=0.9)], ignore_index=True)
    assert frame_differences(twice, twice, name="prices", key=KEY).empty
    found = frame_differences(twice, prices(1), name="prices", key=KEY)
    assert found["column"].tolist() == [WHOLE_ROW] * 2


def test_columns_that_one_side_did_not_keep_are_named_not_compared() -> None:
    kept = prices().assign(confidence=0.6)
    assert slip_differences(slip(prices()), slip(kept)).empty
    assert set(columns_apart(slip(prices()), slip(kept))) == {"prices.confidence", "bets.confidence"}
    without = {name: frame for name, frame in slip(kept).items() if name != "prices"}
    assert slip_differences(without, slip(prices().assign(win=0.0))).empty


@pytest.mark.parametrize("n", [0, 1, 3])
def test_the_table_of_a_page_shows_each_row_or_says_there_is_none(n: int) -> None:
    other = prices(3)
    other.loc[: n - 1, "win"] = 0.9
    block = differences_table(frame_differences(prices(3), other, name="prices", key=KEY), caption="Week 10")
    assert str(block.html).count("<tr") == (n + 1 if n else 0)
    assert ("Every row is the same" in str(block.html)) == (n == 0)
