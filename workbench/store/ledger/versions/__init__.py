"""Migrations of the ledger, oldest first; each is frozen once released."""
