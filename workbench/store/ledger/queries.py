"""Ask a ledger in SQL: its tables, copied into DuckDB for the question, whatever database keeps them."""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import StoreError
from workbench.store.ledger.schema import TABLES


def asked(sql: str, table: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Return the answer to one question; the ledger itself cannot be changed by it.

    Parameters
    ----------
    sql : str
        DuckDB's dialect; the ledger's tables by name.
    table : callable
        From a table's name to its rows.

    Raises
    ------
    StoreError
        If DuckDB cannot answer; says why and which tables there are.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        # a question reads the ledger and nothing else of the machine
        connection.execute("SET enable_external_access = false")
        for name in TABLES:
            if re.search(rf"\b{name}\b", sql, flags=re.IGNORECASE):
                connection.register(name, as_arrow(table(name)))
        try:
            found: pd.DataFrame = connection.execute(sql).df()
        except duckdb.Error as error:
            raise StoreError(f"The ledger cannot answer: {error}. Its tables: {', '.join(sorted(TABLES))}.") from error
    return found


def exported(folder: Path, table: Callable[[str], pd.DataFrame]) -> list[Path]:
    """Write every table as a parquet file of its name, for DuckDB, R or another workbench; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{name}.parquet" for name in sorted(TABLES)]
    for file in files:
        pq.write_table(as_arrow(table(file.stem)), file)
    return files


def as_arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a ledger's table with nulls where the ledger has them, not NaN: SQL tells the two apart."""
    return pa.Table.from_pandas(frame, preserve_index=False)
