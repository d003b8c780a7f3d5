"""Prices and lines as sources write them, turned into quotes: American into decimal, missing into -110.

Sportsbook notation ends here. What cannot be a price goes to quarantine with its reason; nothing is guessed.
"""

import numpy as np
import pandas as pd

from workbench.data.quarantine import Checked, empty_quarantine, quarantined

#: -110 as a decimal price: what a missing price is taken to be, and flagged.
ASSUMED_PRICE = 1 + 100 / 110
#: Decimal prices from here on are American odds in the wrong place: American odds are never smaller than 100.
AMERICAN_FROM = 100.0

#: A quote before its prices are looked at carries prices in these columns.
AMERICAN = {"american_home": "price_home", "american_away": "price_away"}


def decimal_from_american(american: "pd.Series[float]") -> "pd.Series[float]":
    """Return decimal prices; what is smaller than 100 in size has no American reading and becomes missing.

    Examples
    --------
    >>> decimal_from_american(pd.Series([-110.0, 150.0, 1.91])).round(3).to_list()
    [1.909, 2.5, nan]
    """
    size = american.abs()
    price = pd.Series(np.where(american > 0, 1 + size / 100, 1 + 100 / size), index=american.index)
    return price.where(size >= AMERICAN_FROM)


def checked_american(quotes: pd.DataFrame) -> Checked:
    """Return quotes with decimal prices; rows whose American odds are none go to quarantine.

    Parameters
    ----------
    quotes : DataFrame
        With ``american_home`` and ``american_away`` (the over and the under for totals).
    """
    wrong = pd.Series(False, index=quotes.index)
    found = [empty_quarantine()]
    for column in AMERICAN:
        bad = quotes[column].abs() < AMERICAN_FROM
        reason = quotes.loc[bad & ~wrong, column].map(
            lambda value: f"American odds must be 100 or more in size, got {value}. Decimal odds?"
        )
        rows = quotes.loc[reason.index]
        found.append(quarantined(rows, table="quotes", rule="american_odds", column=column, reason=reason))
        wrong |= bad
    kept = quotes[~wrong]
    prices = {price: decimal_from_american(kept[column]) for column, price in AMERICAN.items()}
    return Checked(kept.drop(columns=list(AMERICAN)).assign(**prices), pd.concat(found, ignore_index=True))


def checked_decimal(quotes: pd.DataFrame) -> Checked:
    """Return quotes whose decimal prices can be decimal prices; the others go to quarantine.

    Raises nothing: the reason stands beside the row, such as
    ``Decimal odds must be above 1, got -110.0. American odds?``
    """
    wrong = pd.Series(False, index=quotes.index)
    found = [empty_quarantine()]
    for column in AMERICAN.values():
        low, high = quotes[column] <= 1, quotes[column] >= AMERICAN_FROM
        new = (low | high) & ~wrong
        rule = np.where(low[new], "above 1", f"below {AMERICAN_FROM:.0f}")
        reason = pd.Series(
            [
                f"Decimal odds must be {bound}, got {value}. American odds?"
                for bound, value in zip(rule, quotes.loc[new, column], strict=True)
            ],
            index=quotes.index[new],
            dtype="str",
        )
        found.append(quarantined(quotes[new], table="quotes", rule="decimal_odds", column=column, reason=reason))
        wrong |= new
    return Checked(quotes[~wrong], pd.concat(found, ignore_index=True))


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
