"""The networks, one builder each."""
