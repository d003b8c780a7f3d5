"""What may be set: the sections, their types and built-in defaults."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

#: Folders and secrets never enter a run's key; how a run is driven does not change its result.
UNKEYED = ("artifacts", "reports", "ledger", "sources", "runner", "compute", "label")

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
#: The name of an environment variable, never the secret itself.
VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=60)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Nflverse(_Section):
    """The nflverse-data release, or a folder with the same layout."""

    base: str = "https://github.com/nflverse/nflverse-data/releases/download"


class Lines(_Section):
    """A folder of line files; empty for none."""

    base: str = ""


class Weather(_Section):
    """A folder of hourly weather observations; empty for none."""

    base: str = ""


class Epl(_Section):
    """Season files of English football as football-data.co.uk publishes them: a folder, or a URL; empty for none."""

    base: str = ""


class OddsApi(_Section):
    """A public odds API; the key is read from the environment variable that ``key_env`` names."""

    base: str = ""
    key_env: VariableName = "ODDS_API_KEY"
    regions: str = "us"


class Sources(_Section):
    """Where data comes from, and how patiently it is asked for."""

    nflverse: Nflverse = Nflverse()
    lines: Lines = Lines()
    weather: Weather = Weather()
    epl: Epl = Epl()
    odds_api: OddsApi = OddsApi()
    timeout_seconds: Positive = 60.0
    retries: int = Field(default=3, ge=0, le=10)


class Policy(_Section):
    """What is bet, how much, and when shadow bets may become real ones (DESIGN section 4)."""

    minimum_edge_ev: float = 0.02
    minimum_edge_prob: Share = 0.0  # filters at 0 are off
    minimum_edge_points: float = Field(default=0.0, ge=0)
    minimum_confidence: Share = 0.0
    staking: Literal["kelly", "flat"] = "kelly"
    kelly_fraction: Share = 0.25
    flat_share: Share = 0.01
    approval_share: Share = 0.025  # a bet, or a game's bets together, above it must be approved by naming the game
    cap_bet: Share = 0.025
    cap_game: Share = 0.05
    cap_week: Share = 0.15
    bankroll: Positive = 1000.0  # units
    gate_clv_points: float = 0.3
    gate_weeks: int = Field(default=2, ge=1)
    gate_minimum_bets: int = Field(default=10, ge=1)
    maximum_quote_age_hours: Positive = 24.0
    close_maximum_age_hours: Positive = 3.0
    books: tuple[str, ...] = ("consensus", "draftkings", "fanduel", "legacy", "sbr")
    markets: tuple[Literal["spread", "total", "moneyline", "1x2"], ...] = ("spread", "total", "moneyline")
    sanity_edge_points: Positive = 7.0
    overround_method: Literal["proportional", "additive", "power", "shin", "odds_ratio", "logarithmic"] = "power"


class Calibration(_Section):
    """Which yards are forecast every week, and how many processes train a season's model."""

    targets: tuple[Literal["rushing_yards", "receiving_yards", "receiving_yards_te", "passing_yards"], ...] = (
        "rushing_yards",
    )
    workers: int = Field(default=2, ge=1, le=64)


class Compute(_Section):
    """Where seasons of backtests are walked: processes of this machine, or the workers of a Dask cluster."""

    workers: int = Field(default=2, ge=1, le=1024)
    engine: Literal["processes", "dask"] = "processes"
    scheduler: str = ""  # of the cluster, such as tcp://scheduler:8786; empty: a cluster on this machine


class Runner(_Section):
    """How stages are run."""

    stage_limit_seconds: Positive = 900.0
    prestart: bool = True  # start the next stage's kernel while one runs


class Settings(_Section):
    """Everything a run may be told, typed; frozen once loaded.

    ``model`` is a free section of numbers that ratings and simulation read: its keys are opened here or by the
    profile, and the environment and ``--set`` may change only those.
    """

    league: Literal["nfl", "demo", "epl"] = "nfl"
    label: str = "NFL"  # the page title
    simulated: bool = False
    default_season: int = 2024
    default_week: int = Field(default=10, ge=1, le=22)
    first_season: int = 2002  # history used
    artifacts: Path = Path("artifacts")
    reports: Path = Path("reports")
    ledger: str = ""  # SQLAlchemy URL; empty: SQLite beside the league's artifacts
    seed: int = Field(default=20240901, ge=0)
    draws: int = Field(default=10_000, ge=100)
    warmup: int = Field(default=6, ge=0, le=18)  # weeks replayed before the first, for gate and shape window
    rent_weeks: int = Field(default=22, ge=1, le=22)  # weeks of the season the rent tests look back on
    decide_at: Literal["wednesday", "open"] = "wednesday"
    sources: Sources = Sources()
    policy: Policy = Policy()
    calibration: Calibration = Calibration()
    runner: Runner = Runner()
    compute: Compute = Compute()
    model: dict[str, float] = {"shape_window_weeks": 6.0}

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def origins(self) -> dict[str, str]:
        """Where each dotted key came from: ``default``, ``params/nfl.yaml``, ``environment`` or ``--set``."""
        return dict(self._origins)

    @property
    def league_artifacts(self) -> Path:
        """The artifact root of this league: what one lock guards."""
        return self.artifacts / self.league

    @property
    def league_reports(self) -> Path:
        """Where this league's pages go."""
        return self.reports / self.league

    @property
    def ledger_url(self) -> str:
        """The ledger's SQLAlchemy URL: the one set, or SQLite beside the league's artifacts."""
        return self.ledger or f"sqlite:///{self.league_artifacts / 'ledger.sqlite'}"

    def keyed(self) -> dict[str, Any]:
        """Return the settings that may change a result: no folder, no source, no secret."""
        return self.model_dump(mode="json", exclude=set(UNKEYED))

    def shown(self) -> dict[str, tuple[str, str]]:
        """Return, for each dotted key, its value as text (passwords hidden) and its origin."""
        return {key: (masked(str(value)), self._origins.get(key, "default")) for key, value in leaves(self)}

    def secrets(self) -> tuple[str, ...]:
        """Return the secret values in use, so that whoever writes text can keep them out of it."""
        passwords = [urlsplit(str(value)).password for _, value in leaves(self) if "://" in str(value)]
        return tuple(s for s in (os.environ.get(self.sources.odds_api.key_env), *passwords) if s)

    def to_json(self) -> str:
        """Return settings and origins as JSON, for a kernel's environment; ``from_json`` reads it back."""
        return json.dumps({"settings": self.model_dump(mode="json"), "origins": self._origins}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return settings written by ``to_json``."""
        payload = json.loads(text)
        settings = cls.model_validate_json(json.dumps(payload["settings"]), strict=True)
        settings._origins.update(payload["origins"])
        return settings


def known_keys() -> tuple[str, ...]:
    """Return every dotted key there is, ``model`` keys as far as they are built in."""
    return tuple(key for key, _ in leaves(Settings()))


def leaves(section: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every dotted key below a section, with its value."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from leaves(value, f"{prefix}{name}.")
        elif isinstance(value, dict):
            yield from ((f"{prefix}{name}.{key}", inner) for key, inner in value.items())
        else:
            yield f"{prefix}{name}", value


def masked(text: str) -> str:
    """Return a text with the password of a URL hidden.

    Examples
    --------
    >>> masked("postgresql://reader:secret@localhost/ledger")
    'postgresql://reader:***@localhost/ledger'
    """
    password = urlsplit(text).password if "://" in text else None
    return text.replace(f":{password}@", ":***@") if password else text
