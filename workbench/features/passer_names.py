"""Matching passers between feeds that write names differently ("P.Mahomes", "Patrick Mahomes")."""

import re
from typing import Final

import pandas as pd

_SUFFIX: Final = re.compile(r"\s+(jr|sr|ii|iii|iv|v)$")
_LETTERS: Final = re.compile(r"[^a-z]")


def name_key(name: str) -> str:
    """Return an initial and a last name in plain letters.

    Only the last word of the name counts, for feeds do not agree on middle initials ("C.Stroud", "C.J. Stroud").

    Examples
    --------
    >>> name_key("Patrick Mahomes II"), name_key("P.Mahomes"), name_key("C.J. Stroud"), name_key("Aidan O'Connell")
    ('p mahomes', 'p mahomes', 'c stroud', 'a oconnell')
    """
    plain = _SUFFIX.sub("", name.strip().lower().rstrip("."))
    last = plain.replace(".", " ").split()[-1:]
    return f"{plain[:1]} {_LETTERS.sub('', ''.join(last))}"


def match_passers(games: pd.DataFrame, *, pressures: pd.DataFrame) -> pd.DataFrame:
    """Return passers by game with their pressure counts.

    A passer is matched by game, team and :func:`name_key`; where either feed has two passers of one key in a game, or
    none, there is no match and the row is left out.

    Parameters
    ----------
    games : DataFrame
        With ``game_id, team, player_name``.
    pressures : DataFrame
        Rows of ``schema.PRESSURES``.

    Returns
    -------
    DataFrame
        The rows of ``games`` with a match, with ``times_pressured`` and ``times_blitzed`` (null where not counted).
    """
    keys = ["game_id", "team", "key"]
    ours = games[games["player_name"].notna()]
    ours = ours.assign(key=ours["player_name"].map(name_key)).drop_duplicates(keys, keep=False)
    theirs = pressures.reindex(columns=["game_id", "team", "player_name", "times_pressured", "times_blitzed"])
    theirs = theirs[theirs["player_name"].notna()]
    theirs = theirs.assign(key=theirs["player_name"].map(name_key)).drop_duplicates(keys, keep=False)
    return ours.merge(theirs.drop(columns="player_name"), on=keys, how="inner").drop(columns="key")
