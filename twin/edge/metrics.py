"""What the edge tells CloudWatch of its accelerators, in Global Accelerator's words.

Works on two pictures of the edge: the one of the last time and the one of now.
https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html

Counts are told while there is something to count, the number of healthy and unhealthy endpoints as
long as an enabled accelerator has any. Not here: the dimensions of the client's side (SourceRegion,
DestinationEdge), of protocols and addresses, and packets. Bytes are those of the streams, without
the headers that AWS counts as well.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from twin.core.metrics import statistics_of_value
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

_Totals = dict[tuple[str, str], float]
"""(ARN, name of the metric) -> total since the edge started."""
_Found = dict[tuple[str, tuple[tuple[str, str], ...]], float]
"""(Name of the metric, dimensions) -> value."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value was seen; it counts for the group, for its listener and the accelerator."""

    accelerator: AcceleratorStatus
    listener: AcceleratorListenerStatus
    group: EndpointGroupStatus | None = None

    def dimensions(self) -> Iterator[tuple[tuple[str, str], ...]]:
        """All sets of dimensions that the value is published under."""
        accelerator = ("Accelerator", _last(self.accelerator.arn))
        listener = ("Listener", _last(self.listener.arn))
        yield (accelerator,)
        yield accelerator, listener
        if self.group is not None:
            yield accelerator, listener, ("EndpointGroup", self.group.region)


class FlowMetrics:
    """Remembers what was told, so that each connection is told once."""

    def __init__(self) -> None:
        """Nothing told yet."""
        self._told: _Totals = {}

    def take(self, status: EdgeStatus) -> MetricsReport:
        """What came since the last time, and how things stand now."""
        totals = dict(_totals(status))
        found: _Found = defaultdict(float)
        for place, name, arn in _counted(status):
            came = totals[arn, name] - self._told.get((arn, name), 0.0)
            if came > 0:
                _add(found, place, name, came)
        for place, name, value in _standing(status):
            _add(found, place, name, value)
        self._told = totals
        return MetricsReport(samples=tuple(_sample(*key, v) for key, v in found.items()))


def _add(found: _Found, place: _Place, name: str, value: float) -> None:
    for dimensions in place.dimensions():
        found[name, dimensions] += value


def _sample(name: str, dimensions: tuple[tuple[str, str], ...], value: float) -> MetricSample:
    return MetricSample(
        namespace=NAMESPACE,
        name=name,
        dimensions=dict(dimensions),
        unit="Bytes" if name.startswith("ProcessedBytes") else "Count",
        statistics=statistics_of_value(value),
    )


def _last(arn: str) -> str:
    """The dimensions' values are the last elements of the ARNs."""
    return arn.rpartition("/")[2]


def _places(status: EdgeStatus) -> Iterator[tuple[AcceleratorStatus, AcceleratorListenerStatus]]:
    for accelerator in status.accelerators:
        for listener in accelerator.listeners:
            yield accelerator, listener


def _group_totals(group: EndpointGroupStatus) -> dict[str, float]:
    return {
        "NewFlowCount": group.new_connections,
        "ProcessedBytesIn": group.bytes_in,
        "ProcessedBytesOut": group.bytes_out,
        # The endpoint took no connection, so the client got a RST of the accelerator's:
        # https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html
        "TCP_AGA_Reset_Count": group.refused_connections,
    }


def _totals(status: EdgeStatus) -> Iterator[tuple[tuple[str, str], float]]:
    for _, listener in _places(status):
        yield (listener.arn, "Flows_Dropped_No_Endpoint_Found"), listener.dropped_connections
        for group in listener.groups:
            for name, total in _group_totals(group).items():
                yield (group.arn, name), total


def _counted(status: EdgeStatus) -> Iterator[tuple[_Place, str, str]]:
    for accelerator, listener in _places(status):
        yield _Place(accelerator, listener), "Flows_Dropped_No_Endpoint_Found", listener.arn
        for group in listener.groups:
            for name in _group_totals(group):
                yield _Place(accelerator, listener, group), name, group.arn


def _standing(status: EdgeStatus) -> Iterator[tuple[_Place, str, float]]:
    for accelerator, listener in _places(status):
        for group in listener.groups:
            place = _Place(accelerator, listener, group)
            if group.open_connections:
                yield place, "ActiveFlowCount", group.open_connections
            if accelerator.enabled and group.endpoints:
                states = [endpoint.state for endpoint in group.endpoints]
                yield place, "HealthyEndpointCount", states.count(EndpointState.HEALTHY)
                yield place, "UnhealthyEndpointCount", states.count(EndpointState.UNHEALTHY)
