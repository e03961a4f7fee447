"""Each rule rejects a wrong value with an error that names field and value."""

import pytest

from tests.unit.twin.control.globalaccelerator.fake_service import (
    FRANKFURT,
    OREGON,
    FakeService,
    load_balancer_arn,
)
from twin.control.globalaccelerator.errors import (
    GlobalAcceleratorError,
    InvalidArgument,
    InvalidPortRange,
    LimitExceeded,
)
from twin.geography import REGIONS


@pytest.fixture
def service() -> FakeService:
    return FakeService()


def reject_call(
    kind: type[GlobalAcceleratorError], service: FakeService, call: str, **params: object
) -> str:
    """Message of the error that the call must raise, without a change of the state."""
    before = service.state
    with pytest.raises(kind) as caught:
        service.call(call, **params)
    assert service.state is before
    return caught.value.message


@pytest.mark.parametrize("name", ["-a", "a-", ".a", "a.", "a_b", "ü", "", "a" * 65])
def test_names_are_letters_digits_periods_and_hyphens(service: FakeService, name: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""
    message = reject_call(InvalidArgument, service, "CreateAccelerator", Name=name)

    assert message.startswith(f"Name: '{name}'")


@pytest.mark.parametrize("name", ["a", "a" * 64, "a.b-c", "9"])
def test_good_names_are_taken(service: FakeService, name: str) -> None:
    assert service.create_accelerator(name)


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"IpAddressType": "DUAL_STACK"}, "DUAL_STACK"),
        ({"IpAddresses": ["192.0.2.1"]}, "192.0.2.1"),
        ({"Tags": [{"Key": "aws:x", "Value": ""}]}, "aws:x"),
        ({"Tags": [{"Key": str(n), "Value": ""} for n in range(51)]}, "51"),
        ({"Tags": [{"Value": ""}]}, "tags.1.member.key"),
        ({"Enabled": "yes"}, "enabled"),
        ({"IpAddressType": "IPV6"}, "IPV6"),
        ({"IdempotencyToken": "t" * 256}, "idempotencyToken"),
    ],
)
def test_odd_accelerators_are_refused(
    service: FakeService, params: dict[str, object], word: str
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""
    assert word in reject_call(InvalidArgument, service, "CreateAccelerator", Name="a", **params)


def test_a_missing_name_is_refused(service: FakeService) -> None:
    assert "Value null at 'name'" in reject_call(InvalidArgument, service, "CreateAccelerator")


@pytest.mark.parametrize(
    ("ranges", "kind", "word"),
    [
        ([{"FromPort": 2, "ToPort": 1}], InvalidPortRange, "FromPort 2"),
        ([{"FromPort": 1}], InvalidPortRange, "ToPort"),
        ([{"FromPort": 1, "ToPort": 5}, {"FromPort": 5, "ToPort": 9}], InvalidPortRange, "5-9"),
        (
            [{"FromPort": 0, "ToPort": 1}],
            InvalidArgument,
            "Value '0' at 'portRanges.1.member.fromPort'",
        ),
        ([{"FromPort": 1, "ToPort": 65536}], InvalidArgument, "65536"),
        ([{"FromPort": "1", "ToPort": 1}], InvalidArgument, "portRanges.1.member.fromPort"),
        ([], InvalidArgument, "portRanges"),
        (
            [{"FromPort": n, "ToPort": n} for n in range(1, 12)],
            InvalidArgument,
            "length less than or equal to 10",
        ),
    ],
)
def test_odd_port_ranges_are_refused(
    service: FakeService,
    ranges: list[dict[str, object]],
    kind: type[GlobalAcceleratorError],
    word: str,
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateListener.html."""
    arn = service.create_accelerator()

    message = reject_call(
        kind, service, "CreateListener", AcceleratorArn=arn, Protocol="TCP", PortRanges=ranges
    )

    assert word in message


def test_a_listener_may_keep_its_ports_when_it_changes(service: FakeService) -> None:
    arn = service.create_listener(service.create_accelerator(), 80, 443)

    changed = service.call(
        "UpdateListener", ListenerArn=arn, PortRanges=[{"FromPort": 443, "ToPort": 444}]
    )

    assert changed["Listener"]["PortRanges"] == [{"FromPort": 443, "ToPort": 444}]


def test_ports_are_unique_over_the_listeners_of_an_accelerator(service: FakeService) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateListener.html."""
    owner = service.create_accelerator()
    service.create_listener(owner, 80)
    other = service.create_listener(owner, 81)
    service.create_listener(service.create_accelerator("b"), 80)

    reject_call(
        InvalidPortRange,
        service,
        "UpdateListener",
        ListenerArn=other,
        PortRanges=[{"FromPort": 79, "ToPort": 82}],
    )


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"TrafficDialPercentage": 100.5}, "100.5"),
        ({"TrafficDialPercentage": -1}, "-1"),
        ({"TrafficDialPercentage": float("nan")}, "trafficDialPercentage"),
        ({"HealthCheckIntervalSeconds": 20}, "20"),
        ({"ThresholdCount": 11}, "11"),
        ({"HealthCheckPath": "health"}, "Value 'health' at 'healthCheckPath'"),
        ({"HealthCheckProtocol": "UDP"}, "UDP"),
        ({"EndpointConfigurations": [{"EndpointId": "x", "Weight": 256}]}, "256"),
        ({"EndpointConfigurations": [{"Weight": 1}]}, "EndpointId"),
    ],
)
def test_odd_groups_are_refused(service: FakeService, params: dict[str, object], word: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateEndpointGroup.html."""
    listener = service.create_listener(service.create_accelerator())

    message = reject_call(
        InvalidArgument,
        service,
        "CreateEndpointGroup",
        ListenerArn=listener,
        EndpointGroupRegion=FRANKFURT,
        **params,
    )

    assert word in message


def test_an_unknown_region_is_refused(service: FakeService) -> None:
    message = reject_call(
        InvalidArgument,
        service,
        "CreateEndpointGroup",
        ListenerArn=service.create_listener(service.create_accelerator()),
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
    service: FakeService, overrides: list[tuple[int, int]], word: str
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-port-override.html."""
    listener = service.create_listener(service.create_accelerator(), 80, 443)
    given = [{"ListenerPort": a, "EndpointPort": b} for a, b in overrides]

    message = reject_call(
        InvalidArgument,
        service,
        "CreateEndpointGroup",
        ListenerArn=listener,
        EndpointGroupRegion=FRANKFURT,
        PortOverrides=given,
    )

    assert word in message


def test_a_listener_port_may_not_be_the_endpoint_port_of_an_override(service: FakeService) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-port-override.html."""
    owner = service.create_accelerator()
    listener = service.create_listener(owner, 80)
    service.create_group(listener, PortOverrides=[{"ListenerPort": 80, "EndpointPort": 8080}])

    message = reject_call(
        InvalidPortRange,
        service,
        "CreateListener",
        AcceleratorArn=owner,
        Protocol="TCP",
        PortRanges=[{"FromPort": 8080, "ToPort": 8080}],
    )

    assert "8080" in message


def test_endpoints_are_given_once(service: FakeService) -> None:
    arn = service.add_load_balancer(FRANKFURT, "a")
    group = service.create_group(service.create_listener(service.create_accelerator()))
    twice = [{"EndpointId": arn}, {"EndpointId": arn}]

    reject_call(
        InvalidArgument,
        service,
        "UpdateEndpointGroup",
        EndpointGroupArn=group,
        EndpointConfigurations=twice,
    )
    service.call("AddEndpoints", EndpointGroupArn=group, EndpointConfigurations=twice[:1])
    reject_call(
        InvalidArgument,
        service,
        "AddEndpoints",
        EndpointGroupArn=group,
        EndpointConfigurations=twice[:1],
    )


@pytest.mark.parametrize(
    "endpoint",
    [
        {"EndpointId": load_balancer_arn(FRANKFURT, "gone")},
        {"EndpointId": load_balancer_arn(OREGON, "there")},
        {"EndpointId": load_balancer_arn(FRANKFURT, "there").replace("/app/", "/net/")},
        {"EndpointId": "eipalloc-1"},
        {"EndpointId": load_balancer_arn(FRANKFURT, "there"), "AttachmentArn": "arn:x"},
        {"EndpointId": load_balancer_arn(FRANKFURT, "there"), "ClientIPPreservationEnabled": False},
    ],
)
def test_odd_endpoints_are_refused(service: FakeService, endpoint: dict[str, object]) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointConfiguration.html."""
    service.add_load_balancer(FRANKFURT, "there")
    service.add_load_balancer(OREGON, "there")
    group = service.create_group(service.create_listener(service.create_accelerator()))

    reject_call(
        InvalidArgument,
        service,
        "AddEndpoints",
        EndpointGroupArn=group,
        EndpointConfigurations=[endpoint],
    )


def test_an_unknown_endpoint_is_not_removed(service: FakeService) -> None:
    group = service.create_group(service.create_listener(service.create_accelerator()))

    message = reject_call(
        InvalidArgument,
        service,
        "RemoveEndpoints",
        EndpointGroupArn=group,
        EndpointIdentifiers=[{"EndpointId": "x"}],
    )

    assert "'x'" in message


def test_quotas_hold(service: FakeService) -> None:
    """https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html."""
    owner = service.create_accelerator()
    listeners = [service.create_listener(owner, port) for port in range(1, 11)]
    reject_call(
        LimitExceeded,
        service,
        "CreateListener",
        AcceleratorArn=owner,
        Protocol="TCP",
        PortRanges=[{"FromPort": 99, "ToPort": 99}],
    )
    regions = [location.name for location in REGIONS]
    for region in regions[:30]:
        service.create_group(listeners[0], region)
    for region in regions[:12]:
        service.create_group(listeners[1], region)
    reject_call(
        LimitExceeded,
        service,
        "CreateEndpointGroup",
        ListenerArn=listeners[2],
        EndpointGroupRegion=FRANKFURT,
    )
    for number in range(19):
        service.create_accelerator(f"a{number}")
    reject_call(LimitExceeded, service, "CreateAccelerator", Name="one-more")


def test_ten_endpoints_fit_a_group(service: FakeService) -> None:
    """https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html."""
    arns = [service.add_load_balancer(FRANKFURT, f"lb{n}") for n in range(11)]
    group = service.create_group(
        service.create_listener(service.create_accelerator()),
        EndpointConfigurations=[{"EndpointId": arn} for arn in arns[:10]],
    )

    reject_call(
        LimitExceeded,
        service,
        "AddEndpoints",
        EndpointGroupArn=group,
        EndpointConfigurations=[{"EndpointId": arns[10]}],
    )


def test_flow_logs_need_a_bucket(service: FakeService) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateAcceleratorAttributes.html."""
    arn = service.create_accelerator()

    message = reject_call(
        InvalidArgument,
        service,
        "UpdateAcceleratorAttributes",
        AcceleratorArn=arn,
        FlowLogsEnabled=True,
    )

    assert "FlowLogsS3Bucket" in message
