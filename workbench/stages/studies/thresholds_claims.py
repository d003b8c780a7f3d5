"""What the study of thresholds claims: the published rates again, and what each rule does."""

from collections.abc import Iterator
from typing import Final

from workbench.intervals import wilson
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.thresholds import REAL_SHARES, Thresholds
from workbench.stages.studies.thresholds_clv import USUAL_BETS
from workbench.stages.studies.thresholds_rows import RULES, Row, overview

#: The claim that is the study's estimate.
HEADLINE: Final = "gate_open_weeks_without_skill"
_MONTE_CARLO: Final = "Monte-Carlo"
#: FACTS, by bets.
PUBLISHED_GATE: Final = {10: 0.30, 20: 0.23, 32: 0.16}
PUBLISHED_KILL: Final = {5: 0.81, 8: 0.76, 16: 0.58}
PUBLISHED_BRIER: Final = 0.156
PUBLISHED_RECORD: Final = 0.16
PUBLISHED_GAMES: Final = {"close alone": 4_380, "peer and close": 178}
#: A rate published with two decimals is found again within two points.
_NEAR: Final = 0.02


def thresholds_claims(result: Thresholds, *, targets: bool) -> list[Claim]:
    """Return every number of the study.

    Parameters
    ----------
    targets : bool
        Whether published numbers apply: they were computed on the real games.
    """
    games = len(result.seen.moves)
    return [
        *_headline(result, games),
        *_published(result, games, targets=targets),
        *_rules(result, games),
        *_filters(result, games),
        *_quotes(result),
    ]


def _share(name: str, what: str, share: float, error: float, *, games: int, **more: object) -> Claim:
    half = 1.959964 * error
    return Claim(
        name=name, what=what, value=share, low=max(0.0, share - half), high=min(1.0, share + half),
        standard_error=error, games=games, unit="%", interval_is=_MONTE_CARLO, digits=1, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _aim(value: float, published: float, *, targets: bool, near: float = _NEAR) -> dict[str, object]:
    if not targets:
        return {}
    return {"target": f"as published: {100 * published:g}\u202f%", "reached": abs(value - published) <= near}


def _rows(result: Thresholds, rule: str, policy: str, truth: str, bets: int) -> Iterator[Row]:
    for row in result.rows:
        if (row.rule, row.policy, row.truth, row.bets) == (rule, policy, truth, bets):
            yield row


def _headline(result: Thresholds, games: int) -> Iterator[Claim]:
    for row in _rows(result, "gate", "default", "no skill", USUAL_BETS):
        what = f"share of weeks in which a bettor without skill finds the gate open, {USUAL_BETS} bets a week"
        yield _share(HEADLINE, what, row.found.weekly_rate, row.found.weekly_error, games=games)


def _published(result: Thresholds, games: int, *, targets: bool) -> Iterator[Claim]:
    for bets, share, error in result.gate:
        what = f"a bettor without skill passes the gate on {bets} bets"
        aim = _aim(share, PUBLISHED_GATE[bets], targets=targets)
        yield _share(f"gate_pass_{bets}", what, share, error, games=games, **aim)
    for bets, published in PUBLISHED_KILL.items():
        for row in _rows(result, "kill", "default", "+0.3 points", bets):
            what = f"a true +0.3 bettor is killed within a season, {bets} bets a week"
            aim = _aim(row.found.season_rate, published, targets=targets)
            yield _share(f"kill_{bets}", what, row.found.season_rate, row.found.season_error, games=games, **aim)
    weeks = result.brier_weeks
    tripped, n = int(weeks["tripped"].sum()), len(weeks)
    low, high = wilson(tripped, n)
    yield Claim(
        name="brier_weeks", what="weeks in which the closing line itself is above 1.2 times its own Brier score",
        value=tripped / n, low=low, high=high, games=int(weeks["size"].sum()), unit="%", interval_is="Wilson, by week",
        **_aim(tripped / n, PUBLISHED_BRIER, targets=targets, near=0.005),  # type: ignore[arg-type]
    )  # fmt: skip
    yield Claim(
        name="record_one_look", what="a 54 % bettor is under 48 % over fifty bets, looked at once", value=result.record,
        games=50, unit="%", without_interval="exact binomial",
        **_aim(result.record, PUBLISHED_RECORD, targets=targets, near=0.005),  # type: ignore[arg-type]
    )  # fmt: skip
    yield from _samples(result, targets=targets)


def _samples(result: Thresholds, *, targets: bool) -> Iterator[Claim]:
    for line in result.samples.to_dict("records"):
        name, low, high = str(line["comparison"]), float(line["low"]), float(line["high"])
        published = PUBLISHED_GAMES.get(name)
        aim = (
            {"target": f"as published: {published:,}", "reached": low <= published <= high}
            if targets and published is not None
            else {}
        )
        kind = "games, paired" if line["paired"] else "games an arm, unpaired"
        yield Claim(
            name=f"games_{name.replace(' ', '_')}", what=f"{kind}, to see half a point of absolute error: {name}",
            value=float(line["needed"]), low=low, high=high, games=int(line["games"]), digits=0,
            interval_is="bootstrap by week", **aim,  # type: ignore[arg-type]
        )  # fmt: skip


def _rules(result: Thresholds, games: int) -> Iterator[Claim]:
    for wrong, right in overview(result.rows, bets=USUAL_BETS):
        title, unit = RULES[wrong.rule].title, RULES[wrong.rule].unit
        for row, name in ((wrong, "false"), (right, "power")):
            what = f"{title}, {row.policy} ({row.setting}): fires within a season where {row.truth}"
            yield _share(
                f"{row.rule}_{row.policy}_{name}", what, row.found.season_rate, row.found.season_error, games=games
            )
        if right.found.median_week == right.found.median_week:
            yield Claim(
                name=f"{right.rule}_{right.policy}_median",
                what=f"{title}, {right.policy}: median {unit} it fires where {right.truth}",
                value=right.found.median_week, games=games, without_interval="a median of whole weeks", digits=0,
            )  # fmt: skip


def _filters(result: Thresholds, games: int) -> Iterator[Claim]:
    at_default = result.filters[(result.filters["threshold"] - result.policy.minimum_edge_ev).abs() < 1e-9]
    for share in REAL_SHARES:
        for line in at_default[at_default["real_share"] == share].to_dict("records"):
            yield Claim(
                name=f"filter_worth_{round(100 * share)}",
                what=f"true value of a bet that passes the filter where {100 * share:.0f} % of edges is real",
                value=float(line["worth"]), games=games, unit="%", without_interval="computed, not drawn",
            )  # fmt: skip


def _quotes(result: Thresholds) -> Iterator[Claim]:
    summed = result.seen.quotes.groupby(["gate", "hard"], as_index=False)[["quotes", "fired"]].sum()
    for line in summed.to_dict("records"):
        low, high = wilson(int(line["fired"]), int(line["quotes"]))
        kind = "hard" if line["hard"] else "soft"
        yield Claim(
            name=f"quotes_{str(line['gate']).replace(' ', '_')}",
            what=f"quotes that trip the {kind} gate '{line['gate']}'",
            value=line["fired"] / line["quotes"], low=low, high=high, games=int(line["quotes"]), unit="%",
            interval_is="Wilson, by quote; games counts quotes",
        )  # fmt: skip
    for line in [] if result.decisions is None else result.decisions.to_dict("records"):
        low, high = wilson(int(line["fired"]), int(line["rows"]))
        yield Claim(
            name=f"decisions_{str(line['gate']).replace(' ', '_')}", what=f"rows priced at the opener: {line['gate']}",
            value=line["share"], low=low, high=high, games=int(line["rows"]), unit="%",
            interval_is="Wilson, by row; games counts rows",
        )  # fmt: skip
