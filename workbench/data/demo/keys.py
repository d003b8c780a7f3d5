"""Random streams by key: a season, team or game draws from its own stream, whatever else is simulated."""

import numpy as np


def stream(seed: int, *key: int) -> np.random.Generator:
    """Return the generator of one purpose; equal keys give equal draws.

    Examples
    --------
    >>> float(stream(7, 2024, 3).random()) == float(stream(7, 2024, 3).random())
    True
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, *key))))


# The purposes, so that no two draws share a key by accident.
NAMES, COACHES, REFEREES, QUARTERBACKS, STRENGTHS, INJURIES, MOVES = range(7)
FIXTURES, WEATHER, GAMES, MARKET, QUOTES, REPORTS, FIRINGS = range(7, 14)
SNAPS, CHARTING = range(14, 16)
PANEL_SCORES, PANEL_FAKES = range(16, 18)
YARDS_FIXTURES, YARDS_BACKS, YARDS_TEAMS, YARDS_DRAWS, YARDS_PASSERS = range(18, 23)


def words(text: str) -> list[str]:
    """Return the words of a text: a readable way to write many column names.

    Examples
    --------
    >>> words("game_id season week")
    ['game_id', 'season', 'week']
    """
    return text.split()
