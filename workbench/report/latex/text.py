"""Text for LaTeX: every special character escaped, every sign of ours given its name."""

from typing import Final

_SPECIAL: Final = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
}  # fmt: skip
_SIGNS: Final = {
    "−": "$-$", "–": "--", "—": "---", "×": r"$\times$", "±": r"$\pm$", "≥": r"$\geq$", "≤": r"$\leq$",
    "°": r"$^\circ$",
    "→": r"$\rightarrow$", "·": r"$\cdot$", "…": r"\dots{}", "\u202f": r"\,", "\u00a0": "~", "’": "'", "‘": "`",
    "“": "``",
    "”": "''", "χ": r"$\chi$", "²": r"$^2$", "½": r"$\tfrac{1}{2}$", "✓": r"$\checkmark$",
}  # fmt: skip
_LATIN: Final = range(0xC0, 0x180)


def escaped(text: object) -> str:
    r"""Return text that LaTeX sets as it reads.

    A character that neither LaTeX's usual encodings nor this table knows becomes a question mark in brackets: a wrong
    glyph would not be noticed, a mark is.

    Examples
    --------
    >>> escaped("50 % of R&D_1: −3 to 4")
    '50 \\% of R\\&D\\_1: $-$3 to 4'
    """
    return "".join(_one(character) for character in str(text))


def _one(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character in _SIGNS:
        return _SIGNS[character]
    return character if character.isascii() or ord(character) in _LATIN else "[?]"


def macro_name(*parts: str) -> str:
    r"""Return a name LaTeX takes for a macro: letters alone, digits as words.

    Examples
    --------
    >>> macro_name("wb", "bye_margin_2011")
    'wbByeMarginTwoZeroOneOne'
    """
    digits = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
    words = "_".join(parts).replace("-", "_").replace(" ", "_").split("_")
    named = "".join(word[:1].upper() + word[1:] for word in words if word)
    letters = "".join(digits[int(c)] if c.isdigit() and c.isascii() else c for c in named)
    kept = "".join(c for c in letters if c.isascii() and c.isalpha())
    return kept[:1].lower() + kept[1:]
