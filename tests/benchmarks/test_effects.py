"""Speed of the weekly effects, as ratios in one run: found again against made, and refits against fits of their own.

Processor seconds, so that other work on the machine does not count.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.stages.effects.world import AS_EVENTS, pooled_frames
from workbench.causal.checks.base import PlainRefits, refits_of
from workbench.causal.checks.run import CheckPlan
from workbench.data.demo.panel import panel_league
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.checked import check_estimates
from workbench.stages.effects.estimates import design_for, two_numbers, unpriced_shares
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import QUESTIONS, question_named
from workbench.stages.effects.rows import question_rows

pytestmark = pytest.mark.benchmark

#: What has not changed is not estimated again; its rows are made and compared again (0.20 to 0.25 measured, so the 0.2
#: wished for is not reached).
MOST_UNCHANGED = 0.35
#: A check's refits in one go against a fit each (0.21 to 0.25 measured).
MOST_REFITS = 0.4
PLACEBOS, SUBSETS = 20, 8
#: What the simulated league has shocks for.
ASKED = [one for one in QUESTIONS if set(one.types) <= {words[0] for words in AS_EVENTS.values()}]


@pytest.fixture(scope="module")
def frames() -> EffectFrames:
    """Two simulated leagues of 26 seasons: about as many games as the real one's."""
    return pooled_frames([panel_league(seed, seasons=range(1999, 2025)) for seed in (7, 8)])


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _answers(frames: EffectFrames, folder: Path) -> pd.DataFrame:
    cache = EstimateCache(folder)
    estimates = two_numbers(frames, questions=ASKED, cache=cache)
    unpriced_shares(frames, questions=ASKED, cache=cache)
    plan = CheckPlan(placebos=60, noises=10, subsets=20)
    return check_estimates(frames, estimates, cache=cache, plan=plan, seed=1)


def test_unchanged_effects_cost_a_third_at_most(
    frames: EffectFrames, tmp_path: Path, stated: Callable[..., None]
) -> None:
    cold = _seconds(lambda: _answers(replace(frames, kept={}), tmp_path))
    warm = _seconds(lambda: _answers(replace(frames, kept={}), tmp_path))
    games = len(frames.games)
    print(f"\n{games} games: {cold:.1f} s cold, {warm:.1f} s warm, {warm / cold:.2f}")
    what = "processor time of estimates, shares and checks found again over making them"
    stated("effects-unchanged", what, warm / cold, at_most=MOST_UNCHANGED, games=games)
    assert warm / cold <= MOST_UNCHANGED


def test_refits_in_one_go_cost_less_than_half_of_fits(frames: EffectFrames, stated: Callable[..., None]) -> None:
    asked = question_rows(frames, question_named("bye"))
    design, rng = replace(design_for(asked, "game"), inference="cluster"), np.random.default_rng(1)
    rows, treatment = asked.games, asked.games["bye"].to_numpy()
    lots = {f"placebo_{i}": rng.permutation(treatment) for i in range(PLACEBOS)}
    parts = [np.sort(rng.choice(len(rows), round(0.8 * len(rows)), replace=False)) for _ in range(SUBSETS)]

    def again(made: Callable[[], object]) -> float:
        return min(_seconds(made) for _ in range(3))

    swift = again(lambda: [(one := refits_of(design, rows)).placebos(lots, effect=1.0), one.on_rows(parts)])
    plain = again(lambda: [(one := PlainRefits(design, rows)).placebos(lots, effect=1.0), one.on_rows(parts)])
    print(f"\n{len(rows)} games: {swift:.2f} s in one go, {plain:.2f} s one by one, {swift / plain:.2f}")
    what = f"processor time of {PLACEBOS} placebos and {SUBSETS} subsets in one go over fitting each"
    stated("effects-refits", what, swift / plain, at_most=MOST_REFITS, games=len(rows))
    assert swift / plain <= MOST_REFITS
