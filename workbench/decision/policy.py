"""What the decision may do, and the state it must obey."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from workbench.errors import SettingsError
from workbench.market.overround import OverroundMethod
from workbench.risk.caps import Caps
from workbench.schema import MARKETS


@dataclass(frozen=True, slots=True)
class Policy:
    """Which bets are taken, and how much is staked (DESIGN section 4).

    Attributes
    ----------
    name : str
        Shadow bets, gates and the bankroll are kept apart by it.
    minimum_edge_ev : float
        The filter: model expected value at the offered price, a unit staked.
    kelly_fraction : float
        Share of the growth-optimal stake.
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
    overround_method : {"proportional", "additive", "power", "shin"}
    """

    name: str = "default"
    minimum_edge_ev: float = 0.02
    kelly_fraction: float = 0.25
    caps: Caps = field(default_factory=Caps)
    maximum_quote_age_hours: float = 24.0
    books: tuple[str, ...] = ("consensus", "draftkings", "fanduel", "legacy")
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

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Self:
        """Build a policy from settings: ``Policy.from_mapping(settings.policy.model_dump())``.

        Unless it is named, a policy that differs from the defaults is named after its options: what it bets, earns and
        earns the right to propose is kept apart from what other policies did.

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
        return replace(policy, name=f"custom-{policy.digest[:8]}")

    @property
    def digest(self) -> str:
        """Hash of every option: two slips are comparable when it agrees."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


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
