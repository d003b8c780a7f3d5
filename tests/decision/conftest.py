"""A small week, a toy model, and bets to settle."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.clock import AsOf, Week, utc
from workbench.decision.decide import decide
from workbench.decision.model import ModelDraws
from workbench.decision.policy import Policy
from workbench.decision.slip import Slip
from workbench.market.keynumbers import KeyNumbers, smooth_key_numbers
from workbench.store.tables import FrameAsOf

WEEK = Week(2024, 10)
WEDNESDAY = utc("2024-11-06T17:00Z")  # noon in New York
SUNDAY = utc("2024-11-10T18:00Z")
RELEASE = utc("2024-05-15T04:00Z")
TEAMS = {"g1": ("KC", "DEN"), "g2": ("PHI", "DAL"), "g3": ("SF", "TB")}

Frames = dict[str, pd.DataFrame]


class ToyModel:
    """Poisson scores about a margin of 5.5 and a total of 46.5, drawn by game id."""

    def __init__(self, *, home: float = 26.0, away: float = 20.5, n_draws: int = 2000) -> None:
        self.home, self.away, self.n_draws = home, away, n_draws
        self.calls = 0

    def draws(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> ModelDraws:
        self.calls += 1
        seeds = [np.random.default_rng([7, *map(ord, game)]) for game in games["game_id"]]
        home = np.stack([rng.poisson(self.home, self.n_draws) for rng in seeds]).astype(np.int16)
        away = np.stack([rng.poisson(self.away, self.n_draws) for rng in seeds]).astype(np.int16)
        n_games = len(games)
        return ModelDraws(
            game_ids=games["game_id"].to_numpy(dtype=np.str_),
            home=home,
            away=away,
            weights=np.full((n_games, self.n_draws), 1.0 / self.n_draws),
            fair_margin=np.full(n_games, self.home - self.away),
            fair_total=np.full(n_games, self.home + self.away),
        )


def quote(game_id: str, market: str, **changes: Any) -> dict[str, Any]:
    """One consensus quote four hours old: home_line 3.5, total 44.5, moneyline 1.60 and 2.45."""
    moneyline = market == "moneyline"
    row = {
        "game_id": game_id,
        "season": WEEK.season,
        "week": WEEK.week,
        "market": market,
        "source": "consensus",
        "kind": "live",
        "recorded_at": WEDNESDAY - pd.Timedelta(hours=4),
        "price_assumed": False,
        "instant_assumed": False,
        "line": {"spread": 3.5, "total": 44.5, "moneyline": np.nan}[market],
        "price_home": 1.60 if moneyline else 1.91,
        "price_away": 2.45 if moneyline else 1.91,
    }
    return row | changes


def quotes_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    recorded = frame["recorded_at"].astype("datetime64[us, UTC]")
    return frame.assign(recorded_at=recorded, known_at=recorded)


@pytest.fixture
def frames() -> Frames:
    """Three games of one week, each quoted by consensus in all three markets; week 9 has a result."""
    games = pd.DataFrame(
        {
            "game_id": list(TEAMS),
            "season": WEEK.season,
            "week": WEEK.week,
            "game_type": "REG",
            "kickoff_utc": pd.Series([SUNDAY] * 3, dtype="datetime64[us, UTC]"),
            "home_team": [home for home, _ in TEAMS.values()],
            "away_team": [away for _, away in TEAMS.values()],
            "neutral": False,
            "known_at": pd.Series([RELEASE] * 3, dtype="datetime64[us, UTC]"),
        }
    )
    markets = ("spread", "total", "moneyline")
    return {"games": games, "quotes": quotes_frame([quote(game, market) for game in TEAMS for market in markets])}


@pytest.fixture
def decided() -> Callable[..., Slip]:
    """Decide over frames as of Wednesday noon, with the toy model and the default policy unless told otherwise."""

    def run(tables: Frames, **changes: Any) -> Slip:
        view = FrameAsOf(tables, changes.pop("instant", WEDNESDAY))
        options = {"model": ToyModel(), "policy": Policy(), "week": WEEK, "bankroll": 1000.0} | changes
        return decide(view, **options)

    return run


@pytest.fixture
def make_quote() -> Callable[..., dict[str, Any]]:
    return quote


@pytest.fixture
def make_quotes() -> Callable[[list[dict[str, Any]]], pd.DataFrame]:
    return quotes_frame


@pytest.fixture
def toy_model() -> Callable[..., ToyModel]:
    return ToyModel


@pytest.fixture
def make_bets() -> Callable[..., pd.DataFrame]:
    """Bets on g1 with defaults: home at home_line 3.0 for 1.91, ten units, placed for Sunday."""

    def run(*changes: dict[str, Any]) -> pd.DataFrame:
        default = {
            "game_id": "g1",
            "season": WEEK.season,
            "week": WEEK.week,
            "kickoff_utc": SUNDAY,
            "game_type": "REG",
            "market": "spread",
            "side": "home",
            "source": "consensus",
            "status": "shadow",
            "line": 3.0,
            "price": 1.91,
            "price_other": 1.91,
            "price_assumed": False,
            "edge_points": 1.0,
            "stake_units": 10.0,
        }
        frame = pd.DataFrame([default | change for change in changes])
        return frame.assign(kickoff_utc=frame["kickoff_utc"].astype("datetime64[us, UTC]"))

    return run


@pytest.fixture
def make_results() -> Callable[..., pd.DataFrame]:
    """Final scores by game id, known four hours after Sunday's kick-off."""

    def run(scores: dict[str, tuple[int, int]], **changes: Any) -> pd.DataFrame:
        rows = [{"game_id": game, "home_score": home, "away_score": away} for game, (home, away) in scores.items()]
        known = {"season": WEEK.season, "week": WEEK.week, "overtime": False, "known_at": SUNDAY + pd.Timedelta("4h")}
        frame = pd.DataFrame(rows, columns=["game_id", "home_score", "away_score"]).assign(**(known | changes))
        return frame.assign(
            game_id=frame["game_id"].astype("str"), known_at=frame["known_at"].astype("datetime64[us, UTC]")
        )

    return run


@pytest.fixture(scope="session")
def smooth() -> KeyNumbers:
    return smooth_key_numbers()
