"""Ledgers for the tests: the real engine, the real log in a folder, time by hand."""

import json
from pathlib import Path
from typing import Any

from tests.clocks import HandClock
from twin.core.table_engine import Outcome
from twin.moto.dynamodb import MotoEngine
from twin.region.tables.ledger import Ledger
from twin.region.tables.log import Log
from twin.region.tables.restore import restore
from twin.region.tables.state import MEMBER, Member, MemberStatus, Wire

HOME, PEER = "eu-central-1", "us-west-2"
ACCOUNT = "123456789012"
NOW = 1_700_000_000.0


class FullDisk(Log):
    """A log that can be told to fail."""

    full = False

    def append(self, text: str) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        super().append(text)


class Region:
    """A Region without sockets."""

    def __init__(self, folder: Path, region: str = HOME, clock: HandClock | None = None) -> None:
        self.folder = folder
        self.region = region
        self.clock = clock or HandClock(NOW)
        self.open()

    def open(self) -> None:
        self.journal = FullDisk(self.folder, sync=False)
        self.engine = MotoEngine(self.region, ACCOUNT)
        self.ledger = Ledger(
            region=self.region,
            engine=self.engine,
            journal=self.journal,
            clock=self.clock,
            draw_lag=lambda: 1.0,
        )
        restore(self.ledger, self.journal.replay())

    def restart(self) -> None:
        self.journal.close()
        self.open()

    def run(self, operation: str, **request: Any) -> Outcome:  # noqa: ANN401 - any request
        outcome = self.engine.execute(operation, request)
        assert outcome.status == 200, outcome.body
        self.ledger.commit_items(outcome.changes)
        return outcome

    def create(self, *, sort_key: bool = False, name: str = "t") -> None:
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
        self.ledger.commit_create(name, f"id-of-{name}")

    def join(self, *regions: str) -> None:
        """Make the table global."""
        members = {
            MEMBER + region: Member(
                status=MemberStatus.ACTIVE, source=HOME, since_s=0.0, made=True
            ).to_json()
            for region in (self.region, *regions)
        }
        self.ledger.commit_registers("t", members, peers=())

    def put(self, item: str, value: str = "") -> None:
        self.run("PutItem", TableName="t", Item={"id": {"S": item}, "v": {"S": value}})

    def delete(self, item: str) -> None:
        self.run("DeleteItem", TableName="t", Key={"id": {"S": item}})

    def value(self, item: str) -> str | None:
        image = self.engine.image("t", {"id": {"S": item}})
        return None if image is None else image["v"]["S"]

    def sent_to(self, peer: str) -> list[Wire]:
        """What is owed and due, as sent; acknowledged."""
        outbox = self.ledger.debts.outbox(peer)
        batch = outbox.take(self.clock.monotonic(), count=1000, size=10**9)
        texts = [text for owed in batch if (text := self.ledger.text_of(owed)) is not None]
        self.ledger.acknowledge(peer, batch)
        return [json.loads(text) for text in texts]
