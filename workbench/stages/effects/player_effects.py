"""What shocks do to players' yards against their projections."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import pandas as pd

from workbench.causal.games.game_design import GameDesign
from workbench.features.panels import player_week_panel
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.estimates import FEWEST_EVENTS, fitted_or_refused
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import Question
from workbench.stages.effects.rows import question_rows
from workbench.stages.effects.yards import YARDS, with_yards


def yards_effects(frames: EffectFrames, *, questions: Iterable[Question], cache: EstimateCache) -> pd.DataFrame:
    """Return one row a question and kind of yards.

    Returns
    -------
    DataFrame
        ``question, label, yards, what, events`` and the fields of ``Estimate``, in yards a player and game.
    """
    asked = [question for question in questions if question.yards]
    players = player_week_panel(frames.tables)
    if players.empty:
        return pd.DataFrame(columns=["question", "label", "yards", "what", "value", "low", "high"])
    known = players[["game_id", "season", "week", "team", "position", "passing_yards", "yards_vs_projection"]]
    return pd.DataFrame([row for q in asked for row in _question(frames, q, players=known, cache=cache)])


def _question(
    frames: EffectFrames, question: Question, *, players: pd.DataFrame, cache: EstimateCache
) -> list[dict[str, Any]]:
    rows = question_rows(frames, question)
    if rows.first_season > rows.last_season:
        return []
    games, out = with_yards(rows.games, players), []
    for kind, what in YARDS.items():
        outcome = f"{kind}_yards_{'gap' if rows.signed else 'both'}"
        design = GameDesign(outcome=outcome, treatment=question.name, controls=rows.controls, strength="none",
                            intercept="home" if rows.signed else "every_game")  # fmt: skip
        used = games.loc[games[outcome].notna(), ["season", "week", "home_team", "away_team", "neutral", outcome,
                                                  question.name, *rows.controls]].reset_index(drop=True)  # fmt: skip
        if used[question.name].ne(0).sum() < FEWEST_EVENTS:
            continue
        found = cache.get(f"{question.name}-{kind}", lambda d=design, u=used: fitted_or_refused(d, u),  # type: ignore[misc]
                          frames={"rows": used}, options=asdict(design))  # fmt: skip
        if "why_not" in found:
            continue
        head = {"question": question.name, "label": question.label, "yards": kind, "what": what, "events": rows.events}
        out.append(head | found)
    return out
