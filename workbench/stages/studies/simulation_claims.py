"""What the study of simulated games claims, beside what was aimed at."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.simulation import REJECTED_BELOW, Population, Simulation

#: The claim that is the study's estimate.
HEADLINE: Final = "tilted_margin_sd_ratio"
SD_WITHIN: Final = 0.04
#: Percentage points.
MASS_WITHIN_PP: Final = 1.5

_RATIOS: Final = (
    ("margin_sd_ratio", "margin sd about its mean", True),
    ("margin_sd_pooled_ratio", "margin sd, games pooled", True),
    ("total_sd_ratio", "total sd about its mean", False),
    ("total_sd_pooled_ratio", "total sd, games pooled", False),
)
_GAPS: Final = (
    ("mass_3", "|margin| = 3", True), ("mass_7", "|margin| = 7", True), ("mass_0", "|margin| = 0", False),
    ("mass_6", "|margin| = 6", False), ("mass_10", "|margin| = 10", False), ("mass_14", "|margin| = 14", False),
    ("tail_15", "|margin| >= 15", False), ("tail_22", "|margin| >= 22", False), ("tail_29", "|margin| >= 29", False),
    ("overtime", "overtime", False), ("correlation", "correlation of margin and total", False),
)  # fmt: skip
_WORDS: Final = {"tilted": "tilted to the close", "untilted": "without the market"}


def simulation_claims(result: Simulation, *, aimed: bool) -> list[Claim]:
    """Return every number of the study; targets apply to the draws tilted to the close.

    Parameters
    ----------
    result : Simulation
    aimed : bool
        Whether the targets apply: real games, all seasons asked for.
    """
    seasons = span(int(result.games["season"].min()), int(result.games["season"].max()))
    claims: list[Claim] = []
    for name, drawn in (("tilted", result.tilted), ("untilted", result.untilted)):
        where, targets = f"{_WORDS[name]}, {seasons}", aimed and name == "tilted"
        claims += _ratios(name, drawn, where=where, aimed=targets)
        claims += _gaps(name, drawn, where=where, aimed=targets)
        claims += _uniformity(name, drawn, where=where, aimed=targets)
        claims += _scores(name, drawn, where=where)
    return claims


def _measures(drawn: Population) -> dict[str, Mapping[str, Any]]:
    return {str(row["measure"]): {str(k): v for k, v in row.items()} for row in drawn.table.measures.to_dict("records")}


def _ratios(name: str, drawn: Population, *, where: str, aimed: bool) -> Iterator[Claim]:
    rows = _measures(drawn)
    for short, measure, has_target in _RATIOS:
        row, target = rows[measure], aimed and has_target
        ratio = row["simulated"] / row["real"]
        yield Claim(
            name=f"{name}_{short}", what=f"{measure}, simulated over real, {where}", value=ratio,
            low=row["simulated"] / row["high"], high=row["simulated"] / row["low"], games=drawn.table.n_games,
            target=f"within {100 * SD_WITHIN:g} % of 1" if target else "",
            reached=bool(abs(ratio - 1) <= SD_WITHIN) if target else None, interval_is="of the real sd, resampled",
        )  # fmt: skip


def _gaps(name: str, drawn: Population, *, where: str, aimed: bool) -> Iterator[Claim]:
    rows = _measures(drawn)
    for short, measure, has_target in _GAPS:
        if measure not in rows:
            continue
        row, target = rows[measure], aimed and has_target
        share = row["unit"] == "share"
        scale = 100.0 if share else 1.0
        gap, low, high = (scale * (row["simulated"] - row[end]) for end in ("real", "high", "low"))
        yield Claim(
            name=f"{name}_{short}", what=f"{measure}, simulated minus real{' share' if share else ''}, {where}",
            value=gap, low=low, high=high, games=drawn.table.n_games, unit="pp" if share else "",
            target=f"within {MASS_WITHIN_PP:g} pp" if target else "",
            reached=bool(abs(gap) <= MASS_WITHIN_PP) if target else None,
            interval_is="Wilson, of the real share" if share else "of the real value",
        )  # fmt: skip


def _uniformity(name: str, drawn: Population, *, where: str, aimed: bool) -> Iterator[Claim]:
    for row in drawn.uniform.to_dict("records"):
        yield Claim(
            name=f"{name}_pit_{row['market']}", what=f"p-value of the randomized PIT of the {row['market']}, {where}",
            value=row["p_value"], low=row["low"], high=row["high"], games=drawn.table.n_games,
            target=f"not rejected at {100 * REJECTED_BELOW:g} %" if aimed else "",
            reached=bool(row["p_value"] >= REJECTED_BELOW) if aimed else None,
            interval_is="median and 95 % range over randomizations", digits=3,
        )  # fmt: skip


def _scores(name: str, drawn: Population, *, where: str) -> Iterator[Claim]:
    for row in drawn.table.scores.to_dict("records"):
        score = str(row["score"])
        known = row["low"] == row["low"]  # NaN where there is one week only
        yield Claim(
            name=f"{name}_{score.replace(' ', '_').lower()}_{row['market']}",
            what=f"{score} of the {row['market']}, simulated minus a rounded normal curve, {where}",
            value=row["difference"], low=row["low"] if known else None, high=row["high"] if known else None,
            games=drawn.table.n_games, without_interval="" if known else "one week has no interval",
        )  # fmt: skip
