"""The schedule file: games, results, starters, conditions and the closing columns.

One wide file holds facts that became known at very different instants; here they part (DESIGN section 4).
"""

import numpy as np
import pandas as pd

from workbench.clock import EASTERN, RESULT_LAG, week_instants
from workbench.data.columns import renamed
from workbench.data.sides import SWAPPED_TOTALS_UNTIL, with_true_sides
from workbench.data.source import Degradation
from workbench.data.teams import with_franchise_codes
from workbench.schema import CONDITIONS, GAMES

#: Where the schedule gives no kick-off time (all of 1999), the usual Sunday hour, Eastern.
ASSUMED_TIME = "13:00"
#: No game kicks off before this Eastern time (15:30 in central Europe): an earlier one lacks its "pm".
EARLIEST_TIME = "09:30"
#: On neutral ground no Sunday game kicks off this late: it is a morning in Europe that was given a "pm".
LATEST_NEUTRAL_SUNDAY = "21:00"
_HALF_A_DAY = pd.Timedelta(hours=12)
_SUNDAY = 6
#: The regular season's schedule counts as known from here (month, day, 06:00 Eastern).
RELEASE = (5, 15, 6)
CLOSE_SOURCE = "schedule_close"

_ID = ["game_id", "season", "week"]


def with_kickoff(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the schedule with ``kickoff_utc`` and one code a franchise.

    Most Monday nights of 2000 to 2005 stand in the schedule at 09:00, some London mornings of 2017 and 2018 at 21:30:
    half a day off, and with them the instant from which a result counts as known. A kick-off before 09:30 Eastern is
    read twelve hours later, a neutral Sunday kick-off at 21:00 or later twelve hours earlier.

    Parameters
    ----------
    raw : DataFrame
        With ``gameday`` (date), ``gametime`` (Eastern wall clock, may be missing) and, if known, ``location``.
    """
    given = _given_times(raw)
    local = given + _turn(given, neutral=_neutral(raw))
    kickoff = local.dt.tz_localize(EASTERN, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC").dt.as_unit("us")
    return with_franchise_codes(raw.assign(kickoff_utc=kickoff), columns=("home_team", "away_team"))


def _given_times(raw: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """Return the Eastern wall clock as the schedule has it, the usual hour where it has none."""
    times = raw["gametime"] if "gametime" in raw.columns else pd.Series(ASSUMED_TIME, index=raw.index)
    words = raw["gameday"].astype("str") + " " + times.fillna(ASSUMED_TIME).astype("str")
    return pd.to_datetime(words, errors="coerce")


def _neutral(raw: pd.DataFrame) -> "pd.Series[bool]":
    if "location" not in raw.columns:
        return pd.Series(False, index=raw.index)
    return raw["location"].eq("Neutral")


def _turn(given: "pd.Series[pd.Timestamp]", *, neutral: "pd.Series[bool]") -> "pd.Series[pd.Timedelta]":
    """Return by how much each given time is off: half a day later, half a day earlier, or not at all."""
    clock = given - given.dt.normalize()
    night = clock.lt(pd.Timedelta(f"{EARLIEST_TIME}:00"))
    morning = neutral & given.dt.day_of_week.eq(_SUNDAY) & clock.ge(pd.Timedelta(f"{LATEST_NEUTRAL_SUNDAY}:00"))
    return night.astype("int64") * _HALF_A_DAY - morning.astype("int64") * _HALF_A_DAY


def assumed_kickoffs(raw: pd.DataFrame) -> list[Degradation]:
    """Name the seasons whose kick-off times the schedule does not give, or gives half a day off."""
    return [*_missing_kickoffs(raw), *_turned_kickoffs(raw)]


def _missing_kickoffs(raw: pd.DataFrame) -> list[Degradation]:
    if "gametime" not in raw.columns:
        return [Degradation("kick-off times", f"the schedule has no gametime: {ASSUMED_TIME} ET assumed throughout")]
    counts = raw.loc[raw["gametime"].isna(), "season"].value_counts().sort_index()
    return [
        Degradation(f"kick-off times {season}", f"{count} games without gametime: {ASSUMED_TIME} ET assumed")
        for season, count in counts.items()
    ]


def _turned_kickoffs(raw: pd.DataFrame) -> list[Degradation]:
    given = _given_times(raw)
    turned = _turn(given, neutral=_neutral(raw)).ne(pd.Timedelta(0))
    hours = given[turned].dt.strftime("%H:%M").groupby(raw.loc[turned, "season"])
    return [
        Degradation(f"kick-off times {season}", f"{len(own)} games given at {', '.join(sorted(set(own)))} ET, "
                    "where nobody plays: read half a day off")
        for season, own in hours
    ]  # fmt: skip


def games(schedule: pd.DataFrame) -> pd.DataFrame:
    """Return the games: known at the schedule's release, play-offs on the Tuesday of their week."""
    names = {"division_game": ("div_game",), "home_rest_days": ("home_rest",), "away_rest_days": ("away_rest",)}
    out = renamed(schedule, table=GAMES, names=names)
    if "location" in schedule.columns:
        out["neutral"] = _neutral(schedule)
    if "division_game" in out.columns:
        out["division_game"] = out["division_game"].eq(1).where(out["division_game"].notna())
    out["known_at"] = _released(schedule)
    return out


def _released(schedule: pd.DataFrame) -> pd.Series:
    month, day, hour = RELEASE
    local = pd.to_datetime({"year": schedule["season"], "month": month, "day": day, "hour": hour})
    release = local.dt.tz_localize(EASTERN).dt.tz_convert("UTC").dt.as_unit("us")
    tuesday = week_instants(schedule["kickoff_utc"], days_after_tuesday=0, hour=6)
    return release.where(schedule["game_type"].eq("REG"), tuesday)


def results(schedule: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of the games played: known at kick-off plus four hours."""
    played = schedule[schedule["home_score"].notna() & schedule["away_score"].notna()]
    overtime = played["overtime"].eq(1) if "overtime" in played.columns else False
    out = played[[*_ID, "home_score", "away_score"]].assign(overtime=overtime)
    return out.assign(known_at=played["kickoff_utc"] + RESULT_LAG)


def starters(schedule: pd.DataFrame) -> pd.DataFrame:
    """Return who played quarterback and who coached, one row a team: known at kick-off, never before."""
    sides = []
    for side in ("home", "away"):
        names = {
            f"{side}_team": "team",
            f"{side}_qb_id": "quarterback_id",
            f"{side}_qb_name": "quarterback_name",
            f"{side}_coach": "coach",
        }
        have = [name for name in names if name in schedule.columns]
        sides.append(schedule[[*_ID, *have]].rename(columns=names).assign(known_at=schedule["kickoff_utc"]))
    out = pd.concat(sides, ignore_index=True)
    described = [name for name in ("quarterback_id", "quarterback_name", "coach") if name in out.columns]
    return out[out[described].notna().any(axis=1)] if described else out.iloc[:0]


def conditions(schedule: pd.DataFrame) -> pd.DataFrame:
    """Return weather and referee: known at kick-off."""
    names = {"temperature_f": ("temp",), "wind_mph": ("wind",)}
    out = renamed(schedule, table=CONDITIONS, names=names)
    return out.assign(known_at=schedule["kickoff_utc"])


def closing_quotes(schedule: pd.DataFrame) -> pd.DataFrame:
    """Return the closing columns as quotes of source ``schedule_close``: known at kick-off.

    ``spread_line`` is positive when the home team is favoured, as ``home_line`` is: no sign is turned here. The prices
    of over and under are: until 2019 each stands under the other's name (``SWAPPED_TOTALS_UNTIL`` has the evidence).
    Prices stay American until :mod:`workbench.data.prices` has looked at them.
    """
    swapped = schedule["season"].le(SWAPPED_TOTALS_UNTIL)
    schedule = with_true_sides(schedule, over="over_odds", under="under_odds", swapped=swapped)
    parts = []
    for market, line, home, away in (
        ("spread", "spread_line", "home_spread_odds", "away_spread_odds"),
        ("total", "total_line", "over_odds", "under_odds"),
        ("moneyline", None, "home_moneyline", "away_moneyline"),
    ):
        part = schedule[_ID].assign(market=market, source=CLOSE_SOURCE, kind="close")
        part["line"] = schedule[line] if line in schedule.columns else np.nan
        part["american_home"] = schedule[home] if home in schedule.columns else np.nan
        part["american_away"] = schedule[away] if away in schedule.columns else np.nan
        parts.append(part.assign(recorded_at=schedule["kickoff_utc"], known_at=schedule["kickoff_utc"]))
    prices = {"price_home": np.nan, "price_away": np.nan}
    return pd.concat(parts, ignore_index=True).assign(instant_assumed=False, **prices)
