"""What is known of trades beyond the rosters: a cited list, and what it changes.

Weekly rosters do not say how a player came. Who was released and signed within days looks like one traded, and one
traded in a week off may look released. The list (``trade_corrections.csv``) holds only moves that were reported at the
time; it speaks only where rosters show that very move, so no other league is touched.
"""

from functools import cache
from importlib.resources import files
from typing import Final

import pandas as pd

_MOVE: Final = ["season", "player_name", "old_team", "team"]
_NAMES: Final = {"player": "player_name", "out_team": "old_team", "in_team": "team"}


@cache
def _corrections() -> pd.DataFrame:
    with files("workbench.shocks").joinpath("trade_corrections.csv").open(encoding="utf-8") as text:
        return pd.read_csv(text)


def trade_corrections() -> pd.DataFrame:
    """Return the cited corrections.

    Returns
    -------
    DataFrame, one row a move
        ``season, player, out_team, in_team, date`` (year and month, the day where it is certain), ``cause`` (released,
        waived, trade), ``action`` (trade, not_a_trade), ``source`` in words.
    """
    return _corrections().copy()


def corrected_trades(changes: pd.DataFrame) -> pd.DataFrame:
    """Return changes of squad with what the list says of them.

    Parameters
    ----------
    changes : DataFrame
        ``season, player_name, old_team, team, derived_trade``.

    Returns
    -------
    DataFrame
        The same rows, with ``is_trade`` (the list's word, else the rosters'), ``reported`` (how he went; null where the
        list is silent) and ``why``.
    """
    listed = _corrections().rename(columns=_NAMES)[[*_MOVE, "cause", "action", "source"]]
    out = changes.merge(listed, on=_MOVE, how="left").set_axis(changes.index)
    told = out["action"].map({"trade": True, "not_a_trade": False}).astype("boolean")
    out["is_trade"] = told.fillna(out["derived_trade"].astype("boolean")).astype(bool)
    return out.rename(columns={"cause": "reported", "source": "why"}).drop(columns="action")


def trade_comparison(changes: pd.DataFrame) -> pd.DataFrame:
    """Return the moves that rosters or the list call a trade, as derived beside as corrected.

    Parameters
    ----------
    changes : DataFrame
        Of :func:`corrected_trades`, with ``week``.

    Returns
    -------
    DataFrame, one row a move
        ``season, week, player, out_team, in_team, derived, corrected`` (trade or move), ``what`` (unchanged, added,
        taken out), ``cause`` and ``why`` (null where the list is silent).
    """
    rows = changes[changes["derived_trade"] | changes["is_trade"]].sort_values(["season", "week", "player_name"])
    words = {True: "trade", False: "move"}
    derived, corrected = rows["derived_trade"].map(words), rows["is_trade"].map(words)
    what = pd.Series("unchanged", index=rows.index).mask(derived.ne(corrected), "added")
    out = rows.assign(derived=derived, corrected=corrected, what=what.mask(corrected.eq("move"), "taken out"))
    out = out.rename(columns={new: old for old, new in _NAMES.items()} | {"reported": "cause"})
    columns = ["season", "week", "player", "out_team", "in_team", "derived", "corrected", "what", "cause", "why"]
    return out[columns].reset_index(drop=True)
