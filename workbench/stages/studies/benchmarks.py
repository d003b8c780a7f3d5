"""What a benchmark leaves: one number in the form of a study's result, so that the table of numbers holds it too."""

import json
from datetime import UTC, datetime
from pathlib import Path

from workbench.stages.context import plain
from workbench.stages.keys import git_revision
from workbench.stages.studies.claims import Claim
from workbench.store.atomic import write_text


def leave_benchmark(claim: Claim, *, folder: Path, question: str, command: str = "make bench") -> Path:
    """Write a benchmark's number and return where it is.

    Parameters
    ----------
    claim : Claim
        Its name is the benchmark's.
    folder : Path
        ``artifacts/benchmarks``.
    question : str
    command : str

    Examples
    --------
    >>> import tempfile
    >>> ratio = Claim(name="draws", what="draws over uniforms", value=7.5, games=16, without_interval="one run")
    >>> leave_benchmark(ratio, folder=Path(tempfile.mkdtemp()), question="How fast?").name
    'result.json'
    """
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    revision = git_revision()
    result = {
        "study": claim.name,
        "question": question,
        "label": "invented inputs",
        "command": command,
        "revision": revision,
        "finished": finished,
        "as_of": "",
        "data_hash": "",
        "parameters": {},
        "estimate": claim.value,
        "standard_error": None,
        "interval": None if claim.low is None else [claim.low, claim.high],
        "claims": [claim.as_dict()],
    }
    path = folder / claim.name / f"{revision or 'unknown'}-{finished[:10]}" / "result.json"
    write_text(path, json.dumps(plain(result), indent=1, allow_nan=False) + "\n")
    return path
