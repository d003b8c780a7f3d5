"""From events to games: signs, horizons and censoring are whole numbers, compared exactly."""

import pandas as pd

from workbench.shocks.events import typed_events
from workbench.shocks.exposure import exposures
from workbench.store.frames import conform


def season(*, weeks: int = 5) -> pd.DataFrame:
    kick = pd.Timestamp("2022-09-11 17:00", tz="UTC")
    rows = [
        {
            "game_id": f"2022_{w:02d}", "season": 2022, "week": w, "game_type": "REG",
            "kickoff_utc": kick + pd.Timedelta(weeks=w - 1), "home_team": "KC" if w % 2 else "BUF",
            "away_team": "BUF" if w % 2 else "KC", "neutral": False, "known_at": kick,
        }
        for w in range(1, weeks + 1)
    ]  # fmt: skip
    return conform(pd.DataFrame(rows), name="games")


def event(
    kind: str, week: int, *, last: int | None = None, team: str | None = "KC", **more: object
) -> dict[str, object]:
    row = {
        "event_id": f"{kind}_{week}",
        "type": kind,
        "cause": "c",
        "season": 2022,
        "week": week,
        "game_id": f"2022_{week:02d}",
    }
    return row | {"team": team, "last_week": last, "dose": 1.0, "anticipation": "unknown"} | more


def exposed(*events: dict[str, object]) -> pd.DataFrame:
    return exposures(typed_events(pd.DataFrame(events)), season())


def test_a_shock_to_both_teams_is_one_row_without_a_sign() -> None:
    out = exposed(event("wind", 2, team=None))
    assert out[["game_id", "sign", "horizon"]].to_numpy().tolist() == [["2022_02", 0, 0]]


def test_the_sign_says_who_is_at_home() -> None:
    out = exposed(event("quarterback_exit", 2, last=4))
    assert out["week"].tolist() == [2, 3, 4]
    assert out["sign"].tolist() == [-1, 1, -1]
    assert out["horizon"].tolist() == [0, 1, 2]


def test_a_return_or_a_bye_touches_one_game_whatever_its_last_week() -> None:
    out = exposed(event("quarterback_return", 2, last=5), event("bye", 3, last=5))
    assert out["week"].tolist() == [3, 2]


def test_an_absorbing_shock_lasts_and_the_second_of_its_kind_censors_it() -> None:
    first, second = (event("coaching_change", w, detail="mid_season") for w in (2, 4))
    out = exposed(first, second)
    assert out["event_id"].unique().tolist() == ["coaching_change_2"]
    assert out["censored"].tolist() == [False, False, True, True]


def test_another_kind_does_not_censor() -> None:
    out = exposed(event("coaching_change", 2, detail="mid_season"), event("trade_in", 4, detail="star"))
    assert not out["censored"].any()


def test_an_absence_of_unknown_length_is_its_first_game_alone() -> None:
    assert exposed(event("injury", 3))["week"].tolist() == [3]
