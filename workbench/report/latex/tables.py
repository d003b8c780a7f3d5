"""A frame as a LaTeX table in the journals' style: three rules, numbers aligned right, a note below."""

from collections.abc import Mapping

import pandas as pd

from workbench.report.latex.text import escaped
from workbench.report.tables import Digits, written_columns


def table_tex(
    frame: pd.DataFrame, *, caption: str, label: str, note: str = "", labels: Mapping[str, str] | None = None,
    digits: Digits = 2,
) -> str:  # fmt: skip
    r"""Return a table environment (packages: booktabs, and graphicx for tables wider than the text).

    Parameters
    ----------
    frame : DataFrame
        Written as on the page: the same digits, the same dash for what is missing.
    caption, note : str
        Plain text; escaped here.
    label : str
        ``tab:`` is put before it.
    labels : mapping of str to str, optional
        Column heads; others are the column's name with spaces.
    digits : int or mapping

    Examples
    --------
    >>> print(table_tex(pd.DataFrame({"shock": ["bye"], "effect": [0.31]}), caption="Effects", label="effects"))
    \begin{table}[htbp]
    \centering
    \caption{Effects}
    \label{tab:effects}
    \small
    \begin{tabular}{lr}
    \toprule
    shock & effect \\
    \midrule
    bye & 0.31 \\
    \bottomrule
    \end{tabular}
    \end{table}
    <BLANKLINE>
    """
    columns = written_columns(frame, digits=digits)
    known = labels or {}
    heads = {name: escaped(known.get(name, name.replace("_", " "))) for name, _, _ in columns}
    body = pd.DataFrame({heads[name]: [escaped(cell) for cell in cells] for name, _, cells in columns})
    align = "".join("r" if numeric else _word_column(cells) for _, numeric, cells in columns)
    tabular = body.style.hide(axis="index").to_latex(hrules=True, column_format=align).strip()
    below = (
        [rf"\par\smallskip\begin{{minipage}}{{\linewidth}}\footnotesize {escaped(note)}\end{{minipage}}"]
        if note
        else []
    )
    lines = [r"\begin{table}[htbp]", r"\centering", rf"\caption{{{escaped(caption)}}}", rf"\label{{tab:{label}}}",
             r"\small", *_fitted(tabular, width=_width(columns)), *below, r"\end{table}"]  # fmt: skip
    return "\n".join(lines) + "\n"


#: Cells this long are sentences: they wrap.
_SENTENCE = 40
#: Characters a text column takes at this size; a wider table is scaled down.
_LINE = 88


def _word_column(cells: list[str]) -> str:
    return r"p{0.36\linewidth}" if max(map(len, cells), default=0) > _SENTENCE else "l"


def _width(columns: list[tuple[str, bool, list[str]]]) -> int:
    return sum(min(_SENTENCE, max([len(name), *map(len, cells)])) + 2 for name, _, cells in columns)


def _fitted(tabular: str, *, width: int) -> list[str]:
    return [tabular] if width <= _LINE else [r"\resizebox{\linewidth}{!}{%", tabular + "%", "}"]
