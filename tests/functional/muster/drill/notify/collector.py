"""A collector of OpenTelemetry on a loopback port, by gRPC."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass
class Collector:
    refuses: bool = False
    port: int = 0
    spans: list[Any] = field(default_factory=list)
    metrics: list[Any] = field(default_factory=list)
    resources: list[dict[str, str]] = field(default_factory=list)

    def take(self, context: grpc.ServicerContext) -> None:
        """Refuse if it shall."""
        if self.refuses:
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "no")


class _Traces(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def Export(
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        self._collector.take(context)
        for about in request.resource_spans:
            named = {one.key: one.value.string_value for one in about.resource.attributes}
            self._collector.resources.append(named)
            for scope in about.scope_spans:
                self._collector.spans += scope.spans
        return ExportTraceServiceResponse()


class _Metrics(metrics_service_pb2_grpc.MetricsServiceServicer):
    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def Export(
        self, request: ExportMetricsServiceRequest, context: grpc.ServicerContext
    ) -> ExportMetricsServiceResponse:
        self._collector.take(context)
        for about in request.resource_metrics:
            for scope in about.scope_metrics:
                self._collector.metrics += scope.metrics
        return ExportMetricsServiceResponse()


@contextmanager
def collect(*, refuses: bool = False) -> Iterator[Collector]:
    collector = Collector(refuses=refuses)
    server = grpc.server(ThreadPoolExecutor(max_workers=2))
    add_traces = trace_service_pb2_grpc.add_TraceServiceServicer_to_server
    add_metrics = metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server
    add_traces(_Traces(collector), server)  # type: ignore[no-untyped-call]  # generated code
    add_metrics(_Metrics(collector), server)  # type: ignore[no-untyped-call]  # generated code
    collector.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield collector
    finally:
        server.stop(None).wait()
