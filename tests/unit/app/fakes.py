"""Fakes of the function's tables and clock, and the function around them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.entry import EntryPoint
from app.health import HealthCheck
from app.logs import RequestLog
from app.routes import RouteServices
from app.store import Attributes, ItemStore, TimeBudget

REGION = "us-west-2"
TABLE = "items"
CONTROL_TABLE = "control"
BUDGET = TimeBudget(total_s=1.5, attempt_s=0.5)


class FakeClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def advance(self, seconds: float) -> None:
        self.seconds += seconds

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> float:
        return self.seconds + 1_700_000_000.0


@dataclass
class FakeDynamo:
    """DynamoDB with declared failures; each failed call takes `failing_takes_s` on the clock."""

    clock: FakeClock
    items: dict[tuple[str, str], Attributes] = field(default_factory=dict)
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    failing_takes_s: float = 0.0
    calls: list[tuple[str, str]] = field(default_factory=list)

    def declare_item(self, table: str, item_id: str, **attributes: Mapping[str, Any]) -> None:
        self.items[table, item_id] = {"item_id": {"S": item_id}, **attributes}

    def declare_failures(self, table: str, *failures: Exception) -> None:
        """Let the next calls for the table fail, each with one of these."""
        self.failures[table] = list(failures)

    def declare_broken(self, table: str, failure: Exception) -> None:
        """Let every call for the table fail."""
        self.broken[table] = failure

    def get_item(self, *, TableName: str, Key: Attributes) -> Mapping[str, Any]:
        item_id = Key["item_id"]["S"]
        self._called("get_item", TableName)
        found = self.items.get((TableName, item_id))
        return {} if found is None else {"Item": found}

    def put_item(self, *, TableName: str, Item: Attributes) -> Mapping[str, Any]:
        self._called("put_item", TableName)
        self.items[TableName, Item["item_id"]["S"]] = Item
        return {}

    def _called(self, operation: str, table: str) -> None:
        self.calls.append((operation, table))
        failure = self.broken.get(table)
        if self.failures.get(table):
            failure = self.failures[table].pop(0)
        if failure is not None:
            self.clock.advance(self.failing_takes_s)
            raise failure


@dataclass(frozen=True)
class FakeContext:
    """Lambda's context."""

    aws_request_id: str = "request-1"


class FunctionWorld:
    """The whole function around the fakes."""

    def __init__(self, region: str = REGION) -> None:
        self.region = region
        self.clock = FakeClock()
        self.dynamo = FakeDynamo(self.clock)
        self.lines: list[str] = []
        self.log = RequestLog(self.lines.append, region=region, clock=self.clock)
        self.store = ItemStore(
            self.dynamo,
            table=TABLE,
            control_table=CONTROL_TABLE,
            clock=self.clock,
            budget=BUDGET,
        )
        self.health = HealthCheck(
            region=region, store=self.store, clock=self.clock, log=self.log, budget=BUDGET
        )
        self.service = RouteServices(region=region, store=self.store, health=self.health)
        self.entry = EntryPoint(self.service, clock=self.clock, log=self.log)

    def declare_switch(self, status: str, **attributes: Mapping[str, Any]) -> None:
        self.dynamo.declare_item(
            CONTROL_TABLE, f"health#{self.region}", status={"S": status}, **attributes
        )

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    def ask(self, method: str, path: str, **more: object) -> dict[str, Any]:
        """Send an event of a load balancer; the function's answer."""
        event: dict[str, object] = {
            "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:x"}},
            "httpMethod": method,
            "path": path,
            "queryStringParameters": {},
            "headers": {"accept": "*/*"},
            "body": "",
            "isBase64Encoded": False,
            **more,
        }
        return self.entry.handle(event, FakeContext())
