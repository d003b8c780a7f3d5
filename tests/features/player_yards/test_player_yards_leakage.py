"""No feature knows what was not known: the future perturbed, and the past seen from later.

Equality is exact: a row's features are computed from the same numbers in the same order, or they are not.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.features.player_yards.small_league import OPENING, Tables, as_of, random_league
from workbench.features.player_yards import PlayerYards, player_yards, team_games
from workbench.features.player_yards.team_games import CUTOFFS, Cutoff

KEY = ["game_id", "team", "player_id"]
INACTIVES = pd.Timedelta(minutes=90)
EXAMPLES = 3  # a league of 24 games each; the seeds beyond add nothing but time


def true_cutoffs(rows: pd.DataFrame, cutoff: Cutoff) -> "pd.Series[pd.Timestamp]":
    """The cutoffs counted here, not by the code that is tested."""
    if cutoff == "kickoff_minus_90":
        return rows["kickoff_utc"] - INACTIVES
    opening = rows["season"].map({season: pd.Timestamp(day) for season, day in OPENING.items()})
    days = (rows["kickoff_utc"].dt.tz_convert("America/New_York").dt.tz_localize(None).dt.normalize() - opening).dt.days
    wednesday = opening + pd.to_timedelta((days + 5) // 7 * 7 - 4, unit="D") + pd.Timedelta(hours=12)
    return wednesday.dt.tz_localize("America/New_York").dt.tz_convert("UTC").astype(rows["kickoff_utc"].dtype)


def perturbed(tables: Tables, instant: pd.Timestamp, *, cutoff: Cutoff, rng: np.random.Generator) -> Tables:
    """Change every number and state of every fact known after the instant, the schedule apart.

    The game-day roster counts as known 90 minutes before the kick-off it is dated by, as the inactives are.
    """
    out = {}
    for name, table in tables.items():
        lead = INACTIVES if name == "rosters" and cutoff == "kickoff_minus_90" else pd.Timedelta(0)
        late = table["known_at"] - lead > instant
        changed = table.copy()
        for column in table.columns.intersection(
            ["carries", "rushing_yards", "line", "offense_snaps", "offense_share"]
        ):
            changed.loc[late, column] = rng.integers(1, 60, int(late.sum())).astype(float)
        for column, states in {"status": ["ACT", "INA", "RES"], "report_status": ["Out", "Questionable"]}.items():
            if column in table:
                changed.loc[late, column] = rng.choice(states, int(late.sum()))
        out[name] = changed
    return out


def features(found: PlayerYards) -> pd.DataFrame:
    return found.rows.set_index(KEY)[["earlier_games", "role", *found.features]]


def moved_rows(tables: Tables, instant: pd.Timestamp, *, cutoff: Cutoff, seed: int) -> tuple[int, int]:
    """How many rows whose cutoff has passed are there both times, and how many of them moved."""
    later = perturbed(tables, instant, cutoff=cutoff, rng=np.random.default_rng(seed))
    before, after = (player_yards(facts, target="rushing_yards", cutoff=cutoff) for facts in (tables, later))
    passed = before.rows[true_cutoffs(before.rows, cutoff) <= instant]
    whole, again = features(before), features(after)
    both = pd.MultiIndex.from_frame(passed[KEY]).intersection(again.index)
    a, b = whole.loc[both], again.loc[both]
    return len(both), int((~(a.eq(b) | (a.isna() & b.isna()))).any(axis=1).sum())


def instant_of(tables: Tables, cutoff: Cutoff, *, seed: int) -> pd.Timestamp:
    """The cutoff of a game of the last season's later weeks, so that there are reports and rosters on both sides."""
    games = tables["games"]
    late = games[games["season"].eq(2021) & games["week"].ge(3)].reset_index(drop=True)
    return true_cutoffs(late, cutoff).iloc[seed % len(late)]


@pytest.mark.parametrize("cutoff", CUTOFFS)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=EXAMPLES, deadline=None)
def test_facts_known_after_a_rows_cutoff_never_move_its_features(cutoff: Cutoff, seed: int) -> None:
    tables = random_league(seed)
    rows, moved = moved_rows(tables, instant_of(tables, cutoff, seed=seed), cutoff=cutoff, seed=seed)
    assert rows > 20
    assert moved == 0


@pytest.mark.parametrize("cutoff", CUTOFFS)
def test_a_planted_leak_is_seen(monkeypatch: pytest.MonkeyPatch, cutoff: Cutoff) -> None:
    honest = team_games.cutoff_instants
    week = pd.Timedelta(days=9)  # features end after the game's own stats are out
    monkeypatch.setattr(team_games, "cutoff_instants", lambda kicks, *, cutoff: honest(kicks, cutoff=cutoff) + week)
    monkeypatch.setattr(team_games, "MINIMUM_LEAD", -2 * week)
    tables = random_league(3)
    assert moved_rows(tables, instant_of(tables, cutoff, seed=3), cutoff=cutoff, seed=3)[1] > 0


@pytest.mark.parametrize("cutoff", CUTOFFS)
@pytest.mark.parametrize("week", [2, 5])
def test_the_past_seen_from_later_is_the_past_seen_then(cutoff: Cutoff, week: int) -> None:
    tables = random_league(11)
    games = tables["games"]
    own = games[games["season"].eq(2021) & games["week"].eq(week)]
    instant = true_cutoffs(own.reset_index(drop=True), cutoff).min()
    whole = player_yards(tables, target="rushing_yards", cutoff=cutoff)
    then = player_yards(as_of(tables, instant), target="rushing_yards", cutoff=cutoff)
    past = then.rows["yards"].notna()
    assert past.sum() > 20
    seen = features(then)
    pd.testing.assert_frame_equal(
        seen[past.to_numpy()], features(whole).loc[seen.index[past.to_numpy()]], check_exact=True
    )


def test_on_wednesday_a_row_to_come_has_the_features_it_will_be_judged_by() -> None:
    tables = random_league(12)
    instant = true_cutoffs(
        tables["games"].query("season == 2021 and week == 4").reset_index(drop=True), "wednesday"
    ).max()
    then = player_yards(as_of(tables, instant), target="rushing_yards", cutoff="wednesday")
    ahead = then.rows["yards"].isna() & true_cutoffs(then.rows, "wednesday").le(instant)
    whole = features(player_yards(tables, target="rushing_yards", cutoff="wednesday"))
    both = features(then)[ahead.to_numpy()].index.intersection(whole.index)
    assert len(both) > 4
    pd.testing.assert_frame_equal(features(then).loc[both], whole.loc[both], check_exact=True)


def test_the_order_of_the_facts_does_not_matter() -> None:
    tables = random_league(13)
    shuffled = {name: table.sample(frac=1.0, random_state=1) for name, table in tables.items()}
    a, b = (features(player_yards(facts, target="rushing_yards")) for facts in (tables, shuffled))
    pd.testing.assert_frame_equal(a, b, check_exact=True)
