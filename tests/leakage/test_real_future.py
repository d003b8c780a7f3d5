"""The future of the real league may be anything as well: one week of 2024, to the byte."""

from pathlib import Path
from typing import Any

import pytest

from workbench.store.tables import FactStore, write_facts

pytestmark = pytest.mark.real


def test_no_later_row_of_the_real_league_moves_the_slip(real_league: Any, bent: Any, slip: Any, tmp_path: Path) -> None:
    """The stage's own slip, made from files that hold the future, equals one made from another future."""
    tables = bent(real_league.tables, instant=real_league.instant, seed=11)
    for name, frame in real_league.tables.items():
        assert (frame["known_at"] > real_league.instant).any(), name
    store = FactStore(tmp_path, write_facts(tmp_path, tables))
    account = {"bankroll": 1000.0}
    one = slip(real_league.view(), real_league, **account)
    other = slip(store.as_of(real_league.instant), real_league, **account)
    assert len(one.bets) > 0
    assert other.to_bytes() == one.to_bytes()
