"""Columns of a raw file under the names of the schema, whichever release of the source wrote them."""

import hashlib
from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.lib import ArrowException

from workbench.data.source import RawFile
from workbench.errors import FormatError
from workbench.schema import FactTable

#: Schema column -> the names sources have used for it, the newest first.
Names = Mapping[str, tuple[str, ...]]


def read_parquet(raw: RawFile) -> pd.DataFrame:
    """Return a raw parquet file as a frame.

    Raises
    ------
    FormatError
        If it cannot be decoded although its ends looked right, or the kept bytes are no longer those fetched.
    """
    try:
        content = raw.path.read_bytes()
        if hashlib.sha256(content).hexdigest() != raw.sha256:
            raise FormatError(f"The kept bytes of {raw.name} changed on disk. Delete raw/{raw.sha256} and run again.")
        frame: pd.DataFrame = pq.read_table(pa.BufferReader(content)).to_pandas()
    except (ArrowException, OSError) as error:
        raise FormatError(f"{raw.name} cannot be read as parquet: {error}. Damaged at its origin?") from error
    return frame


def renamed(frame: pd.DataFrame, *, table: FactTable, names: Names) -> pd.DataFrame:
    """Return the columns of a fact table that the frame has, under the schema's names.

    Parameters
    ----------
    frame : DataFrame
    table : FactTable
    names : mapping of str to tuple of str
        Other names of a column; one without an entry goes by its own name.
    """
    taken = {}
    for column in (*table.columns, *table.optional):
        found = next((name for name in names.get(column, (column,)) if name in frame.columns), None)
        if found is not None:
            taken[column] = frame[found]
    return pd.DataFrame(taken, index=frame.index)
