"""Take machine paths and secrets out of text before it is published."""

import os
import re
import site
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

_SECRET_NAME: Final = re.compile(
    r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|PRIVATE|AUTH|DSN|(?:^|_)PAT(?:$|_)|(?:DATABASE|LEDGER)", re.IGNORECASE
)
#: Shorter values of such variables ("1", "true", "auto") would be found all over a page.
_SHORTEST_SECRET: Final = 8
_USERINFO: Final = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@:'\"<>]*:[^\s/@'\"<>]+@", re.IGNORECASE)
_QUERY_SECRET: Final = re.compile(
    r"([?&](?:amp;)?(?:api[-_]?key|token|access_token|secret|password|key)=)[^&\s'\"<>]+", re.IGNORECASE
)
_BEARER: Final = re.compile(r"(\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{8,}")
_ANSI: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PLACES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"(?:/[^\s/'\"<>:]+)+/(?:site|dist)-packages/"), "<python>/"),
    (re.compile(r"(?:/[^\s/'\"<>:]+)*/lib/python3\.\d+/"), "<python>/"),
    (re.compile(r"/(?:home|Users)/[^\s/'\"<>:]+"), "~"),
    (re.compile(r"/root(?=/|\b)"), "~"),
    (re.compile(r"[A-Za-z]:\\+Users\\+[^\s\\'\"<>:]+"), "~"),
    (
        re.compile(r"/(?:private/)?(?:var/folders/[^\s/'\"<>:]+/[^\s/'\"<>:]+/T|var/tmp|tmp)/[^\s'\"<>:]*"),
        "<temporary>",
    ),
    # A file given from far away: the way there tells how this machine's folders lie.
    (re.compile(r"(?:\.\./){3,}(?:[^\s/'\"<>]+/)*(?=[^\s/'\"<>]+)"), "<given>/"),
)


def without_ansi(text: str) -> str:
    r"""Return text without terminal colours.

    Examples
    --------
    >>> without_ansi("\x1b[31mNameError\x1b[0m")
    'NameError'
    """
    return _ANSI.sub("", text)


def _known_places() -> dict[str, str]:
    package = Path(__file__).resolve().parents[3]
    named = {
        str(Path.cwd()): ".",
        str(package): ".",
        str(Path.home()): "~",
        tempfile.gettempdir(): "<temporary>",
        sys.prefix: "<python>",
        sys.base_prefix: "<python>",
    }
    named |= dict.fromkeys(site.getsitepackages(), "<python>")
    return {path: name for path, name in named.items() if len(path.strip("/")) > 2}


def _secret_values(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        value: f"<{name}>"
        for name, value in environment.items()
        if _SECRET_NAME.search(name) and len(value.strip()) >= _SHORTEST_SECRET and not Path(value).is_absolute()
    }


def redactor(environment: Mapping[str, str] | None = None) -> Callable[[str], str]:
    """Return a function that takes secrets and machine paths out of a text.

    Values of environment variables named like secrets, passwords in addresses, key parameters of queries and bearer
    tokens become placeholders; the current folder becomes ``.``, the home folder ``~``, libraries ``<python>``.

    Parameters
    ----------
    environment : mapping, optional
        By default the process's own.

    Examples
    --------
    >>> redact = redactor({"ODDS_API_KEY": "0123456789abcdef"})
    >>> redact("GET https://odds.example/v4?apiKey=0123456789abcdef from /home/ann/study/run.py")
    'GET https://odds.example/v4?apiKey=<hidden> from ~/study/run.py'
    >>> redact("postgresql://ann:hunter2@localhost/ledger; key 0123456789abcdef")
    'postgresql://<hidden>@localhost/ledger; key <ODDS_API_KEY>'
    """
    secrets = _secret_values(os.environ if environment is None else environment)
    literal = sorted((_known_places() | secrets).items(), key=lambda pair: -len(pair[0]))

    def redact(text: str) -> str:
        text = _USERINFO.sub(r"\1<hidden>@", text)
        text = _QUERY_SECRET.sub(r"\1<hidden>", text)
        text = _BEARER.sub(r"\1<hidden>", text)
        for found, placeholder in literal:
            if found in text:
                text = _replaced(text, found, placeholder)
        for pattern, placeholder in _PLACES:
            text = pattern.sub(placeholder, text)
        return text

    return redact


def _replaced(text: str, found: str, placeholder: str) -> str:
    """Replace a path only where it ends as a path does, so that ``/work`` is not found in ``/workshop``."""
    if not found.startswith(("/", "\\")) and not re.match(r"[A-Za-z]:", found):
        return text.replace(found, placeholder)
    # A function as replacement: a placeholder is no template.
    return re.sub(re.escape(found) + r"(?![\w-])", lambda _: placeholder, text)
