"""One code a franchise, whatever a file calls it in whatever season."""

import pandas as pd

#: The code of each franchise, and every other code or nickname the sources use for it.
FRANCHISES: dict[str, tuple[str, ...]] = {
    "ARI": ("ARZ", "CRD", "PHO", "Cardinals"),
    "ATL": ("Falcons",),
    "BAL": ("BLT", "RAV", "Ravens"),
    "BUF": ("Bills",),
    "CAR": ("Panthers",),
    "CHI": ("Bears",),
    "CIN": ("Bengals",),
    "CLE": ("CLV", "Browns"),
    "DAL": ("Cowboys",),
    "DEN": ("Broncos",),
    "DET": ("Lions",),
    "GB": ("GNB", "Packers"),
    "HOU": ("HST", "HTX", "Texans"),
    "IND": ("CLT", "Colts"),
    "JAX": ("JAC", "Jaguars"),
    "KC": ("KAN", "Chiefs"),
    "LA": ("LAR", "STL", "SL", "RAM", "Rams"),
    "LAC": ("SD", "SDG", "Chargers"),
    "LV": ("OAK", "LVR", "RAI", "Raiders"),
    "MIA": ("Dolphins",),
    "MIN": ("Vikings",),
    "NE": ("NWE", "Patriots"),
    "NO": ("NOR", "Saints"),
    "NYG": ("Giants",),
    "NYJ": ("Jets",),
    "PHI": ("Eagles",),
    "PIT": ("Steelers",),
    "SEA": ("Seahawks",),
    "SF": ("SFO", "Fortyniners", "49ers"),
    "TB": ("TAM", "Buccaneers"),
    "TEN": ("OTI", "Titans"),
    "WAS": ("WSH", "Commanders", "Redskins", "Football Team"),
}

_CODE = {alias: code for code, aliases in FRANCHISES.items() for alias in (code, *aliases)}


def franchise_codes(teams: "pd.Series[str]") -> "pd.Series[str]":
    """Return one code a franchise; a team that is in no table keeps its name, so that a check can name it.

    Examples
    --------
    >>> franchise_codes(pd.Series(["OAK", "LAR", "XYZ"])).to_list()
    ['LV', 'LA', 'XYZ']
    """
    return teams.map(_CODE).where(teams.isin(_CODE), teams).astype("str")


def nickname_codes(names: "pd.Series[str]") -> "pd.Series[str]":
    """Return franchise codes of full names such as ``Kansas City Chiefs``, by the last one or two words.

    Examples
    --------
    >>> nickname_codes(pd.Series(["Kansas City Chiefs", "Washington Football Team", "Nowhere Nobodies"])).to_list()
    ['KC', 'WAS', 'Nowhere Nobodies']
    """
    last = names.str.split().str[-1]
    last_two = names.str.split().str[-2:].str.join(" ")
    return last.map(_CODE).fillna(last_two.map(_CODE)).fillna(names).astype("str")


def with_franchise_codes(frame: pd.DataFrame, *, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a frame whose team columns, where it has them, hold one code a franchise."""
    return frame.assign(**{name: franchise_codes(frame[name]) for name in columns if name in frame.columns})
