"""What differs from the facts of the run before is shown with both values; late feeds are named."""

import pandas as pd

from workbench.clock import stats_known_at, utc
from workbench.data.changes import changes
from workbench.data.freshness import stale_feeds

KICKOFF = utc("2024-09-08T17:00:00+00:00")
LONG_AFTER = utc("2024-09-20T12:00:00+00:00")

Facts = dict[str, pd.DataFrame]


def facts(*, weeks: tuple[int, ...] = (1, 1), played: int = 2) -> Facts:
    ids = [f"g{i}" for i in range(len(weeks))]
    games = pd.DataFrame({"game_id": ids, "season": 2024, "week": weeks, "kickoff_utc": KICKOFF})
    results = games.head(played)[["game_id", "season", "week"]].assign(home_score=24, away_score=17)
    return {"games": games, "results": results}


def kinds(before: Facts, after: Facts) -> list[tuple[str, str, str, str]]:
    return [(c["kind"], c["game_id"], c["before"], c["after"]) for c in changes(before, after)]


def test_equal_facts_show_no_change() -> None:
    assert changes(facts(), facts()) == ()
    assert changes({}, facts()) == ()


def test_a_game_that_vanished_is_named() -> None:
    before, after = facts(), facts()
    after = {name: frame.iloc[:1] for name, frame in after.items()}
    assert kinds(before, after) == [("vanished game", "g1", "week 1", "not in the schedule")]


def test_a_game_moved_to_another_week_is_reported_once_and_keeps_its_id() -> None:
    after = facts(weeks=(1, 2))
    after["games"].loc[1, "kickoff_utc"] += pd.Timedelta(days=7)
    assert kinds(facts(), after) == [("moved to another week", "g1", "week 1", "week 2")]


def test_a_moved_kickoff_shows_both_instants() -> None:
    after = facts()
    after["games"].loc[0, "kickoff_utc"] += pd.Timedelta(hours=3)
    assert kinds(facts(), after) == [
        ("moved kick-off", "g0", "2024-09-08T17:00:00+00:00", "2024-09-08T20:00:00+00:00"),
    ]


def test_a_changed_and_a_withdrawn_score_show_what_they_were() -> None:
    after = facts(played=1)
    after["results"]["home_score"] = 23
    assert kinds(facts(), after) == [
        ("withdrawn score", "g1", "24-17", "no score"),
        ("changed score", "g0", "24-17", "23-17"),
    ]


def test_a_season_that_is_new_or_gone_is_no_change() -> None:
    after = {name: frame.assign(season=2025) for name, frame in facts().items()}
    assert changes(facts(), after) == ()


def test_a_finished_game_without_a_score_makes_the_results_late() -> None:
    late = stale_feeds(facts(played=1), as_of=LONG_AFTER)
    assert [(note.feature, note.reason) for note in late] == [
        ("results, week 1", "1 finished games are not in the feed yet"),
    ]
    assert stale_feeds(facts(), as_of=LONG_AFTER) == []


def test_a_score_has_a_day_of_patience() -> None:
    assert stale_feeds(facts(played=0), as_of=KICKOFF + pd.Timedelta(hours=20)) == []


def test_plays_are_late_only_from_the_wednesday_after_and_only_where_the_season_has_any() -> None:
    tuesday = stats_known_at(pd.Series([KICKOFF])).iloc[0]
    feed = facts() | {"plays": pd.DataFrame({"game_id": ["g0"], "season": 2024, "week": 1})}
    assert stale_feeds(feed, as_of=tuesday + pd.Timedelta(hours=23)) == []
    late = stale_feeds(feed, as_of=tuesday + pd.Timedelta(hours=25))
    assert [note.feature for note in late] == ["plays, week 1"]
    other = feed | {"plays": feed["plays"].assign(season=2023)}
    assert stale_feeds(other, as_of=LONG_AFTER) == []


def test_stat_lines_of_a_whole_week_may_be_late() -> None:
    feed = facts() | {"player_weeks": pd.DataFrame({"season": [2024], "week": [3]})}
    assert [note.feature for note in stale_feeds(feed, as_of=LONG_AFTER)] == ["player_weeks, week 1"]


def test_a_coming_game_without_a_quote_of_the_last_day_is_counted() -> None:
    wednesday = KICKOFF - pd.Timedelta(days=4)
    quotes = pd.DataFrame({"game_id": ["g0", "g1"], "recorded_at": [wednesday, wednesday - pd.Timedelta(hours=30)]})
    late = stale_feeds(facts(played=0) | {"quotes": quotes}, as_of=wednesday)
    assert [note.reason for note in late] == ["1 of 2 coming games have no quote of the last 24 h"]
    assert stale_feeds(facts(played=0), as_of=wednesday)[0].feature == "fresh quotes"
