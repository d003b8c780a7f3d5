"""Jobs over processes and over a cluster: the same values in the same order.

Tolerances: none; values are equal to the last bit.
"""

import os

import numpy as np
import pytest

from workbench.backtest.fanout import fanned_out
from workbench.errors import SettingsError


def summed(job: tuple[int, int]) -> float:
    """A sum whose last bits depend on the order of its terms."""
    seed, n = job
    return float(np.random.default_rng(seed).normal(size=(n, n)).dot(np.ones(n)).sum())


def whose(job: int) -> tuple[int, int]:
    return job, os.getpid()


JOBS = [(seed, 40 + seed) for seed in range(5)]


def test_two_workers_give_what_one_gives_in_the_order_of_the_jobs():
    assert fanned_out(summed, JOBS, workers=2) == fanned_out(summed, JOBS, workers=1) == [summed(j) for j in JOBS]


def test_several_processes_do_the_work_and_one_worker_starts_none():
    here = {pid for _, pid in fanned_out(whose, [1, 2], workers=1)}
    assert here == {os.getpid()}
    there = {pid for _, pid in fanned_out(whose, [1, 2, 3, 4], workers=2)}
    assert os.getpid() not in there


def test_each_job_is_told_of_once_as_it_ends():
    told = []
    fanned_out(summed, JOBS, workers=2, on_done=lambda job, value: told.append((job, value)))
    assert sorted(told) == sorted((job, summed(job)) for job in JOBS)


def test_a_job_that_fails_fails_the_whole_and_says_why():
    with pytest.raises(TypeError, match="unpack"):
        fanned_out(summed, [7, 8], workers=1)  # type: ignore[list-item]


@pytest.mark.filterwarnings("ignore")  # the cluster's library warns of its own shutdown
def test_a_cluster_gives_the_same_to_the_last_bit():
    assert fanned_out(summed, JOBS, workers=2, engine="dask") == [summed(job) for job in JOBS]


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_named_in_the_error(monkeypatch: pytest.MonkeyPatch):
    distributed = pytest.importorskip("distributed")

    def refuse(address: str, timeout: str) -> None:
        raise OSError(f"Timed out trying to connect to {address} after {timeout}")

    monkeypatch.setattr(distributed, "Client", refuse)
    with pytest.raises(SettingsError, match=r"answers, got 'tcp://127.0.0.1:1'\. Is it up"):
        fanned_out(summed, JOBS, workers=2, engine="dask", scheduler="tcp://127.0.0.1:1")
