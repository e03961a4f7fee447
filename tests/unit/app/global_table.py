"""A service's global table in memory: a replica a Region, and what is on its way between them.

Each replica is the twin's DynamoDB engine, so an expression means what it means there. Of two
versions of an item a replica keeps the later one. A test decides what arrives, and in which order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from app.table import RequestDeadline, Table
from tests.unit.app.fakes import BUDGET, KEYS, FakeClock
from twin.core.tables.replication import Stamp, VersionStamps, stamp_local_write
from twin.core.tables.table_engine import Image
from twin.dynamodb.engine import MemoryTableEngine


@dataclass(frozen=True, slots=True)
class Version:
    """An item as a write has left it."""

    stamp: Stamp
    image: Image


class Replica:
    """One Region's replica; has the used part of botocore's client."""

    def __init__(self, region: str, table: str, clock: FakeClock) -> None:
        """`table`: one of fakes.KEYS."""
        self.region = region
        self.written: list[Version] = []
        """What was written here since the list was taken last."""
        self.reads_are_stale = False
        """Whether a query shows this Region's items as they were before their last write."""
        self.answers_to_lose = 0
        """Writes that are executed, but end in a time-out."""
        self._table = table
        self._clock = clock
        self._stamps = VersionStamps()
        self._last_us = 0
        self._before: dict[str, Image | None] = {}
        self._engine = MemoryTableEngine(region, "123456789012", clock.now)
        keys = KEYS[table]
        self._execute(
            "CreateTable",
            TableName=table,
            KeySchema=[
                {"AttributeName": name, "KeyType": kind}
                for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
            BillingMode="PAY_PER_REQUEST",
        )

    def get_item(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        return self._execute("GetItem", **request)

    def query(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        answer = self._execute("Query", **request)
        if not self.reads_are_stale:
            return answer
        shown = [self._before.get(self._name(image), image) for image in answer["Items"]]
        return {**answer, "Items": [image for image in shown if image is not None]}

    def put_item(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        return self._write("PutItem", **request)

    def update_item(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        return self._write("UpdateItem", **request)

    def versions(self) -> list[Version]:
        """All items, with the stamps of their last writes."""
        images = list(self._engine.all_images(self._table))
        return [Version(self._stamps.live[self._name(image)], image) for image in images]

    def apply(self, version: Version) -> None:
        """Take a version of another replica, if it is later than this one's."""
        if self._stamps.apply(self._name(version.image), version.stamp, deleted=False):
            self._engine.put_image(self._table, version.image)

    def _write(self, operation: str, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        answer = self._execute(operation, **request)
        if self.answers_to_lose:
            self.answers_to_lose -= 1
            raise ReadTimeoutError(endpoint_url="http://dynamodb")
        return answer

    def _execute(self, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        result = self._engine.execute(operation, json.loads(json.dumps(request)))
        answer: dict[str, Any] = json.loads(result.body)
        if result.status != 200:
            raise _client_error(operation, result.status, answer)
        for change in result.changes:
            assert change.after is not None, "nothing deletes items"
            name = self._name(change.after)
            stamp = stamp_local_write(
                self.region,
                now_us=int(self._clock.now() * 1e6),
                last_us=self._last_us,
                replaced=[self._stamps.get(name)],
            )
            self._last_us = stamp.time_us
            self._stamps.apply(name, stamp, deleted=False)
            self._before[name] = change.before
            self.written.append(Version(stamp, change.after))
        return answer

    def _name(self, image: Image) -> str:
        return json.dumps([image[name] for name in KEYS[self._table]])


def _client_error(operation: str, status: int, answer: dict[str, Any]) -> ClientError:
    code = str(answer.pop("__type")).partition("#")[2]
    error: Any = {
        "Error": {"Code": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **answer,
    }
    return ClientError(error, operation)


@dataclass
class GlobalTable:
    """All replicas, and the versions that are on their way."""

    name: str
    """One of fakes.KEYS."""
    clock: FakeClock = field(default_factory=FakeClock)
    replicas: dict[str, Replica] = field(default_factory=dict)
    on_the_way: list[tuple[str, Version]] = field(default_factory=list)
    """With the Region that each goes to."""

    def join(self, region: str, clock: FakeClock | None = None) -> None:
        """A new replica; it has what the others have, and gets what is on its way to them.

        `clock`: the Region's, if it is not the one of all.
        """
        made = Replica(region, self.name, clock or self.clock)
        self._send()
        for version in [
            *(version for other in self.replicas.values() for version in other.versions()),
            *(version for _, version in self.on_the_way),
        ]:
            made.apply(version)
        self.replicas[region] = made

    def leave(self, region: str) -> None:
        """Remove a replica, once the others have all that was written in it."""
        self.heal()
        del self.replicas[region]

    def deliver(self, number: int) -> None:
        """Let one version arrive, whichever is meant by the number."""
        self._send()
        if self.on_the_way:
            region, version = self.on_the_way.pop(number % len(self.on_the_way))
            self.replicas[region].apply(version)

    def heal(self) -> None:
        """Let all versions arrive, the newest first."""
        self._send()
        while self.on_the_way:
            self.deliver(-1)

    def table(self, region: str) -> Table:
        """The Region's table, as a service has it, with time for one request."""
        client: Any = self.replicas[region]
        deadline = RequestDeadline(self.clock, BUDGET)
        return Table(client, name=self.name, deadline=deadline)

    def _send(self) -> None:
        for source in self.replicas.values():
            for version in source.written:
                self.on_the_way += [
                    (region, version) for region in self.replicas if region != source.region
                ]
            source.written.clear()
