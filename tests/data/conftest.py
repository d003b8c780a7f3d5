"""A league of two weeks and four games, small enough to check by eye, in the nflverse layout."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from workbench.data.source import LoadedFacts
from workbench.settings import Settings

SEASON = 2024

Tables = dict[str, pd.DataFrame]


def schedule() -> pd.DataFrame:
    """Week 1 on Sunday 8 September (13:00 ET = 17:00 UTC), week 2 on the 15th; the last game is not played yet."""
    rows = [
        ("2024_01_ARI_BUF", 1, "2024-09-08", "ARI", "BUF", 28.0, 34.0, 6.5, 47.5, "Home"),
        ("2024_01_KC_LV", 1, "2024-09-08", "KC", "OAK", 20.0, 17.0, -3.0, 44.0, "Neutral"),
        ("2024_02_BUF_KC", 2, "2024-09-15", "BUF", "KC", 21.0, 24.0, 2.5, 46.5, "Home"),
        ("2024_02_LV_ARI", 2, "2024-09-15", "OAK", "ARI", None, None, 1.0, 43.0, "Home"),
    ]
    names = [
        "game_id", "week", "gameday", "away_team", "home_team", "away_score", "home_score", "spread_line", "total_line",
        "location",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(
        season=SEASON, game_type="REG", gametime="13:00", overtime=0.0, div_game=0, home_rest=7, away_rest=7,
        home_qb_id="00-1", away_qb_id="00-2", home_qb_name="H", away_qb_name="A", home_coach="HC", away_coach="AC",
        temp=[80.0, None, 70.0, 60.0], wind=[5.0, None, 8.0, 9.0], referee="R", roof="outdoors",
        home_spread_odds=[-110.0, -105.0, None, -110.0], away_spread_odds=[-110.0, -115.0, None, -110.0],
        over_odds=-110.0, under_odds=-110.0, home_moneyline=[-280.0, 130.0, None, -115.0],
        away_moneyline=[230.0, -150.0, None, -105.0],
    )  # fmt: skip


def play_rows() -> pd.DataFrame:
    games = schedule().iloc[:3]
    rows = games.loc[games.index.repeat(2)].reset_index(drop=True)
    return pd.DataFrame(
        {
            "game_id": rows["game_id"], "season": SEASON, "week": rows["week"], "play_id": [1.0, 2.0] * 3,
            "posteam": rows["home_team"], "defteam": rows["away_team"], "play_type": ["pass", "run"] * 3,
            "down": [1.0, 2.0] * 3, "ydstogo": 10.0, "yardline_100": 75.0, "score_differential": 0.0,
            "game_seconds_remaining": 3600.0, "epa": 0.1,
        }
    )  # fmt: skip


def stat_rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "player_id": ["00-1", "00-2"], "recent_team": ["BUF", "OAK"], "season": SEASON, "week": 1,
            "player_display_name": ["H", "A"], "interceptions": [1.0, 0.0], "sacks": [2.0, 3.0],
            "sack_fumbles_lost": [1.0, 0.0], "rushing_fumbles_lost": [1.0, 0.0], "passing_yards": [250.0, 180.0],
        }
    )  # fmt: skip


def history_rows() -> pd.DataFrame:
    """Consensus on BUF-ARI: an opener, a Wednesday state, a state before and one after kick-off (17:00 UTC)."""
    commits = ["2024-09-03T10:00Z", "2024-09-04T15:00Z", "2024-09-08T16:50Z", "2024-09-08T18:00Z"]
    stamps = pd.Series(commits).str.replace("Z", ":00.000001+00:00")
    return pd.DataFrame(
        {
            "nflverse_game_id": "2024_01_ARI_BUF", "commit_time": pd.to_datetime(commits, utc=True),
            "home_spread_last": [-6.0, -6.5, -7.0, -3.0], "home_spread_last_price": -110.0,
            "away_spread_last_price": [-110.0, -110.0, None, -110.0], "home_spread_last_source": "action-hq-consensus",
            "home_spread_last_timestamp": stamps, "home_spread_open": -5.5, "home_spread_open_price": -110.0,
            "away_spread_open_price": -110.0, "home_spread_open_source": "draftkings",
            "home_spread_open_timestamp": "2024-09-02 20:00:00.5-07:00", "home_ml_last": -265.0, "away_ml_last": 217.0,
            "ml_last_source": "action-hq-consensus", "ml_last_timestamp": stamps, "total_line_last": 47.5,
            "over_price_last": -108.0, "under_price_last": -112.0, "total_line_last_source": "action-hq-consensus",
            "total_line_last_timestamp": stamps,
        }
    )  # fmt: skip


def save(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path, index=False)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A folder in the nflverse layout, with a lines folder beside it."""
    base = tmp_path / "mirror"
    save(schedule(), base / "schedules" / "games.parquet")
    save(play_rows(), base / "pbp" / f"play_by_play_{SEASON}.parquet")
    save(stat_rows(), base / "stats_player" / f"stats_player_week_{SEASON}.parquet")
    save(history_rows(), base / "lines" / "history_2024.parquet")
    return base


@pytest.fixture
def settings(mirror: Path) -> Settings:
    sources = {"nflverse": {"base": str(mirror)}, "lines": {"base": str(mirror / "lines")}, "retries": 0}
    return Settings.model_validate({"sources": sources})


@pytest.fixture
def load(settings: Settings, tmp_path: Path) -> Callable[[], LoadedFacts]:
    """Load the little league as a run does; artifacts stay from call to call."""
    from workbench.data.ingest import load_league

    return lambda: load_league(settings, seasons=(SEASON,), root=tmp_path / "artifacts")


@pytest.fixture
def frames() -> Tables:
    """The raw frames of the little league, by file."""
    return {"schedule": schedule(), "plays": play_rows(), "stats": stat_rows(), "history": history_rows()}


@pytest.fixture
def write() -> Callable[[pd.DataFrame, Path], None]:
    """Write a raw file of a source."""
    return save
