"""Long panels that a parameter names: CSV or parquet files."""

from pathlib import Path

import pandas as pd

from workbench.errors import FormatError


def read_panel(path: Path) -> pd.DataFrame:
    """Read a long panel from a .csv or .parquet file.

    Raises
    ------
    FormatError
        If it is neither, or cannot be read as what its name says.
    """
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet", ".pq"):
        raise FormatError(f"A panel must be a .csv or .parquet file, got {path.name!r}. Export it as one of these?")
    try:
        return pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path)
    except (ValueError, OSError) as error:  # the parsers' own errors are ValueErrors, arrow's are OSErrors too
        raise FormatError(f"{path.name} cannot be read as {suffix[1:]} ({error}).") from error
