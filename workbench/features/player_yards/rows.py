"""Rows of one target: who was in, what was known by the cutoff, and what he gained.

The same code makes the rows a model learns from, those it is tested on and those of the week ahead: a game to come has
its row from the day the team's last one is known, with ``yards`` null, and gains them later without its features
moving.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.errors import ParameterError, ValidationError
from workbench.features.player_yards.availability import availability
from workbench.features.player_yards.columns import FEATURES, all_features
from workbench.features.player_yards.performances import Zeros, performances, recorded, team_totals
from workbench.features.player_yards.population import KEPT, REASONS, UPCOMING, candidates, known_games, outcomes
from workbench.features.player_yards.snaps import offensive_snaps
from workbench.features.player_yards.targets import YardsTarget, target_named
from workbench.features.player_yards.team_games import CUTOFFS, Cutoff, team_games
from workbench.schema import FACT_TABLES

#: The fact tables that are read; without the first two there are no rows, the others may be absent.
TABLES: Final = ("player_weeks", "games", "results", "snaps", "rosters", "injuries", "quotes")
#: Columns beside the features, and their types.
ROW_COLUMNS: Final[dict[str, str]] = {
    **dict.fromkeys(("player_id", "player_name", "position", "team", "opponent", "game_id"), "str"),
    **{"season": "int64", "week": "int64", "kickoff_utc": "datetime64[us, UTC]", "cutoff_utc": "datetime64[us, UTC]"},
    **{"role": "str", "earlier_games": "int64", "yards": "float64", "volume": "float64"},
}
_PANDAS: Final = {"i": "int64", "f": "float64", "b": "boolean", "s": "str", "t": "datetime64[us, UTC]"}
#: What follows where a table has no rows.
_WITHOUT: Final = {
    "results": "games without results: a game counts as played once it has stat lines",
    "snaps": "no snap counts: a player without a stat line is unknown everywhere, and snap shares are masked",
    "rosters": "no rosters: nobody is known to be inactive, and snap counts have no player",
    "injuries": "no injury reports: the own report is masked, and nobody is ruled out by one",
    "quotes": "no quotes: line and total are masked",
}


@dataclass(frozen=True, slots=True, eq=False)
class PlayerYards:
    """The rows of one target.

    Attributes
    ----------
    rows : DataFrame
        ``ROW_COLUMNS`` and the features, by kick-off, game, team and player; ``yards`` and ``volume`` null where the
        game is still to be played. The selected set of those who got the ball is ``volume >= 1``: it conditions on the
        outcome, for comparison only.
    features : tuple of str
        Float columns, null where masked.
    excluded : DataFrame
        ``reason, season, n``: members of the population that have no row, and why.
    notes : tuple of str
        What is missing and what follows from it.
    """

    rows: pd.DataFrame
    features: tuple[str, ...]
    excluded: pd.DataFrame
    notes: tuple[str, ...]


def player_yards(
    tables: Mapping[str, pd.DataFrame],
    *,
    target: str,
    cutoff: Cutoff = "kickoff_minus_90",
    zeros: Zeros = "snaps",
    seasons: Sequence[int] | None = None,
) -> PlayerYards:
    """Return the rows of one target.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The fact tables ``TABLES``, every season there is, all as of one instant.
    target : str
        A name of ``TARGETS``.
    cutoff : {"kickoff_minus_90", "wednesday"}, default "kickoff_minus_90"
        Where the features of a game end.
    zeros : {"snaps", "stat_rows"}, default "snaps"
        How a missing stat line is read where snaps were counted: as zero yards of who had an offensive snap and void
        of who had none, or as unknown, as it must be before 2021. The second shows what the first is worth.
    seasons : sequence of int, optional
        Return rows of these seasons only; earlier ones still feed their features.

    Returns
    -------
    PlayerYards

    Raises
    ------
    ParameterError
        If the target or the cutoff does not exist.
    ValidationError
        If there are no stat lines or no games, or a season asked for has no row.

    Examples
    --------
    >>> kickoff = pd.to_datetime(["2015-09-13T17:00Z", "2015-09-20T17:00Z"])
    >>> games = pd.DataFrame({
    ...     "game_id": ["2015_01_B_A", "2015_02_A_B"], "season": 2015, "week": [1, 2], "game_type": "REG",
    ...     "kickoff_utc": kickoff, "home_team": ["A", "B"], "away_team": ["B", "A"], "neutral": False,
    ...     "known_at": pd.Timestamp("2015-05-15T10:00Z")})
    >>> weeks = pd.DataFrame({
    ...     "season": 2015, "week": [1], "team": ["A"], "player_id": ["p1"], "player_name": ["P. One"],
    ...     "position": ["RB"], "carries": [20.0], "rushing_yards": [81.0],
    ...     "known_at": pd.Timestamp("2015-09-15T10:00Z")})
    >>> found = player_yards({"games": games, "player_weeks": weeks}, target="rushing_yards")
    >>> found.rows[["game_id", "player_id", "last_volume", "role", "yards"]]
           game_id player_id  last_volume  role  yards
    0  2015_02_A_B        p1         20.0  lead    NaN
    """
    if cutoff not in CUTOFFS:
        raise ParameterError(f"A cutoff is one of {', '.join(CUTOFFS)}, got {cutoff!r}.")
    asked = target_named(target)
    facts = _facts(tables)
    sides = team_games(facts["games"], cutoff=cutoff)
    lines = recorded(facts["player_weeks"], target=asked)
    snaps = offensive_snaps(facts["snaps"], facts["rosters"])
    played = performances(lines, snaps=snaps, sides=sides, target=asked, zeros=zeros)
    totals = team_totals(lines, sides=sides, target=asked)
    members = candidates(played, sides=sides, positions=asked.positions)
    known = availability(members, rosters=facts["rosters"], injuries=facts["injuries"], cutoff=cutoff)
    games = known_games(sides, told=totals, results=facts["results"], snaps=snaps)
    judged = outcomes(pd.concat([members, known], axis=1), played, known=games, rosters=facts["rosters"], zeros=zeros)
    whole = all_features(judged, played=played, totals=totals, tables=facts)
    notes = _notes(facts, lines=lines, target=asked)
    return _finished(
        whole if seasons is None else _of_seasons(whole, seasons), target=asked, features=FEATURES[cutoff], notes=notes
    )


def _facts(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    for name in ("player_weeks", "games"):
        if name not in tables or tables[name].empty:
            raise ValidationError(f"Yards need the fact table {name!r}, and it has no rows. Was it ingested?")
    return {name: _whole(tables.get(name), name) for name in TABLES}


def _whole(table: pd.DataFrame | None, name: str) -> pd.DataFrame:
    """Return a table with every column of its schema: null where it has none."""
    schema = FACT_TABLES[name]
    kinds = schema.columns | schema.optional
    if table is None:
        return pd.DataFrame({column: pd.Series(dtype=_PANDAS[kind]) for column, kind in kinds.items()})
    absent = {c: pd.Series(index=table.index, dtype=_PANDAS[kind]) for c, kind in kinds.items() if c not in table}
    return table.assign(**absent)


def _of_seasons(whole: pd.DataFrame, seasons: Sequence[int]) -> pd.DataFrame:
    """Return the members of some seasons; each must have a row."""
    there = sorted(whole.loc[whole["verdict"].isin([KEPT, UPCOMING]), "season"].unique().tolist())
    absent = sorted(set(seasons) - set(there))
    if absent:
        span = f"Seasons with rows: {there[0]} to {there[-1]}." if there else "No season has one."
        raise ValidationError(f"There is no row of {', '.join(map(str, absent))}. {span} Were its stat lines ingested?")
    return whole[whole["season"].isin(seasons)]


def _notes(facts: Mapping[str, pd.DataFrame], *, lines: pd.DataFrame, target: YardsTarget) -> tuple[str, ...]:
    """Say which tables have no rows, and which seasons of the schedule no attempts."""
    said = [f"There are {what}." for name, what in _WITHOUT.items() if facts[name].empty]
    begun = facts["games"].loc[facts["games"]["game_id"].isin(facts["results"]["game_id"]), "season"]
    without = sorted(set(begun.unique().tolist()) - set(lines["season"].unique().tolist()))
    if without:
        names = ", ".join(map(str, without))
        said.append(f"No {target.volume} were recorded in {names}: these seasons have no rows and feed none.")
    return tuple(said)


def _finished(
    whole: pd.DataFrame, *, target: YardsTarget, features: tuple[str, ...], notes: tuple[str, ...]
) -> PlayerYards:
    kept = whole["verdict"].isin([KEPT, UPCOMING])
    rows = whole[kept].assign(role=_roles(whole[kept], target=target))
    rows = rows[[*ROW_COLUMNS, *features]].astype(ROW_COLUMNS | dict.fromkeys(features, "float64"))
    left_out = whole[~kept]
    excluded = left_out.assign(reason=left_out["verdict"].map(REASONS)).groupby(["reason", "season"]).size()
    return PlayerYards(rows.reset_index(drop=True), features, excluded.rename("n").reset_index(), notes)


def _roles(rows: pd.DataFrame, *, target: YardsTarget) -> "pd.Series[str]":
    """Name the parts by the share of the volume that was expected at the cutoff."""
    large, middling = (rows["relative_share"].ge(floor) for floor in target.role_floors)
    first, second, third = target.roles
    return pd.Series(np.select([large, middling], [first, second], default=third), index=rows.index)
