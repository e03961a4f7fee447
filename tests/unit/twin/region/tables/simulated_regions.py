"""Regions without processes: the real engine, store and log in a folder, with a manual clock."""

import json
from pathlib import Path
from typing import Any

from tests.clocks import ManualClock
from twin.core.tables.table_engine import EngineResult
from twin.dynamodb.engine import MemoryTableEngine
from twin.region.tables.storage.recovery import recover_store
from twin.region.tables.storage.store import TableStore
from twin.region.tables.storage.table_state import (
    MEMBER_PREFIX,
    Membership,
    ReplicaStatus,
    WireVersion,
)
from twin.region.tables.storage.wal import WriteAheadLog

HOME, PEER = "eu-central-1", "us-west-2"
ACCOUNT = "123456789012"
NOW = 1_700_000_000.0


class FullDiskLog(WriteAheadLog):
    """A log whose appends fail while `full` is set."""

    full = False

    def append(self, text: str) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        super().append(text)


class SimulatedRegion:
    def __init__(self, folder: Path, region: str = HOME, clock: ManualClock | None = None) -> None:
        self.folder = folder
        self.region = region
        self.clock = clock or ManualClock(NOW)
        self.open()

    def open(self) -> None:
        self.wal = FullDiskLog(self.folder, sync=False)
        self.engine = MemoryTableEngine(self.region, ACCOUNT, self.clock.now)
        self.store = TableStore(
            region=self.region,
            engine=self.engine,
            wal=self.wal,
            clock=self.clock,
            draw_lag=lambda: 1.0,
        )
        recover_store(self.store, self.wal.replay())

    def restart(self) -> None:
        self.wal.close()
        self.open()

    def run(self, operation: str, **request: Any) -> EngineResult:  # noqa: ANN401 - any request
        outcome = self.engine.execute(operation, request)
        assert outcome.status == 200, outcome.body
        self.store.commit_items(outcome.changes)
        return outcome

    def create(self, *, sort_key: bool = False, name: str = "tab") -> None:
        names = ["id", "at"] if sort_key else ["id"]
        kinds = ["HASH", "RANGE"]
        schema = [{"AttributeName": n, "KeyType": k} for n, k in zip(names, kinds, strict=False)]
        outcome = self.engine.execute(
            "CreateTable",
            {
                "TableName": name,
                "KeySchema": schema,
                "AttributeDefinitions": [
                    {"AttributeName": "id", "AttributeType": "S"},
                    {"AttributeName": "at", "AttributeType": "N"},
                ][: len(names)],
                "BillingMode": "PAY_PER_REQUEST",
                "StreamSpecification": {
                    "StreamEnabled": True,
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                },
            },
        )
        assert outcome.status == 200, outcome.body
        self.store.commit_created_table(name, f"id-of-{name}")

    def join(self, *regions: str) -> None:
        """Make the table `t` global, with members in these Regions."""
        members = {
            MEMBER_PREFIX + region: Membership(
                status=ReplicaStatus.ACTIVE, source=HOME, since_s=0.0, exists=True
            ).to_json()
            for region in (self.region, *regions)
        }
        self.store.commit_registers("tab", members, peers=())

    def put(self, item: str, value: str = "") -> None:
        self.run("PutItem", TableName="tab", Item={"id": {"S": item}, "v": {"S": value}})

    def delete(self, item: str) -> None:
        self.run("DeleteItem", TableName="tab", Key={"id": {"S": item}})

    def value(self, item: str) -> str | None:
        image = self.engine.get_image("tab", {"id": {"S": item}})
        return None if image is None else image["v"]["S"]

    def send_to(self, peer: str) -> list[WireVersion]:
        """Take the due versions from the peer's outbox, and acknowledge them."""
        outbox = self.store.outboxes.for_peer(peer)
        batch = outbox.take_batch(self.clock.monotonic(), count=1000, size=10**9)
        texts = [text for v in batch if (text := self.store.version_text(v)) is not None]
        self.store.acknowledge(peer, batch)
        return [json.loads(text) for text in texts]
