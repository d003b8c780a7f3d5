"""What every question of effects is answered from: events, their exposures, and the panel of games."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from workbench.clock import AsOf
from workbench.features.panels import game_panel
from workbench.shocks.database import ShockDatabase, derive_events
from workbench.shocks.exposure import exposures as exposed
from workbench.stages.effects.treatments import held_columns

_WHOLE: Final = (
    "games", "results", "starters", "conditions", "quotes", "player_weeks", "injuries", "rosters", "snaps", "weather",
)  # fmt: skip
#: Of the plays only what efficiency needs: half a million rows with sixty columns would be read for two numbers a game.
_PLAYS: Final = ("game_id", "season", "week", "posteam", "play_type", "down", "epa")


@dataclass(frozen=True, slots=True)
class EffectFrames:
    """Everything an answer may rest on, as it was known at one instant.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        Fact tables by name.
    database : ShockDatabase
        Events, windows, notes.
    exposures : DataFrame
        One row an event and affected game that was played.
    games : DataFrame
        The game panel.
    held_signed, held_summed : DataFrame, index of ``games``
        One column an event type: home minus away, and the sum of both.
    kept : dict
        What was made from these frames and is asked for again: the rows of each question.
    """

    tables: Mapping[str, pd.DataFrame]
    database: ShockDatabase
    exposures: pd.DataFrame
    games: pd.DataFrame
    held_signed: pd.DataFrame
    held_summed: pd.DataFrame
    kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def events(self) -> pd.DataFrame:
        """The shock events."""
        return self.database.events

    def window(self, types: Sequence[str]) -> tuple[int, int]:
        """Return the seasons in which all of some event types can be derived; first above last where there are none."""
        windows = self.database.windows.set_index("type")
        mine = windows.loc[list(types)]
        if mine["first_season"].isna().any():
            return 1, 0
        return int(mine["first_season"].max()), int(mine["last_season"].min())


def effect_frames(view: AsOf, *, seasons: Sequence[int] | None = None) -> EffectFrames:
    """Derive events and panels from what a view knows.

    Parameters
    ----------
    view : AsOf
        Nothing later than its instant comes in.
    seasons : sequence of int, optional
        Default: all.
    """
    tables = {name: view.table(name, seasons=seasons) for name in _WHOLE}
    tables["plays"] = view.table("plays", columns=_PLAYS, seasons=seasons)
    games = game_panel(tables)
    database = derive_events(tables)
    told = database.events[["event_id", "position"]]
    hit = exposed(database.events, tables["games"]).merge(told, on="event_id", how="left", validate="m:1")
    played = hit[hit["game_id"].isin(set(games["game_id"]))].reset_index(drop=True)
    signed, summed = (held_columns(games, played, signed=way) for way in (True, False))
    return EffectFrames(tables, database, played, games, held_signed=signed, held_summed=summed)
