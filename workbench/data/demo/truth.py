"""What was planted: the effects, and the tables of truth that no loader ever reads."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from workbench.errors import FormatError

FOLDER: Final = "truth"
TABLES: Final = ("games", "strengths", "shocks", "market", "players")


@dataclass(frozen=True, slots=True)
class PlantedTruth:
    """Every planted size. Points are points of margin for the affected team unless a name says total.

    The market's shares are of the true effect that a line carries; errors are standard deviations in points.
    """

    home_field_points: float = 2.0
    mean_total_points: float = 45.6
    attack_sd_points: float = 2.3
    defence_sd_points: float = 2.1
    quarterback_sd_points: float = 2.0
    weekly_drift_sd_points: float = 0.25  # attack and defence, each
    between_seasons_kept: float = 0.72
    quarterback_injury_rate: float = 0.05  # a team-week
    backup_drop_points: float = 5.0
    backup_drop_sd_points: float = 1.2
    position_points: float = -0.8  # first receiver, left tackle, edge, corner out
    trade_seller_points: float = -0.9
    trade_buyer_points: float = 0.7
    coaching_change_points: float = 0.0  # what follows a change is regression to the mean alone
    bye_points: float = 0.5
    short_week_points: float = -0.6  # six days of rest or fewer
    wind_total_points_per_mph: float = -0.28  # above wind_calm_mph
    wind_calm_mph: float = 8.0
    precipitation_total_points: float = -2.0
    cold_total_points: float = -1.0  # at 32 F and below
    market_bye_points: float = 1.0  # the market prices the bye twice what it is worth
    market_open_share_of_new_quarterback: float = 0.25
    market_wednesday_share_of_new_quarterback: float = 0.45
    market_weather_share: float = 0.85  # of the weather beyond the season's usual, at the close; none at the opener
    open_error_points: float = 2.2
    close_error_points: float = 1.0
    error_decay_power: float = 0.7  # the opener's excess variance falls as the share of time left to this power
    open_total_error_points: float = 2.8
    close_total_error_points: float = 1.6
    book_error_points: float = 0.15
    moneyline_overround: float = 0.04


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth of a written league.

    Attributes
    ----------
    planted : PlantedTruth
    games : DataFrame
        One row a game, played or not: expected_margin, expected_total (points), their parts, the weather.
    strengths : DataFrame
        One row a season, week and team: attack, defence, quarterback (of who plays), in points over the league's mean.
    shocks : DataFrame
        One row an event: kind, team, player_id, first and last week, effect_points, known_at.
    market : DataFrame
        One row a game: the exact home_line and total at the opener, Wednesday noon and the close, before rounding.
    players : DataFrame
        One row a season and quarterback: value_points, poise.
    """

    planted: PlantedTruth
    games: pd.DataFrame
    strengths: pd.DataFrame
    shocks: pd.DataFrame
    market: pd.DataFrame
    players: pd.DataFrame


def save_truth(truth: Truth, folder: Path) -> None:
    """Write the truth under ``folder / "truth"``."""
    target = folder / FOLDER
    target.mkdir(parents=True)
    (target / "planted.json").write_text(json.dumps(asdict(truth.planted), indent=2) + "\n", encoding="utf-8")
    for name in TABLES:
        getattr(truth, name).to_parquet(target / f"{name}.parquet", index=False)


def load_truth(folder: Path) -> Truth:
    """Read the truth of a league written by ``write_league``, for tests of estimators only.

    Raises
    ------
    FormatError
        If the folder holds no truth: not a simulated league, or written by another version.
    """
    source = folder / FOLDER
    if not (source / "planted.json").is_file():
        raise FormatError(f"A simulated league keeps its truth in {FOLDER}/, got none in {folder.name}. Real data?")
    planted = PlantedTruth(**json.loads((source / "planted.json").read_text(encoding="utf-8")))
    tables = {name: pd.read_parquet(source / f"{name}.parquet") for name in TABLES}
    return Truth(planted=planted, **tables)
