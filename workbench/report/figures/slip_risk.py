"""What may a week's bets do to the bankroll: the law of the week's profit, as model and market see it."""

import numpy as np
from matplotlib.axes import Axes

from workbench.decision.slip_risk import SlipRisk, WeekRisk
from workbench.report.drawing import Finding
from workbench.report.figures.parts import Floats, key, say, share_ticks, told, waiting, zero_line
from workbench.report.sentences import number, percent
from workbench.report.style import INK, MARKET_OPEN, MODEL, WORSE, Width, canvas, drawn
from workbench.risk.ruin import Profits

_BARS = 41


@drawn
def week_profit(risk: WeekRisk | None, *, subtitle: str, width: Width = "page") -> Finding:
    """Draw the law of the week's profit if the model is right, and if the market is, with the value at risk.

    Parameters
    ----------
    risk : WeekRisk or None
        None where nothing is bet.
    """
    if risk is None:
        return waiting("No bet, nothing at risk", subtitle=subtitle, reason="The slip is empty.", width=width)
    figure, axes = canvas(width=width, height=2.8)
    edges = _edges([risk.model.profits, *([risk.market.profits] if risk.market else [])])
    bars = _binned(risk.model.profits, edges)
    axes.bar(edges[:-1], bars, width=np.diff(edges), align="edge", color=MODEL, alpha=0.85, linewidth=0)
    entries = [("if the model is right", MODEL, "s")]
    top = float(bars.max())
    if risk.market is not None:
        steps = _binned(risk.market.profits, edges)
        axes.stairs(steps, edges, color=MARKET_OPEN, linewidth=1.6)
        entries.append(("if the market is right", MARKET_OPEN, "-"))
        top = max(top, float(steps.max()))
    _mark_risk(axes, risk.model, top=top)
    key(axes, entries)
    zero_line(axes)
    share_ticks(axes.xaxis, digits=0, signed=True)
    share_ticks(axes.yaxis)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("profit of the week (% of the bankroll)")
    axes.set_ylabel("chance (%)")
    return told(figure, _title(risk), subtitle=subtitle, detail="The law of the week's profit from the joint draws.")


def _title(risk: WeekRisk) -> str:
    losing = percent(risk.model.profits.chance_of_loss)
    market = "" if risk.market is None else f", {percent(risk.market.profits.chance_of_loss)} if the market is"
    worst, one_in = percent(-risk.model.value_at_risk, digits=1, signed=True), 1 / (1 - risk.model.level)
    ends = f"One week in {number(one_in, digits=0)} ends at {worst} of the bankroll or worse"
    return f"{ends}; {losing} lose money if the model is right{market}"


def _mark_risk(axes: Axes, risk: SlipRisk, *, top: float) -> None:
    axes.set_ylim(0, 1.24 * top)
    marks = ((risk.value_at_risk, "value at risk", "left"), (risk.expected_shortfall, "shortfall", "right"))
    for loss, name, side in marks:
        axes.plot([-loss, -loss], [0, 1.1 * top], color=WORSE, linewidth=1.4, linestyle="--")
        away = 5 if side == "left" else -5
        say(axes, (-loss, 1.06 * top), f"{name} {percent(loss, digits=1)}", color=INK, dx=away, ha=side)


def _edges(laws: list[Profits]) -> Floats:
    low, high = min(law.values[0] for law in laws), max(law.values[-1] for law in laws)
    room = max(0.04 * (high - low), 1e-4)
    return np.linspace(low - room, high + room, _BARS + 1)


def _binned(law: Profits, edges: Floats) -> Floats:
    shares, _ = np.histogram(law.values, bins=edges, weights=law.chances)
    return shares.astype(np.float64)
