"""Sources, their borders and the checks on what comes in."""
