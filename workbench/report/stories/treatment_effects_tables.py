"""The tables of the long study of effects, and what of them goes into print."""

import pandas as pd

from workbench.report.latex.items import FigureItem, TableItem
from workbench.report.stories import effects as weekly
from workbench.report.stories import treatment_effects as story
from workbench.report.stories.effect_tables import effects_table, path_table, robustness_table
from workbench.report.stories.effects import NUMBER_WORDS
from workbench.stages.studies.treatment_effects import TreatmentEffects
from workbench.stages.studies.treatment_effects_claims import WAY_WORDS
from workbench.stages.studies.treatment_parts import known

_ENDS = ["low", "high"]
_OUTCOMES = {"margin": "on the game", "margin_vs_close": "after the close"}


def coach_table(result: TreatmentEffects) -> pd.DataFrame:
    """Return every estimate of a new coach's effect."""
    rows = result.coaches.effects
    if rows.empty:
        return pd.DataFrame(columns=["list", "way", "on", "games", "effect", *_ENDS])
    named = rows.assign(
        list=rows["source"], way=rows["way"].map(WAY_WORDS), on=rows["outcome"].map(_OUTCOMES), games=rows["span"],
        effect=rows["value"], changes=rows["clusters"].astype("int64"),
    )  # fmt: skip
    return named[["list", "way", "on", "games", "effect", "standard_error", *_ENDS, "p_value", "changes"]]


def balance_table(result: TreatmentEffects) -> pd.DataFrame:
    """Return how alike the teams of a match are; differences in standard deviations."""
    rows = result.coaches.balance
    if rows.empty:
        return pd.DataFrame(columns=["known before", "changed", "all others", "matched"])
    names = {
        "win_rate": "win rate",
        "market_rating": "market rating",
        "last4_residual": "last four games against the line",
    }
    named = rows.assign(covariate=rows["covariate"].map(names))
    return named.set_axis(["known before", "changed", "all others", "matched", "apart before", "apart after"], axis=1)


def varying_table(result: TreatmentEffects) -> pd.DataFrame:
    """Return every learner's average effects."""
    rows = result.varying["groups"]
    if rows.empty:
        return pd.DataFrame(columns=["shock", "on", "by", "group", "learner", "effect", *_ENDS])
    named = rows.assign(shock=rows["treatment"], on=rows["outcome"].map(_OUTCOMES), hit=rows["treated"].astype("int64"))
    return named[["shock", "on", "by", "group", "learner", "effect", "standard_error", *_ENDS, "hit"]]


def pool_table(result: TreatmentEffects) -> pd.DataFrame:
    """Return the pooled cells of the margin: as estimated, pooled, by PyMC where it ran, and under other priors."""
    if not result.pools:
        return pd.DataFrame(columns=["cell", "estimate", "pooled"])
    rows = result.pools[0].cells.rename(columns={"label": "cell", "effect": "pooled", "n": "events"})
    drawn = ["sampled"] if rows["sampled"].notna().any() else []
    names = ["cell", "events", "estimate", "standard_error", "pooled", *_ENDS, *drawn, "halved", "doubled", "moved"]
    return rows.sort_values("moved", ascending=False)[names].rename(
        columns={"halved": "priors halved", "doubled": "priors doubled", "moved": "moved (errors)"}
    )


def late_table(result: TreatmentEffects) -> pd.DataFrame:
    """Return what is left after the opener of news that came between opener and close."""
    rows = result.whole.estimates
    mine = known(rows[rows["number"].eq("after_open")])
    named = mine.assign(shock=mine["label"], effect=mine["value"], games=mine["treated"])
    return named[["shock", "effect", "standard_error", *_ENDS, "p_value", "games"]].astype({"games": "int64"})


def seen_table(result: TreatmentEffects) -> pd.DataFrame:
    """Return every standard error, its horizon and number, the smallest visible effect and the games it takes."""
    rows = result.power
    named = rows.assign(shock=rows["label"], on=rows["number"].map(NUMBER_WORDS), games=rows["treated"].astype("int64"),
                        needed=rows["treated_needed"].astype("int64"))  # fmt: skip
    shown = named[["shock", "on", "horizon", "standard_error", "minimal_detectable", "power", "games", "needed"]]
    return shown.rename(columns={"minimal_detectable": "visible", "needed": "games for three points"})


def family_table(result: TreatmentEffects) -> pd.DataFrame:
    """Return the family's p-values, alone and with the looking paid for."""
    rows, standing = result.family, result.survivors
    both = rows.merge(standing, on=["question", "number"], how="left")
    named = both.assign(
        shock=both["label"], on=both["number"].map(NUMBER_WORDS), holm_p=both["holm"],
        false_discovery=both["benjamini_hochberg"], checks=both["summary"].fillna("not checked: an event study"),
    )  # fmt: skip
    return named[["shock", "on", "estimate", "p_value", "holm_p", "false_discovery", "checks"]]


def claims_table(result: TreatmentEffects) -> pd.DataFrame:
    """Return earlier claims with their verdicts."""
    return result.whole.claims[["label", "claimed", "estimate", *_ENDS, "unit", "games", "verdict"]]


def for_print(result: TreatmentEffects) -> list[TableItem | FigureItem]:
    """Return what goes into the dissertation."""
    points = "Points of margin for the affected team, or of the total; 95 % intervals."
    return [
        TableItem("study-effects", effects_table(result.whole), "Effects of shocks over all seasons", note=points,
                  digits={"p_value": 3}),
        TableItem("study-coaches", coach_table(result), "Coaches replaced in mid-season, every way", note=points),
        TableItem("study-event-study", path_table(result.whole), "Event studies of shocks that stay", note=points),
        TableItem("study-heterogeneity", varying_table(result), "How effects vary, by meta-learner", note=points),
        TableItem("study-robustness", robustness_table(result.whole), "What each check says of each estimate"),
        TableItem("study-power", seen_table(result), "What each standard error lets one see",
                  note="Visible: the smallest effect at 80 % power."),
        FigureItem("study-byes", story.bye_figure(result)),
        FigureItem("study-home", story.home_figure(result)),
        FigureItem("study-gap", story.dose_figure(result)),
        FigureItem("study-coach-ways", story.coach_figure(result)),
        FigureItem("study-coach-path", weekly.path_figure(result.whole, question="coaching_change", number="game")),
        *(FigureItem(f"study-graph-{name.replace('_', '-')}", weekly.graph(name))
          for name in ("quarterback_exit", "coaching_change", "bye", "wind")),
    ]  # fmt: skip
