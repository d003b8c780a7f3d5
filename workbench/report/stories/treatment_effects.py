"""What the page of the long study of effects says and draws; its tables: ``stories.treatment_effects_tables``."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from workbench.report import page
from workbench.report.blocks import Block
from workbench.report.drawing import Finding
from workbench.report.figures import event_study as paths
from workbench.report.figures.effect_groups import dose_response_figure, heterogeneity_figure
from workbench.report.figures.published import grouped_figure
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing, number, percent
from workbench.report.stories.studies import key_number, verdict
from workbench.stages.effects.questions import QUESTIONS
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.treatment_effects import TreatmentEffects
from workbench.stages.studies.treatment_effects_claims import WAY_WORDS
from workbench.stages.studies.treatment_parts import known, row_of
from workbench.stages.studies.treatment_quarterbacks import HORIZONS, LEARNED

_STRIP: Final = (
    ("Quarterback change, game", "quarterback_exit_game", True),
    ("… left after the close", "quarterback_exit_after_close", True),
    ("Coach replaced, like teams", "coach_corrected_margin_adjusted", True),
    ("Bye 2002–2010, game", "bye_2002–2010_game", True),
    ("Bye 2011–2022, game", "bye_2011–2022_game", True),
    ("Home field, 2021–2024", "home_2021–2024_game", True),
)
_NUMBERS: Final = {"margin": "game", "margin_vs_close": "after_close"}
_LABELS: Final = {q.name: q.label for q in QUESTIONS}
_SIGNIFICANT: Final = 0.05


def findings(result: TreatmentEffects, claims: Sequence[Claim]) -> list[str]:
    """Return what the market leaves, what shocks do, what agrees with others' numbers, and what cannot be seen."""
    said = (_coaches(result), _plain(result), _quarterbacks(result), _learning(result), _byes(result), _home(result),
            _standing(result), _unseen(result), _varying(result), verdict(claims))  # fmt: skip
    return [sentence for sentence in said if sentence]


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    named = {claim.name: claim for claim in claims}
    shown = (key_number(label, named.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in shown if entry is not None]


# --- sentences -----------------------------------------------------------------------------------------------------
def points(row: Any) -> str:
    """Return a row's value with its interval in points."""
    return estimate(row["value"], row["low"], row["high"], unit="points", digits=1, signed=True)


def _coach_row(result: TreatmentEffects, way: str, *, outcome: str = "margin", source: str = "corrected") -> Any:
    return row_of(result.coaches.effects, source=source, outcome=outcome, span="weeks 0 to 3", way=way)


def _coaches(result: TreatmentEffects) -> str:
    naive, like, study = (
        _coach_row(result, way, outcome="margin_vs_close") for way in ("naive", "adjusted", "event study")
    )
    if naive is None or like is None or study is None:
        return ""
    return (
        f"Against the close, teams that replace their coach do {points(naive)} better than before; held against teams "
        f"as bad that kept theirs it is {points(like)}, and against what their own earlier games foretell "
        f"{points(study)}: {_verdict_of_matching(like)}"
    )


def _verdict_of_matching(like: Any) -> str:
    if like["low"] > 0:
        return "replacing the coach helps."
    return "what looks like a new coach's doing is the end of a bad run."


def _plain(result: TreatmentEffects) -> str:
    honest = result.coaches.honest.get("margin")
    if honest is None:
        return ""
    return (
        f"The plain event study would say {number(honest.value, digits=1, signed=True)} points for a new coach, for it "
        "compares with the one game that cost the old one his place; a break of trend of "
        f"{number(honest.relative_breakdown)} times the worst before brings zero in, so it shows nothing."
    )


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
        game, left = (
            estimate(-float(r["slope"]), -float(r["slope_high"]), -float(r["slope_low"]), unit="points", digits=2)
            for r in slopes.loc[["margin", "margin_vs_close"]].to_dict("records")
        )
        by_gap = f" A point of prior value lost costs {game} in the first game, of which {left} the close has not."
    return (
        f"Another quarterback costs {points(_turned(rows[0]))} a game over the first four; the close leaves "
        f"{points(_turned(rows[1]))} of it, {against_zero(-rows[1]['high'], -rows[1]['low'])}.{by_gap}"
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
    return f"The close leaves {points(_turned(row))} more in the first game than in the three after it: {more}."


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
    which = "none" if found == 0 else str(found)
    return (
        f"That effects vary with what was known before, {which} of {count(len(tests), 'calibration test')} of the "
        "meta-learners can show."
    )


# --- figures -------------------------------------------------------------------------------------------------------
def bye_figure(result: TreatmentEffects) -> Finding:
    """Draw byes by era beside Lopez & Bliss."""
    rows = known(result.byes)
    frame = rows.rename(columns={"span": "label"})
    at = rows[rows["published"].notna()] if len(rows) else rows
    inside = int(((at["low"] <= at["published"]) & (at["published"] <= at["high"])).sum()) if len(at) else 0
    title = f"{inside} of {count(len(at), 'published value')} of the bye lie inside our intervals"
    words = "points for the rested team, one design for game, line and rest, regular season"
    return grouped_figure(frame, title=title if len(at) else "What a week off is worth", subtitle=words)


def home_figure(result: TreatmentEffects) -> Finding:
    """Draw home field by era."""
    rows = known(result.home)
    frame = rows[~rows["span"].eq("change a decade")].rename(columns={"span": "label"})
    slope = row_of(result.home, span="change a decade", number="game")
    title = "Home field by era" if slope is None else f"Home field changes by {points(slope)} a decade"
    words = "points for the home team, team-season strength held; trend: a line through all seasons but 2020"
    return grouped_figure(frame, title=title, subtitle=words)


def dose_figure(result: TreatmentEffects, shape: Literal["linear", "spline"] = "spline") -> Finding:
    """Draw the quarterback change by value gap, on the game and after the close."""
    rows = result.doses[result.doses["shape"].eq(shape)] if len(result.doses) else pd.DataFrame()
    if rows.empty:
        return dose_response_figure(rows, dose="gap", subtitle="")
    game, left = (rows[rows["outcome"].eq(name)].set_index("dose") for name in ("margin", "margin_vs_close"))
    frame = game[["effect", "low", "high"]].assign(left=left["effect"], left_low=left["low"], left_high=left["high"])
    changes = count(int(rows["changes"].iloc[0]), "change")
    return dose_response_figure(
        frame.reset_index(), dose="prior value lost with the old quarterback (points a game)",
        subtitle=f"first game after a change, {changes}, restricted cubic spline, 95 % bands",
    )  # fmt: skip


def horizon_figure(result: TreatmentEffects) -> Finding:
    """Draw the quarterback change game by game."""
    rows = known(result.horizons)
    order = [label for label, *_ in HORIZONS]
    mine = rows[rows["question"].eq("quarterback_exit") & rows["horizon"].isin(order)] if len(rows) else rows
    row = row_of(result.horizons, question="quarterback_exit", horizon=order[0], number="after_close")
    title = (
        "Too few changes"
        if row is None
        else f"In the first game {points(row)} are left, {against_zero(row['low'], row['high'])}"
    )
    frame = mine.rename(columns={"horizon": "label"}) if len(mine) else pd.DataFrame()
    return grouped_figure(frame, title=title, subtitle="points of margin, games since the change, the other games held")


def cause_figure(result: TreatmentEffects) -> Finding:
    """Draw quarterback changes by cause."""
    names = [f"quarterback_{cause}" for cause in ("injury", "benching", "rest", "return")]
    rows = known(result.whole.estimates)
    mine = rows[rows["question"].isin(names) & rows["number"].isin(["game", "after_close"])]
    named = mine["label"] + " (" + mine["events"].map(lambda n: number(n, digits=0)) + ")"
    row = row_of(result.whole.estimates, question="quarterback_injury", number="after_close")
    title = "No cause is known" if row is None else f"Out injured: the close leaves {points(row)}"
    return grouped_figure(mine.assign(label=named), title=title,
                          subtitle="points of margin, changes in brackets, causes known from 2021 on")  # fmt: skip


def coach_figure(result: TreatmentEffects) -> Finding:
    """Draw coaching changes every way, the corrected list beside the derived."""
    rows = result.coaches.effects
    mine = rows[rows["span"].eq("weeks 0 to 3")] if len(rows) else rows
    if mine.empty:
        return grouped_figure(mine, title="Too few coaching changes", subtitle="")
    words = mine["way"].map(WAY_WORDS) + mine["source"].map({"corrected": "", "derived": " (derived)"})
    frame = mine.assign(label=words, number=mine["outcome"].map(_NUMBERS))
    like = _coach_row(result, "adjusted")
    title = (
        "Coach replaced"
        if like is None
        else f"Like teams: {points(like)} on the margin, {against_zero(like['low'], like['high'])}"
    )
    n = result.coaches.events
    whose = f"{n['corrected']} changes of the corrected list, {n['derived']} of the schedule's column alone (derived)"
    return grouped_figure(frame, title=title, subtitle=f"first four games, {whose}")


def plain_figure(result: TreatmentEffects) -> Finding:
    """Draw the plain event study of coaching changes, to be seen through."""
    rows = result.coaches.plain
    mine = rows[rows["outcome"].eq("margin")] if len(rows) else rows
    trend = result.coaches.trends.get("margin")
    tested = (
        "" if trend is None or np.isnan(trend.p_value) else f"; joint test before p = {number(trend.p_value, digits=3)}"
    )
    title = "The game before the change is a low point: everything beside it looks like a gain"
    words = f"group-time effects on team-games, not adjusted for opponents{tested}"
    return paths.event_path(mine, title=title, label="points of margin", unit="games", subtitle=words)


def honest_figure(result: TreatmentEffects) -> Finding | Block:
    """Draw how far the plain event study's trends may differ."""
    honest = result.coaches.honest.get("margin")
    if honest is None:
        return page.note("Sensitivity needs effects on both sides of the reference game.")
    broken = honest.relative_breakdown
    holds = (
        f"zero stays out up to {number(broken)}"
        if np.isfinite(broken) and broken > 0
        else "zero is inside from the start"
    )
    return paths.sensitivity(
        honest.relative, by="mbar", value=honest.value, breakdown=broken, outcome="points of margin",
        label="times the worst break of trend before", title=f"The plain event study stands on nothing: {holds}"
        if broken < 1 else f"Coaching changes: {holds}", subtitle="robust 95 % intervals after Rambachan and Roth",
    )  # fmt: skip


def varying_figure(result: TreatmentEffects, treatment: str, outcome: str) -> Finding:
    """Draw an effect by spread, severity and position."""
    groups = result.varying["groups"]
    words = {"margin": "on the margin", "margin_vs_close": "after the close"}[outcome]
    subtitle = f"{treatment} {words}, DR-learner, points, hit games in brackets"
    if groups.empty:
        return heterogeneity_figure(groups, subtitle=subtitle)
    mine = groups[groups["treatment"].eq(treatment) & groups["outcome"].eq(outcome) & groups["learner"].eq("DR")]
    mine = mine.dropna(subset=["low"])
    every = mine[mine["by"].eq("all")]
    band = None if every.empty else tuple(float(every[c].iloc[0]) for c in ("effect", "low", "high"))
    parts = mine[~mine["by"].eq("all")].rename(columns={"treated": "n"})
    return heterogeneity_figure(parts, subtitle=subtitle, overall=band)  # type: ignore[arg-type]


def learner_words(result: TreatmentEffects) -> list[str]:
    """Return what the learners could not do, plainly."""
    tests, overlap, refused = (result.varying[name] for name in ("calibration", "overlap", "refused"))
    said = []
    if len(tests):
        words = {"margin": "on the margin", "margin_vs_close": "after the close"}
        said += [f"{r['treatment']}, {words[r['outcome']]}: {r['sentence']}" for r in tests.to_dict("records")]
    if len(overlap):
        said += [
            f"{row['treatment']}: {row['sentence']}" for row in overlap.drop_duplicates("treatment").to_dict("records")
        ]
    if len(refused):
        said += [
            f"{row['treatment']}, {row['why_not']}"
            for row in refused.drop_duplicates(["treatment", "why_not"]).to_dict("records")
        ]
    return said


def pool_words(result: TreatmentEffects) -> list[str]:
    """Return what the hierarchical model says of itself."""
    said = []
    for pool in result.pools:
        words = {"margin": "On the margin", "margin_vs_close": "After the close"}[pool.outcome]
        spread = pool.spreads.set_index("name")["effect"]
        parts = [f"{name} {number(value)}" for name, value in spread.items()]
        moved = count(len(pool.moved), "cell")
        said.append(
            f"{words}: {', '.join(parts)} points; the prior decides as much as the games in {moved} "
            f"of {len(pool.cells)}."
        )
        if pool.convergence is not None:
            said.append(f"{words}: {pool.convergence.sentence} The largest distance to the grid is "
                        f"{number(pool.largest_gap)} standard errors.")  # fmt: skip
    return said


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
