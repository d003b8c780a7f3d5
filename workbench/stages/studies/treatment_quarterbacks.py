"""Quarterback changes in depth: by the value gap, by cause, and game by game since the change."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.causal.learners.heterogeneity import MINIMUM_GROUP, Shape, dose_response
from workbench.features.panels import team_week_panel
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.estimates import design_for
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import question_named
from workbench.stages.effects.rows import QuestionRows, question_rows
from workbench.stages.effects.treatments import chosen_exposures, treatment
from workbench.stages.studies.treatment_parts import answered, kept_tables

#: Gaps in prior value at which the dose response is told, in points of margin a game.
GAPS: Final = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
#: Games since the change: the first, the second, the two after.
HORIZONS: Final = (("first game", 0, 0), ("second game", 1, 1), ("third and fourth", 2, 3))
#: The first game less the three after it: what a market that learns would close.
LEARNED: Final = "first less later"
_LEVELS: Final = ("margin", "margin_vs_close")
_CONTROLS: Final = ("market_rating", "opponent_market_rating", "home", "later", "back")


def gap_rows(frames: EffectFrames) -> pd.DataFrame:
    """Return one row a team and game: the gap its first game after a quarterback change carries, zero without one.

    Returns
    -------
    DataFrame
        The team-week panel from the first season with known gaps on, with ``gap`` (points of prior value lost, null
        where it is not known), ``later`` (second game after a change and on), ``back`` (the starter returns), ``home``.
    """
    hits = frames.exposures
    exits = hits[hits["type"].eq("quarterback_exit")]
    told = exits.loc[exits["dose"].notna(), "season"]
    first = int(told.min()) if len(told) else 9999
    panel = team_week_panel(frames.games[frames.games["season"].ge(first)])
    key = pd.MultiIndex.from_frame(panel[["game_id", "team"]])

    def by_team(rows: pd.DataFrame) -> "pd.Series[float]":
        # What a team loses stands as a negative dose: the gap is the loss.
        sizes = -rows["dose"].astype("float64")
        return sizes.groupby([rows["game_id"], rows["team"]]).max()

    start = exits[exits["horizon"].eq(0)]
    lost = by_team(start).reindex(key).to_numpy()
    struck = key.isin(pd.MultiIndex.from_frame(start[["game_id", "team"]]))
    later = key.isin(pd.MultiIndex.from_frame(exits.loc[exits["horizon"].gt(0), ["game_id", "team"]]))
    returns = hits[hits["type"].eq("quarterback_return") & hits["horizon"].eq(0)]
    back = key.isin(pd.MultiIndex.from_frame(returns[["game_id", "team"]]))
    return panel.assign(
        gap=np.where(struck, lost, 0.0), struck=struck, later=(later & ~struck).astype("float64"),
        back=back.astype("float64"), home=(panel["is_home"] & ~panel["neutral"]).astype("float64"),
    )  # fmt: skip


def gap_response(frames: EffectFrames, *, cache: EstimateCache) -> pd.DataFrame:
    """Return the effect of a quarterback change by the value gap, on the game and after the close.

    Returns
    -------
    DataFrame
        ``shape`` (linear, spline), ``outcome``, the columns of ``dose_response``, and ``changes`` behind them.
    """
    rows = gap_rows(frames)
    columns = ["team_season", "game_id", *_LEVELS, "gap", *_CONTROLS]
    used = rows[columns].dropna().reset_index(drop=True)
    # A change between two equals is a change: its gap must not read as none.
    used["gap"] = used["gap"].where(used["gap"].ne(0) | ~rows.loc[rows[columns].dropna().index, "struck"].to_numpy(),
                                    1e-6)  # fmt: skip
    if used["gap"].ne(0).sum() < MINIMUM_GROUP:
        return pd.DataFrame(columns=["shape", "outcome", "dose", "effect", "low", "high", "slope", "changes"])
    inside = [gap for gap in GAPS if used["gap"].min() <= gap <= used["gap"].max()]
    shapes: tuple[Shape, ...] = ("linear", "spline")

    def respond() -> dict[str, pd.DataFrame]:
        parts = [
            dose_response(used, dose="gap", outcome=outcome, clusters=("team_season", "game_id"), shape=shape,
                          controls=_CONTROLS, at=inside).assign(shape=shape, outcome=outcome)
            for shape in shapes for outcome in _LEVELS
        ]  # fmt: skip
        return {"doses": pd.concat(parts, ignore_index=True)}

    found = kept_tables(respond, name="gap-response", cache=cache, frames={"rows": used}, maker=__file__)
    return found["doses"].assign(changes=int(used["gap"].ne(0).sum()))


def by_horizon(frames: EffectFrames, *, cache: EstimateCache) -> pd.DataFrame:
    """Return the effect of a quarterback change in its first, second, and third and fourth game.

    Returns
    -------
    DataFrame
        ``question`` (any change, by gap), ``horizon``, ``number``, the fields of ``Estimate`` and ``why_not``. The
        horizon ``first less later`` tells whether games after the first differ: what a market that learns would close.
    """
    found: list[dict[str, Any]] = []
    for name in ("quarterback_exit", "quarterback_gap"):
        asked = question_rows(frames, question_named(name))
        if asked.first_season <= asked.last_season:
            found += _horizons(frames, asked, cache=cache)
    return pd.DataFrame(found, columns=None if found else ["question", "horizon", "number", "why_not"])


def _horizons(frames: EffectFrames, asked: QuestionRows, *, cache: EstimateCache) -> list[dict[str, Any]]:
    mine = chosen_exposures(frames.exposures, asked.question)
    spans = {f"at_{first}": treatment(asked.games, mine, unit=asked.question.unit, horizons=(first, last))
             for _, first, last in HORIZONS}  # fmt: skip
    games = asked.games.assign(**spans, any_of_them=sum(spans.values())).dropna(subset=list(spans))
    rows = []
    for number in ("game", "after_close"):
        design = design_for(asked, number)
        for label, first, _ in HORIZONS:
            others = tuple(name for name in spans if name != f"at_{first}")
            one = replace(design, treatment=f"at_{first}", controls=(*asked.controls, *others))
            rows.append((label, number, answered(one, games, name=f"horizon-{number}", cache=cache)))
        more = replace(design, treatment="at_0", controls=(*asked.controls, "any_of_them"))
        rows.append((LEARNED, number, answered(more, games, name=f"horizon-{number}", cache=cache)))
    return [{"question": asked.question.name, "horizon": h, "number": n, **found} for h, n, found in rows]
