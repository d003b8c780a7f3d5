"""Stage 01, ingest: what came in, and whether it can be trusted."""

from dataclasses import dataclass, replace

import pandas as pd

from workbench.clock import AsOf
from workbench.data.freshness import stale_feeds
from workbench.data.ingest import load_league
from workbench.data.quality_report import QualityReport
from workbench.features.drives import derive_drives
from workbench.features.playcalling import playcalling_tendencies
from workbench.features.quarterbacks import quarterback_splits
from workbench.stages.context import FACTS, StageRun, decision_instant
from workbench.store.tables import FactStore, FactsVersion, write_facts


@dataclass(frozen=True, slots=True)
class SeasonFeatures:
    """Features of the season to date, as of an instant.

    Attributes
    ----------
    quarterbacks, playcalling, drives : DataFrame
    notes : tuple of str
        What is missing or a proxy, one sentence each.
    """

    quarterbacks: pd.DataFrame
    playcalling: pd.DataFrame
    drives: pd.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What ingest leaves and its notebook explains.

    Attributes
    ----------
    as_of : Timestamp
        The week's decision instant: features know nothing later.
    version : FactsVersion
        Every fact, named by content.
    report : QualityReport
        Rows in, kept and quarantined; degraded features and late feeds; changes since the facts before.
    quarantine : DataFrame
        The rows that broke a rule, with the reason.
    features : SeasonFeatures
    """

    as_of: pd.Timestamp
    version: FactsVersion
    report: QualityReport
    quarantine: pd.DataFrame
    features: SeasonFeatures


def ingest_week(run: StageRun) -> Ingested:
    """Load, check and store the facts, then describe quarterbacks, play-calling and drives as of the decision.

    Raises
    ------
    SourceError
        If there is no usable schedule; anything else that is missing degrades a named feature.
    """
    seasons = range(run.settings.first_season, run.week.season + 1)
    loaded = load_league(run.settings, seasons=seasons, root=run.settings.league_artifacts)
    version = write_facts(run.settings.league_artifacts, loaded.tables)
    facts = FactStore(run.settings.league_artifacts, version)
    instant = decision_instant(run, facts)
    late = [(note.feature, note.reason) for note in stale_feeds(loaded.tables, as_of=instant)]
    report = replace(loaded.report, degraded=(*loaded.report.degraded, *late))
    features = season_features(facts.as_of(instant), season=run.week.season, week=run.week.week)
    result = Ingested(instant, version, report, loaded.quarantine, features)
    _leave(run, result)
    return result


def _leave(run: StageRun, result: Ingested) -> None:
    run.save_json(FACTS, result.version.to_json())
    run.save_table("quarantine.parquet", result.quarantine)
    run.save_json("data_quality.json", result.report.to_json() | {"notes": result.features.notes})
    run.save_table("qb_splits.parquet", result.features.quarterbacks)
    run.save_table("playcalling.parquet", result.features.playcalling)
    run.save_table("drives.parquet", result.features.drives)


def season_features(view: AsOf, *, season: int, week: int) -> SeasonFeatures:
    """Describe the season before a week, from what a view knows."""
    plays, charting, pressures = (
        view.table(name, seasons=[season - 1, season]) for name in ("plays", "charting", "pressures")
    )
    called = playcalling_tendencies(plays, season=season, week=week, charting=charting)
    split = quarterback_splits(plays, season=season, week=week, charting=charting, pressures=pressures)
    drives = derive_drives(plays[(plays["season"] == season) & (plays["week"] < week)])
    return SeasonFeatures(split.splits, called.tendencies, drives, (*split.notes, *called.notes))
