"""Tempo and pass rate over expectation ahead of each game, shrunken, as contrasts that may move a total.

A candidate module: nothing here is in the decision unless ``decision.variants`` switches it on. What a game is given
comes from plays of earlier weeks and, at a discount, of the season before; teams are pulled to the league by how much
they have been seen to differ.
"""

from collections import OrderedDict
from typing import Final

import numpy as np
import pandas as pd

from workbench.clock import AsOf
from workbench.features.playcalling import play_situations
from workbench.features.shrinkage import shrink_means

#: Seconds quicker than the league between neutral snaps, and pass rate over expectation, both sides summed.
TEMPO_FEATURES: Final = ("tempo", "pass_over_expected")
#: Seasons learned from: far enough for a stable weight, near enough for today's game.
TRAINING_SEASONS: Final = 8
#: What a snap of the season before counts beside one of this season.
_LAST_SEASON: Final = 0.3
_METRICS: Final = ("seconds", "pass_over_expected")
_COLUMNS: Final = ["season", "week", "game_id", "team", "metric", "total", "n"]
_KEPT: Final = 2 * TRAINING_SEASONS + 8
_tallies: "OrderedDict[str, pd.DataFrame]" = OrderedDict()


def tempo_contrasts(view: AsOf, games: pd.DataFrame, *, before_season: int) -> pd.DataFrame:
    """Return the tempo features of games from what was known of earlier weeks.

    Parameters
    ----------
    view : AsOf
    games : DataFrame
        ``game_id, season, week, home_team, away_team``; those of the eight seasons before ``before_season`` are given
        features, others are left out.
    before_season : int

    Returns
    -------
    DataFrame
        ``game_id`` and `TEMPO_FEATURES`, sums over both sides: seconds between neutral snaps less than the league's,
        and passes a snap over expectation. Null where a side's plays are not known.
    """
    if not view.has("plays"):
        return _without(games)
    first = before_season - TRAINING_SEASONS
    asked = games[(games["season"] >= first) & (games["season"] < before_season)]
    parts = [_season_contrasts(view, part, season=int(str(s))) for s, part in asked.groupby("season")]
    return pd.concat(parts, ignore_index=True) if parts else _without(games[:0])


def _without(games: pd.DataFrame) -> pd.DataFrame:
    return games[["game_id"]].assign(**dict.fromkeys(TEMPO_FEATURES, np.nan))


def _season_contrasts(view: AsOf, games: pd.DataFrame, *, season: int) -> pd.DataFrame:
    this, last = season_tallies(view, season=season), season_tallies(view, season=season - 1)
    weeks = sorted({int(w) for w in games["week"]})
    table = pd.concat([shrunken_tempo(this[this["week"] < w], last).assign(week=w) for w in weeks])
    keyed = games[["game_id", "week", "home_team", "away_team"]]
    sides = [
        keyed.merge(table, left_on=["week", f"{side}_team"], right_on=["week", "team"], how="left")
        for side in ("home", "away")
    ]
    return keyed[["game_id"]].assign(
        **{name: sides[0][name].to_numpy() + sides[1][name].to_numpy() for name in TEMPO_FEATURES}
    )


def shrunken_tempo(this: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    """Return each team's shrunken departure from the league.

    Parameters
    ----------
    this, last : DataFrame
        Rows of `season_tallies`: the season's weeks so far, and the season before, counted at three tenths.

    Returns
    -------
    DataFrame
        ``team`` and `TEMPO_FEATURES`: seconds quicker than the league, pass rate over expectation above the league's.
    """
    discounted = last.assign(total=last["total"] * _LAST_SEASON, n=last["n"] * _LAST_SEASON)
    history = pd.concat([this, discounted], ignore_index=True)
    if history.empty:
        return pd.DataFrame({"team": pd.Series(dtype=str)} | {n: pd.Series(dtype=float) for n in TEMPO_FEATURES})
    gaps = [_departures(history[history["metric"] == metric]) for metric in _METRICS]
    joined = pd.concat([-gaps[0], gaps[1]], axis=1, keys=TEMPO_FEATURES)
    return joined.rename_axis("team").reset_index()


def _departures(rows: pd.DataFrame) -> "pd.Series[float]":
    """Shrink each team's mean towards the league and subtract the league's."""
    sums = rows.groupby("team")[["total", "n"]].sum()
    sums = sums[sums["n"] > 0]
    means = sums["total"] / sums["n"]
    if len(means) < 2:
        return pd.Series(0.0, index=means.index)
    own = means.reindex(rows["team"]).to_numpy()
    around = rows["n"].to_numpy() * (rows["total"].to_numpy() / rows["n"].to_numpy() - own) ** 2
    variance = float(around.sum()) / max(len(rows) - len(means), 1)
    if variance <= 0:
        return means - means.mean()
    shrunken = shrink_means(means.to_numpy(), n=sums["n"].to_numpy(), unit_variance=variance)
    return pd.Series(shrunken.shrunk - shrunken.prior_mean, index=means.index)


def season_tallies(view: AsOf, *, season: int) -> pd.DataFrame:
    """Return what each team-game of a season adds: ``season, week, game_id, team, metric, total, n``.

    Counted once for the same plays: a finished season is remembered by a hash of what tells its plays apart.
    """
    known = view.table("plays", columns=["play_id", "play_type", "game_seconds_remaining"], seasons=[season])
    name = f"{season} {len(known)} {int(pd.util.hash_pandas_object(known, index=False).to_numpy().sum())}"
    if name not in _tallies:
        _tallies[name] = _counted(view.table("plays", seasons=[season]))
        while len(_tallies) > _KEPT:
            _tallies.popitem(last=False)
    _tallies.move_to_end(name)
    return _tallies[name]


def _counted(plays: pd.DataFrame) -> pd.DataFrame:
    if plays.empty:
        return pd.DataFrame(columns=_COLUMNS).astype({"total": float, "n": float})
    snaps = play_situations(plays).snaps
    values = {
        "seconds": snaps["seconds_since_snap"],
        "pass_over_expected": snaps["dropback"].astype(np.float64) - snaps["pass_expected"],
    }
    keys = [snaps["season"], snaps["week"], snaps["game_id"], snaps["posteam"].rename("team")]
    parts = []
    for metric, value in values.items():
        grouped = value.astype(np.float64).groupby(keys)
        sums = pd.DataFrame({"total": grouped.sum(), "n": grouped.count().astype(np.float64)}).reset_index()
        parts.append(sums[sums["n"] > 0].assign(metric=metric))
    return pd.concat(parts, ignore_index=True)[_COLUMNS]
