"""Fixtures every test may ask for."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real data (nflverse/, nfl_lines/, ...); skips where it is absent."""
    folder = Path(os.environ.get("WORKBENCH_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "nflverse" / "schedules" / "games.parquet").exists():
        pytest.skip("real data not found: set WORKBENCH_REAL_DATA to a folder with nflverse/ and nfl_lines/")
    return folder
