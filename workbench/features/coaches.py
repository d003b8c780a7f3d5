"""Who coached a team, as known before a week: the last head coach seen on a sideline.

A schedule names the coach of a game that was played. So a new coach is known from his first game on, and a stand-in for
one absence looks like a change: both are stated, not mended.
"""

import pandas as pd


def known_coaches(starters: pd.DataFrame, *, season: int, week: int) -> pd.DataFrame:
    """Return each team's coach as known before a week.

    Parameters
    ----------
    starters : DataFrame
        Rows of ``schema.STARTERS`` with ``coach``.
    season, week : int
        Only games strictly before this week are read.

    Returns
    -------
    DataFrame, index ``team``
        ``coach``, ``previous_coach`` (the last one of the season before; null if none was seen) and ``is_new``: the
        coach has led the team this season and did not end the last one.

    Examples
    --------
    >>> games = pd.DataFrame({"season": [2023, 2024], "week": [18, 1], "team": "NE", "coach": ["Bill", "Jerod"]})
    >>> known_coaches(games, season=2024, week=2).loc["NE"].to_dict()
    {'coach': 'Jerod', 'previous_coach': 'Bill', 'is_new': True}
    >>> known_coaches(games, season=2024, week=1).loc["NE"].to_dict()
    {'coach': 'Bill', 'previous_coach': 'Bill', 'is_new': False}
    """
    before = starters["season"].lt(season) | (starters["season"].eq(season) & starters["week"].lt(week))
    seen = starters[before & starters["coach"].notna()].sort_values(["season", "week"], kind="stable")
    latest = seen[seen["season"].ge(season - 1)].groupby("team")["coach"].last()
    previous = seen[seen["season"].eq(season - 1)].groupby("team")["coach"].last().reindex(latest.index)
    changed = previous.notna() & previous.ne(latest)
    return pd.DataFrame({"coach": latest, "previous_coach": previous, "is_new": changed.astype(bool)})


def opening_coaches(starters: pd.DataFrame, *, season: int) -> pd.DataFrame:
    """Return who coached each team in its first game of a past season, in the form of :func:`known_coaches`."""
    year = starters[starters["season"].eq(season) & starters["coach"].notna()]
    first = year.loc[year.groupby("team")["week"].transform("min").eq(year["week"])]
    before = starters[starters["season"].eq(season - 1)]
    return known_coaches(pd.concat([before, first.assign(week=0)]), season=season, week=1)
