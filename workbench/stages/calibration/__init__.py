"""Stage 04: whether the intervals of yards cover, and what is done when they do not."""
