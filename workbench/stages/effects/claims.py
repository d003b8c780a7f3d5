"""Earlier claims under test: what an earlier version of this work reported, beside what the data say."""

from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

Source = Literal["estimates", "firings", "yards"]


@dataclass(frozen=True, slots=True)
class EarlierClaim:
    """One number claimed before.

    Attributes
    ----------
    label : str
        What it is held against, in words.
    unit : str
    claimed : float
    source : {"estimates", "firings", "yards"}
        The table the answer stands in.
    where : dict of str to str
        Which row of it.
    """

    label: str
    unit: str
    claimed: float
    source: Source
    where: tuple[tuple[str, str], ...]


_COACH: Final = (("outcome", "margin"), ("span", "weeks 0 to 3"))
#: The earlier report gave -15 and -8 yards without saying whose: they are held against the passing and rushing yards of
#: teams whose quarterback is out, the likeliest reading.
EARLIER: Final[tuple[EarlierClaim, ...]] = (
    EarlierClaim("Coach replaced, before and after", "points of margin", 5.1, "firings", (*_COACH, ("way", "naive"))),
    EarlierClaim("Coach replaced, like teams", "points of margin", 5.1, "firings", (*_COACH, ("way", "adjusted"))),
    EarlierClaim("Coach replaced, event study", "points of margin", 5.1, "estimates",
                 (("question", "coaching_change"), ("number", "game"))),
    EarlierClaim("Quarterback injured, passing", "yards", -15.0, "yards",
                 (("question", "quarterback_injury"), ("yards", "passing"))),
    EarlierClaim("Quarterback injured, rushing", "yards", -8.0, "yards",
                 (("question", "quarterback_injury"), ("yards", "rushing"))),
    EarlierClaim("Quarterback change, passing", "yards", -15.0, "yards",
                 (("question", "quarterback_exit"), ("yards", "passing"))),
    EarlierClaim("Rain or snow", "points of total", -3.2, "estimates",
                 (("question", "precipitation"), ("number", "game"))),
    EarlierClaim("Rain or snow, after the close", "points of total", -3.2, "estimates",
                 (("question", "precipitation"), ("number", "after_close"))),
)  # fmt: skip


def claims_under_test(estimates: pd.DataFrame, *, firings: pd.DataFrame, yards: pd.DataFrame) -> pd.DataFrame:
    """Return earlier claims that can be tested with what there is.

    Returns
    -------
    DataFrame
        ``label, unit, claimed, estimate, low, high, games, verdict``: the verdict says whether the claim lies inside
        the interval, outside of it, or whether the interval is too wide to tell the claim from nothing.
    """
    tables = {"estimates": estimates, "firings": firings, "yards": yards}
    rows = []
    for claim in EARLIER:
        found = _row(tables[claim.source], claim)
        if found is not None:
            value, low, high = found[["value", "low", "high"]].astype("float64")
            rows.append((claim.label, claim.unit, claim.claimed, value, low, high, int(found["treated"]),
                         _verdict(claim.claimed, low=low, high=high)))  # fmt: skip
    return pd.DataFrame(rows, columns=["label", "unit", "claimed", "estimate", "low", "high", "games", "verdict"])


def _row(table: pd.DataFrame, claim: EarlierClaim) -> "pd.Series[float] | None":
    if any(name not in table for name, _ in claim.where):
        return None
    chosen = table
    for name, value in claim.where:
        chosen = chosen[chosen[name].eq(value)]
    if "why_not" in chosen:
        chosen = chosen[chosen["why_not"].eq("")]
    return None if chosen.empty else chosen.iloc[0]


def _verdict(claimed: float, *, low: float, high: float) -> str:
    """Return what an interval says of a claim.

    Examples
    --------
    >>> [_verdict(-3.2, low=low, high=high) for low, high in ((-4.5, -1.8), (-1.0, 0.5), (-9.0, 2.0))]
    ['not contradicted', 'contradicted', 'cannot be told from nothing']
    """
    # An end is missing where no value on its side could be rejected.
    if claimed < low or claimed > high:
        return "contradicted"
    return "not contradicted" if low > 0 or high < 0 else "cannot be told from nothing"
