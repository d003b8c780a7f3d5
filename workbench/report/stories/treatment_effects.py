"""What the page of the long study of effects draws; its words: ``stories.treatment_effects_findings``."""

from typing import Final, Literal

import numpy as np
import pandas as pd

from workbench.report import page
from workbench.report.blocks import Block
from workbench.report.drawing import Finding
from workbench.report.figures import event_study as paths
from workbench.report.figures.effect_groups import dose_response_figure, heterogeneity_figure
from workbench.report.figures.published import grouped_figure
from workbench.report.sentences import against_zero, count, number
from workbench.report.stories.treatment_effects_findings import coach_row, points
from workbench.stages.studies.treatment_effects import TreatmentEffects
from workbench.stages.studies.treatment_effects_claims import WAY_WORDS
from workbench.stages.studies.treatment_parts import known, row_of
from workbench.stages.studies.treatment_quarterbacks import HORIZONS

_NUMBERS: Final = {"margin": "game", "margin_vs_close": "after_close"}


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
    like = coach_row(result, "adjusted")
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
    words = {"margin": "on the margin", "margin_vs_close": "after the close"}
    for (treatment, outcome), rows in tests.groupby(["treatment", "outcome"], sort=False) if len(tests) else ():
        values = ", ".join(f"{r['learner']} {number(r['p_value'])}" for r in rows.to_dict("records"))
        said.append(f"{treatment}, {words[str(outcome)]}: one-sided p that predicted differences are real: {values}.")
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
