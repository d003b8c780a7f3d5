"""Bayesian networks for yards: what they are, how they are sampled, whether their intervals cover."""
