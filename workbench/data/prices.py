"""Prices as sources write them, turned into decimal ones: American into decimal, missing into -110.

What cannot be a price goes to quarantine with its reason; nothing is guessed.
"""

import numpy as np
import pandas as pd

from workbench.data.quarantine import Checked, empty_quarantine, quarantined

#: -110 as a decimal price: what a missing price is taken to be, and flagged.
ASSUMED_PRICE = 1 + 100 / 110
#: American odds are never smaller than this in size, and decimal ones for a game are never this large.
AMERICAN_FROM = 100.0

#: American price column -> decimal price column (the over and the under for totals).
AMERICAN = {"american_home": "price_home", "american_away": "price_away"}


def decimal_from_american(american: "pd.Series[float]") -> "pd.Series[float]":
    """Return decimal prices; what is smaller than 100 in size has no American reading and becomes missing.

    Examples
    --------
    >>> decimal_from_american(pd.Series([-110.0, 150.0, 1.91])).round(3).to_list()
    [1.909, 2.5, nan]
    """
    size = american.abs().where(american.abs() >= AMERICAN_FROM)
    return (1 + size / 100).where(american > 0, 1 + 100 / size)


def checked_american(quotes: pd.DataFrame) -> Checked:
    """Return quotes with decimal prices; rows whose American odds are none go to quarantine.

    Parameters
    ----------
    quotes : DataFrame
        With ``american_home``, ``american_away``, ``price_home``, ``price_away``: a source fills one pair or none.
    """
    wrong = pd.Series(False, index=quotes.index)
    found = [empty_quarantine()]
    for column in AMERICAN:
        bad = (quotes[column].abs() < AMERICAN_FROM) & ~wrong
        words = quotes.loc[bad, column].map(
            lambda value: f"American odds must be 100 or more in size, got {value}. Decimal odds?"
        )
        found.append(quarantined(quotes[bad], table="quotes", rule="american_odds", column=column, reason=words))
        wrong |= bad
    kept = quotes[~wrong]
    prices = {price: kept[price].fillna(decimal_from_american(kept[column])) for column, price in AMERICAN.items()}
    return Checked(kept.drop(columns=list(AMERICAN)).assign(**prices), pd.concat(found, ignore_index=True))


def checked_decimal(quotes: pd.DataFrame) -> Checked:
    """Return quotes whose decimal prices can be decimal prices; the others go to quarantine.

    The reason stands beside the row: ``Decimal odds must be above 1, got -110.0. American odds?``
    """
    wrong = pd.Series(False, index=quotes.index)
    found = [empty_quarantine()]
    for column in AMERICAN.values():
        bad = ((quotes[column] <= 1) | (quotes[column] >= AMERICAN_FROM)) & ~wrong
        words = quotes.loc[bad, column].map(_decimal_words)
        found.append(quarantined(quotes[bad], table="quotes", rule="decimal_odds", column=column, reason=words))
        wrong |= bad
    return Checked(quotes[~wrong], pd.concat(found, ignore_index=True))


def _decimal_words(value: float) -> str:
    bound = "above 1" if value <= 1 else f"below {AMERICAN_FROM:.0f}"
    return f"Decimal odds must be {bound}, got {value}. American odds?"


def offered(quotes: pd.DataFrame) -> pd.DataFrame:
    """Return only what was offered, missing prices of a line filled with -110 and flagged ``price_assumed``.

    A spread or total without its line, and a moneyline without both its prices, is not an offer.
    """
    moneyline = quotes["market"].eq("moneyline")
    priced = quotes["price_home"].notna() & quotes["price_away"].notna()
    offers = quotes[np.where(moneyline, priced, quotes["line"].notna())]
    assumed = offers["price_home"].isna() | offers["price_away"].isna()
    filled = {name: offers[name].fillna(ASSUMED_PRICE) for name in AMERICAN.values()}
    return offers.assign(**filled, price_assumed=assumed)
