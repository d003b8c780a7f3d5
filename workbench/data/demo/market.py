"""The simulated market: opens noisy and slow to price a new quarterback, moves toward the truth, closes sharp."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import EASTERN, week_tuesdays
from workbench.data.demo.calendar import games_of
from workbench.data.demo.expectation import World, usual_weather_points
from workbench.data.demo.keys import MARKET, stream
from workbench.data.demo.shocks import SURPRISE_NOTICE
from workbench.data.demo.truth import PlantedTruth

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: When states are recorded: hours from the week's Tuesday 00:00 Eastern, and hours from kick-off.
WEEK_HOURS: Final = (-28.0, -14.0, -3.0, 5.0, 12.0, 20.0, 32.0, 35.5, 44.0, 59.0, 68.0, 83.0, 92.0, 107.0, 116.0, 125.0)
KICK_HOURS: Final = (-26.0, -6.0, -2.6, -1.0, -0.25)
STATES: Final = len(WEEK_HOURS) + len(KICK_HOURS)
BOOKS: Final = ("draftkings", "action-hq-consensus", "fanduel")
WEDNESDAY_NOON: Final = 36.0
FRIDAY_REPORT: Final = 87.0


@dataclass(frozen=True, slots=True)
class Lines:
    """The exact market of each game, before rounding, at each state, in time order.

    Attributes
    ----------
    hours : ndarray, shape (n, STATES)
        Hours from the week's Tuesday 00:00 Eastern (wall clock).
    kick : ndarray, shape (n,)
        Kick-off in the same hours.
    margin, total : ndarray, shape (n, STATES)
        The mean margin and total that the market believes; its books show the lines that are fair at them.
    """

    hours: Floats
    kick: Floats
    margin: Floats
    total: Floats

    def at(self, hours: Floats) -> tuple[Floats, Floats]:
        """Return (margin, total) of each game's last state at or before an hour (or its first), each shape (n,)."""
        column = np.maximum((self.hours <= hours[:, None]).sum(axis=1) - 1, 0)
        rows = np.arange(len(column))
        return self.margin[rows, column], self.total[rows, column]


def market_lines(world: World, fixtures: pd.DataFrame, *, expected: pd.DataFrame) -> Lines:
    """Return the path of the market's beliefs for each game.

    The error about the truth is the close's error plus a random walk that has the opener's excess variance at the
    opener and none at kick-off, so that moves are, on average, toward the truth.
    """
    planted = world.planted
    local = fixtures["kickoff_utc"].dt.tz_convert(EASTERN).dt.tz_localize(None)
    kick = ((local - week_tuesdays(fixtures["kickoff_utc"])).dt.total_seconds() / 3600.0).to_numpy(np.float64)
    week = np.broadcast_to(np.array(WEEK_HOURS), (len(kick), len(WEEK_HOURS)))
    hours = np.sort(np.concatenate([week, kick[:, None] + np.array(KICK_HOURS)], axis=1), axis=1)
    noise = np.stack(
        [stream(world.seed, MARKET, g.season, g.week, g.home).standard_normal((2, STATES + 1))
         for g in games_of(fixtures)]
    )  # fmt: skip
    left = np.clip(kick[:, None] - hours, 0.0, None) / (kick[:, None] - WEEK_HOURS[0])
    unsettled = left**planted.error_decay_power
    sd = (planted.open_error_points, planted.close_error_points)
    margin_error = _error_path(unsettled, noise[:, 0], sd=sd)
    total_error = _error_path(
        unsettled, noise[:, 1], sd=(planted.open_total_error_points, planted.close_total_error_points)
    )
    unpriced_home, unpriced_away = (
        _unpriced_quarterback(world, fixtures, expected=expected, side=side, hours=hours, kick=kick)
        for side in ("home", "away")
    )
    margin = _priced_margin(fixtures, expected=expected, planted=planted)[:, None] + margin_error
    news = expected["weather_total"].to_numpy(np.float64) - usual_weather_points(fixtures, planted=planted)
    sky = news[:, None] * (1.0 - planted.market_weather_share * (1.0 - left))
    total = expected["expected_total"].to_numpy(np.float64)[:, None] - sky + total_error
    return Lines(
        hours=hours,
        kick=kick,
        margin=margin - unpriced_home + unpriced_away,
        total=total - unpriced_home - unpriced_away,
    )


def _error_path(left: Floats, noise: Floats, *, sd: tuple[float, float]) -> Floats:
    """Return the market's error at each state; ``left`` is the share of its life that is left, falling to zero."""
    excess = sd[0] ** 2 - sd[1] ** 2
    after = np.concatenate([left[:, 1:], np.zeros((len(left), 1))], axis=1)
    steps = np.sqrt(np.maximum(left - after, 0.0) * excess) * noise[:, 1:]
    walk = np.cumsum(steps[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(walk + sd[1] * noise[:, :1], dtype=np.float64)


def _priced_margin(fixtures: pd.DataFrame, *, expected: pd.DataFrame, planted: PlantedTruth) -> Floats:
    rested = (fixtures["home_rest"] >= 13).astype("int64") - (fixtures["away_rest"] >= 13).astype("int64")
    too_much = (planted.market_bye_points - planted.bye_points) * rested
    return np.asarray(expected["expected_margin"] + too_much, dtype=np.float64)


def _unpriced_quarterback(
    world: World, fixtures: pd.DataFrame, *, expected: pd.DataFrame, side: str, hours: Floats, kick: Floats
) -> Floats:
    """Return the part of a newly absent quarterback's effect that is not yet in the line, shape (n, STATES)."""
    effect = (expected[f"{side}_quarterback"] - expected[f"{side}_quarterback_usual"]).to_numpy(np.float64)
    fresh = {
        (event.season, event.first_week, event.team): event.surprise
        for event in world.shocks.events
        if event.kind == "quarterback_out"
    }
    out = np.zeros_like(hours)
    planted = world.planted
    keys = zip(fixtures["season"], fixtures["week"], fixtures[side], strict=True)
    for row, key in enumerate(keys):
        if key not in fresh:
            continue
        if fresh[key]:
            known = min(FRIDAY_REPORT, kick[row] - SURPRISE_NOTICE)
            share = np.interp(hours[row], [known - 2.0, known + 1.0, kick[row]], [0.0, 0.5, 1.0])
        else:
            shares = [planted.market_open_share_of_new_quarterback, planted.market_wednesday_share_of_new_quarterback]
            share = np.interp(hours[row], [WEEK_HOURS[0], WEDNESDAY_NOON, kick[row]], [*shares, 1.0])
        out[row] = effect[row] * (1.0 - share)
    return out


def market_truth(lines: Lines) -> pd.DataFrame:
    """Return the exact market at the opener, on Wednesday noon and at the close, one row a game."""
    columns: dict[str, Floats] = {}
    when = {
        "open": np.full(len(lines.kick), WEEK_HOURS[0]),
        "wednesday": np.full(len(lines.kick), WEDNESDAY_NOON),
        "close": lines.kick,
    }
    for name, hours in when.items():
        columns[f"{name}_margin"], columns[f"{name}_total"] = lines.at(hours)
    return pd.DataFrame(columns)
