"""The rows one question is answered from: its seasons, its treatment, and what is held beside it."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import Question
from workbench.stages.effects.treatments import AFTER, HELD, chosen_exposures, with_treatment, within

#: A cause that could not be derived.
_UNKNOWN: Final = "unknown"
#: Types that say what another type says: they would take its effect away.
_TWINS: Final = {"trade_in": ("move",), "trade_out": ("move",), "injury": ("injury_return",)}


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

    @property
    def signed(self) -> bool:
        """Whether the treatment is home minus away."""
        return self.question.kind != "game"


def question_rows(frames: EffectFrames, question: Question, *, late_only: bool = False) -> QuestionRows:
    """Return the games of a question's window with its treatment and controls; made once, then kept by the frames.

    Parameters
    ----------
    frames : EffectFrames
    question : Question
    late_only : bool
        Treat only events known between opener and close: what the opener could not know.
    """
    key = (question, late_only)
    if key not in frames.kept:
        frames.kept[key] = _made(frames, question, late_only=late_only)
    kept: QuestionRows = frames.kept[key]
    return kept


def _made(frames: EffectFrames, question: Question, *, late_only: bool) -> QuestionRows:
    first, last = question_window(frames, question)
    signed = question.kind != "game"
    beside = frames.held_signed if signed else frames.held_summed
    held = [HELD + kind for kind in held_types(frames, question, first=first, last=last) if HELD + kind in beside]
    inside = frames.games["season"].between(first, last)
    games = pd.concat([frames.games[inside], beside.loc[inside, held]], axis=1)
    mine = chosen_exposures(frames.exposures, question)
    rows = with_treatment(_with_eras(games) if signed else games, mine, question=question, late_only=late_only)
    rows = rows[rows[question.name].notna()].reset_index(drop=True)
    eras = [str(name) for name in rows.columns if str(name).startswith("home_in_")]
    controls = tuple(name for name in (*held, AFTER + question.name, *eras) if rows[name].nunique() > 1)
    used = within(mine[mine["horizon"].between(0, question.last_horizon)], rows)
    return QuestionRows(question, rows, controls, used["event_id"].nunique(), first, last)


def question_window(frames: EffectFrames, question: Question) -> tuple[int, int]:
    """Return the seasons a question can be asked of: its types' window, and for causes where these are known."""
    first, last = frames.window(question.types)
    if question.causes:
        events = frames.events[frames.events["type"].isin(question.types)]
        told = events.loc[events["cause"].ne(_UNKNOWN), "season"]
        if told.empty:
            return 1, 0
        untold = events.loc[events["season"].gt(told.max()), "season"]  # later events, none with a cause
        return max(first, int(told.min())), min([last, *(int(season) - 1 for season in untold)])
    return first, last


def held_types(frames: EffectFrames, question: Question, *, first: int, last: int) -> list[str]:
    """Return the other event types whose window covers these seasons, so that zero means none and never unknown."""
    windows = frames.database.windows.set_index("type")
    covers = windows.index[(windows["first_season"] <= first) & (windows["last_season"] >= last)]
    left_out = {twin for kind in question.types for twin in (kind, *_TWINS.get(kind, ()))}
    return [str(kind) for kind in covers if kind not in left_out]


def _with_eras(games: pd.DataFrame) -> pd.DataFrame:
    """Add home field by era, but for one era: the design's own home field is that one's."""
    names = sorted(games["era"].dropna().unique())[1:]
    at_home = (~games["neutral"]).astype("float64")
    return games.assign(**{f"home_in_{name}": at_home * games["era"].eq(name) for name in names})
