"""The future of the real league may be anything as well: one week of 2024, to the byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.clock import Week
from workbench.stages.replay import replay_week

pytestmark = pytest.mark.real


def test_the_real_week_as_played_is_the_week_replayed(real_league: Any, tmp_path: Path) -> None:
    """Week 10 of 2024: every price, bet, forecast and exclusion, to the last bit; and the digest."""
    copy = tmp_path / "ledger.sqlite"
    copy.write_bytes((real_league.settings.league_artifacts / "ledger.sqlite").read_bytes())
    settings = real_league.settings.model_copy(update={"ledger": f"sqlite:///{copy}"})
    found = replay_week(settings, Week(2024, 10))
    assert found.same, found.differences.to_string()
    assert found.played.digest == found.slip.digest
    assert set(found.played.frames) == {"slip", "bets", "prices", "forecasts", "excluded"}
    assert len(found.slip.bets) > 0


def test_with_every_later_row_bent_the_real_week_is_still_the_slip_its_stages_left(
    real_week: Any, real_league: Any, bent: Any, slip: Any, account: Any
) -> None:
    """Fitted, drawn and decided anew in one process; the stages did it in three, on facts with the true future."""
    for name, frame in real_league.tables.items():
        assert (frame["known_at"] > real_league.instant).any(), name
    tables = bent(real_league.tables, instant=real_league.instant, seed=11)
    stood = account(real_league)
    again = slip(
        real_league.view(tables),
        real_league,
        bankroll=stood.bankroll,
        open_by_game=stood.open_by_game,
        controls=stood.controls,
    )
    left = json.loads((real_week.artifacts / "predictions" / "2024_week10" / "metadata.json").read_text())
    assert len(again.bets) > 0
    assert again.digest == left["slip"]
