"""The lines source: a folder of files recognised by their prefix, whatever the years in their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.data.fetch import Fetcher
from workbench.data.folder import folder_files
from workbench.data.source import Degradation, RawFiles

#: What a line file holds, by the start of its name.
PREFIXES = ("history_", "open_last_", "books_", "sbr_")


def prefix_of(name: str) -> str | None:
    """Return the prefix that tells what a line file holds, None for a file that is none.

    Examples
    --------
    >>> prefix_of("open_last_1999_2024.parquet")
    'open_last_'
    """
    file = Path(name).name
    if not file.endswith(".parquet"):
        return None
    return next((prefix for prefix in PREFIXES if file.startswith(prefix)), None)


@dataclass(slots=True)
class LinesSource:
    """Line files of one folder.

    Attributes
    ----------
    fetcher : Fetcher
    """

    fetcher: Fetcher
    name: str = "lines"

    def fetch(self, seasons: Sequence[int]) -> RawFiles:
        """Keep the bytes of every line file; a file that cannot be used is named, not fatal."""
        found = folder_files(self.fetcher, wanted=lambda name: prefix_of(name) is not None, what="lines")
        if found.files:
            return found
        none = Degradation("decision quotes", "no line files in sources.lines.base: closing columns only")
        return RawFiles({}, (*found.degraded, none))
