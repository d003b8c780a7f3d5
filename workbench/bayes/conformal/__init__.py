"""Recalibration from past errors."""
