"""Games as rows: signed team-season strengths, absorbing shocks, matched firings, and the inference they need."""
