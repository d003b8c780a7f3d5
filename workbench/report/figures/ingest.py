"""What came in, and can it be trusted: rows against last week, gaps, quarantine, quarterback splits."""

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    Floats,
    finite,
    height_of,
    interval_rows,
    key,
    names_on_rows,
    number_ticks,
    say,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count, listing, number, percent
from workbench.report.style import BASELINE, MARKET_CLOSE, MODEL, WORSE, Width, canvas, drawn

#: A table that grows by more than this share in a week is named in the title.
JUMP = 0.1


@drawn
def rows_against_last_week(counts: pd.DataFrame, *, subtitle: str, width: Width = "page") -> Finding:
    """Draw the change of each fact table's rows since last week.

    Parameters
    ----------
    counts : DataFrame
        ``table, rows, previous`` (rows a week ago, null where unknown).
    """
    if counts.empty:
        reason = "No fact table has been written yet."
        return waiting("No table came in", subtitle=subtitle, reason=reason, width=width)
    rows, before = finite(counts["rows"]), finite(counts["previous"])
    known = np.isfinite(before) & (before > 0)
    change = np.where(known, rows / np.where(known, before, 1.0) - 1, 0.0)
    figure, axes = canvas(width=width, height=height_of(len(counts)))
    zero_line(axes)
    axes.hlines(np.arange(len(counts)), 0, change, color=MODEL, linewidth=2.2, alpha=0.4)
    axes.scatter(change[known], np.flatnonzero(known), s=30, color=MODEL, zorder=3, linewidths=0)
    names_on_rows(axes, counts["table"].astype(str).tolist())
    for row, (n, step, seen) in enumerate(zip(rows, change, known, strict=True)):
        text = f"{number(n, digits=0)} rows" + ("" if seen else ", first seen")
        say(axes, (max(step, 0.0), row), text, dx=7)
    reach = max(float(np.abs(change).max()), 0.02)
    axes.set_xlim(min(float(change.min()) * 1.15, -0.1 * reach), reach * 1.6)
    share_ticks(axes.xaxis, digits=0 if reach > 0.05 else 1, signed=True)
    axes.set_xlabel("change of rows since last week (%)")
    detail = f"Change of rows since last week for {count(len(counts), 'table')}."
    return told(figure, _rows_title(counts["table"].astype(str), change), subtitle=subtitle, detail=detail)


def _rows_title(tables: "pd.Series[str]", change: Floats) -> str:
    lost, jumped = tables[change < 0].tolist(), tables[change > JUMP].tolist()
    if lost:
        return f"{listing(lost)} lost rows since last week"
    if jumped:
        return f"{listing(jumped)} grew by more than {percent(JUMP)} since last week"
    return f"No table lost rows or grew by more than {percent(JUMP)} since last week"


@drawn
def completeness(shares: pd.DataFrame, *, subtitle: str, width: Width = "page") -> Finding:
    """Draw how complete each feature's input is.

    Parameters
    ----------
    shares : DataFrame
        ``feature, share`` (of rows with a value, 0 to 1).
    """
    if shares.empty:
        return waiting("No input was checked", subtitle=subtitle, reason="Nothing to check yet.", width=width)
    share = np.nan_to_num(finite(shares["share"]))
    figure, axes = canvas(width=width, height=height_of(len(shares)))
    rows = np.arange(len(shares))
    axes.barh(rows, 1.0, height=0.42, color=BASELINE, alpha=0.22)
    axes.barh(rows, share, height=0.42, color=MODEL)
    names = shares["feature"].astype(str)
    names_on_rows(axes, names.tolist())
    for row, value in enumerate(share):
        say(axes, (1.0, row), percent(value, digits=0 if value in (0.0, 1.0) else 1), dx=6)
    axes.set_xlim(0, 1.1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1.0])
    share_ticks(axes.xaxis)
    axes.set_xlabel("rows with a value (%)")
    gone, thin = names[share == 0].tolist(), names[(share > 0) & (share < 0.9)].tolist()
    whole = "Every input is complete" if share.min() > 0.999 else "Every input came, with few gaps"
    title = f"{listing(gone)} did not come" if gone else f"{listing(thin)} came with gaps" if thin else whole
    return told(figure, title, subtitle=subtitle, detail=f"Rows with a value, {count(len(shares), 'input')}.")


@drawn
def quarantine_counts(quarantine: pd.DataFrame, *, subtitle: str, width: Width = "page", most: int = 12) -> Finding:
    """Draw how many rows each rule set aside.

    Parameters
    ----------
    quarantine : DataFrame
        One row a rejected row: ``table, rule`` (other columns are not used).
    """
    if quarantine.empty:
        return waiting("No row was set aside", subtitle=subtitle, reason="Every row kept every rule.", width=width)
    found = quarantine.groupby(["table", "rule"], sort=True).size().sort_values(ascending=False, kind="stable")
    names = [": ".join(str(part) for part in pair) for pair in found.index]
    rows = np.arange(min(most, len(found)))
    amounts = found.to_numpy()[: rows.size]
    figure, axes = canvas(width=width, height=height_of(rows.size))
    axes.barh(rows, amounts, height=0.55, color=WORSE)
    names_on_rows(axes, names[: rows.size])
    for row, n in enumerate(amounts.tolist()):
        say(axes, (n, row), number(n, digits=0), dx=5)
    axes.set_xlim(0, float(amounts.max()) * 1.12)
    number_ticks(axes.xaxis, signed=False)
    axes.set_xlabel("rows set aside (count)")
    title = f"{count(len(quarantine), 'row')} set aside, {number(amounts[0], digits=0)} of them for {names[0]}"
    rest = f" {count(len(found) - most, 'further rule')} not drawn." if len(found) > most else ""
    return told(figure, title, subtitle=subtitle, detail=f"Rows set aside by table and rule.{rest}")


@drawn
def quarterback_split(
    splits: pd.DataFrame,
    *,
    subtitle: str,
    calm: str = "clean",
    hot: str = "pressured",
    measure: str = "EPA per dropback",
    width: Width = "page",
    most: int = 20,
) -> Finding:
    """Draw each quarterback's result with and without pressure (or blitz), with intervals.

    Parameters
    ----------
    splits : DataFrame
        ``name, calm, calm_low, calm_high, hot, hot_low, hot_high, n``; the ends may be null.
    calm, hot : str
        What the two states are called; a proxy says so in the subtitle.
    """
    kept = splits.dropna(subset=["calm", "hot"]) if not splits.empty else splits
    if kept.empty:
        title = f"No quarterback has both {calm} and {hot} dropbacks yet"
        return waiting(title, subtitle=subtitle, reason="The split needs plays of both kinds.", width=width)
    kept = kept.sort_values("n", ascending=False, kind="stable").head(most)
    kept = kept.sort_values("hot", ascending=False, kind="stable").reset_index(drop=True)
    figure, axes = canvas(width=width, height=height_of(len(kept), room=1.0))
    zero_line(axes)
    interval_rows(axes, kept["calm"], kept["calm_low"], kept["calm_high"], color=MODEL, shift=-0.16)
    interval_rows(axes, kept["hot"], kept["hot_low"], kept["hot_high"], color=MARKET_CLOSE, marker="D", shift=0.16)
    names_on_rows(axes, [f"{name} ({number(n, digits=0)})" for name, n in zip(kept["name"], kept["n"], strict=True)])
    key(axes, [(calm, MODEL, "o"), (hot, MARKET_CLOSE, "D"), ("95 % interval", BASELINE, "-")])
    axes.set_xlabel(f"{measure}; dropbacks in brackets")
    gap = finite(kept["calm"]) - finite(kept["hot"])
    title = f"{hot} costs the median quarterback {number(np.median(gap), digits=2)} {measure}"
    if len(kept) > 1:
        title += f", {kept['name'].iloc[int(np.argmax(gap))]} most ({number(gap.max(), digits=2)})"
    return told(figure, title, subtitle=subtitle, detail=f"Both states of {count(len(kept), 'quarterback')}.")
