"""Each team's games in the order they were played, each with the instant its features end at."""

from typing import Final, Literal

import pandas as pd

from workbench.clock import MINIMUM_LEAD, decision_instants

#: Where the features of a game end.
Cutoff = Literal["kickoff_minus_90", "wednesday"]
CUTOFFS: Final[tuple[Cutoff, ...]] = ("kickoff_minus_90", "wednesday")
#: Teams name those who will not play this long before kick-off.
INACTIVES_LEAD: Final = pd.Timedelta(minutes=90)


def cutoff_instants(kickoffs: "pd.Series[pd.Timestamp]", *, cutoff: Cutoff) -> "pd.Series[pd.Timestamp]":
    """Return the instant a game's features end at, in UTC.

    ``kickoff_minus_90`` is when the teams have named their inactives; ``wednesday`` is noon in New York on the
    Wednesday of the game's Tuesday-to-Monday week, the week's decision.
    """
    if cutoff == "kickoff_minus_90":
        return (kickoffs - INACTIVES_LEAD).dt.as_unit("us")
    return decision_instants(kickoffs, decide_at="wednesday")


def team_games(games: pd.DataFrame, *, cutoff: Cutoff) -> pd.DataFrame:
    """Return two rows a game, one a team, numbered by play.

    Parameters
    ----------
    games : DataFrame
        Rows of ``schema.GAMES``.
    cutoff : {"kickoff_minus_90", "wednesday"}

    Returns
    -------
    DataFrame, 2 x n_games rows by team and kick-off
        ``season, week, game_id, kickoff_utc, team, opponent, at_home`` (by the schedule), ``home`` (1 at home, 0 away,
        0.5 at a neutral site), ``number`` (0 for the team's first game; seasons run on into one another, and a
        postponed game stands where it was played), ``cutoff_utc`` and ``decidable``: whether the cutoff leaves an hour
        before the kick-off. A game on a Tuesday or on a Wednesday noon starts before its week's Wednesday decision.
    """
    keys = ["season", "week", "game_id", "kickoff_utc"]
    played_at_home = games["neutral"].astype("float64").rsub(1.0).mul(0.5)
    home = games[keys].assign(
        team=games["home_team"], opponent=games["away_team"], at_home=True, home=0.5 + played_at_home
    )
    away = games[keys].assign(
        team=games["away_team"], opponent=games["home_team"], at_home=False, home=0.5 - played_at_home
    )
    both = pd.concat([home, away], ignore_index=True)
    both = both.sort_values(["team", "kickoff_utc", "game_id"], kind="stable", ignore_index=True)
    both["number"] = both.groupby("team").cumcount()
    both["cutoff_utc"] = cutoff_instants(both["kickoff_utc"], cutoff=cutoff)
    both["decidable"] = both["cutoff_utc"] + MINIMUM_LEAD <= both["kickoff_utc"]
    return both
