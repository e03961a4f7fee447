"""Global tables: add and remove replicas, and describe them.

Adding. The source Region (where UpdateTable is called) logs the new member as CREATING, has the
peer create the table, and backfills it. The member becomes ACTIVE once the peer has acknowledged
the backfill. The intent is in the log before the first call, so a source that dies in between
completes the creation after its restart.
If the peer does not answer, the member is removed again and the caller gets an error. But a peer
that was frozen may still create the table when it continues. So a replica in creation regularly
asks its source whether it is still a member, and drops its table if it is not.
A group with multi-Region strong consistency is logged with all its members in one record, and
removed in one. Where a removal can't be logged, it is tried again until it is.

Removing. The peer drops its table, then the member is removed. A repeated call after a crash in
between finds no table to drop, and removes the member.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from common.clock import Clock
from twin import geography
from twin.core.tables.global_table import (
    SOURCE_HOLD_S,
    GlobalTableView,
    ReplicaAction,
    ReplicaActionKind,
    ReplicaFacts,
    ReplicaRefusal,
    plan_replica_action,
    refuse_existing_table,
    refuse_removal,
)
from twin.core.tables.strong_consistency import (
    StrongChange,
    StrongTableFacts,
    concerns_strong_consistency,
    plan_strong_change,
)
from twin.core.tables.table_engine import TableApiError, TableEngine
from twin.region.tables.replication.replicator import PeerClient, PeerRefused, PeerUnreachable
from twin.region.tables.storage.store import TableStore
from twin.region.tables.storage.table_state import (
    MEMBER_PREFIX,
    Membership,
    ReplicaStatus,
    TableState,
    to_compact_json,
)

log = logging.getLogger(__name__)

GLOBAL_TABLE_VERSION = "2019.11.21"
POLL_S = 0.05
RETRY_S = 1.0
PROTECTED = (
    "Resource cannot be deleted as it is currently protected against deletion. Disable deletion "
    "protection first."
)
IN_USE = "The resource which you are attempting to change is in use."
STILL_IN_USE = "Attempt to change a resource which is still in use"


class GlobalTables:
    """The replicas of this Region's tables."""

    def __init__(
        self,
        *,
        store: TableStore,
        engine: TableEngine,
        peers: PeerClient,
        clock: Clock,
        speed: float,
    ) -> None:
        self._store = store
        self._engine = engine
        self._peers = peers
        self._clock = clock
        self._hold_s = SOURCE_HOLD_S / speed
        self._busy: set[str] = set()
        """Names of the tables whose replicas an UpdateTable is changing."""
        self._given_up: set[str] = set()
        """Ids of the tables whose members in creation are to be removed."""
        self._creation_started = asyncio.Event()

    # -- calls of the API

    def complete_description(self, table: dict[str, Any]) -> None:
        """Add the global table's fields to a TableDescription, in place."""
        state = self._store.tables.get(table["TableName"])
        if state is None:
            return
        table["TableId"] = state.id
        if state.is_creating or state.is_restoring:
            table["TableStatus"] = "CREATING"
        elif self._is_changing(state):
            table["TableStatus"] = "UPDATING"
        if state.other_members:
            table["GlobalTableVersion"] = GLOBAL_TABLE_VERSION
            table["MultiRegionConsistency"] = "STRONG" if state.is_strong else "EVENTUAL"
            members = state.other_members.items()
            table["Replicas"] = [_describe_replica(r, m) for r, m in members if not m.is_witness]
            witnesses = [
                {"RegionName": region, "WitnessStatus": str(m.status)}
                for region, m in members
                if m.is_witness
            ]
            if witnesses:
                table["GlobalTableWitnesses"] = witnesses

    def _is_changing(self, state: TableState) -> bool:
        """Whether a replica is being added or removed."""
        creating = any(m.status is ReplicaStatus.CREATING for m in state.members.values())
        return creating or state.name in self._busy

    def check_changeable(self, state: TableState) -> None:
        """Raise TableApiError if the table's settings can't be changed now."""
        if state.is_creating:
            message = f"{STILL_IN_USE}: Table is being created: {state.name}"
            raise TableApiError("ResourceInUseException", message)
        if self._is_changing(state):
            raise TableApiError("ResourceInUseException", IN_USE)

    async def update_replicas(self, request: dict[str, Any]) -> None:
        """UpdateTable with ReplicaUpdates. Raises TableApiError with nothing changed."""
        state = self._find_table(str(request.get("TableName", "")))
        if concerns_strong_consistency(request, is_strong=state.is_strong):
            await self._change_strong_group(state, request)
            return
        if not request.get("ReplicaUpdates") and set(request) == {
            "TableName",
            "MultiRegionConsistency",
        }:
            raise TableApiError(
                "ValidationException",
                "One or more parameter values were invalid: MultiRegionConsistency can only be "
                "given together with ReplicaUpdates",
            )
        action = plan_replica_action(request, self._view(state), self._hold_s)
        if isinstance(action, ReplicaRefusal):
            raise TableApiError(action.code, action.message)
        with self._changing(state):
            await self._execute(state, action)

    @contextmanager
    def _changing(self, state: TableState) -> Iterator[None]:
        """Mark the table's replicas as being changed. Raises TableApiError if they can't be now."""
        self.check_changeable(state)
        self._busy.add(state.name)
        try:
            yield
        finally:
            self._busy.discard(state.name)

    async def _execute(self, state: TableState, action: ReplicaAction) -> None:
        if action.kind is ReplicaActionKind.CREATE:
            await self._add_replica(state, action)
        elif action.kind is ReplicaActionKind.DELETE:
            await self._remove_replica(state, action.region)
        else:
            member = state.members[action.region]
            overrides = member.overrides | action.overrides
            self._set_member(state, action.region, replace(member, overrides=overrides))

    # -- multi-Region strong consistency

    async def _change_strong_group(self, state: TableState, request: dict[str, Any]) -> None:
        change = plan_strong_change(request, self._strong_facts(state))
        if isinstance(change, ReplicaRefusal):
            raise TableApiError(change.code, change.message)
        with self._changing(state):
            if change.creates:
                await self._create_strong_group(state, change)
            else:
                await self._dissolve_strong_group(state)

    def _strong_facts(self, state: TableState) -> StrongTableFacts:
        shared = self._engine.settings(state.name).shared
        witnesses = (region for region, m in state.other_members.items() if m.is_witness)
        return StrongTableFacts(
            local=self._store.region,
            others=tuple(state.other_members),
            witness=next(witnesses, None),
            is_strong=state.is_strong,
            is_empty=self._engine.count_items(state.name) == 0,
            has_local_indexes=bool(shared["keys"]["indexes"]),
            has_time_to_live=shared["ttl"]["enabled"],
        )

    async def _create_strong_group(self, state: TableState, change: StrongChange) -> None:
        """Create all members, or none."""
        self._enable_stream(state)
        new = self._new_member(ReplicaStatus.CREATING, exists=False)
        others = (*change.replicas, *([change.witness] if change.witness else ()))
        members = {r: replace(new, is_witness=r == change.witness) for r in others}
        own = self._new_member(ReplicaStatus.ACTIVE, exists=True)
        self._commit_group(state, "STRONG", {self._store.region: own, **members})
        with self._given_up_on_error(state):
            for region in others:
                await self._create_in_peer(state, region)
        self._creation_started.set()

    async def _dissolve_strong_group(self, state: TableState) -> None:
        """Remove all other members; what is not reached stays, so that the call can be repeated."""
        *others, last = state.other_members
        for region in others:
            await self._remove_replica(state, region)
        await self._drop_in_peer(state, last)
        self._commit_group(state, "EVENTUAL", {last: None})

    def _commit_group(
        self, state: TableState, mode: str, members: Mapping[str, Membership | None]
    ) -> None:
        """Commit members and the mode of consistency in one record. Raises TableApiError."""
        consistency = {"mode": mode}
        registers = {
            MEMBER_PREFIX + region: None if member is None else member.to_json()
            for region, member in members.items()
        }
        self._store.commit_registers(state.name, {**registers, "consistency": consistency})
        self._engine.set_setting(state.name, "consistency", consistency)

    def prepare_delete(self, name: str) -> None:
        """Leave the global table before DeleteTable. Raises TableApiError if that is forbidden."""
        state = self._find_table(name)
        self._check_deletable(state)
        if state.other_members:
            self._store.commit_registers(name, {MEMBER_PREFIX + self._store.region: None})

    def _check_deletable(self, state: TableState, *, by_peer: bool = False) -> None:
        if self._is_changing(state):
            raise TableApiError(
                "ResourceInUseException",
                f"{STILL_IN_USE}: Table is being {'created' if state.is_creating else 'updated'}: "
                + state.name,
            )
        if state.is_strong and not by_peer:
            raise TableApiError(
                "ValidationException",
                "The table is a member of a global table with multi-Region strong consistency: "
                "delete its other members first, all in one UpdateTable",
            )
        if state.local_settings.get("protection"):
            raise TableApiError("ValidationException", PROTECTED)
        refusal = refuse_removal(self._store.region, self._view(state).replicas, self._hold_s)
        if refusal is not None:
            raise TableApiError(refusal.code, refusal.message)

    # -- adding a replica

    async def _add_replica(self, state: TableState, action: ReplicaAction) -> None:
        region = self._store.region
        self._enable_stream(state)
        if region not in state.members:
            self._set_member(state, region, self._new_member(ReplicaStatus.ACTIVE, exists=True))
        new = self._new_member(ReplicaStatus.CREATING, exists=False)
        self._set_member(state, action.region, replace(new, overrides=action.overrides), peers=())
        with self._given_up_on_error(state):
            await self._create_in_peer(state, action.region)
        self._creation_started.set()

    def _enable_stream(self, state: TableState) -> None:
        if not self._engine.settings(state.name).shared["stream"].get("StreamEnabled"):
            # "Streams ... cannot be disabled" on a replica: the service switches them on.
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
            wanted = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
            self._engine.set_setting(state.name, "stream", wanted)
            self._store.commit_settings(state.name)

    @contextmanager
    def _given_up_on_error(self, state: TableState) -> Iterator[None]:
        """Remove the members in creation if a step fails. Raises TableApiError for it."""
        try:
            yield
        except (PeerUnreachable, PeerRefused) as exc:
            self._give_up(state)
            raise _to_api_error(exc) from exc
        except TableApiError:
            self._give_up(state)
            raise

    def _give_up(self, state: TableState) -> None:
        """Remove the members in creation, of a strongly consistent group all others.

        Raises TableApiError; then `finish_creations` goes on. Replicas that exist already find out
        that they are abandoned.
        """
        self._given_up.add(state.id)
        self._creation_started.set()
        if state.is_strong:
            self._commit_group(state, "EVENTUAL", dict.fromkeys(state.other_members))
        else:
            registers = {MEMBER_PREFIX + region: None for region in self._created_here(state)}
            self._store.commit_registers(state.name, registers)
        self._given_up.discard(state.id)

    def _created_here(self, state: TableState) -> list[str]:
        """The members in creation of which this Region is the source."""
        return [
            region
            for region, member in state.other_members.items()
            if member.status is ReplicaStatus.CREATING and member.source == self._store.region
        ]

    async def _create_in_peer(self, state: TableState, region: str) -> None:
        """Have the peer create the replica, announce it to all members, and start its backfill."""
        order = {
            "t": state.name,
            "g": state.id,
            "r": state.register_versions(),
            "member": replace(state.members[region], exists=True).to_json(),
        }
        await self._peers.create_replica(region, order)
        member = state.members.get(region)
        if member is None or self._store.tables.get(state.name) is not state:
            message = f"another Region has taken {region} out of {state.name} meanwhile"
            raise TableApiError("ResourceInUseException", message)
        self._set_member(state, region, replace(member, exists=True))
        self._store.start_backfill(state.name, region)

    def create_local_replica(self, order: dict[str, Any]) -> None:
        """Create a replica for another Region. Raises TableApiError if there is such a table."""
        name, table_id = order["t"], order["g"]
        existing = self._store.tables.get(name)
        if existing is not None and existing.id != table_id:
            refusal = refuse_existing_table(name)
            raise TableApiError(refusal.code, refusal.message)
        if existing is None:
            self._store.create_replica(name, table_id, order["r"])
        elif not existing.is_creating:
            return
        own = Membership.from_json(order["member"])
        self._set_member(self._store.tables[name], self._store.region, own, peers=())

    def member_since(self, table_id: str, region: str) -> float | None:
        """Since when (seconds since 1970) the Region is a member of a table; None: it is not."""
        states = (state for state in self._store.tables.values() if state.id == table_id)
        state = next(states, None)
        member = None if state is None else state.members.get(region)
        return None if member is None else member.since_s

    async def drop_abandoned_replicas(self) -> None:
        """Drop replicas in creation that their source has given up; until cancelled."""
        while True:
            await self._clock.sleep(RETRY_S)
            for state in [state for state in self._store.tables.values() if state.is_creating]:
                try:
                    await self._drop_if_abandoned(state)
                except (PeerUnreachable, PeerRefused, TableApiError) as exc:
                    log.info("can't find out whether %s is abandoned: %s", state.name, exc)

    async def _drop_if_abandoned(self, state: TableState) -> None:
        own = state.members.get(self._store.region)
        if own is None:
            return  # it has learned of its end while another table was asked for
        since_s = await self._peers.member_since(own.source, state.id)
        changed = state.members.get(self._store.region) != own
        dropped = self._store.tables.get(state.name) is not state
        if since_s == own.since_s or changed or dropped:
            return
        log.warning("%s is not a replica any more: dropped", state.name)
        self._store.commit_drop(state.name)

    async def finish_creations(self) -> None:
        """Complete the creations of which this Region is the source; until cancelled."""
        while True:
            pending = [
                (state, region)
                for state in self._store.tables.values()
                for region in self._created_here(state)
                if state.name not in self._busy
            ]
            if not pending:
                self._creation_started.clear()
                await self._creation_started.wait()
            for state, region in pending:
                await self._continue_creation(state, region)
            await self._clock.sleep(POLL_S)

    async def _continue_creation(self, state: TableState, region: str) -> None:
        try:
            await self._take_next_step(state, region)
        except (PeerUnreachable, TableApiError):
            await self._clock.sleep(RETRY_S)

    async def _take_next_step(self, state: TableState, region: str) -> None:
        if region not in state.members:
            return
        if state.id in self._given_up:
            self._give_up(state)
            return
        try:
            if not state.members[region].exists:
                await self._create_in_peer(state, region)
            elif self._may_activate(state) and self._store.finish_backfill(state.name, region):
                await self._activate(state, region)
        except PeerRefused as exc:
            if exc.code:
                log.error("%s can't be created in %s: %s", state.name, region, exc.message)
                self._give_up(state)
            else:
                await self._clock.sleep(RETRY_S)

    def _may_activate(self, state: TableState) -> bool:
        """A member of a group may yet be given up with the group while another does not exist."""
        return not state.is_strong or all(member.exists for member in state.members.values())

    async def _activate(self, state: TableState, region: str) -> None:
        """Set the member ACTIVE in the peer first, so that clients that see ACTIVE can use it."""
        member = replace(state.members[region], status=ReplicaStatus.ACTIVE)
        versions = self._store.stamp_registers(
            state.name, {MEMBER_PREFIX + region: member.to_json()}
        )
        await self._peers.send_versions(region, [to_compact_json(v) for v in versions])
        self._store.receive(versions)
        log.info("%s has a replica in %s", state.name, region)

    # -- removing a replica

    async def _remove_replica(self, state: TableState, region: str) -> None:
        await self._drop_in_peer(state, region)
        self._store.commit_registers(state.name, {MEMBER_PREFIX + region: None})

    async def _drop_in_peer(self, state: TableState, region: str) -> None:
        try:
            await self._peers.drop_replica(region, state.name, state.id)
        except (PeerUnreachable, PeerRefused) as exc:
            raise _to_api_error(exc) from exc

    def drop_local_replica(self, order: dict[str, Any]) -> None:
        """Drop a replica for another Region. Raises TableApiError if that is forbidden."""
        state = self._store.tables.get(order["t"])
        if state is None or state.id != order["g"]:
            return
        self._check_deletable(state, by_peer=True)
        self._store.commit_drop(state.name)

    # -- members

    def _new_member(self, status: ReplicaStatus, *, exists: bool) -> Membership:
        return Membership(
            status=status, source=self._store.region, since_s=self._clock.now(), exists=exists
        )

    def _set_member(
        self,
        state: TableState,
        region: str,
        member: Membership,
        peers: tuple[str, ...] | None = None,
    ) -> None:
        """Commit a member, and send it to `peers` (None: to all peers of the table)."""
        registers = {MEMBER_PREFIX + region: member.to_json()}
        self._store.commit_registers(state.name, registers, peers=peers)

    def _view(self, state: TableState) -> GlobalTableView:
        now = self._clock.now()
        return GlobalTableView(
            table=state.name,
            local=self._store.region,
            replicas={
                region: ReplicaFacts(source=m.source, age_s=now - m.since_s)
                for region, m in state.members.items()
            },
            regions=tuple(place.name for place in geography.REGIONS),
        )

    def _find_table(self, name: str) -> TableState:
        state = self._store.tables.get(name)
        if state is None:
            raise TableApiError(
                "ResourceNotFoundException",
                f"Requested resource not found: Table: {name} not found",
            )
        return state


def _describe_replica(region: str, member: Membership) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicaDescription.html"""
    described = dict(member.overrides)
    table_class = described.pop("TableClassOverride", None)
    if table_class is not None:
        described["ReplicaTableClassSummary"] = {"TableClass": table_class}
    return {"RegionName": region, "ReplicaStatus": str(member.status), **described}


def _to_api_error(exc: PeerUnreachable | PeerRefused) -> TableApiError:
    if isinstance(exc, PeerRefused):
        return TableApiError(
            exc.code or "InternalServerError", exc.message, 400 if exc.code else 500
        )
    return TableApiError("InternalServerError", f"{exc}; nothing was changed", 500)
