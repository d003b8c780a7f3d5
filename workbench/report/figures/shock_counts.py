"""Which shocks the database holds, by type and season, and which estimates their checks leave standing."""

from collections.abc import Sequence
from textwrap import fill
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from workbench.report.drawing import Finding
from workbench.report.figures.parts import key, names_on_rows, told, waiting
from workbench.report.sentences import count, listing
from workbench.report.style import BASELINE, BETTER, INK, MODEL, MUTED, WORSE, Width, canvas, drawn

_VERDICTS: Final = (("passes", BETTER, "o"), ("cannot say", BASELINE, "s"), ("fails", WORSE, "D"))
#: The fullest cell's share of colour: ink stays legible on it, on a light page and on a dark one.
_DEEPEST: Final = 0.55


@drawn
def shock_counts_figure(
    counts: pd.DataFrame, *, subtitle: str, windows: pd.DataFrame | None = None, width: Width = "wide"
) -> Finding:
    """Draw the number of events by type and season.

    Parameters
    ----------
    counts : DataFrame
        ``type, season, n``; a cell that is absent is zero within the type's window.
    windows : DataFrame, optional
        ``type, first_season, last_season``; outside of it a cell is left blank: not looked for, which is not zero.
    """
    if counts.empty:
        return waiting("No shock is derived yet", subtitle=subtitle, reason="Counts wait for facts.", width=width)
    table = counts.pivot_table(index="type", columns="season", values="n", aggfunc="sum")
    table = table.reindex(columns=range(int(table.columns.min()), int(table.columns.max()) + 1)).astype(float)
    table = _windowed(table, windows)
    table = table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    figure, axes = canvas(width=width, height=0.6 + 0.24 * max(len(table), 2))
    _cells(axes, table.to_numpy())
    names_on_rows(axes, [str(name).replace("_", " ") for name in table.index])
    axes.set_xlim(-0.5, table.shape[1] + 0.9)
    axes.set_ylim(len(table) - 0.5, -0.5)
    step = 1 if table.shape[1] <= 8 else 2
    places = list(range(0, table.shape[1], step))
    axes.set_xticks([*places, table.shape[1] + 0.2], [*(str(table.columns[i]) for i in places), "all"])
    axes.grid(visible=False)
    for row, total in enumerate(table.sum(axis=1)):
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.5, "color": INK, "weight": "bold"}
        axes.text(table.shape[1] + 0.2, row, f"{total:,.0f}", **look).set_in_layout(False)
    axes.set_xlabel("season; blank: outside the type's window")
    total, top = int(np.nansum(table.to_numpy())), str(table.index[0]).replace("_", " ")
    title = f"{count(total, 'event')} of {count(len(table), 'type')}; most are {top}"
    seasons = f"{table.columns[0]} to {table.columns[-1]}"
    return told(figure, title, subtitle=subtitle, detail=f"Events by type and season, {seasons}.")


def _windowed(table: pd.DataFrame, windows: pd.DataFrame | None) -> pd.DataFrame:
    if windows is None:
        return table.fillna(0.0)
    ends = windows.set_index("type")
    filled = table.reindex(sorted(set(table.index) | set(ends.index))).fillna(0.0)
    seasons = np.array(filled.columns, dtype=np.float64)
    first = ends["first_season"].reindex(filled.index).to_numpy(dtype=np.float64, na_value=-np.inf)[:, None]
    last = ends["last_season"].reindex(filled.index).to_numpy(dtype=np.float64, na_value=np.inf)[:, None]
    return filled.where((seasons >= first) & (seasons <= last))


def _cells(axes: Axes, values: "np.ndarray[Any, np.dtype[np.float64]]") -> None:
    """Draw each cell as deep as its count's logarithm, with the count on it."""
    most = np.log1p(max(float(np.nanmax(values)), 1.0))
    for (row, column), n in np.ndenumerate(values):
        if not np.isfinite(n):
            continue
        depth = _DEEPEST * np.log1p(n) / most
        axes.add_patch(Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, facecolor=MODEL, alpha=float(depth)))
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6.8, "color": INK if n else MUTED}
        # A thousand numbers inside the axes need no room made for them, and asking takes seconds.
        axes.text(column, row, f"{n:.0f}", **look).set_in_layout(False)


@drawn
def survival_figure(checks: pd.DataFrame, *, subtitle: str, title: str | None = None, width: Width = "page") -> Finding:
    """Draw each estimate's verdicts, one column a check; a bold name survives them all.

    Parameters
    ----------
    checks : DataFrame
        One row an estimate and check, in the order drawn: ``estimate, check, verdict`` (passes, fails, cannot say).
    """
    if checks.empty:
        return waiting("Nothing is checked yet", subtitle=subtitle, reason="Checks wait for estimates.", width=width)
    names, columns = (list(dict.fromkeys(checks[c])) for c in ("estimate", "check"))
    figure, axes = canvas(width=width, height=1.15 + 0.24 * max(len(names), 2))
    for verdict, colour, marker in _VERDICTS:
        mine = checks[checks["verdict"] == verdict]
        x, y = [columns.index(c) for c in mine["check"]], [names.index(e) for e in mine["estimate"]]
        axes.scatter(x, y, s=20 if verdict == "cannot say" else 46, color=colour, marker=marker, linewidths=0, zorder=3)
    names_on_rows(axes, [str(name).replace("_", " ") for name in names])
    standing = [n for n in names if not (checks.loc[checks["estimate"] == n, "verdict"] == "fails").any()]
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set_fontweight("bold" if name in standing else "normal")
    axes.set_xlim(-0.6, len(columns) - 0.4)
    axes.set_xticks(range(len(columns)), [fill(str(c), 10) for c in columns], fontsize=7.5)
    axes.grid(visible=True, axis="y")
    axes.grid(visible=False, axis="x")
    key(axes, _VERDICTS, columns=3)
    found = title or f"{len(standing)} of {count(len(names), 'estimate')} survive every check that could speak"
    return told(figure, found, subtitle=subtitle, detail=_survival_detail(checks, standing))


def _survival_detail(checks: pd.DataFrame, standing: Sequence[str]) -> str:
    failed = checks[checks["verdict"] == "fails"]
    lost = [
        f"{name} ({listing(list(group['check']), most=3)})" for name, group in failed.groupby("estimate", sort=False)
    ]
    return f"Standing: {listing([str(n) for n in standing])}. Failing: {listing(lost)}."
