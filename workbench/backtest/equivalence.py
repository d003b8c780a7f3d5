"""Two decisions on one week, side by side: which rows differ, in which column, from what to what."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.decision.slip import EXCLUDED_COLUMNS, FORECAST_COLUMNS, PRICE_COLUMNS, Slip

#: One row a value that differs; ``column`` is `WHOLE_ROW` where only one side has the row.
DIFFERENCE_COLUMNS: Final = ("table", "game_id", "market", "side", "column", "played", "replayed")
WHOLE_ROW: Final = "(whole row)"
#: Frames of a slip: what tells their rows apart, and their columns.
_KEYS: Final[dict[str, list[str]]] = {
    "slip": [],
    "bets": ["game_id", "market", "side"],
    "prices": ["game_id", "market", "side"],
    "forecasts": ["game_id"],
    "excluded": ["game_id", "market"],
}
_COLUMNS: Final[dict[str, list[str]]] = {
    "slip": ["as_of", "base_units"],
    "bets": list(PRICE_COLUMNS),
    "prices": list(PRICE_COLUMNS),
    "forecasts": list(FORECAST_COLUMNS),
    "excluded": list(EXCLUDED_COLUMNS),
}
_NAMED: Final = ("game_id", "market", "side")
_THERE: Final = "there"
_ABSENT: Final = "absent"

SlipFrames = Mapping[str, pd.DataFrame]


def slip_frames(slip: Slip) -> dict[str, pd.DataFrame]:
    """Return a slip as frames by name: ``slip`` (one row: instant and base), bets, prices, forecasts, excluded."""
    state = pd.DataFrame({"as_of": [slip.as_of], "base_units": [slip.base_units]})
    return {
        "slip": state,
        "bets": slip.bets,
        "prices": slip.prices,
        "forecasts": slip.forecasts,
        "excluded": slip.excluded,
    }


def slip_differences(played: SlipFrames | Slip, replayed: SlipFrames | Slip) -> pd.DataFrame:
    """Return what differs between two decisions, one row a value.

    Values are compared exactly, floats to the last bit. Frames and columns that only one side kept are not compared
    (`columns_apart` names them). An approved bet equals a proposed one: approval is a person's, and comes later.

    Parameters
    ----------
    played, replayed : Slip, or mapping of str to DataFrame
        As `slip_frames` names them; what was not kept may be absent.

    Returns
    -------
    DataFrame, columns `DIFFERENCE_COLUMNS`
        All text; empty where the decisions are the same. Rows of the slip first, then bets, prices, forecasts and
        exclusions by their key.
    """
    one, other = (_as_decided(s) for s in (played, replayed))
    both = [name for name in _KEYS if name in one and name in other]
    parts = [frame_differences(one[name], other[name], name=name, key=_KEYS[name]) for name in both]
    return pd.concat(parts, ignore_index=True) if parts else no_differences()


def columns_apart(played: SlipFrames | Slip, replayed: SlipFrames | Slip) -> tuple[str, ...]:
    """Return the columns that only one side kept, such as ``prices.confidence``: a later release may have added it."""
    one, other = (_as_decided(s) for s in (played, replayed))
    both = [name for name in _KEYS if name in one and name in other]
    return tuple(f"{n}.{column}" for n in both for column in one[n].columns.symmetric_difference(other[n].columns))


def frame_differences(played: pd.DataFrame, replayed: pd.DataFrame, *, name: str, key: Sequence[str]) -> pd.DataFrame:
    """Return what differs between two frames in the columns both have, one row a value.

    Parameters
    ----------
    played, replayed : DataFrame
    name : str
        Told in ``table``.
    key : sequence of str
        At most three columns that tell rows apart; told in ``game_id``, ``market`` and ``side``, whatever they are.

    Examples
    --------
    >>> one, other = (pd.DataFrame({"game_id": ["a", "b"], "win": [0.5, win]}) for win in (0.25, 0.75))
    >>> frame_differences(one, other, name="forecasts", key=["game_id"])[["game_id", "column", "played", "replayed"]]
      game_id column played replayed
    0       b    win   0.25     0.75
    """
    columns = [column for column in played if column in replayed]
    one, other = (_by_key(frame[columns], key=key) for frame in (played, replayed))
    rows = [row for place in sorted({*one, *other}) for row in _row_differences(one.get(place), other.get(place))]
    places = [place for place in sorted({*one, *other}) for _ in _row_differences(one.get(place), other.get(place))]
    named = [dict(zip(_NAMED, (*place[: len(key)], "", "", ""), strict=False)) for place in places]
    told = [{"table": name} | where | row for where, row in zip(named, rows, strict=True)]
    return pd.DataFrame(told, columns=list(DIFFERENCE_COLUMNS), dtype="str")


def no_differences() -> pd.DataFrame:
    """Return the empty frame of differences."""
    return pd.DataFrame(columns=list(DIFFERENCE_COLUMNS), dtype="str")


def _as_decided(decided: SlipFrames | Slip) -> dict[str, pd.DataFrame]:
    """Return the frames with the slip's own columns, approvals taken back."""
    frames = slip_frames(decided) if isinstance(decided, Slip) else decided
    out = {n: frames[n][[c for c in _COLUMNS[n] if c in frames[n]]] for n in _KEYS if n in frames}
    if "status" in out.get("bets", ()):
        out["bets"] = out["bets"].assign(status=out["bets"]["status"].replace("approved", "proposed"))
    return out


def _by_key(frame: pd.DataFrame, *, key: Sequence[str]) -> dict[tuple[str, ...], dict[str, str]]:
    """Return each row's values as text, by its key; a key that comes again is numbered."""
    text = {str(column): [_text(value) for value in frame[column].tolist()] for column in frame}
    out: dict[tuple[str, ...], dict[str, str]] = {}
    for row in range(len(frame)):
        place = tuple(text[column][row] for column in key)
        again = sum(known[: len(key)] == place for known in out) if place in out else 0
        out[(*place, str(again)) if again else place] = {column: values[row] for column, values in text.items()}
    return out


def _row_differences(one: Mapping[str, str] | None, other: Mapping[str, str] | None) -> list[dict[str, str]]:
    if one is None or other is None:
        here, there = (_ABSENT if row is None else _THERE for row in (one, other))
        return [{"column": WHOLE_ROW, "played": here, "replayed": there}]
    return [
        {"column": column, "played": one[column], "replayed": other[column]}
        for column in one
        if one[column] != other[column]
    ]


def _text(value: Any) -> str:
    """Return a value exactly, as text: equal values, equal text, whatever they were stored in.

    Examples
    --------
    >>> _text(0.1 + 0.2), _text(3.0), _text(float("nan")), _text(None), _text(np.bool_(True))
    ('0.30000000000000004', '3.0', 'missing', 'missing', 'yes')
    """
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return "missing"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return repr(float(value)) if isinstance(value, float | np.floating) else str(value)
