"""Shocks: events that may move games, derived from facts, each dated by the instant it became known."""
