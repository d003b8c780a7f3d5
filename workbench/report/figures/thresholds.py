"""Figures of the thresholds: what each rule does by chance and by right, power curves, time to decide, filters."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MultipleLocator

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
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
from workbench.report.sentences import count, number, percent
from workbench.report.style import (
    BASELINE,
    BETTER,
    INK,
    MARKET_CLOSE,
    MARKET_OPEN,
    MODEL,
    MUTED,
    WORSE,
    Width,
    canvas,
    drawn,
    panels,
)

#: Policies: colour, marker and line, so that grey print still tells them apart.
_POLICIES: Final[Mapping[str, tuple[str, str, str]]] = {
    "default": (MARKET_CLOSE, "s", "-"),
    "calibrated": (MARKET_OPEN, "D", "--"),
    "sequential": (MODEL, "o", "-"),
}
_POLICY_WORDS: Final = {"default": "as set", "calibrated": "threshold calibrated", "sequential": "by evidence"}
#: Truths, from worst to best: the stated one errs, the others are what is looked for.
_TRUTH_LOOKS: Final = ((WORSE, ":"), (BASELINE, "-"), (MODEL, "--"), (BETTER, "-"))


@drawn
def error_and_power(
    rows: pd.DataFrame, *, rate: float, title: str, subtitle: str, width: Width = "wide"
) -> Finding:  # fmt: skip
    """Draw, a rule a row, how often it fires wrongly and how often rightly within a season, by policy.

    Parameters
    ----------
    rows : DataFrame
        ``name, policy, wrong, wrong_error, right, right_error``: shares of seasons and their standard errors.
    rate : float
        The stated false rate, drawn as a line.
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="No rule was simulated.", width=width)
    names = list(dict.fromkeys(rows["name"]))
    figure, grid = panels(1, 2, width=width, height=height_of(round(1.9 * len(names)), room=1.0), sharey=True)
    for axes, which in zip(grid[0], ("wrong", "right"), strict=True):
        for step, (policy, (colour, marker, _)) in enumerate(_POLICIES.items()):
            mine = rows[rows["policy"] == policy].set_index("name").reindex(names)
            middle, error = finite(mine[which]), 1.96 * finite(mine[f"{which}_error"])
            interval_rows(
                axes, middle, np.maximum(middle - error, 0), np.minimum(middle + error, 1), color=colour, marker=marker,
                shift=0.24 * (step - 1),
            )  # fmt: skip
        names_on_rows(axes, names)
        axes.set_xlim(-0.03, 1.03)
        share_ticks(axes.xaxis)
        for row in np.arange(len(names) - 1) + 0.5:
            axes.axhline(row, color=BASELINE, linewidth=0.4, alpha=0.5)
    zero_line(grid[0][0], at=rate)
    grid[0][0].set_xlabel("seasons: fires though nothing is wrong (line: stated rate)")
    grid[0][1].set_xlabel("seasons: fires where it should")
    key(grid[0][0], [(_POLICY_WORDS[p], colour, marker) for p, (colour, marker, _) in _POLICIES.items()], columns=3)
    loud = int((rows.loc[rows["policy"] == "default", "wrong"] > 0.5).sum())
    return told(figure, title, subtitle=subtitle,
                detail=f"{count(len(names), 'rule')}; as set, {loud} fire wrongly in most seasons.")  # fmt: skip


@drawn
def power_curves(
    rows: pd.DataFrame, *, threshold: float, title: str, subtitle: str, width: Width = "page"
) -> Finding:  # fmt: skip
    """Draw how often the gate is open by true mean, as set and with the threshold calibrated.

    Parameters
    ----------
    rows : DataFrame
        ``bets, level, default, calibrated``.
    threshold : float
        As set.
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="No line moved.", width=width)
    figure, axes = canvas(width=width, height=3.4)
    looks = dict(zip(sorted(rows["bets"].unique()), (MARKET_OPEN, MODEL, BETTER), strict=False))
    for bets, colour in looks.items():
        mine = rows[rows["bets"] == bets]
        x = finite(mine["level"])
        axes.plot(x, finite(mine["default"]), color=colour, linewidth=2.0)
        axes.plot(x, finite(mine["calibrated"]), color=colour, linewidth=1.5, linestyle="--")
    axes.axvline(0.0, color=BASELINE, linewidth=0.9)
    axes.axvline(threshold, color=BASELINE, linewidth=0.9, linestyle=":")
    axes.set_ylim(0, 1.0)
    axes.set_xlim(float(rows["level"].min()), float(rows["level"].max()))
    share_ticks(axes.yaxis)
    number_ticks(axes.xaxis, digits=1)
    axes.set_xlabel("true mean closing line value (points); dotted: the threshold")
    axes.set_ylabel("weeks with the gate open")
    key(axes, [(f"{bets} bets", colour, "-") for bets, colour in looks.items()]
        + [("calibrated to 5 % at no skill", MUTED, "--")], columns=4)  # fmt: skip
    none = rows[rows["level"].abs() < 1e-9].sort_values("bets")
    said = ", ".join(f"{int(b)} bets {percent(s)}" for b, s in zip(none["bets"], none["default"], strict=True))
    return told(figure, title, subtitle=subtitle, detail=f"Without skill the gate is open with {said}.")


@drawn
def decision_times(
    rows: pd.DataFrame, *, unit: str, title: str, subtitle: str, width: Width = "wide"
) -> Finding:  # fmt: skip
    """Draw, a panel a policy, the share of seasons in which a rule has fired by each week, a line a truth.

    Parameters
    ----------
    rows : DataFrame
        ``policy, truth, level, wrong, by_week`` of one rule; truths in the order of their level.
    unit : str
        What a look is: week or round.
    """
    policies = [p for p in _POLICIES if (rows["policy"] == p).any()]
    if not policies:
        return waiting(title, subtitle=subtitle, reason="No rule was simulated.", width=width)
    figure, grid = panels(1, len(policies), width=width, height=3.3, sharey=True)
    truths = rows.drop_duplicates("level").sort_values("level")[["truth", "level"]].to_numpy().tolist()
    for axes, policy in zip(grid[0], policies, strict=True):
        mine = rows[rows["policy"] == policy]
        for (truth, _), (colour, line) in zip(truths, _looks(len(truths)), strict=True):
            path = finite(mine.loc[mine["truth"] == truth, "by_week"].iloc[0])
            axes.plot(np.arange(1, len(path) + 1), path, color=colour, linestyle=line, linewidth=2.0)
        _decision_axes(
            axes, weeks=len(path), unit=unit, title=_POLICY_WORDS[policy], setting=str(mine["setting"].iloc[0])
        )
    share_ticks(grid[0][0].yaxis)
    grid[0][0].set_ylabel("seasons in which it has fired")
    looks = _looks(len(truths))
    figure.legend(
        handles=[axes.plot([], [], color=c, linestyle=s, label=str(t))[0]
                 for (t, _), (c, s) in zip(truths, looks, strict=True)],
        loc="outside upper left", ncols=len(truths) if len(truths) < 5 else 3, labelcolor=MUTED,
    )  # fmt: skip
    return told(figure, title, subtitle=subtitle, detail=_endings(rows, policies))


def _looks(n: int) -> Sequence[tuple[str, str]]:
    return _TRUTH_LOOKS[4 - n :] if n <= 4 else [*_TRUTH_LOOKS, *((INK, "-.") for _ in range(n - 4))]


def _decision_axes(axes: Axes, *, weeks: int, unit: str, title: str, setting: str) -> None:
    axes.set_ylim(0, 1.02)
    axes.set_xlim(1, weeks)
    axes.xaxis.set_major_locator(FixedLocator([t for t in (1, 5, 10, 15, 20, 30, 38) if t <= weeks]))
    axes.set_xlabel(f"{unit} of the season")
    axes.text(0.0, 1.0, setting, transform=axes.transAxes, fontsize=8.0, color=MUTED, va="bottom")
    axes.set_title(title, pad=16.0)


def _endings(rows: pd.DataFrame, policies: Sequence[str]) -> str:
    parts = []
    for policy in policies:
        mine = rows[rows["policy"] == policy].sort_values("level")
        ends = [f"{t}: {percent(b[-1])}" for t, b in zip(mine["truth"], mine["by_week"], strict=True)]
        parts.append(f"{_POLICY_WORDS[policy]}: {', '.join(ends)}")
    return f"By the season's end, {'; '.join(parts)}."


@drawn
def filter_worth(
    rows: pd.DataFrame, *, threshold: float, title: str, subtitle: str, width: Width = "page"
) -> Finding:  # fmt: skip
    """Draw what bets that pass a filter on expected value are truly worth, by the share of edges that is real.

    Parameters
    ----------
    rows : DataFrame
        ``real_share, threshold, worth``.
    threshold : float
        As set.
    """
    figure, axes = canvas(width=width, height=3.1)
    shares = sorted(rows["real_share"].unique())
    for share, colour in zip(shares, (BASELINE, WORSE, MARKET_OPEN, BETTER), strict=False):
        mine = rows[rows["real_share"] == share]
        x, y = finite(mine["threshold"]), finite(mine["worth"])
        axes.plot(x, y, color=colour, linewidth=2.0)
        say(axes, (float(x[-1]), float(y[-1])), f"{percent(share)} real", color=colour, dx=5)
    zero_line(axes, vertical=False)
    axes.axvline(threshold, color=BASELINE, linewidth=0.9, linestyle=":")
    axes.set_xlim(0, float(rows["threshold"].max()) * 1.17)
    axes.set_xticks(np.linspace(0, float(rows["threshold"].max()), 6))
    share_ticks(axes.xaxis)
    axes.yaxis.set_major_locator(MultipleLocator(0.05))
    share_ticks(axes.yaxis, signed=True)
    axes.set_xlabel("filter: least expected value by the model (dotted: as set)")
    axes.set_ylabel("true value a unit staked")
    at = rows[(rows["threshold"] - threshold).abs() < 1e-9].sort_values("real_share")
    said = "; ".join(f"{percent(s)} real {number(100 * w, digits=1, signed=True)} %"
                     for s, w in zip(at["real_share"], at["worth"], strict=True))  # fmt: skip
    return told(figure, title, subtitle=subtitle, detail=f"At the filter as set: {said}.")
