"""What must be believed for a number to be an effect: a causal graph a shock type, and what it says to adjust for."""
