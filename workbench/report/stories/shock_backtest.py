"""What the page of the shock backtest says."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pandas as pd

from workbench.backtest.shock_effects import BASELINES
from workbench.backtest.shock_scores import BREAK_EVEN, bets_needed
from workbench.backtest.shock_selection import CLAIMED_BETS, CLAIMED_RATE, CLAIMED_WINS, KINDS
from workbench.decision.intervals import wilson
from workbench.report.drawing import Finding
from workbench.report.figures import shock_backtest as figures
from workbench.report.latex.items import FigureItem, TableItem
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, compared, count, estimate, listing, number, percent, quantity
from workbench.report.stories.studies import key_number
from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.shock_backtest import ShockBacktest
from workbench.stages.studies.shock_backtest_claims import SOUGHT_ROI, words_of

#: Gains are in points; the strip's cards are too narrow to say so three times over.
_STRIP: Final = (
    ("Opener gains, points", "gain_open", True),
    ("With news, points", "gain_news", True),
    ("Close gains, points", "gain_close", True),
    ("Return at the close", "roi_close", True),
    ("Old set, at the opener", "win_rate_rebuilt_open", False),
    ("Old set, at the close", "win_rate_rebuilt_close", False),
)
_LABELS: Final = {baseline.name: baseline.label for baseline in BASELINES}
#: How a shift was had, beside the kind of shock; what is left after the line is the rule and goes without saying.
_ADJUSTERS: Final = {"library": "", "share": ", effect × share", "earlier": ", as claimed"}
_HOW: Final = (
    "Shifts are what was left after the line; × share: the whole effect times one unpriced share; as claimed: by the "
    "earlier report."
)


def findings(result: ShockBacktest, claims: Sequence[Claim]) -> list[str]:
    """Return the answer, where the earlier win rate may have come from, what bets earned, and what could be seen."""
    known = {claim.name: claim for claim in claims}
    parts = (_rebuilt(result, known), _answer(result, known), _news(known), _returns(result, known), _old(known),
             _power(known))  # fmt: skip
    return [part for part in parts if part]


def _said(claim: Claim, *, signed: bool = True) -> str:
    return estimate(claim.value, claim.low, claim.high, unit=claim.unit, digits=claim.digits, signed=signed)


def _answer(result: ShockBacktest, known: dict[str, Claim]) -> str:
    opener = known.get("gain_open")
    if opener is None:
        return "No shock was known when an opener stood: nothing could be adjusted."
    close = known.get("gain_close")
    tail = ""
    if close is not None:
        tail = (
            f"; adjusting the close by all that was known an hour before kick-off, in "
            f"{count(close.games, 'game')}, {_moved(close)}"
        )
    return (
        f"Adjusting the opener by shocks known when it stood, in {count(opener.games, 'game')} of "
        f"{span(result.seasons[0], result.seasons[-1])}, {_moved(opener)}{tail}."
    )


def _moved(claim: Claim) -> str:
    """Return what a gain does to the error, with the interval turned the way the verb says."""
    better = claim.value >= 0
    ends = (claim.low, claim.high) if better or claim.low is None or claim.high is None else (-claim.high, -claim.low)
    size = estimate(abs(claim.value), *ends, unit=claim.unit, digits=claim.digits)
    verdict = against_zero(*ends).replace("above zero", "told apart from zero")
    return f"{'lowers' if better else 'raises'} its mean absolute error by {size}, {verdict}"


def _news(known: dict[str, Claim]) -> str:
    news, passer = known.get("gain_news"), known.get("gain_news_quarterback_exit")
    if news is None:
        return ""
    said = (
        f"Adjusting the opener by the news that came after it {_moved(news)}: a forecast and no bet, for nobody "
        "offered that line any more."
    )
    if passer is not None:
        said += (
            f" For quarterbacks who went out alone the gain is {_said(passer)} in {count(passer.games, 'game')}, "
            f"{against_zero(passer.low, passer.high)}."
        )
    return said


def _returns(result: ShockBacktest, known: dict[str, Claim]) -> str:
    parts = [
        f"{_said(known[name])} at the {place} ({count(known[name].games, 'bet')})"
        for name, place in (("roi_open", "opener"), ("roi_close", "close"), ("roi_close_total", "closing total"))
        if name in known
    ]
    if not parts:
        return f"No adjustment moved an offered line by {quantity(result.threshold, unit='points', digits=1)} or more."
    best = [known[n] for n in ("roi_open", "roi_close", "roi_close_total") if n in known]
    clear = [claim for claim in best if claim.low is not None and claim.low > 0]
    verdict = f"{len(clear)} of {len(best)} intervals above zero" if clear else "no interval lies above zero"
    return (
        f"Betting where the adjustment moves the line by {quantity(result.threshold, unit='points', digits=1)} or more "
        f"returns, at an assumed price of −110, {listing(parts)}: {verdict}."
    )


def _rebuilt(result: ShockBacktest, known: dict[str, Claim]) -> str:
    opener, close = known.get("win_rate_rebuilt_open"), known.get("win_rate_rebuilt_close")
    if opener is None or close is None:
        return ""
    row = result.rebuilt_of("open")
    timely = int(row["in_time"]) if row else 0
    came = f"only {timely}" if timely else "none"
    return (
        f"The earlier report said {percent(CLAIMED_RATE, digits=1)} of {CLAIMED_BETS} shock bets won. A set rebuilt by "
        f"a rule ({count(len(result.selection.events), 'bet')}; not the set itself) wins "
        f"{_said(opener, signed=False)} at openers, {_against_break_even(opener)}, and {_said(close, signed=False)} at "
        f"closes, {_against_break_even(close)}; but of its {opener.games} openers {came} came after the news."
    )


def _against_break_even(claim: Claim) -> str:
    low, high = ((end - BREAK_EVEN) if end is not None else None for end in (claim.low, claim.high))
    verdict = compared(low, high, below="below", above="above")
    return f"{verdict} the {percent(BREAK_EVEN, digits=1)} to break even"


def _old(known: dict[str, Claim]) -> str:
    coach = known.get("gain_earlier_close_coaching_change")
    if coach is None:
        return ""
    earned = known.get("roi_earlier_close_coaching_change")
    said = (
        f"The earlier claim for coaching changes, taken at its word and added to the close in "
        f"{count(coach.games, 'game')}, {_moved(coach)}"
    )
    if earned is not None:
        said += f"; bets on it return {_said(earned)}"
    return said + "; the claimed yards cannot be turned into points."


def _power(known: dict[str, Claim]) -> str:
    seasons = known.get("seasons_needed")
    tail = f": about {number(seasons.value, digits=0)} seasons of bets at the close" if seasons else ""
    return (
        f"A true return of {percent(SOUGHT_ROI, digits=0)} would take {count(bets_needed(SOUGHT_ROI), 'bet')} to be "
        f"seen four times in five{tail}. What is not told apart from zero here is not shown to be zero."
    )


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry if entry.unit == "%" else replace(entry, unit="") for entry in shown if entry is not None]


def gain_figure(result: ShockBacktest) -> Finding:
    """Draw the gains by kind of shock, against the opener with later news and against the close."""
    rows = _paired(result)
    clear = sum(int((rows[f"{end}_low"] > 0).sum()) for end in ("open", "close"))
    drawn = sum(int(rows[f"{end}_low"].notna().sum()) for end in ("open", "close"))
    lie = "lies" if clear == 1 else "lie"
    title = f"{clear or 'none'} of {count(drawn, 'interval')} {lie} above zero; 1 in 40 would by luck"
    seasons = span(result.seasons[0], result.seasons[-1])
    return figures.paired_gains(
        rows, title=title,
        subtitle=f"gain of the adjusted line on the games each shock touched, {seasons}; 95 % intervals by week",
    )  # fmt: skip


def _paired(result: ShockBacktest) -> pd.DataFrame:
    mine = result.gains[result.gains["adjuster"].eq("library") & ~result.gains["oracle"].astype(bool)]
    parts = []
    for end, names in (("open", ("news", "open_total")), ("close", ("close", "close_total"))):
        rows = mine[mine["baseline"].isin(names) & mine["gain_low"].notna()]
        total = rows["baseline"].str.endswith("_total")
        name = (rows["type"].map(words_of) + total.map({True: " (total)", False: ""})).where(
            rows["type"].ne("all"), total.map({True: "all known, totals", False: "all known, margins"})
        )
        columns = {"gain": end, "gain_low": f"{end}_low", "gain_high": f"{end}_high", "games": f"{end}_games"}
        parts.append(rows.assign(name=name).set_index("name")[list(columns)].rename(columns=columns))
    both = pd.concat(parts, axis=1).reset_index()
    games = both[["open_games", "close_games"]].max(axis=1)
    first = both["name"].str.startswith("all known")
    ordered = both.assign(games=games, first=first).sort_values(["first", "games"], ascending=False, kind="stable")
    label = ordered["name"] + ", " + ordered["games"].astype("int64").astype("str")
    return ordered.assign(name=label).reset_index(drop=True)


def profit_figure(result: ShockBacktest) -> Finding:
    """Draw profit adding up at opener and close."""
    ends = {end: float(path["profit"].iloc[-1]) for end, path in result.paths.items() if len(path)}
    outside = [
        end for end, path in result.paths.items()
        if len(path) and not path["low"].iloc[-1] <= path["profit"].iloc[-1] <= path["high"].iloc[-1]
    ]  # fmt: skip
    words = {"open": "opener", "close": "close"}
    sums = listing([f"{number(v, digits=0, signed=True)} units at the {words[end]}" for end, v in ends.items()])
    where = "outside luck's band at the " + listing([words[e] for e in outside]) if outside else "inside luck's band"
    return figures.profit(
        result.paths, title=f"bets end at {sums}, {where}",
        subtitle=f"one unit where the adjustment moves the line {number(result.threshold, digits=1)} points or more, "
        f"−110 assumed, {span(result.seasons[0], result.seasons[-1])}",
    )  # fmt: skip


def rate_figure(result: ShockBacktest) -> Finding:
    """Draw the rebuilt set's win rates by kind, beside what was claimed."""
    claimed = wilson(CLAIMED_WINS, CLAIMED_BETS)
    rows = [{"name": f"claimed before, {CLAIMED_BETS}", "value": CLAIMED_RATE, "low": claimed.low, "high": claimed.high,
             "look": "claim"}]  # fmt: skip
    for kind in ("all", *KINDS):
        for end, word in (("open", "opener"), ("close", "close")):
            row = result.rebuilt_of(end, kind=kind)
            if row is not None and row["bets"] >= 5:
                named = f"{'rebuilt' if kind == 'all' else kind}, {word}, {row['bets']}"
                rows.append({"name": named, "value": row["win_rate"], "low": row["win_low"], "high": row["win_high"],
                             "look": end})  # fmt: skip
    ends = {end: result.rebuilt_of(end) for end in ("open", "close")}
    shown = [
        f"{percent(row['win_rate'])} at the {word}"
        for (end, row), word in zip(ends.items(), ("opener", "close"), strict=True)
        if row is not None
    ]
    return figures.win_rates(
        pd.DataFrame(rows), break_even=BREAK_EVEN, title=f"the set rebuilt wins {listing(shown)}",
        subtitle="a reconstruction by rule; bets on each row, kinds of five or more; 95 % Wilson intervals",
    )  # fmt: skip


def gain_rows(result: ShockBacktest) -> pd.DataFrame:
    """Return the gains for the table, all shocks together first."""
    rows = result.gains.assign(
        line=result.gains["baseline"].map(_LABELS), shock=_shocks(result.gains), first=result.gains["type"].ne("all")
    )
    ordered = rows.sort_values("first", kind="stable")
    return ordered[["line", "shock", "games", "gain", "gain_low", "gain_high"]]


def bet_rows(result: ShockBacktest) -> pd.DataFrame:
    """Return the records of bets for the table, in percent; all shocks at the stated threshold first."""
    bets = result.bets
    shares = {name: 100 * bets[name] for name in ("win_rate", "roi", "roi_low", "roi_high")}
    line = bets["baseline"].map(_LABELS) + bets["offered"].map({True: "", False: " (not offered)"})
    later = bets["type"].ne("all") | bets["threshold"].ne(result.threshold)
    rows = bets.assign(line=line, shock=_shocks(bets), later=later, **shares).sort_values("later", kind="stable")
    return rows[["line", "shock", "threshold", "bets", "win_rate", "roi", "roi_low", "roi_high"]]


def _shocks(rows: pd.DataFrame) -> "pd.Series[str]":
    oracle = rows["oracle"].astype(bool).map({True: " (oracle)", False: ""})
    return rows["type"].map(words_of) + oracle + rows["adjuster"].map(_ADJUSTERS)


def printed(result: ShockBacktest) -> list[TableItem | FigureItem]:
    """Return what the dissertation prints."""
    rows = gain_rows(result)
    gains = rows[result.gains["type"].reindex(rows.index).eq("all")]
    note = f"{_HOW} Paired on identical games, 95 % intervals clustered by week."
    return [
        FigureItem("shock-backtest-gains", gain_figure(result)),
        TableItem("shock-backtest-lines", gains, "Gain in mean absolute error of shock-adjusted lines, points",
                  note=note, digits=3),
        FigureItem("shock-backtest-rates", rate_figure(result)),
        TableItem("shock-backtest-set", rebuilt_rows(result), "The earlier set of shock bets, rebuilt by a rule",
                  note="Win rates in percent, pushes aside; Wilson's 95 % intervals.", digits=1),
    ]  # fmt: skip


def rebuilt_rows(result: ShockBacktest) -> pd.DataFrame:
    """Return the rebuilt set for the table, in percent."""
    rows = result.rebuilt
    shares = {name: 100 * rows[name] for name in ("win_rate", "win_low", "win_high")}
    words = {"open": "opener", "close": "close"}
    shown = rows.assign(line=rows["end"].map(words), known_in_time=rows["in_time"], **shares)
    return shown[
        ["line", "kind", "events", "bets", "known_in_time", "wins", "pushes", "win_rate", "win_low", "win_high"]
    ]


def share_words(result: ShockBacktest) -> list[str]:
    """Return what the words for a shift mean, and how much of the effects each line left before the last season."""
    last = result.walk.shares[result.walk.shares["season"].eq(result.walk.shares["season"].max())]
    said = [_HOW]
    for row in last[last["baseline"].isin(["open", "close"])].to_dict("records"):
        low, high = (row["share"] + z * row["standard_error"] for z in (-1.96, 1.96))
        said.append(
            f"The {_LABELS[row['baseline']]} left {estimate(row['share'], low, high, unit='%')} of the effects."
        )
    return said


def rule_words(result: ShockBacktest) -> list[str]:
    """Return how the set was rebuilt, and what other cuts would have given."""
    chosen = result.selection
    said = [
        "In-season shocks: a quarterback out for a lesser man (hurt, or any cause where no reports are), a starter "
        "ruled out hurt, a coach replaced, a star traded, strong wind, rain or snow.",
        "Bets go against the team hit, on the team with the new coach or the arriving star, and under in weather; one "
        "a game and side. Weather bets rest on what was observed: an oracle.",
        f"Expected severity of {number(chosen.cut)} or more leaves {count(len(chosen.events), 'bet')}, the count "
        f"nearest to {CLAIMED_BETS}.",
    ]
    words = {"open": "openers", "close": "closes"}
    for row in result.nearby.to_dict("records"):
        said.append(
            f"A cut at {number(row['cut'])}: {percent(row['win_rate'], digits=1)} of {count(row['bets'], 'bet')} at "
            f"{words[row['end']]}."
        )
    return said
