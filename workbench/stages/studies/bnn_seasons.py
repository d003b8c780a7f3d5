"""The test seasons of a study of forecasts: what each one's methods learn from and are calibrated on."""

from collections.abc import Sequence

import pandas as pd

from workbench.errors import ParameterError
from workbench.stages.calibration.split import SeasonRows


def season_splits(
    rows: pd.DataFrame, *, test_seasons: Sequence[int], train_through: int
) -> tuple[list[SeasonRows], tuple[str, ...]]:
    """Return each test season's rows under the refit policy of production: one refit a season, before its first week.

    The last season before a test season calibrates, all before that train. Seasons after ``train_through`` and before
    the first test season are not used at all.

    Parameters
    ----------
    rows : DataFrame
        With ``season, yards``; rows without yards are left out.
    test_seasons : sequence of int
        Those that cannot be tested are left out, and named.
    train_through : int
        Last season known before the first test season.

    Returns
    -------
    (list of SeasonRows, tuple of str)
        By season; what was left out, in words.

    Raises
    ------
    ParameterError
        If no season is asked for, ``train_through`` is not before the first, or none of them can be tested.
    """
    asked = sorted(set(test_seasons))
    if not asked:
        raise ParameterError("test_seasons must name a season, got none.")
    if train_through >= asked[0]:
        raise ParameterError(
            f"train_through must be before the first test season {asked[0]}, got {train_through}. A season cannot test "
            "what it taught."
        )
    known = rows[rows["yards"].notna() & (rows["season"].le(train_through) | rows["season"].ge(asked[0]))]
    there = sorted(known["season"].unique().tolist())
    possible = [season for season in asked if season in there[2:]]
    if not possible:
        raise ParameterError(
            f"No season of {', '.join(map(str, asked))} can be tested with train_through {train_through}: each needs "
            f"player-games of its own and of two earlier seasons. Seasons with rows: {_words(rows)}."
        )
    notes = [
        f"{season} was asked for and is left out: "
        + ("there is no player-game of it." if season not in there else "two earlier seasons are needed.")
        for season in asked
        if season not in possible
    ]
    return [_split(known, season=season, before=[s for s in there if s < season]) for season in possible], tuple(notes)


def _split(known: pd.DataFrame, *, season: int, before: list[int]) -> SeasonRows:
    parts = (known["season"].isin(before[:-1]), known["season"].eq(before[-1]), known["season"].eq(season))
    return SeasonRows(season, *(known[part].reset_index(drop=True) for part in parts))


def _words(rows: pd.DataFrame) -> str:
    seasons = sorted(rows.loc[rows["yards"].notna(), "season"].unique().tolist())
    return ", ".join(map(str, seasons)) or "none"


def splits_table(splits: Sequence[SeasonRows]) -> pd.DataFrame:
    """Return what each test season had: ``season, trained_from, trained_to, training_rows, calibration_season``, ...

    Returns
    -------
    DataFrame
        Also ``calibration_rows, rows, games``.
    """
    return pd.DataFrame([
        {
            "season": s.season, "trained_from": int(s.training["season"].min()),
            "trained_to": int(s.training["season"].max()), "training_rows": len(s.training),
            "calibration_season": int(s.calibration["season"].max()), "calibration_rows": len(s.calibration),
            "rows": len(s.forecast), "games": int(s.forecast["game_id"].nunique()),
        }
        for s in splits
    ])  # fmt: skip
