"""Rows of one target: who was in, what was known by the cutoff, and what he gained."""

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


@dataclass(frozen=True, slots=True, eq=False)
class PlayerYards:
    """The rows of one target.

    Attributes
    ----------
    rows : DataFrame
        ``ROW_COLUMNS`` and the features, by kick-off, game, team and player; ``yards`` and ``volume`` null where the
        game is still to be played.
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
    """Return the rows of one target."""
    if cutoff not in CUTOFFS:
        raise ParameterError(f"A cutoff is one of {', '.join(CUTOFFS)}, got {cutoff!r}.")
    asked = target_named(target)
    facts = _facts(tables)
    sides = team_games(facts["games"], cutoff=cutoff)
    snaps = offensive_snaps(facts["snaps"], facts["rosters"])
    lines = recorded(facts["player_weeks"], target=asked)
    played = performances(lines, snaps=snaps, sides=sides, target=asked, zeros=zeros)
    totals = team_totals(lines, sides=sides, target=asked)
    members = candidates(played, sides=sides, positions=asked.positions)
    known = availability(members, rosters=facts["rosters"], injuries=facts["injuries"], cutoff=cutoff)
    members = pd.concat([members, known], axis=1)
    games = known_games(sides, told=totals, results=facts["results"], snaps=facts["snaps"])
    judged = outcomes(members, played, known=games, rosters=facts["rosters"], zeros=zeros)
    whole = all_features(judged, played=played, totals=totals, tables=facts)
    return _finished(whole, target=asked)


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


def _finished(whole: pd.DataFrame, *, target: YardsTarget) -> PlayerYards:
    kept = whole["verdict"].isin([KEPT, UPCOMING])
    rows = whole[kept].assign(role=_roles(whole[kept], target=target))
    rows = rows[[*ROW_COLUMNS, *FEATURES]].astype(ROW_COLUMNS | dict.fromkeys(FEATURES, "float64"))
    left_out = whole[~kept]
    excluded = left_out.groupby(["verdict", "season"]).size().rename("n").reset_index()
    excluded = excluded.assign(reason=excluded["verdict"].map(REASONS))[["reason", "season", "n"]]
    return PlayerYards(rows.reset_index(drop=True), FEATURES, excluded, ())


def _roles(rows: pd.DataFrame, *, target: YardsTarget) -> "pd.Series[str]":
    share = rows["relative_share"].fillna(rows["window_share"])
    large, middling = (share.ge(floor) for floor in target.role_floors)
    first, second, third = target.roles
    return pd.Series(np.select([large, middling], [first, second], default=third), index=rows.index)
