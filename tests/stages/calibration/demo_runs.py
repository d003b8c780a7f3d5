"""Runs of the calibration stage on the demo league's facts, with a registry of their own."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from workbench.clock import Week
from workbench.settings import Settings
from workbench.stages.catalogue import stage_named
from workbench.stages.context import FACTS, StageRun
from workbench.store.atomic import write_text
from workbench.store.runs import PARTIAL, Manifest, RunStore
from workbench.store.tables import write_facts


def demo_settings(folder: Path, *targets: str) -> Settings:
    """Return the demo league's settings with artifacts in a folder."""
    return Settings.model_validate(
        {"league": "demo", "artifacts": folder, "calibration": {"targets": targets or ("rushing_yards",), "workers": 1}}
    )


def ingested(settings: Settings, week: Week, tables: Mapping[str, pd.DataFrame]) -> Manifest:
    """Write facts and leave an ingest stage that names them."""
    import json

    store, key = RunStore(settings.league_artifacts), f"ingest-{week.label}"
    facts = json.dumps(write_facts(settings.league_artifacts, tables).to_json())
    write_text(store.open(key) / FACTS, facts)
    stage = stage_named("01_ingest")
    return store.commit(
        Manifest(
            stage=stage.name, league="demo", kind=stage.kind, season=week.season, week=week.week, key=key,
            parameters={}, as_of="2024-11-13T17:00:00+00:00", data_hash="facts", revision="", upstream={},
            summary={"status": "complete", "findings": [], "numbers": []}, started="", finished="",
        )
    )  # fmt: skip


def open_run(settings: Settings, week: Week, *, as_of: str = "") -> StageRun:
    """Open a run of the stage as a notebook would, but for its key."""
    stage, store = stage_named("04_bnn_calibration"), RunStore(settings.league_artifacts)
    key = f"calibration-{week.label}"
    store.open(key)
    return StageRun(
        stage=stage, settings=settings, week=week, key=key, folder=store.root / "runs" / f"{key}{PARTIAL}", store=store,
        upstream={"01_ingest": store.require("01_ingest", week)}, started="",
        asked_as_of=pd.Timestamp(as_of) if as_of else None,
    )  # fmt: skip
