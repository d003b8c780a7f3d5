"""Whether a shock was known before the opener, between opener and close, or not known when.

Only the middle class can move a line after it was opened. An opener without a time stamp is taken as Tuesday 06:00 ET
of the game's week, the close as kick-off.
"""

from typing import Final

import pandas as pd

from workbench.clock import decision_instants
from workbench.shocks.team_games import Tables, table_of

#: What became known longer than this before the opener was known before it wherever the opener really stood.
SAFE_LEAD: Final = pd.Timedelta(days=9)


def opener_instants(tables: Tables) -> pd.DataFrame:
    """Return when each game's spread was opened and closed.

    Returns
    -------
    DataFrame, index ``game_id``
        ``opened_at``, ``closed_at`` (UTC) and ``assumed``: the opener carries no time stamp.
    """
    games = table_of(tables, "games")
    out = pd.DataFrame(
        {"opened_at": decision_instants(games["kickoff_utc"], decide_at="open"), "closed_at": games["kickoff_utc"]}
    ).set_index(pd.Index(games["game_id"], name="game_id"))
    quotes = table_of(tables, "quotes")
    if quotes.empty:
        return out.assign(assumed=True)
    stamped = quotes[quotes["kind"].eq("open") & quotes["market"].eq("spread") & ~quotes["instant_assumed"]]
    first = stamped.groupby("game_id")["recorded_at"].min().reindex(out.index)
    return out.assign(opened_at=first.fillna(out["opened_at"]), assumed=first.isna())


def with_anticipation(
    events: pd.DataFrame, instants: pd.DataFrame, *, bound: "pd.Series[bool] | None" = None
) -> pd.DataFrame:
    """Return events with ``anticipation``; one that leans on an assumed opener is of quality ``assumed``.

    Parameters
    ----------
    events : DataFrame
        With ``game_id`` and ``known_at``.
    instants : DataFrame
        From ``opener_instants``.
    bound : Series of bool, optional
        Where ``known_at`` is only the latest plausible instant: such an event is before the opener or unknown.
    """
    at = instants.reindex(events["game_id"])
    known = events["known_at"]
    opened, closed = at["opened_at"].set_axis(events.index), at["closed_at"].set_axis(events.index)
    before = known.le(opened)
    between = known.gt(opened) & known.le(closed)
    if bound is not None:
        between &= ~bound
    words = pd.Series("unknown", index=events.index).mask(before, "before_open").mask(between, "open_to_close")
    leaning = at["assumed"].eq(True).set_axis(events.index) & known.gt(opened - SAFE_LEAD)
    quality = events["quality"].mask(leaning & words.ne("unknown") & events["quality"].ne("disputed"), "assumed")
    return events.assign(anticipation=words.astype("str"), quality=quality.astype("str"))
