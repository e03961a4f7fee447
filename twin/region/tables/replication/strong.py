"""Writes and strongly consistent reads of tables with multi-Region strong consistency (MRSC).

A group has three Regions, of which one may be a witness, and every two of them know every
acknowledged write:

* A write first fetches what the other Regions have not sent yet, is executed and taken back, and
  then proposed to another Region. That one accepts it if its version of the items is the one that
  the write replaces, or an older one. With the acceptance the write is committed and acknowledged.
  The Region that accepts sends the versions on, so they arrive even if the proposing Region dies.
* The first member by name is the arbiter: the others propose to it, and to the third Region only if
  it does not answer; the arbiter proposes to any. So of several writes of an item at the same time
  one succeeds. While the arbiter, or a Region that has turned to the third, proposes an item, it
  declines the others' proposals of it; a Region that has asked the arbiter accepts the arbiter's.
* A declined write fails with ReplicatedWriteConflictException. If no Region answers, it fails with
  an error 500, and may still take effect.
* A strongly consistent read first fetches what the others have not sent yet, from at least one.
* Other reads are local: they may miss even a recent write.

So one lost Region changes nothing, and a Region without the other two serves only eventually
consistent reads.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html

Within one Region the writes to a table are made one after another (a simplification: AWS does so
for each item). What a Region proposes is kept in memory: if it dies in the middle of two
conflicting writes, the later one wins, as in other global tables.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from twin.core.tables.replication import Stamp, stamp_wins
from twin.core.tables.table_engine import EngineResult, ItemChange, JsonObject, TableApiError
from twin.dynamodb.partiql.execution import MAX_TRANSACTION
from twin.dynamodb.partiql.statement_parser import parse_statement
from twin.dynamodb.partiql.syntax import SelectStatement, Statement
from twin.dynamodb.requests.table_arns import table_name
from twin.region.tables.replication.replicator import PeerClient, PeerRefused, PeerUnreachable
from twin.region.tables.storage.store import TableStore
from twin.region.tables.storage.table_state import TableState, WireVersion, to_compact_json

log = logging.getLogger(__name__)


Item = tuple[str, str]
"""A table's id, and the item's key as TableState.item_key."""


class Proposal(NamedTuple):
    """Versions that a Region wants to commit, if another Region accepts them."""

    stamp: Stamp
    versions: list[WireVersion]
    replaced: list[Stamp | None]
    """The stamps of the versions that they replace."""


def make_proposal(store: TableStore, changes: Iterable[ItemChange]) -> Proposal:
    """The versions that changes would make; nothing is changed."""
    written = [(change, store.tables[change.table]) for change in changes]
    items = [(change, state, state.item_key(change.key)) for change, state in written]
    replaced = [state.stamps.get(item) for _, state, item in items]
    stamp = store.make_stamp(replaced)
    versions = [
        json.loads(state.item_version_text(item, change.after, stamp))
        for change, state, item in items
    ]
    return Proposal(stamp, versions, replaced)


def accept_proposal(store: TableStore, versions: list[WireVersion]) -> None:
    """Commit a peer's proposed versions, and send them on. Raises TableApiError."""
    states = [store.tables[version["t"]] for version in versions]
    texts = [to_compact_json(version) for version in versions]
    first = store.log_written([(s.peers, text) for s, text in zip(states, texts, strict=True)])
    for sequence, (state, version, text) in enumerate(
        zip(states, versions, texts, strict=True), start=first
    ):
        store.apply(version)
        item, stamp = state.item_key(version["k"]), Stamp(*version["s"])
        pending = store.outboxes.create_version(sequence, state.name, item, stamp, text)
        store.outboxes.enqueue(state.peers, pending, store.draw_lag)


def pending_versions(store: TableStore, peer: str, table_id: str) -> list[str]:
    """The versions of a table that the peer has not acknowledged, as JSON texts."""
    pending = store.outboxes.for_peer(peer).pending()
    names = {state.name for state in store.tables.values() if state.id == table_id}
    texts = (store.version_text(v) for v in pending if v.table in names)
    return [text for text in texts if text is not None]


def named_tables(operation: str, request: JsonObject) -> list[str]:
    """The tables that an operation on items names, as far as the request can be understood.

    Each of them once, as a write locks them one after another.
    """
    names = (table_name(str(name)) for name in _written_names(operation, request))
    return list(dict.fromkeys(names))


def _written_names(operation: str, request: JsonObject) -> Iterator[object]:
    """Whatever is in the places of names; a request that breaks the model has none."""
    if operation in ("BatchGetItem", "BatchWriteItem"):
        for tables in _objects([request.get("RequestItems")]):
            yield from tables
    elif operation.startswith("Transact"):
        for entry in _objects(request.get("TransactItems")):
            yield from (action.get("TableName") for action in _objects(list(entry.values())))
    elif "Statement" in operation or operation == "ExecuteTransaction":
        yield from (statement.table for statement in _statements(request))
    else:
        yield request.get("TableName")


def _objects(values: object) -> list[JsonObject]:
    """The JSON objects in a list; nothing in anything else."""
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []


def _statements(request: JsonObject) -> list[Statement]:
    """The PartiQL statements of a request, without those that are not well formed."""
    several = request.get("Statements") or request.get("TransactStatements")
    entries = (request, *_objects(several)[:MAX_TRANSACTION])
    texts = [one.get("Statement") for one in entries]
    statements = (_well_formed(text) for text in texts if isinstance(text, str))
    return [statement for statement in statements if statement is not None]


def _well_formed(text: str) -> Statement | None:
    try:
        return parse_statement(text).statement
    except TableApiError:
        return None


def is_selection(request: JsonObject) -> bool:
    """Whether the request is of PartiQL statements that read."""
    statements = _statements(request)
    return bool(statements) and isinstance(statements[0], SelectStatement)


def is_consistent_read(request: JsonObject) -> bool:
    """Whether the request, or a part of a batch, asks for a strongly consistent read."""
    tables = request.get("RequestItems")
    of_tables = _objects(list(tables.values())) if isinstance(tables, dict) else []
    parts = (request, *of_tables, *_objects(request.get("Statements")))
    return any(part.get("ConsistentRead") is True for part in parts)


class StrongTables:
    """The tables of this Region with multi-Region strong consistency."""

    def __init__(self, *, store: TableStore, peers: PeerClient) -> None:
        self._store = store
        self._peers = peers
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By the table's id: held during a write."""
        self._proposed: set[Item] = set()
        """Items that this Region proposes."""
        self._asked: set[Item] = set()
        """Those of them of which the arbiter has been asked only."""

    def strong_tables(self, names: Iterable[str]) -> list[TableState]:
        """Those of the named tables that are strongly consistent."""
        states = (self._store.tables.get(name) for name in names)
        return [state for state in states if state is not None and state.is_strong]

    # -- requests

    async def write(
        self, tables: list[TableState], execute: Callable[[], EngineResult]
    ) -> EngineResult:
        """Execute a write on these and other tables, and commit it. Raises TableApiError."""
        async with AsyncExitStack() as locks:
            for state in sorted(tables, key=lambda state: state.id):
                await locks.enter_async_context(self._locks[state.id])
            await self.catch_up(tables)
            return await self._write(execute)

    async def _write(self, execute: Callable[[], EngineResult]) -> EngineResult:
        result = execute()
        strong = tuple(c for c in result.changes if self._store.tables[c.table].is_strong)
        self._store.undo_changes(strong)
        self._store.commit_items(tuple(c for c in result.changes if c not in strong))
        if not strong:
            return result
        proposal = make_proposal(self._store, strong)
        items = {(v["g"], self._item_of(v)) for v in proposal.versions}
        self._proposed |= items
        try:
            missing = await self._propose(items, proposal)
        finally:
            self._proposed -= items
            self._asked -= items
        current = tuple(
            change
            for change, replaced in zip(strong, proposal.replaced, strict=True)
            if self._stamp_of(change) == replaced  # else a newer version has arrived already
        )
        for change in current:
            self._store.set_image(change.table, change.key, change.after)
        peers_of = {change.table: missing for change in strong}
        self._store.commit_items(current, stamp=proposal.stamp, peers_of=peers_of)
        return result

    def _item_of(self, version: JsonObject) -> str:
        return self._store.tables[version["t"]].item_key(version["k"])

    def _stamp_of(self, change: ItemChange) -> Stamp | None:
        state = self._store.tables[change.table]
        return state.stamps.get(state.item_key(change.key))

    async def _propose(self, items: set[Item], proposal: Proposal) -> tuple[str, ...]:
        """The peers that do not know the versions yet. Raises TableApiError if none accepts."""
        state = self._store.tables[proposal.versions[0]["t"]]
        entries = [
            [None if old is None else list(old), version]
            for old, version in zip(proposal.replaced, proposal.versions, strict=True)
        ]
        answers: list[bool | None] = []
        peers = sorted(state.peers)
        if _arbiter(state) != self._store.region:
            self._asked |= items
        for peer in peers:
            answers.append(await self._ask(peer, {"c": entries}))
            if answers[-1]:
                return tuple(other for other in peers if other != peer)
            if items & self._asked and not self._turn_to_third(items, proposal, answers[-1]):
                break
        raise self._failure(answers)

    def _turn_to_third(self, items: set[Item], proposal: Proposal, answer: bool | None) -> bool:
        """Whether to ask the third Region after the arbiter: only if that one does not answer."""
        self._asked -= items
        unchanged = all(
            self._store.tables[version["t"]].stamps.get(self._item_of(version)) == old
            for old, version in zip(proposal.replaced, proposal.versions, strict=True)
        )
        return answer is None and unchanged

    async def _ask(self, peer: str, message: JsonObject) -> bool | None:
        """Whether the peer accepts; None if it can't be reached."""
        try:
            return await self._peers.propose(peer, message)
        except (PeerUnreachable, PeerRefused) as exc:
            log.info("%s does not take part in a write: %s", peer, exc)
            return None

    def _failure(self, answers: Sequence[bool | None]) -> TableApiError:
        if None not in answers:
            return TableApiError(
                "ReplicatedWriteConflictException",
                "One or more items in this request are being modified by a request in another "
                "Region.",
            )
        return _isolated(self._store.region)

    async def catch_up(self, tables: list[TableState]) -> None:
        """Fetch what other Regions have not sent yet. Raises TableApiError if none answers."""
        for state in tables:
            answers = await asyncio.gather(*(self._fetch(peer, state) for peer in state.peers))
            if not any(answers):
                raise _isolated(self._store.region)

    async def _fetch(self, peer: str, state: TableState) -> bool:
        try:
            versions = await self._peers.pending(peer, state.id)
        except (PeerUnreachable, PeerRefused):
            return False
        if versions:
            self._store.receive(versions)
        return True

    # -- calls of the other Regions

    def decide_proposal(self, message: dict[str, Any]) -> bool:
        """Accept a peer's versions, or decline them. Raises TableApiError if it can't be logged."""
        entries = [(None if old is None else Stamp(*old), v) for old, v in message["c"]]
        sender = message["from"]
        if not all(self._is_acceptable(sender, old, version) for old, version in entries):
            return False
        accept_proposal(self._store, [version for _, version in entries])
        return True

    def _is_acceptable(self, sender: str, replaced: Stamp | None, version: JsonObject) -> bool:
        state = self._store.tables.get(version["t"])
        if state is None or state.id != version["g"]:
            return False
        item = self._item_of(version)
        present = state.stamps.get(item)
        is_known = present in (None, replaced) or (replaced is not None and present < replaced)
        mine = (version["g"], item)
        yields = mine in self._asked and sender == _arbiter(state)
        is_free = mine not in self._proposed or yields
        return is_known and is_free and stamp_wins(Stamp(*version["s"]), present)


def _arbiter(state: TableState) -> str:
    return min(state.members)


def _isolated(region: str) -> TableApiError:
    return TableApiError(
        "InternalServerError",
        f"{region} reaches no other Region of this table, whose writes and strongly consistent "
        "reads need one",
        500,
    )
