"""The same decision, walked through time."""
