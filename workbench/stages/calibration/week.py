"""The week's calibration: forecast the players, look back, decide, and say how sure the intervals are."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.bayes.conformal.intervals import mid_intervals
from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.cells import cells
from workbench.bayes.scores.coverage import coverage
from workbench.bayes.scores.transform import randomized_pit
from workbench.clock import Week
from workbench.features.player_yards.rows import TABLES, PlayerYards, player_yards
from workbench.features.player_yards.targets import YardsTarget, target_named
from workbench.intervals import clustered_mean
from workbench.lifecycle.recalibrate import RecalibrationPath
from workbench.lifecycle.registry import ModelRegistry, open_registry
from workbench.lifecycle.versions import ModelDecision, ModelVersion
from workbench.stages.calibration.challenge import Challenge, challenge
from workbench.stages.calibration.deliver import delivered
from workbench.stages.calibration.season_model import Origin, season_model
from workbench.stages.calibration.split import SeasonRows, season_rows
from workbench.stages.context import StageRun, decision_instant, plain

#: The week is decided on Wednesday: the players' rows end there too, whatever becomes known before kick-off.
CUTOFF: Final = "wednesday"
#: Levels at which promise and coverage are compared.
CURVE: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
#: Where coverage may hide.
CELLS: Final = ("decile", "position", "role", "earlier_games", "season", "home")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TargetCalibration:
    """What one kind of yards came to.

    Attributes
    ----------
    target : YardsTarget
    version : ModelVersion
        The champion that forecast.
    trained_now : bool
    reason : str
        Why it was trained now, or kept.
    challenge : Challenge or None
        The challenger beside it on the same rows, where there is one.
    path : RecalibrationPath
        Every week of the season to this one.
    curves : DataFrame
        ``method, level, covered, low, high``: intervals of the mean, the model as it is, and as delivered.
    cells : DataFrame
        Coverage at 90 % by cell over the calibration season and past weeks, as ``bayes.scores.cells``.
    pit : ndarray
        Randomized transforms of what was delivered.
    players : DataFrame
        This week: ``player_id, player_name, position, team, opponent, game_id, role, median, mean, low_50, high_50,
        low_90, high_90, yards`` (null where not played), largest expectation first.
    excluded : DataFrame
        ``reason, season, n`` of the season.
    notes : tuple of str
    """

    target: YardsTarget
    version: ModelVersion
    trained_now: bool
    reason: str
    challenge: Challenge | None
    path: RecalibrationPath
    curves: pd.DataFrame
    cells: pd.DataFrame
    pit: NDArray[np.float64]
    players: pd.DataFrame
    excluded: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def now(self) -> "pd.Series[Any]":
        """What was seen before this week, and decided: its row of the path."""
        return self.path.weeks.iloc[-1]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """The week's calibration.

    Attributes
    ----------
    as_of : Timestamp
    week : Week
    targets : tuple of TargetCalibration
    waiting : dict of str to str
        Targets that could not be forecast, and why.
    """

    as_of: pd.Timestamp
    week: Week
    targets: tuple[TargetCalibration, ...]
    waiting: dict[str, str]


def calibration_week(run: StageRun) -> Calibration:
    """Forecast the week's players as known at the decision instant, and decide on recalibration from past weeks."""
    facts = run.facts()
    view = facts.as_of(decision_instant(run, facts))
    origin = Origin(seed=run.settings.seed, workers=run.settings.calibration.workers, run_key=run.key)
    found: list[TargetCalibration] = []
    waiting: dict[str, str] = {}
    with open_registry(run.settings) as registry:
        for name in run.settings.calibration.targets:
            task = player_yards({table: view.table(table) for table in TABLES}, target=name, cutoff=CUTOFF)
            split = season_rows(task.rows, season=run.week.season, last_week=run.week.week)
            why = unforecastable(split, week=run.week)
            if why:
                waiting[name] = why
            else:
                target = target_named(name)
                found.append(calibrate(task, split, target=target, week=run.week, registry=registry, origin=origin))
    return Calibration(view.instant, run.week, tuple(found), waiting)


def unforecastable(split: SeasonRows, *, week: Week) -> str:
    """Return why a week cannot be forecast, empty where it can."""
    for rows, what in ((split.training, f"to {week.season - 2}"), (split.calibration, f"of {week.season - 1}")):
        if rows.empty:
            return f"No player-game {what} is known: a model needs seasons to learn from and one to calibrate on."
    if not split.forecast["week"].eq(week.week).any():
        return f"No player is expected to play in {week.season} week {week.week}."
    return ""


def calibrate(
    task: PlayerYards, split: SeasonRows, *, target: YardsTarget, week: Week, registry: ModelRegistry, origin: Origin
) -> TargetCalibration:
    """Forecast one kind of yards with the season's champion, calibrated, and replay the season's decisions to now."""
    found = season_model(split, target=target, features=task.features, registry=registry, origin=origin)
    champion = found.champion
    past, coming = (champion.fitted.forecast(rows) for rows in (split.calibration, split.forecast))
    steps = delivered(split, past=past, coming=coming)
    _record(steps.path, registry=registry, version=champion.version, week=week, run_key=origin.run_key)
    everything = both(steps.past, steps.path.forecast)
    plain_forecast = both(past, coming)
    rows = pd.concat([split.calibration, split.forecast], ignore_index=True)
    mean = champion.fitted.mean_forecast(rows)
    known = rows["yards"].notna().to_numpy()
    methods = {"as delivered": everything, "the network as it is": plain_forecast, "its mean alone": mean}
    return TargetCalibration(
        target=target,
        version=champion.version,
        trained_now=found.trained_now,
        reason=found.reason,
        challenge=None if found.challenger is None else challenge(found.challenger, rows=rows, against=plain_forecast),
        path=steps.path,
        curves=covered_curves({name: f.rows(known) for name, f in methods.items()}, rows[known]),
        cells=cells(
            mid_ends(everything.rows(known)), rows[known], by=CELLS, middle=pd.Series(everything.rows(known).median)
        ),
        pit=randomized_pit(everything.rows(known), rows.loc[known, "yards"], np.random.default_rng(origin.seed)),
        players=week_players(split.forecast, steps.path.forecast, week=week),
        excluded=task.excluded[task.excluded["season"].eq(week.season)].reset_index(drop=True),
        notes=(*task.notes, *(note for n in champion.fitted.networks[:1] for note in n.encoder.notes)),
    )


def both(first: IntegerForecast, second: IntegerForecast) -> IntegerForecast:
    """Return the forecasts of two sets of rows, one after the other."""
    return IntegerForecast(first.support, np.concatenate([first.cdf, second.cdf]))


def mid_ends(forecast: IntegerForecast, level: float = 0.9) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ends of the intervals that are delivered, shape (n_rows,) each."""
    found = mid_intervals(forecast, level)
    return found.lower, found.upper


def covered_curves(methods: dict[str, IntegerForecast], rows: pd.DataFrame) -> pd.DataFrame:
    """Return mid-coverage by method and level with its interval by game: ``method, level, covered, low, high``."""
    games = rows["game_id"].to_numpy()
    found = []
    for method, forecast in methods.items():
        for level in CURVE:
            held = clustered_mean(coverage(mid_ends(forecast, level), rows["yards"], level=level, mid=True), games)
            found.append({"method": method, "level": level, "covered": held.value, "low": held.low, "high": held.high})
    return pd.DataFrame(found)


def week_players(rows: pd.DataFrame, forecast: IntegerForecast, *, week: Week) -> pd.DataFrame:
    """Return the week's players with what they are expected to gain, largest expectation first."""
    mine = rows["week"].eq(week.week).to_numpy()
    said = forecast.rows(mine)
    columns = ["player_id", "player_name", "position", "team", "opponent", "game_id", "role", "yards"]
    table = rows.loc[mine, columns].assign(median=said.median, mean=said.mean)
    for level in (0.5, 0.9):
        low, high = mid_ends(said, level)
        table = table.assign(**{f"low_{level * 100:.0f}": low, f"high_{level * 100:.0f}": high})
    return table.sort_values(["mean", "player_id"], ascending=[False, True], ignore_index=True)


def _record(
    path: RecalibrationPath, *, registry: ModelRegistry, version: ModelVersion, week: Week, run_key: str
) -> None:
    """Put this week's decision and its evidence into the registry; the same week again changes nothing."""
    now = path.weeks.iloc[-1].to_dict()
    registry.record(
        ModelDecision(
            name=version.name, version=version.version, season=week.season, week=week.week,
            decision=str(now["decision"]), evidence=plain(now), run_key=run_key,
        )
    )  # fmt: skip


def save_calibration(run: StageRun, result: Calibration) -> None:
    """Leave the week's intervals, the season's decisions and the coverage for later stages and for readers."""
    parts = result.targets
    run.save_table("intervals.parquet", _stacked([(p.target.name, p.players) for p in parts]))
    run.save_table("decisions.parquet", _stacked([(p.target.name, p.path.weeks) for p in parts]))
    run.save_table("cells.parquet", _stacked([(p.target.name, p.cells) for p in parts]))
    run.save_json(
        "coverage.json",
        {
            "waiting": result.waiting,
            "targets": {
                p.target.name: {
                    "model": f"{p.version.name} version {p.version.version}", "trained_now": p.trained_now,
                    "decision": p.now.to_dict(), "coverage": p.curves, "metrics": p.version.metrics,
                }
                for p in parts
            },
        },
    )  # fmt: skip


def _stacked(parts: list[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    named = [frame.assign(target=name) for name, frame in parts]
    return pd.concat(named, ignore_index=True) if named else pd.DataFrame({"target": pd.Series(dtype="str")})
