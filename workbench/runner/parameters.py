"""The parameters cell of a notebook is its schema: ``name: type = default  # help``, literals only."""

import ast
import io
import json
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from workbench.errors import ParameterError

Value = str | int | float | bool | list[Any]

_SCALARS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_ALLOWED = "str, int, float, bool, list[...] of those, Literal[...]"


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a parameter: a scalar's name, ``list`` with its items' kind, or ``Literal`` with its choices."""

    name: str
    items: "Kind | None" = None
    choices: tuple[Value, ...] = ()

    def __str__(self) -> str:
        if self.items is not None:
            return f"list[{self.items}]"
        return f"Literal[{', '.join(map(repr, self.choices))}]" if self.choices else self.name


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a notebook."""

    name: str
    kind: Kind
    default: Value
    help: str


def notebook_schema(notebook: Path) -> dict[str, Parameter]:
    """Return the parameters a notebook declares, by name; none if it has no cell tagged ``parameters``.

    Raises
    ------
    ParameterError
        If the notebook cannot be read, or its parameters cell is not a schema.
    """
    try:
        cells = json.loads(notebook.read_bytes())["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ParameterError(f"{notebook.name} is not a notebook that can be read ({error}).") from error
    tagged = [c for c in cells if c["cell_type"] == "code" and "parameters" in c.get("metadata", {}).get("tags", [])]
    if len(tagged) > 1:
        raise ParameterError(f"{notebook.name} must have one cell tagged 'parameters', it has {len(tagged)}.")
    return parse_schema("".join(tagged[0]["source"]), where=notebook.name) if tagged else {}


def parse_schema(source: str, *, where: str) -> dict[str, Parameter]:
    """Return the parameters that the source of a parameters cell declares, by name.

    Parameters
    ----------
    source : str
        Lines ``name: type = default  # help``; comments and blank lines are free.
    where : str
        What to call it in messages.

    Raises
    ------
    ParameterError
        If a line is not a typed literal, a name comes twice, or a default does not fit its own type.

    Examples
    --------
    >>> parse_schema("week: int = 10  # of the season", where="demo")["week"].help
    'of the season'
    """
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ParameterError(
            f"The parameters cell of {where} is not Python: {error.msg}, line {error.lineno}."
        ) from None
    comments = _comments(source)
    schema: dict[str, Parameter] = {}
    for statement in statements:
        parameter = _declared(statement, comments=comments, where=where)
        if parameter.name in schema:
            raise ParameterError(f"Parameter {parameter.name!r} of {where} is declared twice.")
        schema[parameter.name] = parameter
    return schema


def resolved(schema: Mapping[str, Parameter], given: Mapping[str, Any], *, where: str) -> dict[str, Value]:
    """Return the value of every parameter: what is given, checked, over the defaults.

    Raises
    ------
    ParameterError
        If a given name is unknown (names the nearest), or a value does not fit its type.
    """
    for name in given:
        if name not in schema:
            raise ParameterError(f"{where} has no parameter {name!r}. {_nearest(name, schema)}")
    return {n: _fitted(given[n], p, where=where) if n in given else p.default for n, p in schema.items()}


def _declared(statement: ast.stmt, *, comments: Mapping[int, str], where: str) -> Parameter:
    if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
        line = ast.unparse(statement).splitlines()[0]
        raise ParameterError(f"Each parameter of {where} is written `name: type = default  # help`, got `{line}`.")
    name = statement.target.id
    kind = _kind(statement.annotation, name=name, where=where)
    try:
        default = ast.literal_eval(statement.value) if statement.value is not None else None
    except ValueError:
        default = None
    if default is None:
        raise ParameterError(f"Parameter {name!r} of {where} needs a literal default.")
    parameter = Parameter(name=name, kind=kind, default=default, help=comments.get(statement.end_lineno or 0, ""))
    return Parameter(name=name, kind=kind, default=_fitted(default, parameter, where=where), help=parameter.help)


def _kind(annotation: ast.expr, *, name: str, where: str) -> Kind:
    match annotation:
        case ast.Name(id=scalar) if scalar in _SCALARS:
            return Kind(scalar)
        case ast.Subscript(value=ast.Name(id="list"), slice=inner):
            return Kind("list", items=_kind(inner, name=name, where=where))
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            options = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            if all(isinstance(o, ast.Constant) and isinstance(o.value, str | int | float) for o in options):
                return Kind("Literal", choices=tuple(ast.literal_eval(o) for o in options))
    raise ParameterError(
        f"Parameter {name!r} of {where} has the type `{ast.unparse(annotation)}`; a parameter is one of {_ALLOWED}."
    )


def _fitted(value: Any, parameter: Parameter, *, where: str) -> Value:
    try:
        return _fit(value, parameter.kind)
    except TypeError:
        raise ParameterError(
            f"Parameter {parameter.name!r} of {where} must be {parameter.kind}, got {value!r} ({type(value).__name__})."
        ) from None


def _fit(value: Any, kind: Kind) -> Value:
    if kind.items is not None and isinstance(value, list | tuple):
        return [_fit(item, kind.items) for item in value]
    for choice in kind.choices:
        if value == choice and type(value) is type(choice):
            return choice
    if kind.name == "float" and type(value) is int:
        return float(value)
    if kind.name in _SCALARS and type(value) is _SCALARS[kind.name]:  # a bool is no int here
        return cast(Value, value)
    raise TypeError


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(names) or 'none'}."


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}
