"""The parameters cell is a schema."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.runner.parameters import notebook_schema, parse_schema, resolved

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

CELL = """
# What to run.
profile: str = "demo"  # a file in params/
week: int = 10  # of the season
edge: float = 2  # smallest, percent
force: bool = False
markets: list[str] = ["spread", "total"]
decide_at: Literal["wednesday", "open"] = "wednesday"  # when
"""


@pytest.fixture
def schema():
    return parse_schema(CELL, where="06_simulate")


def test_types_defaults_and_help_are_read(schema):
    assert list(schema) == ["profile", "week", "edge", "force", "markets", "decide_at"]
    assert schema["week"].default == 10
    assert schema["week"].help == "of the season"
    assert schema["force"].help == ""
    assert str(schema["markets"].kind) == "list[str]"
    assert str(schema["decide_at"].kind) == "Literal['wednesday', 'open']"


def test_a_whole_number_is_a_float_where_a_float_is_asked_for(schema):
    assert schema["edge"].default == 2.0
    assert isinstance(schema["edge"].default, float)
    assert resolved(schema, {"edge": 3}, where="x")["edge"] == 3.0


def test_what_is_given_lies_over_the_defaults(schema):
    values = resolved(schema, {"week": 11, "markets": ["moneyline"]}, where="x")
    assert values["week"] == 11
    assert values["markets"] == ["moneyline"]
    assert values["profile"] == "demo"


def test_an_unknown_parameter_is_refused_and_the_nearest_named(schema):
    with pytest.raises(ParameterError, match=r"06_simulate has no parameter 'wek'. Did you mean 'week'\?"):
        resolved(schema, {"wek": 11}, where="06_simulate")


def test_a_parameter_like_no_other_is_refused_with_all_there_are(schema):
    with pytest.raises(ParameterError, match="It has: decide_at, edge, force"):
        resolved(schema, {"zzz": 11}, where="06_simulate")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("week", "10"),
        ("week", 10.0),
        ("week", True),
        ("week", None),
        ("force", 1),
        ("profile", 3),
        ("edge", "2"),
        ("markets", "spread"),
        ("markets", ["spread", 3]),
        ("decide_at", "friday"),
    ],
)
def test_an_ill_typed_value_is_refused(schema, name, value):
    with pytest.raises(ParameterError, match=f"Parameter '{name}' of x must be"):
        resolved(schema, {name: value}, where="x")


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("week = 10", "`name: type = default  # help`, got `week = 10`"),
        ("import os", "got `import os`"),
        ("week: int", "needs a literal default"),
        ("week: int = 5 + 5", "needs a literal default"),
        ("week: int = int('5')", "needs a literal default"),
        ("week: int = 'ten'", "must be int, got 'ten'"),
        ("week: int = 1\nweek: int = 2", "declared twice"),
        ("week: dict = {}", "has the type `dict`"),
        ("week: list = []", "has the type `list`"),
        ("a.b: int = 1", "got `a.b: int = 1`"),
        ("week: int = = 1", "is not Python"),
    ],
)
def test_a_cell_that_is_no_schema_is_refused(cell, rule):
    with pytest.raises(ParameterError) as refused:
        parse_schema(cell, where="x")
    assert rule in str(refused.value)


def test_a_cell_is_never_run(tmp_path):
    with pytest.raises(ParameterError):
        parse_schema(f"week: int = __import__('pathlib').Path({str(tmp_path / 'ran')!r}).touch() or 1", where="x")
    assert not (tmp_path / "ran").exists()


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=20), st.integers(-(10**9), 10**9), st.booleans(), st.lists(st.integers(), max_size=3))
def test_any_literal_comes_back_as_it_was_written(text, number, flag, numbers):
    cell = f"a: str = {text!r}\nb: int = {number}\nc: bool = {flag}\nd: list[int] = {numbers!r}"
    assert resolved(parse_schema(cell, where="x"), {}, where="x") == {"a": text, "b": number, "c": flag, "d": numbers}


def test_a_notebook_declares_its_parameters():
    assert notebook_schema(NOTEBOOKS / "succeeds.ipynb")["number"].default == 1


def test_a_notebook_without_parameters_takes_none(tmp_path):
    bare = tmp_path / "bare.ipynb"
    bare.write_text(json.dumps({"cells": [{"cell_type": "code", "metadata": {}, "source": ["1"]}]}))
    assert notebook_schema(bare) == {}


def test_two_parameters_cells_are_refused(tmp_path):
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ["a: int = 1"]}
    twice = tmp_path / "twice.ipynb"
    twice.write_text(json.dumps({"cells": [cell, cell]}))
    with pytest.raises(ParameterError, match="one cell tagged 'parameters', it has 2"):
        notebook_schema(twice)


def test_a_file_that_is_no_notebook_is_refused(tmp_path):
    page = tmp_path / "page.ipynb"
    page.write_text("<html>not found</html>")
    with pytest.raises(ParameterError, match="not a notebook that can be read"):
        notebook_schema(page)
