"""Panels for estimating what shocks do: one row a game, two a game by team, one a player and game.

Pure functions of fact frames. Pre-treatment columns use strictly earlier weeks; what is of the game itself (lines,
starters, efficiency, weather) is named so in each panel's docstring.
"""

from workbench.features.panels.game import GAME_COLUMNS, SIDE_COLUMNS, game_panel
from workbench.features.panels.player_week import PLAYER_COLUMNS, player_week_panel
from workbench.features.panels.team_week import team_week_panel

__all__ = ["GAME_COLUMNS", "PLAYER_COLUMNS", "SIDE_COLUMNS", "game_panel", "player_week_panel", "team_week_panel"]
