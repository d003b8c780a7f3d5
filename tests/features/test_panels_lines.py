"""One opener and one close a game: which source, which instant, and when a move may be spoken of. Values are exact."""

import pandas as pd
import pytest

from tests.features.panel_league import game, quote, stamped
from workbench.features.panels.lines import panel_lines

GAME = game(2024, 5, "A", "B")
KICK = pd.Timestamp(str(GAME["kickoff_utc"]))
HOUR = pd.Timedelta(hours=1)


def lines(*quotes: dict[str, object], market: str = "spread") -> pd.Series:
    found = panel_lines(stamped(list(quotes)), stamped([GAME]), market=market)  # type: ignore[arg-type]
    assert len(found) == 1
    return found.iloc[0]


def test_one_source_gives_both_ends_and_the_move_between_them() -> None:
    row = lines(
        quote(GAME, line=3.0, kind="open", source="legacy"),
        quote(GAME, line=4.5, kind="close", source="legacy"),
        quote(GAME, line=5.0, kind="close", source="schedule_close"),
    )
    assert (row["open_line"], row["close_line"], row["move"]) == (3.0, 4.5, 1.5)
    assert (row["open_source"], row["close_source"]) == ("legacy", "legacy")
    assert row["open_instant_assumed"]


def test_a_move_across_sources_is_no_move() -> None:
    row = lines(
        quote(GAME, line=3.0, kind="open", source="draftkings"),
        quote(GAME, line=4.5, kind="close", source="schedule_close"),
    )
    assert (row["open_line"], row["close_line"], row["close_source"]) == (3.0, 4.5, "schedule_close")
    assert pd.isna(row["move"])


def test_without_a_real_opener_there_is_a_close_and_nothing_else() -> None:
    row = lines(quote(GAME, line=4.5, kind="close", source="legacy"))
    assert row["close_line"] == 4.5
    assert row[["open_line", "open_source", "open_recorded_at", "open_instant_assumed", "move"]].isna().all()


def test_a_source_whose_last_state_is_stale_does_not_close() -> None:
    stale = quote(GAME, line=6.0, kind="live", source="draftkings", recorded_at=KICK - 4 * HOUR)
    opener = quote(GAME, line=3.0, kind="open", source="draftkings")
    close = quote(GAME, line=4.5, kind="close", source="schedule_close")
    assert lines(opener, stale, close)["close_source"] == "schedule_close"
    fresh = stale | {"recorded_at": KICK - 2 * HOUR}
    assert lines(opener, fresh, close)[["close_line", "move"]].to_list() == [6.0, 3.0]


def test_a_state_after_kick_off_is_never_the_close() -> None:
    before = quote(GAME, line=4.0, kind="live", source="consensus", recorded_at=KICK - HOUR)
    after = quote(GAME, line=17.0, kind="live", source="consensus", recorded_at=KICK + HOUR)
    assert lines(before, after)["close_line"] == 4.0


def test_a_source_with_both_ends_goes_before_a_preferred_one_with_an_opener_alone() -> None:
    row = lines(
        quote(GAME, line=3.0, kind="open", source="draftkings"),
        quote(GAME, line=2.5, kind="open", source="consensus"),
        quote(GAME, line=2.0, kind="live", source="consensus"),
        quote(GAME, line=9.0, kind="close", source="schedule_close"),
    )
    assert (row["open_source"], row["close_source"], row["move"]) == ("consensus", "consensus", -0.5)


def test_the_first_of_a_source_s_openers_counts() -> None:
    late = quote(GAME, line=7.0, kind="open", source="fanduel", recorded_at=KICK - 30 * HOUR, instant_assumed=False)
    early = quote(GAME, line=6.0, kind="open", source="fanduel", recorded_at=KICK - 90 * HOUR, instant_assumed=False)
    row = lines(late, early)
    assert row["open_line"] == 6.0
    assert not row["open_instant_assumed"]
    assert pd.isna(row["close_line"])


@pytest.mark.parametrize("source", ["books_open", "books_consensus", "somebody"])
def test_a_source_that_is_not_named_gives_no_line(source: str) -> None:
    both = [quote(GAME, line=3.0, kind=kind, source=source) for kind in ("open", "close")]
    assert panel_lines(stamped(both), stamped([GAME]), market="spread").empty


def test_the_markets_are_kept_apart() -> None:
    spread = quote(GAME, line=3.0, kind="close", source="legacy")
    total = quote(GAME, line=44.5, kind="close", source="legacy", market="total")
    assert lines(spread, total)["close_line"] == 3.0
    assert lines(spread, total, market="total")["close_line"] == 44.5
