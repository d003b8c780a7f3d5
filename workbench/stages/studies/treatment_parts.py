"""What the parts of the long study of effects share: a design asked of games, kept by content."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pandas as pd

from workbench.causal.games.game_design import GameDesign
from workbench.errors import ValidationError
from workbench.stages.effects.cache import EstimateCache
from workbench.store.atomic import sha256

_NEEDED: Final = ("season", "week", "home_team", "away_team", "neutral")
#: Outcomes by what they say of a shock to one team: the game, the line's own answer, and what the line leaves.
OUTCOMES: Final[Mapping[str, str]] = {"game": "margin", "in_the_line": "close_line", "after_close": "margin_vs_close"}


def answered(
    design: GameDesign, games: pd.DataFrame, *, name: str, cache: EstimateCache
) -> dict[str, Any]:  # fmt: skip
    """Return the fields of an estimate with ``why_not`` empty, or only why there is none.

    Controls that do not vary in these games are left out: with an intercept they say nothing.
    """
    bare = design.intercept == "none"
    kept = tuple(c for c in design.controls if games[c].nunique() > 1 or (bare and games[c].ne(0).any()))
    design = design.with_controls(kept)
    used = games[[*_NEEDED, design.outcome, design.treatment, *kept]].reset_index(drop=True)

    def fit() -> Mapping[str, Any]:
        try:
            return {**asdict(design.fit(used)), "why_not": ""}
        except ValidationError as error:
            return {"why_not": str(error)}

    return cache.get(name, fit, frames={"rows": used}, options=asdict(design))


def kept_tables(
    compute: Callable[[], Mapping[str, pd.DataFrame]], *, name: str, cache: EstimateCache,
    frames: Mapping[str, pd.DataFrame], maker: str, options: Mapping[str, Any] | None = None,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Return tables, made only if rows, options or the maker's own code have changed.

    Parameters
    ----------
    compute : callable
        Returns tables of numbers and words; a ``ValidationError`` becomes a table ``why_not``.
    maker : str
        The calling module's ``__file__``.
    """

    def made() -> Mapping[str, Any]:
        try:
            return {key: table.to_dict("list") for key, table in compute().items()}
        except ValidationError as error:
            return {"why_not": {"why_not": [str(error)]}}

    code = {"maker": sha256(Path(maker))}
    found = cache.get(name, made, frames=frames, options=code | dict(options or {}))
    return {key: numbers(pd.DataFrame(columns)) for key, columns in found.items()}


def numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table read from JSON with its missing numbers as such.

    Examples
    --------
    >>> numbers(pd.DataFrame({"x": [1.0, None], "word": ["a", None]})).dtypes.astype(str).tolist()[0]
    'float64'
    """
    for column in frame.columns:
        values = frame[column]
        if values.dtype == object and values.notna().any() and values.dropna().map(_is_number).all():
            frame = frame.assign(**{str(column): pd.to_numeric(values)})
    return frame


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def known(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that hold an estimate."""
    return frame[frame["why_not"].eq("")] if "why_not" in frame else frame


def row_of(frame: pd.DataFrame, **where: str) -> dict[str, Any] | None:
    """Return the only row with these values and an estimate; None where there is none."""
    chosen = known(frame)
    for column, value in where.items():
        if column not in chosen:
            return None
        chosen = chosen[chosen[column].eq(value)]
    return None if chosen.empty else {str(name): value for name, value in chosen.iloc[0].items()}


def seasons_of(games: pd.DataFrame, first: int, last: int, *, types: Sequence[str] = ("REG",)) -> pd.DataFrame:
    """Return the games of a span of seasons and game types."""
    return games[games["season"].between(first, last) & games["game_type"].isin(types)].reset_index(drop=True)
