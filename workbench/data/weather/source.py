"""The weather source: a folder of hourly observations, ``hourly_*.parquet``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.data.fetch import Fetcher
from workbench.data.folder import folder_files
from workbench.data.source import Degradation, RawFiles

PREFIX = "hourly_"


@dataclass(slots=True)
class WeatherSource:
    """Files of hourly observations in one folder.

    Attributes
    ----------
    fetcher : Fetcher
    """

    fetcher: Fetcher
    name: str = "weather"

    def fetch(self, seasons: Sequence[int]) -> RawFiles:
        """Keep the bytes of every file, whatever seasons it holds: its name need not tell them."""
        found = folder_files(self.fetcher, wanted=_is_hourly, what="weather")
        if found.files:
            return found
        none = Degradation("hourly weather", f"no {PREFIX}* files in sources.weather.base: no precipitation")
        return RawFiles({}, (*found.degraded, none))


def _is_hourly(name: str) -> bool:
    file = Path(name).name
    return file.startswith(PREFIX) and file.endswith(".parquet")
