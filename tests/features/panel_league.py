"""Leagues of a few teams for the tests of panels: one worked by hand, one drawn at random."""

import numpy as np
import pandas as pd

FIRST_KICKOFF = pd.Timestamp("2010-09-12T17:00:00+00:00")


def kickoff(season: int, week: int, *, hour: int = 0) -> pd.Timestamp:
    return FIRST_KICKOFF + pd.DateOffset(years=season - 2010, days=7 * (week - 1), hours=hour)


def game(season: int, week: int, home: str, away: str, *, hour: int = 0, **more: object) -> dict[str, object]:
    row = {
        "game_id": f"{season}_{week:02d}_{away}_{home}",
        "season": season,
        "week": week,
        "game_type": "REG",
        "kickoff_utc": kickoff(season, week, hour=hour),
        "home_team": home,
        "away_team": away,
        "neutral": False,
        "known_at": kickoff(season, 1) - pd.Timedelta(days=100),
    }
    return row | more


def quote(game_row: dict[str, object], *, line: float, kind: str, source: str, **more: object) -> dict[str, object]:
    """A quote; openers five days ahead, closes at kick-off, unless said otherwise."""
    kick = pd.Timestamp(str(game_row["kickoff_utc"]))
    recorded = kick - pd.Timedelta(days=5) if kind == "open" else kick
    row = {
        "game_id": game_row["game_id"],
        "season": game_row["season"],
        "week": game_row["week"],
        "market": "spread",
        "source": source,
        "kind": kind,
        "line": line,
        "recorded_at": recorded,
        "instant_assumed": kind == "open",
        "price_assumed": True,
    }
    whole = row | more
    return whole | {"known_at": whole["recorded_at"]}


def result(game_row: dict[str, object], home_score: int, away_score: int) -> dict[str, object]:
    keys = {name: game_row[name] for name in ("game_id", "season", "week")}
    known = pd.Timestamp(str(game_row["kickoff_utc"])) + pd.Timedelta(hours=4)
    return keys | {"home_score": home_score, "away_score": away_score, "overtime": False, "known_at": known}


def stamped(rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    times = [name for name in ("kickoff_utc", "known_at", "recorded_at", "observed_at") if name in frame]
    return frame.astype(dict.fromkeys(times, "datetime64[us, UTC]"))


def random_league(seed: int, *, teams: int = 6, seasons: int = 2, weeks: int = 6) -> dict[str, pd.DataFrame]:
    """Every team plays once a week; openers and closes from one source; quarterbacks and receivers with yards."""
    rng = np.random.default_rng(seed)
    games, results, quotes, lines = [], [], [], []
    for season in range(2010, 2010 + seasons):
        for week in range(1, weeks + 1):
            drawn = rng.permutation(teams)
            for pair in range(teams // 2):
                row = game(season, week, f"T{drawn[2 * pair]}", f"T{drawn[2 * pair + 1]}", hour=pair)
                line = float(rng.integers(-14, 15)) / 2
                games.append(row)
                results.append(result(row, *(int(score) for score in rng.integers(0, 40, 2))))
                quotes.append(quote(row, line=line + float(rng.integers(-4, 5)) / 2, kind="open", source="legacy"))
                quotes.append(quote(row, line=line, kind="close", source="legacy"))
                lines += [_stat_line(row, str(row[side]), rng=rng) for side in ("home_team", "away_team")]
    frames = {"games": games, "results": results, "quotes": quotes, "player_weeks": lines}
    return {name: stamped(rows) for name, rows in frames.items()}


def _stat_line(row: dict[str, object], team: str, *, rng: np.random.Generator) -> dict[str, object]:
    yards = {"passing_yards": float(rng.integers(50, 400)), "rushing_yards": 3.0, "receiving_yards": 0.0}
    names = {"player_id": f"q-{team}", "player_name": f"Quarterback of {team}", "position": "QB", "team": team}
    return {"season": row["season"], "week": row["week"], "known_at": row["known_at"]} | names | yards
