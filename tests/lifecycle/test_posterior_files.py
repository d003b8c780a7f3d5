"""A model's files: open formats, equal bytes for equal draws, damage noticed.

Draws are compared to the bit: NetCDF keeps floats as they are.
"""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import StoreError
from workbench.lifecycle.posterior_files import draws_bytes, draws_of
from workbench.lifecycle.registry import ModelRegistry, TrainedModel
from workbench.store.ledger.engine import opened

#: A posterior of 13 MB is read in 0.04 s of processor time here; a fraction of a second is asked for.
READING_SECONDS = 0.5


@pytest.fixture
def registry(tmp_path):
    with ModelRegistry(opened("sqlite://"), tmp_path, league="nfl") as found:
        yield found


def model(**arrays: np.ndarray) -> TrainedModel:
    draws = arrays or {"w": np.arange(12.0).reshape(2, 3, 2)}
    return TrainedModel(
        name="rushing_yards@2024",
        features=("a",),
        training_seasons=(2021,),
        data_hash="d",
        model={"b": 1},
        arrays=draws,
    )


@settings(max_examples=30, deadline=None)
@given(
    st.tuples(st.integers(1, 3), st.integers(1, 4)),
    st.lists(
        st.tuples(st.lists(st.integers(1, 3), max_size=3), st.sampled_from(["f4", "f8", "i2", "i8", ">f8"])),
        min_size=1,
        max_size=4,
    ),
)
def test_draws_come_back_to_the_bit_whatever_their_shape_and_type(sample, variables):
    rng = np.random.default_rng(3)
    made = {f"v{i}": rng.integers(-9, 9, (*sample, *shape)).astype(kind) for i, (shape, kind) in enumerate(variables)}
    found = draws_of(draws_bytes(made))
    assert set(found) == set(made)
    for name, values in made.items():
        assert found[name].dtype == values.dtype.newbyteorder("=")
        np.testing.assert_array_equal(found[name], values)


def test_nan_and_infinity_are_kept_as_they_are():
    made = {"w": np.array([[np.nan, np.inf, -np.inf, -0.0]])}
    assert draws_of(draws_bytes(made))["w"].tobytes() == made["w"].tobytes()


def test_equal_draws_make_equal_bytes_in_whatever_order_they_come():
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(2, 3)), rng.normal(size=(2, 3, 2))
    assert draws_bytes({"a": one, "b": other}) == draws_bytes({"b": other, "a": one})


def test_the_file_is_inference_data_to_arviz(tmp_path):
    import arviz

    made = {"weights": np.random.default_rng(1).normal(size=(2, 5, 3, 4)).astype(np.float32), "s": np.ones((2, 5))}
    (tmp_path / "posterior.nc").write_bytes(draws_bytes(made))
    posterior = arviz.from_netcdf(tmp_path / "posterior.nc").posterior
    assert posterior["weights"].dims[:2] == ("chain", "draw")
    assert posterior["chain"].to_numpy().tolist() == [0, 1]
    for name, values in made.items():
        np.testing.assert_array_equal(posterior[name].to_numpy(), values)


def test_bytes_that_are_no_posterior_are_refused():
    with pytest.raises(StoreError, match="no posterior"):
        draws_of(b"not NetCDF at all")


class TestDamage:
    @pytest.mark.parametrize("name", ["posterior.nc", "model.json"])
    @pytest.mark.parametrize("damage", ["changed", "gone"])
    def test_a_damaged_file_is_never_read_and_the_error_says_how_to_go_on(self, registry, name, damage):
        kept = registry.register(model())
        path = registry.folder / kept.folder / name
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.unlink()
        if damage == "changed":
            path.write_bytes(bytes(content))
        assert not registry.is_whole(kept)
        with pytest.raises(StoreError, match=rf"{name} of rushing_yards@2024 version 1 .*{damage}.*models promote"):
            registry.load(kept)

    def test_registering_the_same_model_mends_its_files(self, registry):
        kept = registry.register(model())
        (registry.folder / kept.folder / "posterior.nc").unlink()
        mended = registry.register(model())
        assert (mended.version, registry.is_whole(mended)) == (1, True)
        assert registry.load(mended)[0] == {"b": 1}

    def test_what_a_killed_registration_left_is_no_hindrance(self, registry):
        left = registry.folder / "models" / "rushing_yards@2024" / model().content_hash
        for folder in (left, left.with_name(f"{left.name}.partial")):
            folder.mkdir(parents=True)
            (folder / "posterior.nc").write_bytes(b"half of a fi")
        kept = registry.register(model())
        assert registry.is_whole(kept)
        assert not left.with_name(f"{left.name}.partial").exists()

    def test_files_are_written_to_be_read_only(self, registry):
        kept = registry.register(model())
        modes = {path.stat().st_mode & 0o222 for path in (registry.folder / kept.folder).iterdir()}
        assert modes == {0}
        assert kept.files == {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (registry.folder / kept.folder).iterdir()
        }


class TestLightness:
    def test_a_posterior_of_a_network_with_every_player_is_read_in_a_fraction_of_a_second(self, registry):
        kept = registry.register(model(w=np.zeros((2, 1000, 14, 8), "f4"), player=np.zeros((2, 1000, 1500), "f4")))
        began = time.process_time()
        _, arrays = registry.load(kept)
        assert time.process_time() - began < READING_SECONDS
        assert arrays["player"].nbytes == 12_000_000

    def test_reading_imports_neither_arviz_nor_xarray_nor_a_sampler(self, registry, tmp_path: Path):
        kept = registry.register(model())
        path = tmp_path / kept.folder / "posterior.nc"
        code = (
            "import sys; from pathlib import Path; import workbench.lifecycle.registry\n"
            "from workbench.lifecycle.posterior_files import draws_of\n"
            f"draws_of(Path({str(path)!r}).read_bytes())\n"
            "print([m for m in ('arviz', 'xarray', 'pymc', 'jax', 'pickle5', 'alembic') if m in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "[]\n"
