"""Rules on forecasts: Brier alarm, drift of shape, triggers to recalibrate and retrain, comparing two forecasters."""

from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.special import softmax

from workbench.backtest.retraining import Trigger
from workbench.lifecycle.recalibrate import RecalibrationPolicy
from workbench.lifecycle.recalibration_power import trigger_characteristics
from workbench.risk.forecast_alarms import brier_alarm, distorted, weekly_brier, worse_than_market
from workbench.risk.operating import Floats, Operating, operating, sample_to_see, share_error
from workbench.risk.sequential import bounded_evidence, crossed, forecast_evidence
from workbench.simulate.shape_power import drift_paths
from workbench.stages.studies.thresholds_clv import RATE, Sizes
from workbench.stages.studies.thresholds_rows import Row

GAMES_A_WEEK: Final = 15
_WEEKS: Final = 18
RATIO: Final = 1.2
#: Forecasters worse than the close, and how: (slope, shift, noise) of the log-odds.
_WORSE: Final = (
    ("as good as the close", 1.0, 0.0, 0.0),
    ("overconfident by half", 1.5, 0.0, 0.0),
    ("twice as sure as it should be", 2.0, 0.0, 0.0),
    ("too noisy (half a unit of log-odds)", 1.0, 0.0, 0.5),
)
_SPREADS: Final = (1.0, 1.1, 1.2, 0.85)
_COVERAGES: Final = (0.90, 0.85, 0.80)
#: Tolerances tried for the calibrated trigger, tightest first.
_TOLERANCES: Final = (0.055, 0.06, 0.065, 0.07)
#: Rounds of a season of English football, and matches a round.
_ROUNDS: Final = 38
_MATCHES: Final = 10
#: Models of goals, by the noise of their logits; how far each is behind the market comes out of the draws.
_NOISES: Final = (
    ("almost as good as the market", 0.15),
    ("a little worse", 0.30),
    ("clearly worse", 0.42),
    ("far worse", 0.60),
)


def brier_rows(chances: Floats, *, sizes: Sizes, rng: np.random.Generator) -> list[Row]:
    """Return the Brier alarm: weeks of games drawn from real closing chances, outcomes from those chances.

    Parameters
    ----------
    chances : ndarray, shape (n_games,)
        Home-win probabilities of closing lines.
    """
    shape = (max(sizes.evidence_seasons // 2, 200), _WEEKS, GAMES_A_WEEK)
    true = np.clip(chances[rng.integers(len(chances), size=shape)], 0.01, 0.99)
    outcome = (rng.random(shape) < true).astype(np.float64)
    baseline = float(np.mean(chances * (1 - chances)))
    ratio = float(np.quantile(weekly_brier(true, outcome).max(axis=1), 1 - RATE)) / baseline
    rows: list[Row] = []
    for name, slope, shift, noise in (*_WORSE, ("one home rate for every game", 0.0, 0.0, 0.0)):
        base = float(np.log(chances.mean() / (1 - chances.mean()))) if slope == 0.0 else shift
        forecast = distorted(true, slope=slope, shift=base, noise=noise, rng=rng)
        wrong = name == _WORSE[0][0]
        level = float(weekly_brier(forecast, outcome).mean()) / baseline
        for policy, threshold in (("default", RATIO), ("calibrated", ratio)):
            fired = operating(brier_alarm(forecast, outcome, baseline=baseline, ratio=threshold))
            setting = f"week above {threshold:.2f} × baseline"
            kind = "default" if policy == "default" else "calibrated"
            rows.append(Row("brier", kind, setting, name, wrong, fired, GAMES_A_WEEK, level))  # type: ignore[arg-type]
        seen = crossed(forecast_evidence(forecast, outcome, rivals=() if wrong else (true,)), rate=RATE)
        setting = "evidence for a mended forecast or the market's"
        rows.append(Row("brier", "sequential", setting, name, wrong, operating(seen), GAMES_A_WEEK, level))
    return rows


def brier_on_record(games: pd.DataFrame, *, ratio: float = RATIO) -> pd.DataFrame:
    """Return each real week's Brier score of the close, its games and whether it trips the alarm.

    Parameters
    ----------
    games : DataFrame
        From `stages.studies.thresholds_facts.closed_games`.
    """
    scored = games.assign(brier=np.square(games["chance"] - games["won"]))
    weeks = scored.groupby(["season", "week"])["brier"].agg(["mean", "size"]).reset_index()
    return weeks.assign(tripped=weeks["mean"] > ratio * float(scored["brier"].mean()))


def shape_rows(*, sizes: Sizes, rng: np.random.Generator) -> list[Row]:
    """Return the test for drift of the shape over a season that starts with it freshly set."""
    rows = []
    for spread in _SPREADS:
        found = operating(drift_paths(rng=rng, spread=spread, paths=sizes.evidence_seasons // 2))
        truth = "margins spread as drawn" if spread == 1.0 else f"margins spread {spread:.2f} times as drawn"
        setting = "e-detector, 100 weeks between false alarms"
        rows.append(Row("shape", "default", setting, truth, spread == 1.0, found, 13, spread))
    return rows


def coverage_rows(*, sizes: Sizes, rng: np.random.Generator) -> list[Row]:
    """Return the trigger to recalibrate: as set, and with the least tolerance that errs in the stated share."""
    n = sizes.evidence_seasons // 10
    rules = [("default", RecalibrationPolicy()), *(("", RecalibrationPolicy(tolerance=t)) for t in _TOLERANCES)]
    rows: list[Row] = []
    for name, rule in rules:
        told = trigger_characteristics(rng=rng, policy=rule, coverages=_COVERAGES, repetitions=n)
        told = told[(told["since"] == "this season") | (told["true_coverage"] == _COVERAGES[0])]
        lines = told.drop_duplicates("true_coverage").to_dict("records")
        fits = lines[0]["season_rate"] <= RATE
        if name or fits:
            rows += [_coverage_row(line, rule, n=n, default=bool(name)) for line in lines]
        if not name and fits:
            break
    return rows


def _coverage_row(line: dict[Any, Any], rule: RecalibrationPolicy, *, n: int, default: bool) -> Row:
    found = Operating(
        weekly_rate=line["weekly_rate"], weekly_error=share_error(line["weekly_rate"], n), by_week=(), seasons=n,
        season_rate=line["season_rate"], season_error=line["standard_error"], median_week=line["median_first_week"],
    )  # fmt: skip
    true = line["true_coverage"]
    truth = f"{100 * true:.0f} % covered{'' if true == _COVERAGES[0] else ' since the season began'}"
    setting = f"off by more than {100 * rule.tolerance:.1f} points"
    return Row(
        "coverage", "default" if default else "calibrated", setting, truth, true == _COVERAGES[0], found, 70, true
    )


def match_gaps(*, noise: float, seasons: int, rng: np.random.Generator) -> Floats:
    """Return Brier gaps of a model and a market that is right, over three outcomes, shape (seasons, rounds, matches).

    Strengths give home, draw and away chances like those of a first division; the model's logits carry noise.
    """
    shape = (seasons, _ROUNDS, _MATCHES)
    strength = 0.2 + 0.85 * rng.standard_normal(shape)
    logits = np.stack([strength / 1.0 + 0.15, np.full(shape, -0.15), -strength], axis=-1)
    market, model = (softmax(x, axis=-1) for x in (logits, logits + noise * rng.standard_normal((*shape, 3))))
    cut = np.cumsum(market, axis=-1)
    landed = (rng.random(shape)[..., None] > cut).sum(axis=-1).clip(0, 2)
    hit = np.eye(3)[landed]
    gaps: Floats = (np.square(model - hit) - np.square(market - hit)).sum(axis=-1)
    return gaps


def retrain_rows(*, sizes: Sizes, rng: np.random.Generator, trigger: Trigger | None = None) -> list[Row]:
    """Return the trigger to tune the goals model again: a rolling Brier score worse than the market's by a margin.

    The evidence asks whether the model is further behind than half the margin.
    """
    rule = Trigger() if trigger is None else trigger
    seasons = max(sizes.evidence_seasons // 5, 100)
    made = {noise: match_gaps(noise=noise, seasons=seasons, rng=rng) for _, noise in _NOISES}
    strict = _calibrated_margin(made[_NOISES[0][1]], rule)
    rows: list[Row] = []
    for (truth, noise), gaps in zip(_NOISES, made.values(), strict=True):
        behind, wrong = float(gaps.mean()), noise == _NOISES[0][1]
        for policy, threshold in (("default", rule.margin), ("calibrated", strict)):
            fired = operating(worse_than_market(gaps, margin=threshold, minimum=rule.minimum, window=rule.window))
            setting = f"last {rule.minimum} to {rule.window} matches behind by {threshold:.3f}"
            kind = "default" if policy == "default" else "calibrated"
            rows.append(Row("retrain", kind, setting, truth, wrong, fired, _MATCHES, behind))  # type: ignore[arg-type]
        seen = operating(crossed(bounded_evidence(gaps, about=rule.margin / 2, bound=2.0), rate=RATE))
        setting = f"evidence for more than {rule.margin / 2:.3f}"
        rows.append(Row("retrain", "sequential", setting, truth, wrong, seen, _MATCHES, behind))
    return rows


def _calibrated_margin(gaps: Floats, rule: Trigger) -> float:
    """Return the margin that these seasons ever reach in the stated share."""
    flat = gaps.reshape(len(gaps), -1)
    sums = np.cumsum(np.pad(flat, ((0, 0), (1, 0))), axis=1)
    ends = np.arange(_MATCHES * -(-rule.minimum // _MATCHES), flat.shape[1] + 1, _MATCHES)
    seen = np.minimum(ends, rule.window)
    return float(np.quantile(((sums[:, ends] - sums[:, ends - seen]) / seen).max(axis=1), 1 - RATE))


def sample_sizes(
    errors: pd.DataFrame, *, difference: float = 0.5, rng: np.random.Generator, draws: int = 2_000
) -> pd.DataFrame:
    """Return the games needed to see half a point of mean absolute error, unpaired and paired, by pair of forecasters.

    Parameters
    ----------
    errors : DataFrame
        From `stages.studies.thresholds_facts.paired_errors`; its first column with errors is the close's.

    Returns
    -------
    DataFrame
        ``comparison, paired, games, sd, needed, low, high``: the interval is the bootstrap's by week.
    """
    rows = []
    names = [name for name in ("close", "open", "peer") if name in errors and errors[name].notna().any()]
    rows.append(
        _needed(errors, errors["close"], "close alone", paired=False, difference=difference, rng=rng, draws=draws)
    )
    for name in names[1:]:
        gap = errors[name] - errors["close"]
        rows.append(_needed(errors, gap, f"{name} and close", paired=True, difference=difference, rng=rng, draws=draws))
    return pd.DataFrame(rows)


def _needed(
    errors: pd.DataFrame, values: "pd.Series[float]", name: str, *, paired: bool, difference: float,
    rng: np.random.Generator, draws: int,
) -> dict[str, object]:  # fmt: skip
    kept = values.notna().to_numpy()
    x = values.to_numpy(dtype=float)[kept]
    labels = errors.loc[kept, ["season", "week"]].apply(tuple, axis=1)
    _, place = np.unique(pd.factorize(labels)[0], return_inverse=True)
    sums = np.stack([np.bincount(place, weights=w) for w in (np.ones_like(x), x, x**2)])
    picked = sums[:, rng.integers(sums.shape[1], size=(draws, sums.shape[1]))].sum(axis=-1)
    sds = np.sqrt(picked[2] / picked[0] - np.square(picked[1] / picked[0]))
    low, high = (sample_to_see(difference, sd=float(sd), paired=paired) for sd in np.quantile(sds, [0.025, 0.975]))
    sd = float(x.std(ddof=0))
    needed = sample_to_see(difference, sd=sd, paired=paired)
    return {"comparison": name, "paired": paired, "games": len(x), "sd": sd, "needed": needed, "low": low, "high": high}
