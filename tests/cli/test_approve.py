"""`workbench approve`: what it takes, what it leaves for a person to name, and what it says."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from workbench import cli
from workbench.cli.week import ask
from workbench.clock import Week, utc
from workbench.stages.bookkeeping import stage_ledger, stage_policy
from workbench.stages.publish import PICK_COLUMNS, exported
from workbench.store.ledger import Ledger

Command = Callable[..., tuple[int, str, str]]
WEDNESDAY = utc("2024-11-06T17:00Z")
WEEK = Week(2024, 10)


@dataclass(frozen=True)
class FakeSlip:
    """What the ledger reads of a slip."""

    bets: pd.DataFrame
    as_of: pd.Timestamp = WEDNESDAY
    week: Week = WEEK
    base_units: float = 1000.0
    digest: str = "d"

    @property
    def prices(self) -> pd.DataFrame:
        return self.bets


@pytest.fixture
def week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A ledger with a small bet on g1, two on g2 that pass the limit together, and a shadow bet on g3."""
    for name in [name for name in os.environ if name.startswith("WORKBENCH_")]:
        monkeypatch.delenv(name)
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "nfl.yaml").write_text("league: nfl\nlabel: NFL\n")
    monkeypatch.chdir(tmp_path)
    rows = [
        ("g1", "spread", "proposed", 0.010, False),
        ("g2", "spread", "proposed", 0.020, True),
        ("g2", "total", "proposed", 0.011, True),
        ("g3", "spread", "shadow", 0.010, False),
    ]
    bets = pd.DataFrame(rows, columns=["game_id", "market", "status", "stake_share", "needs_approval"]).assign(
        season=2024, week=10, side="home", source="fanduel", quote_recorded_at=WEDNESDAY, kickoff_utc=WEDNESDAY,
        stake_units=10.0, line=3.5, price=1.91, price_other=1.91, price_assumed=False, instant_assumed=False,
    )  # fmt: skip
    settings = ask("nfl", overrides={}).settings
    ledger = stage_ledger(settings)
    ledger.record_slip(FakeSlip(bets), league="nfl", policy=stage_policy(settings).name, run_key="k")
    yield ledger
    ledger.close()


@pytest.fixture
def command(week: Ledger, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `workbench approve` and gives (exit, out, error)."""

    def run(*words: str) -> tuple[int, str, str]:
        named = ["--season", "2024", "--week", "10", "--profile", "nfl", "--by", "a person"]
        monkeypatch.setattr(sys, "argv", ["workbench", "approve", *named, *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, error = capfd.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, error

    return run


def statuses(ledger: Ledger) -> dict[tuple[str, str], str]:
    bets = ledger.bets(league="nfl", policy="default")
    return {(bet["game_id"], bet["market"]): bet["status"] for bet in bets.to_dict("records")}


def ready(ledger: Ledger, *, halted: bool = False) -> list[str]:
    picks = exported(ledger.bets(league="nfl", policy="default"), halted=halted)
    return picks.loc[picks["ready"], "game_id"].tolist()


def test_approving_without_names_leaves_what_passes_the_share(week: Ledger, command: Command) -> None:
    code, out, _ = command()
    assert code == 0
    assert out.splitlines() == [
        "Approved 1 of 1 bets, by a person. `workbench publish` writes them into picks.csv.",
        "Over 2.5 % of the bankroll, still to be approved by naming the game:",
        "  --game g2: 2 bets, 3.1 % of the bankroll",
    ]
    assert statuses(week) == {
        ("g1", "spread"): "approved", ("g2", "spread"): "proposed", ("g2", "total"): "proposed",
        ("g3", "spread"): "shadow",
    }  # fmt: skip
    assert ready(week) == ["g1"]


def test_a_named_game_is_approved_however_large_and_said_to_be(week: Ledger, command: Command) -> None:
    code, out, _ = command("--game", "g2")
    assert code == 0
    assert "Approved 2 of 2 bets" in out
    assert "Over 2.5 % of the bankroll, and approved by naming the game:\n  --game g2: 2 bets, 3.1 %" in out
    assert ready(week) == ["g2", "g2"]


def test_approving_twice_changes_nothing_and_still_lists_what_waits(week: Ledger, command: Command) -> None:
    command()
    before = week.bets(league="nfl", policy="default")
    code, out, _ = command()
    assert (code, out.splitlines()[0].split(",")[0]) == (0, "Approved 0 of 1 bets")
    assert out.splitlines()[-1] == "  --game g2: 2 bets, 3.1 % of the bankroll"
    pd.testing.assert_frame_equal(week.bets(league="nfl", policy="default"), before)


def test_a_shadow_bet_stays_one_whoever_names_it(week: Ledger, command: Command) -> None:
    code, _, error = command("--game", "g3")
    assert code == 1
    assert "g3 spread home is shadow" in error
    assert ready(week) == []


def test_a_bet_placed_before_marks_existed_must_be_named(week: Ledger, command: Command) -> None:
    with week._engine.begin() as connection:
        connection.execute(sa.text("UPDATE weekly_bets SET needs_approval = NULL"))
    code, _, error = command()
    assert code == 1
    assert "Every bet left to approve passes 2.5 % of the bankroll and must be named" in error
    assert "--game g1: 1 bet, 1.0 %" in error
    assert command("--game", "g1")[0] == 0
    assert ready(week) == ["g1"]


def test_nothing_is_ready_while_betting_is_halted(week: Ledger, command: Command) -> None:
    command("--game", "g2")
    assert ready(week, halted=True) == []
    assert ready(week) == ["g2", "g2"]


def test_picks_say_who_approved_and_what_must_be_named(week: Ledger, command: Command) -> None:
    command("--game", "g2")
    picks = exported(week.bets(league="nfl", policy="default"), halted=False)
    assert list(picks.columns) == list(PICK_COLUMNS)
    assert picks["needs_approval"].tolist() == [False, True, True, False]
    assert picks["approved_by"].fillna("").tolist() == ["", "a person", "a person", ""]
