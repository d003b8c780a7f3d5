"""Shocks that stay for the season: event studies on games, and fired coaches beside like teams that kept theirs."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import pandas as pd

from workbench.causal.games.matching import matched_comparison
from workbench.causal.games.staggered_games import StaggeredDesign
from workbench.errors import ValidationError
from workbench.features.panels import team_week_panel
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.estimates import outcome_of
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import Question
from workbench.stages.effects.rows import question_window

#: Where a team stood before the season's event, by number asked: its market rating for the game itself; against a line
#: every team starts alike.
_PRIORS: Final = {"game": "market_rating", "after_close": ""}
#: Outcomes a matched comparison is made on, and the games after the firing that count.
_SPANS: Final = {"weeks 0 to 3": 3, "all remaining": None}


@dataclass(frozen=True, slots=True)
class Absorbed:
    """Answers on absorbing shocks.

    Attributes
    ----------
    estimates : DataFrame
        As from ``two_numbers``: the games of weeks 0 to 3.
    paths : DataFrame
        ``question, number, horizon, estimate, standard_error, low, high, n``.
    pre_trends : DataFrame
        ``question, number, statistic, p_value``.
    """

    estimates: pd.DataFrame
    paths: pd.DataFrame
    pre_trends: pd.DataFrame


def absorbing_effects(frames: EffectFrames, *, questions: Iterable[Question], cache: EstimateCache) -> Absorbed:
    """Run the event study of each absorbing question, on the game and after the close."""
    answers = [
        _studied(frames, question, number=number, cache=cache)
        for question in questions
        if question.kind == "absorbing"
        for number in _PRIORS
    ]
    paths = [pd.DataFrame(a["path"]).assign(question=a["question"], number=a["number"]) for a in answers if a["path"]]
    trends = [{"question": a["question"], "number": a["number"], **a["pre_trend"]} for a in answers if a["path"]]
    return Absorbed(
        estimates=pd.DataFrame([a["row"] for a in answers]),
        paths=pd.concat(paths, ignore_index=True) if paths else pd.DataFrame(columns=["question", "number", "horizon"]),
        pre_trends=pd.DataFrame(trends, columns=["question", "number", "statistic", "p_value"]),
    )


def absorbing_events(frames: EffectFrames, question: Question) -> pd.DataFrame:
    """Return the question's events as a design wants them: ``team, season, first_week``."""
    first, last = question_window(frames, question)
    events = frames.events[frames.events["type"].isin(question.types) & frames.events["season"].between(first, last)]
    if question.details:
        events = events[events["detail"].isin(question.details)]
    started = events.dropna(subset=["team", "week"])[["team", "season", "week"]]
    return started.rename(columns={"week": "first_week"}).astype({"season": "int64", "first_week": "int64"})


def _studied(frames: EffectFrames, question: Question, *, number: str, cache: EstimateCache) -> dict[str, Any]:
    first, last = question_window(frames, question)
    events, outcome = absorbing_events(frames, question), outcome_of(question, number)
    row: dict[str, Any] = {
        "question": question.name, "label": question.label, "kind": question.kind, "number": number,
        "outcome": outcome, "events": len(events), "first_season": first, "last_season": last, "why_not": "",
    }  # fmt: skip
    answer: dict[str, Any] = {"question": question.name, "number": number, "row": row, "path": [], "pre_trend": {}}
    if len(events) < 3:
        row["why_not"] = f"only {len(events)} events"
        return answer
    design = StaggeredDesign(outcome=outcome, prior=_PRIORS[number])
    columns = ["game_id", "season", "week", "home_team", "away_team", "neutral", outcome]
    columns += [f"{side}_{design.prior}" for side in ("home", "away") if design.prior]
    games = frames.games.loc[frames.games["season"].between(first, last), columns].reset_index(drop=True)
    games = games.dropna(subset=[c for c in columns if c != outcome]).reset_index(drop=True)

    def fit() -> Mapping[str, Any]:
        try:
            found = design.fit(games, events)
        except ValidationError as error:
            return {"why_not": str(error)}
        statistic, p_value = found.pre_trend
        trend = {"statistic": statistic, "p_value": p_value}
        return {"row": asdict(found.overall), "path": found.path.to_dict("records"), "pre_trend": trend}

    found = cache.get(f"{question.name}-{number}", fit, frames={"games": games, "events": events},
                      options={"design": str(design)})  # fmt: skip
    row.update(found.get("row", {}), why_not=found.get("why_not", ""))
    return answer | {"path": found.get("path", []), "pre_trend": found.get("pre_trend", {})}


def matched_firings(frames: EffectFrames, *, question: Question, cache: EstimateCache) -> pd.DataFrame:
    """Compare teams that changed their coach with like teams that did not.

    Returns
    -------
    DataFrame
        One row an outcome, span and way: ``outcome, span, way`` (naive, matched, adjusted) and the fields of
        ``Estimate``; no rows where too few events find a match.
    """
    first, last = question_window(frames, question)
    panel = team_week_panel(frames.games[frames.games["season"].between(first, last)])
    events = absorbing_events(frames, question).rename(columns={"first_week": "week"})
    needed = ["team", "season", "week", "margin", "margin_vs_close", "win_rate", "market_rating", "last4_residual"]
    panel = panel[needed].reset_index(drop=True)

    def compare() -> Mapping[str, Any]:
        rows = []
        for outcome in ("margin", "margin_vs_close"):
            for span, until in _SPANS.items():
                try:
                    found = matched_comparison(panel, events, outcome=outcome, last=until)
                except ValidationError:
                    continue  # fewer than two matches: the page says there is nothing to compare
                for way in ("naive", "matched", "adjusted"):
                    rows.append({"outcome": outcome, "span": span, "way": way, **asdict(getattr(found, way))})
        return {"rows": rows}

    found = cache.get("matched_firings", compare, frames={"panel": panel, "events": events}, options={})
    return pd.DataFrame(found["rows"])
