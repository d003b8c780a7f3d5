"""From a view as of an instant to a slip, its settlement and its grades."""
