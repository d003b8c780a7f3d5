"""``workbench replay``: the week as played beside the week decided anew."""

from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from workbench.cli import EXIT_FAILED
from workbench.clock import Week
from workbench.stages.replay import replay_week

if TYPE_CHECKING:
    from workbench.cli.week import Asked

#: Differing values that are printed; the rest is counted.
_SHOWN = 40


def show_replay(asked: "Asked") -> None:
    """Print whether the week replayed is the week as played, else the rows that differ; exit 1 if it is not.

    Raises
    ------
    MissingArtifactError
        If the week was never decided.
    """
    threadpool_limits(limits=1)  # more threads add in another order, and floats are compared by the bit
    found = replay_week(asked.settings, Week(asked.season, asked.week))
    print(found.sentence)
    for sentence in found.changed:
        print(f"  {sentence}")
    if len(found.differences):
        print(found.differences.head(_SHOWN).to_string(index=False, max_colwidth=60))
        if len(found.differences) > _SHOWN:
            print(f"... and {len(found.differences) - _SHOWN} values more.")
    if not found.same:
        raise SystemExit(EXIT_FAILED)
