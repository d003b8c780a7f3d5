"""Which estimates survive their checks."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.causal.checks.multiple_testing import multiple_testing
from workbench.causal.checks.run import Checked, CheckPlan, run_checks
from workbench.causal.result import Estimate
from workbench.errors import ValidationError
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.estimates import design_for, estimate_from, records
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import QUESTIONS, Question
from workbench.stages.effects.rows import QuestionRows, question_rows
from workbench.stages.effects.treatments import HELD

#: Which placebo outcome each kind of question has: settled before the game.
PLACEBO_OUTCOMES: Final[Mapping[str, tuple[str, ...]]] = {"team": ("last4_gap",), "game": ("last_totals",)}
#: What a hidden confounder is compared with: the strongest other shocks held, where they are.
BENCHMARKS: Final = (HELD + "quarterback_exit", HELD + "wind", HELD + "bye")
CHECK_COLUMNS: Final = ("question", "number", "check", "verdict", "sentence", "survives", "summary")


def with_placebo_outcomes(games: pd.DataFrame) -> pd.DataFrame:
    """Return the games with ``last4_gap`` and ``last_totals``: what was settled before kick-off.

    The gap in the two teams' mean residuals of their last four games, home less away; and the sum of what the two
    teams' last games went over the total.
    """
    sides = pd.concat(
        [games[["game_id", "kickoff_utc", "total_vs_close"]].assign(team=games[f"{side}_team"], side=side)
         for side in ("home", "away")]
    )  # fmt: skip
    ordered = sides.sort_values("kickoff_utc", kind="stable")
    before = ordered.assign(last=ordered.groupby("team")["total_vs_close"].shift())
    wide = before.pivot(index="game_id", columns="side", values="last")
    return games.assign(
        last4_gap=games["home_last4_residual"] - games["away_last4_residual"],
        last_totals=games["game_id"].map(wide["home"] + wide["away"]),
    )


def check_estimates(
    frames: EffectFrames, estimates: pd.DataFrame, *, cache: EstimateCache, plan: CheckPlan, seed: int
) -> pd.DataFrame:
    """Check every estimate of the family, on the game and after the close.

    Parameters
    ----------
    frames : EffectFrames
    estimates : DataFrame
        From ``two_numbers``.
    cache : EstimateCache
    plan : CheckPlan
        How long each check runs.
    seed : int

    Returns
    -------
    DataFrame
        ``CHECK_COLUMNS``: one row an estimate and check; multiple testing is over the family of each number.
    """
    lines: list[dict[str, Any]] = []
    known = estimates[estimates["why_not"].eq("")]
    for number in ("game", "after_close"):
        asked = {q.name: q for q in QUESTIONS if q.family}
        mine = known[known["number"].eq(number) & known["question"].isin(list(asked))]
        family = {str(row["question"]): estimate_from(row) for row in records(mine)}
        for name, estimate in family.items():
            rows = question_rows(frames, asked[name])
            games = _once(frames, rows)
            results = _single(rows, games, number=number, estimate=estimate, cache=cache, plan=plan, seed=seed)
            tested = multiple_testing(family, member=name)
            lines += _lines(results, tested=(tested.name, tested.verdict, tested.sentence), name=name, number=number,
                            estimate=estimate)  # fmt: skip
    return pd.DataFrame(lines, columns=list(CHECK_COLUMNS))


def _once(frames: EffectFrames, rows: QuestionRows) -> pd.DataFrame:
    """Return a question's games with their placebo outcomes, the same for each number."""
    key = ("placebo outcomes", rows.question)
    if key not in frames.kept:
        frames.kept[key] = with_placebo_outcomes(rows.games)
    kept: pd.DataFrame = frames.kept[key]
    return kept


def _single(
    rows: QuestionRows,
    games: pd.DataFrame,
    *,
    number: str,
    estimate: Estimate,
    cache: EstimateCache,
    plan: CheckPlan,
    seed: int,
) -> list[dict[str, str]]:
    """Return the checks that need this estimate alone, from the cache where its rows are as they were."""
    question, design = rows.question, design_for(rows, number)
    needed = ["game_id", "season", "week", "home_team", "away_team", "neutral", design.outcome, design.treatment,
              *design.controls, *PLACEBO_OUTCOMES[_kind(question)]]  # fmt: skip
    used = games.loc[games[design.outcome].notna(), needed].reset_index(drop=True)

    def run() -> dict[str, Any]:
        rng = np.random.default_rng([seed, len(question.name), NUMBER_STREAMS[number]])
        try:
            done: Checked = run_checks(design, used, rng=rng, name=question.label, plan=_plan(plan, rows),
                                       estimate=estimate)  # fmt: skip
        except ValidationError as error:  # the games carry the estimate but no variant of it
            return {"results": [{"check": "all checks", "verdict": "cannot say", "sentence": str(error)}]}
        return {"results": [{"check": r.name, "verdict": r.verdict, "sentence": r.sentence} for r in done.results]}

    options = {"plan": asdict(plan), "design": str(design), "seed": seed}
    found = cache.get(f"checks-{question.name}-{number}", run, frames={"rows": used}, options=options)
    return list(found["results"])


#: Each number draws from a stream of its own.
NUMBER_STREAMS: Final = {"game": 1, "after_open": 2, "after_close": 3}


def _kind(question: Question) -> str:
    return "game" if question.kind == "game" else "team"


def _plan(plan: CheckPlan, rows: QuestionRows) -> CheckPlan:
    question = rows.question
    return replace(
        plan,
        placebo_outcomes=PLACEBO_OUTCOMES[_kind(question)],
        sides="both" if question.kind == "game" else "difference",
        benchmarks=tuple(name for name in BENCHMARKS if name in rows.controls),
    )


def _lines(
    results: list[dict[str, str]], *, tested: tuple[str, str, str], name: str, number: str, estimate: Estimate
) -> list[dict[str, Any]]:
    whole = [*results, dict(zip(("check", "verdict", "sentence"), tested, strict=True))]
    failed = [line["check"] for line in whole if line["verdict"] == "fails"]
    summary = f"fails {', '.join(failed)}" if failed else "no check fails"
    return [{"question": name, "number": number, **line, "survives": not failed, "summary": summary} for line in whole]
