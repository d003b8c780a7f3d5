"""How good a forecast of whole yards was."""
