"""Yards per player-game: who is in, what is asked, what was known."""

from workbench.features.player_yards.rows import ROW_COLUMNS, TABLES, PlayerYards, player_yards
from workbench.features.player_yards.targets import TARGETS, YardsTarget, target_named

__all__ = ["ROW_COLUMNS", "TABLES", "TARGETS", "PlayerYards", "YardsTarget", "player_yards", "target_named"]
