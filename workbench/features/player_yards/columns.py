"""The features: what of a player, his team and his opponent was known at a row's cutoff.

All are numbers on a scale of their own; a feature that was not known, or whose source does not reach back that far, is
null and stays null. Halves of life are in games and run on over the end of a season; ``new_season`` says that they did.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from workbench.features.player_yards.quotes import known_lines
from workbench.features.player_yards.states import as_of, decayed_states
from workbench.features.player_yards.team_games import Cutoff

#: Half-lives in games.
SHORT: Final = 1.5
LONG: Final = 6.0
TALENT: Final = 16.0
OPPONENT: Final = 8.0
FOREVER: Final = float("inf")
#: The chance that a member plays who has missed no, one, two or more of the team's games since his last: of the
#: members of 2002-2020 (running backs .84 .36 .23 .16, receivers .84 .38 .23 .17, quarterbacks .84 .19 .15 .12).
PLAYING: Final = (0.84, 0.36, 0.23, 0.16)
#: Attempts at the position's yards an attempt that a player's own count is shrunken by.
PRIOR_VOLUME: Final = 60.0

_FEATURES: Final = (
    "volume_short", "volume_long", "last_volume", "relative_share", "yards_long", "yards_per_volume", "missed_games",
    "new_season", "experience", "opponent_volume", "opponent_yards_per_volume", "home", "team_line", "total",
    "snap_share", "report",
)  # fmt: skip
#: The features of each cutoff. By Wednesday noon one player-game in a thousand has an injury report (most of the
#: source's reports are dated Friday, their earlier states are lost), so that there is nothing to learn from there.
FEATURES: Final[dict[Cutoff, tuple[str, ...]]] = {
    "kickoff_minus_90": _FEATURES,
    "wednesday": tuple(name for name in _FEATURES if name != "report"),
}


def player_features(members: pd.DataFrame, *, played: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Return what the player's own earlier games say.

    Parameters
    ----------
    members : DataFrame
        From :func:`candidates`.
    played : DataFrame
        From :func:`performances`.
    totals : DataFrame
        From :func:`team_totals`.

    Returns
    -------
    DataFrame, index of ``members``
    """
    team = totals[["game_id", "team", "team_volume", "known_at"]].rename(columns={"known_at": "team_known"})
    rows = played.merge(team, on=["game_id", "team"])
    rows["known_at"] = rows[["known_at", "team_known"]].max(axis=1)
    rows["share"] = rows["volume"] / rows["team_volume"].clip(lower=1.0)
    sums = {
        "volume_short": ("volume", SHORT),
        "volume_long": ("volume", LONG),
        "share_short": ("share", SHORT),
        "yards_long": ("yards", LONG),
        "snap_share": ("snap_share", SHORT),
        "talent_yards": ("yards", TALENT),
        "talent_volume": ("volume", TALENT),
        "games": ("volume", FOREVER),
    }
    ordered, total, weight = decayed_states(rows, by="player_id", columns=sums)
    means = pd.DataFrame(np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan), columns=list(sums))
    states = ordered[["player_id", "known_at"]].join(means)
    names = list(sums)  # the last three are sums and a count, not means
    states["talent_yards"] = total[:, names.index("talent_yards")]
    states["talent_volume"] = total[:, names.index("talent_volume")]
    states["games"] = weight[:, names.index("games")]
    states["last_volume"], states["last_season"] = ordered["volume"], ordered["season"]
    states["last_known"] = ordered["known_at"]
    columns = [*names, "last_volume", "last_season", "last_known"]
    found = as_of(members, states, by={"player_id": "player_id"}, at="cutoff_utc", columns=columns)
    return found.drop(columns=["last_season"]).assign(
        experience=np.log1p(found["games"].fillna(0.0)),
        new_season=found["last_season"].ne(members["season"]).astype("float64").where(found["last_season"].notna()),
    )


def missed_games(members: pd.DataFrame, *, totals: pd.DataFrame) -> "pd.Series[float]":
    """Return how many games the team is known to have played since the last game known of the player.

    Parameters
    ----------
    members : DataFrame
        With ``last_known``, the instant from which the player's last game was known.
    totals : DataFrame
        From :func:`team_totals`.
    """
    ordered, _, weight = decayed_states(totals, by="team", columns={"count": ("team_volume", FOREVER)})
    states = ordered[["team", "known_at"]].assign(count=weight[:, 0])
    now = as_of(members, states, by={"team": "team"}, at="cutoff_utc", columns=["count"])
    then = as_of(members, states, by={"team": "team"}, at="last_known", columns=["count"])
    return now["count"] - then["count"]


def opponent_features(members: pd.DataFrame, *, totals: pd.DataFrame) -> pd.DataFrame:
    """Return what the opponent has allowed."""
    allowed = {"yards": ("team_yards", OPPONENT), "volume": ("team_volume", OPPONENT)}
    ordered, total, weight = decayed_states(totals, by="opponent", columns=allowed)
    states = ordered[["opponent", "known_at"]].assign(
        opponent_volume=total[:, 1] / weight[:, 1],
        opponent_yards_per_volume=total[:, 0] / np.where(total[:, 1] > 0, total[:, 1], np.nan),
    )
    columns = ["opponent_volume", "opponent_yards_per_volume"]
    return as_of(members, states, by={"opponent": "opponent"}, at="cutoff_utc", columns=columns)


def league_rate(members: pd.DataFrame, *, totals: pd.DataFrame) -> "pd.Series[float]":
    """Return the yards an attempt of the position over all games known at the cutoff."""
    every = totals.assign(league="all")
    ordered, total, _ = decayed_states(
        every, by="league", columns={"yards": ("own_yards", FOREVER), "volume": ("own_volume", FOREVER)}
    )
    states = ordered[["league", "known_at"]].assign(rate=total[:, 0] / np.where(total[:, 1] > 0, total[:, 1], np.nan))
    asked = members[["cutoff_utc"]].assign(league="all")
    return as_of(asked, states, by={"league": "league"}, at="cutoff_utc", columns=["rate"])["rate"]


def relative_share(members: pd.DataFrame) -> "pd.Series[float]":
    """Return the player's recent share of the volume relative to the members of his team who may be expected to play.

    ``share / (share + sum over the others of chance x share)``: a row is about a player who plays, and the chance of
    another is 0 or 1 where the game-day roster was known at the cutoff, 0 where he was known to be out, and else what
    ``PLAYING`` gives for the games he has missed.

    Parameters
    ----------
    members : DataFrame
        With ``share_short, missed_games, expected, settled``.
    """
    share = members["share_short"].fillna(0.0)
    missed = members["missed_games"].fillna(0.0).clip(0, len(PLAYING) - 1).astype("int64")
    usual = pd.Series(np.array(PLAYING)[missed], index=members.index)
    chance = usual.mask(members["settled"], 1.0).where(members["expected"], 0.0)
    others = (chance * share).groupby([members["game_id"], members["team"]]).transform("sum") - chance * share
    total = share + others
    return (share / total.where(total > 0)).clip(upper=1.0)


def line_features(members: pd.DataFrame, *, quotes: pd.DataFrame) -> pd.DataFrame:
    """Return the line from the side of the player's team, and the total, as last quoted by the cutoff."""
    line = known_lines(members, quotes, market="spread")
    sign = np.where(members["at_home"], 1.0, -1.0)
    return pd.DataFrame({"team_line": line * sign + 0.0, "total": known_lines(members, quotes, market="total")})


def all_features(
    members: pd.DataFrame, *, played: pd.DataFrame, totals: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Return the members with every feature, and ``earlier_games``."""
    own = player_features(members, played=played, totals=totals)
    rows = members.assign(**{name: own[name] for name in own.columns})
    rows["missed_games"] = missed_games(rows, totals=totals)
    rate = league_rate(rows, totals=totals)
    shrunken = (own["talent_yards"] + PRIOR_VOLUME * rate) / (own["talent_volume"] + PRIOR_VOLUME)
    rows = rows.assign(
        relative_share=relative_share(rows),
        yards_per_volume=shrunken,
        earlier_games=own["games"].fillna(0).astype("int64"),
    )
    return rows.join(opponent_features(rows, totals=totals)).join(line_features(rows, quotes=tables["quotes"]))
