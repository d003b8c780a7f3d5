"""Play-by-play in the feed's columns, from the engine's plays."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.demo.engine import Play
from workbench.data.demo.expectation import World
from workbench.data.demo.expected_points import play_values, win_probability
from workbench.data.demo.names import CODES, printed, short_name
from workbench.data.demo.rules import EXTRA_POINT, FIELD_GOAL, KICKOFF, KNEEL, NO_PLAY, PASS, PUNT, RUN, TWO_POINT
from workbench.data.demo.squads import QB1, RB1, RB2, TE1, WR1, WR4, player_id

Codes = NDArray[np.int64]
Bools = NDArray[np.bool_]

PLAY_TYPES: Final = {
    KICKOFF: "kickoff", PASS: "pass", RUN: "run", PUNT: "punt", FIELD_GOAL: "field_goal", KNEEL: "qb_kneel",
    EXTRA_POINT: "extra_point", TWO_POINT: "pass", NO_PLAY: "no_play",
}  # fmt: skip
#: Places and how often they are thrown to, or run.
TARGETS: Final = ((WR1, 0.24), (WR1 + 1, 0.18), (WR1 + 2, 0.13), (WR4, 0.06), (TE1, 0.19), (RB1, 0.12), (RB2, 0.08))
CARRIERS: Final = ((RB1, 0.58), (RB2, 0.32), (QB1, 0.06), (WR1, 0.04))


def play_by_play(world: World, fixtures: pd.DataFrame, *, plays: Play) -> pd.DataFrame:
    """Return the plays of the fixtures as the public feed would print them.

    Parameters
    ----------
    fixtures : DataFrame
        The games played, in the order the engine saw them, with game_id, coaches, roof, surface, temp and wind.
    plays : Play
        Of those games.
    """
    game = plays.game
    home = plays.offence == 0
    codes = np.array(CODES, dtype=object)
    home_team, away_team = codes[fixtures["home"].to_numpy()], codes[fixtures["away"].to_numpy()]
    frame = pd.DataFrame({"game_id": fixtures["game_id"].to_numpy()[game], "play_id": _play_ids(plays)})
    frame["season"] = fixtures["season"].to_numpy()[game]
    frame["week"] = fixtures["week"].to_numpy()[game].astype(np.int32)
    frame["home_team"], frame["away_team"] = home_team[game], away_team[game]
    frame["posteam"] = np.where(home, home_team[game], away_team[game])
    frame["defteam"] = np.where(home, away_team[game], home_team[game])
    frame["game_date"] = fixtures["gameday"].to_numpy()[game]
    frame = pd.concat([frame, _situation(plays), _happening(plays)], axis=1)
    frame = pd.concat([frame, _values(plays), _people(world, fixtures, plays=plays), _scores(plays)], axis=1)
    for column in ("roof", "surface", "temp", "wind", "home_coach", "away_coach"):
        frame[column] = fixtures[column].to_numpy()[game]
    frame = frame.astype({"temp": "float32", "wind": "float32"})
    frame["season_type"] = np.where(fixtures["game_type"].to_numpy()[game] == "REG", "REG", "POST")
    return frame


def _play_ids(plays: Play) -> NDArray[np.float32]:
    first = np.r_[0, np.flatnonzero(np.diff(plays.game)) + 1]
    counts = np.diff(np.r_[first, len(plays)])
    ids: NDArray[np.float32] = ((np.arange(len(plays)) - np.repeat(first, counts) + 1) * 22 + 18).astype(np.float32)
    return ids


def _situation(plays: Play) -> pd.DataFrame:
    tries, kick = np.isin(plays.call, (EXTRA_POINT, TWO_POINT)), plays.call == KICKOFF
    ahead = np.where(plays.offence == 0, 1, -1) * (plays.home_before - plays.away_before)
    columns = {
        "qtr": np.where(plays.half == 3, 5, np.clip(4 - (plays.clock - 1) // 900, 1, 4)),
        "game_seconds_remaining": plays.clock,
        "down": np.where(tries | kick, np.nan, plays.down),
        "ydstogo": np.where(tries | kick, 0, plays.togo),
        "yardline_100": np.where(tries, np.where(plays.call == TWO_POINT, 2, 15), np.where(kick, 35, plays.yardline)),
        "score_differential": ahead,
    }
    return pd.DataFrame(columns).astype("float32")


def _happening(plays: Play) -> pd.DataFrame:
    dropback = plays.call == PASS
    caught, threw = plays.complete, plays.throw
    gained = np.where(plays.interception | np.isin(plays.call, (KICKOFF, PUNT, FIELD_GOAL)), 0, plays.gain)
    gained = np.where(plays.call == KNEEL, -1, np.where(np.isin(plays.call, (EXTRA_POINT, TWO_POINT)), 0, gained))
    air = np.where(threw, plays.air, np.nan)
    shotgun = dropback & (plays.form_draw < 0.78) | (plays.call == RUN) & (plays.form_draw < 0.46)
    kind = pd.Series(plays.call).map(PLAY_TYPES).astype("str")
    kind = kind.where(~plays.scramble, "run")
    columns: dict[str, NDArray[np.generic]] = {
        "pass_attempt": (dropback & ~plays.scramble) | (plays.call == TWO_POINT),
        "rush_attempt": np.isin(plays.call, (RUN, KNEEL)) | plays.scramble,
        "qb_dropback": dropback,
        "qb_scramble": plays.scramble,
        "qb_hit": plays.sack | (plays.pressure & threw & (plays.form_draw > 0.6)),
        "air_yards": air,
        "yards_after_catch": np.where(caught, plays.gain - plays.air, np.nan),
        "yards_gained": gained,
        "complete_pass": caught,
        "incomplete_pass": threw & ~caught & ~plays.interception,
        "interception": plays.interception,
        "touchdown": plays.touchdown,
        "return_touchdown": plays.return_touchdown,
        "sack": plays.sack,
        "safety": plays.safety,
        "penalty": plays.call == NO_PLAY,
        "penalty_yards": np.where(plays.call == NO_PLAY, np.abs(plays.penalty_yards), np.nan),
        "fumble": plays.fumble_lost,
        "fumble_lost": plays.fumble_lost,
        "shotgun": shotgun,
        "no_huddle": np.isin(plays.call, (PASS, RUN)) & (np.mod(plays.form_draw * 7.0, 1.0) < 0.10),
        "was_pressure": np.where(dropback, plays.pressure, np.nan),
    }
    frame = pd.DataFrame(columns).astype("float32")
    frame.insert(0, "play_type", kind)
    verdict = np.array(["missed", "made"], dtype=object)[plays.kick_good.astype(np.int64)]
    frame["field_goal_result"] = printed(verdict, where=plays.call == FIELD_GOAL)
    return frame


def _values(plays: Play) -> pd.DataFrame:
    epa = play_values(plays)
    chance = win_probability(plays)
    for_home = np.where(plays.offence == 0, chance, 1.0 - chance)
    last = np.r_[plays.game[1:] != plays.game[:-1], True]
    final = np.where(plays.home_after > plays.away_after, 1.0, np.where(plays.home_after < plays.away_after, 0.0, 0.5))
    gain = np.where(last, final, np.roll(for_home, -1)) - for_home
    frame = pd.DataFrame({"epa": epa, "success": np.where(np.isnan(epa), np.nan, epa > 0)})
    snap = np.isin(plays.call, (PASS, RUN))
    frame["xpass"] = np.where(snap, plays.expected_pass, np.nan)
    frame["wp"] = chance
    frame["wpa"] = np.where(plays.offence == 0, gain, -gain)
    frame = frame.astype("float32")
    frame["fixed_drive"] = plays.drive.astype(np.float32)
    frame["fixed_drive_result"] = drive_results(plays)
    return frame


def drive_results(plays: Play) -> NDArray[np.object_]:
    """Return the result of the drive that each play belongs to, in the feed's words."""
    key = plays.game * 100 + plays.drive
    starts = np.r_[0, np.flatnonzero(np.diff(key)) + 1]
    drive = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(key)]))
    turned = plays.interception | plays.fumble_lost
    failed = (plays.down == 4) & np.isin(plays.call, (PASS, RUN)) & (plays.gain < plays.togo) & ~plays.touchdown
    result = np.full(len(starts), "End of half", dtype=object)
    for mask, word in (
        (failed, "Turnover on downs"),
        (plays.call == PUNT, "Punt"),
        ((plays.call == FIELD_GOAL) & plays.kick_good, "Field goal"),
        ((plays.call == FIELD_GOAL) & ~plays.kick_good, "Missed field goal"),
        (turned, "Turnover"),
        (plays.safety, "Safety"),
        (plays.touchdown, "Touchdown"),
        (plays.return_touchdown & (plays.call != KICKOFF), "Opp touchdown"),
    ):
        result[drive[mask]] = word
    return result[drive]


def _people(world: World, fixtures: pd.DataFrame, *, plays: Play) -> pd.DataFrame:
    season = fixtures["season"].map({s: i for i, s in enumerate(world.squads.seasons)}).to_numpy(np.int64)
    week = fixtures["week"].to_numpy(np.int64) - 1
    team = np.where(
        plays.offence == 0, fixtures["home"].to_numpy()[plays.game], fixtures["away"].to_numpy()[plays.game]
    )
    at = (season[plays.game], week[plays.game], team.astype(np.int64))
    squad = world.squads.members[at]
    rows = np.arange(len(plays))
    passer = squad[rows, world.shocks.quarterback[at]]
    absent = world.shocks.receiver_out[at]
    target, carrier = _pick(TARGETS, plays.spread_draw), _pick(CARRIERS, plays.spread_draw)
    target, carrier = (np.where((slot == WR1) & absent, WR4, slot) for slot in (target, carrier))
    runner = np.where(plays.scramble | (carrier == QB1) | (plays.call == KNEEL), passer, squad[rows, carrier])
    threw = plays.throw | plays.sack
    carries = (plays.call == RUN) | plays.scramble | (plays.call == KNEEL)
    meant = plays.throw & (plays.complete | (plays.form_draw < 0.93))
    columns = {}
    for role, who, mask in (
        ("passer", passer, threw),
        ("rusher", runner, carries),
        ("receiver", squad[rows, target], meant),
    ):
        ids, names = _labels(world)
        columns[f"{role}_player_id"] = printed(ids[who], where=mask)
        columns[f"{role}_player_name"] = printed(names[who], where=mask)
    return pd.DataFrame(columns)


def _pick(shares: tuple[tuple[int, float], ...], draw: NDArray[np.float64]) -> Codes:
    edges = np.cumsum([share for _, share in shares])
    slots = np.array([slot for slot, _ in shares])
    return np.asarray(slots[np.minimum(np.searchsorted(edges, draw), len(slots) - 1)], dtype=np.int64)


def _labels(world: World) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    names = world.squads.names
    return (
        np.array([player_id(i) for i in range(len(names))], dtype=object),
        np.array([short_name(name) for name in names], dtype=object),
    )


def _scores(plays: Play) -> pd.DataFrame:
    home = plays.offence == 0
    columns = {
        "posteam_score": np.where(home, plays.home_before, plays.away_before),
        "defteam_score": np.where(home, plays.away_before, plays.home_before),
        "posteam_score_post": np.where(home, plays.home_after, plays.away_after),
        "defteam_score_post": np.where(home, plays.away_after, plays.home_after),
        "total_home_score": plays.home_after,
        "total_away_score": plays.away_after,
    }
    return pd.DataFrame(columns).astype("float32")
