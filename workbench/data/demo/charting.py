"""The two charters' files: play charting (formation, motion, blitz) and pressures by game and passer."""

from typing import Final

import numpy as np
import pandas as pd

from workbench.data.demo.expectation import World
from workbench.data.demo.keys import CHARTING, stream, words
from workbench.data.demo.squads import player_id

#: Blitz rates when the passer is pressured, and when he is not.
BLITZ_RATES: Final = (0.42, 0.24)
PLAY_COLUMNS: Final = words(
    "ftn_game_id nflverse_game_id season week ftn_play_id nflverse_play_id starting_hash qb_location "
    "n_offense_backfield n_defense_box is_no_huddle is_motion is_play_action is_screen_pass is_rpo is_trick_play "
    "is_qb_out_of_pocket is_interception_worthy is_throw_away read_thrown is_catchable_ball is_contested_ball "
    "is_created_reception is_drop is_qb_sneak n_blitzers n_pass_rushers is_qb_fault_sack date_pulled"
)
PRESSURE_COLUMNS: Final = words(
    "game_id pfr_game_id season week game_type team opponent pfr_player_name pfr_player_id passing_drops "
    "passing_drop_pct receiving_drop receiving_drop_pct passing_bad_throws passing_bad_throw_pct times_sacked "
    "times_blitzed times_hurried times_hit times_pressured times_pressured_pct def_times_blitzed def_times_hurried "
    "def_times_hitqb"
)


def play_charting(world: World, plays: pd.DataFrame) -> pd.DataFrame:
    """Return the charting of each run and dropback; ``plays`` is one season of play-by-play, ordered."""
    snaps = plays[plays["play_type"].isin(["pass", "run"]) & plays["down"].notna()].reset_index(drop=True)
    season = int(snaps["season"].iloc[0])
    draws = stream(world.seed, CHARTING, season).random((len(snaps), 6))
    dropback = snaps["qb_dropback"].to_numpy(np.float64) == 1
    blitz = dropback & (draws[:, 0] < np.where(snaps["was_pressure"] == 1, *BLITZ_RATES))
    blitzers = np.where(blitz, 1 + (draws[:, 1] < 0.25), 0)
    kickoff = pd.to_datetime(snaps["game_date"]).dt.tz_localize("UTC").dt.as_unit("us")
    columns = {
        "ftn_game_id": snaps["game_id"].factorize()[0] + 1,
        "nflverse_game_id": snaps["game_id"],
        "season": season,
        "week": snaps["week"],
        "ftn_play_id": np.arange(len(snaps)) + 1,
        "nflverse_play_id": snaps["play_id"].astype("int32"),
        "qb_location": np.where(snaps["shotgun"] == 1, "S", "U"),
        "n_offense_backfield": np.where(draws[:, 2] < 0.75, 1.0, 2.0),
        "n_defense_box": 5 + (4 * draws[:, 3]).astype(np.int64),
        "is_no_huddle": snaps["no_huddle"] == 1,
        "is_motion": draws[:, 4] < 0.52,
        "is_play_action": dropback & (draws[:, 5] < 0.22),
        "n_blitzers": blitzers,
        "n_pass_rushers": np.where(dropback, 4.0 + blitzers, np.nan),
        "date_pulled": kickoff + pd.Timedelta(days=1, hours=18),
    }
    frame = pd.DataFrame(columns)
    flags = [c for c in PLAY_COLUMNS if c.startswith("is_") and c not in frame]
    frame = frame.assign(**dict.fromkeys(flags, False), starting_hash="0", read_thrown="0")
    integers = ("ftn_game_id", "season", "week", "ftn_play_id", "nflverse_play_id", "n_defense_box", "n_blitzers")
    return frame.astype(dict.fromkeys(integers, "int32"))[list(PLAY_COLUMNS)]


def game_pressures(world: World, plays: pd.DataFrame, *, charting: pd.DataFrame) -> pd.DataFrame:
    """Return pressures, hits, hurries, blitzes and sacks by game and passer.

    Sums of the plays' flags, blitzes from the charting, under the advanced passing file's column names.
    """
    rows = plays[plays["passer_player_id"].notna() & (plays["play_type"] == "pass") & plays["down"].notna()]
    blitzed = charting[["nflverse_game_id", "nflverse_play_id"]].assign(times_blitzed=charting["n_blitzers"] > 0)
    blitzed = blitzed.set_axis(["game_id", "play_id", "times_blitzed"], axis=1).astype({"play_id": "float32"})
    rows = rows.merge(blitzed, on=["game_id", "play_id"], how="left", validate="1:1")
    keys = ["game_id", "season", "week", "season_type", "posteam", "defteam", "passer_player_id"]
    counts = rows[keys].assign(
        times_sacked=rows["sack"].astype("float64"),
        times_hit=(rows["qb_hit"] * (1 - rows["sack"])).astype("float64"),
        times_pressured=rows["was_pressure"].astype("float64"),
        times_blitzed=rows["times_blitzed"].astype("float64"),
        dropbacks=1.0,
    )
    out = counts.groupby(keys, as_index=False).sum()
    out["times_hurried"] = (out["times_pressured"] - out["times_hit"] - out["times_sacked"]).clip(lower=0.0)
    out["times_pressured_pct"] = (out["times_pressured"] / out["dropbacks"]).round(3)
    names = {player_id(i): (name, f"P{i:05d}") for i, name in enumerate(world.squads.names)}
    labels = [names[i] for i in out["passer_player_id"]]
    out["pfr_player_name"], out["pfr_player_id"] = [x[0] for x in labels], [x[1] for x in labels]
    out = out.rename(columns={"posteam": "team", "defteam": "opponent", "season_type": "game_type"})
    out["pfr_game_id"] = out["game_id"]
    missing = {c: np.nan for c in PRESSURE_COLUMNS if c not in out}
    return out.assign(**missing).astype({"season": "int32", "week": "int32"})[list(PRESSURE_COLUMNS)]
