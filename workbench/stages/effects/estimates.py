"""Two numbers a shock: its effect on the game, and what is left after the line moved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.causal.games.game_design import GameDesign
from workbench.causal.games.ratio import two_numbers as joint_numbers
from workbench.causal.games.signed_strength import Strength
from workbench.causal.result import Estimate
from workbench.errors import ValidationError
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
    level: Strength = "sum" if question.kind == "game" else "team_season"
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
        lambda: fitted_or_refused(design, used),
        frames={"rows": used},
        options=asdict(design),
    )


def fitted_or_refused(design: GameDesign, rows: pd.DataFrame) -> dict[str, Any]:
    """Return the fields of an estimate, or under ``why_not`` why these games cannot give one."""
    try:
        return asdict(design.fit(rows))
    except ValidationError as error:  # early in a league's first season a treatment is told from nothing else
        return {"why_not": str(error)}


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


def unpriced_shares(frames: EffectFrames, *, questions: Iterable[Question], cache: EstimateCache) -> pd.DataFrame:
    """Return which share of each effect the close leaves, with Fieller's interval; one design for both numbers.

    Returns
    -------
    DataFrame
        ``question, label, share, share_low, share_high`` (infinite where the interval has no end), ``bounded``,
        ``priced`` (what the line moved by: effect less what is left, points) and ``games``.
    """
    rows = []
    for question in questions:
        asked = question_rows(frames, question)
        if question.kind == "absorbing" or _refusal(asked, "after_close"):
            continue
        design = design_for(asked, "game")
        outcomes = (outcome_of(question, "game"), outcome_of(question, "after_close"))
        used = asked.games[["season", "week", "home_team", "away_team", "neutral", *outcomes, question.name,
                            *asked.controls]]  # fmt: skip
        found = cache.get(
            f"share-{question.name}", lambda d=design, u=used, o=outcomes: _share(u, design=d, outcomes=o),  # type: ignore[misc]
            frames={"rows": used}, options=asdict(design) | {"outcomes": outcomes},
        )  # fmt: skip
        if found:
            rows.append({"question": question.name, "label": question.label, **found})
    columns = ["question", "label", "share", "share_low", "share_high", "bounded", "priced", "games"]
    return pd.DataFrame(rows, columns=columns)


def _share(rows: pd.DataFrame, *, design: GameDesign, outcomes: tuple[str, str]) -> dict[str, Any]:
    # Fieller's interval needs neither a bootstrap of each number nor of the share.
    plain = replace(design, inference="cluster", draws=1)
    try:
        found = joint_numbers(rows, treatment=design.treatment, design=plain, outcomes=outcomes)
    except ValidationError:  # as the estimate itself, which says why
        return {}
    ends = {"share_low": found.share_low, "share_high": found.share_high}
    return {
        "share": found.share, "bounded": found.bounded, "priced": found.effect.value - found.left_after_close.value,
        "games": found.effect.treated, **{name: end if np.isfinite(end) else None for name, end in ends.items()},
    }  # fmt: skip


def estimate_from(row: Mapping[str, Any]) -> Estimate:
    """Return the estimate a row holds."""
    return Estimate(**{name: row[name] for name in Estimate.__slots__})


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dictionaries with text keys."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
