"""The border: pandera schemas derived from the fact tables, and what each table's check found.

A row that breaks a rule goes to quarantine with its reason; the rest goes on, conformed. Identical duplicates are
dropped and counted; of conflicting ones the first is kept (``rules.KEPT_OF_CONFLICT`` names the exceptions).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import pandas as pd

from workbench.data.quality_report import TableQuality
from workbench.data.quarantine import empty_quarantine, quarantined
from workbench.data.rules import BETWEEN, KEPT_OF_CONFLICT, NULLABLE, ONE_OF, ROW_RULES, TEAM_COLUMNS
from workbench.errors import ValidationError
from workbench.schema import FACT_TABLES, Dtype, FactTable
from workbench.store.frames import conform

#: The reason given where a rule has no words of its own.
_REASONS = {
    "not_nullable": "{column} must be there, got nothing. A row of something else?",
    "type": "{column} must be {kind}, got {value}. Another column's value?",
    "unknown_team": "A team must be one of the league's, got {value}. A new code, or another league?",
}
_KIND = {"i": "a whole number", "f": "a number", "b": "true or false", "s": "text", "t": "an instant"}


@dataclass(frozen=True, slots=True)
class Border:
    """What came through the border.

    Attributes
    ----------
    facts : DataFrame
        Conformed to the schema.
    quarantine : DataFrame
    quality : TableQuality
    """

    facts: pd.DataFrame
    quarantine: pd.DataFrame
    quality: TableQuality


def cross(frame: pd.DataFrame, *, name: str, source: str, teams: Collection[str] | None = None) -> Border:
    """Check candidate facts against their table's rules.

    Parameters
    ----------
    frame : DataFrame
        The columns of the fact table; optional ones may be absent.
    name : str
        The fact table.
    source : str
        The file they come from, for the quarantine.
    teams : collection of str, optional
        The league's teams; without it no team is unknown.

    Raises
    ------
    ValidationError
        If a required column is absent: no quarantine can mend that.
    """
    table = FACT_TABLES[name]
    absent = [column for column in table.columns if column not in frame.columns]
    if absent:
        raise ValidationError(f"{name} of {source} needs the columns {', '.join(absent)}, which are absent. Renamed?")
    rows = frame.reset_index(drop=True)
    bad = [*_schema_failures(rows, table=table, teams=teams)]
    sound = rows.drop(index=_indices(bad))
    bad += list(_rule_failures(sound, table=table))
    sound = sound.drop(index=[i for i in _indices(bad) if i in sound.index])
    kept, identical, conflicts = _unique(sound, table=table)
    if len(conflicts):
        bad.append((conflicts, "conflicting_duplicate", table.key[0], _conflict_reason(table)))
    found = [
        quarantined(part, table=name, rule=rule, column=column, reason=reason, source=source)
        for part, rule, column, reason in bad
    ]
    quarantine = pd.concat([empty_quarantine(), *found], ignore_index=True)
    quality = TableQuality(
        rows_in=len(rows),
        kept=len(kept),
        identical_duplicates=identical,
        quarantined={str(rule): int(count) for rule, count in quarantine["rule"].value_counts().items()},
        missing_columns=tuple(column for column in table.optional if column not in rows.columns),
        newest_known_at="" if kept.empty else pd.Timestamp(kept["known_at"].max()).isoformat(),
    )
    return Border(conform(kept, name=name), quarantine, quality)


Failure = tuple[pd.DataFrame, str, str, "pd.Series[str] | str"]


def _indices(failures: list[Failure]) -> list[int]:
    return sorted({int(i) for part, *_ in failures for i in part.index})


def _schema_failures(rows: pd.DataFrame, *, table: FactTable, teams: Collection[str] | None) -> Iterator[Failure]:
    """Yield the rows that break a column's rule, each row once, by its first failure."""
    import pandera.errors

    allowed = None if teams is None else frozenset(teams)
    try:
        _schema(table.name, teams=allowed, checked=_checkable(rows, table)).validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.dropna(subset=["index"]).drop_duplicates("index")
        for (column, rule), part in cases.groupby(["column", "check"], sort=False):
            broken = rows.loc[part["index"].astype(int)]
            yield broken, str(rule), str(column), _reasons(broken, rule=str(rule), column=str(column), table=table)


def _reasons(rows: pd.DataFrame, *, rule: str, column: str, table: FactTable) -> "pd.Series[str]":
    kind = _KIND[(table.columns | table.optional)[column]]
    words = _REASONS.get(rule) or _range_words(table.name, column=column)
    return rows[column].map(lambda value: words.format(column=column, value=value, kind=kind)).astype("str")


def _range_words(table: str, *, column: str) -> str:
    for between in BETWEEN:
        if (between.table, between.column) == (table, column):
            return f"{column} must lie between {between.low:g} and {between.high:g}, got {{value}}. {between.likely}"
    words = next((rule.words for rule in ONE_OF if (rule.table, rule.column) == (table, column)), ())
    return f"{column} must be one of {', '.join(words)}, got {{value}}. A new kind?"


def _rule_failures(rows: pd.DataFrame, *, table: FactTable) -> Iterator[Failure]:
    """Yield the rows that break a rule over several columns, each row once."""
    left = rows
    for rule in ROW_RULES:
        if rule.table != table.name or left.empty or rule.column not in left.columns:
            continue
        broken = left[~rule.holds(left).astype(bool)]
        if len(broken):
            words = broken[rule.column].map(lambda value, rule=rule: rule.reason.format(value=value))
            yield broken, rule.name, rule.column, words
            left = left.drop(index=broken.index)


def _unique(rows: pd.DataFrame, *, table: FactTable) -> tuple[pd.DataFrame, int, pd.DataFrame]:
    """Return rows with one key each, how many identical copies were dropped, and the rows that lost a conflict."""
    key = list(table.key)
    repeated = rows.duplicated(key, keep=False)
    if not repeated.any():
        return rows, 0, rows.iloc[:0]
    shown = [name for name in (*table.columns, *table.optional) if name in rows.columns]
    copies = rows[repeated].astype("str")[shown].duplicated()
    distinct = rows.drop(index=copies.index[copies])
    keep: Any = KEPT_OF_CONFLICT.get(table.name, "first")
    lost = distinct.duplicated(key, keep=keep)
    return distinct[~lost], int(copies.sum()), distinct[lost]


def _conflict_reason(table: FactTable) -> str:
    kept = KEPT_OF_CONFLICT.get(table.name, "first")
    return f"A key ({', '.join(table.key)}) must stand once, got it again with other values; the {kept} is kept."


def _checkable(rows: pd.DataFrame, table: FactTable) -> tuple[str, ...]:
    """Return the columns a check can find fault with; an optional float without a rule is right by its type alone."""
    ruled = {rule.column for rule in BETWEEN if rule.table == table.name}
    ruled |= {rule.column for rule in ONE_OF if rule.table == table.name} | {*TEAM_COLUMNS.get(table.name, ())}
    loose = [
        name
        for name, dtype in table.optional.items()
        if name in rows.columns
        and (name in ruled or not (dtype == "s" or (dtype == "f" and pd.api.types.is_float_dtype(rows[name].dtype))))
    ]
    return (*table.columns, *loose)


@cache
def _schema(name: str, *, teams: frozenset[str] | None, checked: tuple[str, ...]) -> Any:
    import pandera.pandas as pa

    table = FACT_TABLES[name]
    columns = {}
    for column in checked:
        dtype = (table.columns | table.optional)[column]
        required = column in table.columns
        columns[column] = pa.Column(
            checks=list(_checks(name, column=column, dtype=dtype, teams=teams)),
            nullable=not required or column in NULLABLE.get(name, ()),
            required=required,
        )
    return pa.DataFrameSchema(columns)


def _checks(name: str, *, column: str, dtype: Dtype, teams: frozenset[str] | None) -> Iterator[Any]:
    import pandera.pandas as pa

    yield pa.Check(lambda values: _typed(values, dtype=dtype), error="type")
    for between in BETWEEN:
        if (between.table, between.column) == (name, column):
            yield pa.Check(partial(_in_range, low=between.low, high=between.high), error="range")
    for one_of in ONE_OF:
        if (one_of.table, one_of.column) == (name, column):
            yield pa.Check.isin(one_of.words, error="one_of")
    if teams is not None and column in TEAM_COLUMNS.get(name, ()):
        yield pa.Check(lambda values: values.isin(teams), error="unknown_team")


def _in_range(values: "pd.Series[Any]", *, low: float, high: float) -> "pd.Series[bool]":
    number: pd.Series[float] = values if pd.api.types.is_numeric_dtype(values) else pd.to_numeric(values, "coerce")
    return number.between(low, high)


def _typed(values: "pd.Series[Any]", *, dtype: Dtype) -> "pd.Series[bool]":
    """Return which present values can be of a column's type."""
    every = pd.Series(True, index=values.index)
    if dtype == "s":
        return every
    if dtype == "t":
        return every if isinstance(values.dtype, pd.DatetimeTZDtype) else ~every
    if dtype == "b":
        return values.isin([True, False])
    number = values if pd.api.types.is_numeric_dtype(values) else pd.to_numeric(values, errors="coerce")
    return number.notna() if dtype == "f" else number.notna() & number.mod(1).eq(0)
