"""One season on one sheet: a file by itself that prints on two pages, with what was won and lost, and how sure."""

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
import pandas as pd
from markupsafe import Markup

from workbench.backtest.season import SeasonWalk
from workbench.decision.walk_performance import WalkPerformance, walk_performance
from workbench.report.blocks import Block, block_css
from workbench.report.drawing import Finding
from workbench.report.figures.bankroll import bankroll_and_drawdown, return_forest
from workbench.report.figures.forecasters import reliability_curves
from workbench.report.figures.performance import cumulative_clv, expected_against_realized_clv, win_rate_by_edge
from workbench.report.page import findings, key_numbers
from workbench.report.publish.render import partial, template_folder
from workbench.report.sentences import count, instant
from workbench.report.stories.walk_words import best_and_worst, score_rows, split_table, walk_numbers, walk_sentences
from workbench.report.tables import table

#: Resamples behind the bands of reliability: a sheet is read at arm's length.
_RESAMPLES: Final = 400
#: By what the sheet splits the return; its picture shows markets and kinds of price.
_PICTURED: Final = ("all", "market", "price_assumed")


def tear_sheet(
    walk: SeasonWalk,
    *,
    title: str,
    stamp: Mapping[str, str],
    seed: int = 0,
    earlier: pd.DataFrame | None = None,
    lines: bool = True,
    simulated: bool = False,
) -> str:
    """Return a season's tear sheet: one HTML document that loads nothing.

    Parameters
    ----------
    walk : SeasonWalk
        Of one season.
    title : str
        Such as ``NFL 2024, decided at the opener``.
    stamp : mapping of str to str
        What made it, shown at its foot: as of, data, revision, command, policy.
    seed : int
        For the bands of reliability.
    earlier : DataFrame, optional
        Bets of earlier seasons, from which the expectation of closing line value may learn.
    lines : bool, default True
        False for markets without lines, such as 1X2: CLV is then in probability.
    simulated : bool
        Says so, on top.
    """
    found = walk_performance(
        walk.bets,
        walk.evaluated,
        rng=np.random.default_rng(seed),
        earlier=earlier,
        lines=lines,
        resamples=_RESAMPLES,
    )
    return partial(
        "tearsheet.html.j2",
        css=_css(),
        title=title,
        span=_span(walk),
        simulated=simulated,
        findings=findings(walk_sentences(found)).html,
        numbers=key_numbers(walk_numbers(found)).html,
        figures=[drawing.block().html for drawing in _figures(found)],
        tables=[block.html for block in _tables(walk, found)],
        stamp=dict(stamp),
    )


def _figures(found: WalkPerformance) -> list[Finding]:
    """Return the sheet's figures; league, season and instants stand in its head, so subtitles need not repeat them."""
    unit = found.clv_unit
    curves = {name: one for name, one in found.reliability.items() if name != "market"}
    pictured = found.split[found.split["by"].isin(_PICTURED)]
    return [
        bankroll_and_drawdown(found.weeks, money=found.money, subtitle="Settled bankroll week by week."),
        cumulative_clv(found.clv_weeks, unit=unit, subtitle="Fresh closes of the bet's own book."),
        win_rate_by_edge(found.buckets, subtitle=_edge_subtitle(found)),
        return_forest(pictured, subtitle="Settled bets; intervals clustered by week."),
        reliability_curves(curves, width="page", subtitle="Home win; band: 95 % of calibrated forecasters."),
        expected_against_realized_clv(
            found.expected, unit=unit, subtitle="Fifths of the bets by expectation, by week."
        ),
    ]


def _edge_subtitle(found: WalkPerformance) -> str:
    left_out = int(found.all_buckets.table["decided"].sum() - found.buckets.table["decided"].sum())
    told = "Bets won or lost; Wilson's intervals, the slope clustered by week."
    return f"{told} {count(left_out, 'moneyline')} left out: their odds differ." if left_out else told


def _tables(walk: SeasonWalk, found: WalkPerformance) -> list[Block]:
    return [
        table(account(walk), caption="Statement of account, units", digits=1),
        table(
            best_and_worst(found.weeks),
            caption="Best and worst weeks, units and share of the bankroll",
            digits={"staked": 1, "profit": 1, "return": 1},
            units={"return": "%"},
            signed=("profit", "return"),
            top=6,
        ),
        table(
            split_table(found.split[found.split["by"] != "season"], clv_unit=found.clv_unit),
            caption="By kind of price, market and source; 95 % intervals clustered by week",
            digits=1,
            signed=("profit",),
            top=12,
        ),
        table(
            score_rows(found),
            caption="Forecasts on identical games; positive gain: the model is better",
            digits=4,
            top=6,
        ),
    ]


def account(walk: SeasonWalk) -> pd.DataFrame:
    """Return the season's account: what it opened with, staked, won and lost, and where it closed.

    Examples
    --------
    >>> bets = pd.DataFrame({"stake_units": [10.0, 5.0], "profit_units": [9.1, -5.0], "outcome": ["win", "loss"]})
    >>> weeks = pd.DataFrame({"bankroll": [1000.0]})
    >>> walk = SeasonWalk(bets, bets, bets, bets, bets, weeks)
    >>> float(account(walk).set_index("entry").loc["closed with", "units"])
    1004.1
    """
    bets, paid = walk.bets, walk.bets["profit_units"]
    opened = float(walk.weeks["bankroll"].iloc[0]) if len(walk.weeks) else float("nan")
    counts = bets["outcome"].value_counts()
    rows = [
        ("opened with", opened, ""),
        ("staked", float(bets["stake_units"].sum()), count(len(bets), "bet")),
        ("won", float(paid.clip(lower=0).sum()), count(int(counts.get("win", 0) + counts.get("half_win", 0)), "bet")),
        (
            "lost",
            float(paid.clip(upper=0).sum()),
            count(int(counts.get("loss", 0) + counts.get("half_loss", 0)), "bet"),
        ),
        ("pushed or void", 0.0, count(int(counts.get("push", 0) + counts.get("void", 0)), "bet")),
        ("closed with", opened + float(paid.sum()), f"{count(int(paid.isna().sum()), 'bet')} waiting"),
    ]
    return pd.DataFrame(rows, columns=["entry", "units", "bets"])


def _span(walk: SeasonWalk) -> str:
    if not len(walk.weeks):
        return "no week walked"
    first, last = walk.weeks["as_of"].min(), walk.weeks["as_of"].max()
    return f"{count(len(walk.weeks), 'week')}, decided {instant(first)} to {instant(last)}"


@cache
def _css() -> Markup:
    css = template_folder().joinpath("tearsheet.css").read_text(encoding="utf-8")
    return Markup(f"{block_css()}\n{css}")
