"""What reports known at an instant say about the starter candidates, and the forecast starters in words."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from workbench.clock import AsOf
from workbench.features.rating_data import Floats, Integers, RatingData, rating_data
from workbench.features.starters import Candidates, fit_starters, starter_candidates, starter_probabilities

#: What a game status leaves of a candidate's chance: doubtful players play about one time in twenty.
REPORT_LEAVES = {"Out": 0.0, "Doubtful": 0.05}
#: Roster states of a man who cannot play; he may be back by the next game, so a little is left.
RESERVE_STATES = frozenset({"RES", "PUP", "NFI", "NON", "SUS", "EXE", "RET", "CUT", "RSN", "RSR", "NWT"})
RESERVE_LEAVES = 0.05

Basis = Literal["last starter", "injury report", "reserve", "depth", "unknown"]


@dataclass(frozen=True, slots=True)
class Availability:
    """What reports leave of each candidate, and which report said so.

    Attributes
    ----------
    leaves : ndarray, shape (n_candidates,)
        1 untouched, 0 ruled out.
    report : ndarray of str, shape (n_candidates,)
        ``injury report``, ``reserve``, or empty.
    """

    leaves: Floats
    report: np.ndarray


def availability(view: AsOf, candidates: Candidates, *, data: RatingData, asked: Integers) -> Availability:
    """Read injury reports and rosters known to a view for the candidates of some games.

    Parameters
    ----------
    view : AsOf
    candidates : Candidates
    data : RatingData
    asked : ndarray of int64
        Game numbers; the candidates of other games are left untouched.
    """
    leaves, report = np.ones(len(candidates.side)), np.full(len(candidates.side), "", dtype=object)
    rows = np.flatnonzero(np.isin(candidates.side // 2, asked) & (candidates.player >= 0))
    if len(rows):
        frame = _named(candidates, data, rows=rows)
        seasons = sorted(set(frame["season"].tolist()))
        for name, table, factor in (
            ("reserve", _reserves(view, seasons), RESERVE_LEAVES),
            ("injury report", _reports(view, seasons), None),
        ):
            keys = ["season", "team", "player_id"] + (["week"] if name == "injury report" else [])
            hit = frame.merge(table, on=keys, how="left", suffixes=("", "_known"))
            found = hit["status"].notna().to_numpy()
            if name == "reserve":
                found = found & (hit["week_known"] <= hit["week"]).to_numpy()
            value = (
                np.full(len(hit), factor) if factor is not None else hit["status"].map(REPORT_LEAVES).to_numpy(float)
            )
            leaves[rows[found]], report[rows[found]] = value[found], name
    return Availability(leaves, report)


def _named(candidates: Candidates, data: RatingData, *, rows: Integers) -> pd.DataFrame:
    side = candidates.side[rows]
    frame = data.games[["season", "week"]].iloc[side // 2].reset_index(drop=True)
    frame["team"] = np.array(data.teams, dtype=object)[data.team[side]]
    frame["player_id"] = np.array(data.players, dtype=object)[candidates.player[rows]]
    return frame


def _reports(view: AsOf, seasons: list[int]) -> pd.DataFrame:
    """Return the last known report of each player and week, where it rules him out or nearly so."""
    columns = ["season", "week", "team", "player_id", "status"]
    if not view.has("injuries"):
        return pd.DataFrame(columns=columns)
    known = view.table("injuries", seasons=seasons)
    if "report_status" not in known.columns or known.empty:
        return pd.DataFrame(columns=columns)
    last = known.sort_values("known_at", kind="stable").drop_duplicates(columns[:4], keep="last")
    return last[last["report_status"].isin(REPORT_LEAVES)].rename(columns={"report_status": "status"})[columns]


def _reserves(view: AsOf, seasons: list[int]) -> pd.DataFrame:
    """Return who was on a reserve list in the last roster known of his team and season."""
    columns = ["season", "week", "team", "player_id", "status"]
    if not view.has("rosters"):
        return pd.DataFrame(columns=columns)
    known = view.table("rosters", seasons=seasons)
    if "status" not in known.columns or known.empty:
        return pd.DataFrame(columns=columns)
    newest = known.groupby(["season", "team"])["week"].transform("max")
    last = known[known["week"] == newest].drop_duplicates(["season", "team", "player_id"])
    return last[last["status"].isin(RESERVE_STATES)][columns]


def forecast_starters(view: AsOf, games: pd.DataFrame, *, coefficients: Floats | None = None) -> pd.DataFrame:
    """Forecast who starts at quarterback, from what was known at the view's instant.

    Parameters
    ----------
    view : AsOf
    games : DataFrame
        Rows of the ``games`` table; only ``game_id`` is read.
    coefficients : ndarray, optional
        From ``fit_starters``; default: fitted on the seasons before the first of these games.

    Returns
    -------
    DataFrame, two rows a game, home first
        ``game_id, team, quarterback_id, quarterback_name, chance, basis``; basis is ``last starter``, ``injury report``
        or ``reserve`` (the last starter is reported out), ``depth`` (the model prefers another) or ``unknown``.
    """
    data = rating_data(
        view.table("games"),
        view.table("results"),
        starters=view.table("starters") if view.has("starters") else None,
        player_weeks=view.table("player_weeks") if view.has("player_weeks") else None,
    )
    asked = np.flatnonzero(data.games["game_id"].isin(games["game_id"]).to_numpy())
    candidates = starter_candidates(data)
    if coefficients is None:
        coefficients = fit_starters(candidates, data, before_season=int(data.season[asked].min()))
    evidence = availability(view, candidates, data=data, asked=asked)
    chance = starter_probabilities(candidates, coefficients, leaves=evidence.leaves)
    return named_starters(data, candidates, games=asked, chance=chance, evidence=evidence)


def named_starters(
    data: RatingData, candidates: Candidates, *, games: Integers, chance: Floats, evidence: Availability
) -> pd.DataFrame:
    """Name the likeliest candidate of each side and the reason (columns: ``forecast_starters``)."""
    rows = []
    for side in np.stack([2 * games, 2 * games + 1], axis=1).ravel():
        first, last = np.searchsorted(candidates.side, [side, side + 1])
        named = np.arange(first, last)[candidates.player[first:last] >= 0]
        best = named[np.argmax(chance[named])] if len(named) else -1
        player = int(candidates.player[best]) if best >= 0 and chance[best] > 0 else -1
        before = int(candidates.last_starter[side])
        reports = evidence.report[named][candidates.player[named] == before]
        said = str(reports[0]) if len(reports) else ""
        identity = data.players[player] if player >= 0 else None
        rows.append(
            {
                "game_id": data.games["game_id"].iloc[side // 2],
                "team": data.teams[data.team[side]],
                "quarterback_id": identity,
                "quarterback_name": data.names.get(identity) if identity else None,
                "chance": float(chance[best]) if player >= 0 else np.nan,
                "basis": _basis(player, before, said=said),
            }
        )
    return pd.DataFrame(rows)


def _basis(player: int, before: int, *, said: str) -> Basis:
    if player < 0:
        return "unknown"
    if player == before:
        return "last starter"
    if said == "injury report":
        return "injury report"
    return "reserve" if said == "reserve" else "depth"
