"""Premier League matches from a file, for studies of another league: through the league's own door, into a view.

The price that is no close was collected on Friday afternoon, or Tuesday for midweek matches: no opener, days younger.
"""

import hashlib
from pathlib import Path
from typing import Final

import pandas as pd

from workbench.clock import AsOf
from workbench.data.epl.load import load_matches
from workbench.data.source import RawFile, RawFiles
from workbench.errors import FormatError
from workbench.store.frames import FrameAsOf

_SUFFIXES: Final = (".csv", ".parquet")
#: Every season there has been of this league.
_SEASONS: Final = range(1993, 2093)
_EVER: Final = pd.Timestamp("2200-01-01", tz="UTC")


def epl_view(path: Path | None) -> AsOf | None:
    """Return everything known of the matches of a file, or of a folder of files; None where there is none.

    Raises
    ------
    FormatError
        If the folder holds no such file.
    SourceError
        If no file gives a match.
    """
    if path is None:
        return None
    files = sorted(f for f in path.iterdir() if f.suffix in _SUFFIXES) if path.is_dir() else [path]
    if not files:
        raise FormatError(f"{path.name} holds no file of matches: .parquet or .csv.")
    raws = RawFiles({file.name: RawFile(name=file.name, sha256=_digest(file), path=file) for file in files})
    return FrameAsOf(load_matches(raws, seasons=_SEASONS).tables, _EVER)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
