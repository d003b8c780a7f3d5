"""What every underdog and every under had, worked by hand.

Tolerances: none; lines are halves of points.
"""

import pandas as pd

from workbench.stages.studies.backtest_naive import _is

ROWS = pd.DataFrame(
    {
        "market": ["spread", "spread", "spread", "spread", "spread", "total", "total"],
        "side": ["away", "home", "home", "away", "home", "under", "over"],
        "line": [3.0, 3.0, -2.5, -2.5, 0.0, 44.0, 44.0],
    }
)


def test_the_underdog_is_away_of_a_home_favourite_or_home_of_an_away_one_and_nobody_at_pick():
    assert _is("underdog", ROWS).tolist() == [True, False, True, False, False, False, False]


def test_an_under_is_an_under():
    assert _is("under", ROWS).tolist() == [False, False, False, False, False, True, False]
