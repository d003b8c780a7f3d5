"""The study of networks against known truth: how much of the law of yards their intervals hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workbench.bayes.scores.cells import BAND_POINTS
from workbench.data.demo.yards_league import SEASONS
from workbench.errors import ParameterError
from workbench.intervals import Estimate, clustered_mean, wilson
from workbench.stages.studies.bnn_truth_fanout import Plan, league_frames
from workbench.stages.studies.bnn_truth_league import CHANGED_FROM
from workbench.stages.studies.bnn_truth_methods import DELIVERED, ENSEMBLE, LAW, ONCE
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.keys import study_folder

LEVEL: Final = 0.9
#: How far true coverage at 90 % may be off.
TOLERANCE: Final = 0.015
#: Fewer leagues cannot say how much networks of other leagues differ: rows are then clustered by game, nothing judged.
FEWEST_LEAGUES: Final = 3
MEASURES: Final = ("mid", "closed", "exact", "plain_mid", "plain_closed")
#: Weeks of the drift, counted from the change: before it, while the rule can hardly have seen it, and afterwards.
SOON: Final = 3
PERIODS: Final = ("before", "soon", "later")
#: A change counts as noticed in time within so many weeks: the rule's window.
IN_TIME: Final = 4
_SMOKE_SEASONS: Final = SEASONS[-4:]
_TESTED: Final = SEASONS[-2:]


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthStudy:
    """What the study leaves and its notebook explains.

    Shares of the law have their 95 % interval over leagues (by game where there are fewer than three); those of the one
    draw that was played, by game.

    Attributes
    ----------
    coverage : DataFrame
        One row a method and level: ``method, level, rows, games, leagues``; of the law, each with ``_low`` and
        ``_high``: ``mid`` and ``closed`` of the intervals delivered, ``exact``, ``plain_mid`` and ``plain_closed`` of
        equal-tailed quantiles; of the draw: ``drawn_mid, drawn_low, drawn_high, drawn_closed``; ``width``.
    cells : DataFrame
        As delivered at 90 %, by role and by tenth of the predicted median: ``by, cell, rows, games, mid, low, high,
        exact, law_mid`` (what the law's own intervals hold there), ``drawn_mid, drawn_low, drawn_high, inside``.
    skill : DataFrame
        ``method, excess, low, high`` (CRPS over the law's, yards), ``drawn_crps``, ``behind, behind_low,
        behind_high`` (excess less the delivered one's, paired).
    seasons : DataFrame
        ``league, season, rows, mid, exact, excess`` of what was delivered at 90 %, and ``ensemble_mid``, of the
        ensemble as it is.
    drift : DataFrame
        ``scale, period, kind`` (once, delivered), ``rows, mid, low, high``.
    weekly : DataFrame
        ``scale, week, kind, mid, low, high``.
    noticed : DataFrame
        ``scale, seasons, in_time, low, high, median_weeks`` (from the change to the first recalibrated week; null
        where under half are).
    alarms : DataFrame
        Where nothing changed: ``of`` (weeks, seasons), ``n, alarms, share, low, high``.
    leagues : int
    tested, drawn : tuple of int
        Seasons.
    smoke : bool
    notes : tuple of str
    """

    coverage: pd.DataFrame
    cells: pd.DataFrame
    skill: pd.DataFrame
    seasons: pd.DataFrame
    drift: pd.DataFrame
    weekly: pd.DataFrame
    noticed: pd.DataFrame
    alarms: pd.DataFrame
    leagues: int
    tested: tuple[int, ...]
    drawn: tuple[int, ...]
    smoke: bool
    notes: tuple[str, ...]

    @property
    def judged(self) -> bool:
        """Whether the targets apply: they are about these leagues, but not about a run too small to tell."""
        return not self.smoke and self.leagues >= FEWEST_LEAGUES

    @property
    def interval_is(self) -> str:
        """What intervals of shares of the law are."""
        return "leagues as clusters" if self.leagues >= FEWEST_LEAGUES else "by game: too few leagues"

    def at(self, method: str, level: float = LEVEL) -> "pd.Series[Any]":
        """Return a method's row of ``coverage``."""
        rows = self.coverage[self.coverage["method"].eq(method) & np.isclose(self.coverage["level"], level)]
        return rows.iloc[0]

    def tables(self) -> dict[str, Any]:
        """Return what the result keeps beside its claims."""
        chosen = self.coverage[np.isclose(self.coverage["level"], LEVEL)]
        return {
            "coverage_90": {str(row["method"]): row["mid"] for row in chosen.to_dict("records")},
            "coverage": self.coverage,
            "cells": self.cells,
            "crps": self.skill,
            "by_season": self.seasons,
            "drift": self.drift,
            "noticed": self.noticed,
            "alarms": self.alarms,
            "notes": list(self.notes),
        }


def study_bnn_truth(
    run: StudyRun,
    *,
    leagues: int = 3,
    networks: Sequence[str] = ("two_layer", "skewed", "experts"),
    sigma: float = 1.0,
    workers: int = 2,
    smoke: bool = False,
) -> TruthStudy:
    """Hold the method of the week, networks and baselines against the law of simulated leagues.

    Parameters
    ----------
    run : StudyRun
    leagues : int
        A larger number continues what a smaller one left.
    networks : sequence of str
        Of the zoo, beside the production ensemble.
    sigma : float
        Their prior scale.
    workers : int
        Processes; the result is the same whatever their number.
    smoke : bool
        One league of four seasons, fits too short to be any good.

    Raises
    ------
    ParameterError
        If a network is not known, or a number is too small.
    """
    if min(leagues, workers) < 1 or not sigma > 0.0:
        raise ParameterError(f"Leagues, workers and sigma must be above zero, got {leagues}, {workers} and {sigma}.")
    plan = Plan(
        folder=study_folder(run.study, run.settings), seed=run.settings.seed, networks=tuple(known(networks)),
        sigma=float(sigma), seasons=_SMOKE_SEASONS if smoke else SEASONS, tested=_TESTED[-1:] if smoke else _TESTED,
        tiny=smoke,
    )  # fmt: skip
    return summarised(league_frames(plan, leagues=1 if smoke else leagues, workers=workers), plan=plan)


def known(networks: Sequence[str]) -> list[str]:
    """Return the networks asked for, each once.

    Raises
    ------
    ParameterError
        If the zoo lacks one.
    """
    from workbench.bayes.zoo import network_named

    return [network_named(name).name for name in dict.fromkeys(networks)]


def summarised(frames: dict[str, pd.DataFrame], *, plan: Plan) -> TruthStudy:
    """Return the study of some leagues.

    Parameters
    ----------
    frames : dict of str to DataFrame
        From ``league_frames``.
    plan : Plan
    """
    named = {name: frame.assign(game=_game(frame)) if "game_id" in frame else frame for name, frame in frames.items()}
    held, drift, weeks = named["intervals"], named["drift"], named["weeks"]
    ninety = held[np.isclose(held["level"], LEVEL)]
    return TruthStudy(
        coverage=pd.DataFrame(
            [_row(part) | {"method": m, "level": v} for (m, v), part in held.groupby(["method", "level"], sort=False)]
        ),
        cells=_cells(ninety),
        skill=_skill(named["skill"]),
        seasons=_seasons(ninety, named["skill"]),
        drift=_periods(drift),
        weekly=_by(drift, ["scale", "week"]),
        noticed=_noticed(weeks),
        alarms=_alarms(weeks),
        leagues=int(held["league"].nunique()),
        tested=plan.tested,
        drawn=plan.seasons,
        smoke=plan.tiny,
        notes=_notes(plan),
    )


def over_leagues(values: ArrayLike, part: pd.DataFrame) -> Estimate:
    """Return the mean of shares of the law with its interval: leagues as clusters, games where there are too few."""
    enough = part["league"].nunique() >= FEWEST_LEAGUES
    return clustered_mean(values, part["league" if enough else "game"])


def _game(frame: pd.DataFrame) -> "pd.Series[str]":
    return frame["league"].astype("str") + " " + frame["game_id"].astype("str")


def _row(part: pd.DataFrame) -> dict[str, Any]:
    """Return what one method's intervals at one level held."""
    row: dict[str, Any] = {
        "rows": len(part), "games": part["game"].nunique(), "leagues": part["league"].nunique()
    }  # fmt: skip
    for name in MEASURES:
        row |= _named(name, over_leagues(part[name], part) if part[name].notna().all() else None)
    drawn = clustered_mean(part["drawn_mid"], part["game"])
    return row | {
        "drawn_mid": drawn.value, "drawn_low": drawn.low, "drawn_high": min(drawn.high, 1.0),
        "drawn_closed": float(part["drawn_closed"].mean()), "width": float(part["width"].mean()),
    }  # fmt: skip


def _named(name: str, found: Estimate | None) -> dict[str, float]:
    if found is None:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), float("nan"))
    return {name: found.value, f"{name}_low": max(found.low, 0.0), f"{name}_high": min(found.high, 1.0)}


def _cells(ninety: pd.DataFrame) -> pd.DataFrame:
    mine, law = (ninety[ninety["method"].eq(name)] for name in (DELIVERED, LAW))
    rows = []
    for by in ("role", "decile"):
        for label, part in mine.groupby(by, sort=True):
            found = over_leagues(part["mid"], part)
            drawn = clustered_mean(part["drawn_mid"], part["game"])
            rows.append({
                "by": by, "cell": f"{int(float(str(label))) + 1} of 10" if by == "decile" else str(label),
                "rows": len(part), "games": part["game"].nunique(), "mid": found.value, "low": max(found.low, 0.0),
                "high": min(found.high, 1.0), "exact": float(part["exact"].mean()),
                "law_mid": float(law.loc[law[by].eq(label), "mid"].mean()), "drawn_mid": drawn.value,
                "drawn_low": drawn.low, "drawn_high": min(drawn.high, 1.0),
                "inside": bool(abs(found.value - LEVEL) <= BAND_POINTS),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _skill(skill: pd.DataFrame) -> pd.DataFrame:
    keys = ["league", "season", "row"]
    best = skill[skill["method"].eq(DELIVERED)].set_index(keys)["excess"].rename("delivered")
    rows = []
    for method, part in skill.join(best, on=keys).groupby("method", sort=False):
        found, behind = (over_leagues(v, part) for v in (part["excess"], part["excess"] - part["delivered"]))
        rows.append({
            "method": method, "rows": len(part), "games": part["game"].nunique(), "excess": found.value,
            "low": found.low, "high": found.high, "drawn_crps": float(part["drawn_crps"].mean()),
            "behind": behind.value, "behind_low": behind.low, "behind_high": behind.high,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _seasons(ninety: pd.DataFrame, skill: pd.DataFrame) -> pd.DataFrame:
    keys = ["league", "season"]
    held = ninety[ninety["method"].eq(DELIVERED)].groupby(keys)
    told = skill[skill["method"].eq(DELIVERED)].groupby(keys)["excess"].mean()
    raw = ninety[ninety["method"].eq(ENSEMBLE)].groupby(keys)["mid"].mean()
    return held[["mid", "exact"]].mean().assign(rows=held.size(), excess=told, ensemble_mid=raw).reset_index()


def _periods(drift: pd.DataFrame) -> pd.DataFrame:
    since = drift["week"] - CHANGED_FROM
    period = np.select([since < 0, since < SOON], list(PERIODS[:2]), default=PERIODS[2])
    return _by(drift.assign(period=period), ["scale", "period"])


def _by(drift: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    rows = []
    for labels, part in drift.groupby(keys):
        for kind in (ONCE, DELIVERED):
            found = over_leagues(part[kind], part)
            rows.append({
                **dict(zip(keys, labels, strict=True)), "kind": kind, "rows": len(part),
                "games": part["game"].nunique(), "mid": found.value, "low": max(found.low, 0.0),
                "high": min(found.high, 1.0),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _noticed(weeks: pd.DataFrame) -> pd.DataFrame:
    """Return how soon after the change a week was recalibrated; the week of the change itself cannot know."""
    rows = []
    for scale, part in weeks[weeks["scale"].ne(1.0)].groupby("scale"):
        hit = part[part["triggered"].astype(bool) & part["week"].gt(CHANGED_FROM)]
        every = part.groupby(["league", "season"]).size()
        waited = (hit.groupby(["league", "season"])["week"].min() - CHANGED_FROM).reindex(every.index)
        in_time = int(waited.le(IN_TIME).sum())
        low, high = wilson(in_time, len(every))
        middle = float(waited.fillna(np.inf).quantile(0.5, interpolation="higher"))
        rows.append({"scale": scale, "seasons": len(every), "in_time": in_time / len(every), "low": low, "high": high,
                     "median_weeks": middle if np.isfinite(middle) else np.nan})  # fmt: skip
    return pd.DataFrame(rows)


def _alarms(weeks: pd.DataFrame) -> pd.DataFrame:
    quiet = weeks[weeks["scale"].eq(1.0)]
    fired = quiet["triggered"].astype(bool)
    by_season = fired.groupby([quiet["league"], quiet["season"]]).any()
    rows = []
    for of, hits in (("weeks", fired), ("seasons", by_season)):
        low, high = wilson(int(hits.sum()), len(hits))
        share = float(hits.mean())
        rows.append({"of": of, "n": len(hits), "alarms": int(hits.sum()), "share": share, "low": low, "high": high})
    return pd.DataFrame(rows)


def _notes(plan: Plan) -> tuple[str, ...]:
    said = [
        "True coverage is averaged over the law of each player-game given its latent state, which no forecaster sees; "
        "the draw that was played is one outcome each.",
        "A change of the law scales the yards that backs make, rounded; the tables that features read are changed too.",
    ]
    if plan.tiny:
        said.append("Smoke size: fits are too short to be any good, and the rule has much to mend.")
    return tuple(said)
