"""Distributions of yards: a likelihood for PyMC beside the same distribution in numpy."""
