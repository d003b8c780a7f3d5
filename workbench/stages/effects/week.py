"""Stage 03, treatment effects: what shocks do, whether the market knows, and which of it stands."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from workbench.causal.checks.run import CheckPlan
from workbench.causal.pool.library import build_library
from workbench.causal.pool.lookup import effect_of
from workbench.causal.pool.severity_bands import severity_bands
from workbench.causal.power import power_table
from workbench.clock import RESULT_LAG, AsOf, Week
from workbench.errors import ParameterError
from workbench.stages.context import StageRun, decision_instant
from workbench.stages.effects.absorbing import Absorbed, absorbing_effects, matched_firings
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.cells import ANY, GRADED, absorbing_cells, library_cells, position_group
from workbench.stages.effects.checked import check_estimates
from workbench.stages.effects.claims import claims_under_test
from workbench.stages.effects.estimates import estimate_from, records, two_numbers, unpriced_shares
from workbench.stages.effects.frames import EffectFrames, effect_frames
from workbench.stages.effects.player_effects import yards_effects
from workbench.stages.effects.questions import QUESTIONS, question_named

#: How long the weekly checks run; the study's are longer.
WEEKLY_CHECKS: Final = CheckPlan(placebos=60, noises=10, subsets=20)
_CACHE_FOLDER: Final = "effects_cache"
_LOOKED_UP: Final = ("margin", "margin_vs_close")


@dataclass(frozen=True, slots=True)
class Effects:
    """What the questions came to, as known at one instant.

    Attributes
    ----------
    as_of : Timestamp
        Nothing later was read.
    counts : DataFrame
        ``type, season, n``.
    windows, missing : DataFrame
        Of the event database.
    estimates : DataFrame
        One row a question and number (``estimates.two_numbers``, absorbing ones included).
    shares : DataFrame
        The unpriced share of each effect.
    yards : DataFrame
        Effects on players' yards.
    absorbed : Absorbed
        Event studies.
    firings : DataFrame
        Fired coaches, naive and matched.
    checks : DataFrame
        One row an estimate and check.
    power : DataFrame
        What each estimate could have seen.
    library : DataFrame
        The effect library.
    claims : DataFrame
        Earlier claims beside our intervals.
    now : DataFrame
        The week's shocks as far as they are known, each with its library entry.
    notes : tuple of str
        What could not be derived.
    kept, made : int
        Estimates found in the cache, and made.
    """

    as_of: pd.Timestamp
    counts: pd.DataFrame
    windows: pd.DataFrame
    missing: pd.DataFrame
    estimates: pd.DataFrame
    shares: pd.DataFrame
    yards: pd.DataFrame
    absorbed: Absorbed
    firings: pd.DataFrame
    checks: pd.DataFrame
    power: pd.DataFrame
    library: pd.DataFrame
    claims: pd.DataFrame
    now: pd.DataFrame
    notes: tuple[str, ...]
    kept: int
    made: int


def effects_week(run: StageRun) -> Effects:
    """Answer every question with what was known at the week's decision instant."""
    facts = run.facts()
    view = facts.as_of(decision_instant(run, facts))
    cache = EstimateCache(run.settings.league_artifacts / _CACHE_FOLDER)
    return effects_of(view, week=run.week, cache=cache, plan=WEEKLY_CHECKS, seed=run.settings.seed)


def effects_of(view: AsOf, *, week: Week, cache: EstimateCache, plan: CheckPlan, seed: int) -> Effects:
    """Answer every question with what a view knows.

    Parameters
    ----------
    view : AsOf
    week : Week
        Its own shocks are looked up.
    cache : EstimateCache
    plan : CheckPlan
    seed : int
    """
    frames = effect_frames(view)
    single = two_numbers(frames, questions=QUESTIONS, cache=cache)
    absorbed = absorbing_effects(frames, questions=QUESTIONS, cache=cache)
    estimates = pd.concat([single, absorbed.estimates], ignore_index=True)
    firings = matched_firings(frames, question=question_named("coaching_change"), cache=cache)
    yards = yards_effects(frames, questions=QUESTIONS, cache=cache)
    library = effect_library(frames, absorbed, as_of=view.instant, cache=cache)
    return Effects(
        as_of=view.instant,
        counts=event_counts(frames),
        windows=frames.database.windows,
        missing=frames.database.missing().drop(columns="type").reset_index(),
        estimates=estimates,
        shares=unpriced_shares(frames, questions=QUESTIONS, cache=cache),
        yards=yards,
        absorbed=absorbed,
        firings=firings,
        checks=check_estimates(frames, single, cache=cache, plan=plan, seed=seed),
        power=_power(estimates),
        library=library,
        claims=claims_under_test(estimates, firings=firings, yards=yards),
        now=shocks_now(frames, library, week=week, as_of=view.instant),
        notes=frames.database.notes,
        kept=cache.found,
        made=cache.made,
    )


def event_counts(frames: EffectFrames) -> pd.DataFrame:
    """Return ``type, season, n``: zero is none found, outside a type's window there is no row."""
    wide = frames.database.counts()
    long = wide.rename_axis("type").reset_index().melt(id_vars="type", var_name="season", value_name="n")
    return long.dropna(subset=["n"]).astype({"season": "int64", "n": "int64"}).reset_index(drop=True)


def effect_library(
    frames: EffectFrames, absorbed: Absorbed, *, as_of: pd.Timestamp, cache: EstimateCache
) -> pd.DataFrame:
    """Pool every cell into the library that later stages look up; empty where nothing can be estimated yet."""
    cells = library_cells(frames, cache=cache)
    if len(frames.games):
        last = frames.games["kickoff_utc"].max() + RESULT_LAG
        types = {question.name: question.types[0] for question in QUESTIONS}
        cells = pd.concat([cells, absorbing_cells(absorbed.estimates, types=types, known_at=last)], ignore_index=True)
    if cells.empty:
        return pd.DataFrame(columns=["type", "severity_band", "position", "outcome", "effect", "low", "high", "n"])
    known = frames.database.windows.dropna(subset=["first_season"])["type"]
    return build_library(cells, as_of=as_of, types=list(known))


def shocks_now(frames: EffectFrames, library: pd.DataFrame, *, week: Week, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the week's shocks to one team as far as they are known, each with its entries of the library.

    Returns
    -------
    DataFrame
        ``team, type, player_name, position, severity_band, known_at``, and for the margin and the margin against the
        close: ``<outcome>``, ``<outcome>_low``, ``<outcome>_high``.
    """
    events = frames.events
    of_week = events["season"].eq(week.season) & events["week"].eq(week.week) & events["team"].notna()
    mine = events[of_week & events["known_at"].le(as_of)]  # what only kick-off dates is not known yet
    bands = pd.Series(severity_bands(mine["expected_severity"].astype("float64")), index=mine.index)
    named = mine.assign(
        position=position_group(mine["position"]), severity_band=bands.where(mine["type"].isin(GRADED), ANY)
    )
    columns = ["team", "type", "player_name", "position", "severity_band", "known_at"]
    rows = []
    for event in named[columns].to_dict("records"):
        row = {str(name): value for name, value in event.items()}
        for outcome in _LOOKED_UP:
            row |= _entry(library, row, outcome=outcome)
        rows.append(row)
    looked = [f"{outcome}{end}" for outcome in _LOOKED_UP for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=[*columns, *looked]).sort_values(["team", "type"], ignore_index=True)


def _entry(library: pd.DataFrame, event: dict[str, object], *, outcome: str) -> dict[str, float]:
    band = ANY if str(event["type"]).startswith("quarterback") else str(event["severity_band"])
    try:
        found = effect_of(
            library, type=str(event["type"]), severity=band, position=str(event["position"]), outcome=outcome
        )
    except (ParameterError, KeyError):  # a type of which the library has no cell on this outcome
        return {}
    return {outcome: found.effect, f"{outcome}_low": found.low, f"{outcome}_high": found.high}


def _power(estimates: pd.DataFrame) -> pd.DataFrame:
    known = estimates[estimates["why_not"].eq("")]
    named = {f"{row['label']}|{row['number']}": estimate_from(row) for row in records(known)}
    table = power_table(named)
    parts = table["estimate"].str.split("|", expand=True) if len(table) else pd.DataFrame(columns=[0, 1])
    return table.assign(estimate=parts[0], number=parts[1])


def save_effects(run: StageRun, result: Effects) -> None:
    """Leave the effects, the library, the checks and the week's shocks for later stages and for readers."""
    run.save_table("effects.parquet", result.estimates)
    run.save_table("library.parquet", result.library)
    run.save_table("checks.parquet", result.checks)
    run.save_table("events_now.parquet", result.now)
