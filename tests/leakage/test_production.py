"""The week replayed is the week as played: stage, warm-up and backtest reach one slip, row by row.

Everything is compared exactly. Two weeks are replayed from facts to slip; where only what is said of a difference is
asked, the replay decides with a model fitted before, so that seconds and not minutes pass.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.backtest.bent_facts import outcomes_shuffled
from workbench.backtest.equivalence import slip_differences
from workbench.backtest.walk import walk_week
from workbench.clock import Week, utc
from workbench.errors import MissingArtifactError
from workbench.settings import Settings
from workbench.stages import replay as replay_module
from workbench.stages.bookkeeping import stage_ledger, stage_policy
from workbench.stages.context import week_over
from workbench.stages.provoke import provoked_facts
from workbench.stages.replay import Replay, played_week, replay_week
from workbench.stages.whole_way import decided_week

WARMED = Week(2024, 9)


@pytest.fixture(scope="module")
def settings(demo_league: Any, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings the demo week was played with, over a copy of its ledger: to open one may migrate it."""
    copy = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    copy.write_bytes((demo_league.settings.league_artifacts / "ledger.sqlite").read_bytes())
    chosen: Settings = demo_league.settings.model_copy(update={"ledger": f"sqlite:///{copy}"})
    return chosen


@pytest.fixture(scope="module")
def model(demo_league: Any, model_of: Any) -> Any:
    """The model of the tenth week, fitted once."""
    return model_of(demo_league.store.as_of(demo_league.instant), demo_league, week=demo_league.week)


@pytest.fixture
def quick(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a replay decide with the model fitted before, its draws as the settings have them."""

    def decided(at: Any, *, week: Week, instant: Any, settings: Settings, account: Any) -> Any:
        asked = dataclasses.replace(model, n_draws=settings.draws)
        return decided_week(at(instant), week=week, model=asked, settings=settings, account=account)

    monkeypatch.setattr(replay_module, "slip_from_facts", decided)


@pytest.fixture(scope="module")
def live(settings: Settings, demo_league: Any) -> Replay:
    """The tenth week, the whole way anew."""
    return replay_week(settings, demo_league.week)


def test_the_week_decided_live_is_the_same_slip_replayed(demo_week: Any, demo_league: Any, live: Replay) -> None:
    left = json.loads((demo_week.artifacts / "predictions" / demo_league.week.label / "metadata.json").read_text())
    assert left["of_record"]
    assert live.same, live.differences.to_string()
    assert live.slip.digest == live.played.digest == left["slip"]
    assert set(live.played.frames) == {"slip", "bets", "prices", "forecasts", "excluded"}
    assert len(live.slip.bets) > 0
    assert "the same slip" in live.sentence
    assert live.slip.digest[:12] in live.sentence
    assert not any("facts" in sentence or "setting" in sentence for sentence in live.changed)


def test_a_week_replayed_as_warm_up_is_the_slip_the_live_week_would_have_been(settings: Settings) -> None:
    """Fitted and decided alone, from the view of its own instant, with the bankroll and gates of that instant."""
    found = replay_week(settings, WARMED)
    assert found.played.warmup
    assert found.same, found.differences.to_string()
    assert found.slip.digest == found.played.digest
    assert found.played.run_key.endswith(found.slip.digest[:12])
    assert {"line", "price", "win", "stake_units", "status", "reason"} <= set(found.played.frames["bets"])
    assert len(found.slip.bets) > 0
    assert "was not noted: it was a warm-up" in " ".join(found.changed)


@pytest.mark.usefixtures("quick")
def test_other_settings_show_as_rows_and_are_named(settings: Settings, demo_league: Any) -> None:
    found = replay_week(settings.model_copy(update={"draws": 1200}), demo_league.week)
    assert not found.same
    assert {"prices", "forecasts"} <= set(found.differences["table"])
    assert found.differences["column"].eq("win").any()
    assert "NOT the same slip" in found.sentence
    assert "draws 1000 then, 1200 now" in " ".join(found.changed)


@pytest.mark.usefixtures("quick")
def test_another_policy_and_instant_are_named(settings: Settings, demo_league: Any) -> None:
    policy = settings.policy.model_copy(update={"kelly_fraction": 0.1})
    found = replay_week(settings.model_copy(update={"policy": policy, "decide_at": "open"}), demo_league.week)
    told = " ".join(found.changed)
    assert not found.same
    assert "decided under the policy default, it is replayed under custom-" in told
    assert "it is replayed as of 2024-11-05" in told
    assert ["slip", "as_of"] in found.differences[["table", "column"]].to_numpy().tolist()


@pytest.mark.usefixtures("quick")
def test_facts_that_have_changed_since_are_named_and_found_to_be_the_cause(
    settings: Settings, demo_league: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = demo_league.instant - pd.Timedelta(weeks=8)
    with provoked_facts(demo_league.store, outcomes_shuffled(demo_league.tables, instant=past, seed=1)) as other:
        monkeypatch.setattr(replay_module, "current_facts", lambda *asked: other)
        found = replay_week(settings, demo_league.week)
    told = " ".join(found.changed)
    assert not found.same
    assert f"data hash {found.played.made_with['facts'][:16]} then" in told
    assert "On the facts as they were it is the same slip" in told


@pytest.mark.usefixtures("quick")
def test_changed_code_and_a_touched_switch_are_named_and_move_nothing(
    settings: Settings, demo_league: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = settings.model_copy(update={"ledger": f"sqlite:///{tmp_path / 'ledger.sqlite'}"})
    (tmp_path / "ledger.sqlite").write_bytes(Path(settings.ledger_url.removeprefix("sqlite:///")).read_bytes())
    monkeypatch.setattr(replay_module, "package_digest", lambda: "f" * 64)
    ledger = stage_ledger(copy)
    try:
        ledger.set_kill_switch(league="demo", halted=True, reason="a test", at=utc("2100-01-01T00:00Z"))
    finally:
        ledger.close()
    found = replay_week(copy, demo_league.week)
    told = " ".join(found.changed)
    assert found.same
    assert "The code has changed since" in told
    assert f"{'f' * 16} now" in told
    assert "kill switch was touched since" in told


def test_an_approved_bet_is_the_bet_that_was_proposed(live: Replay) -> None:
    bets = live.played.frames["bets"]
    proposed, approved = (dict(live.played.frames) | {"bets": bets.assign(status=s)} for s in ("proposed", "approved"))
    assert slip_differences(approved, proposed).empty
    shadow = dict(live.played.frames) | {"bets": bets.assign(status="shadow")}
    assert set(slip_differences(approved, shadow)["column"]) == {"status"}


def test_a_week_that_was_never_decided_says_what_to_run(settings: Settings) -> None:
    ledger = stage_ledger(settings)
    try:
        with pytest.raises(MissingArtifactError, match="workbench weekly --profile demo --season 2024 --week 3"):
            played_week(settings, Week(2024, 3), ledger=ledger)
    finally:
        ledger.close()


def test_the_backtest_grades_the_week_as_the_stage_did(
    demo_week: Any, demo_league: Any, model: Any, account: Any
) -> None:
    week, store, stood = demo_league.week, demo_league.store, account(demo_league)
    walked = walk_week(
        store.as_of,
        week=week,
        instant=demo_league.instant,
        known_by=week_over(store, week),
        model=model,
        policy=stage_policy(demo_league.settings),
        bankroll=stood.bankroll,
        open_by_game=stood.open_by_game,
        controls=stood.controls,
    )
    grades = pd.read_csv(demo_week.artifacts / "grading" / week.label / "results.csv")
    mine = walked.graded.grades.sort_values(["game_id", "market", "side"]).reset_index(drop=True)
    theirs = grades.sort_values(["game_id", "market", "side"]).reset_index(drop=True)
    numbers = ["profit_units", "close_line", "clv_points", "clv_prob", "clv_ev", "ev_at_close"]
    assert list(mine["outcome"]) == list(theirs["outcome"])
    # a CSV keeps seventeen digits, so not even the last bit may differ
    pd.testing.assert_frame_equal(mine[numbers], theirs[numbers], check_exact=True, check_dtype=False)
