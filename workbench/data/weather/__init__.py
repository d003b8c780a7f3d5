"""Hourly weather observations at the station nearest to each game."""
