"""Spans and metrics of a run at a real collector."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from muster.drill.journal.events import JournalLine
from muster.drill.notify.notices import make_test_notice
from muster.drill.notify.otlp import OpenTelemetryExport, is_installed
from muster.drill.notify.telemetry_settings import TelemetrySettings, read_telemetry_settings
from muster.errors import NotDelivered
from tests.functional.muster.drill.notify.collector import collect
from tests.unit.muster.drill.fake_system import FakeSystem
from tests.unit.muster.drill.notify.builders import END
from tests.unit.muster.drill.run.builders import Drill, make_short_plan

TEST = make_test_notice(target="a test", by="ann", at=1.0)


@dataclass
class HttpCollector:
    port: int
    paths: list[str] = field(default_factory=list)


@contextmanager
def serve_http() -> Iterator[HttpCollector]:
    """A collector by HTTP, which takes everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            received.paths.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Nothing is printed."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    received = HttpCollector(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def drill_lines() -> list[JournalLine]:
    drill = Drill(FakeSystem(), make_short_plan("evacuate"))
    drill.run()
    return drill.journal_lines()


@pytest.fixture
def export(monkeypatch: pytest.MonkeyPatch) -> Callable[..., OpenTelemetryExport]:
    """Makes the destination of a port; the SDK reads the same variables."""

    def make(port: int, **more: str) -> OpenTelemetryExport:
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", **more}
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        settings = read_telemetry_settings(environ)
        assert settings is not None
        return OpenTelemetryExport(settings, drill_lines)

    return make


def test_the_spans_of_a_run_are_one_trace(export: Callable[..., OpenTelemetryExport]) -> None:
    with collect() as collector:
        export(collector.port).deliver(END)

    by_id = {span.span_id: span for span in collector.spans}
    (run,) = [span for span in collector.spans if not span.parent_span_id]
    assert run.name == "drill evacuate"
    assert {span.trace_id for span in collector.spans} == {run.trace_id}
    for span in collector.spans:
        around = by_id.get(span.parent_span_id, span)
        assert around.start_time_unix_nano <= span.start_time_unix_nano
        assert span.end_time_unix_nano <= around.end_time_unix_nano
    assert len(by_id) == len(collector.spans) > 10


def test_a_run_that_ends_twice_has_the_same_ids(export: Callable[..., OpenTelemetryExport]) -> None:
    with collect() as collector:
        destination = export(collector.port)
        destination.deliver(END)
        first = {(span.trace_id, span.span_id) for span in collector.spans}
        destination.deliver(END)

    assert {(span.trace_id, span.span_id) for span in collector.spans} == first


def test_the_numbers_of_a_run_are_gauges(export: Callable[..., OpenTelemetryExport]) -> None:
    with collect() as collector:
        export(collector.port).deliver(END)

    found = {metric.name: metric for metric in collector.metrics}
    (point,) = found["muster.drill.rto"].gauge.data_points
    assert (point.as_double, found["muster.drill.rto"].unit) == (12.7, "s")
    values = {one.key: one.value for one in point.attributes}
    assert values.pop("muster.reliable").bool_value is True
    assert {name: value.string_value for name, value in values.items()} == {
        "muster.scenario": "evacuate",
        "muster.region": "us-west-2",
        "muster.status": "met",
    }
    assert "muster.drill.exit_code" in found


@pytest.mark.parametrize(
    ("more", "name"), [({}, "muster"), ({"OTEL_SERVICE_NAME": "drills"}, "drills")]
)
def test_the_service_is_named_by_its_variable(
    export: Callable[..., OpenTelemetryExport], more: dict[str, str], name: str
) -> None:
    with collect() as collector:
        export(collector.port, **more).deliver(TEST)

    assert [one["service.name"] for one in collector.resources] == [name]
    assert [span.name for span in collector.spans] == ["muster notify"]


def test_one_signal_can_be_left_out(export: Callable[..., OpenTelemetryExport]) -> None:
    with collect() as collector:
        export(collector.port, OTEL_METRICS_EXPORTER="none").deliver(END)

    assert collector.spans
    assert collector.metrics == []


def test_a_refusal_is_told_in_the_exporter_s_words(
    export: Callable[..., OpenTelemetryExport], capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        collect(refuses=True) as collector,
        pytest.raises(NotDelivered, match=r"traces were not taken: .*PERMISSION_DENIED"),
    ):
        export(collector.port).deliver(END)

    assert capsys.readouterr() == ("", "")  # the SDK's log spoils no live view
    assert logging.getLogger("opentelemetry").propagate


def test_a_port_that_nobody_listens_on_is_told_before_the_command_ends(
    export: Callable[..., OpenTelemetryExport],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(NotDelivered, match=r"traces were not taken: .*UNAVAILABLE"):
        export(port).deliver(END)


def test_an_exporter_that_is_not_installed_is_told_with_its_package() -> None:
    settings = TelemetrySettings(
        exporters={"traces": "otlp_proto_nothing"}, place="x", timed=frozenset()
    )

    with pytest.raises(
        NotDelivered, match="otlp_proto_nothing: install opentelemetry-exporter-otlp-proto"
    ):
        OpenTelemetryExport(settings, drill_lines).prepare()


def test_a_problem_of_the_variables_is_the_reason() -> None:
    settings = TelemetrySettings(exporters={}, place="x", timed=frozenset(), problem="not so")

    with pytest.raises(NotDelivered, match="not so"):
        OpenTelemetryExport(settings, drill_lines).deliver(END)


@pytest.mark.skipif(
    not is_installed("traces", "otlp_proto_http"), reason="its package is not installed yet"
)
def test_both_signals_go_by_http_where_a_variable_says_so(
    export: Callable[..., OpenTelemetryExport],
) -> None:
    with serve_http() as received:
        export(received.port, OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf").deliver(TEST)

    assert received.paths == ["/v1/traces", "/v1/metrics"]


def test_the_exporter_by_grpc_comes_with_the_tool() -> None:
    assert is_installed("traces", "otlp_proto_grpc")
    assert is_installed("metrics", "otlp_proto_grpc")
