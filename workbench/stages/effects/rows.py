"""The rows one question is answered from: its seasons, its treatment, and what is held beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from workbench.shocks.events import ABSORBING
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import Question
from workbench.stages.effects.treatments import AFTER, chosen_exposures, control_columns, with_treatments

#: Other shocks held beside a question's own, where their window covers the question's.
_HELD: Final = (
    "quarterback_exit", "quarterback_return", "injury", "suspension", "bye", "short_rest", "long_rest",
    "dome_team_outdoors", "venue_change", "prime_time", "division_game", "wind", "precipitation", "cold", *ABSORBING,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuestionRows:
    """Games with a question's treatment and controls.

    Attributes
    ----------
    question : Question
    games : DataFrame
        The panel's columns, the treatment (named as the question) and the controls.
    controls : tuple of str
    events : int
        Events whose exposure counts as treatment.
    first_season, last_season : int
        First above last where the type cannot be derived at all.
    """

    question: Question
    games: pd.DataFrame
    controls: tuple[str, ...]
    events: int
    first_season: int
    last_season: int


def question_rows(frames: EffectFrames, question: Question, *, late_only: bool = False) -> QuestionRows:
    """Return the games of a question's window with its treatment and controls.

    Parameters
    ----------
    frames : EffectFrames
    question : Question
    late_only : bool
        Treat only events known between opener and close: what the opener could not know.
    """
    first, last = frames.window(question.types)
    games = frames.games[frames.games["season"].between(first, last)]
    signed = question.kind != "game"
    treated = with_treatments(games, frames.exposures, questions=(question,), late_only=late_only)
    held = held_types(frames, question, first=first, last=last)
    rows = control_columns(treated, frames.exposures, types=held, signed=signed)
    rows = _with_eras(rows) if signed else rows
    rows = rows[rows[question.name].notna()].reset_index(drop=True)
    names = (
        [f"control_{kind}" for kind in held] + [AFTER + question.name] + [c for c in rows if c.startswith("home_in_")]
    )
    mine = chosen_exposures(frames.exposures, question)
    used = mine[mine["horizon"].between(0, question.last_horizon) & mine["game_id"].isin(rows["game_id"])]
    return QuestionRows(question, rows, _varying(rows, names), used["event_id"].nunique(), first, last)


def held_types(frames: EffectFrames, question: Question, *, first: int, last: int) -> list[str]:
    """Return the other event types whose window covers these seasons, so that zero means none and never unknown."""
    windows = frames.database.windows.set_index("type")
    covers = windows.index[(windows["first_season"] <= first) & (windows["last_season"] >= last)]
    return [kind for kind in _HELD if kind in covers and kind not in question.types]


def _with_eras(games: pd.DataFrame) -> pd.DataFrame:
    """Add home field by era, but for one era: the design's own home field is that one's."""
    names = sorted(games["era"].dropna().unique())[1:]
    at_home = (~games["neutral"]).astype("float64")
    return games.assign(**{f"home_in_{name}": at_home * games["era"].eq(name) for name in names})


def _varying(games: pd.DataFrame, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in games and games[name].nunique() > 1)
