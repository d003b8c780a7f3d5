"""Quarterback splits: clean against pressured, the stand-ins and their labels."""

import numpy as np
import pandas as pd
import pytest

from workbench.features.passer_names import match_passers
from workbench.features.quarterbacks import (
    ALL_BASIS,
    BLITZ_BASIS,
    FLAG_BASIS,
    PROXY_BASIS,
    SPLIT_COLUMNS,
    quarterback_splits,
)

PASSERS = {
    "T0": ("P.Ace", "Peter Ace"),
    "T1": ("Q.Bad", "Quentin Bad Jr."),
    "T2": ("R.Mid", "Rob Mid"),
    "T3": ("S.Lo", "Sam Lo"),
}
EPA = {"T0": 0.5, "T1": -0.4, "T2": 0.0, "T3": 0.0}


def quarterback_plays(weeks=8, *, dropped=30, seed=5):
    """Dropbacks with planted EPA, .8 lower under pressure; every tenth is a scramble, every twelfth a sack."""
    rng = np.random.default_rng(seed)
    rows = []
    for season in (2023, 2024):
        for week in range(1, weeks + 1):
            for team, (short, _) in PASSERS.items():
                for play in range(dropped):
                    pressured = play % 4 == 0
                    scrambled, sacked = play % 10 == 9, play % 12 == 11
                    rows.append(
                        {
                            "season": season, "week": week, "game_id": f"{season}_{week:02d}_{team}",
                            "play_id": play + 1,
                            "posteam": team, "defteam": "X", "play_type": "run" if scrambled else "pass", "down": 1.0,
                            "qb_scramble": float(scrambled), "sack": float(sacked), "was_pressure": float(pressured),
                            "passer_player_id": None if scrambled else f"id-{team}",
                            "passer_player_name": None if scrambled else short,
                            "rusher_player_id": f"id-{team}" if scrambled else None,
                            "rusher_player_name": short if scrambled else None,
                            "epa": rng.normal(EPA[team] - 0.8 * pressured, 1.0),
                        }
                    )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def plays():
    return quarterback_plays()


@pytest.fixture(scope="module")
def bare(plays):
    return plays.drop(columns="was_pressure")


@pytest.fixture(scope="module")
def charting(plays):
    return plays[["season", "week", "game_id", "play_id"]].assign(
        blitzers=np.where(plays["play_id"] % 5 == 0, 1.0, 0.0)
    )


@pytest.fixture(scope="module")
def pressures(plays):
    games = plays[["season", "week", "game_id", "posteam"]].drop_duplicates().rename(columns={"posteam": "team"})
    return games.assign(
        player_name=games["team"].map(lambda team: PASSERS[team][1]), times_pressured=6.0, times_blitzed=3.0
    )


def pick(splits, **wanted):
    rows = splits
    for column, value in wanted.items():
        rows = rows[rows[column].eq(value)]
    return rows.set_index("player_id")


def test_the_feeds_flag_splits_clean_from_pressured(plays):
    splits = quarterback_splits(plays, season=2024, week=7).splits
    clean = pick(splits, metric="epa_per_dropback", split="clean")
    pressed = pick(splits, metric="epa_per_dropback", split="pressured")
    assert clean["basis"].eq(FLAG_BASIS).all()
    # 6 games: 132 clean, 48 pressured dropbacks: the gap of .8 has a standard error of .17
    assert (clean["raw"] - pressed["raw"]).mean() == pytest.approx(0.8, abs=3 * 0.17 / 2)
    assert set(splits.loc[splits["metric"].eq("pressure_rate"), "basis"]) == {FLAG_BASIS}


def test_scrambles_and_sacks_count_for_the_quarterback(plays):
    rows = quarterback_splits(plays, season=2024, week=7).splits
    sacks = pick(rows, metric="sack_rate", split="all").loc["id-T0"]
    scrambles = pick(rows, metric="scramble_rate", split="all").loc["id-T0"]
    assert (sacks["n"], scrambles["n"]) == (180, 180)
    assert sacks["raw"] == pytest.approx(2 / 30)
    assert scrambles["raw"] == pytest.approx(3 / 30)


def test_without_the_flag_the_stand_ins_are_labelled(bare, charting, pressures):
    result = quarterback_splits(bare, season=2024, week=7, charting=charting, pressures=pressures)
    assert set(result.splits["basis"]) == {ALL_BASIS, BLITZ_BASIS, PROXY_BASIS}
    assert "blitz split and game pressure rate (proxy)" in result.notes[0]
    proxy = pick(result.splits, metric="pressure_rate", basis=PROXY_BASIS)
    assert proxy["raw"].tolist() == pytest.approx([6 / 30] * 4)
    blitz = pick(result.splits, metric="epa_per_dropback", split="blitz")
    assert blitz["n"].eq(36).all()


def test_with_nothing_to_stand_in_the_note_says_so(bare):
    result = quarterback_splits(bare, season=2024, week=7)
    assert set(result.splits["basis"]) == {ALL_BASIS}
    assert "nothing stands in" in result.notes[0]


def test_rows_are_shrunk_and_ordered_by_their_truth(plays):
    rows = quarterback_splits(plays, season=2024, week=7).splits
    assert list(rows.columns) == list(SPLIT_COLUMNS)
    epa = pick(rows, metric="epa_per_dropback", split="all")
    assert epa.loc["id-T0", "shrunk"] > epa.loc["id-T2", "shrunk"] > epa.loc["id-T1", "shrunk"]
    assert ((epa["shrunk"] - epa["prior_mean"]).abs() < (epa["raw"] - epa["prior_mean"]).abs()).all()
    assert epa["team"].to_dict()["id-T1"] == "T1"


def test_later_weeks_change_nothing(plays):
    later = plays["season"].eq(2024) & plays["week"].ge(7)
    poisoned = plays.assign(epa=plays["epa"].mask(later, 50.0))
    before = quarterback_splits(plays, season=2024, week=7).splits
    pd.testing.assert_frame_equal(quarterback_splits(poisoned, season=2024, week=7).splits, before)


def test_no_named_passer_gives_an_empty_table_and_a_sentence(plays):
    nameless = plays.drop(columns=[name for name in plays if "player" in name])
    result = quarterback_splits(nameless, season=2024, week=7)
    assert result.splits.empty
    assert "No dropbacks" in result.notes[0]


def test_two_passers_of_one_name_in_a_game_are_left_out_rather_than_guessed():
    games = pd.DataFrame({"game_id": "g", "team": "T", "player_name": ["A.Smith", "B.Jones"], "player_id": ["1", "2"]})
    pressures = pd.DataFrame(
        {"game_id": "g", "team": "T", "player_name": ["Alex Smith", "Aaron Smith", "Bo Jones"], "times_pressured": 1.0}
    )
    matched = match_passers(games, pressures=pressures)
    assert matched["player_id"].tolist() == ["2"]
    assert matched["times_blitzed"].isna().all()
