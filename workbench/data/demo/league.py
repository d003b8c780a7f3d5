"""Write the simulated league as a folder in the nflverse layout, its lines beside it and its truth apart."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

import pandas as pd

from workbench.clock import utc
from workbench.data.demo.calendar import kickoffs_by_team
from workbench.data.demo.charting import game_pressures, play_charting
from workbench.data.demo.coaches import Benches, build_benches
from workbench.data.demo.expectation import World
from workbench.data.demo.market import market_lines, market_truth
from workbench.data.demo.names import CODES
from workbench.data.demo.plays import play_by_play
from workbench.data.demo.quotes import line_records
from workbench.data.demo.reports import injury_reports
from workbench.data.demo.schedule import closing_columns, schedule_frame
from workbench.data.demo.season import Played, play_league
from workbench.data.demo.shocks import build_shocks, shocks_frame
from workbench.data.demo.squads import build_squads, player_id
from workbench.data.demo.strengths import build_strengths
from workbench.data.demo.tallies import player_weeks, snap_counts
from workbench.data.demo.truth import PlantedTruth, Truth, save_truth
from workbench.data.demo.weekly_rosters import weekly_rosters

SEASONS: Final = (2021, 2022, 2023, 2024)
DEFAULT_SEED: Final = 20240901
#: Wednesday 13:00 ET of 2024 week 11: ten weeks are played, and the eleventh waits with its Wednesday quotes.
NOW: Final = pd.Timestamp("2024-11-13T18:00:00+00:00")
LAYOUT_VERSION: Final = 1


def league_digest(seed: int = DEFAULT_SEED) -> str:
    """Return a hash of this package's source and the seed: equal digests, equal leagues."""
    digest = hashlib.sha256(f"{LAYOUT_VERSION}:{seed}".encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.name.encode())
        digest.update(module.read_bytes())
    return digest.hexdigest()


def write_league(
    folder: Path,
    *,
    seed: int = DEFAULT_SEED,
    seasons: tuple[int, ...] = SEASONS,
    now: pd.Timestamp = NOW,
    planted: PlantedTruth | None = None,
) -> None:
    """Write the league into a folder, replacing what an earlier call left there.

    Parameters
    ----------
    folder : Path
        Gets ``schedules/ pbp/ injuries/ weekly_rosters/ stats_player/ snap_counts/ pfr_advstats/ ftn_charting/``
        as nflverse has them, ``lines/history_<season>.parquet``, and ``truth/``, which no loader reads.
    seed : int
        Equal seeds give equal files; every game and team draws from its own stream.
    seasons : tuple of int
        Ascending, without gaps.
    now : Timestamp
        With time zone. Nothing that was not public by then is written outside ``truth/``.
    planted : PlantedTruth, optional
        Other effects than the default ones.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as scratch:
    ...     write_league(Path(scratch) / "demo", seasons=(2024,))
    ...     sorted(p.name for p in (Path(scratch) / "demo" / "lines").iterdir())
    ['history_2024.parquet']
    """
    instant = utc(now)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write(work, world=build_world(seed, seasons=seasons, planted=planted or PlantedTruth()), now=instant)
        _swap(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def build_world(seed: int, *, seasons: tuple[int, ...], planted: PlantedTruth) -> World:
    """Return what is true of the league before a ball is kicked."""
    squads = build_squads(seed, seasons=seasons, planted=planted)
    strengths = build_strengths(seed, seasons=seasons, planted=planted)
    shocks = build_shocks(seed, squads=squads, planted=planted)
    return World(seed=seed, planted=planted, squads=squads, strengths=strengths, shocks=shocks)


def _swap(work: Path, folder: Path) -> None:
    """Rename the finished folder into place; an older one steps aside first, so a reader never sees half a league."""
    aside = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    if folder.exists():
        os.replace(folder, aside)
    os.replace(work, folder)
    shutil.rmtree(aside, ignore_errors=True)


def _write(work: Path, *, world: World, now: pd.Timestamp) -> None:
    played = play_league(world, now=now)
    results = played.fixtures[["season", "week", "home", "away", "game_type"]].assign(
        margin=played.fixtures["home_score"] - played.fixtures["away_score"]
    )
    regular = results[results["game_type"] == "REG"]
    benches = build_benches(world.seed, seasons=world.squads.seasons, results=regular)
    lines = market_lines(world, played.fixtures, expected=played.expected)
    records = line_records(world, played.fixtures, lines=lines)
    records = records[records["commit_time"] <= now].reset_index(drop=True)
    finished = set(played.fixtures.loc[played.fixtures["home_score"].notna(), "game_id"])
    closes = closing_columns(records, finished=finished)
    schedule = schedule_frame(world, played, benches=benches, closes=closes)
    _save(schedule, work / "schedules" / "games.parquet")
    _by_season(records, work / "lines", name="history_{}.parquet")
    plays = _plays(world, played, schedule=schedule)
    _by_season(plays, work / "pbp", name="play_by_play_{}.parquet")
    _write_people(work, world=world, played=played, plays=plays, now=now)
    save_truth(_truth(world, played=played, benches=benches, market=market_truth(lines)), work)


def _write_people(work: Path, *, world: World, played: Played, plays: pd.DataFrame, now: pd.Timestamp) -> None:
    fixtures = played.fixtures
    _by_season(injury_reports(world, fixtures, now=now), work / "injuries", name="injuries_{}.parquet")
    rosters = weekly_rosters(world, fixtures, now=now)
    _by_season(rosters, work / "weekly_rosters", name="roster_weekly_{}.parquet")
    _by_season(player_weeks(world, plays), work / "stats_player", name="stats_player_week_{}.parquet")
    _by_season(snap_counts(world, fixtures, plays=plays), work / "snap_counts", name="snap_counts_{}.parquet")
    for season, rows in plays.groupby("season"):
        charted = play_charting(world, rows)
        pressures = game_pressures(world, rows, charting=charted)
        _save(charted, work / "ftn_charting" / f"ftn_charting_{season}.parquet")
        _save(pressures, work / "pfr_advstats" / f"advstats_week_pass_{season}.parquet")


def _plays(world: World, played: Played, *, schedule: pd.DataFrame) -> pd.DataFrame:
    public = schedule.set_index("game_id")
    columns = ["gameday", "roof", "surface", "temp", "wind", "home_coach", "away_coach"]
    frames = [
        play_by_play(world, fixtures.join(public[columns], on="game_id"), plays=plays)
        for fixtures, plays in played.batches
    ]
    return pd.concat(frames, ignore_index=True)


def _truth(world: World, *, played: Played, benches: Benches, market: pd.DataFrame) -> Truth:
    games = played.fixtures[["game_id", "season", "week", "game_type"]].copy()
    for side in ("home", "away"):
        games[f"{side}_team"] = [CODES[i] for i in played.fixtures[side]]
    shocks = shocks_frame(world.shocks.events, kickoffs=kickoffs_by_team(played.fixtures))
    changes = benches.changes.assign(
        kind="coaching_change", last_week=shocks["last_week"].max(), surprise=False,
        effect_points=world.planted.coaching_change_points,
    )  # fmt: skip
    return Truth(
        planted=world.planted,
        games=pd.concat([games, played.expected], axis=1),
        strengths=_strengths(world),
        shocks=pd.concat([shocks, changes.drop(columns="coach")], ignore_index=True),
        market=pd.concat([games[["game_id"]], market], axis=1),
        players=_quarterbacks(world),
    )


def _strengths(world: World) -> pd.DataFrame:
    shape = world.strengths.attack.shape
    index = pd.MultiIndex.from_product(
        [world.squads.seasons, range(1, shape[1] + 1), CODES], names=["season", "week", "team"]
    )
    plays = world.shocks.quarterback
    passer = world.squads.value[:, None].repeat(shape[1], axis=1)
    playing = (passer * (plays[..., None] == range(passer.shape[-1]))).sum(axis=-1)
    columns = {
        "attack": world.strengths.attack.ravel(),
        "defence": world.strengths.defence.ravel(),
        "quarterback": playing.ravel(),
        "quarterback_usual": passer[..., 0].ravel(),
        "attack_shock": world.shocks.attack.ravel(),
        "defence_shock": world.shocks.defence.ravel(),
    }
    return pd.DataFrame(columns, index=index).reset_index()


def _quarterbacks(world: World) -> pd.DataFrame:
    squads = world.squads
    rows = [
        (
            season,
            CODES[team],
            depth + 1,
            int(squads.members[index, 0, team, depth]),
            value,
            squads.poise[index, team, depth],
        )
        for index, season in enumerate(squads.seasons)
        for team in range(len(CODES))
        for depth, value in enumerate(squads.value[index, team])
    ]
    frame = pd.DataFrame(rows, columns=["season", "team", "depth", "player", "value_points", "poise"])
    frame["player_id"] = [player_id(number) for number in frame.pop("player")]
    return frame


def _by_season(frame: pd.DataFrame, folder: Path, *, name: str) -> None:
    for season, rows in frame.groupby("season"):
        _save(rows.reset_index(drop=True), folder / name.format(season))


def _save(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path, index=False)
