"""The player-games that the studies of one network's posterior are about."""

from typing import Final, Literal

import pandas as pd

from workbench.data.demo.yards_league import SEASONS, yards_league
from workbench.errors import ParameterError
from workbench.features.player_yards.rows import TABLES, PlayerYards, player_yards
from workbench.features.player_yards.team_games import Cutoff
from workbench.stages.studies.context import StudyRun

#: A simulated league is shorter where a study only shows that it runs.
_SMOKE_SEASONS: Final = tuple(range(2018, 2025))
LEAGUE_NOTE: Final = (
    "The simulated league of the week is too young to learn from: rows are those of a longer one, whose yards have a "
    "known law."
)
Sampler = Literal["nuts", "fast"]


def study_rows(run: StudyRun, *, target: str, cutoff: Cutoff, smoke: bool) -> PlayerYards:
    """Return the rows of a target from the league's facts, or from a simulated league of backs with a known law.

    Raises
    ------
    ParameterError
        If there is no such target or cutoff.
    """
    if not run.simulated:
        facts = run.everything
        return player_yards({name: facts.table(name) for name in TABLES}, target=target, cutoff=cutoff)
    league = yards_league(run.settings.seed, seasons=_SMOKE_SEASONS if smoke else SEASONS)
    made = player_yards(league.tables, target=target, cutoff=cutoff)
    return PlayerYards(made.rows, made.features, made.excluded, (LEAGUE_NOTE, *made.notes))


def split_rows(rows: pd.DataFrame, *, train_through: int, test_seasons: list[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows to learn from and rows to be scored, yards known in each.

    Raises
    ------
    ParameterError
        If a test season is not after the last one learned from, or either part has no row.
    """
    known = rows[rows["yards"].notna()]
    seasons = sorted(int(season) for season in known["season"].unique())
    span = f"Seasons with rows: {seasons[0]} to {seasons[-1]}." if seasons else "No season has one."
    early = [season for season in test_seasons if season <= train_through]
    if early or not test_seasons:
        raise ParameterError(
            f"Test seasons must come after train_through={train_through}, got {test_seasons}. Set both?"
        )
    absent = sorted(set(test_seasons) - set(seasons))
    train = known[known["season"] <= train_through].reset_index(drop=True)
    if absent or train.empty:
        what = ", ".join(map(str, absent)) if absent else f"{train_through} or earlier"
        raise ParameterError(f"There is no row of {what} to {'score' if absent else 'learn from'}. {span}")
    return train, known[known["season"].isin(test_seasons)].reset_index(drop=True)
