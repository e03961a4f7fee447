"""Global tables: adding and removing replicas, and what DescribeTable says of them.

Adding: the other Region's process makes the table, this Region then sends it everything, and the
replica becomes ACTIVE when it has acknowledged all of that. The intent is in the log before the
first call, so a Region that dies in between brings the creation to its end when it is back.
A Region that does not answer changes nothing. If it was frozen, or died, it may make the table all
the same, later on: a replica that is being made asks the Region that ordered it, now and then, and
goes again once it is no member there.
Removing: the other Region drops its table, then the member is forgotten; asked again after a crash
in between, it finds nothing to drop and goes on.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

import asyncio
import logging
from typing import Any

from common.clock import Clock
from twin import geography
from twin.core import global_table
from twin.core.global_table import (
    GlobalTableView,
    ReplicaAction,
    ReplicaActionKind,
    ReplicaFacts,
    ReplicaRefusal,
)
from twin.core.table_engine import TableApiError, TableEngine
from twin.region.tables.peers import PeerClient, PeerRefused, PeerUnreachable
from twin.region.tables.store import TableStore
from twin.region.tables.table_state import (
    MEMBER_PREFIX,
    Membership,
    ReplicaStatus,
    TableState,
    to_compact_json,
)

log = logging.getLogger(__name__)

VERSION = "2019.11.21"
STEP_S = 0.05
RETRY_S = 1.0
PROTECTED = (
    "Resource cannot be deleted as it is currently protected against deletion. Disable deletion "
    "protection first."
)
IN_USE = "The resource which you are attempting to change is in use."
STILL_IN_USE = "Attempt to change a resource which is still in use"


class GlobalTables:
    """Replicas of this Region's tables."""

    def __init__(
        self,
        *,
        ledger: TableStore,
        engine: TableEngine,
        peers: PeerClient,
        clock: Clock,
        speed: float,
    ) -> None:
        self._ledger = ledger
        self._engine = engine
        self._peers = peers
        self._clock = clock
        self._hold_s = global_table.SOURCE_HOLD_S / speed
        self._busy: set[str] = set()
        self._begun = asyncio.Event()

    # -- what callers see

    def describe(self, table: dict[str, Any]) -> None:
        """Complete a TableDescription in place."""
        state = self._ledger.tables.get(table["TableName"])
        if state is None:
            return
        table["TableId"] = state.id
        if state.creating:
            table["TableStatus"] = "CREATING"
        elif self.changing(state):
            table["TableStatus"] = "UPDATING"
        if state.others:
            table["GlobalTableVersion"] = VERSION
            table["MultiRegionConsistency"] = "EVENTUAL"
            table["Replicas"] = [_replica(region, m) for region, m in state.others.items()]

    def changing(self, state: TableState) -> bool:
        """Whether a replica is being added or removed."""
        creating = any(m.status is ReplicaStatus.CREATING for m in state.members.values())
        return creating or state.name in self._busy

    def refuse_while_changing(self, state: TableState) -> None:
        """Raise AwsError if the table's settings can't be changed now."""
        if state.creating:
            message = f"{STILL_IN_USE}: Table is being created: {state.name}"
            raise TableApiError("ResourceInUseException", message)
        if self.changing(state):
            raise TableApiError("ResourceInUseException", IN_USE)

    async def update(self, request: dict[str, Any]) -> None:
        """UpdateTable with ReplicaUpdates. Raises AwsError with nothing changed."""
        state = self._state(str(request.get("TableName", "")))
        if not request.get("ReplicaUpdates") and set(request) == {
            "TableName",
            "MultiRegionConsistency",
        }:
            raise TableApiError(
                "ValidationException",
                "One or more parameter values were invalid: MultiRegionConsistency can only be "
                "given together with ReplicaUpdates",
            )
        action = global_table.plan_replica_action(request, self._group(state), self._hold_s)
        if isinstance(action, ReplicaRefusal):
            raise TableApiError(action.code, action.message)
        self.refuse_while_changing(state)
        self._busy.add(state.name)
        try:
            await self._act(state, action)
        finally:
            self._busy.discard(state.name)

    async def _act(self, state: TableState, action: ReplicaAction) -> None:
        if action.kind is ReplicaActionKind.CREATE:
            await self._add(state, action)
        elif action.kind is ReplicaActionKind.DELETE:
            await self._remove(state, action.region)
        else:
            member = state.members[action.region]
            self._set_member(
                state, action.region, member, overrides=member.overrides | action.overrides
            )

    def prepare_delete(self, name: str) -> None:
        """Before DeleteTable here: raise AwsError if it may not be; tell the other members."""
        state = self._state(name)
        self._refuse_delete(state)
        if state.others:
            self._ledger.commit_registers(name, {MEMBER_PREFIX + self._ledger.region: None})

    def _refuse_delete(self, state: TableState) -> None:
        if self.changing(state):
            raise TableApiError(
                "ResourceInUseException",
                f"{STILL_IN_USE}: Table is being {'created' if state.creating else 'updated'}: "
                + state.name,
            )
        if state.local.get("protection"):
            raise TableApiError("ValidationException", PROTECTED)
        refusal = global_table.refuse_removal(
            self._ledger.region, self._group(state).replicas, self._hold_s
        )
        if refusal is not None:
            raise TableApiError(refusal.code, refusal.message)

    # -- adding

    async def _add(self, state: TableState, action: ReplicaAction) -> None:
        region = self._ledger.region
        if not self._engine.settings(state.name).shared["stream"].get("StreamEnabled"):
            # "Streams ... cannot be disabled" on a replica: the service switches them on.
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
            wanted = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
            self._engine.set_setting(state.name, "stream", wanted)
            self._ledger.commit_settings(state.name)
        if region not in state.members:
            self._set_member(state, region, self._member(ReplicaStatus.ACTIVE, made=True))
        new = self._member(ReplicaStatus.CREATING, made=False)
        self._set_member(state, action.region, new, overrides=action.overrides, told=())
        try:
            await self._make(state, action.region)
        except (PeerUnreachable, PeerRefused) as exc:
            self._ledger.commit_registers(state.name, {MEMBER_PREFIX + action.region: None})
            raise _as_aws(exc) from exc
        self._begun.set()

    async def _make(self, state: TableState, region: str) -> None:
        """Have the replica made there, then let everybody know of it and fill it."""
        order = {
            "op": "create",
            "t": state.name,
            "g": state.id,
            "r": state.register_wires(),
            "member": self._with(state.members[region], made=True).to_json(),
        }
        await self._peers.tables_of_any(region, order)
        member = state.members[region]
        self._set_member(state, region, member, made=True)
        self._ledger.start_fill(state.name, region)

    def make_here(self, order: dict[str, Any]) -> None:
        """Another Region's call: make the replica. Raises AwsError if there is a table already."""
        name, table_id = order["t"], order["g"]
        there = self._ledger.tables.get(name)
        if there is not None and there.id != table_id:
            refusal = global_table.refuse_existing_table(name)
            raise TableApiError(refusal.code, refusal.message)
        if there is None:
            self._ledger.adopt_replica(name, table_id, order["r"])
        elif not there.creating:
            return
        own = Membership.from_json(order["member"])
        self._set_member(self._ledger.tables[name], self._ledger.region, own, told=())

    def since(self, table_id: str, region: str) -> float | None:
        """Since when (seconds since 1970) the Region is a member here; None if it is none."""
        found = [state for state in self._ledger.tables.values() if state.id == table_id]
        member = found[0].members.get(region) if found else None
        return None if member is None else member.since_s

    async def drop_given_up(self) -> None:
        """Drop what was ordered to be made here and then given up; until cancelled."""
        while True:
            await self._clock.sleep(RETRY_S)
            for state in [state for state in self._ledger.tables.values() if state.creating]:
                try:
                    await self._drop_if_given_up(state)
                except (PeerUnreachable, PeerRefused, TableApiError) as exc:
                    log.info("whether %s is still wanted here is open: %s", state.name, exc)

    async def _drop_if_given_up(self, state: TableState) -> None:
        own = state.members[self._ledger.region]
        since_s = await self._peers.member_since(own.source, state.id)
        asked_again = state.members.get(self._ledger.region) != own
        gone = self._ledger.tables.get(state.name) is not state
        if since_s == own.since_s or asked_again or gone:
            return
        log.warning("%s is not wanted here any more: dropped", state.name)
        self._ledger.commit_drop(state.name)

    async def run(self) -> None:
        """Bring begun creations to their end; until cancelled."""
        while True:
            pending = [
                (state, region)
                for state in self._ledger.tables.values()
                for region, member in state.others.items()
                if member.status is ReplicaStatus.CREATING
                and member.source == self._ledger.region
                and state.name not in self._busy
            ]
            if not pending:
                self._begun.clear()
                await self._begun.wait()
            for state, region in pending:
                await self._advance(state, region)
            await self._clock.sleep(STEP_S)

    async def _advance(self, state: TableState, region: str) -> None:
        try:
            await self._bring_on(state, region)
        except (PeerUnreachable, TableApiError):
            await self._clock.sleep(RETRY_S)

    async def _bring_on(self, state: TableState, region: str) -> None:
        if region not in state.members:
            return
        try:
            if not state.members[region].made:
                await self._make(state, region)
            elif self._ledger.end_fill(state.name, region):
                await self._activate(state, region)
        except PeerRefused as exc:
            if exc.code:
                log.error("%s in %s can't be made: %s", state.name, region, exc.message)
                self._ledger.commit_registers(state.name, {MEMBER_PREFIX + region: None})
            else:
                await self._clock.sleep(RETRY_S)

    async def _activate(self, state: TableState, region: str) -> None:
        """The replica learns first that it is ready: who sees ACTIVE here may use it there."""
        member = self._with(state.members[region], status=ReplicaStatus.ACTIVE)
        wires = self._ledger.draft_registers(state.name, {MEMBER_PREFIX + region: member.to_json()})
        await self._peers.apply(region, [to_compact_json(wire) for wire in wires])
        self._ledger.receive(wires)
        log.info("%s has a replica in %s", state.name, region)

    # -- removing

    async def _remove(self, state: TableState, region: str) -> None:
        try:
            await self._peers.tables(region, {"op": "drop", "t": state.name, "g": state.id})
        except (PeerUnreachable, PeerRefused) as exc:
            raise _as_aws(exc) from exc
        self._ledger.commit_registers(state.name, {MEMBER_PREFIX + region: None})

    def remove_here(self, order: dict[str, Any]) -> None:
        """Another Region's call: drop the replica. Raises AwsError if it may not be dropped."""
        state = self._ledger.tables.get(order["t"])
        if state is None or state.id != order["g"]:
            return
        self._refuse_delete(state)
        self._ledger.commit_drop(state.name)

    # -- members

    def _member(self, status: ReplicaStatus, *, made: bool) -> Membership:
        return Membership(
            status=status, source=self._ledger.region, since_s=self._clock.now(), made=made
        )

    def _set_member(
        self,
        state: TableState,
        region: str,
        member: Membership,
        *,
        overrides: dict[str, Any] | None = None,
        made: bool | None = None,
        told: tuple[str, ...] | None = None,
    ) -> None:
        new = self._with(member, overrides=overrides, made=made)
        self._ledger.commit_registers(
            state.name, {MEMBER_PREFIX + region: new.to_json()}, peers=told
        )

    @staticmethod
    def _with(
        member: Membership,
        *,
        status: ReplicaStatus | None = None,
        overrides: dict[str, Any] | None = None,
        made: bool | None = None,
    ) -> Membership:
        return Membership(
            status=member.status if status is None else status,
            source=member.source,
            since_s=member.since_s,
            made=member.made if made is None else made,
            overrides=member.overrides if overrides is None else overrides,
        )

    def _group(self, state: TableState) -> GlobalTableView:
        now = self._clock.now()
        return GlobalTableView(
            table=state.name,
            local=self._ledger.region,
            replicas={
                region: ReplicaFacts(source=m.source, age_s=now - m.since_s)
                for region, m in state.members.items()
            },
            regions=tuple(place.name for place in geography.REGIONS),
        )

    def _state(self, name: str) -> TableState:
        state = self._ledger.tables.get(name)
        if state is None:
            raise TableApiError(
                "ResourceNotFoundException",
                f"Requested resource not found: Table: {name} not found",
            )
        return state


def _replica(region: str, member: Membership) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicaDescription.html"""
    described = dict(member.overrides)
    table_class = described.pop("TableClassOverride", None)
    if table_class is not None:
        described["ReplicaTableClassSummary"] = {"TableClass": table_class}
    return {"RegionName": region, "ReplicaStatus": str(member.status), **described}


def _as_aws(exc: PeerUnreachable | PeerRefused) -> TableApiError:
    if isinstance(exc, PeerRefused):
        return TableApiError(
            exc.code or "InternalServerError", exc.message, 400 if exc.code else 500
        )
    return TableApiError("InternalServerError", f"{exc}; nothing was changed", 500)
