"""From facts to effects: which questions are asked of which shocks, by which design, with which checks."""
