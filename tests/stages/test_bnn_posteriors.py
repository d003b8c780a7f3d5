# Posteriors kept on disk are compared bit by bit; the networks are tiny, for what is tested is what is kept.
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData
from workbench.bayes.networks.layers import observed_rows, side_by_side
from workbench.bayes.sampling.nuts import Progress
from workbench.bayes.sampling.nuts_chain import Chunk, NutsOptions
from workbench.stages.studies.bnn_posteriors import (
    ABOUT,
    PROGRESS,
    PosteriorCache,
    PosteriorUnit,
    read_chunks,
    sampled_unit,
    write_chunk,
)

QUICK = NutsOptions(max_tree_depth=3, start_steps=5, chunk=4)


def _line(data: NetworkData, sigma: float) -> object:
    import pymc as pm

    with pm.Model() as model:
        rows = observed_rows(data)
        weights = pm.Normal("weights", 0.0, 1.0, shape=2)
        location = rows.inputs @ weights * np.float32(sigma)
        pm.Deterministic(OUTPUTS, side_by_side(location, np.float32(0.0)))
        pm.Potential("likelihood", -0.5 * (rows.yards - location) ** 2)
    return model


def _bent_line(data: NetworkData, sigma: float) -> object:
    """The same but for its tails."""
    import pymc as pm

    with pm.Model() as model:
        rows = observed_rows(data)
        weights = pm.Normal("weights", 0.0, 1.0, shape=2)
        location = rows.inputs @ weights * np.float32(sigma)
        pm.Deterministic(OUTPUTS, side_by_side(location, np.float32(0.0)))
        pm.Potential("likelihood", -abs(rows.yards - location))
    return model


def _line_moved(data: NetworkData, sigma: float) -> object:
    """The same density in other words."""
    return _line(data, sigma)


LINE = Network("line", "A line", "normal", _line)  # type: ignore[arg-type]


@cache
def _unit() -> PosteriorUnit:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(30, 2)).astype(np.float32)
    nobody = np.zeros(30, dtype=np.int32)
    data = NetworkData(inputs, inputs[:, 0] + rng.normal(size=30).astype(np.float32), nobody, nobody, 1, 1, 0.0, 1.0)
    return PosteriorUnit(network=LINE, data=data, sigma=1.0, warmup=6, options=QUICK, about={"target": "rushing_yards"})


def test_what_is_kept_is_not_drawn_again_and_more_adds_to_it(tmp_path: Path) -> None:
    cache_, told = PosteriorCache(tmp_path), list[Progress]()
    short = cache_.get(_unit(), draws=5, on_progress=told.append)
    assert cache_.draws(_unit()) == 5
    assert len(told) == 8
    again = cache_.get(_unit(), draws=5, on_progress=told.append)
    assert len(told) == 8
    longer = cache_.get(_unit(), draws=7, on_progress=told.append)
    assert len(told) == 10
    np.testing.assert_array_equal(again.draws["weights"], short.draws["weights"])
    np.testing.assert_array_equal(longer.draws["weights"][:, :5], short.draws["weights"])
    folder = tmp_path / _unit().folder
    assert (folder / PROGRESS).read_text() == "26 of 26 draws, 0.0 minutes left\n"
    assert '"target": "rushing_yards"' in (folder / ABOUT).read_text()
    assert not list(folder.glob("*.partial"))


def test_a_run_killed_amid_goes_on_with_the_same_draws(tmp_path: Path) -> None:
    def killed(progress: Progress) -> None:
        if progress.done >= 12:
            raise KeyboardInterrupt

    whole = PosteriorCache(tmp_path / "whole").get(_unit(), draws=5)
    with pytest.raises(KeyboardInterrupt):
        PosteriorCache(tmp_path / "cut").get(_unit(), draws=5, on_progress=killed)
    kept = len(list((tmp_path / "cut").rglob("*.npz")))
    assert 0 < kept < len(list((tmp_path / "whole").rglob("*.npz")))
    resumed = PosteriorCache(tmp_path / "cut").get(_unit(), draws=5)
    np.testing.assert_array_equal(resumed.draws["weights"], whole.draws["weights"])


def test_a_damaged_file_is_drawn_again_with_what_follows_it(tmp_path: Path) -> None:
    kept = PosteriorCache(tmp_path)
    whole = kept.get(_unit(), draws=5)
    broken = tmp_path / _unit().folder / "chain1-000004.npz"
    broken.write_bytes(broken.read_bytes()[:100])
    assert kept.draws(_unit()) == 0
    assert kept.draws(_unit(), chains=1) == 5
    assert len(read_chunks(tmp_path / _unit().folder)) == 5
    np.testing.assert_array_equal(kept.get(_unit(), draws=5).draws["weights"], whole.draws["weights"])


def test_files_hold_arrays_only(tmp_path: Path) -> None:
    chunk = Chunk(
        chain=1, first=50, draws={"a b": np.ones((2, 3), dtype=np.float32)}, steps=np.array([3, 7], dtype=np.int32),
        diverging=np.array([False, True]), accept=np.ones(2, dtype=np.float32), step_size=0.5, seconds=1.0,
        cpu_seconds=2.0, leaves=(np.arange(3, dtype=np.uint32), np.array(4.0, dtype=np.float32)),
    )  # fmt: skip
    write_chunk(tmp_path, chunk)
    with np.load(tmp_path / "chain1-000050.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "biuf" for name in arrays)
        again = Chunk.from_arrays(dict(arrays))
    assert (again.chain, again.first, again.step_size, again.seconds, again.cpu_seconds) == (1, 50, 0.5, 1.0, 2.0)
    np.testing.assert_array_equal(again.draws["a b"], chunk.draws["a b"])
    assert [(leaf.dtype, leaf.shape) for leaf in again.leaves] == [(np.uint32, (3,)), (np.float32, ())]


def test_the_key_knows_the_density_by_its_values() -> None:
    unit = _unit()
    moved = replace(unit, network=replace(LINE, build=_line_moved, title="Moved"), about={})
    assert moved.key == unit.key
    assert replace(unit, options=replace(QUICK, chunk=99)).key == unit.key
    others = [
        replace(unit, network=replace(LINE, build=_bent_line)),
        replace(unit, sigma=1.01),
        replace(unit, seed=1),
        replace(unit, warmup=7),
        replace(unit, options=replace(QUICK, target_accept=0.81)),
        replace(unit, data=replace(unit.data, yards=unit.data.yards + np.float32(1e-6) * (unit.data.yards > 0))),
    ]
    assert len({unit.key, *(other.key for other in others)}) == len(others) + 1


def test_a_sampled_unit_never_looks_at_later_seasons() -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({
        "game_id": [f"g{i:03d}" for i in range(90)], "player_id": "p", "team": "KC", "role": "lead",
        "season": np.repeat([2020, 2021, 2022], 30), "yards": rng.normal(40, 20, 90), "share": rng.random(90),
    })  # fmt: skip
    ask = {"features": ["share"], "network": LINE, "sigma": 1.0, "n": 40, "train_through": 2021}
    made = sampled_unit(rows, **ask)  # type: ignore[arg-type]
    changed = sampled_unit(rows.assign(yards=rows["yards"].where(rows["season"] < 2022, 999.0)), **ask)  # type: ignore[arg-type]
    assert made.sample["season"].value_counts().to_dict() == {2020: 20, 2021: 20}
    assert made.encoder.centre == pytest.approx(made.sample["yards"].mean())
    np.testing.assert_array_equal(made.unit.data.yards, changed.unit.data.yards)
    assert made.unit.about["train_through"] == 2021
