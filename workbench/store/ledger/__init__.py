"""The ledger: paper bets, their grades and the bankroll, in SQLite or PostgreSQL."""

from workbench.store.ledger.ledger import Ledger, Recorded, open_ledger

__all__ = ["Ledger", "Recorded", "open_ledger"]
