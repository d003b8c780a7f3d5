"""Recalibration from past errors: quantiles of finite samples, mapped probabilities, residuals, adaptive levels."""
