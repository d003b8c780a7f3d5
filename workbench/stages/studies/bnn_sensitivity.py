"""How much the networks' study owes to its definitions: other populations, another cutoff, other people's numbers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.bayes.conformal.intervals import Intervals
from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.coverage import coverage, exact_coverage
from workbench.bayes.scores.proper import absolute_error, crps
from workbench.features.player_yards.rows import PlayerYards
from workbench.features.player_yards.targets import YardsTarget
from workbench.intervals import clustered_mean
from workbench.lifecycle.recalibrate import RecalibrationPath
from workbench.stages.studies.bnn_delivery import LEVEL, delivered
from workbench.stages.studies.bnn_methods import ENSEMBLE, Asked, methods_of
from workbench.stages.studies.bnn_seasons import season_splits
from workbench.stages.studies.projection_scores import COLUMNS, comparison
from workbench.stages.studies.projections import espn_projections, prop_lines

_KEY: Final = ["game_id", "player_id"]
#: The kinds of yards that other people's files have.
_KINDS: Final = ("rushing_yards", "receiving_yards", "passing_yards")
MEASURES: Final = ("coverage", "exact", "width", "crps", "mae")


def variant(name: str, rows: pd.DataFrame, forecast: IntegerForecast, intervals: Intervals) -> list[dict[str, Any]]:
    """Return what was delivered on some rows: ``variant, measure, value, low, high, rows, games``."""
    yards, games = rows["yards"], rows["game_id"].to_numpy()
    ends = (intervals.lower, intervals.upper)
    values = (
        coverage(ends, yards, level=LEVEL, mid=True),
        exact_coverage(forecast, yards, level=LEVEL),
        np.asarray(intervals.upper - intervals.lower, dtype=np.float64),
        crps(forecast, yards),
        absolute_error(forecast, yards),
    )
    lines = []
    for measure, each in zip(MEASURES, values, strict=True):
        found = clustered_mean(each, games)
        lines.append({
            "variant": name, "measure": measure, "value": found.value, "low": found.low, "high": found.high,
            "rows": found.n, "games": found.clusters,
        })  # fmt: skip
    return lines


def sensitivities(
    rows: pd.DataFrame, path: RecalibrationPath, *, stat_rows: pd.DataFrame, other: PlayerYards | None,
    other_name: str, seasons: Sequence[int], train_through: int, asked: Asked,
) -> pd.DataFrame:  # fmt: skip
    """Return what changes with the definitions.

    Parameters
    ----------
    rows : DataFrame
        The test rows.
    path : RecalibrationPath
        As delivered.
    stat_rows : DataFrame
        The rows there would be if a missing stat line were unknown, as it must be before 2021.
    other : PlayerYards or None
        The task at the other cutoff; the production method is fitted again on it.
    other_name : str
    seasons, train_through : as of the study
    asked : Asked

    Returns
    -------
    DataFrame
        See ``variant``.
    """
    lines = variant("as defined", rows, path.forecast, path.intervals)
    listed = pd.MultiIndex.from_frame(stat_rows[_KEY])
    narrower = {
        "missing stat lines unknown, as before 2021": pd.MultiIndex.from_frame(rows[_KEY]).isin(listed),
        "only who got the ball (conditions on the outcome)": rows["volume"].ge(1).to_numpy(),
    }
    for name, mask in narrower.items():
        if mask.any():
            lines += variant(name, rows[mask], path.forecast.rows(mask), _chosen(path.intervals, mask))
    if other is not None:
        splits, _ = season_splits(other.rows, test_seasons=seasons, train_through=train_through)
        plain = Asked(
            networks=(), sampler="fast", sigma=asked.sigma, support=asked.support, seed=asked.seed,
            workers=asked.workers, folder=asked.folder, smoke=asked.smoke,
        )  # fmt: skip
        made = methods_of(splits, features=other.features, asked=plain, baselines=False)
        again = delivered(made.named(ENSEMBLE), splits)
        tested = pd.concat([split.forecast for split in splits], ignore_index=True)
        lines += variant(other_name, tested, again.forecast, again.intervals)
    return pd.DataFrame(lines)


def _chosen(intervals: Intervals, mask: Any) -> Intervals:
    return Intervals(intervals.lower[mask], intervals.upper[mask], intervals.width[mask])


def externals(
    rows: pd.DataFrame, forecast: IntegerForecast, *, target: YardsTarget, cutoff: str, peers: Path | None,
    props: Path | None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:  # fmt: skip
    """Compare what was delivered with ESPN's projections and posted lines, by season.

    Returns
    -------
    (DataFrame, tuple of str)
        ``season`` and the columns of ``comparison``; what was left out, and why there is nothing, if so.
    """
    empty = pd.DataFrame({name: pd.Series(dtype="object") for name in ("season", *COLUMNS)})
    if cutoff != "kickoff_minus_90":
        return empty, (
            "Other people's numbers may be later than Wednesday: a fair comparison is 90 minutes before kick-off.",
        )
    if target.yards not in _KINDS:
        return empty, (f"Nobody's numbers of {target.yards} are at hand.",)
    readers: Mapping[str, tuple[Callable[..., Any], Path | None]] = {
        "espn": (espn_projections, peers),
        "props": (prop_lines, props),
    }
    lines, notes = [], []
    for read, folder in readers.values():
        theirs = read(folder, yards=target.yards)
        notes += list(theirs.notes)
        for season in sorted(rows["season"].unique().tolist()):
            mask = rows["season"].eq(season).to_numpy()
            found = comparison(rows[mask].reset_index(drop=True), forecast.rows(mask), theirs)
            lines.append(found.assign(season=season))
            if found.empty and len(theirs.rows):
                notes.append(f"{theirs.source} has no number of {season}.")
    kept = [frame for frame in lines if len(frame)]
    return (pd.concat(kept, ignore_index=True) if kept else empty), tuple(notes)
