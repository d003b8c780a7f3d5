"""What the decision may do, and the state it must obey."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self, get_args

from workbench.errors import SettingsError
from workbench.market.overround import OverroundMethod
from workbench.risk.caps import Caps
from workbench.schema import MARKETS

#: ``kelly``: a share of the growth-optimal stake; ``flat``: the same stake on every bet. Both meet the same caps.
Staking = Literal["kelly", "flat"]


@dataclass(frozen=True, slots=True)
class Policy:
    """Which bets are taken, and how much is staked (DESIGN section 4).

    Attributes
    ----------
    name : str
        Shadow bets, gates and the bankroll are kept apart by it.
    minimum_edge_ev : float
        The filter: model expected value at the offered price, a unit staked.
    minimum_edge_prob, minimum_edge_points : float
        More filters, off at 0: model less market win probability, and points between fair and offered line (spreads
        and totals only: a moneyline has none).
    minimum_confidence : float
        A filter, off at 0: how sure the model is that the bet is worth something (``decision.confidence``).
    staking : {"kelly", "flat"}
    kelly_fraction : float
        Share of the growth-optimal stake, for ``kelly``.
    flat_share : float
        Share of the base on every bet, for ``flat``.
    approval_share : float
        A bet, or the bets of one game together, above this share of the base is marked: a person must name it.
    caps : Caps
        Shares of the base on a bet, a game and a week.
    maximum_quote_age_hours : float
        Older quotes are not bet into.
    books, markets : tuple of str
        Books in order of preference; markets that are priced.
    sanity_edge_points, sanity_edge_prob : float
        Hard bounds on a believable edge: spreads and totals, moneylines (7 points are about 0.2 in win probability).
    minimum_price, maximum_price : float
        Hard bounds on decimal prices: beyond them a few draws decide.
    maximum_overround : float
        Hard bound on the two prices' margin: wider is not a market.
    minimum_effective_draws : float
        Soft bound: fewer, and the tilt has used the draws up.
    bankroll : float
        Units at the start of the ledger.
    gate_clv_points, gate_weeks, gate_minimum_bets, close_maximum_age_hours
        The closing-line-value gate and what counts as a close.
    overround_method : OverroundMethod

    Raises
    ------
    SettingsError
        If the staking is unknown, or a share lies outside [0, 1].
    """

    name: str = "default"
    minimum_edge_ev: float = 0.02
    minimum_edge_prob: float = 0.0
    minimum_edge_points: float = 0.0
    minimum_confidence: float = 0.0
    staking: Staking = "kelly"
    kelly_fraction: float = 0.25
    flat_share: float = 0.01
    approval_share: float = 0.025
    caps: Caps = field(default_factory=Caps)
    maximum_quote_age_hours: float = 24.0
    books: tuple[str, ...] = ("consensus", "draftkings", "fanduel", "legacy", "sbr")
    markets: tuple[str, ...] = MARKETS
    sanity_edge_points: float = 7.0
    sanity_edge_prob: float = 0.2
    minimum_price: float = 1.1
    maximum_price: float = 11.0
    maximum_overround: float = 0.15
    minimum_effective_draws: float = 1000.0
    bankroll: float = 1000.0
    gate_clv_points: float = 0.3
    gate_weeks: int = 2
    gate_minimum_bets: int = 10
    close_maximum_age_hours: float = 3.0
    overround_method: OverroundMethod = "power"

    def __post_init__(self) -> None:
        if self.staking not in get_args(Staking):
            raise SettingsError(f"Staking is one of {', '.join(get_args(Staking))}, got {self.staking!r}.")
        for name in ("kelly_fraction", "flat_share", "approval_share", "minimum_confidence"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise SettingsError(f"{name} is a share in [0, 1], got {getattr(self, name)}. Percent?")

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Self:
        """Build a policy from settings: ``Policy.from_mapping(settings.policy.model_dump())``.

        Unless it is named, a policy that differs from the defaults is named after the options that differ: what it
        bets, earns and earns the right to propose is kept apart from what other policies did. An option that a later
        release adds leaves the name, and with it the account, as it was.

        Raises
        ------
        SettingsError
            If an option is unknown.

        Examples
        --------
        >>> Policy.from_mapping({"cap_bet": 0.01, "books": ["fanduel"]}).caps.bet
        0.01
        """
        own = dict(options)
        caps = Caps(**{name: own.pop(f"cap_{name}") for name in ("bet", "game", "week") if f"cap_{name}" in own})
        known = {f.name for f in fields(cls)} - {"caps"}
        if unknown := sorted(set(own) - known):
            raise SettingsError(f"Unknown policy option {unknown[0]!r}. Known: {', '.join(sorted(known))}.")
        values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in own.items()}
        policy = replace(cls(**values), caps=caps)
        if "name" in values or policy == cls():
            return policy
        return replace(policy, name=f"custom-{_digest(policy._changed())[:8]}")

    @property
    def digest(self) -> str:
        """Hash of every option: two slips are comparable when it agrees."""
        return _digest(asdict(self))

    def _changed(self) -> dict[str, Any]:
        default = asdict(type(self)())
        return {name: value for name, value in asdict(self).items() if value != default[name]}


def _digest(options: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Controls:
    """State kept outside: the gate's verdicts and the kill switch.

    Attributes
    ----------
    open_sources : frozenset of str
        Books whose closing-line-value gate has passed; bets at others are ``shadow``.
    halted : bool
        The kill switch: a hard gate on every bet.
    halt_reason : str
    """

    open_sources: frozenset[str] = frozenset()
    halted: bool = False
    halt_reason: str = ""
