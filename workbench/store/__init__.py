"""What is kept: facts as known at an instant, the ledger, the runs."""
