"""In which seasons each type of shock can be derived, and why not in others."""

from typing import Final, NamedTuple

import pandas as pd

from workbench.shocks.team_games import Tables, table_of


class Window(NamedTuple):
    """Seasons of one type: the tables it cannot do without, the seasons asked for, the reason of both ends."""

    tables: tuple[str, ...]
    first: int
    last: int
    reason: str


_SCHEDULE: Final = "the schedule holds every game with its date; what was moved after its release cannot be seen"
_REPORTS: Final = "needs weekly rosters, and injury reports or snap counts where they say more"
_DOME: Final = "the schedule names roof and stadium of every game"
_STARTERS: Final = (
    "the schedule names who started; causes from 2021 (reports), value gaps from 2003 (a season of stats)"
)
_LAST: Final = 9999
#: NFL seasons before these are not asked for, whatever a mirror holds.
WINDOWS: Final[dict[str, Window]] = {
    "bye": Window(("games",), 1999, _LAST, _SCHEDULE),
    "short_rest": Window(("games",), 1999, _LAST, _SCHEDULE),
    "long_rest": Window(("games",), 1999, _LAST, _SCHEDULE),
    "prime_time": Window(
        ("games",), 2000, _LAST, "1999 has no kick-off times; flexed games cannot be told from planned"
    ),
    "division_game": Window(("games",), 1999, _LAST, "the schedule marks games within a division"),
    "venue_change": Window(("games",), 1999, _LAST, _DOME),
    "dome_team_outdoors": Window(("games",), 1999, _LAST, _DOME),
    "wind": Window(
        ("games", "conditions"), 1999, _LAST, "one reading a game; 38 % of 2022 are without, more than roofs"
    ),
    "cold": Window(
        ("games", "conditions"), 1999, _LAST, "one reading a game; 38 % of 2022 are without, more than roofs"
    ),
    "precipitation": Window(("games", "weather"), 2000, 2020, "hourly observations are known for these seasons only"),
    "coaching_change": Window(("games", "starters"), 1999, _LAST, "the schedule names who coached, with known errors"),
    "quarterback_exit": Window(("games", "starters"), 1999, _LAST, _STARTERS),
    "quarterback_return": Window(("games", "starters"), 1999, _LAST, _STARTERS),
    "injury": Window(("games", "injuries", "rosters"), 2021, _LAST, "injury reports and weekly rosters start in 2021"),
    "injury_return": Window(("games", "injuries", "rosters"), 2021, _LAST, "injury reports and rosters start in 2021"),
    "trade_in": Window(("games", "rosters"), 2021, _LAST, _REPORTS),
    "trade_out": Window(("games", "rosters"), 2021, _LAST, _REPORTS),
    "move": Window(("games", "rosters"), 2021, _LAST, _REPORTS),
    "suspension": Window(("games", "rosters"), 2021, _LAST, _REPORTS),
    "suspension_return": Window(("games", "rosters"), 2021, _LAST, _REPORTS),
}


def shock_windows(tables: Tables) -> pd.DataFrame:
    """Return each type's seasons, clipped to those its facts cover.

    Returns
    -------
    DataFrame, one row a type
        ``type, first_season, last_season`` (null where a table is absent), ``reason``.
    """
    rows = []
    for name, window in WINDOWS.items():
        spans = [_span(tables, table) for table in window.tables]
        absent = [table for table, span in zip(window.tables, spans, strict=True) if span is None]
        held = [span for span in spans if span is not None]
        first = max([window.first, *(span[0] for span in held)])
        last = min([window.last, *(span[1] for span in held)])
        none = bool(absent) or first > last
        reason = f"cannot be derived: no {', '.join(absent)}" if absent else window.reason
        rows.append((name, None if none else first, None if none else last, reason))
    out = pd.DataFrame(rows, columns=["type", "first_season", "last_season", "reason"])
    return out.astype({"first_season": "Int64", "last_season": "Int64"})


def within_windows(events: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """Return the events of the seasons that their type can be derived for."""
    limits = windows.set_index("type")
    first, last = (events["type"].map(limits[name]) for name in ("first_season", "last_season"))
    inside = (events["season"].ge(first) & events["season"].le(last)).fillna(False).astype(bool)
    return events[inside].reset_index(drop=True)


def _span(tables: Tables, name: str) -> tuple[int, int] | None:
    frame = table_of(tables, name)
    return None if frame.empty else (int(frame["season"].min()), int(frame["season"].max()))
