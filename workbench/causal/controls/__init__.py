"""One treated unit beside a weighted few: synthetic control, synthetic and plain differences, placebos."""
