"""A research workbench for shocks, football games and their betting lines.

``import workbench as wb; week = wb.open_week(2024, 10, profile="nfl")`` explores one week, ``wb.open_ledger("nfl")``
answers questions about bets; nothing heavy is imported before it is asked for.
"""

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "open_ledger", "open_week"]


def __getattr__(name: str) -> Any:
    """Import the explorer only when a notebook asks for it."""
    if name in ("open_ledger", "open_week"):
        from workbench import explore

        return getattr(explore, name)
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")
