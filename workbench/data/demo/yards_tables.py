"""The fact tables of the yards league, each row dated by the rule of its table."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.clock import MINIMUM_LEAD, RESULT_LAG, stats_known_at, week_instants
from workbench.data.demo.yards_backfields import BACKS, Backfields
from workbench.data.demo.yards_fixtures import TEAMS

Floats = NDArray[np.float64]
Tables = dict[str, pd.DataFrame]
#: A quarterback runs too, so that a team's carries are not its backs' alone.
_PASSER_CARRIES, _PASSER_SIZE, _PASSER_YARDS = 3.6, 4.0, 4.4
#: Of a back's games, those with a pass thrown to him though he never ran: a stat line with no carry.
_CATCHES_ONLY: Final = 0.5
_PLAYS: Final = 62
_REPORTED: Final = 0.75  # of those who miss a game, those whom a report names beforehand
_PRICE: Final = 1.0 + 100.0 / 110.0


def player_ids(numbers: ArrayLike) -> NDArray[np.object_]:
    """Return identifiers of player numbers.

    Examples
    --------
    >>> player_ids([7]).tolist()
    ['00-0700007']
    """
    return np.array([f"00-{700000 + int(number):07d}" for number in np.asarray(numbers)], dtype=object)


def fact_tables(
    games: pd.DataFrame, played: pd.DataFrame, backs: Backfields, *, rng: np.random.Generator, first: int
) -> Tables:
    """Return the tables of a league that has been played.

    Parameters
    ----------
    games : DataFrame
        From :func:`fixtures`.
    played : DataFrame
        Latent state and draw of each player-game: ``game, team_number, player, share, volume, yards``.
    backs : Backfields
    rng : Generator
        For passers, stat lines without a carry, snaps and reports: none of them says more of the yards than is true.
    first : int
        The first season.
    """
    schedule = _schedule(games)
    weeks = played.join(schedule[["game_id", "kickoff_utc"]], on="game").assign(
        team=_codes(played["team_number"]), stats_known=stats_known_at(games["kickoff_utc"]).to_numpy()[played["game"]]
    )
    weeks["stats_known"] = weeks["stats_known"].astype("datetime64[us, UTC]")
    sides = _sides(schedule, games)
    return {
        "games": schedule,
        "results": _results(schedule, games),
        "player_weeks": pd.concat([_stat_lines(weeks, rng), _passers(sides, rng)], ignore_index=True),
        "snaps": _snaps(weeks, rng),
        "rosters": _rosters(sides, backs, first=first),
        "injuries": _injuries(sides, backs, rng=rng, first=first),
        "quotes": _quotes(schedule, games),
    }


def _codes(numbers: ArrayLike) -> NDArray[np.object_]:
    return np.asarray(np.array(TEAMS, dtype=object)[np.asarray(numbers)])


def _named(frame: pd.DataFrame, players: ArrayLike) -> pd.DataFrame:
    """Return rows with their player: the number is his name too, for nobody reads it."""
    ids = player_ids(players)
    return frame.assign(player_id=ids, player_name=np.array([f"Back {one[-6:]}" for one in ids], dtype=object))


def _schedule(games: pd.DataFrame) -> pd.DataFrame:
    home, away = _codes(games["home"]), _codes(games["away"])
    prefix = games["season"].astype("str") + "_" + games["week"].astype("str").str.zfill(2)
    released = pd.to_datetime(games["season"].astype("str") + "-05-15T10:00:00Z").dt.as_unit("us")
    kickoffs = pd.to_datetime(games["kickoff_utc"], utc=True).dt.as_unit("us")
    return pd.DataFrame({
        "game_id": prefix + "_" + away + "_" + home, "season": games["season"], "week": games["week"],
        "game_type": "REG", "kickoff_utc": kickoffs, "home_team": home, "away_team": away, "neutral": False,
        "known_at": released,
    })  # fmt: skip


def _results(schedule: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    return schedule[["game_id", "season", "week"]].assign(
        home_score=games["home_score"], away_score=games["away_score"], overtime=False,
        known_at=schedule["kickoff_utc"] + RESULT_LAG,
    )  # fmt: skip


def _sides(schedule: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Return two rows a game, one a team."""
    columns = ["game_id", "season", "week", "kickoff_utc"]
    parts = [schedule[columns].assign(number=games[side], team=_codes(games[side])) for side in ("home", "away")]
    return pd.concat(parts, ignore_index=True)


def _stat_lines(weeks: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the lines of backs who recorded a stat: who neither ran nor was thrown to has none."""
    targets = rng.poisson(5.0 * weeks["share"].to_numpy(np.float64) * _CATCHES_ONLY)
    rows = weeks[["season", "week", "team"]].assign(
        position="RB", carries=weeks["volume"].astype("float64"), rushing_yards=weeks["yards"].astype("float64"),
        targets=targets.astype(np.float64), known_at=weeks["stats_known"],
    )  # fmt: skip
    rows = _named(rows, weeks["player"])
    return rows[(weeks["volume"] > 0) | (targets > 0)]


def _passers(sides: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    carries = rng.negative_binomial(_PASSER_SIZE, _PASSER_SIZE / (_PASSER_SIZE + _PASSER_CARRIES), len(sides))
    yards = np.round(carries * _PASSER_YARDS + rng.normal(0.0, 5.0, len(sides)) * np.sqrt(carries))
    rows = sides[["season", "week", "team"]].assign(
        position="QB", carries=carries.astype(np.float64), rushing_yards=yards, targets=0.0,
        known_at=stats_known_at(sides["kickoff_utc"]).to_numpy(),
    )  # fmt: skip
    rows["known_at"] = rows["known_at"].astype("datetime64[us, UTC]")
    return rows.assign(player_id="00-08000" + sides["team"].str[1:], player_name="Passer " + sides["team"])


def _snaps(weeks: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    share = weeks["share"].to_numpy(np.float64)
    count = 1 + rng.binomial(_PLAYS, np.clip(0.9 * share, 0.0, 1.0))
    rows = weeks[["game_id", "season", "week", "team"]].assign(
        position="RB", offense_snaps=count.astype(np.float64), offense_share=count / (_PLAYS + 1.0),
        known_at=weeks["stats_known"],
    )  # fmt: skip
    rows = _named(rows, weeks["player"])
    return rows.assign(pfr_id=rows["player_id"].str[-6:]).drop(columns="player_id")


def _squads(sides: pd.DataFrame, backs: Backfields, *, first: int) -> pd.DataFrame:
    """Return every back of every team and game: ``player, dressed, hurt, unused``."""
    season, number = sides["season"].to_numpy() - first, sides["number"].to_numpy()
    at = (season, sides["week"].to_numpy() - 1, number)
    rows = sides.loc[sides.index.repeat(BACKS)].reset_index(drop=True)
    return rows.assign(
        player=backs.players[season, number].ravel(), dressed=(backs.share[at] > 0.0).ravel(),
        hurt=backs.hurt[at].ravel(), unused=backs.unused[at].ravel(),
    )  # fmt: skip


def _rosters(sides: pd.DataFrame, backs: Backfields, *, first: int) -> pd.DataFrame:
    squads = _squads(sides, backs, first=first)
    rows = squads[["season", "week", "team"]].assign(
        position="RB", status=np.where(squads["dressed"], "ACT", "INA"), known_at=squads["kickoff_utc"]
    )
    rows = _named(rows, squads["player"])
    return rows.assign(pfr_id=rows["player_id"].str[-6:])


def _injuries(sides: pd.DataFrame, backs: Backfields, *, rng: np.random.Generator, first: int) -> pd.DataFrame:
    """Return Friday's reports: most of those who will miss the game, and some who will not."""
    squads = _squads(sides, backs, first=first)
    drawn = rng.random(len(squads))
    hurt = squads["hurt"].to_numpy(np.bool_)
    status = np.select([hurt & (drawn < _REPORTED), hurt, drawn < 0.05], ["Out", "Questionable", "Questionable"], "")
    reported = status != ""
    friday = week_instants(squads["kickoff_utc"], days_after_tuesday=3, hour=16)
    rows = squads.loc[reported, ["season", "week", "team"]].assign(
        position="RB", report_status=status[reported], practice_status="Limited Participation in Practice",
        known_at=np.minimum(friday, squads["kickoff_utc"] - 2 * MINIMUM_LEAD)[reported],  # Thursday's games are earlier
    )  # fmt: skip
    return _named(rows, squads.loc[reported, "player"])


def _quotes(schedule: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Return one quote a market, of the Wednesday morning."""
    when = week_instants(schedule["kickoff_utc"], days_after_tuesday=1, hour=9)
    rows = schedule[["game_id", "season", "week"]].assign(
        source="consensus", kind="open", price_home=_PRICE, price_away=_PRICE, price_assumed=True,
        instant_assumed=False, recorded_at=when, known_at=when,
    )  # fmt: skip
    spread = rows.assign(market="spread", line=games["line"])
    return pd.concat([spread, rows.assign(market="total", line=games["total"])], ignore_index=True)
