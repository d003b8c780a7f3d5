"""Other people's forecasts of the same games, read from a folder of files; what is not there is left out, and said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.lib as pa
from scipy.stats import norm

from workbench.errors import FormatError, ParameterError

#: nfelo writes strengths on 538's scale: 25 of it are a point, 400 are odds of ten to one.
_ELO_ODDS: Final = 400.0
_ELO_A_POINT: Final = 25.0
#: Spread of the normal curve through which a line or a strength is usually read: nothing in it is fitted.
FIXED_WIN_SD: Final = 13.0
_ELO_FILES: Final = "fivethirtyeight_elo_*.parquet"
_NFELO_FILES: Final = "nfelo_games_*.parquet"
_FPI_FILES: Final = "espn_fpi_*.parquet"


class Peer(NamedTuple):
    """One forecaster as readers know it.

    Attributes
    ----------
    label : str
    knows : str
        What it had read that a forecast without the market has not; empty for none.
    """

    label: str
    knows: str = ""


#: Every peer, by column.
PEERS: Final[Mapping[str, Peer]] = MappingProxyType(
    {
        "elo": Peer("538 Elo, plain"),
        # 538's own QB-Elo is not in the files: its parts are, and put together here
        "elo_quarterback": Peer("538 Elo and quarterbacks (ours)", "which quarterbacks started, known at kick-off"),
        "nfelo": Peer("nfelo alone, its own curve"),
        "nfelo_fixed": Peer("nfelo alone, a fixed curve"),
        "nfelo_open": Peer("nfelo regressed to the opener", "the opening line"),
        "nfelo_close": Peer("nfelo regressed to the close", "the closing line"),
        "fpi": Peer("ESPN FPI, untouched since kick-off"),
    }
)
#: Those of the study of forecast skill: they have read no line, and their files need no repair.
INDEPENDENT: Final = ("elo", "nfelo", "nfelo_fixed")


@dataclass(frozen=True, slots=True)
class Peers:
    """Home-win probabilities of other forecasters.

    Attributes
    ----------
    probabilities : DataFrame, index = game_id
        A column a peer, named as in `PEERS`; null where it said nothing.
    missing : tuple of str
        Why a peer is not there, one sentence each.
    counted : tuple of str
        Rows that were there and are not used, counted, one sentence each.
    """

    probabilities: pd.DataFrame
    missing: tuple[str, ...]
    counted: tuple[str, ...] = ()


def read_peers(folder: Path | None, *, which: Sequence[str] = INDEPENDENT) -> Peers:
    """Read the peers of a folder.

    Parameters
    ----------
    folder : Path or None
        With the files of 538's Elo, nfelo and ESPN's FPI; None: no peers.
    which : sequence of str
        Names of `PEERS`; ``tuple(PEERS)`` for all.

    Raises
    ------
    FormatError
        If a file cannot be read or lacks its columns.
    ParameterError
        If a peer is not known.
    """
    if unknown := [name for name in which if name not in PEERS]:
        raise ParameterError(f"There is no peer {unknown[0]!r}. There are: {', '.join(PEERS)}.")
    if folder is None:
        return Peers(pd.DataFrame(), ("No folder of peers was given: set the parameter peers to compare with them.",))
    found, missing = {}, []
    for name in which:
        patterns, read = _READERS[name]
        files = [sorted(folder.glob(pattern)) for pattern in patterns]
        lacking = [pattern for pattern, paths in zip(patterns, files, strict=True) if not paths]
        missing += [f"The folder of peers has no {pattern}: its forecasts are left out." for pattern in lacking]
        if not lacking:
            found[name] = read(*files)
    kept = {name: values[~values.index.duplicated(keep=False)] for name, values in found.items()}
    counted = _fpi_rows_left_out(folder) if "fpi" in found else ()
    return Peers(pd.DataFrame(kept), tuple(dict.fromkeys(missing)), counted)


def _elo(files: Sequence[Path]) -> "pd.Series[float]":
    return _column(files, "home_prob")


def _elo_quarterback(elo: Sequence[Path], nfelo: Sequence[Path]) -> "pd.Series[float]":
    """Return 538's plain Elo moved by what 538's method makes of the two quarterbacks, as nfelo republishes it.

    538's own QB-Elo probabilities are not in the files; this is not them, but what they are made of.
    """
    home = _elo(elo)
    strength = pd.Series(-_ELO_ODDS * np.log10(1.0 / home.to_numpy(np.float64) - 1.0), index=home.index)
    return _curve((strength + _column(nfelo, "home_net_qb_mod")).dropna())


def _nfelo(column: str) -> "Callable[[Sequence[Path]], pd.Series[float]]":
    """Return the reader of a strength difference through nfelo's own curve, which flatters it most of those in use."""
    return lambda files: _curve(_column(files, column))


def _nfelo_points(files: Sequence[Path]) -> "pd.Series[float]":
    """Return nfelo's strength difference in points through a fixed normal curve, as the benchmark figure was made."""
    points = _column(files, "nfelo_dif_base") / _ELO_A_POINT
    return pd.Series(norm.cdf(points / FIXED_WIN_SD), index=points.index)


def _fpi(files: Sequence[Path]) -> "pd.Series[float]":
    """Return FPI's probabilities of rows last modified before kick-off: a later one may know the game."""
    rows = _fpi_rows(files)
    return rows[rows["before"]]["home_prob"]


def _fpi_rows(files: Sequence[Path]) -> pd.DataFrame:
    columns = ["nflverse_game_id", "home_prob", "date", "lastModified"]
    rows = pd.concat([_read(path, columns) for path in files]).dropna().set_index("nflverse_game_id")
    try:
        kickoff, modified = (pd.to_datetime(rows[name], utc=True, format="ISO8601") for name in columns[2:])
    except ValueError as error:
        raise FormatError(f"The dates of ESPN's forecasts must be ISO 8601: {error}") from error
    return rows.assign(before=modified <= kickoff)


def _fpi_rows_left_out(folder: Path) -> tuple[str, ...]:
    rows = _fpi_rows(sorted(folder.glob(_FPI_FILES)))
    before = int(rows["before"].sum())
    return (
        f"{len(rows) - before:,} of {len(rows):,} forecasts of ESPN's FPI were modified after kick-off and are left "
        f"out; the {before:,} that remain are those nobody touched again, no fair sample of its games.",
    )


def _curve(strength: "pd.Series[float]") -> "pd.Series[float]":
    chance: pd.Series[float] = 1.0 / (1.0 + 10.0 ** (-strength / _ELO_ODDS))
    return chance


def _column(files: Sequence[Path], name: str) -> "pd.Series[float]":
    frame = pd.concat([_read(path, ["nflverse_game_id", name]).dropna() for path in files])
    return frame.set_index("nflverse_game_id")[name]


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, columns=columns)
    except (pa.ArrowInvalid, pa.ArrowKeyError, KeyError, OSError) as error:
        raise FormatError(f"{path.name} must be parquet with {', '.join(columns)}: {error}") from error


#: Peer -> the files it needs, and how it is read from them.
_READERS: Final[Mapping[str, tuple[tuple[str, ...], "Callable[..., pd.Series[float]]"]]] = MappingProxyType(
    {
        "elo": ((_ELO_FILES,), _elo),
        "elo_quarterback": ((_ELO_FILES, _NFELO_FILES), _elo_quarterback),
        "nfelo": ((_NFELO_FILES,), _nfelo("nfelo_dif_base")),
        "nfelo_fixed": ((_NFELO_FILES,), _nfelo_points),
        "nfelo_open": ((_NFELO_FILES,), _nfelo("nfelo_dif_open")),
        "nfelo_close": ((_NFELO_FILES,), _nfelo("nfelo_dif_close")),
        "fpi": ((_FPI_FILES,), _fpi),
    }
)
