"""What the ingest page says."""

import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures import ingest as figures
from workbench.report.figures import profiles as profile_figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import count, estimate, listing, percent
from workbench.report.stories.frame import as_of_words
from workbench.schema import FACT_TABLES
from workbench.stages.ingest import Ingested

#: Below this, a quarterback's split says nothing.
MINIMUM_DROPBACKS = 60
_Z95 = 1.96


def findings(result: Ingested) -> list[str]:
    """Return what came in and whether it can be trusted, the surprising one first."""
    report = result.report
    rows_in = sum(t.rows_in for t in report.tables.values())
    sentences = [
        f"{count(len(report.changes), 'fact')} changed since the facts before: look at them below."
        if report.changes
        else "",
        f"{count(report.quarantined, 'row')} of {rows_in:,} broke a rule and "
        f"{'was' if report.quarantined == 1 else 'were'} set aside with the reason; nothing was lost."
        if report.quarantined
        else f"All {rows_in:,} rows passed every rule.",
        _pressure_sentence(result.features.quarterbacks),
        _rejected_sentence(result),
        f"{count(len(report.degraded), 'feature')} {'is' if len(report.degraded) == 1 else 'are'} degraded by missing "
        "columns or seasons; the week goes on without them."
        if report.degraded
        else "No feature is degraded: every column and season is there.",
    ]
    return [s for s in sentences if s]


def _rejected_sentence(result: Ingested) -> str:
    rejected = [grid.source for grid in result.report.grids if grid.rejected]
    if rejected:
        return (
            f"Lines of {listing(rejected)} are averages, not offers (off the half-point grid), and were refused whole."
        )
    off = sum(grid.off_grid for grid in result.report.grids)
    lines = sum(grid.lines for grid in result.report.grids)
    return f"{percent(off / lines, digits=2)} of {lines:,} lines lie off the half-point grid." if lines else ""


def _pressure_sentence(splits: pd.DataFrame) -> str:
    calm, hot, basis = split_names(splits)
    pair = split_pair(splits)
    if pair.empty:
        return "No quarterback has enough dropbacks to be split yet."
    cost = (pair["hot"] - pair["calm"]).mean()
    spread = (pair["hot"] - pair["calm"]).std(ddof=1) / max(len(pair), 2) ** 0.5
    words = estimate(cost, cost - _Z95 * spread, cost + _Z95 * spread, unit="EPA per dropback", signed=True)
    return f"{hot.capitalize()} against {calm} dropbacks ({basis}) cost the {len(pair)} regular quarterbacks {words}."


def numbers(result: Ingested) -> list[KeyNumber]:
    """Return the strip."""
    report = result.report
    rows = sum(t.kept for t in report.tables.values())
    degraded = len(report.degraded)
    return [
        KeyNumber("Rows kept", rows, digits=0),
        KeyNumber("Rows set aside", report.quarantined, digits=0),
        KeyNumber("Fact tables", len(report.tables), digits=0),
        KeyNumber("Degraded features", degraded, digits=0),
        KeyNumber("Changed facts", len(report.changes), digits=0),
    ]


def table_counts(result: Ingested) -> pd.DataFrame:
    """Return one row a fact table: rows in, kept, set aside, duplicates, newest known instant, rule of known_at."""
    return pd.DataFrame(
        [
            {
                "table": name,
                "rows_in": t.rows_in,
                "kept": t.kept,
                "set_aside": sum(t.quarantined.values()),
                "duplicates": t.identical_duplicates,
                "newest": t.newest_known_at[:10],
                "known_from": FACT_TABLES[name].known_rule,
            }
            for name, t in result.report.tables.items()
        ]
    )


def quarantine_reasons(result: Ingested) -> pd.DataFrame:
    """Return quarantined rows by table, rule and source, with one example of each."""
    if result.quarantine.empty:
        return pd.DataFrame(columns=["table", "rule", "source", "rows", "example"])
    by = result.quarantine.groupby(["table", "rule", "source"], sort=True)
    return by["reason"].agg(rows="size", example="first").reset_index().sort_values("rows", ascending=False)


def degraded(result: Ingested) -> pd.DataFrame:
    """Return the features that work less well, with the reason."""
    return pd.DataFrame(list(result.report.degraded), columns=["feature", "reason"])


def changes(result: Ingested) -> pd.DataFrame:
    """Return what differs from the facts before: games that vanished, scores that changed, games that moved."""
    return pd.DataFrame([dict(change) for change in result.report.changes])


def quarantine_figure(result: Ingested) -> Finding:
    """Draw the quarantine by rule."""
    return figures.quarantine_counts(result.quarantine, subtitle=f"rows set aside by table and rule, {_when(result)}")


def split_names(splits: pd.DataFrame) -> tuple[str, str, str]:
    """Return what the two halves of the quarterback split are called, and its basis: the flag, else the blitz proxy."""
    if (splits["basis"] == "pressure flag").any():
        return "clean", "pressured", "pressure flag"
    return "no blitz", "blitz", "blitz split, a proxy for pressure"


def split_pair(splits: pd.DataFrame) -> pd.DataFrame:
    """Return one row a regular quarterback: name, calm and hot EPA per dropback with 95 % ends, dropbacks."""
    calm, hot, _ = split_names(splits)
    epa = splits[(splits["metric"] == "epa_per_dropback")].set_index("player_id")
    regular = epa[(epa["split"] == "all") & (epa["n"] >= MINIMUM_DROPBACKS)]
    out = pd.DataFrame({"name": regular["player_name"], "n": regular["n"]})
    for column, name in (("calm", calm), ("hot", hot)):
        half = epa[epa["split"] == name]
        out[column] = half["shrunk"]
        out[f"{column}_low"] = half["shrunk"] - _Z95 * half["standard_error"]
        out[f"{column}_high"] = half["shrunk"] + _Z95 * half["standard_error"]
    return out.dropna(subset=["calm", "hot"]).sort_values("n", ascending=False).reset_index(drop=True)


def quarterback_figure(result: Ingested) -> Finding:
    """Draw each regular quarterback with and without pressure."""
    calm, hot, basis = split_names(result.features.quarterbacks)
    return figures.quarterback_split(
        split_pair(result.features.quarterbacks),
        calm=calm,
        hot=hot,
        subtitle=f"shrunken EPA per dropback, 95 %; {basis}; {MINIMUM_DROPBACKS}+ dropbacks, {_when(result)}",
    )


def quarterback_table(result: Ingested) -> pd.DataFrame:
    """Return one row a quarterback: dropbacks, shrunken EPA, sack and scramble rate, pressure or blitz rate, basis."""
    splits = result.features.quarterbacks
    every = splits[splits["split"] == "all"]
    wide = every.pivot_table(index=["player_name", "team"], columns="metric", values="shrunk", aggfunc="first")
    n = every[every["metric"] == "epa_per_dropback"].set_index(["player_name", "team"])["n"].rename("dropbacks")
    basis = (
        every[every["metric"] == "pressure_rate"].set_index(["player_name", "team"])["basis"].rename("pressure_basis")
    )
    joined = wide.join(n[~n.index.duplicated()]).join(basis[~basis.index.duplicated()])
    shown = ["dropbacks", "epa_per_dropback", "sack_rate", "scramble_rate", "pressure_rate", "pressure_basis"]
    kept = [name for name in shown if name in joined]
    return joined[kept].sort_values("dropbacks", ascending=False).reset_index()


def playcalling_figure(result: Ingested) -> Finding:
    """Draw pass rate over expectation by team."""
    rows = result.features.playcalling
    over = rows[(rows["metric"] == "pass_rate_over_expected") & (rows["split"] == "all")]
    basis = listing(sorted(set(over["basis"]))) if len(over) else "no plays yet"
    shown = over.rename(columns={"shrunk": "value"})[["team", "value", "standard_error", "n"]]
    return profile_figures.play_calling(
        shown, subtitle=f"shrunken, 95 % intervals; expectation: {basis}; {_when(result)}"
    )


def drive_table(result: Ingested) -> pd.DataFrame:
    """Return how drives ended: share of drives, mean start and points."""
    drives = result.features.drives
    if drives.empty:
        return pd.DataFrame(columns=["outcome", "drives", "share", "points_a_drive", "yards_to_goal_at_start"])
    by = drives.groupby("outcome", sort=False)
    out = by.agg(
        drives=("drive", "size"),
        points_a_drive=("points_for", "mean"),
        yards_to_goal_at_start=("start_yardline_100", "mean"),
    )
    out.insert(1, "share", 100 * out["drives"] / len(drives))
    return out.sort_values("drives", ascending=False).reset_index()


def status(result: Ingested) -> str:
    """Return the page's status word."""
    return "complete" if result.report.tables else "waiting"


def _when(result: Ingested) -> str:
    return as_of_words(result.as_of)
