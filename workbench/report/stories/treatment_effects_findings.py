"""What the page of the long study of effects finds, in sentences."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing, number, percent
from workbench.report.stories.studies import key_number, verdict
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.treatment_effects import TreatmentEffects
from workbench.stages.studies.treatment_parts import row_of
from workbench.stages.studies.treatment_quarterbacks import HORIZONS, LEARNED

_STRIP: Final = (
    ("Quarterback change", "quarterback_exit_game", True),
    ("Left after the close", "quarterback_exit_after_close", True),
    ("New coach, like teams", "coach_corrected_margin_adjusted", True),
    ("Bye 2002–2010", "bye_2002–2010_game", True),
    ("Bye 2011–2022", "bye_2011–2022_game", True),
    ("Home field, 2021–2024", "home_2021–2024_game", True),
)
_SIGNIFICANT: Final = 0.05


def findings(result: TreatmentEffects, claims: Sequence[Claim]) -> list[str]:
    """Return what the market leaves, what shocks do, what agrees with others' numbers, and what cannot be seen."""
    said = (_coaches(result), _plain(result), _quarterbacks(result), _yardsticks(result), _learning(result),
            _byes(result), _home(result), _standing(result), _unseen(result), _varying(result),
            verdict(claims))  # fmt: skip
    return [sentence for sentence in said if sentence]


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    named = {claim.name: claim for claim in claims}
    shown = (key_number(label, named.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in shown if entry is not None]


def points(row: Any, *, signed: bool = True) -> str:
    """Return a row's value with its interval in points."""
    return estimate(row["value"], row["low"], row["high"], unit="points", digits=1, signed=signed)


def coach_row(result: TreatmentEffects, way: str, *, outcome: str = "margin", source: str = "corrected") -> Any:
    """Return one estimate of a new coach over his first four games; None where there is none."""
    return row_of(result.coaches.effects, source=source, outcome=outcome, span="weeks 0 to 3", way=way)


def _coaches(result: TreatmentEffects) -> str:
    naive, like, study = (
        coach_row(result, way, outcome="margin_vs_close") for way in ("naive", "adjusted", "event study")
    )
    if naive is None or like is None or study is None:
        return ""
    return (
        f"Against the close, teams that replace their coach do {points(naive)} better than before; held against teams "
        f"as bad that kept theirs it is {points(like)}, and against what their own earlier games foretell "
        f"{points(study)}: {_verdict_of_matching(naive, like)}"
    )


def _verdict_of_matching(naive: Any, like: Any) -> str:
    if like["low"] > 0:
        return "replacing the coach helps."
    if naive["low"] > 0:
        return "what looks like a new coach's doing is the end of a bad run."
    return "there is no gain to be explained."


def _plain(result: TreatmentEffects) -> str:
    honest = result.coaches.honest.get("margin")
    if honest is None:
        return ""
    return (
        f"The plain event study would say {number(honest.value, digits=1, signed=True)} points for a new coach, for it "
        f"compares with the one game that cost the old one his place; {_breaks(honest.relative_breakdown)}."
    )


def _breaks(times: float) -> str:
    if times == 0:
        return "already with parallel trends its interval holds zero"
    if times < 1:
        return f"a break of trend of {number(times)} times the worst before brings zero in, so it shows nothing"
    return f"its sign holds up to breaks of {number(times)} times the worst before"


def _quarterbacks(result: TreatmentEffects) -> str:
    rows = [row_of(result.whole.estimates, question="quarterback_exit", number=n) for n in ("game", "after_close")]
    if rows[0] is None or rows[1] is None:
        return ""
    slopes = (
        result.doses[result.doses["shape"].eq("linear")].groupby("outcome").first()
        if len(result.doses)
        else pd.DataFrame()
    )
    by_gap = ""
    if "margin" in slopes.index:
        game, rest = (
            estimate(-float(r["slope"]), -float(r["slope_high"]), -float(r["slope_low"]), unit="points", digits=2)
            for r in slopes.loc[["margin", "margin_vs_close"]].to_dict("records")
        )
        by_gap = f" A point of prior value lost costs {game} in the first game, of which {rest} the close has not."
    left = _turned(rows[1])
    return (
        f"Another quarterback costs {points(_turned(rows[0]), signed=False)} a game over the first four; the close "
        f"leaves {points(left, signed=False)} of it, {against_zero(left['low'], left['high'])}.{by_gap}"
        f"{_doubts(result, 'quarterback_exit')}"
    )


def _doubts(result: TreatmentEffects, question: str) -> str:
    words = {"game": "on the game", "after_close": "after the close"}
    mine = result.survivors[result.survivors["question"].eq(question) & ~result.survivors["survives"].astype(bool)]
    said = [f"{words[row['number']]} {row['summary']}" for row in mine.to_dict("records")]
    return f" Doubt it: the number {' and '.join(said)}." if said else ""


def _yardsticks(result: TreatmentEffects) -> str:
    groups = result.varying["groups"]
    season = row_of(result.horizons, question="quarterback_exit", horizon=HORIZONS[0][0], number="game")
    if groups.empty or season is None:
        return ""
    found = row_of(groups, treatment="Quarterback change", outcome="margin", by="all", learner="DR")
    if found is None:
        return ""
    rating = {"value": found["effect"], "low": found["low"], "high": found["high"]}
    return (
        f"The yardstick matters: the first game with another quarterback is {points(season)} against the team's whole "
        f"season, which holds his games too, and {points(rating)} against its rating before the news."
    )


def _turned(row: Any) -> dict[str, float]:
    """Return a loss as a positive number."""
    return {"value": -row["value"], "low": -row["high"], "high": -row["low"]}


def _learning(result: TreatmentEffects) -> str:
    row = row_of(result.horizons, question="quarterback_exit", horizon=LEARNED, number="after_close")
    if row is None:
        return ""
    learned = row["high"] < 0
    more = "the market learns" if learned else "whether the market learns cannot be told"
    gap = points(_turned(row), signed=False)
    return f"The close leaves {gap} more in the first game than in the three after it: {more}."


def _byes(result: TreatmentEffects) -> str:
    game = {span: row_of(result.byes, span=span, number="game") for span in ("2002–2010", "2011–2022")}
    line = row_of(result.byes, span="2011–2022", number="in_the_line")
    before, after = game["2002–2010"], game["2011–2022"]
    if before is None or after is None or line is None:
        return ""
    theirs = [number(row["published"], signed=True) for row in (before, after, line)]
    return (
        f"A week off was worth {points(before)} in 2002–2010 (Lopez & Bliss: {theirs[0]}) and {points(after)} in "
        f"2011–2022 ({theirs[1]}), while the line gave {points(line)} ({theirs[2]})."
    )


def _home(result: TreatmentEffects) -> str:
    early, late, empty = (
        row_of(result.home, span=span, number="game") for span in ("trend 2000", "trend 2019", "2020")
    )
    if early is None or late is None or empty is None:
        return ""
    return (
        f"Home field fell from {points(early)} in 2000 to {points(late)} in 2019 along its trend, and was "
        f"{points(empty)} in 2020, without crowds."
    )


def _standing(result: TreatmentEffects) -> str:
    standing = result.survivors
    if standing.empty:
        return ""
    left = result.family[result.family["number"].eq("after_close")]
    game = standing[standing["number"].eq("game")]
    kept = set(standing.loc[standing["survives"] & standing["number"].eq("after_close"), "question"])
    both = left[left["survives_holm"] & left["question"].isin(kept)]
    names = [str(label).lower() for label in both["label"]]
    after = f"only {listing(names)} stand" + ("s" if len(names) == 1 else "") if names else "nothing stands"
    return (
        f"{int(game['survives'].sum())} of {count(len(game), 'effect')} on the game fail no check; after the close, "
        f"with the looking paid for over {len(left)}, {after}."
    )


def _varying(result: TreatmentEffects) -> str:
    tests = (
        result.varying["calibration"].dropna(subset=["effect"])
        if len(result.varying["calibration"])
        else pd.DataFrame()
    )
    if tests.empty:
        return ""
    found = int(tests["p_value"].lt(_SIGNIFICANT).sum())
    which = "none" if found == 0 else f"only {found}" if found < len(tests) / 2 else str(found)
    return (
        f"That effects vary with what was known before, {which} of {count(len(tests), 'calibration test')} of the "
        "meta-learners can show."
    )


def _unseen(result: TreatmentEffects) -> str:
    """Return how much could not be seen."""
    table = result.power[result.power["number"].eq("game")] if len(result.power) else result.power
    if table.empty:
        return ""
    blind = int((~table["seen"].astype(bool)).sum())
    return (
        f"Three points on the game would go unseen one time in five or more for {percent(blind / len(table))} of "
        f"{count(len(table), 'estimate')}."
    )
