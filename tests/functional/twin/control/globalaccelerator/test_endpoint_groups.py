"""Endpoint groups over boto3: settings, endpoints, health."""

import pytest

from tests.functional.twin.aws_errors import Client
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess, FakeProcess
from tests.functional.twin.control.globalaccelerator.calls import create_group, expect_error
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    EdgeStatus,
    EndpointGroupStatus,
    EndpointState,
    EndpointStatus,
)


def test_a_second_group_in_a_region_is_refused(client: Client, listener: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateEndpointGroup.html."""
    create_group(client, listener)

    message = expect_error(
        "EndpointGroupAlreadyExistsException",
        client.create_endpoint_group,
        ListenerArn=listener,
        EndpointGroupRegion=FRANKFURT,
    )

    assert FRANKFURT in message


def test_a_new_group_has_the_documented_defaults(client: Client, listener: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointGroup.html."""
    group = create_group(client, listener)

    assert group["TrafficDialPercentage"] == 100
    assert group["HealthCheckPort"] == 80
    assert group["HealthCheckProtocol"] == "TCP"
    assert group["HealthCheckIntervalSeconds"] == 30
    assert group["ThresholdCount"] == 3
    assert group["EndpointDescriptions"] == []


def test_updating_only_the_dial_keeps_the_endpoints(
    client: Client, listener: str, balancers: dict[str, str]
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateEndpointGroup.html."""
    endpoints = [{"EndpointId": balancers["internal"], "Weight": 100}]
    group = create_group(client, listener, EndpointConfigurations=endpoints, ThresholdCount=5)

    updated = client.update_endpoint_group(
        EndpointGroupArn=group["EndpointGroupArn"], TrafficDialPercentage=0
    )["EndpointGroup"]

    assert updated == group | {"TrafficDialPercentage": 0}


def test_updating_with_a_shorter_list_drops_the_other_endpoints(
    client: Client, listener: str, balancers: dict[str, str]
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_AddEndpoints.html."""
    both = [{"EndpointId": arn} for arn in balancers.values()]
    group = create_group(client, listener, EndpointConfigurations=both)

    updated = client.update_endpoint_group(
        EndpointGroupArn=group["EndpointGroupArn"], EndpointConfigurations=both[:1]
    )["EndpointGroup"]

    assert [e["EndpointId"] for e in updated["EndpointDescriptions"]] == [both[0]["EndpointId"]]


def test_endpoints_are_added_and_removed_one_by_one(
    client: Client, listener: str, balancers: dict[str, str]
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_RemoveEndpoints.html."""
    first, second = balancers.values()
    group = create_group(client, listener, EndpointConfigurations=[{"EndpointId": first}])
    arn = group["EndpointGroupArn"]

    added = client.add_endpoints(
        EndpointGroupArn=arn, EndpointConfigurations=[{"EndpointId": second, "Weight": 7}]
    )
    client.remove_endpoints(EndpointGroupArn=arn, EndpointIdentifiers=[{"EndpointId": first}])

    assert [e["EndpointId"] for e in added["EndpointDescriptions"]] == [second]
    left = client.describe_endpoint_group(EndpointGroupArn=arn)["EndpointGroup"]
    assert left["EndpointDescriptions"] == [
        {
            "EndpointId": second,
            "Weight": 7,
            "HealthState": "INITIAL",
            "ClientIPPreservationEnabled": True,
        }
    ]


@pytest.mark.parametrize(
    ("endpoint", "word"),
    [
        ("i-0123456789abcdef0", "only kind"),
        (
            f"arn:aws:elasticloadbalancing:{FRANKFURT}:123456789012:loadbalancer/app/gone/1",
            "there is no load balancer",
        ),
        (
            "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x/1",
            "eu-west-1",
        ),
    ],
)
def test_an_endpoint_must_be_a_load_balancer_of_the_region(
    client: Client, listener: str, endpoint: str, word: str
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointConfiguration.html."""
    message = expect_error(
        "InvalidArgumentException",
        client.create_endpoint_group,
        ListenerArn=listener,
        EndpointGroupRegion=FRANKFURT,
        EndpointConfigurations=[{"EndpointId": endpoint}],
    )

    assert word in message
    assert endpoint in message


def test_client_addresses_are_always_preserved_for_an_internal_load_balancer(
    client: Client, listener: str, balancers: dict[str, str]
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-caveats.html."""
    off = {"ClientIPPreservationEnabled": False}
    public = {"EndpointId": balancers["internet-facing"]} | off
    created = create_group(client, listener, EndpointConfigurations=[public])

    assert created["EndpointDescriptions"][0]["ClientIPPreservationEnabled"] is False
    expect_error(
        "InvalidArgumentException",
        client.add_endpoints,
        EndpointGroupArn=created["EndpointGroupArn"],
        EndpointConfigurations=[{"EndpointId": balancers["internal"]} | off],
    )


def test_the_edge_tells_the_health_of_endpoints(
    shared: ControlProcess, client: Client, listener: str, balancers: dict[str, str]
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointDescription.html."""
    arn = balancers["internal"]
    group = create_group(client, listener, EndpointConfigurations=[{"EndpointId": arn}])
    assert group["EndpointDescriptions"][0]["HealthState"] == "INITIAL"
    edge = FakeProcess(shared.instance.edge_address)
    edge.answers["/_twin/status"] = edge_status(group["EndpointGroupArn"], arn)

    described = client.describe_endpoint_group(EndpointGroupArn=group["EndpointGroupArn"])
    listed = client.list_endpoint_groups(ListenerArn=listener)
    edge.close()

    health = described["EndpointGroup"]["EndpointDescriptions"][0]["HealthState"]
    assert health == "UNHEALTHY"
    assert listed["EndpointGroups"] == [described["EndpointGroup"]]


def edge_status(group: str, endpoint: str) -> EdgeStatus:
    """Status of an edge with one unhealthy endpoint."""
    unhealthy = EndpointStatus(id=endpoint, weight=128, state=EndpointState.UNHEALTHY)
    groups = (EndpointGroupStatus(arn=group, region=FRANKFURT, dial=100, endpoints=(unhealthy,)),)
    listeners = (AcceleratorListenerStatus(arn="l", ports=("80",), groups=groups),)
    accelerator = AcceleratorStatus(arn="a", name="a", ips=(), enabled=True, listeners=listeners)
    return EdgeStatus(topology_version=1, accelerators=(accelerator,))
