"""Between frames and ledger rows."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from workbench.errors import StoreError
from workbench.store.ledger.schema import UtcTimestamp

#: Rows a statement: SQLite takes 32,766 values in one, and a bet has about 60.
_BATCH = 400


def upsert(connection: Connection, table: sa.Table, rows: list[dict[str, Any]], *, replace: bool = True) -> int:
    """Insert rows by natural key; where the key is there, replace the given columns or leave the row as it is.

    Returns
    -------
    int
        Rows written.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    written = 0
    for start in range(0, len(rows), _BATCH):
        statement: Any = insert(table).values(rows[start : start + _BATCH])
        keys = [column.name for column in table.primary_key]
        given = {name: statement.excluded[name] for name in rows[start] if name not in keys}
        if replace and given:
            statement = statement.on_conflict_do_update(index_elements=keys, set_=given)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=keys)
        written += connection.execute(statement).rowcount
    return written


def rows_of(frame: pd.DataFrame, table: sa.Table, *, extra: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return a frame's rows as the table takes them: its columns only, nulls as None.

    Raises
    ------
    StoreError
        If a key column is missing.
    """
    whole = frame.assign(**dict(extra or {}))
    keys = {column.name for column in table.primary_key}
    if missing := sorted(keys - set(whole.columns)):
        raise StoreError(f"Rows of {table.name} need their key, {', '.join(missing)} is missing.")
    names = [column.name for column in table.columns if column.name in whole.columns]
    return [{str(name): plain(value) for name, value in row.items()} for row in whole[names].to_dict("records")]


def plain(value: Any) -> Any:
    """Return a value as a database driver takes it.

    Examples
    --------
    >>> plain(np.float64("nan")), plain(np.int64(3)), plain({"a": 1})
    (None, 3, '{"a": 1}')
    """
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, sort_keys=True, default=str)
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value.to_pydatetime(warn=False) if isinstance(value, pd.Timestamp) else value


def frame_of(connection: Connection, statement: sa.Select[Any]) -> pd.DataFrame:
    """Return a statement's rows as a frame with the dtypes of its columns; nulls are NaN, NaT or NA."""
    columns = list(statement.selected_columns)
    found = [tuple(row) for row in connection.execute(statement)]
    values = zip(*found, strict=True) if found else ((),) * len(columns)
    typed = {
        column.name: pd.Series(list(part), dtype=_dtype(column)) for column, part in zip(columns, values, strict=True)
    }
    return pd.DataFrame(typed)


def _dtype(column: Any) -> str:
    nullable = not column.primary_key
    if isinstance(column.type, UtcTimestamp):
        return "datetime64[us, UTC]"
    if isinstance(column.type, sa.Boolean):
        return "boolean"
    if isinstance(column.type, sa.Integer):
        return "Int64" if nullable else "int64"
    return "float64" if isinstance(column.type, sa.Double) else "str"
