"""What struck each game of a panel league: treatments, exposures by event, and what each shock truly added."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.demo.calendar import REGULAR_WEEKS
from workbench.data.demo.expectation import World
from workbench.data.demo.keys import PANEL_FAKES, stream
from workbench.data.demo.market import market_lines, market_truth
from workbench.data.demo.names import CODES, TEAMS
from workbench.data.demo.shocks import Event

Floats = NDArray[np.float64]
#: By shock and outcome: what it adds to each game, in the sign of its treatment.
Contributions = Mapping[tuple[str, str], Floats]

#: Of events: the demo league's name and the panel's.
_EVENTS: Final = {
    "quarterback_out": "quarterback_out", "player_out": "player_out", "suspension": "player_out",
    "trade_seller": "trade_out", "trade_buyer": "trade_in",
}  # fmt: skip
#: Days of rest from which, and up to which, the demo league's rest has its effect.
BYE_DAYS: Final = 13
SHORT_DAYS: Final = 6
_FREEZING: Final = 32.0
#: Share of team-games that the fake one-game treatment strikes, and of team-seasons the fake absorbing one.
FAKE_RATE: Final = 0.06
FAKE_ABSORBING_RATE: Final = 0.2
_SIGNED_OUTCOMES: Final = ("margin", "margin_vs_close", "margin_vs_open")


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelShocks:
    """Treatments (one column a shock, index of the games), exposures, and true contributions."""

    treatments: pd.DataFrame
    exposures: pd.DataFrame
    contributions: Contributions


def planted_shocks(
    world: World, fixtures: pd.DataFrame, *, expected: pd.DataFrame, games: pd.DataFrame, changes: pd.DataFrame
) -> PanelShocks:
    """Return every shock of a league's regular games.

    Parameters
    ----------
    fixtures, expected : DataFrame
        Of the same rows; ``home`` and ``away`` by number.
    games : DataFrame
        Of the same rows: ``game_id, division_game, prime_time``.
    changes : DataFrame
        Coaching changes: ``season, team, first_week``.
    """
    exposures = _exposures(world, fixtures, games=games, changes=changes)
    signed = _summed(exposures, len(games), by="dose")
    treatments = signed | _weather(expected, games=games)
    contributions = _margin_truth(exposures, signed, world=world, fixtures=fixtures, expected=expected)
    contributions |= _total_truth(treatments, world=world)
    kept = exposures.drop(columns=["row", "effect", "fresh"])
    both = _shared(treatments, games=games)
    return PanelShocks(
        treatments=pd.DataFrame(treatments, index=games.index),
        exposures=pd.concat([kept, both], ignore_index=True), contributions=contributions,
    )  # fmt: skip


def _exposures(world: World, fixtures: pd.DataFrame, *, games: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return one row an event and affected game of one team, with its game's row number and true effect on margin."""
    place = _places(world, fixtures)
    events = [*_squad_events(world), *_rest_events(world, fixtures), *_changes(world, changes), *_fakes(world)]
    weeks, ids = fixtures["week"].to_numpy(), games["game_id"].to_numpy()
    rows = []
    for number, (kind, event) in enumerate(events):
        at = place[event.season - world.squads.seasons[0], event.first_week - 1 : event.last_week, event.team]
        for horizon, (row, sign) in enumerate(at[at[:, 1] != 0]):
            fresh = kind in {"quarterback_out", "player_out"} and weeks[row] == event.first_week
            rows.append((number, kind, CODES[event.team], row, event.season, sign, horizon, event.effect_points, fresh))
    names = ["event", "type", "team", "row", "season", "sign", "horizon", "effect", "fresh"]
    frame = pd.DataFrame(rows, columns=names)
    # The opener stands since Sunday: an absence of this week became known after it, any longer one before.
    anticipation = np.where(frame["fresh"], "open_to_close", "before_open")
    frame["event_id"] = frame["type"] + "-" + frame.pop("event").astype(str)
    return frame.assign(game_id=ids[frame["row"]], week=weeks[frame["row"]], dose=1.0, anticipation=anticipation)


def _places(world: World, fixtures: pd.DataFrame) -> NDArray[np.int64]:
    """Return the game's row and the side's sign (0: no game) of each season, week and team, last axis of two."""
    place = np.zeros((len(world.squads.seasons), REGULAR_WEEKS, TEAMS, 2), dtype=np.int64)
    season, week = fixtures["season"].to_numpy() - world.squads.seasons[0], fixtures["week"].to_numpy() - 1
    for side, sign in (("home", 1), ("away", -1)):
        at = (season, week, fixtures[side].to_numpy(dtype=np.int64))
        place[(*at, 0)], place[(*at, 1)] = np.arange(len(fixtures)), sign
    return place


def _squad_events(world: World) -> Iterable[tuple[str, Event]]:
    return ((_EVENTS[event.kind], event) for event in world.shocks.events if event.kind in _EVENTS)


def _rest_events(world: World, fixtures: pd.DataFrame) -> Iterable[tuple[str, Event]]:
    planted = world.planted
    for side in ("home", "away"):
        days = fixtures[f"{side}_rest"].to_numpy()
        for kind, struck, points in (
            ("bye", days >= BYE_DAYS, planted.bye_points),
            ("short_rest", days <= SHORT_DAYS, planted.short_week_points),
        ):
            for season, week, team in fixtures.loc[struck, ["season", "week", side]].itertuples(index=False):
                yield kind, _event(season, week, week, team=team, kind=kind, points=points)


def _changes(world: World, changes: pd.DataFrame) -> Iterable[tuple[str, Event]]:
    for season, code, week in changes[["season", "team", "first_week"]].itertuples(index=False):
        points = world.planted.coaching_change_points
        yield "coaching_change", _event(season, week, REGULAR_WEEKS, team=CODES.index(code), kind="", points=points)


def _fakes(world: World) -> Iterable[tuple[str, Event]]:
    """Yield treatments drawn by lot: one-game and absorbing ones, which do nothing."""
    for season in world.squads.seasons:
        rng = stream(world.seed, PANEL_FAKES, season)
        for week, team in np.argwhere(rng.random((REGULAR_WEEKS, TEAMS)) < FAKE_RATE).tolist():
            yield "fake_week", _event(season, week + 1, week + 1, team=team, kind="fake", points=0.0)
        starts = rng.integers(4, REGULAR_WEEKS - 3, TEAMS)
        for team in np.flatnonzero(rng.random(TEAMS) < FAKE_ABSORBING_RATE).tolist():
            yield "fake_change", _event(season, starts[team], REGULAR_WEEKS, team=team, kind="fake", points=0.0)


def _event(season: int, first: int, last: int, *, team: int, kind: str, points: float) -> Event:
    return Event(int(season), int(team), kind, 0, 0, int(first), int(last), False, points)


def _summed(exposures: pd.DataFrame, n_games: int, *, by: str) -> dict[str, Floats]:
    """Return each type's signed sum over the events of a game; ``fresh`` first games of quarterbacks apart."""
    value = (exposures["sign"] * exposures[by]).to_numpy(dtype=np.float64)
    row = exposures["row"].to_numpy(dtype=np.int64)
    masks = {str(kind): (exposures["type"] == kind).to_numpy() for kind in exposures["type"].unique()}
    masks["quarterback_fresh"] = masks["quarterback_out"] & exposures["fresh"].to_numpy(dtype=np.bool_)
    return {
        kind: np.bincount(row[mask], weights=value[mask], minlength=n_games).astype(np.float64)
        for kind, mask in masks.items()
    }


def _margin_truth(
    exposures: pd.DataFrame,
    treatments: Mapping[str, Floats],
    *,
    world: World,
    fixtures: pd.DataFrame,
    expected: pd.DataFrame,
) -> dict[tuple[str, str], Floats]:
    """Return what shocks add to margins, and to margins against the line: what the market truly left."""
    felt = _summed(exposures, len(fixtures), by="effect")
    out = {(kind, "margin"): points for kind, points in felt.items()}
    silent = np.zeros(len(fixtures))
    out |= {(kind, outcome): silent for kind in felt for outcome in _SIGNED_OUTCOMES[1:]}
    unseen = (world.planted.bye_points - world.planted.market_bye_points) * treatments["bye"]
    market = market_truth(market_lines(_errorless(world), fixtures, expected=expected))
    for when in ("open", "close"):
        left = expected["expected_margin"].to_numpy(np.float64) - market[f"{when}_margin"].to_numpy(np.float64)
        out["bye", f"margin_vs_{when}"] = unseen
        # All else that an errorless market leaves out is the newly absent quarterback.
        out["quarterback_out", f"margin_vs_{when}"] = out["quarterback_fresh", f"margin_vs_{when}"] = left - unseen
    return out


def _errorless(world: World) -> World:
    """Return the world with a market that errs only where it was planted to."""
    planted = replace(
        world.planted, open_error_points=0.0, close_error_points=0.0, open_total_error_points=0.0,
        close_total_error_points=0.0,
    )  # fmt: skip
    return replace(world, planted=planted)


def _weather(expected: pd.DataFrame, *, games: pd.DataFrame) -> dict[str, Floats]:
    """Return the treatments that both teams share."""
    return {
        "cold": (expected["temp"].fillna(70.0) <= _FREEZING).to_numpy(dtype=np.float64),
        "precipitation": expected["precipitation"].to_numpy(dtype=np.float64),
        "windy": np.maximum(expected["wind"].fillna(0.0).to_numpy(dtype=np.float64) - 8.0, 0.0),
        "division": games["division_game"].to_numpy(dtype=np.float64),
        "night": games["prime_time"].to_numpy(dtype=np.float64),
    }


def _total_truth(treatments: Mapping[str, Floats], *, world: World) -> dict[tuple[str, str], Floats]:
    planted = world.planted
    points = {
        "cold": planted.cold_total_points,
        "precipitation": planted.precipitation_total_points,
        "windy": planted.wind_total_points_per_mph,
        "division": 0.0,
        "night": 0.0,
    }
    left = 1.0 - planted.market_weather_share
    out = {(kind, "total"): value * treatments[kind] for kind, value in points.items()}
    # The close carries a share of what the sky adds to its usual; rain falls alike in every place and week.
    out["precipitation", "total_vs_close"] = left * points["precipitation"] * treatments["precipitation"]
    out |= {(kind, "total_vs_close"): np.zeros_like(treatments[kind]) for kind in ("division", "night")}
    return out


def _shared(treatments: Mapping[str, Floats], *, games: pd.DataFrame) -> pd.DataFrame:
    """Return exposures of both teams: one row a game struck."""
    parts = []
    for kind in ("cold", "precipitation", "windy", "division", "night"):
        struck = np.flatnonzero(treatments[kind])
        rows = games.loc[struck, ["game_id", "season", "week"]]
        parts.append(rows.assign(
            event_id=[f"{kind}-{i}" for i in struck], type=kind, team=None, sign=0, horizon=0,
            dose=treatments[kind][struck],
            anticipation="before_open" if kind in {"division", "night"} else "open_to_close",
        ))  # fmt: skip
    return pd.concat(parts, ignore_index=True)
