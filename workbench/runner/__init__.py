"""Notebooks as function calls: parameters, cache keys, kernels, progress. Knows no domain."""
