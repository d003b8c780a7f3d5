"""Networks are found by their names."""

import subprocess
import sys

import pytest

from workbench.bayes.families import FAMILIES
from workbench.bayes.zoo import ZOO, network_named
from workbench.errors import ParameterError


def test_the_zoo_holds_the_networks_of_the_study():
    assert list(ZOO) == ["two_layer", "deep_skip", "experts", "hierarchy", "skewed", "glm"]


@pytest.mark.parametrize("name", ZOO)
def test_a_network_goes_by_its_own_name_and_a_known_family(name):
    assert network_named(name).name == name
    assert network_named(name).family in FAMILIES


def test_a_misspelt_network_is_told_its_neighbour():
    with pytest.raises(ParameterError, match="Did you mean 'hierarchy'"):
        network_named("hierachy")


def test_a_name_near_none_is_told_them_all():
    with pytest.raises(ParameterError, match="There are two_layer, deep_skip"):
        network_named("zzzz")


def test_looking_up_a_network_loads_no_heavy_library():
    code = (
        "import sys, workbench.bayes.zoo, workbench.bayes.predictive, workbench.bayes.sampling.compiled; "
        "print({'pymc', 'jax', 'numpyro', 'arviz'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
