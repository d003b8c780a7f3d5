"""environment.yml, pyproject.toml and requirements.lock name the same packages."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).parents[2]

# PyPI name -> conda-forge name, where they differ.
CONDA_NAMES = {
    "matplotlib": "matplotlib-base",
    "nbconvert": "nbconvert-core",
    "duckdb": "python-duckdb",
    "pandera": "pandera-pandas",
    "jupyter-client": "jupyter_client",
}


def project() -> dict[str, Requirement]:
    declared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["dependencies"]
    return {r.name: r for r in map(Requirement, declared)}


def conda() -> dict[str, str]:
    listed = yaml.safe_load((REPOSITORY / "environment.yml").read_text())["dependencies"]
    return {name: bounds for name, _, bounds in (entry.partition(" ") for entry in listed)}


def test_every_dependency_stands_in_the_conda_file_under_its_conda_forge_name_with_the_same_bounds():
    environment = conda()
    for name, requirement in project().items():
        bounds = environment[CONDA_NAMES.get(name, name)]
        assert set(bounds.split(",")) == {str(s) for s in requirement.specifier}, name


def test_the_mapping_names_only_packages_that_are_declared():
    assert set(CONDA_NAMES) <= set(project())


def test_the_conda_file_asks_for_the_same_python():
    requires = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["requires-python"]
    assert conda()["python"] == requires


def locked() -> dict[str, str]:
    lock = (REPOSITORY / "requirements.lock").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", lock, re.M))


def test_the_lock_holds_every_dependency_within_its_bounds():
    for name, requirement in project().items():
        assert requirement.specifier.contains(locked()[name]), name


def test_the_lock_carries_hashes_and_no_addresses():
    lock = (REPOSITORY / "requirements.lock").read_text()
    assert "://" not in lock
    assert "index-url" not in lock
    assert lock.count("--hash=sha256:") >= len(locked())


def test_no_gpu_library_is_installed_by_the_lock():
    lines = (REPOSITORY / "requirements.lock").read_text().splitlines()
    gpu = [line for line in lines if re.match(r"(nvidia|triton|cupy)", line)]
    assert all("sys_platform == 'never'" in line for line in gpu), gpu
