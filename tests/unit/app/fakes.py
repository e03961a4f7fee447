"""Fakes of the function's tables and clock, and the function around them.

The tables are those of the twin's DynamoDB engine, in memory: expressions, conditions and pages are
evaluated as DynamoDB does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from app.application import make_application
from app.entry import EntryPoint
from app.environment import FunctionEnvironment
from app.logs import RequestLog
from app.table import Attributes, RequestDeadline, Table, TimeBudget
from twin.dynamodb.engine import MemoryTableEngine

REGION = "us-west-2"
TABLE = "items"
CONTROL_TABLE = "control"
BUDGET = TimeBudget(total_s=1.5, attempt_s=0.5)
KEYS: Mapping[str, tuple[str, ...]] = {
    "items": ("item_id",),
    "control": ("item_id",),
    "keyvalues": ("key",),
    "hits": ("client", "region"),
    "bookmarks": ("PK", "SK"),
}
"""Key attributes by table; each table has the name of its service."""


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
    """DynamoDB with declared failures; each failed call takes `failing_takes_s` on the clock.

    Two functions with one FakeDynamo are in one Region.
    """

    clock: FakeClock
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    failing_takes_s: float = 0.0
    calls: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._engine = MemoryTableEngine(REGION, "123456789012", self.clock.now)
        for table, keys in KEYS.items():
            self._create_table(table, keys)

    def declare_item(self, table: str, item_id: str, **attributes: Mapping[str, Any]) -> None:
        """Store an item of a table with one key."""
        (key,) = KEYS[table]
        self.store(table, {key: {"S": item_id}, **attributes})

    def store(self, table: str, item: Attributes) -> None:
        self._execute("PutItem", {"TableName": table, "Item": item})

    def stored(self, table: str) -> list[dict[str, Any]]:
        """All items of a table."""
        items: list[dict[str, Any]] = self._execute("Scan", {"TableName": table})["Items"]
        return items

    def remove_items(self, table: str) -> None:
        for item in self.stored(table):
            key = {name: item[name] for name in KEYS[table]}
            self._execute("DeleteItem", {"TableName": table, "Key": key})

    def declare_failures(self, table: str, *failures: Exception) -> None:
        """Let the next calls for the table fail, each with one of these."""
        self.failures[table] = list(failures)

    def declare_broken(self, table: str, failure: Exception) -> None:
        """Let every call for the table fail."""
        self.broken[table] = failure

    def get_item(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        return self._call("get_item", "GetItem", request)

    def put_item(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        return self._call("put_item", "PutItem", request)

    def update_item(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        return self._call("update_item", "UpdateItem", request)

    def query(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        return self._call("query", "Query", request)

    def scan(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        return self._call("scan", "Scan", request)

    def _call(self, method: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        table = request["TableName"]
        self.calls.append((method, table))
        failure = self.broken.get(table)
        if self.failures.get(table):
            failure = self.failures[table].pop(0)
        if failure is not None:
            self.clock.advance(self.failing_takes_s)
            raise failure
        return self._execute(operation, request)

    def _execute(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        result = self._engine.execute(operation, json.loads(json.dumps(request)))
        body: dict[str, Any] = json.loads(result.body)
        if result.status == 200:
            return body
        code = body["__type"].rpartition("#")[2]
        answer: Any = {
            "Error": {"Code": code, "Message": body.get("message") or body.get("Message", "")},
            "ResponseMetadata": {"HTTPStatusCode": result.status},
            **body,
        }
        raise ClientError(answer, operation)

    def _create_table(self, name: str, keys: tuple[str, ...]) -> None:
        kinds = dict(zip(keys, ("HASH", "RANGE"), strict=False))
        schema = [{"AttributeName": key, "KeyType": kind} for key, kind in kinds.items()]
        attributes = [{"AttributeName": key, "AttributeType": "S"} for key in keys]
        self._execute(
            "CreateTable",
            {
                "TableName": name,
                "KeySchema": schema,
                "AttributeDefinitions": attributes,
                "BillingMode": "PAY_PER_REQUEST",
            },
        )


@dataclass(frozen=True)
class FakeContext:
    """Lambda's context."""

    aws_request_id: str = "request-1"


class FunctionWorld:
    """The whole function around the fakes."""

    def __init__(
        self,
        region: str = REGION,
        services: tuple[str, ...] = ("items",),
        *,
        settings: Mapping[str, Mapping[str, str]] | None = None,
        health_tables: tuple[str, ...] = ("items",),
        cors_origins: tuple[str, ...] = ("*",),
        hsts_max_age_s: int = 0,
    ) -> None:
        self.region = region
        self.clock = FakeClock()
        self.dynamo = FakeDynamo(self.clock)
        self.lines: list[str] = []
        self.log = RequestLog(self.lines.append, region=region, clock=self.clock)
        self._ids = 0
        environment = FunctionEnvironment(
            region=region,
            services=services,
            tables={name: name for name in services},
            settings={name: (settings or {}).get(name, {}) for name in services},
            control_table=CONTROL_TABLE,
            table_budget_s=BUDGET.total_s,
            health_tables=health_tables,
            cors_origins=cors_origins,
            hsts_max_age_s=hsts_max_age_s,
            log_sample_percent=100,
            endpoints={"regions": [], "shared": []},
        )
        self.application = make_application(
            environment,
            self.dynamo,
            budget=BUDGET,
            clock=self.clock,
            log=self.log,
            new_id=self._new_id,
        )
        self.entry = EntryPoint(self.application, clock=self.clock, log=self.log)

    def table(self, name: str) -> Table:
        """A table of the function's Region, with the time budget of one request from now on."""
        return Table(self.dynamo, name=name, deadline=RequestDeadline(self.clock, BUDGET))

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

    def json(self, method: str, path: str, body: object = None, **more: object) -> Any:  # noqa: ANN401
        """The JSON of the answer to a request of a client that prefers JSON."""
        more = {"headers": {"accept": "application/json"}, **more}
        if body is not None:
            more["body"] = json.dumps(body)
        return json.loads(self.ask(method, path, **more)["body"])

    def _new_id(self) -> str:
        self._ids += 1
        return f"id-{self._ids}"
