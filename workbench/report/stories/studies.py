"""How every study's page opens and closes, and how its claims are shown."""

from collections.abc import Sequence

import pandas as pd

from workbench.report import page
from workbench.report.blocks import Block
from workbench.report.page import KeyNumber
from workbench.report.sentences import count, estimate, interval, quantity, supported_digits
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.context import StudyRun


def head(run: StudyRun, *, smoke: bool) -> Block:
    """Return the head of a study's page."""
    seasons, size = run.seasons, ", smoke size" if smoke else ""
    return page.header(
        "Data given" if run.own_data else run.settings.label,
        f"no league's games{size}" if run.own_data else f"facts of {seasons[0]} to {seasons[-1]}{size}",
        as_of=run.as_of,
        status="complete",
        question=run.study.question,
        title=run.study.title,
        simulated=run.simulated,
    )


def targets_apply(run: StudyRun, *, smoke: bool) -> bool:
    """Whether the targets apply: they were set for all of the real games."""
    return not (smoke or run.simulated)


def verdict(claims: Sequence[Claim]) -> str:
    """Return how many targets were reached, and which were not."""
    aimed = [claim for claim in claims if claim.reached is not None]
    missed = [claim.what for claim in aimed if not claim.reached]
    if not aimed:
        return "No targets apply to these games."
    if not missed:
        return f"All {len(aimed)} targets are reached."
    return f"{len(missed)} of {count(len(aimed), 'target')} not reached: {'; '.join(missed)}."


def said(claim: Claim, *, signed: bool = False) -> str:
    """Return a claim's number with its interval, ready to stand in a sentence."""
    digits = claim.digits if claim.low is not None else _digits(claim)
    return estimate(claim.value, claim.low, claim.high, unit=claim.unit, digits=digits, signed=signed)


def key_number(label: str, claim: Claim | None, *, signed: bool = False) -> KeyNumber | None:
    """Return a claim as an entry of the strip; None where there is no such claim."""
    if claim is None:
        return None
    return KeyNumber(label, claim.value, claim.low, claim.high, unit=claim.unit, signed=signed, digits=claim.digits)


def claim_table(claims: Sequence[Claim]) -> pd.DataFrame:
    """Return one row a claim: what, value, interval, games, target, verdict."""
    return pd.DataFrame(
        {
            "what": [claim.what for claim in claims],
            "value": [shown_value(claim) for claim in claims],
            "95 % interval": [shown_interval(claim) for claim in claims],
            "games": [claim.games for claim in claims],
            "target": [claim.target or "none" for claim in claims],
            "verdict": [claim.verdict for claim in claims],
        }
    )


def shown_value(claim: Claim) -> str:
    """Return a claim's value with its unit and no more digits than its interval supports."""
    return quantity(claim.value, unit=claim.unit, digits=_digits(claim))


def shown_interval(claim: Claim) -> str:
    """Return a claim's interval, or why it has none."""
    if claim.low is None or claim.high is None:
        return f"none: {claim.without_interval}"
    ends = interval(claim.low, claim.high, digits=_digits(claim), unit=claim.unit if claim.unit == "%" else "")
    return f"{ends} ({claim.interval_is})" if claim.interval_is else ends


def _digits(claim: Claim) -> int:
    scale = 100.0 if claim.unit == "%" else 1.0
    if claim.digits is not None:
        return claim.digits
    if claim.low is None or claim.high is None:
        return 1 if claim.unit == "%" else 3
    return supported_digits(scale * claim.low, scale * claim.high, default=3)
