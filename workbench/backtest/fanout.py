"""Independent jobs over processes or a cluster: the same results in the same order, whatever does the work."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, Literal, TypeVar

from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits

from workbench.errors import SettingsError

Engine = Literal["processes", "dask"]
Job = TypeVar("Job")
Done = TypeVar("Done")


def fanned_out(
    function: Callable[[Job], Done],
    jobs: Sequence[Job],
    *,
    workers: int,
    engine: Engine = "processes",
    scheduler: str = "",
    on_done: Callable[[Job, Done], None] | None = None,
) -> list[Done]:
    """Return a function's value of each job, in the order of the jobs.

    Jobs start in the order given, so the longest belong in front. Each runs with one numerical thread, for two threads
    add in another order than one.

    Parameters
    ----------
    function : callable
        Of a module, so that other processes can find it; what it needs comes with the job.
    jobs : sequence
    workers : int
        Jobs at a time. With one worker, or one job, nothing is started.
    engine : {"processes", "dask"}
        Processes of this machine, or the workers of a Dask cluster, which must see the same files.
    scheduler : str
        Address of the cluster's scheduler; empty starts a cluster on this machine.
    on_done : callable, optional
        Told of each job and its value as they come, in the order they end.

    Raises
    ------
    SettingsError
        If the cluster's library is not installed, or its scheduler does not answer.
    """
    tell = on_done or (lambda job, done: None)
    if min(workers, len(jobs)) <= 1 and engine == "processes":
        return [_told(job, _alone(function, job), tell=tell) for job in jobs]
    done: list[Any] = [None] * len(jobs)
    with _engine(engine, workers=min(workers, len(jobs)), scheduler=scheduler) as parallel:
        for place, value in parallel(delayed(_placed)(function, place, job) for place, job in enumerate(jobs)):
            done[place] = _told(jobs[place], value, tell=tell)
    return done


def _told(job: Job, value: Done, *, tell: Callable[[Job, Done], None]) -> Done:
    tell(job, value)
    return value


def _alone(function: Callable[[Job], Done], job: Job) -> Done:
    with threadpool_limits(limits=1):
        return function(job)


def _placed(function: Callable[[Job], Done], place: int, job: Job) -> tuple[int, Done]:
    return place, _alone(function, job)


@contextlib.contextmanager
def _engine(engine: Engine, *, workers: int, scheduler: str) -> Iterator[Parallel]:
    unordered = {"return_as": "generator_unordered"}
    if engine == "processes":
        yield Parallel(n_jobs=workers, backend="loky", **unordered)
        return
    with _client(workers=workers, scheduler=scheduler), parallel_config(backend="dask"):
        yield Parallel(n_jobs=-1, **unordered)


def _client(*, workers: int, scheduler: str) -> Any:
    try:
        client: Any = import_module("distributed").Client
    except ImportError as error:
        raise SettingsError(
            "compute.engine=dask needs the library distributed. Install the extra: pip install 'workbench[cluster]'."
        ) from error
    if scheduler:
        try:
            return client(scheduler, timeout="10s")
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"compute.scheduler must be the address of a Dask scheduler that answers, got {scheduler!r}. Is it up?"
            ) from error
    return client(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None)
