"""Short tables: the top rows in sight, the rest folded; numbers right-aligned and no more digits than they carry."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from workbench.report.blocks import Block, element, joined
from workbench.report.sentences import MISSING, instant, is_missing, number

#: Rows folded away beyond this many are counted, not shown: a page is not a data file.
MOST_ROWS: Final = 400

Digits = int | Mapping[str, int]


def _digits_of(column: str, values: "pd.Series[Any]", digits: Digits) -> int:
    if isinstance(digits, Mapping):
        if column in digits:
            return digits[column]
        finite = values.dropna()
        return 0 if bool((finite == finite.round()).all()) else 2
    return digits


def _written(value: object, *, digits: int, signed: bool) -> str:
    if is_missing(value):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return instant(value) if value.tzinfo is not None else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, int | float):
        return number(value, digits=digits, signed=signed)
    return str(value)


def written_columns(
    frame: pd.DataFrame, *, digits: Digits, signed: Sequence[str] = ()
) -> list[tuple[str, bool, list[str]]]:
    """Return each column as (name, is it numeric, its cells as text).

    Examples
    --------
    >>> written_columns(pd.DataFrame({"team": ["KC"], "rating": [6.04], "n": [9]}), digits={"rating": 1})
    [('team', False, ['KC']), ('rating', True, ['6.0']), ('n', True, ['9'])]
    """
    columns = []
    for name in frame.columns:
        values = frame[name]
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        whole = pd.api.types.is_integer_dtype(values)
        places = 0 if whole else _digits_of(str(name), values, digits) if numeric else 0
        cells = [_written(v, digits=places, signed=name in signed) for v in values.tolist()]
        columns.append((str(name), bool(numeric), cells))
    return columns


def _head(
    columns: Sequence[tuple[str, bool, list[str]]], units: Mapping[str, str], labels: Mapping[str, str]
) -> Markup:
    cells = []
    for name, numeric, _ in columns:
        label = Markup("{}").format(labels.get(name, name.replace("_", " ")))
        if unit := units.get(name):
            label += element("span", unit, css="wb-unit")
        cells.append(element("th", label, css="wb-num" if numeric else "wb-word", scope="col"))
    return element("thead", element("tr", joined(cells)))


def _is_long(cells: Sequence[str]) -> bool:
    """Whether a column holds sentences, which wrap, rather than names, which do not."""
    return max(map(len, cells)) > 30


def _body(columns: Sequence[tuple[str, bool, list[str]]], rows: range) -> Markup:
    lines = []
    for row in rows:
        written = [
            element("td", cells[row], css="wb-num" if numeric else "wb-long" if _is_long(cells) else "wb-word")
            for _, numeric, cells in columns
        ]
        lines.append(element("tr", joined(written)))
    return element("tbody", joined(lines))


def table(
    frame: pd.DataFrame,
    *,
    caption: str,
    digits: Digits = 2,
    top: int = 8,
    units: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    signed: Sequence[str] = (),
    empty: str = "No rows.",
) -> Block:
    """Return a table: the first ``top`` rows in sight, the rest behind a fold.

    Parameters
    ----------
    frame : DataFrame
        Columns in the order shown; the index is not shown.
    caption : str
        What the rows are, with population and as-of.
    digits : int or mapping of column to int
        Decimals of floats; with a mapping, columns it does not name show whole numbers whole and others with two.
    units, labels : mapping of column to str, optional
        Units in the heading, and readers' names for columns (by default the name without underscores).
    signed : sequence of str
        Columns whose positive numbers carry a plus.
    empty : str
        What to say where there are no rows.

    Examples
    --------
    >>> table(pd.DataFrame({"team": ["KC", "BUF"], "rating": [6.04, 5.5]}), caption="Ratings", digits=1)
    Ratings
    team rating
    KC      6.0
    BUF     5.5
    """
    if frame.empty:
        html = element("p", joined([element("strong", caption), " ", empty]), css="wb wb-empty")
        return Block(role="table", html=html, text=f"{caption}\n{empty}")
    shown = frame.head(MOST_ROWS)
    columns = written_columns(shown, digits=digits, signed=signed)
    head = _head(columns, units or {}, labels or {})
    visible = len(shown) if len(shown) <= top + 2 else top  # folding one or two rows saves nothing
    parts = [_framed(head, _body(columns, range(visible)), caption)]
    if visible < len(shown):
        parts.append(
            _folded(head, _body(columns, range(visible, len(shown))), len(frame) - visible, len(frame) - len(shown))
        )
    text = pd.DataFrame({name: cells for name, _, cells in columns})[:visible].to_string(index=False)
    rest = f"\n… {len(frame) - visible} more rows" if visible < len(frame) else ""
    sentences = any(not numeric and _is_long(cells) for _, numeric, cells in columns)
    css = "wb wb-table wb-dense" if len(columns) > (6 if sentences else 9) else "wb wb-table"
    return Block(role="table", html=element("div", joined(parts), css=css), text=f"{caption}\n{text}{rest}")


def _framed(head: Markup, body: Markup, caption: str) -> Markup:
    grid = element("table", joined([head, body]), aria_label=caption or "further rows")
    above = element("p", caption, css="wb-caption") if caption else ""
    return joined([above, element("div", grid, css="wb-scroll", tabindex="0")])


def _folded(head: Markup, body: Markup, rest: int, unseen: int) -> Markup:
    label = f"{rest:,} more rows" if rest > 1 else "1 more row"
    note = (
        element("p", f"{unseen:,} rows are left out here; the data folder has them all.", css="wb-quiet")
        if unseen
        else ""
    )
    return element("details", joined([element("summary", label), _framed(head, body, ""), note]), css="wb-more")
