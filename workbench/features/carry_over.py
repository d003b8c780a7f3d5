"""What a team brings from last season, and a new coach from his past teams.

Last season's shrunken deviation from the league is carried at a rate that depends on whether the coach stayed; a new
coach's own past teams add a little. The rates are ridge regressions over seasons strictly before, pulled towards the
stated centres below, which are round numbers on purpose. On scores of 2000-2024 (164 hirings, 633 returning coaches)
the rates were .55 and .64 (offence), .42 and .59 (defence), and the coach's past teams added .09 +- .17 (offence) and
.05 +- .29 (defence) over the 51 hirings with a past: a coaching tree is worth little, and the prior says so.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.features.coaches import opening_coaches
from workbench.features.league_priors import observations_of_weight_half, season_spreads
from workbench.features.metrics import Kind, Side
from workbench.features.tallies import totals

Floats = NDArray[np.float64]
#: Stated centres of the carry-over: own last season under the same coach, under a new one, the new coach's past teams.
STATED: Final = (0.5, 0.35, 0.1)
#: How much the stated centres count, in team-seasons of evidence: one season of a league for last season, four for a
#: coach's past, which a handful of hirings a season cannot pin down.
STATED_WEIGHTS: Final = (32.0, 32.0, 128.0)


@dataclass(frozen=True, slots=True)
class CarryOver:
    """Rates at which deviations from the league are carried over.

    Attributes
    ----------
    same_coach, new_coach, coach_past : dict of {"offence", "defence"} to float
        Multipliers of last season's shrunken deviation, and of a new coach's past teams' shrunken deviation.
    team_seasons : int
        Team-seasons behind the estimate; 0: the stated centres alone.
    """

    same_coach: dict[Side, float]
    new_coach: dict[Side, float]
    coach_past: dict[Side, float]
    team_seasons: int


@dataclass(frozen=True, slots=True)
class History:
    """Past seasons, ready to be carried over.

    Attributes
    ----------
    teams : DataFrame
        One row a past season, metric and team: ``deviation`` (raw less league), ``shrunk`` and ``spread`` (sd of true
        deviations).
    coaches : DataFrame
        One row a past season, metric, coach and team: ``excess`` (total less what the league's mean gives), ``n`` and
        ``strength`` (observations that weigh as much as the prior).
    """

    teams: pd.DataFrame
    coaches: pd.DataFrame


def season_history(tallies: pd.DataFrame, *, starters: pd.DataFrame, kinds: dict[str, Kind], season: int) -> History:
    """Return the seasons strictly before ``season`` as deviations from their leagues.

    Parameters
    ----------
    tallies : DataFrame
        As in ``tallies``, of any seasons.
    starters : DataFrame
        Rows of ``schema.STARTERS``; without coaches the coaches' frame is empty.
    kinds : dict of str to {"mean", "rate"}
    season : int

    Returns
    -------
    History
    """
    past = tallies[tallies["season"].lt(season)]
    spreads = season_spreads(past, kinds=kinds)
    described = zip(spreads["mean"], spreads["within"], spreads["between"], spreads["kind"], strict=True)
    strength = [observations_of_weight_half(m, within=w, between=b, kind=k) for m, w, b, k in described]
    league = spreads.assign(strength=strength, spread=np.sqrt(spreads["between"]))
    league = league[["season", "metric", "mean", "strength", "spread"]].dropna()
    coached = past.merge(starters[["game_id", "team", "coach"]], on=["game_id", "team"])
    return History(
        teams=_team_deviations(past, league=league),
        coaches=_coach_excess(coached[coached["coach"].notna()], league=league),
    )


def estimated_carry_over(history: History, *, starters: pd.DataFrame) -> CarryOver:
    """Estimate the carry-over rates from past pairs of seasons, each side apart.

    Every metric counts alike and a team-season counts once, however many metrics there are (they are not independent).
    """
    pairs = [
        season_predictors(history, season=year, coaches=opening_coaches(starters, season=year))
        for year in sorted(history.teams["season"].unique())[1:]
    ]
    seen = pd.concat(pairs, ignore_index=True) if pairs else pd.DataFrame(columns=["side"])
    sides: tuple[Side, ...] = ("offence", "defence")
    rates: dict[Side, Floats] = {side: _ridge(seen[seen["side"].eq(side)]) for side in sides}
    same, new, past = ({side: float(rate[i]) for side, rate in rates.items()} for i in range(3))
    team_seasons = len(seen[["season", "team"]].drop_duplicates()) if pairs else 0
    return CarryOver(same_coach=same, new_coach=new, coach_past=past, team_seasons=team_seasons)


def season_predictors(history: History, *, season: int, coaches: pd.DataFrame) -> pd.DataFrame:
    """Return what each team and metric carries into a season.

    Parameters
    ----------
    history : History
        Only seasons before ``season`` predict; the season's own deviations, where there, are returned as ``deviation``.
    season : int
    coaches : DataFrame, index ``team``
        As returned by ``coaches.known_coaches``.

    Returns
    -------
    DataFrame
        One row a metric and team of last season: ``season, metric, team, side, own`` (last season's shrunken
        deviation), ``coach_past`` (shrunken deviation of a new coach's past teams, 0 for others), ``is_new``,
        ``has_past``, ``spread``, ``deviation``, ``reliability``.
    """
    own = history.teams[history.teams["season"].eq(season - 1)][["metric", "team", "shrunk", "spread"]]
    known = coaches.reindex(own["team"])
    frame = own.rename(columns={"shrunk": "own"}).assign(
        season=season,
        coach=known["coach"].to_numpy(),
        is_new=known["is_new"].fillna(value=False).to_numpy(dtype=bool),
        side=own["metric"].astype("str").str.split("_").str[0],
    )
    frame = frame.merge(_coach_past(history, frame=frame, season=season), on=["metric", "team"], how="left")
    now = history.teams[history.teams["season"].eq(season)][["metric", "team", "deviation", "reliability"]]
    frame = frame.merge(now, on=["metric", "team"], how="left")
    return frame.assign(has_past=frame["coach_past"].notna(), coach_past=frame["coach_past"].fillna(0.0))


def _team_deviations(tallies: pd.DataFrame, *, league: pd.DataFrame) -> pd.DataFrame:
    sums = totals(tallies, by=["season", "metric", "team"]).merge(league, on=["season", "metric"])
    reliability = sums["n"] / (sums["n"] + sums["strength"])
    deviation = sums["raw"] - sums["mean"]
    return sums[["season", "metric", "team", "spread"]].assign(
        deviation=deviation, shrunk=deviation * reliability, reliability=reliability
    )


def _coach_excess(tallies: pd.DataFrame, *, league: pd.DataFrame) -> pd.DataFrame:
    sums = totals(tallies, by=["season", "metric", "coach", "team"]).merge(league, on=["season", "metric"])
    excess = sums["total"] - sums["n"] * sums["mean"]
    return sums[["season", "metric", "coach", "team", "n", "strength"]].assign(excess=excess)


def _coach_past(history: History, *, frame: pd.DataFrame, season: int) -> pd.DataFrame:
    """Return the shrunken deviation of each new coach's other teams before the season."""
    past = history.coaches[history.coaches["season"].lt(season)]
    hired = frame.loc[frame["is_new"], ["metric", "team", "coach"]]
    met = hired.merge(past, on=["metric", "coach"], suffixes=("", "_then"))
    sums = met[met["team"].ne(met["team_then"])].groupby(["metric", "team"], observed=True)
    pooled = sums.agg(excess=("excess", "sum"), n=("n", "sum"), strength=("strength", "mean")).reset_index()
    return pooled.assign(coach_past=pooled["excess"] / (pooled["n"] + pooled["strength"]))[
        ["metric", "team", "coach_past"]
    ]


def _ridge(seen: pd.DataFrame) -> Floats:
    """Return the three rates, pulled towards the stated centres."""
    centre = np.array(STATED)
    usable = seen[seen["spread"].gt(0) & seen["deviation"].notna()] if len(seen) else seen
    if usable.empty:
        return centre
    scale = usable["spread"].to_numpy(dtype=np.float64)
    own, past = (usable[name].to_numpy(dtype=np.float64) / scale for name in ("own", "coach_past"))
    new = usable["is_new"].to_numpy(dtype=np.float64)
    terms = np.column_stack([own * (1.0 - new), own * new, past])
    weights = usable["reliability"].to_numpy(dtype=np.float64) / usable["metric"].nunique()
    gram = (terms * weights[:, None]).T @ terms
    # one team-season of a typical metric brings about reliability x shrunken variance = .5 x .5 of information
    penalty = 0.25 * np.array(STATED_WEIGHTS)
    target = (terms * weights[:, None]).T @ (usable["deviation"].to_numpy(dtype=np.float64) / scale)
    return np.asarray(np.linalg.solve(gram + np.diag(penalty), target + penalty * centre), dtype=np.float64)
