"""Cells of the effect library: one estimate a type, severity band, position and outcome, from games played by then."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.causal.pool.severity_bands import scale_of, severity_bands
from workbench.clock import RESULT_LAG
from workbench.errors import ValidationError
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.estimates import NUMBERS, design_for, outcome_of
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import Question, question_named
from workbench.stages.effects.rows import QuestionRows, question_rows
from workbench.stages.effects.treatments import chosen_exposures, treatment, within

#: The question that speaks for each event type in the library.
SPEAKERS: Final = (
    "quarterback_exit", "quarterback_return", "injury", "suspension", "suspension_return", "bye", "short_rest",
    "long_rest", "dome_team_outdoors", "venue_change", "prime_time", "division_game", "wind", "precipitation", "cold",
)  # fmt: skip
#: Positions as the library knows them.
POSITION_GROUPS: Final[dict[str, str]] = {
    **dict.fromkeys(("T", "G", "C", "OL", "OT", "OG"), "OL"),
    **dict.fromkeys(("DE", "DT", "NT", "DL", "EDGE"), "DL"),
    **dict.fromkeys(("LB", "ILB", "OLB", "MLB"), "LB"),
    **dict.fromkeys(("CB", "S", "FS", "SS", "DB", "SAF"), "DB"),
    **dict.fromkeys(("RB", "HB", "FB"), "RB"),
    **dict.fromkeys(("K", "P", "LS", "PK"), "ST"),
    "WR": "WR", "TE": "TE", "QB": "QB",
}  # fmt: skip
#: A cell of fewer treated games than this tells its type next to nothing and costs a regression.
FEWEST_GAMES: Final = 5
ANY: Final = "any"
#: Types whose events differ in severity.
GRADED: Final = (
    "quarterback_exit", "quarterback_return", "injury", "suspension", "suspension_return", "wind", "precipitation",
    "cold",
)  # fmt: skip
CELL_COLUMNS: Final = (
    "type", "severity_band", "position", "outcome", "estimate", "standard_error", "n", "known_at", "first_season",
    "last_season",
)  # fmt: skip


def position_group(positions: "pd.Series[str]") -> "pd.Series[str]":
    """Return the library's position of each player; ``any`` where there is none."""
    return positions.map(POSITION_GROUPS).fillna(ANY)


def absorbing_cells(absorbed: pd.DataFrame, *, types: dict[str, str], known_at: pd.Timestamp) -> pd.DataFrame:
    """Return cells of the shocks that stay for a season, one a type, from their event studies.

    Parameters
    ----------
    absorbed : DataFrame
        Estimates of ``absorbing_effects``.
    types : dict of str to str
        From question to event type.
    known_at : Timestamp
        When the last result read became known.
    """
    known = absorbed[absorbed["why_not"].eq("")]
    cells = known.rename(columns={"value": "estimate", "events": "n"}).assign(
        type=known["question"].map(types), severity_band=ANY, position=ANY, known_at=known_at
    )
    return cells.reindex(columns=list(CELL_COLUMNS))


def event_bands(exposures: pd.DataFrame) -> "pd.Series[str]":
    """Return each exposure's severity band: of quarterbacks by the points they lose, of others by expected severity.

    A shock that has no degrees, such as a bye, has the band ``any``.
    """
    bands = pd.Series(ANY, index=exposures.index, dtype=object)
    for kind, rows in exposures[exposures["type"].isin(GRADED)].groupby("type"):
        scale = scale_of(str(kind))
        gain = 1.0 if kind == "quarterback_return" else -1.0  # an exit's dose is what the team loses, below zero
        severity = rows["expected_severity"] if scale == "share" else gain * rows["dose"]
        bands.loc[rows.index] = severity_bands(severity.astype("float64"), scale=scale)
    return bands


def library_cells(frames: EffectFrames, *, cache: EstimateCache) -> pd.DataFrame:
    """Return one row a cell with an estimate.

    Returns
    -------
    DataFrame
        ``type, severity_band, position, outcome, estimate, standard_error, n`` (events), ``known_at`` (when the last
        result behind it became known), ``first_season, last_season``.
    """
    exposures = frames.exposures.assign(
        band=event_bands(frames.exposures), group=position_group(frames.exposures["position"])
    )
    rows = [cell for name in SPEAKERS for cell in _cells(frames, exposures, question_named(name), cache=cache)]
    return pd.DataFrame(rows, columns=list(CELL_COLUMNS))


def _cells(
    frames: EffectFrames, exposures: pd.DataFrame, question: Question, *, cache: EstimateCache
) -> Iterator[dict[str, Any]]:
    rows = question_rows(frames, question)
    if rows.first_season > rows.last_season:
        return
    mine = chosen_exposures(exposures, question)
    mine = within(mine[mine["horizon"].between(0, question.last_horizon)], rows.games)
    cells = [
        (band, group, part, _split(rows, part, mine.drop(index=part.index)))
        for (band, group), part in mine.groupby(["band", "group"], sort=True)
    ]
    for number in (NUMBERS[0], NUMBERS[2]):
        for band, group, part, games in cells:
            known = games[games["cell"].ne(0) & games[outcome_of(question, number)].notna()]
            if len(known) < FEWEST_GAMES:
                continue
            estimate = _estimate(rows, games, number=number, cache=cache, name=f"{question.name}-{band}-{group}")
            if estimate is None:
                continue
            yield {
                "type": question.types[0], "severity_band": band, "position": group,
                "outcome": outcome_of(question, number), **estimate,
                "n": int(within(part, known)["event_id"].nunique()),
                "known_at": games["kickoff_utc"].max() + RESULT_LAG,
                "first_season": rows.first_season, "last_season": rows.last_season,
            }  # fmt: skip


def _split(rows: QuestionRows, part: pd.DataFrame, rest: pd.DataFrame) -> pd.DataFrame:
    """Return the games with the cell's own treatment beside that of the type's other cells."""
    signed, span = rows.question.kind != "game", (0, rows.question.last_horizon)
    return rows.games.assign(
        cell=treatment(rows.games, part, horizons=span, signed=signed),
        other_cells=treatment(rows.games, rest, horizons=span, signed=signed),
    )


def _estimate(
    rows: QuestionRows, games: pd.DataFrame, *, number: str, cache: EstimateCache, name: str
) -> dict[str, float] | None:
    design = design_for(rows, number)
    controls = (*design.controls, "other_cells") if games["other_cells"].nunique() > 1 else design.controls
    design = design.with_controls(controls)
    needed = ["season", "week", "home_team", "away_team", "neutral", design.outcome, "cell", *controls]

    def fit() -> dict[str, float]:
        try:
            fitted = design.prepared(games[needed]).fit("cell")
        except ValidationError:  # strength and controls say all there is
            return {"estimate": 0.0, "standard_error": 0.0}
        return {"estimate": fitted.value, "standard_error": fitted.standard_error}

    found = cache.get(f"cell-{name}-{number}", fit, frames={"rows": games[needed]}, options={"design": str(design)})
    return found if np.isfinite(found["standard_error"]) and found["standard_error"] > 0 else None
