"""Rows that broke a rule, kept with their reason: nothing is lost, and nothing bad goes on."""

from dataclasses import dataclass

import pandas as pd

from workbench.data.source import QUARANTINE
from workbench.schema import FACT_TABLES


@dataclass(frozen=True, slots=True)
class Checked:
    """What came through a check.

    Attributes
    ----------
    kept : DataFrame
    quarantine : DataFrame
        Columns ``QUARANTINE``, all strings.
    """

    kept: pd.DataFrame
    quarantine: pd.DataFrame


def empty_quarantine() -> pd.DataFrame:
    """Return a quarantine without rows."""
    return pd.DataFrame({name: pd.Series(dtype="str") for name in QUARANTINE})


def quarantined(
    rows: pd.DataFrame, *, table: str, rule: str, column: str, reason: "pd.Series[str] | str", source: str = ""
) -> pd.DataFrame:
    """Return quarantine rows for bad fact rows.

    Parameters
    ----------
    rows : DataFrame
        The bad rows, as many of the table's key columns in them as there are.
    table, rule, column : str
    reason : Series of str (aligned with rows), or one str
        The rule, the value got, the likely cause.
    source : str
        The file; the rows' own ``file`` column where it is empty.
    """
    if rows.empty:
        return empty_quarantine()
    keys = [name for name in FACT_TABLES[table].key if name in rows.columns]
    key = pd.Series("", index=rows.index, dtype="str")
    for i, part in enumerate(keys):
        key = key + ("|" if i else "") + rows[part].astype("str").fillna("missing")
    value = rows[column].astype("str") if column in rows.columns else pd.Series("", index=rows.index)
    named = rows["file"] if not source and "file" in rows.columns else source
    out = pd.DataFrame(index=rows.index).assign(
        table=table, key=key, rule=rule, column=column, value=value, reason=reason, source=named
    )
    return out.astype("str").fillna("missing").reset_index(drop=True)
