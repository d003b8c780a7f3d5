"""Fit the drive model: from a table of past drives to the tables that the draw loop looks up."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ValidationError
from workbench.simulate import states as s
from workbench.simulate import tables as t
from workbench.simulate.kernel import Tables
from workbench.simulate.prepare import overtime_stages, prepared_drives
from workbench.simulate.response import fit_response, matched_dispersion

Floats = NDArray[np.float64]

#: Weight of a season's drives relative to the season after it.
SEASON_DECAY: Final = 0.9
#: Game-to-game sd of scoring rates where no expectations were given to learn it from: (teams apart, together).
PRIOR_DISPERSION: Final = (0.15, 0.10)
MINIMUM_DRIVES: Final = 2_000


@dataclass(frozen=True, slots=True)
class DriveModel:
    """A fitted drive model.

    Attributes
    ----------
    tables : Tables
        What the draw loop looks up.
    response : ndarray, shape (n_terms,)
        Log expected points of a team as a polynomial of its own and its opponent's rate.
    basis : str
        What it was fitted on, in words for the page.
    seasons : tuple of int
        Seasons of the drives.
    n_drives : int
    """

    tables: Tables
    response: Floats
    basis: str
    seasons: tuple[int, ...]
    n_drives: int


def fit_drive_model(
    drives: pd.DataFrame, *, expectations: pd.DataFrame | None = None, basis: str = "play-by-play"
) -> DriveModel:
    """Fit the drive model.

    Parameters
    ----------
    drives : DataFrame
        One row a drive: ``game_id, season, drive`` (order in the game), ``posteam, start_yardline_100,
        start_seconds_remaining`` (of the game; of the period in overtime), ``start_score_differential`` (offence minus
        defence), ``outcome, points_for, period`` (quarter, 5 and above in overtime).
    expectations : DataFrame, optional
        One row a game of those seasons: ``game_id, margin_mean, total_mean, home_score, away_score``. The games' scatter
        about what was expected teaches how much scoring rates vary from game to game; without it a prior stands in and
        ``basis`` says so.
    basis : str
        What the drives come from.

    Returns
    -------
    DriveModel

    Raises
    ------
    ValidationError
        If a column is missing, an outcome unknown, or there are fewer than 2,000 drives.
    """
    if len(drives) < MINIMUM_DRIVES:
        raise ValidationError(
            f"A drive model needs {MINIMUM_DRIVES:,} drives (about half a season), got {len(drives):,}."
        )
    frame = prepared_drives(drives, season_decay=SEASON_DECAY)
    tables = _tables(frame)
    seasons = tuple(sorted(int(season) for season in frame["season"].unique()))
    words = f"{basis}, {seasons[0]}-{seasons[-1]}"
    if expectations is None:
        tables = tables._replace(spread_difference=PRIOR_DISPERSION[0], spread_sum=PRIOR_DISPERSION[1])
        words += ", game-to-game variation from a prior"
    else:
        tables = matched_dispersion(tables, expectations=expectations)
    return DriveModel(tables, fit_response(tables), words, seasons, len(frame))


def _tables(frame: pd.DataFrame) -> Tables:
    regulation = frame[frame["half"] < 2]
    outcome = t.outcome_table(regulation)
    kept = t.kept_probabilities(regulation)
    punts = regulation[(regulation["outcome_code"] == s.PUNT) & (regulation["next_changed"] | regulation["next_kept"])]
    return Tables(
        phase_of=s.PHASE_OF, cell_of=s.CELL_OF, outcome=outcome,
        overtime=t.overtime_table(overtime_stages(frame), outcome), exponents=t.EXPONENTS,
        seconds=t.length_table(regulation), zone_group=t.ZONE_GROUP,
        next_zone_steps=t.next_zones(regulation).cumsum(axis=-1),
        kickoff_steps=t.kickoff_zones(regulation).cumsum(axis=-1),
        kept_steps=t.kept_zones(regulation).cumsum(), kept=kept, muffed=float(punts["next_kept"].mean()),
        points_steps=t.points_table(regulation).cumsum(axis=-1), spread_difference=0.0, spread_sum=0.0,
    )  # fmt: skip
