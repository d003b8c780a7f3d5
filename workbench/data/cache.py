"""Facts already taken across the border, kept by what they were made from.

The key is a hash of the raw bytes, of the games that date the rows, of the teams allowed and of the package's own
border code: any of them changed, and the season is parsed anew.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from pyarrow.lib import ArrowException

from workbench.data.quality import Border
from workbench.data.quality_report import TableQuality
from workbench.store import atomic
from workbench.store.frames import conform
from workbench.store.tables import parquet_bytes


@cache
def border_digest() -> str:
    """Return a hash of the code that turns raw files into facts."""
    package = Path(__file__).parents[1]
    modules = sorted(path for path in (package / "data").rglob("*.py") if "demo" not in path.parts)
    modules += [package / "schema.py", package / "clock.py", package / "store" / "frames.py"]
    digest = hashlib.sha256()
    for module in modules:
        digest.update(module.read_bytes())
    return digest.hexdigest()


class FactCache:
    """Parsed seasons on disk.

    Parameters
    ----------
    folder : Path
        Safe to delete at any time: it only saves work.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, name: str, sha256: str, *, games: pd.DataFrame, teams: Collection[str]) -> str:
        """Return the key of one season of one table."""
        dated = games[["game_id", "season", "week", "home_team", "away_team", "kickoff_utc"]].sort_values("game_id")
        rows = pd.util.hash_pandas_object(dated, index=False).to_numpy().tobytes()
        parts = (name, sha256, hashlib.sha256(rows).hexdigest(), " ".join(sorted(teams)), border_digest())
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]

    def read(self, key: str, *, name: str) -> Border | None:
        """Return a parsed season, or None where there is none (or a damaged one)."""
        facts, quarantine, quality = self._paths(key)
        try:
            return Border(
                conform(pq.read_table(facts).to_pandas(), name=name),
                pq.read_table(quarantine).to_pandas().astype("str"),
                _quality(json.loads(quality.read_bytes())),
            )
        except (OSError, ArrowException, ValueError):
            return None

    def write(self, key: str, border: Border) -> None:
        """Keep a parsed season.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        facts, quarantine, quality = self._paths(key)
        atomic.write_bytes(facts, parquet_bytes(border.facts))
        atomic.write_bytes(quarantine, parquet_bytes(border.quarantine))
        atomic.write_bytes(quality, json.dumps(asdict(border.quality)).encode())

    def _paths(self, key: str) -> tuple[Path, Path, Path]:
        return tuple(self._folder / f"{key}.{name}" for name in ("facts", "quarantine", "json"))  # type: ignore[return-value]


def _quality(plain: dict[str, object]) -> TableQuality:
    plain["missing_columns"] = tuple(plain["missing_columns"])  # type: ignore[arg-type]
    return TableQuality(**plain)  # type: ignore[arg-type]
