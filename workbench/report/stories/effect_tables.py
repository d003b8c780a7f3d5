"""The tables of the treatment effects page, and what of them goes into print."""

import pandas as pd

from workbench.causal.graph.estimands import identified
from workbench.report.latex.items import FigureItem, TableItem
from workbench.report.sentences import listing
from workbench.report.stories import effects as story
from workbench.report.stories.effects import NUMBER_WORDS
from workbench.stages.effects.questions import QUESTIONS
from workbench.stages.effects.week import Effects


def effects_table(result: Effects) -> pd.DataFrame:
    """Return one row an estimate: effect, standard error, interval, events and window."""
    known = result.estimates[result.estimates["why_not"].eq("")]
    table = known.assign(
        shock=known["label"], on=known["number"].map(NUMBER_WORDS), effect=known["value"],
        seasons=known["first_season"].astype(int).astype(str) + "–" + known["last_season"].astype(int).astype(str),
        games=known["treated"].astype("int64"),
    )  # fmt: skip
    columns = [
        "shock",
        "on",
        "effect",
        "standard_error",
        "low",
        "high",
        "p_value",
        "events",
        "games",
        "seasons",
    ]
    return table[columns].reset_index(drop=True)


def unanswered_table(result: Effects) -> pd.DataFrame:
    """Return what could not be estimated, and why."""
    asked = result.estimates[result.estimates["why_not"].ne("")]
    rows = asked.assign(shock=asked["label"], on=asked["number"].map(NUMBER_WORDS), events=asked["events"].astype(int))
    return rows[["shock", "on", "events", "why_not"]].reset_index(drop=True)


def shares_table(result: Effects) -> pd.DataFrame:
    """Return the share of each effect that the close leaves; a share of an effect that may be zero is not a number."""
    rows = result.shares
    known = rows["bounded"].astype("boolean").fillna(False)
    shown = rows.assign(
        shock=rows["label"],
        **{name: pd.to_numeric(rows[name]).where(known) for name in ("share", "share_low", "share_high")},
    )
    return shown[["shock", "priced", "share", "share_low", "share_high", "games"]].reset_index(drop=True)


def yards_table(result: Effects) -> pd.DataFrame:
    """Return the effects on yards."""
    if result.yards.empty:
        return pd.DataFrame(columns=["shock", "yards of", "effect", "low", "high", "events"])
    rows = result.yards.assign(shock=result.yards["label"], effect=result.yards["value"])
    shown = rows[["shock", "what", "effect", "low", "high", "p_value", "events"]]
    return shown.rename(columns={"what": "yards of"}).reset_index(drop=True)


def failures_table(result: Effects) -> pd.DataFrame:
    """Return every failed check in words."""
    rows = result.checks[result.checks["verdict"].eq("fails")]
    named = rows.assign(
        shock=rows["question"].map({q.name: q.label for q in QUESTIONS}), on=rows["number"].map(NUMBER_WORDS)
    )
    return named[["shock", "on", "check", "sentence"]].reset_index(drop=True)


def power_table(result: Effects) -> pd.DataFrame:
    """Return what each estimate on the game could have seen."""
    rows = result.power[result.power["number"].eq("game")] if len(result.power) else result.power
    doses = [q.label for q in QUESTIONS if q.unit == "dose"]
    shown = rows[~rows["estimate"].isin(doses)].rename(columns={"estimate": "shock"})
    names = ["shock", "standard_error", "minimal_detectable", "power", "treated", "treated_needed"]
    return shown.sort_values("standard_error")[names].astype({"treated": "int64"}).reset_index(drop=True)


def graph_table(result: Effects) -> pd.DataFrame:
    """Return, for each event type there is, the estimand, what is held and what we cannot see."""
    types = result.windows.dropna(subset=["first_season"])["type"]
    rows = [(kind, identified(str(kind))) for kind in types]
    return pd.DataFrame(
        [
            (str(k).replace("_", " "), i.estimand, i.backdoor, listing(list(i.unseen)) or "nothing named")
            for k, i in rows
        ],
        columns=["shock", "estimand", "back doors", "not seen"],
    )


def now_table(result: Effects) -> pd.DataFrame:
    """Return the week's shocks with what the library says of them."""
    rows = result.now
    shown = rows.assign(
        shock=rows["type"].str.replace("_", " "), who=rows["player_name"].fillna("team"),
        effect=rows["margin"], effect_low=rows["margin_low"], effect_high=rows["margin_high"],
        left=rows["margin_vs_close"], left_low=rows["margin_vs_close_low"], left_high=rows["margin_vs_close_high"],
    )  # fmt: skip
    names = ["team", "shock", "who", "effect", "effect_low", "effect_high", "left", "left_low", "left_high"]
    return shown[names].astype(dict.fromkeys(names[3:], "float64"))


def path_table(result: Effects) -> pd.DataFrame:
    """Return the event studies: one row a shock, number and horizon."""
    rows = result.absorbed.paths
    if rows.empty:
        return pd.DataFrame(columns=["shock", "on", "horizon", "estimate", "standard_error", "low", "high", "n"])
    named = rows.assign(
        shock=rows["question"].map({q.name: q.label for q in QUESTIONS}), on=rows["number"].map(NUMBER_WORDS)
    )
    return named[["shock", "on", "horizon", "estimate", "standard_error", "low", "high", "n"]].reset_index(drop=True)


def cells_table(result: Effects) -> pd.DataFrame:
    """Return how effects differ by severity and position, pooled: the library's cells."""
    rows = result.library[result.library["level"].eq("cell")] if len(result.library) else result.library
    shown = rows.assign(shock=rows["type"].str.replace("_", " "), severity=rows["severity_band"])
    names = ["shock", "severity", "position", "outcome", "effect", "low", "high", "n"]
    return shown.reindex(columns=names).reset_index(drop=True)


def robustness_table(result: Effects) -> pd.DataFrame:
    """Return each check's verdict, a row an estimate."""
    rows = result.checks
    named = rows.assign(
        shock=rows["question"].map({q.name: q.label for q in QUESTIONS}), on=rows["number"].map(NUMBER_WORDS)
    )
    if named.empty:
        return pd.DataFrame(columns=["shock", "on"])
    wide = named.pivot_table(index=["shock", "on"], columns="check", values="verdict", aggfunc="first", sort=False)
    return wide.reset_index().rename_axis(columns=None)


def for_print(result: Effects) -> list[TableItem | FigureItem]:
    """Return what goes into the dissertation."""
    points = "Points of margin for the affected team, or of the total; 95 % intervals."
    return [
        TableItem("effects", effects_table(result), "Effects of shocks, on the game and after the line", note=points,
                  digits={"p_value": 3}),
        TableItem("yards", yards_table(result), "Effects on yards a game", note="95 % intervals.",
                  digits={"p_value": 3}),
        TableItem("event-study", path_table(result), "Event studies of shocks that stay for the season", note=points),
        TableItem("heterogeneity", cells_table(result), "Effects by severity and position, pooled", note=points),
        TableItem("robustness", robustness_table(result), "What each check says of each estimate"),
        TableItem("power", power_table(result), "What could have been seen", note="Smallest effect at 80 % power."),
        FigureItem("two-numbers", story.two_numbers(result, kind="team")),
        FigureItem("two-numbers-total", story.two_numbers(result, kind="game")),
        FigureItem("event-study-coaches", story.path_figure(result, question="coaching_change")),
        FigureItem("survival", story.survival(result)),
        FigureItem("graph-quarterback", story.graph("quarterback_exit")),
        FigureItem("graph-coach", story.graph("coaching_change")),
    ]  # fmt: skip
