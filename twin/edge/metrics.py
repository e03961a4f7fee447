"""The CloudWatch metrics of Global Accelerator, from the edge's status now and at the last call.

https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html

Counts are published only when they have grown; the numbers of healthy and unhealthy endpoints as
long as an enabled accelerator has any. Not emulated: the client-side dimensions (SourceRegion,
DestinationEdge), protocols and addresses, and packets. Byte counts leave out the headers, which AWS
includes.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from twin.core.cloudwatch.metrics import statistics_of_value
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    EdgeStatus,
    EndpointGroupStatus,
    EndpointState,
    MetricSample,
    MetricsReport,
)

NAMESPACE = "AWS/GlobalAccelerator"

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a value was measured; it counts for the group, its listener and the accelerator."""

    accelerator: AcceleratorStatus
    listener: AcceleratorListenerStatus
    group: EndpointGroupStatus | None = None

    def dimension_sets(self) -> Iterator[Dimensions]:
        """All sets of dimensions that the value is published under."""
        accelerator = ("Accelerator", _dimension_value(self.accelerator.arn))
        listener = ("Listener", _dimension_value(self.listener.arn))
        yield (accelerator,)
        yield accelerator, listener
        if self.group is not None:
            yield accelerator, listener, ("EndpointGroup", self.group.region)


class FlowMetrics:
    """Publishes the growth of each counter since the last call, and the current gauges."""

    def __init__(self) -> None:
        self._published: dict[tuple[str, str], float] = {}
        """(ARN, metric) -> total of the last call."""

    def take(self, status: EdgeStatus) -> MetricsReport:
        totals: dict[tuple[str, str], float] = {}
        values: defaultdict[tuple[str, Dimensions], float] = defaultdict(float)
        for source, name, arn, total in _counters(status):
            totals[arn, name] = total
            growth = total - self._published.get((arn, name), 0.0)
            if growth > 0:
                for dimensions in source.dimension_sets():
                    values[name, dimensions] += growth
        for source, name, value in _gauges(status):
            for dimensions in source.dimension_sets():
                values[name, dimensions] += value
        self._published = totals
        return MetricsReport(samples=tuple(_sample(*key, value) for key, value in values.items()))


def _sample(name: str, dimensions: Dimensions, value: float) -> MetricSample:
    return MetricSample(
        namespace=NAMESPACE,
        name=name,
        dimensions=dict(dimensions),
        unit="Bytes" if name.startswith("ProcessedBytes") else "Count",
        statistics=statistics_of_value(value),
    )


def _dimension_value(arn: str) -> str:
    """A dimension's value is the last element of the ARN."""
    return arn.rpartition("/")[2]


def _listeners(status: EdgeStatus) -> Iterator[tuple[AcceleratorStatus, AcceleratorListenerStatus]]:
    for accelerator in status.accelerators:
        for listener in accelerator.listeners:
            yield accelerator, listener


def _counters(status: EdgeStatus) -> Iterator[tuple[_Source, str, str, float]]:
    """(Source, metric, ARN, total since the edge started) of each counter."""
    for accelerator, listener in _listeners(status):
        source = _Source(accelerator, listener)
        name = "Flows_Dropped_No_Endpoint_Found"
        yield source, name, listener.arn, listener.dropped_connections
        for group in listener.groups:
            source = _Source(accelerator, listener, group)
            yield source, "NewFlowCount", group.arn, group.new_connections
            yield source, "ProcessedBytesIn", group.arn, group.bytes_in
            yield source, "ProcessedBytesOut", group.arn, group.bytes_out
            # The endpoint refused the connection, so the accelerator sent the client a RST:
            # https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html
            yield source, "TCP_AGA_Reset_Count", group.arn, group.refused_connections


def _gauges(status: EdgeStatus) -> Iterator[tuple[_Source, str, float]]:
    """(Source, metric, current value) of each gauge."""
    for accelerator, listener in _listeners(status):
        for group in listener.groups:
            source = _Source(accelerator, listener, group)
            if group.open_connections:
                yield source, "ActiveFlowCount", group.open_connections
            if accelerator.enabled and group.endpoints:
                states = [endpoint.state for endpoint in group.endpoints]
                yield source, "HealthyEndpointCount", states.count(EndpointState.HEALTHY)
                yield source, "UnhealthyEndpointCount", states.count(EndpointState.UNHEALTHY)
