"""What every source gives: raw files in, facts with their quarantine and degradations out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from workbench.data.quality_report import QualityReport

if TYPE_CHECKING:  # asking whether anything changed must not cost the import of pandas
    import pandas as pd

#: The columns of a quarantine frame, all strings.
QUARANTINE = ("table", "key", "rule", "column", "value", "reason", "source")


@dataclass(frozen=True, slots=True)
class RawFile:
    """One file of a source as it was fetched.

    Attributes
    ----------
    name : str
        Relative to the source's base, such as ``schedules/games.parquet``.
    sha256 : str
    path : Path
        Where the bytes are kept verbatim: ``raw/<sha256>``.
    stale : str
        Empty, or why older bytes are in use.
    """

    name: str
    sha256: str
    path: Path
    stale: str = ""


@dataclass(frozen=True, slots=True)
class Degradation:
    """A named feature that works less well, or not at all.

    Attributes
    ----------
    feature : str
        What a reader would miss, such as ``no-huddle rate 2019-2021``.
    reason : str
    """

    feature: str
    reason: str


@dataclass(frozen=True, slots=True)
class RawFiles:
    """The files one source gave.

    Attributes
    ----------
    files : dict of str to RawFile
        By name.
    degraded : tuple of Degradation
        Seasons the source does not have, feeds that are stale.
    """

    files: Mapping[str, RawFile]
    degraded: tuple[Degradation, ...] = ()


@dataclass(slots=True)
class LoadedFacts:
    """Facts that passed the border.

    Attributes
    ----------
    tables : dict of str to DataFrame
        By fact table, conformed to the schema.
    quarantine : DataFrame
        Rows that broke a rule: table, key, rule, column, value, reason, source (all strings).
    degraded : list of Degradation
    report : QualityReport
        What the border found, as plain numbers.
    """

    tables: dict[str, pd.DataFrame]
    quarantine: pd.DataFrame
    degraded: list[Degradation] = field(default_factory=list)
    report: QualityReport = field(default_factory=QualityReport)


class Source(Protocol):
    """One place facts come from."""

    name: str

    def fetch(self, seasons: Sequence[int]) -> RawFiles:
        """Revalidate the files of these seasons and keep their bytes."""
        ...
