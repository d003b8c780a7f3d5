"""Fact frames in memory: their exact types, and the AsOf protocol over plain frames.

One mapping from the letters of :mod:`workbench.schema` to pandas types, used by everything that makes or reads facts:
a required column has a plain type, an optional one the type that can say "missing".
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.clock import utc
from workbench.errors import LeakageError, StoreError
from workbench.schema import FACT_TABLES, Dtype, FactTable

_REQUIRED: dict[Dtype, Any] = {"i": "int64", "f": "float64", "b": "bool", "s": "str", "t": "datetime64[us, UTC]"}
_OPTIONAL: dict[Dtype, Any] = _REQUIRED | {"i": "Int64", "b": "boolean"}


def fact_table(name: str) -> FactTable:
    """Return a fact table's definition.

    Raises
    ------
    StoreError
        If no fact table has this name.
    """
    if name not in FACT_TABLES:
        raise StoreError(f"A fact table is one of {', '.join(FACT_TABLES)}, got {name!r}.")
    return FACT_TABLES[name]


def pandas_types(table: FactTable) -> dict[str, Any]:
    """Return the pandas type of every column of a fact table, in the order of the schema.

    Optional integers and booleans are the nullable ``Int64`` and ``boolean``: missing is missing, never zero.

    Examples
    --------
    >>> pandas_types(FACT_TABLES["results"])["overtime"]
    'bool'
    >>> pandas_types(FACT_TABLES["games"])["division_game"]
    'boolean'
    """
    required = {name: _REQUIRED[dtype] for name, dtype in table.columns.items()}
    return required | {name: _OPTIONAL[dtype] for name, dtype in table.optional.items()}


def empty_facts(name: str) -> pd.DataFrame:
    """Return a fact table without rows, all its columns typed."""
    types = pandas_types(fact_table(name))
    return pd.DataFrame({column: pd.Series(dtype=dtype) for column, dtype in types.items()})


def conform(frame: pd.DataFrame, *, name: str) -> pd.DataFrame:
    """Return facts with exactly the schema's columns, order and types; absent optional columns are all missing.

    Raises
    ------
    StoreError
        If a required column is absent, or a value cannot be of its column's type.
    """
    table = fact_table(name)
    absent = [column for column in table.columns if column not in frame.columns]
    if absent:
        raise StoreError(f"Facts of {name!r} need the columns {', '.join(absent)}, which are absent.")
    return typed(frame, name=name, columns=list(pandas_types(table)))


def typed(frame: pd.DataFrame, *, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return the asked-for columns of a fact table in their schema types; absent ones are all missing.

    Raises
    ------
    StoreError
        If a value cannot be of its column's type.
    """
    types = pandas_types(fact_table(name))
    out = {}
    for column in columns:
        values = frame[column] if column in frame.columns else pd.Series(None, index=frame.index, dtype="object")
        try:
            _refuse_silent_casts(values, dtype=str(types[column]))
            out[column] = values.astype(types[column])
        except (TypeError, ValueError) as error:
            raise StoreError(f"Column {column!r} of {name!r} must be {types[column]}: {error}") from error
    return pd.DataFrame(out).reset_index(drop=True)


def _refuse_silent_casts(values: "pd.Series[Any]", *, dtype: str) -> None:
    """Refuse what pandas casts without a word: a missing value to True, 1.5 to 1.

    Raises
    ------
    ValueError
        Naming the value.
    """
    if dtype == "bool" and values.isna().any():
        raise ValueError("a value is missing")
    if dtype in ("int64", "Int64") and pd.api.types.is_float_dtype(values.dtype):
        broken = values[values.notna() & values.mod(1).ne(0)]
        if len(broken):
            raise ValueError(f"{broken.iloc[0]} is no whole number")


def select(frame: pd.DataFrame, *, columns: Sequence[str] | None, seasons: Sequence[int] | None) -> pd.DataFrame:
    """Return the asked-for columns and seasons of a frame, its index anew."""
    rows = frame if seasons is None else frame[frame["season"].isin(list(seasons))]
    return (rows if columns is None else rows[list(columns)]).reset_index(drop=True)


def check_columns(name: str, columns: Sequence[str] | None) -> None:
    """Refuse columns that the fact table does not define.

    Raises
    ------
    StoreError
        Naming the unknown columns.
    """
    known = pandas_types(fact_table(name))
    unknown = [column for column in columns or () if column not in known]
    if unknown:
        raise StoreError(f"Fact table {name!r} has no column {', '.join(unknown)}. Its columns: {', '.join(known)}.")


def refuse_later(now: pd.Timestamp, asked: pd.Timestamp) -> pd.Timestamp:
    """Return ``asked`` in UTC if it is not after ``now``.

    Raises
    ------
    LeakageError
        If it is: a view never looks ahead of its instant.
    """
    stamp = utc(asked)
    if stamp > now:
        raise LeakageError(f"A view as of {now.isoformat()} cannot show {stamp.isoformat()}: that is later.")
    return stamp


class FrameAsOf:
    """The ``AsOf`` protocol over frames in memory: for tests, and for facts perturbed on purpose.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Fact tables by name; they are conformed to the schema and never changed.
    instant : Timestamp
        With its time zone.
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame], instant: pd.Timestamp) -> None:
        self._frames = {name: conform(frame, name=name) for name, frame in frames.items()}
        self._instant = utc(instant)

    @property
    def instant(self) -> pd.Timestamp:
        """The instant, in UTC."""
        return self._instant

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, seasons: Sequence[int] | None = None
    ) -> pd.DataFrame:
        """Return the rows known at the instant; an absent table is an empty frame with the schema's columns."""
        check_columns(name, columns)
        frame = self._frames.get(name)
        if frame is None:
            return select(empty_facts(name), columns=columns, seasons=None)
        return select(frame[frame["known_at"] <= self._instant], columns=columns, seasons=seasons)

    def has(self, name: str) -> bool:
        """Whether the fact table exists at all."""
        fact_table(name)
        return name in self._frames

    def earlier(self, instant: pd.Timestamp) -> "FrameAsOf":
        """Return the same facts as of an earlier instant; a later one raises ``LeakageError``."""
        view = FrameAsOf({}, refuse_later(self._instant, instant))
        view._frames = self._frames
        return view
