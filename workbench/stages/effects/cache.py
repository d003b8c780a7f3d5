"""Estimates kept by content: what has not changed is not estimated again."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import workbench
from workbench.stages.context import plain
from workbench.store.atomic import write_text
from workbench.store.runs import lock_digest, source_digest

_PACKAGE = Path(workbench.__file__).parent
#: What an estimate is made by; other floors can only change the frames it is made from.
_MAKERS = ("causal", "stages/effects")


class EstimateCache:
    """JSON results under a folder, named by a hash of code, rows and options.

    Parameters
    ----------
    folder : Path
        Made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found = 0
        self.made = 0

    def get(
        self, name: str, compute: Callable[[], Mapping[str, Any]], *, frames: Mapping[str, pd.DataFrame],
        options: Mapping[str, Any],
    ) -> dict[str, Any]:  # fmt: skip
        """Return a result, computed only if no equal question was answered before.

        Parameters
        ----------
        name : str
            Of the result: a prefix of its file.
        compute : callable
            Returns JSON-able content (numpy numbers allowed).
        frames : mapping of str to DataFrame
            Everything read.
        options : mapping
            Everything else that changes the result.
        """
        path = self.folder / f"{name}-{content_key(frames, options)}.json"
        kept = _read(path)
        if kept is not None:
            self.found += 1
            return kept
        self.made += 1
        made: dict[str, Any] = plain(compute())
        # In the order made: columns found again stand as they stood, and files made of them are equal to the byte.
        write_text(path, json.dumps(made, allow_nan=False))
        return made


def content_key(frames: Mapping[str, pd.DataFrame], options: Mapping[str, Any]) -> str:
    """Return a hash of frames, options and the code that estimates."""
    digest = hashlib.sha256(_makers().encode())
    digest.update(json.dumps(plain(options), sort_keys=True).encode())
    for name in sorted(frames):
        frame = frames[name]
        digest.update(f"{name} {len(frame)} {list(frame.columns)}".encode())
        for column in frame.columns:
            digest.update(_bytes_of(frame[column]))
    return digest.hexdigest()[:24]


def _bytes_of(column: "pd.Series[Any]") -> bytes:
    """Return a column's content and type: numbers as they lie in memory, words joined, all else hashed by pandas."""
    head = f"|{column.dtype}|".encode()
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return head + np.ascontiguousarray(column.to_numpy()).tobytes()
    if isinstance(column.dtype, pd.StringDtype) and not column.hasnans:
        return head + "\x1f".join(column.tolist()).encode()
    return head + pd.util.hash_pandas_object(column, index=False).to_numpy().tobytes()


@cache
def _makers() -> str:
    parts = [source_digest(_PACKAGE / part, without=frozenset()) for part in _MAKERS]
    return " ".join([*parts, lock_digest(_PACKAGE.parent / "requirements.lock")])


def _read(path: Path) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # a damaged file is computed anew
        return None
    return kept
