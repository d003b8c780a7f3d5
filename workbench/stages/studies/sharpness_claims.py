"""What the study of sharpness claims."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from workbench.schema import THREE_WAY
from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.sharpness import MARKET_ORDER, SharpnessStudy
from workbench.stages.studies.sharpness_rows import SPREAD_WIN

#: The claim that is the study's estimate.
HEADLINE: Final = "gain_win"
#: A market as readers know it.
MARKET_NAMES: Final = {
    "spread": "spread",
    "total": "total",
    SPREAD_WIN: "win chance read off the spread",
    "moneyline": "moneyline",
    THREE_WAY: "home, draw, away (Premier League)",
}
#: What a market's loss is called.
LOSS_NAMES: Final = {
    "spread": "mean squared error (points²)",
    "total": "mean squared error (points²)",
    SPREAD_WIN: "Brier score",
    "moneyline": "Brier score",
    THREE_WAY: "ranked probability score",
}
#: The side whose luck is told: of what its chance is more than was said.
SIDES: Final = {
    "spread": "home sides cover",
    "total": "overs come in",
    SPREAD_WIN: "home sides win",
    "moneyline": "home sides win",
    THREE_WAY: "favourites win",
}
_IN_POINTS: Final = (
    ("rmse", "root mean squared error", "points"),
    ("mae", "mean absolute error", "points"),
    ("bias", "mean outcome less line", "points"),
    ("variance_share", "share of the outcome's variance", "%"),
)


def sharpness_claims(study: SharpnessStudy) -> list[Claim]:
    """Return every number of the study's headline sources, and each source's gain; no target applies."""
    return [*_closes(study), *_pairs(study), *_gains(study)]


def _stem(market: str) -> str:
    return "epl" if market == THREE_WAY else market


def _closes(study: SharpnessStudy) -> Iterator[Claim]:
    for row in _rows(study.accuracy[study.accuracy["main"] & ~study.accuracy["pair"]]):
        market = str(row["market"])
        where = f"{MARKET_NAMES[market]}, close of {row['source']}, {_span(row)}"
        for column, words, unit in _IN_POINTS if market in ("spread", "total") else ():
            yield _claim(row, column, name=f"{column}_{market}_close", what=f"{words}, {where}", unit=unit)
        if market not in ("spread", "total"):
            loss = LOSS_NAMES[market]
            yield _claim(row, "loss", name=f"loss_{_stem(market)}_close", what=f"{loss}, {where}", digits=4)
        side = f"{SIDES[market]} more often than the close says, {where}"
        yield _claim(row, "side", name=f"side_{_stem(market)}_close", what=side, unit="pp", scale=100.0)


def _pairs(study: SharpnessStudy) -> Iterator[Claim]:
    for row in _rows(study.accuracy[study.accuracy["pair"]]):
        market, end = str(row["market"]), str(row["end"])
        where = f"{MARKET_NAMES[market]}, {end} of {row['source']}, {_span(row)}, games with both ends"
        digits = 2 if market in ("spread", "total") else 4
        name = f"loss_{_stem(market)}_{end}_paired"
        yield _claim(row, "loss", name=name, what=f"{LOSS_NAMES[market]}, {where}", digits=digits)


def _gains(study: SharpnessStudy) -> Iterator[Claim]:
    for row in _rows(study.gains):
        market, main = str(row["market"]), bool(row["main"])
        crossed = " (another book's close)" if row["cross_source"] else ""
        where = f"{MARKET_NAMES[market]}, {row['source']}{crossed}, {_span(row)}"
        tail = _stem(market) if main else f"{_stem(market)}_{str(row['source']).replace(' ', '_')}"
        yield _claim(
            row, "gain", name=f"gain_{tail}", what=f"gain of the close on the opener, {LOSS_NAMES[market]}, {where}"
        )
        if main:
            what = f"share of the opener's loss that the close takes off, {where}"
            yield _claim(row, "cut", name=f"cut_{tail}", what=what, unit="%")
            if market in ("spread", "total"):
                yield _claim(row, "move", name=f"move_{tail}", what=f"mean size of the move, {where}", unit="points")


def _claim(
    row: dict[str, Any],
    column: str,
    *,
    name: str,
    what: str,
    unit: str = "",
    scale: float = 1.0,
    digits: int | None = None,
) -> Claim:
    value, low, high, error = (scale * row[f"{column}{end}"] for end in ("", "_low", "_high", "_se"))
    return Claim(
        name=name, what=what, value=value, low=low, high=high, standard_error=error, games=int(row["games"]), unit=unit,
        digits=digits,
    )  # fmt: skip


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows with their markets in the order shown."""
    rank = frame["market"].map({market: place for place, market in enumerate(MARKET_ORDER)})
    return frame.assign(rank=rank).sort_values("rank", kind="stable").drop(columns="rank")


def _span(row: dict[str, Any]) -> str:
    return span(int(row["first"]), int(row["last"]))


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
