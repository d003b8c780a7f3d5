"""The study of thresholds: what every gate and switch does where the truth is known, beside what could replace it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.decision.policy import Policy
from workbench.risk.forecast_alarms import break_even_filter, filter_values
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.peers import read_peers
from workbench.stages.studies.thresholds_clv import (
    Sizes,
    clv_rows,
    gate_power,
    one_look_record,
    published_gate,
    record_rows,
    worlds,
)
from workbench.stages.studies.thresholds_facts import MARGIN_SD, Seen, decision_counts, paired_errors, seen_facts
from workbench.stages.studies.thresholds_forecasts import (
    brier_on_record,
    brier_rows,
    coverage_rows,
    retrain_rows,
    sample_sizes,
    shape_rows,
)
from workbench.stages.studies.thresholds_rent import rent_rows
from workbench.stages.studies.thresholds_rows import Row, row_table

#: Shares of the model's disagreement with the line that are real.
REAL_SHARES: Final = (0.0, 0.25, 0.5, 1.0)
_FILTERS: Final = np.round(np.arange(0.0, 0.1001, 0.005), 4)
#: Of model minus line: what the walked forecasts of 2010-2024 differ from their line by, about.
_DISAGREEMENT: Final = 2.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    rows : list of Row
    seen : Seen
    worlds : DataFrame
        From `stages.studies.thresholds_clv.worlds`.
    power : DataFrame
        From `stages.studies.thresholds_clv.gate_power`.
    gate : list of (bets, share, standard error)
        What FACTS states, again.
    record : float
        Exact chance of a 54 % bettor at one look.
    brier_weeks : DataFrame
        Real weeks of the close, and whether they trip the alarm.
    samples : DataFrame
        From `stages.studies.thresholds_forecasts.sample_sizes`.
    filters : DataFrame
        ``real_share, threshold, passing, worth``.
    decisions : DataFrame or None
        From `stages.studies.thresholds_facts.decision_counts`; None where no season was asked for.
    policy : Policy
    notes : tuple of str
    """

    rows: list[Row]
    seen: Seen
    worlds: pd.DataFrame
    power: pd.DataFrame
    gate: list[tuple[int, float, float]]
    record: float
    brier_weeks: pd.DataFrame
    samples: pd.DataFrame
    filters: pd.DataFrame
    decisions: pd.DataFrame | None
    policy: Policy
    notes: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row a rule, policy and truth."""
        return row_table(self.rows)

    def tables(self) -> dict[str, Any]:
        """Return what the result keeps beside its claims."""
        return {
            "rules": self.table.to_dict("records"),
            "worlds": self.worlds.to_dict("records"),
            "filters": self.filters.to_dict("records"),
            "quote_gates": self.seen.quotes.to_dict("records"),
            "decision_gates": None if self.decisions is None else self.decisions.to_dict("records"),
            "samples": self.samples.to_dict("records"),
            "notes": list(self.notes),
        }


def study_thresholds(run: StudyRun, *, walked: Sequence[int] = (), smoke: bool = False) -> Thresholds:
    """Simulate every rule.

    Parameters
    ----------
    walked : sequence of int
        Seasons whose decisions at the opener are counted at the gates; those not walked yet are walked.

    Raises
    ------
    MissingArtifactError
        If no line ever moved or no game has a close.
    """
    policy = Policy.from_mapping(run.settings.policy.model_dump())
    rng = np.random.default_rng(run.settings.seed)
    sizes, seen = Sizes.of(smoke=smoke), seen_facts(run, policy)
    peers = read_peers(run.path("peers"))
    peer = peers.probabilities.get("nfelo_fixed")
    rows = [
        *clv_rows(seen.moves, policy=policy, sizes=sizes, rng=rng),
        *record_rows(sizes=sizes, rng=rng),
        *brier_rows(seen.games["chance"].to_numpy(dtype=float), sizes=sizes, rng=rng),
        *shape_rows(sizes=sizes, rng=rng),
        *coverage_rows(sizes=sizes, rng=rng),
        *retrain_rows(sizes=sizes, rng=rng),
        *rent_rows(sizes=sizes, rng=rng),
    ]
    return Thresholds(
        rows=rows,
        seen=seen,
        worlds=worlds(seen.moves, policy=policy, sizes=sizes, rng=rng),
        power=gate_power(seen.moves, policy=policy, sizes=sizes, rng=rng),
        gate=published_gate(seen.moves, sizes=sizes, rng=rng),
        record=one_look_record(),
        brier_weeks=brier_on_record(seen.games),
        samples=sample_sizes(paired_errors(seen.games, peer), rng=rng),
        filters=filter_table(),
        decisions=_decisions(run, policy, walked),
        policy=policy,
        notes=_notes(peers.missing),
    )


def _decisions(run: StudyRun, policy: Policy, seasons: Sequence[int]) -> pd.DataFrame | None:
    if not seasons:
        return None
    from workbench.stages.studies.backtest_seasons import walked_seasons

    walked = walked_seasons(run.facts, settings=run.settings, seasons=list(seasons), decide_at="open")
    return decision_counts(walked.walk.prices, policy)


def filter_table() -> pd.DataFrame:
    """Return what filters on expected value let through and what it is worth, by share of the edge that is real."""
    tables = []
    for share in REAL_SHARES:
        passing, worth = filter_values(
            _FILTERS, real_share=share, disagreement_points=_DISAGREEMENT, outcome_points=MARGIN_SD
        )
        even = break_even_filter(real_share=share, outcome_points=MARGIN_SD)
        tables.append(
            pd.DataFrame(
                {"real_share": share, "threshold": _FILTERS, "passing": passing, "worth": worth, "break_even": even}
            )
        )
    return pd.concat(tables, ignore_index=True)


def _notes(missing: tuple[str, ...]) -> tuple[str, ...]:
    return (
        "A bettor without skill takes either side by coin; skill is added to each move unless said otherwise.",
        "Bets a week are constant; a window with fewer bets than the gate asks for stays shut.",
        "Evidence multiplies by at most two a week, for bets of a week may be right and wrong together: no gate by "
        "evidence opens before its fifth week.",
        "Rent verdicts are simulated on normal differences of a season so far, looked at weekly from the fourth week; "
        "one module is worth as much as the line's way from opener to close.",
        "The filter on expected value is computed for spreads at an assumed price, margins normal about the truth.",
        *missing,
    )
