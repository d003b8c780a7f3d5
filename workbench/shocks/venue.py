"""Home games away from home, and teams of a roofed stadium in the open."""

from typing import Final

import pandas as pd

from workbench.shocks.events import empty_events
from workbench.shocks.team_games import Tables, as_events, known_by_kick_off, table_of, team_games

#: Where the schedule's stadium stands abroad.
ABROAD: Final = (
    "Wembley Stadium", "Twickenham Stadium", "Tottenham Stadium", "Tottenham Hotspur Stadium", "Allianz Arena",
    "Deutsche Bank Park", "Azteca Stadium", "Estadio Azteca", "Rogers Centre", "Arena Corinthians",
)  # fmt: skip
#: Two names of one ground within one season.
RENAMED: Final = {"Lumen Field": "CenturyLink Field"}
ROOFED: Final = ("dome", "closed")
#: A ground is a team's own if more than this share of its home games is played there; else last season's holds.
OWN_SHARE: Final = 0.5


def venue_events(tables: Tables) -> pd.DataFrame:
    """Return venue changes and roofed teams in the open as events; empty where the schedule names no stadium."""
    games = table_of(tables, "games")
    if games.empty or "stadium" not in games.columns or games["stadium"].isna().all():
        return empty_events()
    rows = team_games(games)
    rows = rows.assign(stadium=rows["stadium"].replace(RENAMED))
    rows = rows.merge(own_grounds(rows), on=["team", "season"], how="left")
    return pd.concat([_venue_changes(rows), _dome_teams_outdoors(rows)], ignore_index=True)


def own_grounds(rows: pd.DataFrame) -> pd.DataFrame:
    """Return where each team is at home.

    Returns
    -------
    DataFrame, one row a team and season
        ``own_stadium`` (null where no ground holds more than half of the home games, this season or the last) and
        ``own_roofed``: the share of games there under a roof.
    """
    home = rows[rows["is_home"] & rows["game_type"].eq("REG") & ~rows["neutral"]]
    count = home.groupby(["team", "season", "stadium"]).size().rename("n").reset_index()
    whole = count.groupby(["team", "season"])["n"].transform("sum")
    main = count[count["n"].gt(OWN_SHARE * whole)].set_index(["team", "season"])["stadium"]
    keys = home.set_index(["team", "season"]).index.unique().sort_values()
    own = main.reindex(keys).groupby(level="team").ffill().rename("own_stadium").reset_index()
    there = home.merge(own, on=["team", "season"])
    there = there[there["stadium"].eq(there["own_stadium"]) & there["roof"].notna()]
    roofed = there["roof"].isin(ROOFED).groupby([there["team"], there["season"]]).mean()
    return own.merge(roofed.rename("own_roofed").reset_index(), on=["team", "season"], how="left")


def _venue_changes(rows: pd.DataFrame) -> pd.DataFrame:
    """Home games (but the final, which is nobody's) abroad, on neutral ground, or at another stadium than the own.

    Games abroad are known from the schedule's release, the others, which no report dates, at kick-off at the latest.
    """
    elsewhere = rows["stadium"].ne(rows["own_stadium"]) & rows["own_stadium"].notna() & rows["stadium"].notna()
    lost = rows[rows["is_home"] & rows["game_type"].ne("SB") & (rows["neutral"] | elsewhere)]
    detail = pd.Series("moved", index=lost.index).mask(lost["neutral"], "neutral")
    detail = detail.mask(lost["stadium"].isin(ABROAD), "abroad")
    abroad = detail.eq("abroad")
    events = lost.assign(
        detail=detail,
        known_at=lost["known_at"].where(abroad),
        source_rows=lost["game_id"],
        quality=abroad.map({True: "sourced", False: "derived"}),
        last_week=lost["week"],
        note=lost["team"] + " at home in " + lost["stadium"].fillna("an unnamed stadium") + ", usually "
        + lost["own_stadium"].fillna("elsewhere") + ".",
    )  # fmt: skip
    return _single(known_by_kick_off(events), kind="venue_change")


def _dome_teams_outdoors(rows: pd.DataFrame) -> pd.DataFrame:
    roofed = rows["own_roofed"].gt(OWN_SHARE)
    open_air = rows[roofed & rows["roof"].eq("outdoors") & rows["stadium"].ne(rows["own_stadium"])]
    events = open_air.assign(
        detail=open_air["game_type"].eq("REG").map({True: None, False: "play-offs"}),
        source_rows=open_air["game_id"],
        quality="derived",
        last_week=open_air["week"],
        note=open_air["team"] + ", at home under the roof of " + open_air["own_stadium"] + ", outdoors in "
        + open_air["stadium"].fillna("an unnamed stadium") + ".",
    )  # fmt: skip
    return _single(events, kind="dome_team_outdoors")


def _single(rows: pd.DataFrame, *, kind: str) -> pd.DataFrame:
    return as_events(
        rows, type=kind, cause="schedule", dose=1.0, dose_unit="games", expected_severity=1.0, realised_games=1,
        source_table="games", anticipation="unknown",
    )  # fmt: skip
