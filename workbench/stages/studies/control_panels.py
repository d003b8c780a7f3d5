"""The panels that synthetic controls are studied on: a file's, the league's own, or one simulated with known truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from workbench.causal.controls.control_panel import ControlPanel, control_panel
from workbench.clock import AsOf
from workbench.errors import FormatError, SettingsError

_SIMULATED_EFFECT: Final = -6.0
_BEFORE, _AFTER, _DONORS = 20, 10, 20
#: A change of coach is studied with at least this many games before and after it.
_GAMES_BEFORE, _GAMES_AFTER = 5, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StudiedPanel:
    """A panel and where it is from.

    Attributes
    ----------
    panel : ControlPanel
    source : str
        In words.
    outcome : str
        What is measured, for axes.
    truth : float or None
        The planted effect, where there is one.
    """

    panel: ControlPanel
    source: str
    outcome: str
    truth: float | None = None


def read_panel(path: Path) -> pd.DataFrame:
    """Read a panel: .parquet, .dta (Stata), or text with commas, semicolons or tabs.

    Raises
    ------
    FormatError
        If the file cannot be read as a table.
    """
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.suffix == ".dta":
            return pd.read_stata(path, convert_categoricals=False)
        text = path.read_bytes()
        encoding = "utf-8-sig" if _is_utf8(text) else "latin-1"
        header = text.split(b"\n", 1)[0].decode(encoding)
        return pd.read_csv(path, sep=max(",;\t", key=header.count), encoding=encoding)
    except (ValueError, OSError) as error:
        raise FormatError(f"{path.name} cannot be read as a table: {error}.") from error


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def file_panel(
    path: Path, *, unit: str, time: str, outcome: str, treated_unit: str, treatment_time: str, exclude: Sequence[str]
) -> StudiedPanel:
    """Read a panel from a file.

    Raises
    ------
    SettingsError
        If not all of what names the panel's parts is given.
    """
    asked = {"unit": unit, "time": time, "outcome": outcome, "treated_unit": treated_unit}
    missing = [name for name, value in (asked | {"treatment_time": treatment_time}).items() if not value]
    frame = read_panel(path)
    if missing:
        raise SettingsError(
            f"A panel also needs {', '.join(missing)} (--set NAME=VALUE). Its columns: {', '.join(map(str, frame))}."
        )
    panel = control_panel(frame, **asked, treatment_time=treatment_time, exclude=exclude)
    return StudiedPanel(panel=panel, source=f"one of {len(panel.donors) + 1} units, given as a file", outcome=outcome)


def league_panel(view: AsOf) -> StudiedPanel | None:
    """Return the first change of coach within a season as a panel of margins by game number; None where there is none.

    The team is beside teams of the same season that kept their coach; the n-th game of each stands beside the others'.
    """
    if not view.has("starters") or not view.has("results"):
        return None
    rows = _team_games(view)
    for season, games in rows.groupby("season"):
        paths = games.groupby("team")
        changed = {str(t): n for t, n in ((t, _first_change(g)) for t, g in paths) if n is not None}
        usable = [t for t, n in changed.items() if n > _GAMES_BEFORE and int(paths.size()[t]) - n >= _GAMES_AFTER]
        if not usable:
            continue
        team = min(
            usable, key=lambda t: games.loc[(games["team"] == t) & (games["number"] == changed[t]), "kickoff"].iloc[0]
        )
        last = int(paths.size().min())
        kept = games[(games["number"] <= last) & ~games["team"].isin([t for t in changed if t != team])]
        panel = control_panel(
            kept, unit="team", time="number", outcome="margin", treated_unit=team, treatment_time=str(changed[team])
        )
        source = f"the league's own: {team} of {season}, coached by another from its game {changed[team]} on"
        return StudiedPanel(panel=panel, source=source, outcome="margin in points")
    return None


def _team_games(view: AsOf) -> pd.DataFrame:
    games = view.table("games").merge(view.table("results")[["game_id", "home_score", "away_score"]], on="game_id")
    games = games[games["game_type"] == "REG"]
    sides = [
        pd.DataFrame({"game_id": games["game_id"], "season": games["season"], "kickoff": games["kickoff_utc"],
                      "team": games[f"{side}_team"],
                      "margin": (games["home_score"] - games["away_score"]) * sign})
        for side, sign in (("home", 1.0), ("away", -1.0))
    ]  # fmt: skip
    starters = view.table("starters")
    coaches = (
        starters[["game_id", "team", "coach"]]
        if "coach" in starters
        else starters[["game_id", "team"]].assign(coach="")
    )
    rows = pd.concat(sides).merge(coaches.drop_duplicates(["game_id", "team"]), on=["game_id", "team"], how="left")
    rows = rows.sort_values(["team", "kickoff"], kind="stable").reset_index(drop=True)
    return rows.assign(number=1 + rows.groupby(["season", "team"]).cumcount())


def _first_change(games: pd.DataFrame) -> int | None:
    """Return the number of the first game under another coach than the first game's; None where there is none."""
    coaches = games["coach"].fillna("").astype(str).to_numpy()
    changed = np.flatnonzero((coaches != coaches[0]) & (coaches != "")) if coaches[0] else np.array([], dtype=int)
    return int(games["number"].to_numpy()[changed[0]]) if changed.size else None


def simulated_panel(seed: int) -> StudiedPanel:
    """Return a seeded panel with known truth: two common factors, the treated unit inside its donors' hull."""
    rng = np.random.default_rng(seed)
    n_times = _BEFORE + _AFTER
    factors = np.cumsum(rng.normal(0.0, 1.0, size=(n_times, 2)), axis=0)
    loadings = rng.uniform(0.0, 2.0, size=(_DONORS, 2))
    mix = rng.dirichlet(np.full(4, 2.0))
    every = np.vstack([mix @ loadings[:4], loadings])
    paths = 50.0 + factors @ every.T + rng.normal(0.0, 0.7, size=(n_times, _DONORS + 1))
    paths[_BEFORE:, 0] += _SIMULATED_EFFECT
    names = ["treated", *(f"donor {i + 1}" for i in range(_DONORS))]
    wide = pd.DataFrame(paths, columns=names, index=pd.RangeIndex(1, n_times + 1, name="time"))
    long = wide.reset_index().melt(id_vars="time", var_name="unit", value_name="outcome")
    panel = control_panel(
        long, unit="unit", time="time", outcome="outcome", treated_unit="treated", treatment_time=str(_BEFORE + 1)
    )
    source = f"simulated with a planted effect of {_SIMULATED_EFFECT:g}"
    return StudiedPanel(panel=panel, source=source, outcome="outcome", truth=_SIMULATED_EFFECT)
