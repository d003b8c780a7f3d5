"""What the page of sharpness says."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures import sharpness as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing, number, percent
from workbench.report.stories.studies import key_number
from workbench.schema import THREE_WAY
from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.sharpness import SharpnessStudy, surviving, weakest
from workbench.stages.studies.sharpness_claims import LOSS_NAMES, MARKET_NAMES, SIDES, in_order
from workbench.stages.studies.sharpness_rows import SPREAD_WIN

_STRIP: Final = (
    ("Spread, RMSE of the close", "rmse_spread_close", False),
    ("Total, RMSE of the close", "rmse_total_close", False),
    ("Brier gain of close on opener", "gain_win", True),
    ("Spread's share of variance", "variance_share_spread_close", False),
    ("Overs above a half", "side_total_close", True),
    ("RPS gain, Pinnacle", "gain_epl", True),
)
#: Above a half at which a bet at -110 pays: 110 / 210 less a half.
BREAK_EVEN: Final = 110.0 / 210.0 - 0.5
_SHORT: Final = {"spread": "spread", "total": "total", "moneyline": "moneyline", SPREAD_WIN: "win", THREE_WAY: "1x2"}
_DIMENSIONS: Final = {
    "season": "season",
    "part": "part of the season",
    "weekday": "weekday",
    "size": "size of the line",
}


def findings(study: SharpnessStudy) -> list[str]:
    """Return how accurate closes are, what they add, and where the market is weakest."""
    said = [_weakness(study), _close(study, "spread"), _totals(study), _gain(study), _sources(study)]
    return [sentence for sentence in said if sentence]


def _weakness(study: SharpnessStudy) -> str:
    looked = int(study.cells["p_value"].notna().sum())
    kept = {measure: surviving(study, measure) for measure in ("bias", "gain")}
    if not looked:
        return ""
    if all(rows.empty for rows in kept.values()):
        first = _first(weakest(study, "bias", most=1))
        worst = "" if first is None else (
            f" The furthest, {_cell_words(first)}, lies {_points(first['value'])} off what the close says; "
            f"{_points(first['shrunk'])} is what to expect of it again."
        )  # fmt: skip
        return (
            f"The market has no corner proved weak: none of {count(looked, 'cell')} survives Holm's adjustment.{worst}"
        )
    named = [f"{_cell_words(row)} ({measure})" for measure, rows in kept.items() for row in _rows(rows)]
    word = "survives" if len(named) == 1 else "survive"
    return f"{count(len(named), 'cell')} of {looked} {word} Holm's adjustment: {listing(named)}."


def _close(study: SharpnessStudy, market: str) -> str:
    row = _first(study.accuracy.query("market == @market and main and not pair"))
    if row is None:
        return ""
    return (
        f"Games end {estimate(row['rmse'], row['rmse_low'], row['rmse_high'], unit='points')} from the closing "
        f"{market} by root mean square ({row['source']}, {count(int(row['games']), 'game')} of {_span(row)}); it "
        f"foretells {estimate(*(row[f'variance_share{end}'] for end in ('', '_low', '_high')), unit='%')} of the "
        f"variance of the {'margin' if market == 'spread' else 'total'}."
    )


def _totals(study: SharpnessStudy) -> str:
    row = _first(study.accuracy.query("market == 'total' and main and not pair"))
    if row is None:
        return ""
    mean, side = (tuple(row[f"{name}{end}"] for end in ("", "_low", "_high")) for name in ("bias", "side"))
    said = (
        f"Totals end {estimate(*mean, unit='points', signed=True)} from the close on average, "
        f"{against_zero(*mean[1:])}; overs came in {_above_half(side)}"
    )
    if mean[1] > 0 >= side[1]:
        return f"{said}: the mean lies above the line for its long tail, not for a weakness that could be bet on."
    return f"{said}."


def _above_half(side: tuple[float, ...]) -> str:
    low, high = side[1], side[2]
    shown = percent(0.5 + side[0], digits=1)
    ends = f"{number(100 * (0.5 + low), digits=1)} to {percent(0.5 + high, digits=1)}"
    return f"{shown} of the time (95 % interval {ends})"


def _gain(study: SharpnessStudy) -> str:
    rows = _rows(in_order(study.gains[study.gains["main"]]))
    said = [
        f"{_SHORT[r['market']]} {percent(r['cut'], digits=1, signed=True)} "
        f"({number(100 * r['cut_low'], digits=1)} to {percent(r['cut_high'], digits=1)}; {_whose(r)})"
        for r in rows
        if r["market"] != SPREAD_WIN
    ]
    win = _first(study.gains.query("market == 'win' and main"))
    brier = "" if win is None else (
        f" As a win probability the spread gains {estimate(win['gain'], win['gain_low'], win['gain_high'])} in Brier "
        f"from opener to close, {against_zero(win['gain_low'], win['gain_high'])}."
    )  # fmt: skip
    return f"The close takes off the opener's loss: {'; '.join(said)}.{brier}" if said else ""


def _whose(row: dict[str, Any]) -> str:
    first, *others = str(row["source"]).split(", ")
    return f"{'mostly ' if others else ''}{first}, {_span(row)}"


def _sources(study: SharpnessStudy) -> str:
    """Return how far what is called an opener differs by source."""
    rows = study.gains[~study.gains["main"] & (study.gains["market"] == "spread")]
    if len(rows) < 2:
        return ""
    ordered = _rows(rows.sort_values("move"))
    least, most = ordered[0], ordered[-1]
    return (
        f"What is called an opener differs by source: the spread moves {number(least['move'])} points from it in "
        f"{least['source']} and {number(most['move'])} in {most['source']}{_crossed(most)}; gains are not comparable "
        "across sources."
    )


def _crossed(row: dict[str, Any]) -> str:
    return " (two books)" if row["cross_source"] else ""


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in shown if entry is not None]


def season_figure(study: SharpnessStudy) -> Finding:
    """Draw errors of opener and close by season."""
    closes = study.seasons[(study.seasons["market"] == "spread") & (study.seasons["end"] == "close")]
    title = "No season has enough games"
    if not closes.empty:
        low, high = (_first(closes.loc[[place]]) for place in (closes["rmse"].idxmin(), closes["rmse"].idxmax()))
        title = (
            f"the spread's error runs from {number(low['rmse'], digits=1)} points in {low['season']} "
            f"to {number(high['rmse'], digits=1)} in {high['season']}"
        ) if low and high else title  # fmt: skip
    return figures.errors_by_season(
        study.seasons, names={"spread": "spread", "total": "total"}, title=title,
        subtitle="root mean squared error, 95 % intervals clustered by week; openers and closes need not share games",
    )  # fmt: skip


def gain_figure(study: SharpnessStudy) -> Finding:
    """Draw what the close adds to the opener, source by source."""
    rows = in_order(study.gains[~study.gains["main"]])
    rows = rows if len(rows) else in_order(study.gains)
    named = [f"{_SHORT[r['market']]}: {str(r['source']).split(' to ')[0]}" for r in _rows(rows)]
    own = rows[~rows["cross_source"]]
    better = int((own["cut_low"] > 0).sum())
    title = f"the close is proved better than its own opener in {better} of {count(len(own), 'comparison')}"
    subtitle = "squared error (lines), Brier (moneyline), ranked probability score (1x2); games with both ends"
    return figures.what_the_close_adds(rows.assign(name=named), title=title, subtitle=subtitle)


def weakest_figure(study: SharpnessStudy, *, most: int = 12) -> Finding:
    """Draw the cells whose close lies furthest from what happened."""
    rows = weakest(study, "bias", most=most)
    off, looked = len(surviving(study, "bias")), int((study.cells["measure"] == "bias").sum())
    title = f"{off or 'none'} of {count(looked, 'cell')} is proved off; the {len(rows)} furthest, raw and shrunken"
    subtitle = "chance of the home side, over or favourite less what the close says; 95 % intervals clustered by week"
    shown = rows.assign(name=[_cell_words(row) for row in _rows(rows)])
    return figures.weakest_cells(shown, title=title, subtitle=subtitle, break_even=BREAK_EVEN)


def _cell_words(row: dict[str, Any]) -> str:
    return f"{_SHORT[row['market']]}, {row['cell']}"


def cell_table(study: SharpnessStudy, measure: str) -> pd.DataFrame:
    """Return the weakest cells of one measure with their p-values, before and after adjustment."""
    rows = weakest(study, measure, most=20)
    scale = 100.0 if measure == "bias" else 1.0
    return pd.DataFrame(
        {
            "market": rows["market"].map(_SHORT),
            "by": rows["dimension"].map(_DIMENSIONS),
            "cell": rows["cell"],
            "games": rows["games"],
            "value": scale * rows["value"],
            "low": scale * rows["low"],
            "high": scale * rows["high"],
            "market_mean": scale * rows["null"],
            "shrunken": scale * rows["shrunk"],
            "p": rows["p_value"],
            "p_holm": rows["p_holm"],
        }
    )


def dimension_words(study: SharpnessStudy) -> list[str]:
    """Return by what the market's accuracy differs at all, one line a measure."""
    said = []
    for measure, words in (("bias", "how far the close is off"), ("gain", "what the close adds")):
        rows = study.dimensions[(study.dimensions["measure"] == measure) & study.dimensions["q_p_value"].notna()]
        off = rows[rows["q_holm"] < 0.05]
        named = [f"{_SHORT[r['market']]} by {_DIMENSIONS[r['dimension']]}" for r in _rows(off)]
        least = _first(rows.sort_values("q_p_value").head(1))
        if least is None:
            continue
        nearest = f"{_SHORT[least['market']]} by {_DIMENSIONS[least['dimension']]}"
        nearest += f", p = {number(least['q_p_value'], digits=3)} alone"
        verdict = f"differs for {listing(named)}" if named else f"differs by nothing looked at (nearest: {nearest})"
        said.append(f"{words[:1].upper()}{words[1:]} {verdict}, after Holm over {count(len(rows), 'comparison')}.")
    return said


def accuracy_table(study: SharpnessStudy) -> pd.DataFrame:
    """Return the accuracy of each source's close."""
    rows = in_order(study.accuracy[(study.accuracy["end"] == "close") & ~study.accuracy["pair"]])
    rows = rows[~rows["main"]] if (~rows["main"]).any() else rows
    lines = rows["market"].isin(["spread", "total"])
    return pd.DataFrame(
        {
            "market": rows["market"].map(_SHORT),
            "source": rows["source"],
            "seasons": [span(int(a), int(b)) for a, b in zip(rows["first"], rows["last"], strict=True)],
            "games": rows["games"],
            "rmse": rows["rmse"],
            "mae": rows["mae"],
            "bias": rows["bias"],
            "variance": 100 * rows["variance_share"],
            "score": rows["loss"].where(~lines),
            "side": 100 * rows["side"],
        }
    )


def gain_table(study: SharpnessStudy) -> pd.DataFrame:
    """Return opener against close, headline sources first."""
    rows = in_order(study.gains)
    return pd.DataFrame(
        {
            "market": rows["market"].map(_SHORT),
            "source": [f"{s}{' *' if c else ''}" for s, c in zip(rows["source"], rows["cross_source"], strict=True)],
            "seasons": [span(int(a), int(b)) for a, b in zip(rows["first"], rows["last"], strict=True)],
            "games": rows["games"],
            "moved": 100 * rows["moved"],
            "move": rows["move"],
            "gain": rows["gain"],
            "low": rows["gain_low"],
            "high": rows["gain_high"],
        }
    )


def words_of_losses() -> list[str]:
    """Return what each market is measured by, one line each."""
    return [f"{MARKET_NAMES[m]}: {LOSS_NAMES[m]}; side: {SIDES[m]}." for m in MARKET_NAMES]


def _points(value: float) -> str:
    return f"{number(100 * value, digits=1, signed=True)} percentage points"


def _span(row: dict[str, Any]) -> str:
    return span(int(row["first"]), int(row["last"]))


def _first(frame: pd.DataFrame) -> dict[str, Any] | None:
    rows = _rows(frame)
    return rows[0] if rows else None


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
