"""Fit the drive model: from a table of past drives to the tables that the draw loop looks up."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ValidationError
from workbench.simulate import states as s
from workbench.simulate.gameday import table_without_days
from workbench.simulate.outcomes import overtime_table
from workbench.simulate.possessions import kept_probabilities, length_table, muffed_probability, try_points, zone_table
from workbench.simulate.prepare import overtime_stages, prepared_drives
from workbench.simulate.rates import with_rates
from workbench.simulate.response import fit_response, matched_dispersion
from workbench.simulate.tables import DriveTables, inverse_steps

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
    tables : DriveTables
        What the draw loop looks up.
    response : ndarray, shape (n_terms,)
        Log expected points of a team as a polynomial of its own and its opponent's rate.
    basis : str
        What it was fitted on, in words for the page.
    seasons : tuple of int
        Seasons of the drives.
    n_drives : int
    """

    tables: DriveTables
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
        One row a drive: ``game_id, season, drive`` (order in the game), ``posteam, is_home, start_yardline_100,
        start_seconds_remaining`` (of the game; of the period in overtime), ``outcome, points_for, points_against,
        period`` (quarter, 5 and above in overtime).
    expectations : DataFrame, optional
        One row a game of those seasons: ``game_id, margin_mean, total_mean, home_score, away_score``. What was expected
        is taken out of the score's effect on drives, and the games' scatter about it teaches how much scoring rates
        vary from game to game; without it a prior stands in and ``basis`` says so.
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
    frame, exponents = with_rates(frame, expectations)
    tables = _tables(frame, exponents=exponents)
    seasons = tuple(sorted(int(season) for season in frame["season"].unique()))
    words = f"{basis}, {seasons[0]}-{seasons[-1]}"
    if expectations is None:
        tables = replace(tables, spread_difference=PRIOR_DISPERSION[0], spread_sum=PRIOR_DISPERSION[1])
        words += ", game-to-game variation from a prior"
    else:
        tables = matched_dispersion(tables, expectations=expectations)
    return DriveModel(tables, fit_response(tables), words, seasons, len(frame))


def _tables(frame: pd.DataFrame, *, exponents: Floats) -> DriveTables:
    regulation = frame[frame["half"] < 2]
    outcome = table_without_days(regulation, exponents=exponents)
    return DriveTables(
        outcome=_outcome_first(outcome), overtime=_outcome_first(overtime_table(overtime_stages(frame), outcome)),
        exponents=exponents, seconds=length_table(regulation), zones=inverse_steps(zone_table(regulation)),
        kept=kept_probabilities(regulation), muffed=muffed_probability(regulation),
        points=inverse_steps(try_points(regulation)), spread_difference=0.0, spread_sum=0.0,
    )  # fmt: skip


def _outcome_first(table: Floats) -> NDArray[np.float32]:
    return np.ascontiguousarray(table.reshape(-1, s.N_OUTCOMES).T, dtype=np.float32)
