"""Other people's forecasts of the same games, read from a folder of files; what is not there is left out, and said."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow.lib as pa
from scipy.stats import norm

from workbench.errors import FormatError

#: nfelo writes strengths on 538's scale: 25 of it are a point, 400 are odds of ten to one.
_ELO_ODDS: Final = 400.0
_ELO_A_POINT: Final = 25.0
#: Spread of the normal curve through which a line or a strength is usually read: nothing in it is fitted.
FIXED_WIN_SD: Final = 13.0


@dataclass(frozen=True, slots=True)
class Peers:
    """Home-win probabilities of other forecasters.

    Attributes
    ----------
    probabilities : DataFrame, index = game_id
        A column a peer: ``elo`` (538's, plain), ``nfelo`` (before it looks at the market, by its own curve) and
        ``nfelo_fixed`` (the same strengths in points, by a normal curve of sd 13).
    missing : tuple of str
        Why a peer is not there, one sentence each.
    """

    probabilities: pd.DataFrame
    missing: tuple[str, ...]


def read_peers(folder: Path | None) -> Peers:
    """Read the peers of a folder.

    Parameters
    ----------
    folder : Path or None
        With ``fivethirtyeight_elo_*.parquet`` and ``nfelo_games_*.parquet``; None: no peers.

    Raises
    ------
    FormatError
        If a file cannot be read or lacks its columns.
    """
    if folder is None:
        return Peers(pd.DataFrame(), ("No folder of peers was given: set the parameter peers to compare with them.",))
    found, missing = {}, []
    for name, pattern, read in (
        ("elo", "fivethirtyeight_elo_*.parquet", _plain_elo),
        ("nfelo", "nfelo_games_*.parquet", _nfelo_alone),
        ("nfelo_fixed", "nfelo_games_*.parquet", _nfelo_points),
    ):
        files = sorted(folder.glob(pattern))
        if files:
            found[name] = pd.concat([read(path) for path in files])
        else:
            missing.append(f"The folder of peers has no {pattern}: its forecasts are left out.")
    kept = {name: values[~values.index.duplicated(keep=False)] for name, values in found.items()}
    return Peers(pd.DataFrame(kept), tuple(dict.fromkeys(missing)))


def _plain_elo(path: Path) -> "pd.Series[float]":
    frame = _read(path, ["nflverse_game_id", "home_prob"]).dropna()
    return frame.set_index("nflverse_game_id")["home_prob"]


def _nfelo_alone(path: Path) -> "pd.Series[float]":
    """Return nfelo's own curve of its strength difference, the one that flatters it most of those in use."""
    frame = _read(path, ["nflverse_game_id", "nfelo_dif_base"]).dropna()
    difference = frame.set_index("nflverse_game_id")["nfelo_dif_base"]
    return 1.0 / (1.0 + 10.0 ** (-difference / _ELO_ODDS))


def _nfelo_points(path: Path) -> "pd.Series[float]":
    """Return nfelo's strength difference in points through a fixed normal curve, as the benchmark figure was made."""
    frame = _read(path, ["nflverse_game_id", "nfelo_dif_base"]).dropna()
    points = frame.set_index("nflverse_game_id")["nfelo_dif_base"] / _ELO_A_POINT
    return pd.Series(norm.cdf(points / FIXED_WIN_SD), index=points.index)


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, columns=columns)
    except (pa.ArrowInvalid, pa.ArrowKeyError, KeyError, OSError) as error:
        raise FormatError(f"{path.name} must be parquet with {', '.join(columns)}: {error}") from error
