"""What the study of forecast skill claims, beside what was aimed at."""

from collections.abc import Iterator
from typing import Final

from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.forecast_skill import ForecastSkill, Gain, brier_of

#: The claim that is the study's estimate.
HEADLINE: Final = "informed_over_opener"
#: Half the way from the opener's to the close's Brier score of 2010-2024, as computed before this model was built.
HALF_THE_GAP_BRIER: Final = 0.2126
HALF: Final = 0.5
#: What each gain must do; the others are context.
_MUST_GAIN: Final = (
    "rating_over_elo",
    "rating_over_nfelo",
    "rating_over_nfelo_fixed",
    "informed_over_opener",
    "informed_over_fixed",
)
_NAMES: Final = {
    "rating": "rating model without the market",
    "memory": "rating model that remembers past lines",
    "line": "the opener, by its own best curve",
    "informed": "forecast informed by the opener",
    "close": "the closing line, by its own best curve",
    "elo": "plain 538 Elo",
    "nfelo": "nfelo alone, by its own curve",
}


def forecaster_name(name: str) -> str:
    """Return a forecaster as readers know it."""
    return _NAMES.get(name, name)


def skill_claims(result: ForecastSkill, *, aimed: bool) -> list[Claim]:
    """Return every number of the study.

    Parameters
    ----------
    result : ForecastSkill
    aimed : bool
        Whether the targets apply: real games, all seasons asked for.
    """
    return [
        *_briers(result, aimed=aimed),
        *(_gain(gain, aimed=aimed) for gain in result.gains),
        *_share(result, aimed=aimed),
        *_wednesday(result),
    ]


def _briers(result: ForecastSkill, *, aimed: bool) -> Iterator[Claim]:
    for row in result.skill.to_dict("records"):
        who, population = str(row["forecaster"]), str(row["population"])
        if population != "all" and who not in ("rating", population):
            continue
        target = aimed and population == "all" and who == "informed"
        where = "" if population == "all" else f", on the games of {'538 Elo' if population == 'elo' else 'nfelo'}"
        yield Claim(
            name=f"brier_{who}_{population}",
            what=f"Brier score, {forecaster_name(who)}{where}, {span(int(row['first']), int(row['last']))}",
            value=row["brier"], low=row["brier_low"], high=row["brier_high"], games=int(row["games"]), digits=4,
            target=f"at most {HALF_THE_GAP_BRIER}" if target else "",
            reached=bool(row["brier"] <= HALF_THE_GAP_BRIER) if target else None,
        )  # fmt: skip


def _gain(gain: Gain, *, aimed: bool) -> Claim:
    target = aimed and gain.name in _MUST_GAIN
    return Claim(
        name=gain.name, what=f"Brier gain, {gain.what}, {span(gain.first, gain.last)}", value=gain.value, low=gain.low,
        high=gain.high, standard_error=gain.standard_error, games=gain.games,
        target="interval above zero" if target else "", reached=gain.low > 0 if target else None,
    )  # fmt: skip


def _share(result: ForecastSkill, *, aimed: bool) -> Iterator[Claim]:
    if result.share is not None:
        share = result.share
        yield Claim(
            name="share_of_gap", what="share of the gap from opener to close that the informed forecast closes",
            value=share.value, low=share.low, high=share.high, games=share.games, unit="%",
            target="at least half" if aimed else "", reached=share.value >= HALF if aimed else None,
            interval_is="weeks resampled",
        )  # fmt: skip


def _wednesday(result: ForecastSkill) -> Iterator[Claim]:
    late = result.wednesday
    if late is None:
        return
    for who in ("rating", "line", "informed", "close"):
        row = brier_of(late.skill, who)
        if row is not None:
            named = "the Wednesday line" if who == "line" else forecaster_name(who).replace("opener", "Wednesday line")
            yield Claim(
                name=f"wednesday_brier_{who}", what=f"Brier score, {named}, Wednesday {late.season}",
                value=row["brier"], low=row["brier_low"], high=row["brier_high"], games=int(row["games"]), digits=4,
            )  # fmt: skip
    if late.gain is not None:
        yield _gain(late.gain, aimed=False)
