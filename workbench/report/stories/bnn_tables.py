"""Tables of networks that cover, and the words they share with the page's sentences."""

from typing import Any

import pandas as pd

from workbench.bayes.scores.coverage import LEVELS
from workbench.bayes.scores.coverage import percent as level_names
from workbench.intervals import share_interval
from workbench.report import page
from workbench.report.blocks import Block, stacked
from workbench.report.sentences import interval, listing, number, percent
from workbench.stages.studies.bnn import DELIVERED, BnnStudy
from workbench.stages.studies.bnn_claims import method_words, records
from workbench.stages.studies.bnn_methods import ENSEMBLE
from workbench.stages.studies.claims import span


def tables(*shown: tuple[pd.DataFrame, str]) -> Block:
    """Return tables with their captions, one under the other."""
    return stacked([page.table(frame, caption=caption, top=10) for frame, caption in shown])


def level_table(result: BnnStudy) -> pd.DataFrame:
    """Return every level's coverage as delivered, in each way of counting, with its interval."""
    lines = []
    for level in level_names(LEVELS):
        kinds = {"delivered": f"held_{level}", "closed": f"coverage_{level}", "mid": f"mid_coverage_{level}",
                 "exact": f"exact_coverage_{level}"}  # fmt: skip
        cells = {words: share(result.score(DELIVERED, measure)) for words, measure in kinds.items()}
        lines.append({"level": f"{level} %", **cells})
    sigma = result.score(DELIVERED, "one_sigma")
    expected = f"expected {percent(sigma['target'], digits=1)}"
    lines.append({"level": "one sd", "delivered": share(sigma), "closed": expected, "mid": "", "exact": ""})
    return pd.DataFrame(lines)


def method_table(result: BnnStudy, *, season: str = "all") -> pd.DataFrame:
    """Return every method: coverage, scores and errors, each with its 95 % interval."""
    measures = {
        "90 % held": "held_90",
        "CRPS": "crps",
        "log score": "log_score",
        "MAE": "absolute_error",
        "RMSE": "rmse",
    }
    lines = []
    for name in result.scores:
        found = {words: result.score(name, measure, season=season) for words, measure in measures.items()}
        cells = {words: share(one) if words == "90 % held" else plain(one) for words, one in found.items()}
        lines.append({"method": method_words(name), **cells})
    return pd.DataFrame(lines)


def width_table(result: BnnStudy) -> pd.DataFrame:
    """Return widths after every method was brought to the same coverage on its calibration season."""
    table = result.widths[result.widths["method"].ne(DELIVERED)].sort_values("width")
    return pd.DataFrame({
        "method": table["method"].map(method_words).to_numpy(),
        "width, yards": [plain({"value": r["width"], "low": r["low"], "high": r["high"]}) for r in records(table)],
        "then held": [
            share({"value": r["coverage"], "low": r["coverage_low"], "high": r["coverage_high"]})
            for r in records(table)
        ],
    })  # fmt: skip


def season_table(result: BnnStudy) -> pd.DataFrame:
    """Return what each test season was learned from, and how the ensemble and the best baseline did in it."""
    lines = []
    for row in records(result.splits):
        season = str(row["season"])
        lines.append({
            "season": season, "trained on": span(row["trained_from"], row["trained_to"]),
            "calibrated on": str(row["calibration_season"]), "rows": row["rows"],
            "90 % held": share(result.score(DELIVERED, "held_90", season=season)),
            "CRPS": plain(result.score(ENSEMBLE, "crps", season=season)),
            f"CRPS, {method_words(result.best)}": plain(result.score(result.best, "crps", season=season)),
        })  # fmt: skip
    return pd.DataFrame(lines)


def external_table(result: BnnStudy) -> pd.DataFrame:
    """Return every comparison with other people's numbers."""
    lines = [
        {
            "season": str(row["season"]), "against": row["source"], "measure": str(row["measure"]).replace("_", " "),
            "forecast": number(row["forecast"], digits=3), "theirs": number(row["external"], digits=3),
            "difference": plain({"value": row["difference"], "low": row["low"], "high": row["high"]}, digits=3),
            "rows": int(row["rows"]),
        }
        for row in records(result.externals)
    ]  # fmt: skip
    columns = ["season", "against", "measure", "forecast", "theirs", "difference", "rows"]
    return pd.DataFrame(lines, columns=columns)


def rule_table(result: BnnStudy) -> pd.DataFrame:
    """Return the rules: coverage, width, the worst four weeks, and the worst cell of enough rows."""
    return pd.DataFrame([
        {
            "rule": rule_words(row["rule"]), "90 % held": share(row | {"value": row["coverage"]}),
            "closed": percent(row["closed"], digits=1), "width": number(row["width"], digits=1),
            "worst four weeks": percent(row["worst"], digits=1),
            "cells outside": f"{row['cells_out']} of {row['cells']}",
            "worst cell": f"{named(row['worst_cell'])} {percent(row['worst_cell_coverage'], digits=1)}",
        }
        for row in records(result.delivery.rules)
    ])  # fmt: skip


def power_table(result: BnnStudy) -> pd.DataFrame:
    """Return what the trigger does by chance."""
    table, rates = result.power, result.power["season_rate"]
    ends = share_interval(rates * table["repetitions"], table["repetitions"])
    return pd.DataFrame({
        "true coverage": [percent(v) for v in table["true_coverage"]], "since": table["since"],
        "seasons with an alarm": [
            share({"value": rate, "low": low, "high": high}) for rate, low, high in zip(rates, *ends, strict=True)
        ],
        "weeks recalibrated": [percent(v, digits=1) for v in table["weekly_rate"]],
        "caught in four weeks": [percent(v, digits=1) for v in table["by_week_4"]],
    })  # fmt: skip


def sensitivity_table(result: BnnStudy) -> pd.DataFrame:
    """Return what changes with the definitions."""
    lines = []
    for name, part in result.sensitivity.groupby("variant", sort=False):
        found = {row["measure"]: row for row in records(part)}
        lines.append({
            "definition": name, "rows": int(found["coverage"]["rows"]), "90 % held": share(found["coverage"]),
            "exact": share(found["exact"]), "width": plain(found["width"]), "CRPS": plain(found["crps"]),
            "MAE": plain(found["mae"]),
        })  # fmt: skip
    return pd.DataFrame(lines)


# --- words ---------------------------------------------------------------------------------------------------------
def season_words(result: BnnStudy) -> str:
    """Return the test seasons in words."""
    return listing([str(season) for season in result.splits["season"]])


def rule_words(rule: str) -> str:
    """Return a rule of recalibration for readers: the trigger is what is delivered."""
    return {"trigger": "as delivered"}.get(rule, rule)


def about(result: BnnStudy) -> str:
    """Return what is measured, on whom and as of what is known, for subtitles."""
    known = {"wednesday": "known by Wednesday", "kickoff_minus_90": "known 90 minutes before kick-off"}[result.cutoff]
    return f"{result.target.title.lower()}, {season_words(result)}, {known}"


def share(found: dict[str, Any]) -> str:
    """Return a share with its interval."""
    ends = interval(100 * found["low"], 100 * found["high"], digits=1)
    return f"{percent(found['value'], digits=1)} ({ends})"


def plain(found: dict[str, Any], *, digits: int = 2) -> str:
    """Return a number with its interval."""
    ends = interval(found["low"], found["high"], digits=digits)
    return f"{number(found['value'], digits=digits)} ({ends})"


def cell_name(row: dict[str, Any]) -> str:
    """Return a cell's name for readers."""
    return "all" if row["by"] == "all" else named(f"{row['by']} {row['cell']}")


def named(cell: str) -> str:
    """Return a cell written as ``by cell`` for readers."""
    words = {"decile": "forecast, tenth", "earlier_games": "games before", "home": "site"}
    first, _, rest = str(cell).partition(" ")
    return f"{words.get(first, first)} {rest}".replace(" of 10", "").strip()
