"""Figures, sentences and pages."""
