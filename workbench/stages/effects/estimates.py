"""Two numbers a shock: its effect on the game, and what is left after the line moved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import pandas as pd

from workbench.causal.game_design import GameDesign
from workbench.causal.result import Estimate
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import Question
from workbench.stages.effects.rows import QuestionRows, question_rows

#: Which number an outcome is: of the game, left after the opener, left after the close.
NUMBERS: Final = ("game", "after_open", "after_close")
_OUTCOMES: Final[Mapping[str, Mapping[str, str]]] = {
    "team": {"game": "margin", "after_open": "margin_vs_open", "after_close": "margin_vs_close"},
    "game": {"game": "total", "after_open": "total_vs_open", "after_close": "total_vs_close"},
}
#: Fewer events than this are counted, not estimated.
FEWEST_EVENTS: Final = 8


def outcome_of(question: Question, number: str) -> str:
    """Return the panel's column that a number of a question is about."""
    return _OUTCOMES["game" if question.kind == "game" else "team"][number]


def design_for(rows: QuestionRows, number: str) -> GameDesign:
    """Return the regression that answers one number of a question."""
    question = rows.question
    level = "sum" if question.kind == "game" else "team_season"
    return GameDesign(
        outcome=outcome_of(question, number),
        treatment=question.name,
        controls=rows.controls,
        strength=level if number == "game" else "none",
        intercept="every_game" if question.kind == "game" else "home",
    )


def two_numbers(
    frames: EffectFrames, *, questions: Iterable[Question], cache: EstimateCache, numbers: Sequence[str] = NUMBERS
) -> pd.DataFrame:
    """Return one row a question and number.

    Returns
    -------
    DataFrame
        ``question, label, kind, number, outcome, first_season, last_season, events``, the fields of ``Estimate``, and
        ``why_not``: why there is no estimate, where there is none.
    """
    return pd.DataFrame(
        [
            _answered(frames, question, number=number, cache=cache)
            for question in questions
            if question.kind != "absorbing"
            for number in numbers
        ]
    )


def _answered(frames: EffectFrames, question: Question, *, number: str, cache: EstimateCache) -> dict[str, Any]:
    rows = question_rows(frames, question, late_only=number == "after_open")
    row: dict[str, Any] = {
        "question": question.name, "label": question.label, "kind": question.kind, "number": number,
        "outcome": outcome_of(question, number), "events": rows.events,
        "first_season": rows.first_season, "last_season": rows.last_season, "why_not": _refusal(rows, number),
    }  # fmt: skip
    if row["why_not"]:
        return row
    design = design_for(rows, number)
    used = rows.games[["game_id", "season", "week", "home_team", "away_team", "neutral", design.outcome,
                       design.treatment, *design.controls]]  # fmt: skip
    return row | cache.get(
        f"{question.name}-{number}",
        lambda: asdict(design.fit(used)),
        frames={"rows": used},
        options=asdict(design),
    )


def _refusal(rows: QuestionRows, number: str) -> str:
    question, games = rows.question, rows.games
    if rows.first_season > rows.last_season:
        return "cannot be derived from these facts"
    known = games[games[outcome_of(question, number)].notna() & games[question.name].ne(0)]
    if number == "after_open" and known.empty:
        return "no event became known between opener and close"
    if len(known) < FEWEST_EVENTS:
        return f"only {len(known)} games with the outcome"
    return ""


def estimate_from(row: Mapping[str, Any]) -> Estimate:
    """Return the estimate a row holds."""
    return Estimate(**{name: row[name] for name in Estimate.__slots__})
