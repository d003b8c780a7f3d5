"""Byes before and after the labour agreement of 2011, and home field by era: two effects with published values."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.causal.games.game_design import GameDesign
from workbench.causal.games.ratio import two_numbers
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import question_named
from workbench.stages.effects.rows import question_rows
from workbench.stages.studies.treatment_parts import OUTCOMES, answered, kept_tables, seasons_of

#: Spans of seasons, with what Lopez & Bliss (2024, arXiv:2408.10867) report for margin and for the line.
BYE_SPANS: Final = (
    ("1999–2001", 1999, 2001, None, None),
    ("2002–2010", 2002, 2010, 2.2, None),
    ("2011–2022", 2011, 2022, 0.31, 0.97),
    ("2011–2024", 2011, 2024, None, None),
    ("all", 1999, 2024, None, None),
)
HOME_SPANS: Final = (
    ("1999–2004", 1999, 2004), ("2005–2009", 2005, 2009), ("2010–2014", 2010, 2014), ("2015–2019", 2015, 2019),
    ("2020", 2020, 2020), ("2021–2024", 2021, 2024),
)  # fmt: skip
#: The season without crowds stands apart from the trend; its published value is about zero.
EMPTY_SEASON: Final = 2020
#: Home field as published, at the ends of the trend.
HOME_PUBLISHED: Final = ((2000, 2.9), (2019, 2.2))
_FEWEST: Final = 20


def bye_by_era(frames: EffectFrames, *, cache: EstimateCache) -> pd.DataFrame:
    """Return what a week off did to the margin, to the line, and what the line left, by span of seasons.

    One design for all three on the same regular-season games, so that the game's effect is the line's and the rest.

    Returns
    -------
    DataFrame
        ``span, number, published``, the fields of ``Estimate`` and ``why_not``.
    """
    asked = question_rows(frames, question_named("bye"))
    if asked.first_season > asked.last_season:
        return pd.DataFrame(columns=["span", "number", "published", "why_not"])
    rows, lines = [], asked.games.dropna(subset=["close_line", "margin"])
    for span, first, last, on_game, in_line in BYE_SPANS:
        games = seasons_of(lines, first, last)
        if games["bye"].ne(0).sum() < _FEWEST:
            continue
        published = {"game": on_game, "in_the_line": in_line}
        for number, outcome in OUTCOMES.items():
            design = GameDesign(outcome=outcome, treatment="bye", controls=asked.controls, intercept="home")
            found = answered(design, games, name=f"bye-{number}", cache=cache)
            rows.append({"span": span, "number": number, "published": published.get(number), **found})
    return pd.DataFrame(rows, columns=None if rows else ["span", "number", "published", "why_not"])


def bye_shares(frames: EffectFrames, *, cache: EstimateCache) -> pd.DataFrame:
    """Return the share of the bye's effect that the line leaves, by span, with Fieller's interval.

    Returns
    -------
    DataFrame
        ``span, share, low, high, bounded, kind, games``; infinite ends are missing.
    """
    asked = question_rows(frames, question_named("bye"))
    if asked.first_season > asked.last_season:
        return pd.DataFrame(columns=["span", "share", "low", "high", "bounded", "kind", "games"])
    parts = []
    for span, first, last, *_ in BYE_SPANS:
        games = seasons_of(asked.games, first, last).dropna(subset=["margin", "margin_vs_close"])
        if games["bye"].ne(0).sum() < _FEWEST:
            continue
        controls = tuple(c for c in asked.controls if games[c].nunique() > 1)
        columns = ["season", "week", "home_team", "away_team", "neutral", "margin", "margin_vs_close", "bye", *controls]
        used = games[columns].reset_index(drop=True)
        found = kept_tables(lambda u=used, c=controls: {"share": _share(u, c)}, name="bye-share", cache=cache,  # type: ignore[misc]
                            frames={"rows": used}, maker=__file__)  # fmt: skip
        if "share" in found:
            parts.append(found["share"].assign(span=span))
    columns = ["span", "share", "low", "high", "bounded", "kind", "games"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _share(games: pd.DataFrame, controls: tuple[str, ...]) -> pd.DataFrame:
    design = GameDesign(outcome="margin", treatment="bye", controls=controls, intercept="home")
    found = two_numbers(games, treatment="bye", design=design)
    low, high = (end if np.isfinite(end) else None for end in (found.share_low, found.share_high))
    row = {"share": found.share, "low": low, "high": high, "bounded": found.bounded, "kind": found.kind,
           "games": found.effect.treated}  # fmt: skip
    return pd.DataFrame([row])


def home_by_era(frames: EffectFrames, *, cache: EstimateCache) -> pd.DataFrame:
    """Return home field by era, as a treatment: in points of margin, in the line, and after the close.

    Returns
    -------
    DataFrame
        ``span, number, published``, the fields of ``Estimate`` and ``why_not``. The spans ``trend <season>`` are the
        straight line through all seasons but the one without crowds, at that season; ``change a decade`` is its slope.
    """
    games = _home(frames.games)
    rows: list[dict[str, Any]] = []
    for span, first, last in HOME_SPANS:
        part = seasons_of(games, first, last)
        if len(part) < 10 * _FEWEST:
            continue
        published = 0.0 if (first, last) == (EMPTY_SEASON, EMPTY_SEASON) else None
        rows += _home_numbers(part, span=span, cache=cache, published=published)
    crowds = games[games["game_type"].eq("REG") & games["season"].ne(EMPTY_SEASON)]
    if crowds["season"].nunique() > 9:
        for season, published in HOME_PUBLISHED:
            tilted = crowds.assign(slope=crowds["home"] * (crowds["season"] - season) / 10)
            rows += _home_numbers(tilted, span=f"trend {season}", cache=cache, published=published, controls=("slope",))
        tilted = crowds.assign(slope=crowds["home"], home=crowds["home"] * (crowds["season"] - 2010) / 10)
        rows += _home_numbers(tilted, span="change a decade", cache=cache, published=None, controls=("slope",))
    return pd.DataFrame(rows, columns=None if rows else ["span", "number", "published", "why_not"])


def _home(games: pd.DataFrame) -> pd.DataFrame:
    kept = games[games["margin"].notna() & games["close_line"].notna()]
    return kept.assign(home=(~kept["neutral"]).astype("float64"))


def _home_numbers(
    games: pd.DataFrame, *, span: str, cache: EstimateCache, published: float | None, controls: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    design = GameDesign(outcome="margin", treatment="home", controls=controls, intercept="none", inference="cluster")
    return [
        {"span": span, "number": number, "published": published if number == "game" else None,
         **answered(replace(design, outcome=outcome), games, name=f"home-{number}", cache=cache)}
        for number, outcome in OUTCOMES.items()
    ]  # fmt: skip
