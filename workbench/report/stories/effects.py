"""What the treatment effects page says and draws; its tables: ``stories.effect_tables``."""

from typing import Any, Final

import pandas as pd

from workbench.causal.graph.catalogue import graph_of
from workbench.causal.graph.estimands import identified
from workbench.report.drawing import Finding
from workbench.report.figures.causal_graph import causal_graph_figure
from workbench.report.figures.effect_groups import library_figure
from workbench.report.figures.effects import claims_figure, two_numbers_figure
from workbench.report.figures.event_study import event_path
from workbench.report.figures.shock_counts import shock_counts_figure, survival_figure
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing
from workbench.report.stories.frame import as_of_words
from workbench.stages.effects.estimates import records
from workbench.stages.effects.questions import QUESTIONS, question_named
from workbench.stages.effects.week import Effects

_SIGNIFICANT: Final = 0.05
NUMBER_WORDS: Final = {"game": "on the game", "after_open": "after the open", "after_close": "after the close"}
_COLUMNS: Final = {"game": "effect", "after_open": "left_open", "after_close": "left_close"}


def findings(result: Effects) -> list[str]:
    """Return what the close leaves, what shocks do, what does not stand and what could not be seen."""
    said = (_coaches(result), _left(result), _largest(result), _fallen(result), _unseen(result))
    return [sentence for sentence in said if sentence]


def numbers(result: Effects) -> list[KeyNumber]:
    """Return the strip."""
    strip = [KeyNumber("Events derived", float(result.counts["n"].sum()) if len(result.counts) else 0.0, digits=0)]
    if len(result.checks):
        strip.append(
            KeyNumber("Estimates no check fails", float(_survivors(result, "game").mean()), unit="%", digits=0)
        )
    for label, question, number in (
        ("Quarterback out, game", "quarterback_injury", "game"),
        ("Quarterback out, left", "quarterback_injury", "after_close"),
        ("Bye week, game", "bye", "game"),
        ("Bye week, left", "bye", "after_close"),
    ):
        row = row_of(result, question, number)
        if row is not None:
            strip.append(KeyNumber(label, row["value"], row["low"], row["high"], unit="points", signed=True))
    return strip


def status(result: Effects) -> str:
    """Return the page's status word."""
    return "complete" if result.estimates["why_not"].eq("").any() else "waiting"


# --- sentences -----------------------------------------------------------------------------------------------------
def _coaches(result: Effects) -> str:
    rows = result.firings
    if rows.empty:
        return ""
    mine = rows[rows["outcome"].eq("margin_vs_close") & rows["span"].eq("weeks 0 to 3")].set_index("way")
    if not {"naive", "adjusted"} <= set(mine.index):
        return ""
    naive, like = (_said(mine.loc[way]) for way in ("naive", "adjusted"))
    return (
        f"Teams that replace their coach do {naive} better against the close than before; held against teams that "
        f"stood as badly and kept theirs it is {like}."
    )


def _left(result: Effects) -> str:
    standing = _family(result, "after_close")
    standing = standing[standing["p_value"].lt(_SIGNIFICANT) & standing["survives"]]
    if standing.empty:
        return (
            "After the closing line nothing is left that is told apart from zero and passes its checks: the market "
            "knows what shocks do, or the games are too few to say."
        )
    order = standing.reindex(standing["value"].abs().sort_values(ascending=False).index)
    words = [f"{row['label'].lower()} {_said(row)}{_oracle(row['question'])}" for row in records(order)]
    return f"After the close this is left, and no check speaks against it: {listing(words, most=4)}."


def _largest(result: Effects) -> str:
    standing = _family(result, "game")
    standing = standing[standing["p_value"].lt(_SIGNIFICANT) & standing["survives"]]
    if standing.empty:
        return "No effect on the game itself stands apart from zero with every check passed."
    top = standing.loc[standing["value"].abs().sort_values().index[-1]]
    left = row_of(result, str(top["question"]), "after_close")
    rest = "" if left is None else f"; after the close {_said(left)} remain"
    return f"The largest effect on a game that stands: {str(top['label']).lower()}, {_said(top)}{rest}."


def _fallen(result: Effects) -> str:
    if result.checks.empty:
        return "Nothing could be checked yet."
    failing = _family(result, "game")
    names = [str(label).lower() for label in failing.loc[~failing["survives"], "label"]]
    if not names:
        return f"None of {count(len(failing), 'estimate')} on the game fails a check."
    fail = "fails" if len(names) == 1 else "fail"
    return f"Of {count(len(failing), 'estimate')} on the game {len(names)} {fail} a check: {listing(names, most=5)}."


def _unseen(result: Effects) -> str:
    table = result.power[result.power["number"].eq("game")] if len(result.power) else result.power
    table = table[table["estimate"].isin([q.label for q in QUESTIONS if q.unit != "dose"])]
    blind = table[~table["seen"].astype(bool)] if len(table) else table
    if blind.empty:
        return ""
    return (
        f"Three points would often go unseen for {count(len(blind), 'shock')}: "
        f"{listing([str(label).lower() for label in blind['estimate']], most=4)}."
    )


def _said(row: Any) -> str:
    return estimate(row["value"], row["low"], row["high"], unit="points", signed=True)


def _oracle(question: str) -> str:
    return " (weather as observed, not as forecast)" if question_named(question).oracle else ""


# --- figures -------------------------------------------------------------------------------------------------------
def two_numbers(result: Effects, *, kind: str) -> Finding:
    """Draw the effects on the game beside what the line leaves: of shocks to one team, or to both."""
    kinds = ("game",) if kind == "game" else ("team", "absorbing")
    asked = [q.name for q in QUESTIONS if q.kind in kinds and q.unit != "dose"]
    rows = result.estimates[result.estimates["why_not"].eq("") & result.estimates["question"].isin(asked)]
    frame = pd.DataFrame({"label": [], "n": []})
    if len(rows):
        wide = rows.pivot(index="question", columns="number", values=["value", "low", "high"])
        frame = pd.DataFrame({"label": [question_named(str(name)).label for name in wide.index]}, index=wide.index)
        frame["n"] = rows[rows["number"].eq("game")].groupby("question")["treated"].first()
        for number, name in _COLUMNS.items():
            for end, suffix in (("value", ""), ("low", "_low"), ("high", "_high")):
                have = (end, number) in wide.columns
                frame[name + suffix] = wide[end, number].astype("float64") if have else float("nan")
        frame = frame.dropna(subset=["effect", "n"]).reset_index(drop=True)
        if kind == "game":
            frame = frame.drop(columns=[c for c in frame.columns if str(c).startswith("left_open")])
    unit = "points of total" if kind == "game" else "points of margin for the affected team"
    return two_numbers_figure(frame, subtitle=f"{unit}, treated games in brackets, {as_of_words(result.as_of)}")


def path_figure(result: Effects, *, question: str, number: str = "after_close") -> Finding:
    """Draw an event study."""
    paths = result.absorbed.paths
    mine = paths[paths["question"].eq(question) & paths["number"].eq(number)]
    label = question_named(question).label
    row = row_of(result, question, number)
    if mine.empty or row is None:
        title = f"{label}: too few events for an event study"
    else:
        title = f"{label}: {_said(row)} over four games, {against_zero(row['low'], row['high'])}"
    return event_path(
        mine.assign(horizon=mine["horizon"].astype("float64")) if len(mine) else mine, title=title, unit="games",
        subtitle=f"imputed from untreated games, last point all later games; {_trend(result, question, number)}",
        label=f"points of margin {NUMBER_WORDS[number]}",
    )  # fmt: skip


def _trend(result: Effects, question: str, number: str) -> str:
    trends = result.absorbed.pre_trends
    mine = trends[trends["question"].eq(question) & trends["number"].eq(number)]
    if mine.empty:
        return "no test of the games before"
    p_value = float(mine["p_value"].iloc[0])
    verdict = "are not level" if p_value < _SIGNIFICANT else "show no trend"
    return f"the games before {verdict} (p {'below .001' if p_value < 0.001 else f'= {p_value:.3f}'})"


def survival(result: Effects) -> Finding:
    """Draw which estimates on the game survive which checks."""
    mine = result.checks[result.checks["number"].eq("game")]
    named = mine.assign(estimate=mine["question"].map({q.name: q.label for q in QUESTIONS}))
    return survival_figure(named, subtitle=f"effects on the game, {as_of_words(result.as_of)}")


def counts(result: Effects) -> Finding:
    """Draw the events by type and season."""
    return shock_counts_figure(result.counts, windows=result.windows, subtitle=as_of_words(result.as_of))


def library(result: Effects) -> Finding:
    """Draw the largest entries of the effect library on margin."""
    told = result.library[result.library["level"].ne("league")] if len(result.library) else result.library
    return library_figure(told, subtitle=f"pooled over types and cells, {as_of_words(result.as_of)}", most=16)


def claims(result: Effects) -> Finding:
    """Draw earlier claims beside our intervals."""
    return claims_figure(result.claims, subtitle=f"claims of an earlier report under test, {as_of_words(result.as_of)}")


def graph(shock_type: str) -> Finding:
    """Draw what is believed to cause what, for one type of shock."""
    return causal_graph_figure(graph_of(shock_type), subtitle=identified(shock_type).estimand)


# --- parts ---------------------------------------------------------------------------------------------------------
def _family(result: Effects, number: str) -> pd.DataFrame:
    """Return the family's estimates of one number with whether each survives its checks."""
    named = [q.name for q in QUESTIONS if q.family]
    rows = result.estimates
    mine = rows[rows["why_not"].eq("") & rows["number"].eq(number) & rows["question"].isin(named)]
    standing = result.checks[result.checks["number"].eq(number)].groupby("question")["survives"].first()
    checked = mine[mine["question"].isin(standing.index)]
    return checked.assign(survives=checked["question"].map(standing).astype(bool))


def _survivors(result: Effects, number: str) -> "pd.Series[bool]":
    return result.checks[result.checks["number"].eq(number)].groupby("question")["survives"].first()


def row_of(result: Effects, question: str, number: str) -> "pd.Series[Any] | None":
    """Return one estimate's row; None where there is no estimate."""
    rows = result.estimates
    mine = rows[rows["question"].eq(question) & rows["number"].eq(number) & rows["why_not"].eq("")]
    return None if mine.empty else mine.iloc[0]
