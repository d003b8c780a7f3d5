"""The study of planted truth: how often each estimator's intervals hold what was planted in simulated leagues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.demo.panel import SEASONS
from workbench.errors import ParameterError
from workbench.intervals import clustered_mean, wilson
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.keys import study_folder
from workbench.stages.studies.planted_estimators import FAST
from workbench.stages.studies.planted_fanout import ESTIMATORS, Plan, trials
from workbench.stages.studies.planted_slow import SLOW

#: The shares of 95 % intervals that must hold the truth, and of planted nulls that may be called significant.
FAST_BAND: Final = (0.93, 0.97)
SLOW_BAND: Final = (0.91, 0.98)
NULL_BAND: Final = (0.03, 0.07)
#: Fewer leagues cannot tell 95 from 93 %: their targets are not judged.
FEWEST_JUDGED: Final = 100
_SMOKE_LEAGUES: Final = 30
_SMOKE_SEASONS: Final = SEASONS[-3:]
_SMOKE_DRAWS: Final = 99
#: What a smoke run asks: quick, and one of each kind.
_SMOKE_ESTIMATORS: Final = ("game_margin", "game_totals", "few_clusters")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedStudy:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    table : DataFrame
        One row an estimator, shock and outcome: ``group, estimator, shock, outcome, role, speed, null, leagues,
        truth`` (mean), ``coverage, coverage_error`` (Monte-Carlo standard error), ``coverage_low, coverage_high``
        (Wilson, 95 %), ``bias, bias_error``, ``mean_error`` (mean standard error), ``spread`` (sd of estimate less
        truth), ``error_ratio`` (the first over the second), ``rejected, rejected_error, rejected_low, rejected_high``
        (share with p below .05), ``unbounded`` (share of intervals without an end), ``band_low, band_high,
        coverage_reached, rejection_reached``.
    overall : DataFrame
        One row an estimator held to the targets (a pooled one is, its single types are not): its coverage over all
        shocks, leagues as clusters.
    seconds : DataFrame
        ``group, leagues, seconds`` (median a league).
    leagues, slow_leagues : int
    seasons : tuple of int
    smoke : bool
    notes : tuple of str
    """

    table: pd.DataFrame
    overall: pd.DataFrame
    seconds: pd.DataFrame
    leagues: int
    slow_leagues: int
    seasons: tuple[int, ...]
    smoke: bool
    notes: tuple[str, ...]

    @property
    def aimed(self) -> pd.DataFrame:
        """The rows held to the targets."""
        return self.table[self.table["role"] == "aimed"]

    @property
    def lessons(self) -> pd.DataFrame:
        """The rows known to be wrong."""
        return self.table[self.table["role"] == "lesson"]

    @property
    def judged(self) -> bool:
        """Whether the targets apply: not to a run too small to tell."""
        return not self.smoke and self.leagues >= FEWEST_JUDGED

    def tables(self) -> dict[str, Any]:
        """Return what the result keeps beside its claims."""
        return {
            "coverage": self.table,
            "overall": self.overall,
            "seconds": self.seconds,
            "leagues": {"fast": self.leagues, "slow": self.slow_leagues},
            "notes": list(self.notes),
        }


def study_planted_truth(
    run: StudyRun,
    *,
    leagues: int = 200,
    slow_leagues: int = 0,
    workers: int = 1,
    estimators: Sequence[str] = (),
    smoke: bool = False,
) -> PlantedStudy:
    """Try the estimators on leagues whose truth is known.

    Parameters
    ----------
    run : StudyRun
    leagues : int
        For estimators under a fifth of a second; a larger number continues what a smaller one left.
    slow_leagues : int
        For the others; 0 leaves them out.
    workers : int
        Processes; the result is the same whatever their number.
    estimators : sequence of str
        Names in ``ESTIMATORS``; empty: all.
    smoke : bool
        Thirty leagues of three seasons, a few estimators.

    Raises
    ------
    ParameterError
        If an estimator is not known, or numbers are too small.
    """
    counts = _counts(leagues, slow_leagues, chosen=estimators, smoke=smoke)
    if min(leagues, workers) < 1 or slow_leagues < 0:
        raise ParameterError(f"Leagues and workers must be 1 or more, got {leagues} and {workers}.")
    plan = Plan(
        folder=study_folder(run.study, run.settings), seed=run.settings.seed,
        seasons=_SMOKE_SEASONS if smoke else SEASONS, draws=_SMOKE_DRAWS if smoke else 999,
    )  # fmt: skip
    found = trials(plan, leagues=counts, workers=workers)
    return summarised(found, seasons=plan.seasons, counts=counts, smoke=smoke)


def _counts(leagues: int, slow_leagues: int, *, chosen: Sequence[str], smoke: bool) -> dict[str, int]:
    unknown = sorted(set(chosen) - set(ESTIMATORS))
    if unknown:
        raise ParameterError(f"There are no estimators {unknown}; there are {', '.join(ESTIMATORS)}.")
    if smoke:
        return dict.fromkeys(chosen or _SMOKE_ESTIMATORS, min(leagues, _SMOKE_LEAGUES))
    names = chosen or tuple(ESTIMATORS)
    counts = {name: slow_leagues if name in SLOW else leagues for name in names}
    if not any(counts.values()):
        raise ParameterError("Only slow estimators were chosen; set slow_leagues to 1 or more.")
    return {name: count for name, count in counts.items() if count}


def summarised(
    found: pd.DataFrame, *, seasons: tuple[int, ...], counts: Mapping[str, int], smoke: bool = False
) -> PlantedStudy:
    """Return the study of some trials.

    Parameters
    ----------
    found : DataFrame
        From ``planted_fanout.trials``.
    seasons : tuple of int
    counts : mapping of str to int
        Leagues an estimator group.
    smoke : bool
    """
    keys = ["group", "estimator", "shock", "outcome", "role"]
    rows = [dict(zip(keys, key, strict=True)) | _row(part) for key, part in found.groupby(keys, sort=False)]
    table = pd.DataFrame(rows)
    fast = [count for name, count in counts.items() if name in FAST]
    slow = [count for name, count in counts.items() if name in SLOW]
    study = PlantedStudy(
        table=table, overall=_overall(found[found["role"] != "lesson"]), seconds=_seconds(found),
        leagues=max(fast, default=max(counts.values())), slow_leagues=max(slow, default=0), seasons=seasons,
        smoke=smoke, notes=_notes(table, counts=counts),
    )  # fmt: skip
    return study


def _row(part: pd.DataFrame) -> dict[str, Any]:
    """Return one row of the table."""
    n = len(part)
    slow = str(part["group"].iloc[0]) in SLOW
    band = SLOW_BAND if slow else FAST_BAND
    coverage = _share(part["covered"].to_numpy(), "coverage")
    gap = (part["estimate"] - part["truth"]).to_numpy(dtype=np.float64)
    finite = np.isfinite(part[["low", "high"]].to_numpy(dtype=np.float64)).all(axis=1)
    bias, spread = float(gap.mean()), float(gap.std(ddof=1)) if n > 1 else float("nan")
    mean_error = float(part["standard_error"].mean())
    null = bool(part["null"].all()) and bool(part["p_value"].notna().any())
    rejected = _share((part["p_value"] < 0.05).to_numpy(), "rejected")
    if not null:
        rejected = dict.fromkeys(rejected, float("nan"))
    return {
        "speed": "slow" if slow else "fast", "null": null, "leagues": n, "truth": float(part["truth"].mean()),
        "treated": float(part["treated"].mean()), **coverage, "bias": bias, "bias_error": spread / np.sqrt(n),
        "mean_error": mean_error, "spread": spread, "error_ratio": mean_error / spread if spread > 0 else float("nan"),
        **rejected, "unbounded": float((~finite).mean()), "band_low": band[0], "band_high": band[1],
        "coverage_reached": bool(band[0] <= coverage["coverage"] <= band[1]),
        "rejection_reached": bool(NULL_BAND[0] <= rejected["rejected"] <= NULL_BAND[1]) if null else None,
    }  # fmt: skip


def _share(hits: NDArray[Any], name: str) -> dict[str, float]:
    """Return a share of leagues with its Monte-Carlo error and Wilson's interval."""
    n, share = len(hits), float(hits.mean())
    low, high = wilson(int(hits.sum()), n)
    return {name: share, f"{name}_error": float(np.sqrt(share * (1 - share) / n)), f"{name}_low": low,
            f"{name}_high": high}  # fmt: skip


def _overall(aimed: pd.DataFrame) -> pd.DataFrame:
    """Return each estimator's coverage over its shocks; leagues are what errs apart, shocks of one league are not."""
    rows = []
    for (group, estimator), part in aimed.groupby(["group", "estimator"], sort=False):
        found = clustered_mean(part["covered"], part["league"])
        share, n = found.value, found.clusters
        error = found.standard_error if n > 1 else 0.0
        # All or none held: the spread says nothing, Wilson's interval over leagues does.
        low, high = wilson(round(share * n), n) if error == 0 else (max(found.low, 0.0), min(found.high, 1.0))
        rows.append({"group": group, "estimator": estimator, "leagues": n, "trials": len(part), "coverage": share,
                     "coverage_error": error, "coverage_low": low,
                     "coverage_high": high})  # fmt: skip
    return pd.DataFrame(rows)


def _seconds(found: pd.DataFrame) -> pd.DataFrame:
    a_league = found.groupby(["group", "league"], sort=False)["seconds"].first()
    asked = found.groupby(["group", "league"], sort=False).size()
    summary = pd.DataFrame({"seconds": a_league, "estimates": asked}).groupby("group", sort=False).median()
    return summary.assign(seconds_an_estimate=summary["seconds"] / summary["estimates"]).reset_index()


def _notes(table: pd.DataFrame, *, counts: Mapping[str, int]) -> tuple[str, ...]:
    notes = []
    short = table[table["leagues"] < table["group"].map(counts)]
    for row in short.to_dict("records"):
        lost = counts[row["group"]] - row["leagues"]
        notes.append(f"{row['estimator']}, {row['shock']}: {lost} leagues had too few events for an estimate.")
    return tuple(notes)
