"""The edge's CloudWatch metrics."""

from dataclasses import replace

from twin.edge.metrics import FlowMetrics
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    EdgeStatus,
    EndpointGroupStatus,
    EndpointState,
    EndpointStatus,
    MetricsReport,
)

ACCELERATOR = "arn:aws:globalaccelerator::123456789012:accelerator/a-1"
LISTENER = f"{ACCELERATOR}/listener/l-1"
OF_ACCELERATOR = (("Accelerator", "a-1"),)
OF_LISTENER = (*OF_ACCELERATOR, ("Listener", "l-1"))
OF_OREGON = (*OF_LISTENER, ("EndpointGroup", "us-west-2"))
HEALTHY, UNHEALTHY, INITIAL = EndpointState.HEALTHY, EndpointState.UNHEALTHY, EndpointState.INITIAL


def group(region: str, state: EndpointState = HEALTHY, **fields: int) -> EndpointGroupStatus:
    return EndpointGroupStatus(
        arn=f"{LISTENER}/endpoint-group/{region}",
        region=region,
        dial=100.0,
        endpoints=(EndpointStatus(id="lb", weight=128, state=state),),
        new_connections=fields.get("new", 0),
        open_connections=fields.get("open", 0),
        refused_connections=fields.get("refused", 0),
        bytes_in=fields.get("bytes_in", 0),
    )


def status(*groups: EndpointGroupStatus, dropped: int = 0, enabled: bool = True) -> EdgeStatus:
    listener = AcceleratorListenerStatus(
        arn=LISTENER, ports=("80",), groups=groups, dropped_connections=dropped
    )
    accelerator = AcceleratorStatus(
        arn=ACCELERATOR, name="m", ips=(), enabled=enabled, listeners=(listener,)
    )
    return EdgeStatus(topology_version=1, accelerators=(accelerator,))


def values(taken: MetricsReport, name: str) -> dict[tuple[tuple[str, str], ...], float]:
    return {
        tuple(sample.dimensions.items()): sample.statistics.total
        for sample in taken.samples
        if sample.name == name
    }


def test_new_flows_count_for_their_group_its_listener_and_the_accelerator() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    metrics = FlowMetrics()
    metrics.take(status(group("eu-central-1", new=10), group("us-west-2", new=5)))

    taken = metrics.take(status(group("eu-central-1", new=14), group("us-west-2", new=6)))

    flows = values(taken, "NewFlowCount")
    assert flows[OF_ACCELERATOR] == flows[OF_LISTENER] == 5
    assert flows[OF_OREGON] == 1
    assert {sample.namespace for sample in taken.samples} == {"AWS/GlobalAccelerator"}


def test_counters_are_published_only_when_they_have_grown() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    metrics = FlowMetrics()
    same = status(group("us-west-2", new=5, refused=1, bytes_in=100), dropped=2)
    first = {sample.name for sample in metrics.take(same).samples}

    second = {sample.name for sample in metrics.take(same).samples}

    assert {"NewFlowCount", "ProcessedBytesIn", "TCP_AGA_Reset_Count"} < first
    assert "Flows_Dropped_No_Endpoint_Found" in first
    assert second == {"HealthyEndpointCount", "UnhealthyEndpointCount"}


def test_endpoints_are_counted_by_their_health_while_the_accelerator_is_enabled() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    groups = (
        group("eu-central-1", HEALTHY),
        group("us-west-2", UNHEALTHY),
        group("ap-south-1", INITIAL),
    )

    on = FlowMetrics().take(status(*groups))
    off = FlowMetrics().take(status(*groups, enabled=False))

    assert values(on, "HealthyEndpointCount")[OF_ACCELERATOR] == 1
    assert values(on, "HealthyEndpointCount")[OF_OREGON] == 0
    assert values(on, "UnhealthyEndpointCount")[OF_OREGON] == 1
    assert values(on, "UnhealthyEndpointCount")[OF_ACCELERATOR] == 1
    assert off.samples == ()


def test_open_connections_are_published_as_a_gauge() -> None:
    metrics = FlowMetrics()
    busy = status(group("us-west-2", open=3))
    metrics.take(busy)

    assert values(metrics.take(busy), "ActiveFlowCount")[OF_OREGON] == 3


def test_counters_that_were_reset_are_not_published_as_negative() -> None:
    metrics = FlowMetrics()
    metrics.take(status(group("us-west-2", new=50)))

    taken = metrics.take(status(replace(group("us-west-2"), new_connections=3)))

    assert values(taken, "NewFlowCount") == {}
