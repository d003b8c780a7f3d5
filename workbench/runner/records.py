"""What the runner keeps of each execution: the executed notebook, whether it ended well, how long each cell took."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.store.atomic import write_text


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a notebook took.

    Attributes
    ----------
    seconds : float
    cells : tuple of float, shape (n_code_cells,)
        Seconds of each code cell.
    """

    seconds: float
    cells: tuple[float, ...]


class Records:
    """The executed notebooks of one artifact root: ``<folder>/<key>/<name>.ipynb`` and ``run.json`` beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def notebook(self, name: str, key: str) -> Path:
        """Return where the executed notebook of a run is, or would be."""
        return self.folder / key / f"{name}.ipynb"

    def is_done(self, name: str, key: str) -> bool:
        """Whether the notebook ran to its end, and its page was made."""
        return (self.folder / key / "run.json").is_file() and self.notebook(name, key).is_file()

    def begin(self, name: str, key: str) -> Path:
        """Forget that a key was done, and return where its notebook goes."""
        path = self.notebook(name, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "run.json").unlink(missing_ok=True)
        return path

    def finish(self, name: str, key: str, *, timing: Timing) -> None:
        """Say that a run ended well; from now on it is not run again."""
        write_text(self.folder / key / "run.json", json.dumps({"name": name, **asdict(timing)}))
        write_text(self.folder / f"{name}.timing.json", json.dumps(asdict(timing)))

    def expected(self, name: str) -> Timing | None:
        """Return how long the notebook took when it last ended well."""
        try:
            kept = json.loads((self.folder / f"{name}.timing.json").read_text(encoding="utf-8"))
            return Timing(seconds=float(kept["seconds"]), cells=tuple(kept["cells"]))
        except (OSError, ValueError, KeyError, TypeError):  # never run, or the note is damaged: it only guides the eye
            return None
