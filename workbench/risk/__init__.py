"""Stakes, caps and gates: verdicts and next states, never a database. Pure kernels."""
