"""One module a weekly stage: composes the floors below, returns results that its notebook explains."""
