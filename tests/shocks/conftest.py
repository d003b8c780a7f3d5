"""Two teams, AAA at home to BBB every Sunday of 2023, and one player whose every week a test writes down."""

from collections.abc import Callable, Mapping

import pandas as pd
import pytest

from workbench.store.frames import conform

#: A week of a player: team, roster status, status code, snap share (None: no snap), report (None: not on it; "": on it
#: without a designation).
State = tuple[str, str, str, float | None, str | None]
TEAMS = ("AAA", "BBB")
#: Sunday of week 1, 13:00 Eastern.
OPENING = {2023: pd.Timestamp("2023-09-10T17:00:00+00:00"), 2024: pd.Timestamp("2024-09-08T17:00:00+00:00")}


def _kickoff(season: int, week: int) -> pd.Timestamp:
    return OPENING[season] + pd.Timedelta(weeks=week - 1)


def _games(season: int, weeks: tuple[int, ...]) -> pd.DataFrame:
    rows = [
        {
            "game_id": f"{season}_{week:02d}_BBB_AAA", "season": season, "week": week, "game_type": "REG",
            "kickoff_utc": _kickoff(season, week), "home_team": "AAA", "away_team": "BBB", "neutral": False,
            "known_at": pd.Timestamp(f"{season}-05-15T10:00:00+00:00"),
        }
        for week in weeks
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _rows(season: int, week: int, *, name: str, position: str, state: State) -> dict[str, dict[str, object]]:
    """The rows of one player's week, by table; a Friday report two days before kick-off."""
    team, status, code, share, report = state
    kick = _kickoff(season, week)
    who = {"season": season, "week": week, "team": team, "player_id": f"id-{name}", "player_name": name}
    who |= {"position": position, "known_at": kick}
    out: dict[str, dict[str, object]] = {
        "rosters": who | {"status": status, "status_code": code, "pfr_id": f"pfr-{name}"}
    }
    if share is not None:
        game = {"game_id": f"{season}_{week:02d}_BBB_AAA", "pfr_id": f"pfr-{name}", "offense_share": share}
        out["snaps"] = who | game | {"known_at": kick + pd.Timedelta(days=2)}
    if report is not None:
        out["injuries"] = who | {"report_status": report or None, "known_at": kick - pd.Timedelta(days=2)}
    return out


@pytest.fixture
def personnel() -> Callable[..., dict[str, pd.DataFrame]]:
    """Make the facts of one player's season; a team-mate of each team plays every game, so that snaps are counted."""

    def made(
        states: Mapping[int, State],
        *,
        season: int = 2023,
        position: str = "WR",
        weeks: tuple[int, ...] = tuple(range(1, 13)),
    ) -> dict[str, pd.DataFrame]:
        always = [
            _rows(season, week, name=f"Always {team}", position="C", state=(team, "ACT", "A01", 1.0, None))
            for week in weeks
            for team in TEAMS
        ]
        his = [_rows(season, week, name="The Player", position=position, state=state) for week, state in states.items()]
        tables = {
            name: pd.DataFrame([row[name] for row in [*always, *his] if name in row], columns=None)
            for name in ("rosters", "snaps", "injuries")
        }
        if tables["injuries"].empty:
            columns = ["season", "week", "team", "player_id", "known_at"]
            tables["injuries"] = pd.DataFrame({name: [] for name in columns})
        return {name: conform(frame, name=name) for name, frame in {**tables, "games": _games(season, weeks)}.items()}

    return made
