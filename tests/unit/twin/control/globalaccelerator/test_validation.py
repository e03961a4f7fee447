"""Each rule refuses what it is for, and says which field and value it was."""

import pytest

from tests.unit.twin.control.globalaccelerator.fake_service import (
    FRANKFURT,
    OREGON,
    FakeService,
    balancer,
)
from twin.control.globalaccelerator.errors import (
    GlobalAcceleratorError,
    InvalidArgument,
    InvalidPortRange,
    LimitExceeded,
)
from twin.geography import REGIONS


@pytest.fixture
def world() -> FakeService:
    return FakeService()


def refusal(
    kind: type[GlobalAcceleratorError], world: FakeService, call: str, **params: object
) -> str:
    """Make a call that must be refused; the message. Nothing may have changed."""
    before = world.state
    with pytest.raises(kind) as caught:
        world.call(call, **params)
    assert world.state is before
    return caught.value.message


@pytest.mark.parametrize("name", ["-a", "a-", ".a", "a.", "a_b", "ü", "", "a" * 65])
def test_names_are_letters_digits_periods_and_hyphens(world: FakeService, name: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""
    message = refusal(InvalidArgument, world, "CreateAccelerator", Name=name)

    assert message.startswith(f"Name: '{name}'")


@pytest.mark.parametrize("name", ["a", "a" * 64, "a.b-c", "9"])
def test_good_names_are_taken(world: FakeService, name: str) -> None:
    assert world.accelerator(name)


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"IpAddressType": "DUAL_STACK"}, "DUAL_STACK"),
        ({"IpAddresses": ["192.0.2.1"]}, "192.0.2.1"),
        ({"Tags": [{"Key": "aws:x", "Value": ""}]}, "aws:x"),
        ({"Tags": [{"Key": str(n), "Value": ""} for n in range(51)]}, "51"),
        ({"Tags": [{"Value": ""}]}, "Tags[0].Key"),
        ({"Enabled": "yes"}, "Enabled"),
        ({"IpAddressType": "IPV6"}, "IPV6"),
        ({"Nmae": "a"}, "Nmae"),
        ({"IdempotencyToken": "t" * 256}, "IdempotencyToken"),
    ],
)
def test_odd_accelerators_are_refused(
    world: FakeService, params: dict[str, object], word: str
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""
    assert word in refusal(InvalidArgument, world, "CreateAccelerator", Name="a", **params)


def test_a_missing_name_is_refused(world: FakeService) -> None:
    assert "Name: required" in refusal(InvalidArgument, world, "CreateAccelerator")


@pytest.mark.parametrize(
    ("ranges", "kind", "word"),
    [
        ([{"FromPort": 2, "ToPort": 1}], InvalidPortRange, "FromPort 2"),
        ([{"FromPort": 1}], InvalidPortRange, "ToPort"),
        ([{"FromPort": 1, "ToPort": 5}, {"FromPort": 5, "ToPort": 9}], InvalidPortRange, "5-9"),
        ([{"FromPort": 0, "ToPort": 1}], InvalidArgument, "PortRanges[0].FromPort: 0"),
        ([{"FromPort": 1, "ToPort": 65536}], InvalidArgument, "65536"),
        ([{"FromPort": "1", "ToPort": 1}], InvalidArgument, "PortRanges[0].FromPort"),
        ([], InvalidArgument, "PortRanges"),
        ([{"FromPort": n, "ToPort": n} for n in range(1, 12)], InvalidArgument, "11"),
    ],
)
def test_odd_port_ranges_are_refused(
    world: FakeService,
    ranges: list[dict[str, object]],
    kind: type[GlobalAcceleratorError],
    word: str,
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateListener.html."""
    arn = world.accelerator()

    message = refusal(
        kind, world, "CreateListener", AcceleratorArn=arn, Protocol="TCP", PortRanges=ranges
    )

    assert word in message


def test_a_listener_may_keep_its_ports_when_it_changes(world: FakeService) -> None:
    arn = world.listener(world.accelerator(), 80, 443)

    changed = world.call(
        "UpdateListener", ListenerArn=arn, PortRanges=[{"FromPort": 443, "ToPort": 444}]
    )

    assert changed["Listener"]["PortRanges"] == [{"FromPort": 443, "ToPort": 444}]


def test_ports_are_unique_over_the_listeners_of_an_accelerator(world: FakeService) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateListener.html."""
    owner = world.accelerator()
    world.listener(owner, 80)
    other = world.listener(owner, 81)
    world.listener(world.accelerator("b"), 80)

    refusal(
        InvalidPortRange,
        world,
        "UpdateListener",
        ListenerArn=other,
        PortRanges=[{"FromPort": 79, "ToPort": 82}],
    )


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"TrafficDialPercentage": 100.5}, "100.5"),
        ({"TrafficDialPercentage": -1}, "-1"),
        ({"TrafficDialPercentage": float("nan")}, "TrafficDialPercentage"),
        ({"HealthCheckIntervalSeconds": 20}, "20"),
        ({"ThresholdCount": 11}, "11"),
        ({"HealthCheckPath": "health"}, "HealthCheckPath: 'health'"),
        ({"HealthCheckProtocol": "UDP"}, "UDP"),
        ({"EndpointConfigurations": [{"EndpointId": "x", "Weight": 256}]}, "256"),
        ({"EndpointConfigurations": [{"Weight": 1}]}, "EndpointId"),
    ],
)
def test_odd_groups_are_refused(world: FakeService, params: dict[str, object], word: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateEndpointGroup.html."""
    listener = world.listener(world.accelerator())

    message = refusal(
        InvalidArgument,
        world,
        "CreateEndpointGroup",
        ListenerArn=listener,
        EndpointGroupRegion=FRANKFURT,
        **params,
    )

    assert word in message


def test_an_unknown_region_is_refused(world: FakeService) -> None:
    message = refusal(
        InvalidArgument,
        world,
        "CreateEndpointGroup",
        ListenerArn=world.listener(world.accelerator()),
        EndpointGroupRegion="eu-moon-1",
    )

    assert "eu-moon-1" in message


@pytest.mark.parametrize(
    ("overrides", "word"),
    [
        ([(81, 8080)], "ListenerPort 81"),
        ([(80, 443)], "EndpointPort 443"),
        ([(80, 8080), (443, 8080)], "EndpointPort 8080 is given twice"),
        ([(80, 8080), (80, 8081)], "ListenerPort 80 is given twice"),
    ],
)
def test_port_override_rules(
    world: FakeService, overrides: list[tuple[int, int]], word: str
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-port-override.html."""
    listener = world.listener(world.accelerator(), 80, 443)
    given = [{"ListenerPort": a, "EndpointPort": b} for a, b in overrides]

    message = refusal(
        InvalidArgument,
        world,
        "CreateEndpointGroup",
        ListenerArn=listener,
        EndpointGroupRegion=FRANKFURT,
        PortOverrides=given,
    )

    assert word in message


def test_a_listener_port_may_not_be_the_endpoint_port_of_an_override(world: FakeService) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-port-override.html."""
    owner = world.accelerator()
    listener = world.listener(owner, 80)
    world.group(listener, PortOverrides=[{"ListenerPort": 80, "EndpointPort": 8080}])

    message = refusal(
        InvalidPortRange,
        world,
        "CreateListener",
        AcceleratorArn=owner,
        Protocol="TCP",
        PortRanges=[{"FromPort": 8080, "ToPort": 8080}],
    )

    assert "8080" in message


def test_endpoints_are_given_once(world: FakeService) -> None:
    arn = world.load_balancers.declare(FRANKFURT, "a")
    group = world.group(world.listener(world.accelerator()))
    twice = [{"EndpointId": arn}, {"EndpointId": arn}]

    refusal(
        InvalidArgument,
        world,
        "UpdateEndpointGroup",
        EndpointGroupArn=group,
        EndpointConfigurations=twice,
    )
    world.call("AddEndpoints", EndpointGroupArn=group, EndpointConfigurations=twice[:1])
    refusal(
        InvalidArgument,
        world,
        "AddEndpoints",
        EndpointGroupArn=group,
        EndpointConfigurations=twice[:1],
    )


@pytest.mark.parametrize(
    "endpoint",
    [
        {"EndpointId": balancer(FRANKFURT, "gone")},
        {"EndpointId": balancer(OREGON, "there")},
        {"EndpointId": balancer(FRANKFURT, "there").replace("/app/", "/net/")},
        {"EndpointId": "eipalloc-1"},
        {"EndpointId": balancer(FRANKFURT, "there"), "AttachmentArn": "arn:x"},
        {"EndpointId": balancer(FRANKFURT, "there"), "ClientIPPreservationEnabled": False},
    ],
)
def test_odd_endpoints_are_refused(world: FakeService, endpoint: dict[str, object]) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointConfiguration.html."""
    world.load_balancers.declare(FRANKFURT, "there")
    world.load_balancers.declare(OREGON, "there")
    group = world.group(world.listener(world.accelerator()))

    refusal(
        InvalidArgument,
        world,
        "AddEndpoints",
        EndpointGroupArn=group,
        EndpointConfigurations=[endpoint],
    )


def test_an_unknown_endpoint_is_not_removed(world: FakeService) -> None:
    group = world.group(world.listener(world.accelerator()))

    message = refusal(
        InvalidArgument,
        world,
        "RemoveEndpoints",
        EndpointGroupArn=group,
        EndpointIdentifiers=[{"EndpointId": "x"}],
    )

    assert "'x'" in message


def test_quotas_hold(world: FakeService) -> None:
    """https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html."""
    owner = world.accelerator()
    listeners = [world.listener(owner, port) for port in range(1, 11)]
    refusal(
        LimitExceeded,
        world,
        "CreateListener",
        AcceleratorArn=owner,
        Protocol="TCP",
        PortRanges=[{"FromPort": 99, "ToPort": 99}],
    )
    regions = [place.name for place in REGIONS]
    for region in regions[:30]:
        world.group(listeners[0], region)
    for region in regions[:12]:
        world.group(listeners[1], region)
    refusal(
        LimitExceeded,
        world,
        "CreateEndpointGroup",
        ListenerArn=listeners[2],
        EndpointGroupRegion=FRANKFURT,
    )
    for number in range(19):
        world.accelerator(f"a{number}")
    refusal(LimitExceeded, world, "CreateAccelerator", Name="one-more")


def test_ten_endpoints_fit_a_group(world: FakeService) -> None:
    """https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html."""
    arns = [world.load_balancers.declare(FRANKFURT, f"lb{n}") for n in range(11)]
    group = world.group(
        world.listener(world.accelerator()),
        EndpointConfigurations=[{"EndpointId": arn} for arn in arns[:10]],
    )

    refusal(
        LimitExceeded,
        world,
        "AddEndpoints",
        EndpointGroupArn=group,
        EndpointConfigurations=[{"EndpointId": arns[10]}],
    )


def test_flow_logs_need_a_bucket(world: FakeService) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateAcceleratorAttributes.html."""
    arn = world.accelerator()

    message = refusal(
        InvalidArgument,
        world,
        "UpdateAcceleratorAttributes",
        AcceleratorArn=arn,
        FlowLogsEnabled=True,
    )

    assert "FlowLogsS3Bucket" in message
