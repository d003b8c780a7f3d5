"""Events that somebody read by eye against the facts behind them, and whether each was right.

``checked_sample.csv`` holds what the builders read: a hundred events drawn by ``ShockDatabase.checking_sample``. Each
row carries a mark of what its event claimed when it was read, so that an event that has since changed counts as changed
and not as right.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

import pandas as pd

#: What an event claims, beside what its id says: type, season, week, team or game, player.
CLAIMED: Final = ("cause", "detail", "replaced_by", "known_at", "anticipation", "dose", "realised_games")
_DOSE_DIGITS: Final = 2
_MARK_LETTERS: Final = 10


@dataclass(frozen=True, slots=True)
class Checked:
    """What was read by eye.

    Attributes
    ----------
    rows : DataFrame, one row an event that still claims what was read
        ``event_id, type, right`` (bool) and ``why``.
    changed : int
        Events read that are not among the events any more, or claim something else by now.
    who, date : str
        Who read them, and when; empty where not said.
    """

    rows: pd.DataFrame
    changed: int
    who: str = ""
    date: str = ""

    def by_type(self) -> pd.DataFrame:
        """Return ``type, read, right`` (counts), one row a type, ordered by name."""
        grouped = self.rows.groupby("type")["right"]
        return pd.DataFrame({"read": grouped.size(), "right": grouped.sum()}).reset_index()


@cache
def _read_by_builders() -> pd.DataFrame:
    with files("workbench.shocks").joinpath("checked_sample.csv").open(encoding="utf-8") as text:
        return pd.read_csv(text, dtype="str")


def read_by_builders() -> pd.DataFrame:
    """Return the hundred events that the builders read: ``event_id, claim, right`` (yes, no), ``why, who, date``."""
    return _read_by_builders().copy()


def claim_marks(events: pd.DataFrame) -> "pd.Series[str]":
    """Return a short mark of what each event claims: equal claims, equal marks.

    Parameters
    ----------
    events : DataFrame
        With ``event_id`` and ``CLAIMED``.
    """
    shown = events[["event_id", *CLAIMED]].assign(
        known_at=events["known_at"].dt.strftime("%Y-%m-%dT%H:%M"),
        dose=events["dose"].astype("Float64").round(_DOSE_DIGITS),
    )
    words = shown.astype("str").fillna("").replace({"<NA>": "", "nan": "", "None": "", "NaT": ""})
    texts = words.agg("|".join, axis=1) if len(words) else pd.Series(dtype="str")
    return texts.map(lambda text: sha256(text.encode()).hexdigest()[:_MARK_LETTERS]).astype("str")


def checked_events(events: pd.DataFrame, marked: pd.DataFrame) -> Checked:
    """Return which of the events that were read still stand as read.

    Parameters
    ----------
    events : DataFrame
        An event table.
    marked : DataFrame
        ``event_id, right`` (yes or no), and where known ``claim, why, who, date``.
    """
    own = events[["event_id", "type"]].assign(now=claim_marks(events))
    both = marked.reindex(columns=["event_id", "claim", "right", "why", "who", "date"]).merge(own, on="event_id")
    same = both[both["claim"].isna() | both["claim"].eq(both["now"])]
    rows = same.assign(right=same["right"].eq("yes"))[["event_id", "type", "right", "why"]].reset_index(drop=True)
    said = {name: ", ".join(sorted(set(marked.get(name, pd.Series(dtype="str")).dropna()))) for name in ("who", "date")}
    return Checked(rows, changed=len(marked) - len(rows), **said)
