"""Designs that turn panels into effects: one a file, over kept libraries, each with a standard error and checks."""
