"""The public schedule file: 46 columns, closing lines and conditions where a game has been played."""

from typing import Final

import numpy as np
import pandas as pd

from workbench.clock import EASTERN
from workbench.data.demo.calendar import games_of
from workbench.data.demo.coaches import Benches
from workbench.data.demo.expectation import World
from workbench.data.demo.keys import REFEREES, stream, words
from workbench.data.demo.names import CLUBS, CODES, NEUTRAL_GROUND, people, printed
from workbench.data.demo.season import Played
from workbench.data.demo.squads import player_id

#: The columns of nflverse's games file, in its order.
COLUMNS: Final = words(
    "game_id season game_type week gameday weekday gametime away_team away_score home_team home_score location result "
    "total overtime old_game_id gsis nfl_detail_id pfr pff espn ftn away_rest home_rest away_moneyline home_moneyline "
    "spread_line away_spread_odds home_spread_odds total_line under_odds over_odds div_game roof surface temp wind "
    "away_qb_id home_qb_id away_qb_name home_qb_name away_coach home_coach referee stadium_id stadium"
)
_FLOATS: Final = words("away_score home_score result total overtime gsis pff ftn temp wind")
_TEXTS: Final = words(
    "game_id game_type gameday weekday gametime away_team home_team location nfl_detail_id pfr roof surface "
    "away_qb_id home_qb_id away_qb_name home_qb_name away_coach home_coach referee stadium_id stadium"
)
_CREWS: Final = 10
_DIVISION_TEAMS: Final = 4


def schedule_frame(world: World, played: Played, *, benches: Benches, closes: pd.DataFrame) -> pd.DataFrame:
    """Return the schedule of all fixtures.

    Parameters
    ----------
    closes : DataFrame
        One row a played game, by game_id: spread_line, total_line and the prices (``closing_columns``).
    """
    games = played.fixtures
    frame = games[["game_id", "season", "game_type", "week", "home_score", "away_score", "overtime"]].copy()
    local = games["kickoff_utc"].dt.tz_convert(EASTERN)
    frame["gameday"], frame["gametime"] = local.dt.strftime("%Y-%m-%d"), local.dt.strftime("%H:%M")
    frame["weekday"] = local.dt.day_name()
    codes = np.array(CODES, dtype=object)
    for side in ("home", "away"):
        frame[f"{side}_team"] = codes[games[side].to_numpy()]
        frame[f"{side}_rest"] = games[f"{side}_rest"].to_numpy()
    frame["location"] = np.where(games["neutral"], "Neutral", "Home")
    frame["result"], frame["total"] = (
        frame["home_score"] - frame["away_score"],
        frame["home_score"] + frame["away_score"],
    )
    frame["div_game"] = (games["home"] // _DIVISION_TEAMS == games["away"] // _DIVISION_TEAMS).astype("int64")
    frame = _identifiers(frame, local=local)
    frame = _grounds(frame, played=played)
    frame = _persons(frame, world=world, played=played, benches=benches)
    frame = frame.merge(closes, on="game_id", how="left", validate="1:1")
    frame[_FLOATS] = frame[_FLOATS].astype("float64")
    frame[_TEXTS] = frame[_TEXTS].astype("str")
    return frame[list(COLUMNS)]


def _identifiers(frame: pd.DataFrame, *, local: "pd.Series[pd.Timestamp]") -> pd.DataFrame:
    order = local.dt.strftime("%Y%m%d").astype("int64") * 100
    out = frame.assign(old_game_id=order + order.groupby(order).cumcount(), gsis=np.nan, pff=np.nan, ftn=np.nan)
    out["espn"] = 900_000_000 + np.arange(len(out))
    out["nfl_detail_id"] = None
    out["pfr"] = frame["gameday"].str.replace("-", "") + "0" + frame["home_team"].str.lower()
    return out


def _grounds(frame: pd.DataFrame, *, played: Played) -> pd.DataFrame:
    clubs = [CLUBS[i] for i in played.fixtures["home"]]
    neutral = played.fixtures["neutral"].to_numpy(np.bool_)
    finished = frame["home_score"].notna()
    return frame.assign(
        roof=np.where(neutral, "outdoors", [club.roof for club in clubs]),
        surface=np.where(neutral, "grass", [club.surface for club in clubs]),
        stadium=np.where(neutral, NEUTRAL_GROUND[0], [club.stadium for club in clubs]),
        stadium_id=np.where(neutral, NEUTRAL_GROUND[1], [f"{club.code}00" for club in clubs]),
        temp=played.expected["temp"].where(finished),
        wind=played.expected["wind"].where(finished),
    )


def _persons(frame: pd.DataFrame, *, world: World, played: Played, benches: Benches) -> pd.DataFrame:
    squads, games = world.squads, played.fixtures
    season = games["season"].map({s: i for i, s in enumerate(squads.seasons)}).to_numpy(np.int64)
    week, finished = games["week"].to_numpy(np.int64) - 1, frame["home_score"].notna().to_numpy(np.bool_)
    names = np.array(squads.names, dtype=object)
    ids = np.array([player_id(i) for i in range(len(names))], dtype=object)
    out = frame.copy()
    for side in ("home", "away"):
        team = games[side].to_numpy(np.int64)
        passer = squads.members[season, week, team, world.shocks.quarterback[season, week, team]]
        out[f"{side}_qb_id"] = printed(ids[passer], where=finished)
        out[f"{side}_qb_name"] = printed(names[passer], where=finished)
        out[f"{side}_coach"] = benches.names[season, week, team]
    crew = people(world.seed, purpose=REFEREES, count=_CREWS)
    picks = [int(stream(world.seed, REFEREES, g.season, g.week, g.home).integers(_CREWS)) for g in games_of(games)]
    out["referee"] = printed(np.array(crew, dtype=object)[picks], where=finished)
    return out


def closing_columns(records: pd.DataFrame, *, finished: set[str]) -> pd.DataFrame:
    """Return the schedule's closing lines from the last consensus record of each finished game.

    Sportsbook spreads turn sign: ``spread_line`` is positive when the home team is favoured.
    """
    consensus = records[
        (records["home_spread_last_source"] == "action-hq-consensus") & records["game_id"].isin(finished)
    ]
    last = consensus.groupby("game_id", as_index=False).tail(1)
    return pd.DataFrame(
        {
            "game_id": last["game_id"],
            "spread_line": 0.0 - last["home_spread_last"],
            "away_spread_odds": last["away_spread_last_price"],
            "home_spread_odds": last["home_spread_last_price"],
            "total_line": last["total_line_last"],
            "under_odds": last["under_price_last"],
            "over_odds": last["over_price_last"],
            "home_moneyline": last["home_ml_last"],
            "away_moneyline": last["away_ml_last"],
        }
    )
