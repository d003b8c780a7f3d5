"""Figures of yards: a week's intervals player by player, and methods by how wide and how right they are."""

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    finite,
    height_of,
    key,
    label_offsets,
    names_on_rows,
    number_ticks,
    say,
    told,
    waiting,
)
from workbench.report.sentences import count
from workbench.report.style import BASELINE, MODEL, OUTCOME, Width, canvas, drawn


@drawn
def player_intervals(
    players: pd.DataFrame, *, title: str, subtitle: str, most: int = 24, width: Width = "page"
) -> Finding:
    """Draw each player's median with his 50 and 90 % intervals, and the yards he made where they are known.

    Parameters
    ----------
    players : DataFrame
        ``player_name, team, median, low_50, high_50, low_90, high_90, yards`` (null where not played), in the order
        drawn.
    most : int
        Players drawn.
    """
    if players.empty:
        return waiting(title, subtitle=subtitle, reason="No player of this week could be forecast.", width=width)
    shown = players.head(most)
    figure, axes = canvas(width=width, height=height_of(len(shown), room=0.95))
    places = np.arange(len(shown))
    axes.hlines(places, finite(shown["low_90"]), finite(shown["high_90"]), color=MODEL, linewidth=2.0, alpha=0.35)
    axes.hlines(places, finite(shown["low_50"]), finite(shown["high_50"]), color=MODEL, linewidth=5.5, alpha=0.55)
    axes.scatter(finite(shown["median"]), places, s=26, color=MODEL, zorder=3, linewidths=0)
    played = np.isfinite(finite(shown["yards"]))
    entries = [("median", MODEL, "o"), ("50 % thick, 90 % thin", MODEL, "-")]
    if played.any():
        axes.scatter(finite(shown["yards"])[played], places[played], s=34, color=OUTCOME, marker="|", zorder=4)
        entries.append(("made", OUTCOME, "|"))
    names = shown["player_name"].astype(str) + " (" + shown["team"].astype(str) + ")"
    names_on_rows(axes, names.to_list())
    number_ticks(axes.xaxis, signed=False)
    axes.set_xlabel("yards")
    key(axes, entries)
    detail = f"{count(len(shown), 'player')} of {len(players)}, in the order drawn."
    return told(figure, title, subtitle=subtitle, detail=detail)


@drawn
def width_and_score(methods: pd.DataFrame, *, title: str, subtitle: str, width: Width = "page") -> Finding:
    """Draw methods by the width of intervals brought to one coverage and by their CRPS: lower left is better.

    Parameters
    ----------
    methods : DataFrame
        ``name, width, crps, baseline`` (yards; whether it is one of the baselines).
    """
    if methods.empty:
        return waiting(title, subtitle=subtitle, reason="No method could be compared.", width=width)
    figure, axes = canvas(width=width, height=3.2)
    x, y = finite(methods["width"]), finite(methods["crps"])
    base = methods["baseline"].to_numpy(dtype=bool)
    for chosen, colour, marker in ((~base, MODEL, "o"), (base, BASELINE, "D")):
        axes.scatter(x[chosen], y[chosen], s=38, color=colour, marker=marker, linewidths=0, zorder=3)
    axes.margins(x=0.22, y=0.16)
    axes.autoscale_view()
    names = [str(name) for name in methods["name"]]
    for place, (dx, dy), name in zip(zip(x, y, strict=True), label_offsets(axes, x, y, names), names, strict=True):
        say(axes, (float(place[0]), float(place[1])), name, dx=dx, dy=dy)
    key(axes, [("network", MODEL, "o"), ("baseline", BASELINE, "D")])
    number_ticks(axes.xaxis, digits=1, signed=False)
    number_ticks(axes.yaxis, digits=2, signed=False)
    axes.set_xlabel("mean width of 90 % intervals at the same coverage, yards")
    axes.set_ylabel("CRPS, yards")
    best = names[int(np.nanargmin(y))]
    return told(figure, title, subtitle=subtitle, detail=f"Lowest CRPS: {best}; {count(len(names), 'method')}.")


@drawn
def yards_of_interval(
    players: pd.DataFrame, *, title: str, subtitle: str, label: str, width: Width = "page"
) -> Finding:
    """Draw two kinds of 90 % interval side by side over the same outcomes: of the mean, and of the yards.

    Parameters
    ----------
    players : DataFrame
        ``yards, mean_low, mean_high, low, high``, in the order drawn, one row a player-game.
    """
    if players.empty:
        return waiting(title, subtitle=subtitle, reason="No outcome is known.", width=width)
    figure, axes = canvas(width=width, height=3.0)
    at = np.arange(len(players))
    axes.fill_between(at, finite(players["low"]), finite(players["high"]), color=BASELINE, alpha=0.25, linewidth=0)
    axes.fill_between(
        at, finite(players["mean_low"]), finite(players["mean_high"]), color=MODEL, alpha=0.6, linewidth=0
    )
    axes.scatter(at, finite(players["yards"]), s=7, color=OUTCOME, linewidths=0, zorder=3)
    axes.set_xticks([])
    axes.set_xlim(-1, len(players))
    axes.set_xlabel("player-games, by expected yards")
    axes.set_ylabel(label)
    number_ticks(axes.yaxis, signed=False)
    key(axes, [("interval of the mean", MODEL, "s"), ("of the yards", BASELINE, "s"), ("made", OUTCOME, "o")])
    held = [
        int(((finite(players["yards"]) >= finite(players[a])) & (finite(players["yards"]) <= finite(players[b]))).sum())
        for a, b in (("mean_low", "mean_high"), ("low", "high"))
    ]
    detail = f"Of {count(len(players), 'player-game')} the mean's intervals hold {held[0]}, the yards' {held[1]}."
    return told(figure, title, subtitle=subtitle, detail=detail)
