"""Lines: what the books offered, when, with the sign turned at the border."""
