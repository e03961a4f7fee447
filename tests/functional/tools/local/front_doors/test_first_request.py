"""The first requests after a deployment, to a service that answers as a test says."""

import json
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from common.clock import SystemClock
from common.network.http_client import HttpResponse
from tests.instances import claim_instance
from tests.unit.tools.fake_table import FakeTable
from tools.local.front_doors.first_request import (
    CREATED_WITHIN_S,
    HEALTHY_WITHIN_S,
    NotServing,
    ensure_item,
    ensure_sample_items,
    read_item,
    wait_until_healthy,
    wait_until_reachable,
)
from tools.local.front_doors.service_doors import DnsDoor, StaticAddressDoor
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    EdgeStatus,
    EndpointGroupStatus,
    EndpointState,
    EndpointStatus,
)
from twin.runtime.instance import Instance


class FakeService:
    """Answers each request by its method and path, and keeps what it got."""

    def __init__(self, **answers: tuple[int, str]) -> None:
        """`answers`: method -> status and body."""
        self.requests: list[tuple[str, str, str]] = []
        """Method, path, body."""
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                service.requests.append((self.command, self.path, content.decode()))
                status, body = answers[self.command]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Keep the tests' output clean."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def services() -> Iterator[list[FakeService]]:
    """The services that a test started; closed with the test."""
    started: list[FakeService] = []
    yield started
    for service in started:
        service.close()


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """A twin that does not run."""
    return Instance(tmp_path, claim_instance())


class ImpatientClock(SystemClock):
    """A clock whose waits take no time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


def ensure(instance: Instance, url: str) -> None:
    door = StaticAddressDoor({"url": url, "static_ips": ["127.0.0.1"]})
    ensure_item(instance, door, {"regions": {}, "table": "items"}, ImpatientClock())


class FakeDnsDoor(DnsDoor):
    """A door whose answers a test declares: a status, or an error."""

    def __init__(self, *answers: int | OSError) -> None:
        self.base = "https://api.muster.test"
        self._answers = list(answers)
        self.flushed = 0

    def flush_resolvers(self) -> None:
        self.flushed += 1

    def call(self, method: str, path: str, body: object = None) -> HttpResponse:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, OSError):
            raise answer
        return HttpResponse(answer, HTTPMessage(), b"")


def test_the_name_is_waited_for() -> None:
    door = FakeDnsDoor(ConnectionError("no such host"), 503, 200)
    clock = ImpatientClock()

    wait_until_reachable(door, clock)

    assert clock.seconds == pytest.approx(0.2)
    assert door.flushed == 1


@pytest.mark.parametrize(
    ("answer", "reason"), [(OSError("no such host"), "no such host"), (503, "/health answers 503")]
)
def test_a_name_that_never_answers_is_an_error_with_the_reason(
    answer: int | OSError, reason: str
) -> None:
    with pytest.raises(NotServing, match=f"https://api.muster.test does not answer: {reason}"):
        wait_until_reachable(FakeDnsDoor(answer), ImpatientClock())


def test_an_item_that_is_stored_is_left_alone(
    instance: Instance, services: list[FakeService]
) -> None:
    service = FakeService(GET=(200, "{}"))
    services.append(service)

    ensure(instance, service.url)

    assert service.requests == [("GET", "/get/foobar", "")]


def test_a_missing_item_is_created_by_the_service(
    instance: Instance, services: list[FakeService]
) -> None:
    service = FakeService(GET=(404, "{}"), POST=(201, "{}"))
    services.append(service)

    ensure(instance, service.url)

    method, path, body = service.requests[-1]
    assert (method, path) == ("POST", "/create")
    assert json.loads(body) == {"item_id": "foobar"}


class FlakyDoor(StaticAddressDoor):
    """A door whose answers to POST a test declares in order: a status, or an error."""

    def __init__(self, *answers: int | OSError) -> None:
        self.base = "http://127.0.0.1"
        self._answers = list(answers)

    def call(self, method: str, path: str, body: object = None) -> HttpResponse:
        answer = self._answers.pop(0) if method == "POST" else 503
        if isinstance(answer, OSError):
            raise answer
        return HttpResponse(answer, HTTPMessage(), b"")


@pytest.mark.parametrize("last", [201, 409], ids=["stored", "stored by an attempt before"])
def test_a_function_without_time_for_its_table_is_asked_again(
    instance: Instance, last: int
) -> None:
    clock = ImpatientClock()
    door = FlakyDoor(503, ConnectionError("reset"), 502, last)

    ensure_item(instance, door, {"regions": {}, "table": "items"}, clock)

    assert clock.seconds == pytest.approx(0.3)


def test_an_item_that_is_never_created_is_an_error_with_the_last_answer(
    instance: Instance,
) -> None:
    clock = ImpatientClock()
    door = FlakyDoor(*[503] * 1000)

    with pytest.raises(NotServing, match="/create answers 503: "):
        ensure_item(instance, door, {"regions": {}, "table": "items"}, clock)

    assert CREATED_WITHIN_S < clock.seconds < CREATED_WITHIN_S + 1


def test_an_item_that_the_service_refuses_is_sent_once(
    instance: Instance, services: list[FakeService]
) -> None:
    service = FakeService(GET=(404, "{}"), POST=(400, "no such field"))
    services.append(service)

    with pytest.raises(NotServing, match=f"POST {service.url}/create answers 400: no such field"):
        ensure(instance, service.url)

    assert [method for method, _, _ in service.requests] == ["GET", "POST"]


def test_a_service_that_does_not_answer_is_an_error_that_says_where_to_look(
    instance: Instance,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(NotServing, match=r"does not answer: .*; see `twin status`"):
        ensure(instance, f"http://127.0.0.1:{port}")


def test_an_edge_that_does_not_answer_is_waited_for_and_is_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = ImpatientClock()

    wait_until_healthy(lambda: None, pytest.fail, clock)

    assert HEALTHY_WITHIN_S < clock.seconds < HEALTHY_WITHIN_S + 1
    assert "the edge; `muster status` shows more" in capsys.readouterr().out


def test_what_keeps_a_region_from_being_healthy_is_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def edge(oregon: EndpointState) -> EdgeStatus:
        states = {"eu-central-1": EndpointState.HEALTHY, "us-west-2": oregon}
        groups = tuple(
            EndpointGroupStatus(
                arn=f"arn-{region}",
                region=region,
                dial=0.0 if region == "eu-central-1" else 100.0,
                endpoints=(EndpointStatus(id="alb", weight=128, state=state),),
            )
            for region, state in states.items()
        )
        listener = AcceleratorListenerStatus(arn="listener", ports=("80",), groups=groups)
        accelerator = AcceleratorStatus(
            arn="ga", name="muster", ips=(), enabled=True, listeners=(listener,)
        )
        return EdgeStatus(topology_version=1, accelerators=(accelerator,))

    readings = iter([edge(EndpointState.UNHEALTHY)] * 3 + [edge(EndpointState.HEALTHY)])

    wait_until_healthy(
        lambda: next(readings), lambda region: [f"switch of {region}"], ImpatientClock()
    )

    shown = capsys.readouterr().out
    assert shown.count("us-west-2: switch of us-west-2") == 1
    assert "every endpoint is healthy" in shown
    assert "eu-central-1: its dial is at 0" in shown


def test_sample_items_are_stored_where_a_service_has_some() -> None:
    table = FakeTable()
    outputs = {"services": {"items": "muster-items", "bookmarks": "muster-bookmarks"}}

    ensure_sample_items(outputs, lambda: table)
    ensure_sample_items(outputs, lambda: table)

    assert len(table.items) == 13


def test_without_sample_items_no_table_is_reached() -> None:
    ensure_sample_items({"services": {"items": "muster-items"}}, pytest.fail)
    ensure_sample_items({}, pytest.fail)


def test_an_answer_with_an_error_is_asked_for_again() -> None:
    clock = ImpatientClock()

    assert read_item(FakeDnsDoor(502, ConnectionError("reset"), 200), clock) == ""
    assert clock.seconds == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [(TimeoutError("timed out"), "does not answer: timed out"), (502, "/get/foobar answers 502")],
)
def test_a_page_that_never_comes_is_an_error_with_the_reason(
    answer: int | OSError, problem: str
) -> None:
    with pytest.raises(NotServing, match=problem):
        read_item(FakeDnsDoor(answer), ImpatientClock())
