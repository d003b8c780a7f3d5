"""Looking ahead from a rating state: means, spreads and parts of margin and total, before calibration."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.features.rating_data import Floats, Integers, RatingData
from workbench.features.rating_filter import (
    HOME,
    HOME_NO_CROWD,
    LEVEL,
    FilterParameters,
    RatingState,
    advanced,
    initial_state,
    observe,
    side_design,
    with_quarterbacks,
)
from workbench.features.season_start import remembered_state
from workbench.features.starters import Candidates


@dataclass(frozen=True, slots=True)
class StarterChances:
    """The candidates of every side, and each one's probability of starting."""

    candidates: Candidates
    probability: Floats

    def of(self, sides: Integers) -> tuple[Integers, Integers, Floats]:
        """Row among ``sides``, player (-1 somebody else) and probability of the candidates of some sorted sides."""
        first, last = np.searchsorted(self.candidates.side, [sides[0], sides[-1] + 1])
        inside = np.flatnonzero(np.isin(self.candidates.side[first:last], sides)) + first
        row = np.searchsorted(sides, self.candidates.side[inside])
        return row, self.candidates.player[inside], self.probability[inside]


def both_sides(games: Integers) -> Integers:
    """Return the side numbers of some games, home first."""
    return np.stack([2 * games, 2 * games + 1], axis=1).ravel()


def moments(
    state: RatingState, data: RatingData, *, games: Integers, parameters: FilterParameters, chances: StarterChances
) -> dict[str, Floats]:
    """Forecast some games of one week from one state.

    Parameters
    ----------
    state : RatingState
        Carried to the week of the games.
    data : RatingData
    games : ndarray of int64, shape (n_games,)
        Game numbers, ascending.
    parameters : FilterParameters
    chances : StarterChances

    Returns
    -------
    dict of str to ndarray, shape (n_games,) each
        Points, and points squared for the ``_variance`` of the means; ``home_/away_player`` are the likeliest
        starters' numbers, -1 where none is known.
    """
    sides = both_sides(games)
    row, who, chance = chances.of(sides)
    state = with_quarterbacks(state, who, parameters=parameters)
    no_crowd = state.season in parameters.no_crowd_seasons
    design = side_design(state, data, sides=sides, no_crowd=no_crowd)
    team_points = design @ state.mean
    real, worth = who >= 0, np.full(len(who), parameters.quarterback_other)
    place = state.quarterback_place(len(data.players))[who[real]]
    np.add.at(design, (row[real], place), chance[real])
    worth[real] = state.mean[place]
    quarterback = np.bincount(row, chance * worth, minlength=len(sides))
    unsure = np.bincount(row, chance * worth**2, minlength=len(sides)) - quarterback**2
    points = team_points + quarterback
    home = state.mean[HOME_NO_CROWD if no_crowd else HOME]
    out = {
        "margin_mean": points[0::2] - points[1::2],
        "margin_variance": _variance(design[0::2] - design[1::2], state) + unsure[0::2] + unsure[1::2],
        "total_mean": 2 * state.mean[LEVEL] + points[0::2] + points[1::2],
        "total_variance": _variance(design[0::2] + design[1::2], state) + unsure[0::2] + unsure[1::2],
        "home_field_points": np.where(data.neutral[games], 0.0, home),
    }
    parts = {
        "offence": state.mean[state.offence][data.team[sides]],
        "defence": state.mean[state.defence][data.team[sides]],
        "quarterback_points": quarterback,
        **_likeliest(row, who, chance=chance, n=len(sides)),
    }
    return out | {f"{side}_{k}": v[i::2] for k, v in parts.items() for i, side in enumerate(("home", "away"))}


def _variance(design: Floats, state: RatingState) -> Floats:
    out: Floats = ((design @ state.covariance) * design).sum(axis=1)
    return out


def _likeliest(row: Integers, who: Integers, *, chance: Floats, n: int) -> dict[str, Floats]:
    """Name the candidate with the best chance of each side, -1 where there is none."""
    player, best = np.full(n, -1.0), np.zeros(n)
    named = np.flatnonzero(who >= 0)
    order = named[np.argsort(chance[named], kind="stable")]
    player[row[order]], best[row[order]] = who[order], chance[order]
    return {"player": player, "quarterback_chance": best}


def walk_moments(data: RatingData, parameters: FilterParameters, *, chances: StarterChances) -> pd.DataFrame:
    """Forecast every game from the weeks before its own, in one pass.

    Returns
    -------
    DataFrame, one row a game in the order of ``data.games``
        Columns as ``moments``.
    """
    state, played, weeks = initial_state(len(data.teams), parameters), data.played, []
    for week in data.weeks:
        state = advanced(state, parameters, season=int(data.season[week[0]]), tuesday=data.tuesday[week[0]])
        weeks.append(moments(state, data, games=week, parameters=parameters, chances=chances))
        if played[week].any():
            state = observe(state, data, sides=both_sides(week[played[week]]), parameters=parameters)
    return pd.DataFrame({name: np.concatenate([w[name] for w in weeks]) for name in weeks[0]})


def filter_ratings(
    data: RatingData, parameters: FilterParameters, *, before: np.datetime64 | None = None
) -> RatingState:
    """Read the known results, week by week, and return what is believed after the last.

    Parameters
    ----------
    data : RatingData
    parameters : FilterParameters
    before : numpy.datetime64, optional
        Read only the weeks that opened before this Tuesday; default: all.
    """
    played = data.played
    weeks = [w for w in data.weeks if played[w].any() and (before is None or data.tuesday[w[0]] < before)]
    ahead = data.season if before is None else data.season[data.tuesday >= before]
    now = ahead.max(initial=0) if before is None else ahead.min(initial=np.iinfo(np.int64).max)
    earlier = [w for w in weeks if data.season[w[0]] < now]
    start = initial_state(len(data.teams), parameters)
    start = remembered_state(
        data, earlier, parameters=parameters, read=lambda: _read(start, data, weeks=earlier, parameters=parameters)
    )
    return _read(start, data, weeks=weeks[len(earlier) :], parameters=parameters)


def _read(state: RatingState, data: RatingData, *, weeks: list[Integers], parameters: FilterParameters) -> RatingState:
    played = data.played
    for week in weeks:
        state = advanced(state, parameters, season=int(data.season[week[0]]), tuesday=data.tuesday[week[0]])
        state = observe(state, data, sides=both_sides(week[played[week]]), parameters=parameters)
    return state
