"""Frames of effects made by hand, and simulated leagues as frames: no facts, no derivers, only what is composed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.data.demo.panel import PanelLeague
from workbench.features.panels.game import SIDE_COLUMNS
from workbench.shocks.database import ShockDatabase
from workbench.shocks.events import typed_events
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.treatments import held_columns

#: The simulated panel's names of shocks, and the events they are here: type, cause, detail. What is dealt by lot and
#: does nothing goes by a name of its own effect: a suspension that costs nothing.
AS_EVENTS: Mapping[str, tuple[str, str, str | None]] = {
    "quarterback_out": ("quarterback_exit", "injury", None),
    "player_out": ("injury", "injury", None),
    "trade_in": ("trade_in", "trade", None),
    "trade_out": ("trade_out", "trade", None),
    "bye": ("bye", "schedule", None),
    "short_rest": ("short_rest", "schedule", None),
    "coaching_change": ("coaching_change", "fired", "mid_season"),
    "fake_week": ("suspension", "suspension", None),
    "windy": ("wind", "weather", None),
    "precipitation": ("precipitation", "weather", None),
    "cold": ("cold", "weather", None),
    "division": ("division_game", "schedule", None),
    "night": ("prime_time", "schedule", None),
}

#: Columns of the game panel that a simulated panel leaves out.
NOT_DRAWN = ("open_source", "close_source", "open_instant_assumed", "precipitation_inches", "surface", "stadium")


def exposed(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Return exposures, one a mapping; what a mapping leaves out is a home team's first game of an event of one."""
    usual = {
        "type": "bye", "cause": "schedule", "detail": None, "season": 2020, "week": 1, "team": "A", "sign": 1,
        "horizon": 0, "dose": 1.0, "expected_severity": 0.5, "anticipation": "before_open", "position": None,
    }  # fmt: skip
    made = [{**usual, "event_id": f"e{number}", **row} for number, row in enumerate(rows)]
    return pd.DataFrame(made, columns=[*usual, "event_id", "game_id"])


def windows_of(spans: Mapping[str, tuple[int, int] | None]) -> pd.DataFrame:
    """Return windows by type; None cannot be derived."""
    rows = [(kind, *(span or (None, None)), "") for kind, span in spans.items()]
    frame = pd.DataFrame(rows, columns=["type", "first_season", "last_season", "reason"])
    return frame.astype({"first_season": "Int64", "last_season": "Int64"})


def hand_frames(
    games: pd.DataFrame, exposures: pd.DataFrame, *, spans: Mapping[str, tuple[int, int] | None]
) -> EffectFrames:
    """Return frames of these games and exposures; every event has its first exposure's words."""
    first = exposures.sort_values("horizon").drop_duplicates("event_id")
    database = ShockDatabase(typed_events(first), windows_of(spans), ())
    signed, summed = (held_columns(games, exposures, signed=way) for way in (True, False))
    return EffectFrames({}, database, exposures, games, held_signed=signed, held_summed=summed)


def pooled_frames(leagues: Sequence[PanelLeague]) -> EffectFrames:
    """Return several simulated leagues as one league's frames, their seasons one after another."""
    games, exposures = [], []
    for number, league in enumerate(leagues):
        years = int(league.games["season"].max()) - int(league.games["season"].min()) + 1
        for parts, frame in ((games, league.games), (exposures, league.exposures)):
            own = {"season": frame["season"] + number * years, "game_id": f"{number}-" + frame["game_id"]}
            parts.append(frame.assign(**own))
        exposures[-1]["event_id"] = f"{number}-" + exposures[-1]["event_id"]
    hit = pd.concat(exposures, ignore_index=True)
    hit = hit[hit["type"].isin(list(AS_EVENTS))].reset_index(drop=True)
    for place, name in enumerate(("type", "cause", "detail")):
        named = {kind: words[place] for kind, words in AS_EVENTS.items()}
        hit[f"told_{name}"] = hit["type"].map(named)
    hit[["type", "cause", "detail"]] = hit[["told_type", "told_cause", "told_detail"]].to_numpy()
    hit = hit.assign(expected_severity=0.5, position=None)
    whole = pd.concat(games, ignore_index=True)
    sides = [f"{side}_{name}" for side in ("home", "away") for name in SIDE_COLUMNS]
    told = [*whole.columns, *sides, *NOT_DRAWN]
    whole = whole.reindex(columns=list(dict.fromkeys(told)))
    span = (int(whole["season"].min()), int(whole["season"].max()))
    return hand_frames(whole, hit, spans={words[0]: span for words in AS_EVENTS.values()})


def realised(treatment: "pd.Series[float]", contributions: Sequence[np.ndarray[Any, Any]]) -> float:
    """Return what a treatment truly did per unit, from what its shock added to each game of each league."""
    given = treatment.to_numpy(dtype=float)
    return float(given @ np.concatenate(contributions)) / float(given @ given)
