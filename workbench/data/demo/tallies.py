"""Player weeks as sums of the plays, and snap counts."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.demo.calendar import games_of
from workbench.data.demo.expectation import World
from workbench.data.demo.keys import SNAPS, stream, words
from workbench.data.demo.names import CODES
from workbench.data.demo.squads import OFFENCE_SLOTS, QB1, QB2, RB1, RB2, SLOTS, TE1, WR1, player_id

#: The columns of the older nflverse player-week file.
PLAYER_COLUMNS: Final = words(
    "player_id recent_team season week season_type opponent_team completions attempts passing_yards passing_tds "
    "interceptions sacks sack_yards sack_fumbles sack_fumbles_lost passing_air_yards passing_yards_after_catch "
    "passing_first_downs passing_epa passing_2pt_conversions pacr dakota carries rushing_yards rushing_tds "
    "rushing_fumbles rushing_fumbles_lost rushing_first_downs rushing_epa rushing_2pt_conversions receptions targets "
    "receiving_yards receiving_tds receiving_fumbles receiving_fumbles_lost receiving_air_yards "
    "receiving_yards_after_catch receiving_first_downs receiving_epa receiving_2pt_conversions racr target_share "
    "air_yards_share wopr special_teams_tds fantasy_points fantasy_points_ppr player_display_name player_name "
    "position position_group source"
)
SNAP_COLUMNS: Final = words(
    "game_id pfr_game_id season game_type week player pfr_player_id position team opponent offense_snaps offense_pct "
    "defense_snaps defense_pct st_snaps st_pct"
)
_KEYS: Final = ["player_id", "season", "week"]
_SHARES: Final = {QB1: 1.0, RB1: 0.58, RB2: 0.34, WR1: 0.88, WR1 + 1: 0.8, WR1 + 2: 0.62, WR1 + 3: 0.28, TE1: 0.78}


def player_weeks(world: World, plays: pd.DataFrame) -> pd.DataFrame:
    """Return each player's week as the sum of his plays, in the feed's columns; who recorded nothing is not listed."""
    snaps = plays[plays["play_type"].isin(["pass", "run", "qb_kneel"]) & plays["down"].notna()]
    parts = [_passing(snaps), _rushing(snaps), _receiving(snaps)]
    sums = pd.concat(parts).groupby(_KEYS, as_index=False).sum(min_count=1)
    teams = pd.concat([_sides(snaps, role) for role in ("passer", "rusher", "receiver")]).drop_duplicates(_KEYS)
    out = sums.merge(teams, on=_KEYS, validate="1:1")
    numbers = {name: i for i, name in enumerate(player_id(i) for i in range(len(world.squads.names)))}
    who = out["player_id"].map(numbers).to_numpy(np.int64)
    out["player_display_name"] = [world.squads.names[i] for i in who]
    out["position"] = out["position_group"] = [world.squads.positions[i] for i in who]
    counts = [c for c in PLAYER_COLUMNS if c in sums and c not in _KEYS and not c.endswith("_epa")]
    out[counts] = out[counts].fillna(0.0)
    missing = {c: np.nan for c in PLAYER_COLUMNS if c not in out}
    out = out.assign(**missing | {"source": "simulated"}).astype({"season": "int32", "week": "int32"})
    return out[list(PLAYER_COLUMNS)].sort_values(["season", "week", "recent_team", "player_id"], ignore_index=True)


def _sides(snaps: pd.DataFrame, role: str) -> pd.DataFrame:
    rows = snaps[snaps[f"{role}_player_id"].notna()]
    columns = {
        f"{role}_player_id": "player_id", f"{role}_player_name": "player_name", "posteam": "recent_team",
        "defteam": "opponent_team", "season": "season", "week": "week", "season_type": "season_type",
    }  # fmt: skip
    return rows[list(columns)].rename(columns=columns).drop_duplicates(_KEYS)


def _summed(rows: pd.DataFrame, role: str, *, columns: dict[str, "pd.Series[float]"]) -> pd.DataFrame:
    keys = rows[[f"{role}_player_id", "season", "week"]].rename(columns={f"{role}_player_id": "player_id"})
    return keys.assign(**columns).groupby(_KEYS, as_index=False).sum()


def _passing(snaps: pd.DataFrame) -> pd.DataFrame:
    rows = snaps[snaps["passer_player_id"].notna()]
    sack, caught = rows["sack"], rows["complete_pass"]
    lost = rows["fumble_lost"] * sack
    columns = {
        "completions": caught, "attempts": 1.0 - sack, "passing_yards": rows["yards_gained"] * caught,
        "passing_tds": _own_touchdown(rows) * caught, "interceptions": rows["interception"], "sacks": sack,
        "sack_yards": -rows["yards_gained"] * sack, "sack_fumbles": lost, "sack_fumbles_lost": lost,
        "passing_air_yards": rows["air_yards"].fillna(0.0) * (1.0 - sack),
        "passing_yards_after_catch": rows["yards_after_catch"].fillna(0.0),
        "passing_first_downs": _first_down(rows) * caught, "passing_epa": rows["epa"],
    }  # fmt: skip
    return _summed(rows, "passer", columns={name: column.astype("float64") for name, column in columns.items()})


def _rushing(snaps: pd.DataFrame) -> pd.DataFrame:
    rows = snaps[snaps["rusher_player_id"].notna()]
    columns = {
        "carries": rows["rush_attempt"], "rushing_yards": rows["yards_gained"], "rushing_tds": _own_touchdown(rows),
        "rushing_fumbles": rows["fumble"], "rushing_fumbles_lost": rows["fumble_lost"],
        "rushing_first_downs": _first_down(rows), "rushing_epa": rows["epa"],
    }  # fmt: skip
    return _summed(rows, "rusher", columns={name: column.astype("float64") for name, column in columns.items()})


def _receiving(snaps: pd.DataFrame) -> pd.DataFrame:
    rows = snaps[snaps["receiver_player_id"].notna()]
    caught = rows["complete_pass"]
    lost = rows["fumble_lost"] * caught
    columns = {
        "receptions": caught, "targets": caught * 0.0 + 1.0, "receiving_yards": rows["yards_gained"] * caught,
        "receiving_tds": _own_touchdown(rows) * caught, "receiving_fumbles": lost, "receiving_fumbles_lost": lost,
        "receiving_air_yards": rows["air_yards"].fillna(0.0),
        "receiving_yards_after_catch": rows["yards_after_catch"].fillna(0.0),
        "receiving_first_downs": _first_down(rows) * caught, "receiving_epa": rows["epa"],
    }  # fmt: skip
    return _summed(rows, "receiver", columns={name: column.astype("float64") for name, column in columns.items()})


def _own_touchdown(rows: pd.DataFrame) -> "pd.Series[float]":
    return rows["touchdown"] * (1.0 - rows["return_touchdown"])


def _first_down(rows: pd.DataFrame) -> "pd.Series[float]":
    return ((rows["yards_gained"] >= rows["ydstogo"]) & (rows["interception"] == 0)).astype("float64")


def snap_counts(world: World, fixtures: pd.DataFrame, *, plays: pd.DataFrame) -> pd.DataFrame:
    """Return offence and defence snaps of each squad member who played, by game.

    Shares are drawn around each place's usual one; the quarterback who plays takes every snap.
    """
    counted = plays[plays["play_type"].isin(["pass", "run", "qb_kneel"]) & plays["down"].notna()]
    snaps = counted.groupby(["game_id", "posteam"]).size().to_dict()
    played = fixtures[fixtures["home_score"].notna()]
    heads, squads, totals, offences, defences = [], [], [], [], []
    for game, label in zip(games_of(played), played["game_id"].tolist(), strict=True):
        season = world.squads.seasons.index(game.season)
        for team, other in ((game.home, game.away), (game.away, game.home)):
            heads.append((label, game.season, game.game_type, game.week, CODES[team], CODES[other]))
            squads.append(world.squads.members[season, game.week - 1, team])
            totals.append((snaps[label, CODES[team]], snaps[label, CODES[other]]))
            passer = int(world.shocks.quarterback[season, game.week - 1, team])
            offence, defence = _snap_shares(stream(world.seed, SNAPS, game.season, game.week, team), passer=passer)
            offences.append(offence)
            defences.append(defence)
    head = pd.DataFrame(heads, columns=["game_id", "season", "game_type", "week", "team", "opponent"])
    shares = np.stack([offences, defences])
    return _snap_frame(head, world=world, squad=np.stack(squads), totals=np.array(totals, dtype=float), shares=shares)


def _snap_shares(rng: np.random.Generator, *, passer: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    noise = np.clip(1.0 + 0.06 * rng.standard_normal(len(SLOTS)), 0.8, 1.0)
    offence = np.zeros(len(SLOTS))
    for slot in OFFENCE_SLOTS:
        offence[slot] = _SHARES.get(slot, 0.0 if SLOTS[slot] == "QB" else 1.0)
    offence *= noise
    offence[[QB1, QB2]] = 0.0
    offence[passer] = 1.0
    defence = np.zeros(len(SLOTS))
    defence[len(OFFENCE_SLOTS) : len(SLOTS) - 2] = 0.86
    return offence, defence * noise


def _snap_frame(
    head: pd.DataFrame,
    *,
    world: World,
    squad: NDArray[np.int64],
    totals: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> pd.DataFrame:
    places, who = squad.shape[1], squad.ravel()
    names = world.squads.names
    out = head.loc[np.repeat(np.arange(len(head)), places)].reset_index(drop=True)
    out["pfr_game_id"] = out["game_id"]
    out["player"] = np.array(names, dtype=object)[who]
    out["pfr_player_id"] = np.array([f"P{i:05d}" for i in range(len(names))], dtype=object)[who]
    out["position"] = np.array(world.squads.positions, dtype=object)[who]
    for side, name in enumerate(("offense", "defense")):
        snaps = np.round(shares[side] * totals[:, side, None])
        out[f"{name}_snaps"] = snaps.ravel()
        out[f"{name}_pct"] = np.round(snaps / totals[:, side, None], 2).ravel()
    out["st_snaps"], out["st_pct"] = 0.0, 0.0
    out = out[(out["offense_snaps"] > 0) | (out["defense_snaps"] > 0)]
    return out[SNAP_COLUMNS].astype({"season": "int32", "week": "int32"}).reset_index(drop=True)
