"""How good is each team, shrunk how far: arrows, ranked ratings, the offence-defence plane, play-calling."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    Floats,
    finite,
    height_of,
    interval_rows,
    key,
    label_offsets,
    names_on_rows,
    say,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.intervals import Z95
from workbench.report.sentences import count, number, percent
from workbench.report.style import BASELINE, INK, MODEL, MUTED, PAPER, Width, canvas, drawn


@drawn
def shrinkage_arrows(
    profiles: pd.DataFrame, *, metric: str, subtitle: str, label: str = "", width: Width = "page", most: int = 32
) -> Finding:
    """Draw, for one metric, each team's raw value and where shrinkage took it.

    Parameters
    ----------
    profiles : DataFrame
        ``team, metric, unit, raw, n, shrunk, standard_error, weight, prior_mean``, one row a team and metric.
    metric : str
    label : str
        The metric's name for readers.
    """
    name = label or metric.replace("_", " ")
    kept = profiles[profiles["metric"] == metric].dropna(subset=["shrunk"])
    if kept.empty:
        reason = "No profile holds this metric yet."
        return waiting(f"{name}: no team yet", subtitle=subtitle, reason=reason, width=width)
    kept = kept.sort_values("shrunk", ascending=False, kind="stable").head(most).reset_index(drop=True)
    shrunk, error = finite(kept["shrunk"]), finite(kept["standard_error"])
    figure, axes = canvas(width=width, height=height_of(len(kept), room=1.0))
    interval_rows(axes, shrunk, shrunk - Z95 * error, shrunk + Z95 * error)
    _pulls(axes, finite(kept["raw"]), shrunk, finite(kept["prior_mean"]))
    names_on_rows(axes, _with_n(kept))
    key(axes, [("raw", MUTED, "o"), ("shrunk, 95 % interval", MODEL, "o"), ("prior", BASELINE, "|")])
    unit = str(kept["unit"].iloc[0]) if "unit" in kept else ""
    axes.set_xlabel(f"{name} ({unit})" if unit else name)
    title = f"{name}: {_weights(kept)}"
    return told(figure, title, subtitle=subtitle, detail=f"Raw and shrunk values of {count(len(kept), 'team')}.")


def _weights(kept: pd.DataFrame) -> str:
    weight = finite(kept["weight"])
    if not np.isfinite(weight).any():
        return "no weight is known"
    told_median = f"the median team keeps {percent(np.nanmedian(weight))} of its own result"
    least = kept["team"].iloc[int(np.nanargmin(weight))]
    return told_median + (f", {least} least ({percent(np.nanmin(weight))})" if len(kept) > 1 else "")


def _pulls(axes: Axes, raw: Floats, shrunk: Floats, prior: Floats) -> None:
    """Draw where each value was, the prior that pulled it, and the pull."""
    rows = np.arange(raw.size)
    axes.scatter(prior, rows, marker="|", s=42, color=BASELINE, linewidths=1.4, zorder=2)
    axes.hlines(rows, raw, shrunk, color=INK, linewidth=0.8, zorder=3)
    middle = (raw + 2 * shrunk) / 3
    shortest = 0.03 * float(np.nanmax(np.abs(raw), initial=1e-9))  # a shorter pull has no room for an arrow's head
    for sign, mark in ((1, ">"), (-1, "<")):
        chosen = sign * (shrunk - raw) > shortest
        axes.scatter(middle[chosen], rows[chosen], s=13, marker=mark, color=INK, linewidths=0, zorder=3)
    axes.scatter(raw, rows, s=24, facecolor=PAPER, edgecolor=MUTED, linewidths=1.1, zorder=4)


def _with_n(kept: pd.DataFrame) -> list[str]:
    return [f"{team} (n = {number(n, digits=0)})" for team, n in zip(kept["team"], kept["n"], strict=True)]


@drawn
def ranked_ratings(
    ratings: pd.DataFrame, *, subtitle: str, unit: str = "points against an average team", width: Width = "page"
) -> Finding:
    """Draw ratings in order with their 95 % intervals.

    Parameters
    ----------
    ratings : DataFrame
        ``team, rating, standard_error`` in points; optional ``previous`` (last week's rating).
    """
    kept = ratings.dropna(subset=["rating"]) if not ratings.empty else ratings
    if kept.empty:
        reason = "Ratings need at least one result."
        return waiting("No team is rated yet", subtitle=subtitle, reason=reason, width=width)
    kept = kept.sort_values("rating", ascending=False, kind="stable").reset_index(drop=True)
    centre, error = finite(kept["rating"]), finite(kept["standard_error"])
    figure, axes = canvas(width=width, height=height_of(len(kept), room=0.9))
    zero_line(axes)
    interval_rows(axes, centre, centre - Z95 * error, centre + Z95 * error)
    entries = [("rating, 95 % interval", MODEL, "o")]
    if "previous" in kept:
        before = finite(kept["previous"])
        axes.scatter(before, np.arange(before.size), marker="|", s=46, color=INK, linewidths=1.2, zorder=4)
        entries.append(("last week", INK, "|"))
    key(axes, entries)
    names_on_rows(axes, kept["team"].astype(str).tolist())
    axes.set_xlabel(unit)
    detail = f"Ratings of {count(len(kept), 'team')} with 95 % intervals."
    return told(figure, _leader(kept, centre, error), subtitle=subtitle, detail=detail)


def _leader(kept: pd.DataFrame, centre: Floats, error: Floats) -> str:
    best = kept["team"].iloc[0]
    if len(kept) == 1:
        return f"{best} is rated {number(centre[0], digits=1, signed=True)} points"
    # Independent errors are assumed: the ratings' covariances are small against their variances.
    tied = int((centre[0] - centre <= Z95 * np.sqrt(error[0] ** 2 + error**2))[1:].sum())
    lead = f"{best} is rated best, {number(centre[0], digits=1, signed=True)} points"
    return f"{lead}; {count(tied, 'team')} cannot be told apart from it" if tied else f"{lead}, apart from all others"


@drawn
def offence_defence(ratings: pd.DataFrame, *, subtitle: str, width: Width = "page") -> Finding:
    """Draw teams on the plane of offence and defence, with one standard error each way.

    Parameters
    ----------
    ratings : DataFrame
        ``team, offence, defence, offence_error, defence_error`` in points; larger is better on both.
    """
    kept = ratings.dropna(subset=["offence", "defence"]) if not ratings.empty else ratings
    if kept.empty:
        reason = "Ratings need at least one result."
        return waiting("No team has two sides yet", subtitle=subtitle, reason=reason, width=width)
    x, y = finite(kept["offence"]), finite(kept["defence"])
    figure, axes = canvas(width=width, height=4.4 if width == "column" else 5.2)
    zero_line(axes)
    zero_line(axes, vertical=False)
    _crosses(axes, kept)
    axes.set_xlabel("offence (points a game above average)")
    axes.set_ylabel("defence (points a game saved)")
    for text, place, ha, va in (("good at both ↗", 1, "right", "top"), ("↙ poor at both", 0, "left", "bottom")):
        axes.text(place, place, text, transform=axes.transAxes, ha=ha, va=va, color=MUTED, fontsize=8.5)
    best = kept["team"].iloc[int(np.argmax(x + y))]
    both = int(((x > 0) & (y > 0)).sum())
    title = f"{best} adds up best; {both} of {count(len(kept), 'team')} above average on both sides"
    detail = "Offence against defence in points, bars of one standard error."
    return told(figure, title, subtitle=subtitle, detail=detail)


def _crosses(axes: Axes, kept: pd.DataFrame) -> None:
    x, y = finite(kept["offence"]), finite(kept["defence"])
    wide, tall = finite(kept["offence_error"]), finite(kept["defence_error"])
    axes.errorbar(x, y, xerr=wide, yerr=tall, fmt="none", ecolor=MODEL, alpha=0.16, elinewidth=1.4)
    axes.scatter(x, y, s=20, color=MODEL, zorder=3, linewidths=0)
    axes.margins(0.08)
    axes.autoscale_view()
    names = kept["team"].astype(str).tolist()
    for name, across, up, (dx, dy) in zip(names, x, y, label_offsets(axes, x, y, names), strict=True):
        say(axes, (across, up), name, color=INK, dx=dx, dy=dy, fontsize=8)


@drawn
def play_calling(
    tendencies: pd.DataFrame, *, subtitle: str, measure: str = "pass rate over expectation", width: Width = "page"
) -> Finding:
    """Draw how far each team's calls lie from expectation, with 95 % intervals.

    Parameters
    ----------
    tendencies : DataFrame
        ``team, value, standard_error, n``; value is a share (0.05 = five in a hundred calls more than expected).
    """
    kept = tendencies.dropna(subset=["value"]) if not tendencies.empty else tendencies
    if kept.empty:
        reason = "Play-calling needs play-by-play."
        return waiting("No calls to read yet", subtitle=subtitle, reason=reason, width=width)
    kept = kept.sort_values("value", ascending=False, kind="stable").reset_index(drop=True)
    value, error = finite(kept["value"]), finite(kept["standard_error"])
    figure, axes = canvas(width=width, height=height_of(len(kept)))
    zero_line(axes)
    interval_rows(axes, value, value - Z95 * error, value + Z95 * error)
    names_on_rows(axes, _with_n(kept))
    share_ticks(axes.xaxis, signed=True)
    axes.set_xlabel(f"{measure} (percentage points; bar: 95 % interval)")
    clear = int((np.abs(value) > Z95 * error).sum())
    verb = "calls" if clear == 1 else "call"
    title = f"{clear} of {count(len(kept), 'team')} {verb} apart from expectation; {kept['team'].iloc[0]} passes most"
    return told(figure, title, subtitle=subtitle, detail=f"{measure} with 95 % intervals.")
