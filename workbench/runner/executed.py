"""Executed notebooks as they are kept: written whole, without secrets and without paths of the machine."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.store.atomic import write_text

HIDDEN = "[hidden]"


def replacements(*, secrets: Sequence[str], root: Path) -> dict[str, str]:
    """Return what must not stand in a notebook and what stands there instead, longest first.

    Parameters
    ----------
    secrets : sequence of str
        Values (not names) to keep out.
    root : Path
        The working folder, which becomes ``.``; the environment's and the user's folders are hidden as well.
    """
    found = {json.dumps(secret)[1:-1]: HIDDEN for secret in secrets}
    found |= {f"{folder}": name for folder, name in ((root, "."), (Path(sys.prefix), "env"), (Path.home(), "~"))}
    return {text: found[text] for text in sorted(found, key=len, reverse=True) if len(text) > 1}


def without(text: str, hidden: Mapping[str, str]) -> str:
    """Return a text with the hidden texts replaced."""
    for secret, shown in hidden.items():
        text = text.replace(secret, shown)
    return text


def save_executed(notebook: Mapping[str, Any], path: Path, *, hidden: Mapping[str, str]) -> None:
    """Write an executed notebook atomically, with the hidden texts replaced.

    Raises
    ------
    StoreError
        If the disk is full; the file then is what it was before.
    """
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    write_text(path, f"{without(text, hidden)}\n")
