"""What the page of overround says."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures import overround as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing, number, percent
from workbench.report.stories.studies import key_number
from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.overround import REFERENCE, OverroundStudy, told_apart
from workbench.stages.studies.overround_claims import market_name, method_name

_STRIP: Final = (
    ("Slope, proportional, moneylines", "slope_proportional_moneyline", False),
    ("Slope, power, moneylines", "slope_power_moneyline", False),
    ("Favourites above proportional, moneylines", "favourite_proportional_moneyline", True),
    ("Slope, proportional, Pinnacle", "slope_proportional_epl_pinnacle", False),
    ("Slope, odds ratio, Pinnacle", "slope_odds_ratio_epl_pinnacle", False),
    ("Favourites above proportional, Pinnacle", "favourite_proportional_epl_pinnacle", True),
)
_SHOWN: Final = {"pinnacle": "Pinnacle's close", "bet365": "bet365's close"}


def findings(study: OverroundStudy, *, method: str) -> list[str]:
    """Return which method fits best, and how little it matters.

    Parameters
    ----------
    study : OverroundStudy
    method : str
        The policy's.
    """
    said = [
        _overall(study),
        _how_little(study),
        _lowest(study),
        _favourites(study),
        _policy(study, method),
    ]
    return [sentence for sentence in said if sentence]


def _overall(study: OverroundStudy) -> str:
    apart = told_apart(study)
    asked = f"of {count(study.tests, 'comparison')} with the proportional method"
    if apart.empty:
        return f"No method is told apart from simply dividing by the sum: none {asked} survives Holm's adjustment."
    named = [f"{method_name(r['method'], outcomes=r['outcomes'])} on {market_name(r['market'], r['source'])} "
             f"({'better' if r['gain'] > 0 else 'worse'})" for r in _rows(apart)]  # fmt: skip
    return f"{len(apart)} {asked} {'survives' if len(apart) == 1 else 'survive'} Holm's adjustment: {listing(named)}."


def _how_little(study: OverroundStudy) -> str:
    """Return how far methods lie apart, and how many games would tell them from one another."""
    others = study.main[(study.main["method"] != REFERENCE) & study.main["needed"].notna()]
    if others.empty:
        return ""
    fewest = min(_rows(others), key=lambda row: float(row["needed"]))
    named = method_name(fewest["method"], outcomes=fewest["outcomes"])
    return (
        f"Methods move a probability by {number(100 * others['distance'].min())} to "
        f"{number(100 * others['distance'].max())} points of a hundred on average; at the differences seen, the fewest "
        f"games that would tell one from it four times in five are {number(round(fewest['needed'], -2), digits=0)} "
        f"({named}, {market_name(fewest['market'], fewest['source'])})."
    )


def _lowest(study: OverroundStudy) -> str:
    """Return which method has the lowest log loss on each market, and whether that says anything."""
    best = _rows(study.main[study.main["best"]])
    named = [
        f"{method_name(r['method'], outcomes=r['outcomes'])} on {market_name(r['market'], r['source'])}" for r in best
    ]
    behind = study.main[~study.main["tied"]]
    rest = "each of them tied with every other method"
    if not behind.empty:
        where = [market_name(r["market"], r["source"]) for r in _rows(behind.drop_duplicates(["market", "source"]))]
        rest = f"ties everywhere but on {listing(where)}, where single comparisons put {len(behind)} behind"
    return f"The lowest log loss is that of {listing(named, most=8)}: {rest}."


def market_words(study: OverroundStudy) -> list[str]:
    """Return each market's verdict, one line each."""
    return [_market(rows) for _, rows in study.main.groupby(["market", "source"], sort=False)]


def _market(rows: pd.DataFrame) -> str:
    best = _rows(rows[rows["best"]])[0]
    outcomes = int(best["outcomes"])
    tied = [method_name(m, outcomes=outcomes) for m in rows.loc[rows["tied"] & ~rows["best"], "method"]]
    behind = [method_name(m, outcomes=outcomes) for m in rows.loc[~rows["tied"], "method"]]
    where = (
        f"{market_name(best['market'], best['source'])} ({count(int(best['games']), 'game')} of "
        f"{span(int(best['first']), int(best['last']))}, margin {percent(best['margin'], digits=1)})"
    )
    verdict = f"tied with {listing(tied)}" if tied else "told apart from every other"
    rest = f"; behind it, looked at alone: {listing(behind)}" if behind else ""
    named = method_name(best["method"], outcomes=outcomes)
    return f"{where[:1].upper()}{where[1:]}: {named} has the lowest log loss, {verdict}{rest}."


def _favourites(study: OverroundStudy) -> str:
    rows = _rows(study.main[study.main["method"] == REFERENCE].dropna(subset=["favourite_low"]))
    shown = [
        f"{market_name(r['market'], r['source'])} "
        f"{estimate(*(100 * r[f'favourite{end}'] for end in ('', '_low', '_high')), unit='points', signed=True)}"
        f"{_told(study, r)}"
        for r in rows
    ]
    if not shown:
        return ""
    said = "How much more often the shortest price won than the proportional method says, in a hundred"
    return f"{said}: {'; '.join(shown)}."


def _told(study: OverroundStudy, row: dict[str, Any]) -> str:
    """Return, of a bias that is told from zero, whether the market's other sources have it too."""
    verdict = against_zero(row["favourite_low"], row["favourite_high"])
    if verdict.startswith("not"):
        return ""
    like = study.scores[
        (study.scores["market"] == row["market"]) & ~study.scores["main"] & (study.scores["method"] == REFERENCE)
    ].dropna(subset=["favourite_low"])
    if like.empty:
        return f", {verdict}"
    same = like[(like["favourite_high"] < 0) if row["favourite"] < 0 else (like["favourite_low"] > 0)]
    return f", {verdict}, as in {len(same)} of {count(len(like), 'other source')}"


def _policy(study: OverroundStudy, method: str) -> str:
    named = {"shin": "additive", "logarithmic": "odds_ratio"}.get(method, method)
    rows = study.main[(study.main["method"] == named) & (study.main["outcomes"] == 2)]
    worse = [market_name(r["market"], r["source"]) for r in _rows(rows[(rows["p_holm"] < 0.05) & (rows["gain"] < 0)])]
    known = method_name(method) if method != "logarithmic" else "logarithmic"
    reason = f"it is worse on {listing(worse)}" if worse else "nothing here says it should change"
    return f"The policy takes margins out by the {known} method: {reason}."


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in shown if entry is not None]


def gain_figure(study: OverroundStudy) -> Finding:
    """Draw what each method gains on the proportional one, market by market."""
    rows = study.main[study.main["method"] != REFERENCE]
    named = [f"{_short(r)}: {method_name(r['method'], outcomes=0)}" for r in _rows(rows)]
    apart, tests = len(told_apart(study)), study.tests
    title = f"{apart or 'none'} of {count(tests, 'comparison')} holds once all are counted"
    subtitle = "log loss, paired on the same games, 95 % intervals clustered by week, one comparison at a time"
    return figures.method_gains(
        rows.assign(name=named, market=rows["market"] + rows["source"]), title=title, subtitle=subtitle
    )


def _short(row: dict[str, Any]) -> str:
    return str(row["source"]) if row["market"] == "1x2" else str(row["market"])


def favourite_figure(study: OverroundStudy) -> Finding:
    """Draw favourites and longshots against what each method says of them."""
    firsts = study.main.drop_duplicates(["market", "source"])
    names = {f"{r['market']}_{r['source']}": _SHOWN.get(r["source"], f"{r['market']}s") for r in _rows(firsts)}
    seen = study.curves[study.curves["method"] == "outcome"]
    off = int(((seen["low"] > 0) | (seen["high"] < 0)).sum())
    title = f"{off} of {count(len(seen), 'price band')} won more or less than the proportional method says"
    subtitle = (
        "bands of equally many prices; two outcomes: the favourite's, three: every outcome's; weeks clustered; "
        "one band in twenty would by luck"
    )
    return figures.favourite_curves(study.curves, names=names, title=title, subtitle=subtitle)


def score_table(study: OverroundStudy, *, main: bool = True) -> pd.DataFrame:
    """Return one row a market and method, of each market's largest source or of the others."""
    rows = study.scores[study.scores["main"] == main]
    return pd.DataFrame(
        {
            "market": [market_name(r["market"], r["source"]) for r in _rows(rows)],
            "method": [method_name(r["method"], outcomes=r["outcomes"]) for r in _rows(rows)],
            "games": rows["games"].to_numpy(),
            "log_loss": rows["log_loss"].to_numpy(),
            "brier": rows["brier"].to_numpy(),
            "verdict": ["best" if r["best"] else "tied" if r["tied"] else "behind" for r in _rows(rows)],
            "slope": [_between(r, "slope") for r in _rows(rows)],
        }
    )


def _between(row: dict[str, Any], column: str) -> str:
    low, high = row[f"{column}_low"], row[f"{column}_high"]
    return "–" if low != low else f"{number(row[column])} ({number(low)} to {number(high)})"


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
