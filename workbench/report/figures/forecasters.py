"""Who forecast best, and are forecasts to be taken at their word: ranks on identical games, reliability with bands."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workbench.decision.paired_scores import PairedScores
from workbench.decision.reliability import Reliability
from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    finite,
    height_of,
    interval_rows,
    names_on_rows,
    say,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import compared, count, interval, number
from workbench.report.style import BASELINE, MARKET_CLOSE, MARKET_OPEN, MODEL, MUTED, Width, canvas, drawn, panels

#: Forecasters as readers know them; a page adds its peers.
NAMES: Final[Mapping[str, str]] = {"model": "our model", "market": "market at decision", "close": "market at close"}
#: A band of thousands of forecasts is drawn through this many.
_BAND_POINTS: Final = 120
_COLOURS: Final[Mapping[str, str]] = {"model": MODEL, "market": MARKET_OPEN, "close": MARKET_CLOSE}


@drawn
def reliability_curves(found: Mapping[str, Reliability], *, subtitle: str, width: Width = "wide") -> Finding:
    """Draw each forecaster's recalibrated forecast against its own, with the band in which a calibrated one stays.

    Parameters
    ----------
    found : mapping of str to Reliability
        By forecaster (``model``, ``market``, ``close``): one panel each; the first one tells the title.
    """
    if not found:
        reason = "Reliability waits for more results."
        return waiting("Too few forecasts are graded", subtitle=subtitle, reason=reason, width=width)
    figure, grid = panels(1, len(found), width=width, height=3.3 if len(found) > 1 else 3.6, sharey=True)
    for axes, (name, one) in zip(grid[0], found.items(), strict=True):
        _reliability_panel(axes, one, name=name)
    grid[0][0].set_ylabel("happened, best monotone fit (%)")
    name, first = next(iter(found.items()))
    return told(figure, reliability_title(first, name=name), subtitle=subtitle, detail=_splits(found))


def _reliability_panel(axes: Axes, found: Reliability, *, name: str) -> None:
    curve, colour = found.curve, _COLOURS.get(name, MODEL)
    x = finite(curve["predicted"])
    seen = np.unique(np.linspace(0, len(x) - 1, _BAND_POINTS).round().astype(np.int64))
    low, high = (finite(curve[end])[seen] for end in ("band_low", "band_high"))
    axes.fill_between(x[seen], low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot([0, 1], [0, 1], color=BASELINE, linewidth=1.2, linestyle=":")
    # a corner of the staircase is all that is seen of a run of equal values
    turn = np.flatnonzero(np.r_[True, np.abs(np.diff(finite(curve["recalibrated"]))) > 1e-12, True])
    shown = np.unique(np.r_[turn, np.maximum(turn - 1, 0), len(x) - 1].clip(0, len(x) - 1))
    axes.plot(x[shown], finite(curve["recalibrated"])[shown], color=colour, linewidth=1.6)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_aspect("equal", anchor="W")
    share_ticks(axes.xaxis)
    share_ticks(axes.yaxis)
    axes.set_xticks([0, 0.5, 1])
    axes.set_title(NAMES.get(name, name))
    axes.set_xlabel("forecast (%)")
    split = _brier(found)
    parts = [("score", ""), ("miscalibration", ""), ("discrimination", "−"), ("uncertainty", "")]
    for row, (part, sign) in enumerate(parts):
        value = number(split[part], digits=4)
        axes.text(0.98, 0.27 - 0.075 * row, f"{part} {sign}{value}", ha="right", fontsize=7.5, color=MUTED)


def reliability_title(found: Reliability, *, name: str) -> str:
    """Return what the test of calibration says, with the numbers it rests on."""
    split = _brier(found)
    beyond = split["p_value"] < 0.05
    who = NAMES.get(name, name)
    verdict = "is not calibrated" if beyond else "is not told apart from calibrated"
    held = f"a calibrated one stays under {number(split['calibrated_high'], digits=4)} 19 times in 20"
    amount = number(split["miscalibration"], digits=4)
    return f"{who} {verdict}: miscalibration {amount} of Brier, {held}; {count(found.n, 'game')}"


def _brier(found: Reliability) -> dict[str, Any]:
    rows: dict[Any, dict[str, Any]] = found.splits.set_index("score_name").to_dict("index")  # type: ignore[assignment]
    return rows["brier"]


def _splits(found: Mapping[str, Reliability]) -> str:
    told_of = []
    for name, one in found.items():
        row, who = _brier(one), NAMES.get(name, name)
        parts = (number(row[part], digits=4) for part in ("score", "miscalibration", "discrimination"))
        told_of.append("{}: Brier {}, miscalibration {}, discrimination {}".format(who, *parts))
    return "; ".join(told_of) + "."


@drawn
def ranked_forecasters(
    scores: PairedScores,
    *,
    subtitle: str,
    population: str = "common",
    score: str = "brier",
    names: Mapping[str, str] | None = None,
    width: Width = "page",
) -> Finding:
    """Draw every forecaster's gain on the market at the decision, on the games all of them forecast.

    Parameters
    ----------
    population : str, default "common"
        Of ``scores``; ``all`` where there are no peers.
    names : mapping of str to str, optional
        Peers as readers know them.
    """
    shown = {**NAMES, **(names or {})}
    gains = scores.gains[(scores.gains["population"] == population) & (scores.gains["score"] == score)]
    rows = _over_market(gains)
    if rows.empty:
        return waiting("No two forecasters share games", subtitle=subtitle, reason="Nothing to compare.", width=width)
    means = scores.scores[scores.scores["population"] == population].set_index("forecaster")[score]
    rows = rows.sort_values("gain", ascending=False, kind="stable")
    figure, axes = canvas(width=width, height=height_of(len(rows), room=0.95) + 0.1 * len(rows))
    zero_line(axes)
    interval_rows(axes, rows["gain"], rows["low"], rows["high"], color=MUTED)
    mine = np.flatnonzero(rows["forecaster"] == "model")
    axes.scatter(rows["gain"].iloc[mine], mine, s=34, color=MODEL, zorder=4, linewidths=0)
    names_on_rows(axes, [shown.get(n, n) for n in rows["forecaster"]])
    right = float(np.nanmax(np.r_[finite(rows["high"]), finite(rows["gain"]), 0.0]))
    for row, name in enumerate(rows["forecaster"]):
        say(axes, (right, row), number(float(means[name]), digits=4), dx=10)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: number(value, digits=3, signed=True))
    what = "Brier score" if score == "brier" else "log loss"
    axes.set_xlabel(f"gain on the market at decision in {what} (right: better; figures: mean score)")
    games = int(rows["games"].iloc[0])
    return told(figure, _rank_title(rows, shown), subtitle=subtitle, detail=f"{count(games, 'game')} of them all.")


def _over_market(gains: pd.DataFrame) -> pd.DataFrame:
    """Return one row a forecaster: its gain on the market, whoever's gain on whom was taken."""
    ours = gains[(gains["by"] == "model") & (gains["over"] == "market")].assign(forecaster="model")
    others = gains[gains["by"] == "market"]
    turned = others.assign(forecaster=others["over"], gain=-others["gain"], low=-others["high"], high=-others["low"])
    market = pd.DataFrame({"forecaster": ["market"], "gain": [0.0], "low": [np.nan], "high": [np.nan]})
    return pd.concat([ours, turned, market.assign(games=gains["games"].iloc[0])]) if len(gains) else ours


def _rank_title(rows: pd.DataFrame, names: Mapping[str, str]) -> str:
    ours = rows[rows["forecaster"] == "model"].iloc[0]
    verdict = compared(-ours["high"], -ours["low"], below="ahead of", above="behind")
    best = names.get(str(rows["forecaster"].iloc[0]), str(rows["forecaster"].iloc[0]))
    place = int(np.flatnonzero(rows["forecaster"] == "model")[0]) + 1
    ends = interval(ours["low"], ours["high"], digits=4)
    gain = f"{number(float(ours['gain']), digits=4, signed=True)} (95 % interval {ends})"
    return f"Our model is {verdict} the market it bet into: {gain}; it ranks {place} of {len(rows)}, {best} first"
