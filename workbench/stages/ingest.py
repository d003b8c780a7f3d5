"""Stage 01, ingest: what came in, and whether it can be trusted."""

from dataclasses import dataclass

import pandas as pd

from workbench.clock import AsOf
from workbench.data.ingest import load_league
from workbench.data.quality_report import QualityReport
from workbench.features.drives import derive_drives
from workbench.features.playcalling import playcalling_tendencies
from workbench.features.quarterbacks import quarterback_splits
from workbench.stages.context import FACTS, StageRun, decision_instant
from workbench.store.tables import FactStore, write_facts


@dataclass(frozen=True, slots=True)
class Ingested:
    """What ingest leaves and its notebook explains.

    Attributes
    ----------
    as_of : Timestamp
        The week's decision instant: features know nothing later.
    data_hash : str
        Digest of every fact.
    report : QualityReport
        Rows in, kept and quarantined; degraded features; changes since the facts before.
    quarantine : DataFrame
        The rows that broke a rule, with the reason.
    quarterbacks, playcalling, drives : DataFrame
        Features of the season to date, as of the instant.
    notes : tuple of str
        What is missing or a proxy, one sentence each.
    """

    as_of: pd.Timestamp
    data_hash: str
    report: QualityReport
    quarantine: pd.DataFrame
    quarterbacks: pd.DataFrame
    playcalling: pd.DataFrame
    drives: pd.DataFrame
    notes: tuple[str, ...]


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
    run.save_json(FACTS, version.to_json())
    run.save_table("quarantine.parquet", loaded.quarantine)
    facts = FactStore(run.settings.league_artifacts, version)
    instant = decision_instant(run, facts)
    splits, tendencies, drives, notes = season_features(
        facts.as_of(instant), season=run.week.season, week=run.week.week
    )
    run.save_json("data_quality.json", loaded.report.to_json() | {"notes": notes})
    for name, frame in (("qb_splits", splits), ("playcalling", tendencies), ("drives", drives)):
        run.save_table(f"{name}.parquet", frame)
    return Ingested(instant, version.digest, loaded.report, loaded.quarantine, splits, tendencies, drives, tuple(notes))


def season_features(
    view: AsOf, *, season: int, week: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, list[str]]:
    """Return quarterback splits, play-calling and drives of the season before a week, and what they lack."""
    plays = view.table("plays", seasons=[season - 1, season])
    charting = view.table("charting", seasons=[season - 1, season])
    pressures = view.table("pressures", seasons=[season - 1, season])
    called = playcalling_tendencies(plays, season=season, week=week, charting=charting)
    split = quarterback_splits(plays, season=season, week=week, charting=charting, pressures=pressures)
    before = plays[(plays["season"] == season) & (plays["week"] < week)]
    drives = derive_drives(before)
    return split.splits, called.tendencies, drives, [*split.notes, *called.notes]
