"""What differs from the facts of the run before: games that vanished, scores that changed, games that moved.

Nothing here is refused: a change is shown, with both values, and lines follow their game by its id.
"""

from collections.abc import Iterator, Mapping

import pandas as pd

#: The order of a change's columns.
CHANGE = ("kind", "game_id", "before", "after")


def changes(previous: Mapping[str, pd.DataFrame], current: Mapping[str, pd.DataFrame]) -> tuple[dict[str, str], ...]:
    """Return what changed between two states of the facts.

    Parameters
    ----------
    previous, current : mapping of str to DataFrame
        The fact tables ``games`` and ``results``, by name; either may be absent. Only seasons in both are compared.

    Returns
    -------
    tuple of dict
        ``kind`` (vanished game, moved to another week, moved kick-off, changed score, withdrawn score), ``game_id``,
        ``before``, ``after``.
    """
    if "games" not in previous or "games" not in current:
        return ()
    seasons = set(previous["games"]["season"]) & set(current["games"]["season"])
    both = {
        name: (_indexed(previous[name], seasons), _indexed(current[name], seasons))
        for name in ("games", "results")
        if name in previous and name in current
    }
    found = [*_game_changes(*both["games"])]
    if "results" in both:
        found += _score_changes(*both["results"], games=both["games"][1])
    return tuple(dict(zip(CHANGE, change, strict=True)) for change in found)


def _indexed(frame: pd.DataFrame, seasons: set[int]) -> pd.DataFrame:
    return frame[frame["season"].isin(seasons)].set_index("game_id").sort_index()


def _game_changes(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    for game in before.index.difference(after.index):
        yield "vanished game", str(game), f"week {before['week'][game]}", "not in the schedule"
    both = before.index.intersection(after.index)
    old, new = before.loc[both], after.loc[both]
    for game in both[old["week"].ne(new["week"])]:
        yield "moved to another week", str(game), f"week {old['week'][game]}", f"week {new['week'][game]}"
    for game in both[old["week"].eq(new["week"]) & old["kickoff_utc"].ne(new["kickoff_utc"])]:
        yield "moved kick-off", str(game), old["kickoff_utc"][game].isoformat(), new["kickoff_utc"][game].isoformat()


def _score_changes(
    before: pd.DataFrame, after: pd.DataFrame, *, games: pd.DataFrame
) -> Iterator[tuple[str, str, str, str]]:
    for game in before.index.difference(after.index).intersection(games.index):
        yield "withdrawn score", str(game), _score(before, str(game)), "no score"
    both = before.index.intersection(after.index)
    scores = ["home_score", "away_score"]
    differs = before.loc[both, scores].ne(after.loc[both, scores]).any(axis=1)
    for game in both[differs]:
        yield "changed score", str(game), _score(before, str(game)), _score(after, str(game))


def _score(results: pd.DataFrame, game: str) -> str:
    return f"{results['home_score'][game]}-{results['away_score'][game]}"
