"""Placebo timing: pretend that the shock came some games earlier, where it cannot have worked yet.

False alarms: the effect of each earlier date is tested at 5 % divided by their number.
"""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd

from workbench.causal.checks.base import (
    ALARM,
    WORTH_SEEING,
    CheckResult,
    Floats,
    refits,
    treatment_of,
    variant,
    with_interval,
)
from workbench.causal.result import Design

NAME: Final = "placebo timing"
#: Fewer treated games than this after shifting tell nothing.
_FEWEST: Final = 10
Sides = Literal["difference", "both"]


def placebo_timing(
    design: Design,
    rows: pd.DataFrame,
    *,
    earlier: Sequence[int] = (1, 2),
    sides: Sides = "difference",
    worth: float = WORTH_SEEING,
) -> CheckResult:
    """Shift the treatment to each team's earlier games of the season, drop the games really treated, and fit again.

    Parameters
    ----------
    design, rows : Design, DataFrame
        Rows are games: ``game_id, season, week, home_team, away_team`` and the design's columns.
    earlier : sequence of int
        By how many of the team's games; negative is later.
    sides : {"difference", "both"}
        Whether the treatment is home minus away, or the sum of both teams'.
    worth : float
        A pass counts only where an effect of this size would have been seen.
    """
    treatment = treatment_of(design, rows)
    clean = treatment == 0
    lots = {f"earlier_{k}": shifted(rows, treatment=treatment, games=k, sides=sides)[clean] for k in earlier}
    able = {name: values for name, values in lots.items() if np.count_nonzero(values) >= _FEWEST}
    columns = ["games_earlier", "estimate", "standard_error", "low", "high", "p_value", "treated"]
    if not able:
        empty = pd.DataFrame({name: [] for name in columns})
        sentence = f"Fewer than {_FEWEST} earlier games are left to pretend with."
        return CheckResult(name=NAME, verdict="cannot say", table=empty, sentence=sentence)
    fitted = refits(variant(design), rows.loc[clean].reset_index(drop=True), treatments=able)
    tested = [
        (int(name.removeprefix("earlier_")), e.value, e.standard_error, e.low, e.high, e.p_value, e.treated)
        for name, e in zip(able, fitted, strict=True)
    ]
    table = pd.DataFrame(tested, columns=columns)
    worst = fitted[int(np.argmin(table["p_value"]))]
    failed = worst.p_value < ALARM / len(fitted)
    blind = 2.8 * float(table["standard_error"].max()) > worth
    said = f"Dated earlier, the shock seems to move the outcome by {with_interval(worst)}"
    sentence = f"{said}, {'before it can have worked' if failed else 'not told apart from nothing'}."
    if blind and not failed:
        sentence += f" An effect of {worth:g} points would often go unseen here."
    return CheckResult(
        name=NAME, verdict="fails" if failed else "cannot say" if blind else "passes", table=table, sentence=sentence
    )


def shifted(rows: pd.DataFrame, *, treatment: Floats, games: int, sides: Sides = "difference") -> Floats:
    """Return the treatment as if each team's came that many of its games earlier in the season, shape (n_rows,).

    A difference is taken apart by its sign: positive is the home team's. The sum gives both teams half.

    Examples
    --------
    >>> rows = pd.DataFrame({"season": 1, "week": [1, 2], "home_team": ["a", "b"], "away_team": ["b", "a"]})
    >>> shifted(rows, treatment=np.array([0.0, 1.0]), games=1)
    array([-1., 0.])
    """
    if sides == "difference":
        own = {"home": np.clip(treatment, 0, None), "away": np.clip(-treatment, 0, None)}
    else:
        own = {"home": treatment / 2, "away": treatment / 2}
    parts = [
        pd.DataFrame(
            {"row": np.arange(len(rows)), "season": rows["season"].to_numpy(), "week": rows["week"].to_numpy()}
        ).assign(team=rows[f"{side}_team"].to_numpy(), side=side, dose=dose)
        for side, dose in own.items()
    ]
    long = pd.concat(parts).sort_values(["season", "team", "week"], kind="stable")
    long["dose"] = long.groupby(["season", "team"])["dose"].shift(-games, fill_value=0.0)
    sign = np.where((long["side"] == "away") & (sides == "difference"), -1.0, 1.0)
    return np.bincount(long["row"], weights=long["dose"] * sign, minlength=len(rows)).astype(np.float64)
