"""How much a player's absence should matter, from what was known: lost snap share x position weight.

``severity = min(1, chance of missing x usual snap share x position weight)``. The usual share is a mean over strictly
earlier games; the chance comes from the report's word or the reserve list. A weight of 1 is a full-time player whose
absence moves the closing line by ``REFERENCE_POINTS``. Weights are learned from EARLIER seasons only: how the close
moved away from the market's own running rating of both teams when snaps of a position were missing, drawn towards
``PRIOR_WEIGHTS`` by ridge. Realised severity (games missed) is descriptive: it never enters a severity.
"""

from typing import Final

import numpy as np
import pandas as pd

#: Points of the closing line that a weight of 1 stands for.
REFERENCE_POINTS: Final = 1.0
#: What is believed before any data: judgement, ordered as salaries are by position; a quarterback is off this scale.
PRIOR_WEIGHTS: Final[dict[str, float]] = {
    "QB": 1.0, "WR": 0.6, "TE": 0.4, "RB": 0.35, "T": 0.6, "IOL": 0.4, "EDGE": 0.6, "IDL": 0.45, "LB": 0.4, "CB": 0.55,
    "S": 0.4, "ST": 0.15,
}  # fmt: skip
#: A position's weight is believed to within about this much before any data.
PRIOR_SD: Final = 0.3
#: Positions as rosters and snap counts name them.
_GROUP: Final[dict[str, str]] = {
    "QB": "QB", "WR": "WR", "TE": "TE", "RB": "RB", "FB": "RB", "HB": "RB", "T": "T", "OT": "T", "LT": "T", "RT": "T",
    "G": "IOL", "C": "IOL", "OG": "IOL", "OL": "IOL", "DE": "EDGE", "EDGE": "EDGE", "OLB": "EDGE", "DT": "IDL",
    "NT": "IDL", "DL": "IDL", "LB": "LB", "ILB": "LB", "MLB": "LB", "CB": "CB", "DB": "CB", "S": "S", "FS": "S",
    "SS": "S", "SAF": "S", "K": "ST", "P": "ST", "LS": "ST",
}  # fmt: skip
_ELSEWHERE: Final = "ST"
#: Chance of missing by what was said: of regulars in 2021-2024, 518 of 521 Doubtful and all but 2 of 3,045 Out missed.
MISS_CHANCE: Final[dict[str, float]] = {"Out": 1.0, "Doubtful": 0.99, "reserve": 1.0, "suspended": 1.0, "gone": 1.0}


def position_group(positions: "pd.Series[str]") -> "pd.Series[str]":
    """Return the group each position is weighed in; an unknown one counts as special teams.

    Examples
    --------
    >>> position_group(pd.Series(["OT", "FS", "LS", None])).to_list()
    ['T', 'S', 'ST', 'ST']
    """
    return positions.map(_GROUP).fillna(_ELSEWHERE).astype("str")


def expected_severity(
    prior_share: "pd.Series[float]", *, weights: "pd.Series[float]", said: "pd.Series[str]"
) -> "pd.Series[float]":
    """Return what an absence should matter, 0 to 1, from what was known.

    Parameters
    ----------
    prior_share : Series of float, shape (n,)
        Usual snap share; missing where unknown, and then so is the severity.
    weights : Series of float, shape (n,)
        Position weight as of the row's season, see :mod:`workbench.shocks.position_weights`.
    said : Series of str, shape (n,)
        A key of ``MISS_CHANCE``.

    Examples
    --------
    >>> said, share = pd.Series(["Out", "Doubtful"]), pd.Series([0.9, 0.9])
    >>> expected_severity(share, weights=pd.Series([0.6, 2.0]), said=said).round(2).to_list()
    [0.54, 1.0]
    """
    chance = said.map(MISS_CHANCE).astype("float64")
    return (chance * prior_share.astype("float64") * weights.astype("float64")).clip(upper=1.0)


def realised_severity(games_missed: "pd.Series[int]") -> "pd.Series[str]":
    """Return games missed in words: 1, 2-4 or 5+; none missed is none.

    Examples
    --------
    >>> realised_severity(pd.Series([0, 1, 3, 9], dtype="Int64")).to_list()
    [nan, '1', '2-4', '5+']
    """
    return pd.cut(games_missed.astype("Float64"), [0, 1, 4, np.inf], labels=["1", "2-4", "5+"]).astype("str")
