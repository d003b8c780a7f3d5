"""What the calibration page says and draws."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.clock import Week
from workbench.report.blocks import Block, stacked
from workbench.report.drawing import Finding
from workbench.report.figures.calibration import coverage_path, said_and_covered, transform_histogram
from workbench.report.figures.coverage import coverage_dots
from workbench.report.figures.yards import player_intervals
from workbench.report.latex.items import FigureItem, TableItem
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing, number, percent, week_name
from workbench.report.stories.frame import as_of_words
from workbench.report.tables import table
from workbench.stages.calibration.week import Calibration, TargetCalibration

_LEVEL: Final = 0.9
_BAND: Final = 0.05
#: Intervals that hold less than half of what they should leave out most of what makes yards vary.
_FEW: Final = 0.5 * _LEVEL
_ALL_WELL: Final = "No cell is shown to be more than five points off"
_NOTHING: Final = "No interval has met its outcome"


def findings(result: Calibration) -> list[str]:
    """Return, target by target, what was decided, how the intervals hold, and who is expected to gain most."""
    said = [f"{name}: {why}" for name, why in result.waiting.items()]
    for part in result.targets:
        said += [s for s in (_decision(part), _held(part), _mean_alone(part), _worst(part), _challenger(part)) if s]
    return said


def numbers(result: Calibration) -> list[KeyNumber]:
    """Return the strip: of the first target in full, of others what they hold."""
    strip = []
    for place, part in enumerate(result.targets):
        whose = "" if place == 0 else f", {part.target.title.lower()}"
        strip.append(_kept(part, f"90 % intervals hold{whose}", "as delivered"))
        if place == 0:
            strip.append(_kept(part, "Its mean's would hold", "its mean alone"))
            now = part.now
            strip.append(
                KeyNumber("Seen before this week", now["coverage"], now["low"], now["high"], unit="%", digits=1)
            )
            strip += [metric for metric in (_metric(part, "CRPS", "crps"), _metric(part, "MAE", "mae")) if metric]
            strip.append(KeyNumber("Players forecast", float(len(part.players)), digits=0))
    return strip


def status(result: Calibration) -> str:
    """Return the page's status word."""
    return "complete" if result.targets else "waiting"


# --- sentences -----------------------------------------------------------------------------------------------------
def _decision(part: TargetCalibration) -> str:
    now = part.now
    before = f"before {week_name(Week(int(now['season']), int(now['week'])))}"
    if pd.isna(now["coverage"]):
        return f"{part.target.title}: {before}, no interval had met its outcome, so nothing was changed."
    seen = _share(now["coverage"], now["low"], now["high"])
    done = {
        "kept": "so the forecasts were delivered as they are",
        "recalibrated": f"so they were recalibrated ({now['way']})",
        "too few rows": "too few rows to decide on, so nothing was changed",
    }[str(now["decision"])]
    return (
        f"{part.target.title}: {before}, {seen} of {count(int(now['rows_seen']), 'interval')} at 90 % had held, {done}."
    )


def _held(part: TargetCalibration) -> str:
    row = _at(part, "as delivered")
    if row is None:
        return ""
    return (
        f"Over last season and this one, as delivered, {_share(row['covered'], row['low'], row['high'])} of 90 % "
        f"intervals held, {against_zero(row['low'] - _LEVEL, row['high'] - _LEVEL).replace('zero', '90 %')}."
    )


def _mean_alone(part: TargetCalibration) -> str:
    row = _at(part, "its mean alone")
    if row is None:
        return ""
    why = ": most of a player's yards is luck that no mean knows" if row["high"] < _FEW else ""
    held = _share(row["covered"], row["low"], row["high"])
    return f"Had the interval been that of the network's mean, {held} would have held{why}."


def _worst(part: TargetCalibration) -> str:
    judged = part.cells[part.cells["by"].ne("all")]
    out = judged[judged["verdict"].isin(["outside", "misses"])]
    if judged.empty:
        return ""
    if out.empty:
        kinds = "size, position, role, experience, season and site"
        return f"None of {len(judged)} cells by {kinds} is shown to lie more than five points off."
    named = [f"{_cell_name(row)} {percent(row['mid_coverage'])}" for row in _records(out)]
    return f"{len(out)} of {len(judged)} cells lie more than five points off: {listing(named, most=4)}."


def _challenger(part: TargetCalibration) -> str:
    beside = part.challenge
    if beside is None:
        return ""
    gain = estimate(beside.gain.value, beside.gain.low, beside.gain.high, unit="yards", signed=True)
    return (
        f"Version {beside.version.version} challenges version {part.version.version}: its CRPS is lower by {gain} on "
        f"{count(beside.gain.n, 'player-game')}; `workbench models promote {part.version.name}` would make it champion."
    )


def _share(value: Any, low: Any, high: Any) -> str:
    return estimate(value, low, high, unit="%", digits=1)


# --- figures -------------------------------------------------------------------------------------------------------
def players(part: TargetCalibration, result: Calibration) -> Finding:
    """Draw this week's intervals."""
    table = part.players
    if table.empty:
        title = "Nobody is expected to play"
    else:
        top = table.iloc[0]
        title = (
            f"{top['player_name']} is expected to gain most: {number(top['median'], digits=0)} yards, "
            f"nine times in ten {number(top['low_90'], digits=0)} to {number(top['high_90'], digits=0)}"
        )
    return player_intervals(table, title=title, subtitle=_subtitle(part, result, "this week's players"))


def curves(part: TargetCalibration, result: Calibration) -> Finding:
    """Draw what intervals promise against what they hold."""
    row = _at(part, "as delivered")
    title = _NOTHING if row is None else f"Of 90 % intervals {percent(row['covered'], digits=1)} hold"
    return said_and_covered(part.curves, title=title, subtitle=_subtitle(part, result, "last season and this one"))


def transforms(part: TargetCalibration, result: Calibration) -> Finding:
    """Draw where outcomes fell in the forecasts delivered."""
    title = _NOTHING
    if part.pit.size:
        low, high = percent(np.mean(part.pit < 0.1)), percent(np.mean(part.pit > 0.9))
        title = f"{low} of outcomes fell in the lowest tenth of their forecasts, {high} in the highest"
    return transform_histogram(part.pit.tolist(), title=title, subtitle=_subtitle(part, result, "as delivered"))


def decisions(part: TargetCalibration, result: Calibration) -> Finding:
    """Draw rolling coverage as known before each week, and what was decided."""
    weeks, policy = part.path.weeks, part.path.policy
    changed = int(weeks["decision"].eq("recalibrated").sum())
    title = f"Recalibrated before {changed} of {count(len(weeks), 'week')}"
    return coverage_path(
        weeks, title=title, level=policy.level, tolerance=policy.tolerance,
        subtitle=_subtitle(part, result, f"the network as it is, {policy.window_weeks} weeks back"),
    )  # fmt: skip


def cell_coverage(part: TargetCalibration, result: Calibration) -> Finding:
    """Draw coverage where it may hide."""
    shown = part.cells[part.cells["by"].ne("position")]
    rows = pd.DataFrame(
        {
            "name": [_cell_name(row) for row in _records(shown)],
            "value": shown["mid_coverage"].to_numpy(),
            "low": shown["low"].to_numpy(),
            "high": shown["high"].to_numpy(),
            "band_low": _LEVEL - _BAND,
            "band_high": _LEVEL + _BAND,
            "reached": shown["verdict"].isin(["inside", "meets"]).to_numpy(),
        }
    )
    out = int((~rows["reached"].astype(bool)).sum())
    title = f"{out} of {count(len(rows), 'cell')} more than five points off" if out else _ALL_WELL
    title = _NOTHING if rows.empty else title
    return coverage_dots(
        rows, title=title, subtitle=_subtitle(part, result, "clustered by game, Wilson where small"),
        label="of 90 % intervals held", aim=_LEVEL,
    )  # fmt: skip


def _cell_name(row: Mapping[str, Any]) -> str:
    cell = str(row["cell"]).replace(" of 10", "")
    words = {"all": "all", "decile": f"tenth {cell} by forecast", "earlier_games": f"{cell} games before"}
    return words.get(str(row["by"]), cell if row["by"] == "home" else f"{row['by']} {cell}")


def each(result: Calibration, draw: Callable[[TargetCalibration, Calibration], Finding]) -> Block:
    """Draw one figure a target, one under the other."""
    return stacked([draw(part, result).block() for part in result.targets])


# --- tables --------------------------------------------------------------------------------------------------------
def player_tables(result: Calibration) -> Block:
    """Return this week's players, a table a target."""
    return _tables(result, player_table, caption="This week's players, yards, largest expectation first", digits=0)


def evidence_tables(result: Calibration) -> Block:
    """Return every week's decision with its evidence, the latest first."""
    return _tables(result, evidence_table, caption="Decisions, the latest week first", digits=3)


def model_tables(result: Calibration) -> Block:
    """Return what the registry holds of each champion."""
    return _tables(result, model_table, caption="The registry's entry", digits=0)


def metric_tables(result: Calibration) -> Block:
    """Return what each champion and the baselines scored on the season it is calibrated on."""
    return _tables(
        result,
        metric_table,
        caption="CRPS and MAE in yards on the season that calibrates it, intervals by game",
        digits=2,
    )


def notes(result: Calibration) -> list[str]:
    """Return who was left out and what was missing."""
    said = []
    for part in result.targets:
        counted = [f"{row['reason']}: {count(int(row['n']), 'player-game')}" for row in _records(part.excluded)]
        said += [f"{part.target.title}: {sentence}" for sentence in (*counted, *part.notes)]
    return said


def _tables(
    result: Calibration, made: Callable[[TargetCalibration], pd.DataFrame], *, caption: str, digits: int
) -> Block:
    return stacked(
        [table(made(p), caption=f"{p.target.title}: {caption[:1].lower()}{caption[1:]}", digits=digits)
         for p in result.targets]
    )  # fmt: skip


def player_table(part: TargetCalibration) -> pd.DataFrame:
    """Return this week's players."""
    columns = ["player_name", "team", "opponent", "role", "median", "low_50", "high_50", "low_90", "high_90", "yards"]
    known = part.players["yards"].notna().any()
    return part.players[columns if known else columns[:-1]]


def evidence_table(part: TargetCalibration) -> pd.DataFrame:
    """Return every week's decision with its evidence."""
    return part.path.weeks[["week", "rows_seen", "coverage", "low", "high", "decision", "evidence"]].iloc[::-1]


def metric_table(part: TargetCalibration) -> pd.DataFrame:
    """Return CRPS and MAE of the champion and of the baselines, with their intervals."""
    metrics = part.version.metrics
    names = [name.removeprefix("crps_") for name in metrics if name.startswith("crps_")]
    rows = []
    for method, suffix in (("network", ""), *((name, f"_{name}") for name in names)):
        row: dict[str, Any] = {"method": method.replace("_", " ")}
        for measure in ("crps", "mae"):
            found = metrics.get(f"{measure}{suffix}", {})
            row |= {
                measure: found.get("value"),
                f"{measure} low": found.get("low"),
                f"{measure} high": found.get("high"),
            }
        rows.append(row)
    return pd.DataFrame(rows)


def model_table(part: TargetCalibration) -> pd.DataFrame:
    """Return the registry's entry of the champion."""
    v = part.version
    seasons = f"{min(v.training_seasons)}–{v.trained_through}"
    entry = {
        "model": v.name, "version": v.version, "trained on": seasons, "features": len(v.features),
        "data": v.data_hash[:12], "revision": v.revision, "why": part.reason,
    }  # fmt: skip
    return pd.DataFrame({"entry": list(entry), "value": [str(value) for value in entry.values()]})


def for_print(result: Calibration) -> list[TableItem | FigureItem]:
    """Return what goes into the dissertation."""
    items: list[TableItem | FigureItem] = []
    for part in result.targets:
        slug = part.target.name.replace("_", "-")
        note = f"Mid-coverage of equal-tailed intervals on whole yards, intervals by game, {as_of_words(result.as_of)}."
        items.append(FigureItem(f"calibration-{slug}", curves(part, result)))
        items.append(FigureItem(f"coverage-cells-{slug}", cell_coverage(part, result)))
        shown = part.cells[["by", "cell", "rows", "games", "mid_coverage", "low", "high", "width"]]
        caption = f"Coverage of 90 per cent intervals, {part.target.title.lower()}"
        items.append(TableItem(f"coverage-{slug}", shown, caption, note=note, digits=3))
    return items


# --- parts ---------------------------------------------------------------------------------------------------------
def _subtitle(part: TargetCalibration, result: Calibration, what: str) -> str:
    return f"{part.target.title.lower()}, {what}, {as_of_words(result.as_of)}"


def _at(part: TargetCalibration, method: str) -> "pd.Series[Any] | None":
    rows = part.curves[part.curves["method"].eq(method) & np.isclose(part.curves["level"], _LEVEL)]
    return None if rows.empty else rows.iloc[0]


def _kept(part: TargetCalibration, label: str, method: str) -> KeyNumber:
    row = _at(part, method)
    if row is None:
        return KeyNumber(label, None, unit="%")
    return KeyNumber(label, row["covered"], row["low"], row["high"], unit="%", digits=1)


def _metric(part: TargetCalibration, label: str, name: str) -> KeyNumber | None:
    metric = part.version.metrics.get(name)
    if metric is None:
        return None
    return KeyNumber(label, metric["value"], metric.get("low"), metric.get("high"), unit="yards")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
