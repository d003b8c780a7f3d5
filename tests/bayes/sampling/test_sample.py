import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.bayes.sampling.sample import stratified_sample
from workbench.errors import ValidationError


def _rows(n: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "game_id": [f"g{i // 4:03d}" for i in range(n)], "player_id": [f"p{i:03d}" for i in range(n)],
        "season": rng.choice([2019, 2020, 2021], n, p=[0.5, 0.3, 0.2]), "role": rng.choice(["lead", "depth"], n),
        "yards": np.where(rng.random(n) < 0.1, np.nan, rng.normal(40, 30, n)),
    })  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 260), seed=st.integers(0, 5))
def test_every_stratum_has_its_share_to_within_one_row(n: int, seed: int) -> None:
    rows = _rows()
    known = rows[rows["yards"].notna()]
    sample = stratified_sample(rows, n, seed=seed)
    assert len(sample) == min(n, len(known))
    assert not sample.duplicated(["game_id", "player_id"]).any()
    assert sample["yards"].notna().all()
    wanted = known.groupby(["season", "role"]).size() * (len(sample) / len(known))
    got = sample.groupby(["season", "role"]).size().reindex(wanted.index, fill_value=0)
    assert (got - wanted).abs().max() < 1.0


def test_the_order_of_the_rows_moves_nothing() -> None:
    rows = _rows()
    pd.testing.assert_frame_equal(
        stratified_sample(rows, 50, seed=3), stratified_sample(rows.sample(frac=1, random_state=1), 50, seed=3)
    )


def test_another_seed_is_another_sample() -> None:
    assert not stratified_sample(_rows(), 50, seed=3).equals(stratified_sample(_rows(), 50, seed=4))


def test_nothing_to_draw_from_is_said() -> None:
    with pytest.raises(ValidationError, match="rows with known yards, got 5 of 0"):
        stratified_sample(_rows().assign(yards=np.nan), 5, seed=0)
    with pytest.raises(ValidationError, match="got 0 of"):
        stratified_sample(_rows(), 0, seed=0)
