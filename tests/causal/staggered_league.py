"""A league of games with absorbing events whose truth is known: what the staggered designs are tested on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True)
class League:
    """Games and events; ``realised`` is the mean effect of the first four treated games."""

    games: pd.DataFrame
    events: pd.DataFrame
    realised: float


def league(
    rng: np.random.Generator,
    *,
    effect: Callable[[int], float] = lambda _: 0.0,
    spread: float = 0.0,
    selected: bool = False,
    seasons: int = 5,
    teams: int = 32,
    weeks: int = 17,
    rate: float = 0.18,
    noise: float = 13.0,
) -> League:
    """Draw seasons of games; events strike at random, or teams whose last four games fell far short of their prior."""
    rows, events, effects = [], [], []
    for season in range(2000, 2000 + seasons):
        prior = rng.normal(0, 5, teams)
        strength = prior + rng.normal(0, 3, teams)
        own = rng.normal(0, spread, teams) if spread else np.zeros(teams)
        start = np.where(rng.random(teams) < rate, rng.integers(4, 14, teams), 99)
        start[:] = 99 if selected else start
        played = np.zeros(teams, dtype=int)
        shown: list[list[float]] = [[] for _ in range(teams)]
        for week in range(1, weeks + 1):
            if selected and 5 <= week <= 13:
                short = np.array([np.mean(s[-4:]) < -9 for s in shown])
                start = np.where((start == 99) & short & (rng.random(teams) < 0.25), week, start)
            order = rng.permutation(teams)
            for home, away in zip(order[::2], order[1::2], strict=True):
                margin = 2 + strength[home] - strength[away] + rng.normal(0, noise)
                for team, sign in ((home, 1), (away, -1)):
                    if week >= start[team]:
                        felt = effect(int(played[team])) + own[team]
                        margin += sign * felt
                        if played[team] < 4:
                            effects.append(felt)
                        played[team] += 1
                rows.append(
                    (f"{season}_{week}_{home}", season, week, f"t{home}", f"t{away}", margin, prior[home], prior[away])
                )
                surprise = margin - 2 - prior[home] + prior[away]
                shown[home].append(surprise)
                shown[away].append(-surprise)
        events += [(f"t{t}", season, int(start[t])) for t in range(teams) if start[t] < 99]
    names = ["game_id", "season", "week", "home_team", "away_team", "margin", "home_prior", "away_prior"]
    return League(
        pd.DataFrame(rows, columns=names), pd.DataFrame(events, columns=["team", "season", "first_week"]),
        float(np.mean(effects)),
    )  # fmt: skip
