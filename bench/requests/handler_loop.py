"""Each route's handler beside a bare one that makes the same table calls, in one process.

`python -m bench.requests.handler_loop COUNT` in the environment of a function prints JSON. The bare
handler replays the calls that the real one has made for this event, and formats the same answer. An
id that the real one makes anew for each event is new in each replayed call, too: the same id again
would be a refused write, which costs the table less than a write.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any, cast

from botocore.exceptions import ClientError

from app.application import make_application
from app.clock import SystemClock
from app.entry import EntryPoint
from app.environment import read_environment
from app.ids import new_item_id
from app.logs import RequestLog
from app.services.bookmarks.sample import SAMPLE_ITEMS
from app.table import DynamoClient, make_dynamodb_client, make_time_budget

WARM_UP = 50
Call = tuple[str, Mapping[str, Any]]
"""A method of the client, and its parameters."""
ROUTES: tuple[tuple[str, str, object], ...] = (
    ("POST", "/create", {}),
    ("GET", "/get/bench", None),
    ("POST", "/item", {"id": 7, "name": "bench"}),
    ("GET", "/item/7", None),
    ("POST", "/kv/bench", {"value": "Just testing"}),
    ("GET", "/kv/bench", None),
    ("GET", "/hits/hello", None),
    ("POST", "/hits/hello", None),
    ("GET", "/hits/total", None),
    ("GET", "/bookmarks/update/bench/film/0.5/thumb", None),
    ("GET", "/bookmarks/update/user100/AshlandValley/1", None),
    ("POST", "/bookmarks/add/user100/AshlandValley", {"add": 1}),
    ("GET", "/bookmarks/get/library/01", None),
    ("GET", "/bookmarks/query/library", None),
    ("GET", "/bookmarks/scan", None),
    ("GET", "/bookmarks/films", None),
    ("GET", "/bookmarks/viewers/bench", None),
    ("PUT", "/bookmarks/viewers/bench/01", {"bookmark": 0.5, "version": 1, "session": "bench"}),
    ("GET", "/bookmarks/viewers/bench/01", None),
)
"""Method, path, body. Those that write come first."""


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The used part of Lambda's context."""

    aws_request_id: str = "bench"


@dataclass
class RecordingClient:
    """Passes calls on, and keeps them."""

    client: DynamoClient
    calls: list[Call] = field(default_factory=list)

    def __getattr__(self, method: str) -> Callable[..., Mapping[str, Any]]:
        def call(**parameters: Any) -> Mapping[str, Any]:  # noqa: ANN401
            self.calls.append((method, parameters))
            answer: Mapping[str, Any] = getattr(self.client, method)(**parameters)
            return answer

        return call


def make_event(method: str, path: str, body: object) -> dict[str, object]:
    """An event of a load balancer."""
    return {
        "requestContext": {"elb": {"targetGroupArn": "bench"}},
        "httpMethod": method,
        "path": path,
        "queryStringParameters": {},
        "headers": {"accept": "*/*", "host": "bench", "x-forwarded-for": "127.0.0.1"},
        "body": "" if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


class Handlers:
    """The real handler, one that records its calls, and bare ones, on the same connection."""

    def __init__(self, environ: Mapping[str, str], write: Callable[[str], object]) -> None:
        self._environment = read_environment(
            {**environ, "BOOKMARKS_SCAN": "on", "TABLE_BUDGET_S": "30"}
        )
        self._write = write
        budget = make_time_budget(self._environment.table_budget_s)
        self._client = make_dynamodb_client(self._environment.region, budget)
        self._last_id = new_item_id()
        self._recording = RecordingClient(self._client)
        self.real = self._make_entry(self._client).handle
        self._recorded = self._make_entry(cast("DynamoClient", self._recording)).handle

    def store_samples(self) -> None:
        """Store the items that the routes of items and bookmarks read."""
        self._client.put_item(
            TableName=self._environment.tables["items"], Item={"item_id": {"S": "bench"}}
        )
        for item in SAMPLE_ITEMS:
            self._client.put_item(TableName=self._environment.tables["bookmarks"], Item=item)

    def bare(self, event: dict[str, object]) -> Callable[[], Callable[[], object]]:
        """Makes handlers for this event, each for one call. Exits unless it is answered well."""
        self._recording.calls.clear()
        answer = self._recorded(event, LambdaContext())
        status = cast("int", answer["statusCode"])
        if status >= 300:
            raise SystemExit(f"{event['httpMethod']} {event['path']} is answered with {answer}")
        methods = [getattr(self._client, name) for name, _ in self._recording.calls]
        recorded = json.dumps([more for _, more in self._recording.calls])
        made_id = self._last_id
        text = str(answer["body"])
        data = json.loads(text) if text.startswith("{") else text

        def prepare() -> Callable[[], object]:
            calls = json.loads(recorded.replace(made_id, new_item_id()))

            def handle() -> object:
                for call, parameters in zip(methods, calls, strict=True):
                    with suppress(ClientError):  # a condition that fails, as in the real handler
                        call(**parameters)
                body = data if isinstance(data, str) else json.dumps(data)
                return {"statusCode": status, "headers": answer["headers"], "body": body}

            return handle

        return prepare

    def _new_id(self) -> str:
        self._last_id = new_item_id()
        return self._last_id

    def _make_entry(self, client: DynamoClient) -> EntryPoint:
        clock = SystemClock()
        log = RequestLog(self._write, region=self._environment.region, clock=clock)
        application = make_application(
            self._environment,
            client,
            budget=make_time_budget(self._environment.table_budget_s),
            clock=clock,
            log=log,
            new_id=self._new_id,
        )
        return EntryPoint(application, clock=clock, log=log)


def measure_routes(handlers: Handlers, count: int) -> Iterator[dict[str, object]]:
    """Medians of `count` calls of each handler, in turns."""
    for method, path, body in ROUTES:
        event = make_event(method, path, body)
        real = partial(handlers.real, event, LambdaContext())
        bare = handlers.bare(event)
        real_us, bare_us = [], []
        for number in range(WARM_UP + count):
            first = _measure_us(real)
            second = _measure_us(bare())
            if number >= WARM_UP:
                real_us.append(first)
                bare_us.append(second)
        yield {
            "route": f"{method} {path}",
            "real_us": median(real_us),
            "bare_us": median(bare_us),
        }


def _measure_us(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e6


def main() -> None:
    """Print the medians; the handler's log goes to the null device, as to a pipe."""
    with open(os.devnull, "w", encoding="utf-8") as log:
        handlers = Handlers(os.environ, log.write)
        handlers.store_samples()
        print(json.dumps(list(measure_routes(handlers, int(sys.argv[1])))))


if __name__ == "__main__":
    main()
