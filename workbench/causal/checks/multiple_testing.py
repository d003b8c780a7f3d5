"""Multiple testing: of many effects looked at, which remain when the looking is paid for.

False alarms: Holm keeps the chance of even one at 5 % over the family; Benjamini and Hochberg keep the share of false
ones among those found at 5 %.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from workbench.causal.checks.base import ALARM, CheckResult, Verdict
from workbench.causal.result import Estimate

NAME: Final = "multiple testing"


def family_table(family: Mapping[str, Estimate], *, alpha: float = ALARM) -> pd.DataFrame:
    """Return a family of tests with its adjusted p-values.

    Returns
    -------
    DataFrame
        One row a member, in order of p: ``name, estimate, p_value, holm, benjamini_hochberg, survives_holm,
        survives_bh``. Members without a p-value are left out: they were not tested.
    """
    known = {name: e for name, e in family.items() if pd.notna(e.p_value)}
    table = pd.DataFrame(
        {
            "name": list(known),
            "estimate": [e.value for e in known.values()],
            "p_value": [e.p_value for e in known.values()],
        }
    )
    table = table.sort_values("p_value", kind="stable").reset_index(drop=True)
    p_values, n = table["p_value"].to_numpy(dtype=np.float64), len(table)
    place = np.arange(1, n + 1)
    table["holm"] = np.minimum(np.maximum.accumulate(p_values * (n + 1 - place)), 1.0)
    table["benjamini_hochberg"] = np.minimum(np.minimum.accumulate((p_values * n / place)[::-1])[::-1], 1.0)
    return table.assign(survives_holm=table["holm"] < alpha, survives_bh=table["benjamini_hochberg"] < alpha)


def multiple_testing(family: Mapping[str, Estimate], *, member: str, alpha: float = ALARM) -> CheckResult:
    """Judge one member beside its family.

    Returns
    -------
    CheckResult
        Passes if it survives Holm; fails if it is significant by itself and not even after Benjamini and Hochberg;
        otherwise cannot say.

    Examples
    --------
    >>> def at(p):
    ...     return Estimate(value=1.0, standard_error=0.5, low=0.0, high=2.0, p_value=p, rows=9, treated=3, clusters=3,
    ...                     method="ols", inference="cluster")
    >>> multiple_testing({"bye": at(0.001), "wind": at(0.04), "cold": at(0.9)}, member="wind").sentence
    'Of 3 effects, 2 are significant alone, 1 after Holm, 1 after Benjamini-Hochberg; wind: p 0.040, Holm 0.080.'
    """
    table = family_table(family, alpha=alpha)
    mine = table[table["name"] == member]
    if mine.empty:
        sentence = f"{member} has no p-value, so it is not one of the {len(table)} effects tested."
        return CheckResult(name=NAME, verdict="cannot say", table=table, sentence=sentence)
    row = mine.iloc[0]
    alone = int((table["p_value"] < alpha).sum())
    sentence = (
        f"Of {len(table)} effects, {alone} are significant alone, {int(table['survives_holm'].sum())} after Holm, "
        f"{int(table['survives_bh'].sum())} after Benjamini-Hochberg; {member}: p {row['p_value']:.3f}, "
        f"Holm {row['holm']:.3f}."
    )
    lost = row["p_value"] < alpha and not row["survives_bh"]
    verdict: Verdict = "passes" if row["survives_holm"] else "fails" if lost else "cannot say"
    return CheckResult(name=NAME, verdict=verdict, table=table, sentence=sentence)
