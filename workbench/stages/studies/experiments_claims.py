"""What the study of experiments claims: every measure of every change less its base's."""

import math
from collections.abc import Iterator

from workbench.stages.studies.claims import Claim
from workbench.stages.studies.experiment_pairs import MEASURES, PRIMARY, Gap
from workbench.stages.studies.experiments import Compared, Experiments


def experiments_claims(result: Experiments) -> list[Claim]:
    """Return every number of the study."""
    seen: dict[str, int] = {}
    claims = []
    for one in result.compared:
        seen[one.name] = seen.get(one.name, 0) + 1
        stem = one.name if seen[one.name] == 1 else f"{one.name}_{one.digest[:8]}"
        claims += list(_of(one, stem))
    if not claims:
        return claims
    looked = Claim(
        name="looks", what="looks that verdicts rest on, over all experiments", value=float(len(result.looks)),
        games=max(claim.games for claim in claims), without_interval="a count", digits=0,
    )  # fmt: skip
    return [*claims, looked]


def headline(result: Experiments, claims: list[Claim]) -> str:
    """Return the claim that is the study's estimate: the first price, forecast or growth that a change moved."""
    moved = (c.name for c in claims if c.standard_error and c.name.endswith(PRIMARY))
    return next(moved, claims[0].name if claims else "")


def _of(one: Compared, stem: str) -> Iterator[Claim]:
    for gap in one.gaps:
        if math.isfinite(gap.value) and gap.terms > 0:
            yield _claim(one, stem, gap)


def _claim(one: Compared, stem: str, gap: Gap) -> Claim:
    words, unit, _ = MEASURES[gap.measure]
    known = math.isfinite(gap.low)
    return Claim(
        name=f"{stem}_{gap.measure}", what=f"{one.name}: {words} less the base's", value=gap.value,
        low=gap.low if known else None, high=gap.high if known else None,
        standard_error=gap.standard_error if known else None, games=gap.terms, unit=unit,
        without_interval="" if known else "fewer than two weeks",
    )  # fmt: skip
