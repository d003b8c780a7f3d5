"""The season files of football-data.co.uk: one CSV a season, or a table of many seasons, in a folder or at a URL.

Nothing here imports pandas: asking whether anything changed must stay cheap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.data.fetch import Fetcher, Kind
from workbench.data.source import Degradation, RawFile, RawFiles
from workbench.errors import SourceError

SUFFIXES: dict[str, Kind] = {".csv": "csv", ".parquet": "parquet"}


def season_code(season: int) -> str:
    """Return a season as the site writes it.

    Examples
    --------
    >>> season_code(2023), season_code(1999)
    ('2324', '9900')
    """
    return f"{season % 100:02d}{(season + 1) % 100:02d}"


def season_of_code(code: str) -> int:
    """Return the starting year of a season as written in full or in short.

    Examples
    --------
    >>> season_of_code("2324"), season_of_code("2023-24"), season_of_code("2023"), season_of_code("9900")
    (2023, 2023, 2023, 1999)

    Raises
    ------
    ValueError
        If it names no season: its years must follow one another.
    """
    digits = "".join(c for c in code if c.isdigit())
    first, second = int(digits[-4:-2]), int(digits[-2:])
    if len(digits) == 4 and (first + 1) % 100 == second:
        return (1900 if first >= 93 else 2000) + first
    if len(digits) == 6 and (int(digits[:4]) + 1) % 100 == second:
        return int(digits[:4])
    if len(digits) == 4 and digits[:2] in ("19", "20"):
        return int(digits)
    raise ValueError(
        f"A season is written 2324, 2023-24 or 2023, got {code!r}. A year alone, or two that do not follow?"
    )


@dataclass(slots=True)
class EplSource:
    """Season files below one base.

    A folder gives every ``.csv`` and ``.parquet`` file in it, and ``<2324>/E0.csv`` for each season asked for; a URL
    gives the latter only, for it cannot be listed.

    Attributes
    ----------
    fetcher : Fetcher
    """

    fetcher: Fetcher
    name: str = "epl"

    def fetch(self, seasons: Sequence[int]) -> RawFiles:
        """Keep the bytes of the season files; a file that cannot be used is named, not fatal."""
        files: dict[str, RawFile] = {}
        degraded: list[Degradation] = []
        for name in self._wanted(seasons):
            try:
                raw = self.fetcher.fetch(name, kind=SUFFIXES[Path(name).suffix])
            except SourceError as error:
                degraded.append(Degradation(f"matches of {name}", str(error)))
                continue
            if raw is not None:
                files[name] = raw
                degraded += [Degradation(f"fresh matches of {name}", raw.stale)] if raw.stale else []
        self.fetcher.close()
        return RawFiles(files, tuple(degraded))

    def _wanted(self, seasons: Iterable[int]) -> list[str]:
        listed = [name for name in self.fetcher.names() if Path(name).suffix in SUFFIXES]
        return [*listed, *(f"{season_code(season)}/E0.csv" for season in seasons)]
