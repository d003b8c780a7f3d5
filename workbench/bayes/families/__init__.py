"""Distributions of yards: a likelihood for PyMC beside the same distribution in numpy."""

from typing import Final

from workbench.bayes.families import mixture, normal, skewed
from workbench.bayes.families.base import Family

#: Families by the name a network gives.
FAMILIES: Final[dict[str, Family]] = {"normal": normal, "mixture": mixture, "skewed": skewed}
