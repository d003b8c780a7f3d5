"""What a person sees while notebooks run: a live table on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

#: Without a terminal, a line at most this often while one notebook runs.
QUIET_SECONDS = 10.0


class Progress(Protocol):
    """What the runner reports to."""

    def begin(self, names: Sequence[str]) -> None:
        """Receive the steps to come."""
        ...

    def unchanged(self, name: str) -> None:
        """Learn that a step is not run again."""
        ...

    def started(self, name: str, *, expected: float | None) -> None:
        """Learn that a step begins; ``expected`` seconds is what it took last time."""
        ...

    def cell(self, name: str, *, index: int, total: int) -> None:
        """Learn that code cell ``index`` (from 1) of ``total`` begins."""
        ...

    def finished(self, name: str, *, seconds: float) -> None:
        """Learn that a step ended well."""
        ...

    def failed(self, name: str, *, reason: str) -> None:
        """Learn that a step did not end well."""
        ...

    def end(self) -> None:
        """Learn that nothing more comes."""
        ...


@dataclass(slots=True)
class PlainProgress:
    """Lines, for logs and pipes."""

    write: Callable[[str], None]
    _began: float = 0.0
    _said: float = 0.0

    def begin(self, names: Sequence[str]) -> None:
        """Say nothing: each step speaks for itself."""

    def unchanged(self, name: str) -> None:
        """Say that the step is kept."""
        self.write(f"{name}: unchanged")

    def started(self, name: str, *, expected: float | None) -> None:
        """Say that the step begins."""
        self._began = self._said = time.monotonic()
        self.write(f"{name}: running" + (f", took {expected:.0f} s last time" if expected is not None else ""))

    def cell(self, name: str, *, index: int, total: int) -> None:
        """Say how far it is, now and then."""
        now = time.monotonic()
        if now - self._said >= QUIET_SECONDS:
            self._said = now
            self.write(f"{name}: cell {index} of {total}, {now - self._began:.0f} s")

    def finished(self, name: str, *, seconds: float) -> None:
        """Say how long it took."""
        self.write(f"{name}: done in {seconds:.1f} s")

    def failed(self, name: str, *, reason: str) -> None:
        """Say that it failed; the reason follows as the command's one line."""
        self.write(f"{name}: failed")

    def end(self) -> None:
        """Say nothing."""


@dataclass(slots=True)
class _Row:
    state: str = "waiting"
    cell: str = ""
    began: float = 0.0
    seconds: float | None = None
    expected: float | None = None


@dataclass(slots=True)
class LiveProgress:
    """A table that moves, for a terminal (rich)."""

    console: Any
    _rows: dict[str, _Row] = field(default_factory=dict)
    _live: Any = None

    def begin(self, names: Sequence[str]) -> None:
        """Draw the steps to come."""
        from rich.live import Live

        self._rows = {name: _Row() for name in names}
        self._live = Live(get_renderable=self._table, console=self.console, refresh_per_second=4)
        self._live.start()

    def unchanged(self, name: str) -> None:
        """Mark the step as kept."""
        self._rows[name].state = "unchanged"

    def started(self, name: str, *, expected: float | None) -> None:
        """Mark the step as running."""
        self._rows[name] = _Row(state="running", began=time.monotonic(), expected=expected)

    def cell(self, name: str, *, index: int, total: int) -> None:
        """Show the cell."""
        self._rows[name].cell = f"cell {index}/{total}"

    def finished(self, name: str, *, seconds: float) -> None:
        """Mark the step as done."""
        self._rows[name].state, self._rows[name].seconds = "done", seconds

    def failed(self, name: str, *, reason: str) -> None:
        """Mark the step as failed."""
        row = self._rows[name]
        row.state, row.seconds = "failed", time.monotonic() - row.began

    def end(self) -> None:
        """Leave the table as it stands."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _table(self) -> Any:
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for title in ("stage", "", "cell"):
            table.add_column(title)
        for title in ("elapsed", "last time"):
            table.add_column(title, justify="right")
        styles = {"running": "bold", "done": "green", "failed": "bold red", "unchanged": "dim", "waiting": "dim"}
        for name, row in self._rows.items():
            elapsed = row.seconds if row.seconds is not None else time.monotonic() - row.began if row.began else None
            seconds = ("" if s is None else f"{s:.1f} s" for s in (elapsed, row.expected))
            table.add_row(name, row.state, row.cell, *seconds, style=styles[row.state])
        return table
