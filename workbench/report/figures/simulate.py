"""What is each game's distribution, price and edge: one game, the slate, fair against market."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from workbench.report.drawing import Finding
from workbench.report.figures.margins import (
    EDGE,
    KEY_NUMBERS,
    POINTS,
    central_margins,
    home_chance,
    margin_bars,
    margin_shares,
    mass_on,
)
from workbench.report.figures.parts import (
    Floats,
    finite,
    height_of,
    interval_rows,
    key,
    names_on_rows,
    number_ticks,
    say,
    told,
    waiting,
)
from workbench.report.sentences import count, handicap, is_missing, number, percent
from workbench.report.style import (
    BASELINE,
    INK,
    MARKET_CLOSE,
    MARKET_OPEN,
    MODEL,
    MUTED,
    PAPER,
    Width,
    canvas,
    drawn,
    panels,
)


@drawn
def margin_distribution(
    margins: ArrayLike,
    *,
    home: str,
    away: str,
    subtitle: str,
    weights: ArrayLike | None = None,
    fair_line: float | None = None,
    market_open: float | None = None,
    market_close: float | None = None,
    width: Width = "page",
) -> Finding:
    """Draw one game's simulated margins with its key numbers, and the line fair to the model beside the market's.

    Parameters
    ----------
    margins : array_like, shape (n_draws,)
        Home minus away, points.
    weights : array_like, shape (n_draws,), optional
        The tilt.
    fair_line : float, optional
        The home line fair to the model; without it the mean margin is drawn, which is no line.
    market_open, market_close : float, optional
        The home line at the decision and at the close.
    """
    if np.size(margins) == 0:
        title = f"{away} at {home} is not simulated yet"
        return waiting(title, subtitle=subtitle, reason="No draws yet.", width=width)
    shares = margin_shares(margins, weights)
    tilt = None if weights is None else np.asarray(weights, dtype=np.float64)
    mean = float(np.average(np.asarray(margins, dtype=np.float64), weights=tilt))
    figure, axes = canvas(width=width, height=3.3)
    margin_bars(axes, shares)
    ours = ("model mean", mean) if fair_line is None else ("fair to the model", fair_line)
    _lines(axes, float(shares.max()), (ours, market_open, market_close), home=home, away=away)
    _winners(axes, shares, home=home, away=away)
    low, high = _game_axes(axes, shares, home=home, away=away)
    chance = home_chance(shares)
    winner, share = (home, chance) if chance >= 0.5 else (away, 1 - chance)
    title = f"{winner} wins {percent(share)} of simulated games; {percent(mass_on(shares, KEY_NUMBERS))} end by 3 or 7"
    detail = f"Mean margin {number(mean, digits=1, signed=True)} for {home}, middle 80 % from {low} to {high}."
    return told(figure, title, subtitle=subtitle, detail=detail)


def _lines(
    axes: Axes, top: float, lines: tuple[tuple[str, float], float | None, float | None], *, home: str, away: str
) -> None:
    (ours, mine), at_decision, at_close = lines
    looks = (
        (mine, ours, MODEL, "-"),
        (at_decision, "market at decision", MARKET_OPEN, "--"),
        (at_close, "market at close", MARKET_CLOSE, "-"),
    )
    for row, (line, name, colour, dash) in enumerate(looks):
        if line is None or is_missing(line):
            continue
        height = top * (1.30 - 0.085 * row)
        axes.plot([line, line], [0, height], color=colour, linewidth=1.5, linestyle=dash, solid_capstyle="butt")
        say(axes, (line, height), f"{name}: {handicap(line, home=home, away=away)}", color=INK, dx=5)


def _winners(axes: Axes, shares: Floats, *, home: str, away: str) -> None:
    for word, share, x, ha in (
        (home, shares[EDGE + 1 :].sum(), 1.0, "right"),
        (away, shares[:EDGE].sum(), 0.0, "left"),
    ):
        text = f"{word} wins\n{percent(share)}"
        axes.text(x, 0.62, text, transform=axes.transAxes, ha=ha, color=INK, fontsize=10, parse_math=False)


def _game_axes(axes: Axes, shares: Floats, *, home: str, away: str) -> tuple[int, int]:
    """Lay out the axes, draw the middle 80 % below the bars, and return its ends."""
    top = float(shares.max())
    low, high = central_margins(shares, 0.8)
    axes.plot([low, high], [-0.045 * top] * 2, color=INK, linewidth=2.2, solid_capstyle="round", clip_on=False)
    axes.set_ylim(-0.09 * top, top * 1.38)
    axes.set_xlim(POINTS[0] - 1, POINTS[-1] + 1)
    axes.set_xticks([-42, -28, -21, -14, -7, -3, 0, 3, 7, 14, 21, 28, 42])
    axes.xaxis.set_major_formatter(lambda value, _: number(abs(value), digits=0))
    axes.yaxis.set_major_formatter(lambda value, _: percent(value) if value >= 0 else "")
    axes.grid(visible=False, axis="x")
    label = f"← {away} wins by · points · {home} wins by →   (bar below: middle 80 % of draws)"
    axes.set_xlabel(label, parse_math=False)
    axes.set_ylabel("share of draws (%)")
    return low, high


@drawn
def slate(
    margins: ArrayLike,
    *,
    games: pd.DataFrame,
    subtitle: str,
    weights: ArrayLike | None = None,
    width: Width = "wide",
) -> Finding:
    """Draw every game of the week as a small margin distribution with the market's line.

    Parameters
    ----------
    margins : array_like, shape (n_games, n_draws)
    games : DataFrame, n_games rows in the same order
        ``home_team, away_team``; optional ``home_line`` (market at the decision).
    weights : array_like, shape (n_games, n_draws), optional
    """
    if games.empty:
        reason = "The schedule holds no game of this week."
        return waiting("No game this week", subtitle=subtitle, reason=reason, width=width)
    tilt = [None] * len(games) if weights is None else list(np.atleast_2d(np.asarray(weights)))
    shares = [margin_shares(row, w) for row, w in zip(np.atleast_2d(np.asarray(margins)), tilt, strict=True)]
    across = min(4 if width == "wide" else 3, len(games))
    down = -(-len(games) // across)
    figure, grid = panels(down, across, width=width, height=1.42 * down + 0.35, sharex=True, sharey=True)
    lines = finite(games["home_line"]) if "home_line" in games else np.full(len(games), np.nan)
    teams = list(zip(games["home_team"].astype(str), games["away_team"].astype(str), strict=True))
    for axes, row, (home, away), line in zip(grid.ravel(), shares, teams, lines, strict=False):
        _small(axes, row, home=home, away=away, line=float(line))
    for axes in grid.ravel()[len(games) :]:
        axes.set_visible(False)
    figure.supxlabel("home margin (points); vertical line: market at the decision", fontsize=8.5, color=MUTED)
    detail = f"Simulated margins of {count(len(games), 'game')}."
    return told(figure, _slate_title(shares, teams), subtitle=subtitle, detail=detail)


def _slate_title(shares: list[Floats], teams: list[tuple[str, str]]) -> str:
    sure = np.array([max(home_chance(s), 1 - home_chance(s)) for s in shares])
    names = [f"{away} at {home}" for home, away in teams]
    title = f"{names[int(sure.argmax())]} is the surest game ({percent(sure.max())})"
    return title + (f", {names[int(sure.argmin())]} the closest ({percent(sure.min())})" if len(names) > 1 else "")


def _small(axes: Axes, shares: Floats, *, home: str, away: str, line: float) -> None:
    margin_bars(axes, shares, gap=0.0)
    axes.set_title(f"{away} at {home}", fontsize=8.5, parse_math=False)
    chance = home_chance(shares)
    text = f"{home} {percent(chance)}" if chance >= 0.5 else f"{away} {percent(1 - chance)}"
    axes.text(
        1.0, 0.98, text, transform=axes.transAxes, ha="right", va="top", fontsize=8, color=MUTED, parse_math=False
    )
    if np.isfinite(line):
        axes.axvline(line, color=MARKET_OPEN, linewidth=1.5)
    axes.set_xlim(-35, 35)
    axes.set_xticks([-21, -7, 0, 7, 21])
    number_ticks(axes.xaxis)
    axes.set_xticks([-21, -7, 0, 7, 21])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.tick_params(labelsize=7.5)


@drawn
def edges(
    prices: pd.DataFrame,
    *,
    subtitle: str,
    unit: str = "points of home margin",
    width: Width = "page",
    most: int = 20,
) -> Finding:
    """Draw fair lines with their intervals against the market's, bets filled.

    Parameters
    ----------
    prices : DataFrame
        ``label, fair_line, fair_low, fair_high, market_line, bet`` (bool), one row a game; the ends may be null.
    """
    kept = prices.dropna(subset=["fair_line", "market_line"]) if not prices.empty else prices
    if kept.empty:
        reason = "No quote is known at this instant."
        return waiting("No game has a price yet", subtitle=subtitle, reason=reason, width=width)
    gap = (kept["fair_line"] - kept["market_line"]).abs().sort_values(ascending=False, kind="stable")
    kept = kept.loc[gap.index].head(most).reset_index(drop=True)
    fair, market, bet = finite(kept["fair_line"]), finite(kept["market_line"]), kept["bet"].to_numpy(dtype=bool)
    figure, axes = canvas(width=width, height=height_of(len(kept), room=1.0))
    rows = np.arange(len(kept))
    axes.hlines(rows, fair, market, color=BASELINE, linewidth=1.0)
    interval_rows(axes, fair, kept["fair_low"], kept["fair_high"])
    axes.scatter(market, rows, s=34, marker="D", facecolor=PAPER, edgecolor=MARKET_OPEN, linewidths=1.5, zorder=4)
    axes.scatter(market[bet], rows[bet], s=34, marker="D", color=MARKET_OPEN, zorder=5, linewidths=0)
    names_on_rows(axes, kept["label"].astype(str).tolist())
    model = "model, 95 % interval" if kept["fair_low"].notna().any() else "model"
    key(axes, [(model, MODEL, "o"), ("market (filled: bet)", MARKET_OPEN, "D")])
    axes.set_xlabel(unit)
    title = f"{count(int(prices['bet'].sum()), 'bet')} from {count(len(prices), 'price')}; the widest gap is "
    title += f"{kept['label'].iloc[0]}, {number(gap.iloc[0], digits=1)} points"
    return told(figure, title, subtitle=subtitle, detail=f"Fair and market lines of {count(len(kept), 'game')}.")
