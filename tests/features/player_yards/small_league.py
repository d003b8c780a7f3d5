"""A league small enough to count by hand: games on Sundays, stat lines dated by the clock's own rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.clock import stats_known_at

Row = dict[str, object]
Tables = dict[str, pd.DataFrame]
HOUR = pd.Timedelta(hours=1)
#: Sundays of the first week, early afternoon in New York (17:00 UTC in September).
OPENING = {2014: "2014-09-07", 2015: "2015-09-13", 2020: "2020-09-13", 2021: "2021-09-12", 2022: "2022-09-11"}
STATS = ("carries", "rushing_yards", "targets", "receptions", "receiving_yards", "attempts", "passing_yards")
TIMES = ("kickoff_utc", "known_at", "recorded_at")


def sunday(season: int, week: int) -> pd.Timestamp:
    return pd.Timestamp(f"{OPENING[season]}T17:00:00+00:00") + pd.Timedelta(days=7 * (week - 1))


def wednesday_noon(season: int, week: int) -> pd.Timestamp:
    """Noon in New York, four days before the Sunday; summer time holds until November."""
    local = (sunday(season, week) - pd.Timedelta(days=4)).tz_convert("America/New_York").normalize()
    return (local + 12 * HOUR).tz_convert("UTC")


@dataclass
class League:
    """Facts in the making; every method adds some and dates them as the sources do."""

    rows: dict[str, list[Row]] = field(default_factory=dict)

    def _add(self, table: str, **row: object) -> None:
        self.rows.setdefault(table, []).append(row)

    def game(
        self, season: int, week: int, home: str, away: str, *, kickoff: pd.Timestamp | None = None, played: bool = True
    ) -> Row:
        kick = sunday(season, week) if kickoff is None else kickoff
        keys: Row = {"game_id": f"{season}_{week:02d}_{away}_{home}", "season": season, "week": week}
        teams: Row = {"home_team": home, "away_team": away, "neutral": False, "game_type": "REG"}
        known = pd.Timestamp(f"{season}-05-15T10:00:00+00:00")
        self._add("games", **keys, **teams, kickoff_utc=kick, known_at=known)
        if played:
            self._add("results", **keys, home_score=20, away_score=17, overtime=False, known_at=kick + 4 * HOUR)
        return keys | teams | {"kickoff_utc": kick}

    def line(self, game: Row, team: str, player: str, position: str = "RB", **stats: float) -> None:
        kick = pd.Series([game["kickoff_utc"]])
        who: Row = {"team": team, "player_id": player, "player_name": f"{player} of old", "position": position}
        numbers = dict.fromkeys(STATS, 0.0) | stats
        self._add("player_weeks", **_week(game), **who, **numbers, known_at=stats_known_at(kick).iloc[0])

    def carries(self, game: Row, team: str, player: str, volume: float, yards: float, *, position: str = "RB") -> None:
        self.line(game, team, player, position, carries=volume, rushing_yards=yards)

    def roster(self, game: Row, team: str, **states: str) -> None:
        for player, status in states.items():
            who: Row = {"team": team, "player_id": player, "player_name": f"{player} of old", "status": status}
            self._add("rosters", **_week(game), **who, known_at=game["kickoff_utc"])

    def snaps(self, game: Row, team: str, **counts: float) -> None:
        kick = pd.Series([game["kickoff_utc"]])
        for player, count in counts.items():
            who: Row = {"team": team, "player_name": f"{player.title()} of Old", "offense_snaps": count}
            share: Row = {"offense_share": count / 60.0, "known_at": stats_known_at(kick).iloc[0]}
            self._add("snaps", game_id=game["game_id"], **_week(game), **who, **share)

    def report(
        self, game: Row, team: str, player: str, status: str | None, *, at: pd.Timestamp, **more: object
    ) -> None:
        self._add(
            "injuries", **_week(game), team=team, player_id=player, report_status=status, known_at=at, **more
        )  # fmt: skip

    def quote(
        self, game: Row, line: float, *, at: pd.Timestamp, market: str = "spread", source: str = "legacy"
    ) -> None:
        row: Row = {"market": market, "source": source, "kind": "open", "line": line, "recorded_at": at}
        assumed: Row = {"instant_assumed": False, "price_assumed": True}
        self._add("quotes", game_id=game["game_id"], **_week(game), **row, **assumed, known_at=at)

    def tables(self) -> Tables:
        return {name: _typed(rows) for name, rows in self.rows.items()}


def _week(game: Row) -> Row:
    return {name: game[name] for name in ("season", "week")}


def _typed(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    return frame.astype({name: "datetime64[us, UTC]" for name in TIMES if name in frame})


def as_of(tables: Mapping[str, pd.DataFrame], instant: pd.Timestamp) -> Tables:
    return {name: table[table["known_at"] <= instant] for name, table in tables.items()}


def random_league(seed: int, *, seasons: tuple[int, ...] = (2020, 2021), weeks: int = 6) -> Tables:
    """Four teams, two games a week; from 2021 on rosters, snaps and reports, as in the sources."""
    rng, league = np.random.default_rng(seed), League()
    for season in seasons:
        for week in range(1, weeks + 1):
            drawn = [f"T{i}" for i in rng.permutation(4)]
            for home, away in (drawn[:2], drawn[2:]):
                delay = pd.Timedelta(days=int(rng.choice([-3, 0, 0, 1, 2])))  # Thursday, Sunday, Monday or Tuesday
                game = league.game(season, week, home, away, kickoff=sunday(season, week) + delay)
                for hours in (120.0, 100.0, 50.0, 2.0, 0.0):
                    at = pd.Timestamp(str(game["kickoff_utc"])) - hours * HOUR
                    league.quote(game, float(rng.integers(-9, 10)), at=at)
                    league.quote(game, float(rng.integers(35, 55)), at=at, market="total")
                for team in (home, away):
                    _random_side(league, game, team, rng=rng, counted=season >= 2021)
    return league.tables()


def _random_side(league: League, game: Row, team: str, *, rng: np.random.Generator, counted: bool) -> None:
    backs = {f"{team.lower()}{letter}": float(rng.integers(0, 20)) for letter in "abc"}
    out = str(rng.choice(list(backs)))
    for player, volume in backs.items():
        if player != out and (volume > 3 or not counted):
            league.carries(game, team, player, volume, float(rng.integers(-5, 120)))
    if counted:
        league.roster(game, team, **{player: "INA" if player == out else "ACT" for player in backs})
        league.snaps(game, team, **{player: float(rng.integers(1, 60)) for player in backs if player != out})
        for player in backs:
            at = pd.Timestamp(str(game["kickoff_utc"])) - float(rng.integers(10, 130)) * HOUR
            league.report(game, team, player, str(rng.choice(["Questionable", "Out"])), at=at)
