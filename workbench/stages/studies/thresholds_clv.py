"""Rules on closing line value and on results: gate, kill switch, alert, losing record."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import binom

from workbench.decision.policy import Policy
from workbench.risk.forecast_alarms import losing_record, rolling_share
from workbench.risk.operating import (
    WEEKS,
    Floats,
    Truth,
    calibrated_run,
    gate_opens,
    gate_threshold,
    losing_run,
    negative_alert,
    operating,
    share_error,
    simulated_clv,
    threshold_at,
    window_means,
)
from workbench.risk.sequential import crossed, sign_evidence, win_evidence
from workbench.stages.studies.thresholds_rows import Row

#: The stated false-pass and false-alarm rate of calibrated and sequential policies.
RATE: Final = 0.05
#: Mean closing line value a skilled bettor is taken to have: what the gate asks for, and twice that.
SKILLS: Final = (0.3, 0.6)
TRUTHS: Final = (-0.3, 0.0, *SKILLS)
BETS: Final = (5, 8, 16)
USUAL_BETS: Final = 8
#: Sides of real bets share luck within a week: 2,030 bets of 2010-2024 at the opener have sums of a week 1.44 times as
#: variable as bets that are right or wrong alone; this latent correlation does the same to eight bets a week.
SHARED: Final = 0.22
_ALERT_WEEKS: Final = 4
_RECORD_RATES: Final = (0.50, 0.54)
_RECORD_BETS: Final = 50


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is simulated."""

    seasons: int = 20_000
    evidence_seasons: int = 10_000

    @classmethod
    def of(cls, *, smoke: bool) -> "Sizes":
        """Return the sizes, small ones to see that everything runs."""
        return cls(400, 400) if smoke else cls()


def points(value: float) -> str:
    """Return a mean closing line value in words.

    Examples
    --------
    >>> points(0.3), points(0.0)
    ('+0.3 points', 'no skill')
    """
    return "no skill" if value == 0 else f"{value:+.1f} points".replace("-", "−")


def clv_rows(moves: Floats, *, policy: Policy, sizes: Sizes, rng: np.random.Generator) -> list[Row]:
    """Return gate, kill switch and alert, as set, calibrated and sequential, under every truth."""
    rows: list[Row] = []
    for bets in BETS:
        made = {
            level: simulated_clv(moves, bets_a_week=bets, true_clv=level, rng=rng, seasons=sizes.seasons)
            for level in TRUTHS
        }
        rows += _gate_rows(made, policy=policy, bets=bets)
        rows += _kill_rows(made, bets=bets)
        rows += _alert_rows(made, bets=bets)
        rows += _evidence_rows({level: clv[: sizes.evidence_seasons] for level, clv in made.items()}, bets=bets)
    return rows


def _gate_rows(made: dict[float, Floats], *, policy: Policy, bets: int) -> Iterator[Row]:
    """Yield the gate as set, and with the threshold that no skill passes in the stated share of seasons."""
    look = policy.gate_weeks
    asked = {
        "default": policy.gate_clv_points,
        "calibrated": gate_threshold(made[0.0], rate=RATE, look_back=look, ever=True),
    }
    for name, threshold in asked.items():
        for level, clv in made.items():
            fired = gate_opens(clv, threshold=threshold, look_back=look, minimum_bets=policy.gate_minimum_bets)
            setting = f"{look} weeks at {threshold:+.2f} or more"
            kind = "default" if name == "default" else "calibrated"
            yield Row("gate", kind, setting, points(level), level <= 0, operating(fired), bets, level)  # type: ignore[arg-type]


def _kill_rows(made: dict[float, Floats], *, bets: int) -> Iterator[Row]:
    """Yield the kill switch as set, and with the run of weeks that ends the stated share of +0.3 seasons."""
    run = calibrated_run(made[SKILLS[0]], rate=RATE)
    for level, clv in made.items():
        wrong = level > 0
        yield Row(
            "kill", "default", "2 weeks of 0 or less", points(level), wrong, operating(losing_run(clv)), bets, level
        )
        longer = operating(losing_run(clv, run=run) if run <= clv.shape[1] else np.zeros(clv.shape[:2], dtype=np.bool_))
        yield Row("kill", "calibrated", f"{run} weeks of 0 or less", points(level), wrong, longer, bets, level)


def _alert_rows(made: dict[float, Floats], *, bets: int) -> Iterator[Row]:
    """Yield the alert as set, and under a mean that the stated share of +0.3 seasons ever falls below."""
    lowest = window_means(made[SKILLS[0]], look_back=_ALERT_WEEKS, partial=True).min(axis=1)
    strict = -threshold_at(-lowest, rate=RATE)
    for level, clv in made.items():
        means = window_means(clv, look_back=_ALERT_WEEKS, partial=True)
        alert = operating(negative_alert(clv, look_back=_ALERT_WEEKS))
        yield Row("alert", "default", "mean of four weeks under 0", points(level), level > 0, alert, bets, level)
        words = f"mean of four weeks at {strict:+.2f} or less".replace("-", "−")
        yield Row(
            "alert", "calibrated", words, points(level), level > 0, operating(means <= strict + 1e-9), bets, level
        )


def _evidence_rows(made: dict[float, Floats], *, bets: int) -> Iterator[Row]:
    """Yield gate, kill switch and alert by evidence."""
    for level, clv in made.items():
        opens = operating(crossed(sign_evidence(clv), rate=RATE))
        yield Row("gate", "sequential", "evidence for a mean above 0", points(level), level <= 0, opens, bets, level)
        warned = operating(crossed(sign_evidence(clv, below=True), rate=RATE))
        yield Row("alert", "sequential", "evidence for a mean under 0", points(level), level > 0, warned, bets, level)
        stops = operating(crossed(sign_evidence(clv, about=SKILLS[0], below=True), rate=RATE))
        yield Row("kill", "sequential", "evidence against +0.3", points(level), level > 0, stops, bets, level)


def worlds(moves: Floats, *, policy: Policy, sizes: Sizes, rng: np.random.Generator) -> pd.DataFrame:
    """Return what gate and kill switch do where the simulation's own assumptions are changed.

    Returns
    -------
    DataFrame
        ``world, truth, level, rule, policy, wrong, season_rate, season_error, weekly_rate``.
    """
    kinds: tuple[tuple[str, Truth, float], ...] = (
        ("skill added to every move", "shift", 0.0),
        ("skill in the choice of side", "side", 0.0),
        ("and sides share a week's luck", "side", SHARED),
    )
    rows = []
    for world, truth, shared in kinds:
        for level in (0.0, *SKILLS):
            clv = simulated_clv(
                moves, bets_a_week=USUAL_BETS, true_clv=level, rng=rng, seasons=sizes.evidence_seasons, truth=truth,
                shared=shared,
            )  # fmt: skip
            gate = {
                "default": gate_opens(clv, threshold=policy.gate_clv_points),
                "sequential": crossed(sign_evidence(clv), rate=RATE),
            }
            stop = crossed(sign_evidence(clv, about=SKILLS[0], below=True), rate=RATE)
            kill = {"default": losing_run(clv), "sequential": stop}
            for rule, by_policy in (("gate", gate), ("kill", kill)):
                for name, fired in by_policy.items():
                    found = operating(fired)
                    wrong = level <= 0 if rule == "gate" else level > 0
                    rows.append(
                        {
                            "world": world, "truth": points(level), "level": level, "rule": rule, "policy": name,
                            "wrong": wrong, "season_rate": found.season_rate, "season_error": found.season_error,
                            "weekly_rate": found.weekly_rate,
                        }
                    )  # fmt: skip
    return pd.DataFrame(rows)


def gate_power(moves: Floats, *, policy: Policy, sizes: Sizes, rng: np.random.Generator) -> pd.DataFrame:
    """Return how often the gate is open in a week, by true mean and bets in its window, with the calibrated threshold.

    Returns
    -------
    DataFrame
        ``bets, level, default, calibrated, threshold``: shares of weeks; ``threshold`` is what no skill reaches in the
        stated share of weeks.
    """
    rows = []
    for bets in (10, 20, 32):
        clv = simulated_clv(moves, bets_a_week=bets, true_clv=0.0, rng=rng, seasons=sizes.seasons, weeks=1)
        means = window_means(clv, look_back=1)[:, 0]
        threshold = threshold_at(means, rate=RATE)
        for level in np.arange(-0.3, 1.51, 0.1).round(2):
            shares = [float(np.mean(means + level >= t - 1e-9)) for t in (policy.gate_clv_points, threshold)]
            rows.append((bets, level, *shares, threshold, len(means)))
    return pd.DataFrame(rows, columns=["bets", "level", "default", "calibrated", "threshold", "seasons"])


def record_rows(*, sizes: Sizes, rng: np.random.Generator) -> list[Row]:
    """Return the losing record: the last fifty bets at each week's end, over a season of eight a week."""
    rows: list[Row] = []
    won = {rate: rng.random((sizes.evidence_seasons, WEEKS, USUAL_BETS)) < rate for rate in _RECORD_RATES}
    lowest = np.nanmin(rolling_share(won[_RECORD_RATES[-1]], n_bets=_RECORD_BETS), axis=1)
    strict = float(np.quantile(lowest, RATE))
    for rate, hits in won.items():
        truth, wrong = f"{100 * rate:.0f} % of bets won", rate > 0.524
        for policy, threshold in (("default", 0.48), ("calibrated", strict)):
            fired = operating(losing_record(hits, threshold=threshold, n_bets=_RECORD_BETS))
            setting = f"under {100 * threshold:.0f} % of the last 50"
            kind = "default" if policy == "default" else "calibrated"
            rows.append(Row("record", kind, setting, truth, wrong, fired, USUAL_BETS, rate))  # type: ignore[arg-type]
        seen = operating(crossed(win_evidence(hits, rate=_RECORD_RATES[-1]), rate=RATE))
        rows.append(Row("record", "sequential", "evidence against 54 %", truth, wrong, seen, USUAL_BETS, rate))
    return rows


def one_look_record(rate: float = 0.54, *, threshold: float = 0.48, n_bets: int = _RECORD_BETS) -> float:
    """Return the exact chance to be under a threshold after so many bets, looked at once.

    Examples
    --------
    FACTS: a true 54 % bettor trips 48 % over 50 bets in 16 %.

    >>> round(one_look_record(), 3)
    0.16
    """
    return float(binom.cdf(np.ceil(threshold * n_bets) - 1, n_bets, rate))


def published_gate(moves: Floats, *, sizes: Sizes, rng: np.random.Generator) -> list[tuple[int, float, float]]:
    """Return the rates FACTS states for the gate: bets, share of zero-skill bettors who pass +0.3, standard error."""
    found = []
    for bets in (10, 20, 32):
        clv = simulated_clv(moves, bets_a_week=bets, true_clv=0.0, rng=rng, seasons=sizes.seasons, weeks=1)
        share = float((window_means(clv, look_back=1) >= 0.3 - 1e-9).mean())
        found.append((bets, share, share_error(share, sizes.seasons)))
    return found
