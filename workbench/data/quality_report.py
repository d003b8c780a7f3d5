"""What validation found, as plain numbers: what ``data_quality.json`` holds and the ingest page shows."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class TableQuality:
    """What the border found in one fact table.

    Attributes
    ----------
    rows_in, kept, identical_duplicates : int
        ``rows_in = kept + identical_duplicates + after_kickoff + sum(quarantined.values())``.
    after_kickoff : int
        Quotes recorded once the game ran: left out, for nobody bets on them here.
    quarantined : dict of str to int
        Rows by rule.
    missing_columns : tuple of str
        Optional columns that no file held.
    newest_known_at : str
        ISO instant; empty where the table has no row.
    """

    rows_in: int = 0
    kept: int = 0
    identical_duplicates: int = 0
    after_kickoff: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    missing_columns: tuple[str, ...] = ()
    newest_known_at: str = ""

    def __add__(self, other: "TableQuality") -> "TableQuality":
        """Return the counts of both parts of a table; a column is missing where any part lacks it."""
        rules = sorted({*self.quarantined, *other.quarantined})
        return TableQuality(
            rows_in=self.rows_in + other.rows_in,
            kept=self.kept + other.kept,
            identical_duplicates=self.identical_duplicates + other.identical_duplicates,
            after_kickoff=self.after_kickoff + other.after_kickoff,
            quarantined={rule: self.quarantined.get(rule, 0) + other.quarantined.get(rule, 0) for rule in rules},
            missing_columns=tuple(dict.fromkeys((*self.missing_columns, *other.missing_columns))),
            newest_known_at=max(self.newest_known_at, other.newest_known_at),
        )


@dataclass(frozen=True, slots=True)
class LineGrid:
    """How many of one source's lines lie on the half-point grid."""

    source: str
    lines: int
    off_grid: int
    rejected: bool

    @property
    def off_grid_share(self) -> float:
        """The share off the grid: a book's is zero, an average's is most of it."""
        return self.off_grid / self.lines if self.lines else 0.0


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What came in, and can it be trusted.

    Attributes
    ----------
    tables : dict of str to TableQuality
    grids : tuple of LineGrid
    degraded : tuple of (feature, reason)
    changes : tuple of dict
        What differs from the previous facts: games that vanished, scores that changed, games that moved.
    """

    tables: Mapping[str, TableQuality] = field(default_factory=dict)
    grids: tuple[LineGrid, ...] = ()
    degraded: tuple[tuple[str, str], ...] = ()
    changes: tuple[Mapping[str, str], ...] = ()

    @property
    def quarantined(self) -> int:
        """Rows in quarantine over all tables."""
        return sum(sum(table.quarantined.values()) for table in self.tables.values())

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain lists and dicts."""
        return {
            "tables": {name: asdict(table) for name, table in self.tables.items()},
            "grids": [asdict(grid) | {"off_grid_share": grid.off_grid_share} for grid in self.grids],
            "degraded": [{"feature": feature, "reason": reason} for feature, reason in self.degraded],
            "changes": [dict(change) for change in self.changes],
        }


def summed(parts: Iterable[TableQuality]) -> TableQuality:
    """Return the counts of all parts of one table."""
    total = TableQuality()
    for part in parts:
        total = total + part
    return total
