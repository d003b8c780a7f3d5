"""Facts by play and game: plays, charting, pressures, snaps. All known on the Tuesday after the game, 06:00 ET."""

import pandas as pd

from workbench.clock import stats_known_at
from workbench.data.columns import Names, renamed
from workbench.data.teams import with_franchise_codes
from workbench.schema import CHARTING, PLAYS, PRESSURES, SNAPS, FactTable

_PLAY_NAMES: Names = {"no_huddle": ("no_huddle",), "was_pressure": ("was_pressure", "pressure")}
_CHARTING_NAMES: Names = {
    "game_id": ("nflverse_game_id", "game_id"),
    "play_id": ("nflverse_play_id", "play_id"),
    "no_huddle": ("is_no_huddle",),
    "play_action": ("is_play_action",),
    "motion": ("is_motion",),
    "blitzers": ("n_blitzers",),
    "pass_rushers": ("n_pass_rushers",),
}
_PRESSURE_NAMES: Names = {"player_name": ("pfr_player_name", "player_name", "player")}
_SNAP_NAMES: Names = {
    "player_name": ("player", "player_name"),
    "offense_share": ("offense_pct",),
    "defense_share": ("defense_pct",),
    "pfr_id": ("pfr_player_id", "pfr_id"),
}
#: FTN's place of the quarterback: shotgun, under centre, pistol. Anything else was not charted.
_SHOTGUN = {"S": True, "U": False, "P": True}


def plays(raw: pd.DataFrame, *, kickoffs: pd.DataFrame) -> pd.DataFrame:
    """Return the plays of one season."""
    out = renamed(raw, table=PLAYS, names=_PLAY_NAMES)
    out = with_franchise_codes(out, columns=("posteam", "defteam", "home_team", "away_team"))
    return _known_by_game(out, kickoffs=kickoffs)


def charting(raw: pd.DataFrame, *, kickoffs: pd.DataFrame) -> pd.DataFrame:
    """Return the charting of one season; a pistol counts as shotgun, a play without a quarterback as missing."""
    out = renamed(raw, table=CHARTING, names=_CHARTING_NAMES)
    if "qb_location" in raw.columns:
        out["shotgun"] = raw["qb_location"].map(_SHOTGUN)
    return _known_by_game(out, kickoffs=kickoffs)


def pressures(raw: pd.DataFrame, *, kickoffs: pd.DataFrame) -> pd.DataFrame:
    """Return pressures by game and passer of one season."""
    return _game_facts(raw, kickoffs=kickoffs, table=PRESSURES, names=_PRESSURE_NAMES)


def snaps(raw: pd.DataFrame, *, kickoffs: pd.DataFrame) -> pd.DataFrame:
    """Return snap counts by game and player of one season; shares lie between 0 and 1."""
    return _game_facts(raw, kickoffs=kickoffs, table=SNAPS, names=_SNAP_NAMES)


def _game_facts(raw: pd.DataFrame, *, kickoffs: pd.DataFrame, table: FactTable, names: Names) -> pd.DataFrame:
    out = with_franchise_codes(renamed(raw, table=table, names=names), columns=("team",))
    return _known_by_game(out, kickoffs=kickoffs)


def _known_by_game(facts: pd.DataFrame, *, kickoffs: pd.DataFrame) -> pd.DataFrame:
    """Date facts by their game; an unknown game leaves ``known_at`` missing, for the border to see."""
    if "game_id" not in facts.columns:
        return facts.assign(known_at=None)
    known = stats_known_at(kickoffs["kickoff_utc"]).set_axis(kickoffs["game_id"])
    return facts.assign(known_at=facts["game_id"].map(known))
