"""The effect library: what each kind of shock does, pooled, as known at an instant, and looked up by later stages.

An entry rests on at least five historical analogs. Where a cell (type, severity band, position) has fewer, the look-up
widens: the band of the type, the type, and at last the league, whose entry says that no effect is known: zero, with the
spread of effects over the league's types as its uncertainty. Wider entries hold for a cell not yet seen, so they are
more uncertain than the average they rest on.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workbench import clock
from workbench.causal.pool.pooled_grid import grid_pool
from workbench.causal.pool.pooling import (
    CellEstimates,
    Pool,
    PriorScales,
    Targets,
    cell_estimates,
    cell_severity,
    validate_cells,
)
from workbench.errors import LeakageError, ParameterError, ValidationError

PoolPath = Literal["grid", "sampled"]

#: Columns -> dtypes of the library; parquet keeps them all.
COLUMNS: Final[dict[str, str]] = {
    "type": "str",
    "severity_band": "str",
    "position": "str",
    "outcome": "str",
    "effect": "float64",
    "standard_error": "float64",
    "low": "float64",
    "high": "float64",
    "n": "int64",
    "as_of": "datetime64[us, UTC]",
    "level": "str",  # cell, band, type or league: how far it was pooled
    "first_season": "Int64",
    "last_season": "Int64",
}
LEVELS: Final = ("cell", "band", "type", "league")
#: Fewer historical analogs than this, and the entry is a wider one.
MINIMUM_ANALOGS: Final = 5


def known_before(rows: pd.DataFrame, as_of: pd.Timestamp, *, column: str = "known_at") -> pd.DataFrame:
    """Return the rows known at an instant; what has no instant is not known.

    Events are filtered by when they became known; rows of estimation by when their result did (kick-off plus 4 h).

    Raises
    ------
    LeakageError
        If the frame does not say when its rows became known, or the instant has no time zone.

    Examples
    --------
    >>> rows = pd.DataFrame({"known_at": pd.to_datetime(["2024-09-01", "2024-12-01"], utc=True)})
    >>> len(known_before(rows, pd.Timestamp("2024-10-01", tz="UTC")))
    1
    """
    if column not in rows:
        raise LeakageError(f"Rows must say when they became known: no column {column!r} among {list(rows)[:8]}.")
    stamps = rows[column]
    if stamps.isna().all():
        return rows.loc[[False] * len(rows)]
    if getattr(stamps.dtype, "tz", None) is None:
        raise LeakageError(
            f"Instants carry their time zone, got {stamps.dtype} in {column!r}. Naive times compare wrong."
        )
    return rows.loc[(stamps <= clock.utc(as_of)).fillna(False).astype(bool)]


def build_library(
    cells: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    types: Sequence[str] = (),
    scales: Mapping[str, PriorScales] | None = None,
    covariances: Mapping[str, ArrayLike] | None = None,
    path: PoolPath = "grid",
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Pool cell estimates, outcome by outcome, into the library.

    Parameters
    ----------
    cells : DataFrame
        ``type, severity_band, position, outcome, estimate, standard_error, n`` and ``known_at``, the last instant any
        row behind the estimate became known; ``severity, first_season, last_season`` where known. Cells with fewer
        than five analogs may be given: they inform their type, and get no entry of their own.
    as_of : Timestamp
        UTC. No cell may rest on anything later.
    types : sequence of str
        Types that exist but may have no cell: they get the league's entry, where others are refused.
    scales : mapping of outcome to PriorScales
        Points of margin where not given.
    covariances : mapping of outcome to array_like, shape (n_cells of the outcome, same)
        Of the errors, in the order of the cells, where they share games.
    path : {"grid", "sampled"}
        The exact grid, or PyMC, which must converge.
    rng : Generator
        For the sampled path.

    Returns
    -------
    DataFrame
        ``COLUMNS``, sorted; ``any`` stands for all bands or positions.

    Raises
    ------
    LeakageError
        If a cell rests on something known only after ``as_of``, or does not say.
    ValidationError
        If the cells are not usable, or sampling did not converge.
    """
    validate_cells(cells)
    _refuse_later(cells, as_of)
    parts = []
    for outcome, group in cells.groupby("outcome", sort=True):
        ready = cell_estimates(group, covariance=(covariances or {}).get(str(outcome)))
        pool = _pool(ready, (scales or {}).get(str(outcome), PriorScales()), path=path, rng=rng)
        parts.append(_entries(group, ready, pool, types).assign(outcome=outcome))
    library = pd.concat(parts).assign(as_of=clock.utc(as_of))
    return validate_library(library[list(COLUMNS)].astype(COLUMNS))


def validate_library(library: pd.DataFrame) -> pd.DataFrame:
    """Return the library sorted, or raise ``ValidationError`` for what no later stage may look up."""
    if missing := [name for name in COLUMNS if name not in library]:
        raise ValidationError(f"A library needs the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}.")
    key = ["outcome", "type", "severity_band", "position"]
    if library.duplicated(key).any():
        raise ValidationError("A library has one entry a type, band, position and outcome; got one twice.")
    numbers = library[["effect", "standard_error", "low", "high"]].to_numpy("f8")
    if not np.isfinite(numbers).all() or (library["standard_error"] <= 0).any():
        raise ValidationError("An entry carries a finite effect, a standard error above zero and an interval.")
    if ((library["effect"] < library["low"]) | (library["effect"] > library["high"])).any():
        raise ValidationError("An effect stands inside its interval; got one outside. Low and high exchanged?")
    known = library["level"].ne("league")
    if (library.loc[known, "n"] < MINIMUM_ANALOGS).any() or not library["level"].isin(LEVELS).all():
        raise ValidationError(f"An entry below the league rests on {MINIMUM_ANALOGS} analogs or more, at {LEVELS}.")
    return library.sort_values(key, ignore_index=True)


def _refuse_later(cells: pd.DataFrame, as_of: pd.Timestamp) -> None:
    if len(known_before(cells, as_of)) < len(cells):
        latest = cells["known_at"].max()
        raise LeakageError(f"Cells rest on what was known by {as_of}; got {latest}, or none. Filter by known_before.")


def _pool(cells: CellEstimates, scales: PriorScales, *, path: PoolPath, rng: np.random.Generator | None) -> Pool:
    if path == "grid":
        return grid_pool(cells, scales=scales)
    if rng is None:
        raise ParameterError("The sampled path needs rng, a numpy Generator: the same one gives the same library.")
    from workbench.causal.pool.hierarchical import sampled_pool  # PyMC takes six seconds to import

    pool = sampled_pool(cells, scales=scales, rng=rng)
    pool.convergence.require()
    return pool


def _entries(group: pd.DataFrame, cells: CellEstimates, pool: Pool, types: Sequence[str]) -> pd.DataFrame:
    """Return one outcome's entries at every level that has analogs enough, and the league's for the rest."""
    rows = group.reset_index(drop=True).assign(code=cells.type_index, centred=cell_severity(group) - 0.5)
    keys = [["type", "severity_band", "position"], ["type", "severity_band"], ["type"]]
    wide = [_wider(rows, key, level=level) for key, level in zip(keys, LEVELS[:3], strict=True)]
    asked = pd.concat(wide, ignore_index=True)
    # A lone cell is its own type, and known better than a new one; beside others, "any" means all of them.
    asked = asked.sort_values("n", ascending=False, kind="stable").drop_duplicates(
        ["type", "severity_band", "position"]
    )
    asked = asked.loc[asked["n"] >= MINIMUM_ANALOGS].reset_index(drop=True)
    targets = Targets(
        type_index=asked["code"].to_numpy(np.intp),
        severity=asked["centred"].to_numpy("f8"),
        cell_index=asked["cell"].to_numpy(np.intp),
    )
    found = pd.concat([asked, pool.effects(targets)], axis=1)
    unknown = sorted((set(rows["type"]) | set(types)) - set(asked.loc[asked["position"].eq("any"), "type"]) | {"any"})
    return pd.concat([found, _league(rows, pool, unknown, known=set(asked["type"]))], ignore_index=True)


def _wider(rows: pd.DataFrame, key: list[str], *, level: str) -> pd.DataFrame:
    """Return one target a group of cells: analogs counted, severity averaged by analogs; one cell is itself."""
    weighed = rows.assign(
        weighted=rows["centred"] * rows["n"], cell=rows.index,
        first_season=rows.get("first_season"), last_season=rows.get("last_season"),
    )  # fmt: skip
    groups = weighed.groupby(key, sort=True, as_index=False).agg(
        code=("code", "first"), n=("n", "sum"), weighted=("weighted", "sum"), cell=("cell", "first"),
        first_season=("first_season", "min"), last_season=("last_season", "max"),
    )  # fmt: skip
    groups["centred"] = groups["weighted"] / groups["n"]
    if level != "cell":
        groups["cell"] = -1
    return groups.assign(level=level, **{name: "any" for name in ("severity_band", "position") if name not in key})


def _league(rows: pd.DataFrame, pool: Pool, types: Sequence[str], *, known: set[str]) -> pd.DataFrame:
    """Return "no effect known" for each type: zero, give or take what a shock of the league may do."""
    new = pool.effects(Targets.new_type()).iloc[0]
    spread = float(np.hypot(new["effect"], new["standard_error"]))
    reach = float(max(abs(new["low"]), abs(new["high"])))
    counts = rows.groupby("type")["n"].sum()
    return pd.DataFrame(
        {
            "type": list(types), "severity_band": "any", "position": "any", "level": "league",
            "effect": 0.0, "standard_error": spread, "low": -reach, "high": reach,
            "n": [int(rows["n"].sum()) if name == "any" else int(counts.get(name, 0)) for name in types],
        }
    )  # fmt: skip
