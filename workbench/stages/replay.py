"""A week as it was played beside the same week decided anew: the same slip, or which rows differ and what has changed.

What was played is what the ledger and the run have kept; what is replayed goes the whole way from facts to slip, with
the account as it stood. Nothing is written.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from workbench.backtest.account import Account, account_before
from workbench.backtest.equivalence import columns_apart, slip_differences
from workbench.clock import Week, utc
from workbench.decision.slip import Slip
from workbench.errors import MissingArtifactError, StoreError
from workbench.settings import Settings
from workbench.stages.bookkeeping import WARMUP, stage_ledger, stage_policy
from workbench.stages.context import FACTS, week_instant
from workbench.stages.keys import git_revision, package_digest
from workbench.stages.whole_way import slip_from_facts
from workbench.store.ledger import Ledger
from workbench.store.runs import Manifest, RunStore
from workbench.store.tables import FactStore, FactsVersion, latest_facts

_KEPT: Final = ("prices", "forecasts", "excluded")
_SIMULATE: Final = "06_simulate"
_INGEST: Final = "01_ingest"


@dataclass(frozen=True, slots=True)
class PlayedWeek:
    """A week's slip of record, as far as it was kept.

    Attributes
    ----------
    week : Week
    policy : str
        Under which it stands in the ledger.
    run_key : str
        Of the run that decided it; a replayed warm-up has a key of its own.
    as_of, recorded_at : Timestamp
        The decision's instant, and when it was written down.
    digest : str
        Of the slip.
    frames : mapping of str to DataFrame
        As ``equivalence.slip_frames``; prices, forecasts and exclusions only where the run kept them.
    made_with : mapping of str to str
        What it was made with, as far as noted: facts, source, revision, draws, seed, policy.
    manifest : Manifest or None
        Of the run; None for a warm-up, or where it is gone.
    """

    week: Week
    policy: str
    run_key: str
    as_of: pd.Timestamp
    recorded_at: pd.Timestamp
    digest: str
    frames: Mapping[str, pd.DataFrame]
    made_with: Mapping[str, str]
    manifest: Manifest | None

    @property
    def warmup(self) -> bool:
        """Whether the week was replayed before a later one rather than decided live."""
        return self.run_key.startswith(WARMUP)


@dataclass(frozen=True, slots=True)
class Replay:
    """A week as played and as replayed.

    Attributes
    ----------
    played : PlayedWeek
    slip : Slip
        Replayed.
    differences : DataFrame
        ``equivalence.DIFFERENCE_COLUMNS``; empty where every value that was kept agrees.
    apart : tuple of str
        Columns only one side kept.
    changed : tuple of str
        Sentences: what is not as it was, facts, code, settings, kill switch.
    """

    played: PlayedWeek
    slip: Slip
    differences: pd.DataFrame
    apart: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every row kept agrees; where prices were not kept, the digest speaks for them."""
        if len(self.differences):
            return False
        return self.played.digest == self.slip.digest or "prices" in self.played.frames or bool(self.apart)

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        week = f"{self.played.week.season} week {self.played.week.week}"
        n, bets = len(self.slip.prices), len(self.slip.bets)
        kept = f"{n} prices, {bets} bets" if "prices" in self.played.frames else f"{bets} bets"
        if self.same and self.played.digest == self.slip.digest:
            return f"{week}: the same slip, {kept}, digest {self.slip.digest[:12]}."
        then_now = f"digest {self.played.digest[:12]} as played, {self.slip.digest[:12]} replayed"
        if self.same:
            return f"{week}: the same slip in every column kept then, {kept}; {then_now}."
        if self.differences.empty:
            return f"{week}: the bets agree, but prices that were not kept do not; {then_now}."
        rows = self.differences.drop_duplicates(["table", "game_id", "market", "side"])
        return f"{week}: NOT the same slip, {len(rows)} rows differ; {then_now}."


def replay_week(settings: Settings, week: Week) -> Replay:
    """Decide a week anew from the facts as they are now, and hold it to the week as played.

    Raises
    ------
    MissingArtifactError
        If the week was never decided, or there are no facts of its season.
    """
    facts = current_facts(settings, week)
    ledger = stage_ledger(settings)
    try:
        played = played_week(settings, week, ledger=ledger)
        account, switched = _account(settings, played, facts=facts, ledger=ledger)
    finally:
        ledger.close()
    slip = _slip(settings, played, facts=facts, account=account)
    differences = slip_differences(played.frames, slip)
    changed = [*_changed(settings, played, facts=facts, slip=slip), *switched]
    apart = columns_apart(played.frames, slip)
    if apart:
        changed.append(f"Only one side keeps {', '.join(apart)}: the slip's form has changed, and its digest with it.")
    if len(differences) and played.made_with.get("facts") not in (None, facts.version.digest):
        changed.append(_on_facts_as_they_were(settings, played, account=account))
    return Replay(played, slip, differences, apart, tuple(changed))


def current_facts(settings: Settings, week: Week) -> FactStore:
    """Return the facts written last; those of the week's own ingest where the last do not reach its season.

    Raises
    ------
    MissingArtifactError
        If neither is there.
    """
    root = settings.league_artifacts
    latest = latest_facts(root)
    if latest is not None and any(file.season == week.season for file in latest.tables.get("games", ())):
        return FactStore(root, latest)
    store = RunStore(root)
    return FactStore(root, _version(store, store.require(_INGEST, week)))


def played_week(settings: Settings, week: Week, *, ledger: Ledger) -> PlayedWeek:
    """Return a week's slip of record: under the settings' policy or, where there is none, another's.

    Raises
    ------
    MissingArtifactError
        If the week was never decided.
    """
    audit = ledger.table("audit_trail")
    here = audit[audit["league"].eq(settings.league) & audit["season"].eq(week.season) & audit["week"].eq(week.week)]
    of_record = here[here["record_of"].notna()]
    own = of_record[of_record["policy"] == stage_policy(settings).name]
    if of_record.empty:
        raise MissingArtifactError(
            f"No slip of record of {week.season} week {week.week} in the ledger. "
            f"Run `workbench weekly --profile {settings.league} --season {week.season} --week {week.week}` first."
        )
    row = (own if len(own) else of_record.sort_values("recorded_at")).iloc[-1]
    store = RunStore(settings.league_artifacts)
    manifest = store.manifest(str(row["run_key"]))
    bets = ledger.bets(league=settings.league, policy=str(row["policy"]), week=week)
    state = pd.DataFrame({"as_of": [row["as_of"]], "base_units": [row["base_units"]]})
    # a column without a value is one that a later release has added to the ledger
    frames = {"slip": state, "bets": bets.dropna(axis="columns", how="all") if len(bets) else bets}
    return PlayedWeek(
        week=week,
        policy=str(row["policy"]),
        run_key=str(row["run_key"]),
        as_of=utc(row["as_of"]),
        recorded_at=utc(row["recorded_at"]),
        digest=str(row["slip_digest"]),
        frames=frames | _kept(store, manifest),
        made_with=_made_with(store, manifest, row),
        manifest=manifest,
    )


def _kept(store: RunStore, manifest: Manifest | None) -> dict[str, pd.DataFrame]:
    if manifest is None:
        return {}
    return {name: pd.read_parquet(store.path(manifest, f"{name}.parquet")) for name in _KEPT}


def _made_with(store: RunStore, manifest: Manifest | None, row: "pd.Series[Any]") -> dict[str, str]:
    noted: dict[str, Any] = {"facts": row["data_hash"]}
    if isinstance(row["module_versions"], str):
        noted["source"] = json.loads(row["module_versions"]).get("source")
    if manifest is not None:
        told = json.loads(store.path(manifest, "metadata.json").read_text(encoding="utf-8"))
        noted |= {name: told.get(name) for name in ("draws", "seed", "policy")} | {"revision": manifest.revision}
    return {name: str(value) for name, value in noted.items() if value is not None and value == value}


def _version(store: RunStore, ingest: Manifest) -> FactsVersion:
    return FactsVersion.from_json(json.loads(store.path(ingest, FACTS).read_text(encoding="utf-8")))


def _account(
    settings: Settings, played: PlayedWeek, *, facts: FactStore, ledger: Ledger
) -> tuple[Account, tuple[str, ...]]:
    """Return the account before the decision; a kill switch touched since is taken as it was released."""
    account = account_before(
        ledger,
        league=settings.league,
        policy=stage_policy(settings),
        week=played.week,
        instant=_instant(settings, played, facts=facts),
        name=played.policy,
    )
    switches = ledger.table("control_state")
    switches = switches[switches["league"].eq(settings.league) & (switches["changed_at"] > played.recorded_at)]
    if switches.empty:
        return account, ()
    released = replace(account, controls=replace(account.controls, halted=False, halt_reason=""))
    return released, ("The kill switch was touched since: the week is replayed with it released.",)


def _instant(settings: Settings, played: PlayedWeek, *, facts: FactStore) -> pd.Timestamp:
    """Return when the week is decided: the instant that was asked for by hand, or the settings'."""
    by_hand = played.manifest is not None and played.manifest.parameters.get("as_of")
    return played.as_of if by_hand else week_instant(facts, played.week, decide_at=settings.decide_at)


def _slip(settings: Settings, played: PlayedWeek, *, facts: FactStore, account: Account) -> Slip:
    instant = _instant(settings, played, facts=facts)
    return slip_from_facts(facts.as_of, week=played.week, instant=instant, settings=settings, account=account)


def _changed(settings: Settings, played: PlayedWeek, *, facts: FactStore, slip: Slip) -> list[str]:
    """Say what is not as it was when the week was played, as far as it was noted."""
    now = {
        "facts": facts.version.digest,
        "source": package_digest()[:16],
        "draws": str(settings.draws),
        "seed": str(settings.seed),
        "policy": slip.policy.digest,
    }
    titles = {
        "facts": "The facts have changed since: data hash",
        "source": f"The code has changed since (revision {played.made_with.get('revision') or 'unknown'} then, "
        f"{git_revision() or 'unknown'} now): source",
        "draws": "It was decided with another setting: draws",
        "seed": "It was decided with another setting: seed",
        "policy": "It was decided with other options of the policy: digest",
    }
    then = played.made_with
    told = [
        f"{title} {then[name][:16]} then, {now[name][:16]} now."
        for name, title in titles.items()
        if name in then and then[name] != now[name]
    ]
    if played.policy != slip.policy.name:
        told.append(f"It was decided under the policy {played.policy}, it is replayed under {slip.policy.name}.")
    if played.as_of != slip.as_of:
        told.append(f"It was decided as of {played.as_of.isoformat()}, it is replayed as of {slip.as_of.isoformat()}.")
    if not {"facts", "source"} <= set(then):
        told.append("With which facts and code it was decided was not noted: it was a warm-up.")
    return told


def _on_facts_as_they_were(settings: Settings, played: PlayedWeek, *, account: Account) -> str:
    """Say whether the facts alone make the difference, where the old ones are still there."""
    store = RunStore(settings.league_artifacts)
    ingest = store.manifest(played.manifest.upstream.get(_INGEST, "")) if played.manifest else None
    if ingest is None:
        return "The facts as they were are gone: whether they make the difference cannot be told."
    try:
        facts = FactStore(settings.league_artifacts, _version(store, ingest))
        slip = _slip(settings, played, facts=facts, account=account)
    except StoreError as error:
        return f"The facts as they were cannot be read: {error}"
    rows = slip_differences(played.frames, slip)
    if rows.empty:
        return "On the facts as they were it is the same slip: the facts alone make the difference."
    return f"On the facts as they were {len(rows)} values differ still: the facts alone do not make the difference."
