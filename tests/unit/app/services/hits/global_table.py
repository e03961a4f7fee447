"""The counter's global table in memory: a replica a Region, and what is on its way between them.

Each replica is the twin's DynamoDB engine, so an expression means what it means there. Of two
versions of an item a replica keeps the later one. A test decides what arrives, and in which order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from app.services.hits.counter import HitCounter
from app.table import RequestDeadline, Table, TimeBudget
from tests.unit.app.fakes import FakeClock
from twin.core.replication import Stamp, VersionStamps, stamp_local_write
from twin.core.table_engine import Image
from twin.dynamodb.engine import MemoryTableEngine

NAME = "hits"
KEYS = ("client", "region")


@dataclass(frozen=True, slots=True)
class Version:
    """An item as a write has left it."""

    stamp: Stamp
    image: Image


class Replica:
    """One Region's replica; has the used part of botocore's client."""

    def __init__(self, region: str, clock: FakeClock) -> None:
        self.region = region
        self.written: list[Version] = []
        """What was written here since the list was taken last."""
        self.reads_are_stale = False
        """Whether a query shows this Region's items as they were before their last write."""
        self.answers_to_lose = 0
        """Updates that are executed, but end in a time-out."""
        self._clock = clock
        self._stamps = VersionStamps()
        self._last_us = 0
        self._before: dict[str, Image | None] = {}
        self._engine = MemoryTableEngine(region, "123456789012", clock.now)
        self._execute(
            "CreateTable",
            TableName=NAME,
            KeySchema=[
                {"AttributeName": name, "KeyType": kind}
                for name, kind in zip(KEYS, ("HASH", "RANGE"), strict=True)
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in KEYS],
            BillingMode="PAY_PER_REQUEST",
        )

    def query(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        answer = self._execute("Query", **request)
        if not self.reads_are_stale:
            return answer
        shown = [self._before.get(_name(image), image) for image in answer["Items"]]
        return {**answer, "Items": [image for image in shown if image is not None]}

    def update_item(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        answer = self._execute("UpdateItem", **request)
        if self.answers_to_lose:
            self.answers_to_lose -= 1
            raise ReadTimeoutError(endpoint_url="http://dynamodb")
        return answer

    def versions(self) -> list[Version]:
        """All items, with the stamps of their last writes."""
        images = list(self._engine.all_images(NAME))
        return [Version(self._stamps.live[_name(image)], image) for image in images]

    def apply(self, version: Version) -> None:
        """Take a version of another replica, if it is later than this one's."""
        if self._stamps.apply(_name(version.image), version.stamp, deleted=False):
            self._engine.put_image(NAME, version.image)

    def _execute(self, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        result = self._engine.execute(operation, request)
        answer: dict[str, Any] = json.loads(result.body)
        if result.status != 200:
            raise _client_error(operation, result.status, answer)
        for change in result.changes:
            assert change.after is not None, "nothing deletes items"
            name = _name(change.after)
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


def _name(image: Image) -> str:
    return json.dumps([image[name] for name in KEYS])


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

    clock: FakeClock = field(default_factory=FakeClock)
    replicas: dict[str, Replica] = field(default_factory=dict)
    on_the_way: list[tuple[str, Version]] = field(default_factory=list)
    """With the Region that each goes to."""

    def join(self, region: str) -> None:
        """A new replica; it has what the others have, and gets what is on its way to them."""
        made = Replica(region, self.clock)
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

    def counter(self, region: str) -> HitCounter:
        """The Region's counter, as the function has it."""
        client: Any = self.replicas[region]
        deadline = RequestDeadline(self.clock, TimeBudget(total_s=1.5, attempt_s=0.5))
        return HitCounter(
            Table(client, name=NAME, deadline=deadline), region=region, clock=self.clock
        )

    def _send(self) -> None:
        for source in self.replicas.values():
            for version in source.written:
                self.on_the_way += [
                    (region, version) for region in self.replicas if region != source.region
                ]
            source.written.clear()
