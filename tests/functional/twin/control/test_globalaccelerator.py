"""Global Accelerator's API, called by boto3 in a real control process."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.control.control_process import (
    FRANKFURT,
    HOME_REGION,
    ControlProcess,
    FakeProcess,
)
from tests.functional.twin.control.resources import create_load_balancer, create_network
from tests.waiting import eventually
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    EdgeStatus,
    EndpointGroupStatus,
    EndpointState,
    EndpointStatus,
)

Client = Any
"""A boto3 client, or one of its methods."""


@pytest.fixture
def client(shared: ControlProcess) -> Client:
    """A client in us-west-2."""
    return shared.client("globalaccelerator", HOME_REGION)


@pytest.fixture
def accelerator(client: Client) -> str:
    """A deployed accelerator's ARN."""
    arn: str = client.create_accelerator(Name="mine")["Accelerator"]["AcceleratorArn"]
    wait_until_deployed(client, arn)
    return arn


@pytest.fixture
def listener(client: Client, accelerator: str) -> str:
    """A listener on port 80."""
    arn: str = client.create_listener(
        AcceleratorArn=accelerator, Protocol="TCP", PortRanges=[{"FromPort": 80, "ToPort": 80}]
    )["Listener"]["ListenerArn"]
    return arn


@pytest.fixture(scope="module")
def balancers(shared: ControlProcess) -> dict[str, str]:
    """An internal and a public load balancer in Frankfurt."""
    at = create_network(shared, FRANKFURT)
    return {
        scheme: create_load_balancer(shared, FRANKFURT, at, scheme, scheme)["LoadBalancerArn"]
        for scheme in ("internal", "internet-facing")
    }


def wait_until_deployed(client: Client, arn: str) -> None:
    """Wait until the accelerator is DEPLOYED."""

    def is_deployed() -> bool:
        status = client.describe_accelerator(AcceleratorArn=arn)["Accelerator"]["Status"]
        return bool(status == "DEPLOYED")

    eventually(is_deployed)


def expect_error(code: str, call: Client, **arguments: object) -> str:
    """Message of the error with this code that the call must return."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


def create_group(client: Client, listener: str, **more: object) -> dict[str, Any]:
    """An endpoint group in Frankfurt."""
    created: dict[str, Any] = client.create_endpoint_group(
        ListenerArn=listener, EndpointGroupRegion=FRANKFURT, **more
    )["EndpointGroup"]
    return created


def test_a_new_accelerator_has_two_addresses_of_two_zones(
    shared: ControlProcess, client: Client
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_Accelerator.html."""
    created = client.create_accelerator(Name="addresses.of-mine")["Accelerator"]

    addresses = created["IpSets"][0]["IpAddresses"]
    assert created["IpSets"][0]["IpAddressFamily"] == "IPv4"
    assert addresses[0].startswith(f"127.{75 + shared.instance.number}.")
    assert addresses[1].startswith(f"127.{99 + shared.instance.number}.")
    assert created["Enabled"] is True
    assert created["Status"] == "IN_PROGRESS"


def test_names_are_as_aws_makes_them(client: Client, listener: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_Accelerator.html."""
    group = create_group(client, listener)["EndpointGroupArn"]
    prefix, uuid, *rest = group.split("/")
    dns = client.describe_accelerator(AcceleratorArn=f"{prefix}/{uuid}")["Accelerator"]["DnsName"]

    assert prefix == "arn:aws:globalaccelerator::123456789012:accelerator"
    assert [len(part) for part in uuid.split("-")] == [8, 4, 4, 4, 12]
    assert (rest[0], len(rest[1]), rest[2], len(rest[3])) == ("listener", 8, "endpoint-group", 12)
    assert len(dns) == len("a1234567890abcdef.awsglobalaccelerator.com")
    assert dns.startswith("a")
    assert dns.endswith(".awsglobalaccelerator.com")


def test_a_change_is_in_progress_until_the_edge_has_it(client: Client, accelerator: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateAccelerator.html."""
    changed = client.update_accelerator(AcceleratorArn=accelerator, Enabled=False)["Accelerator"]

    assert changed["Status"] == "IN_PROGRESS"
    wait_until_deployed(client, accelerator)


def test_things_are_deleted_from_the_inside_out(client: Client, accelerator: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html."""
    ports = [{"FromPort": 80, "ToPort": 80}]
    listener = client.create_listener(AcceleratorArn=accelerator, Protocol="TCP", PortRanges=ports)[
        "Listener"
    ]["ListenerArn"]
    group = create_group(client, listener)["EndpointGroupArn"]

    expect_error(
        "AssociatedEndpointGroupFoundException", client.delete_listener, ListenerArn=listener
    )
    client.delete_endpoint_group(EndpointGroupArn=group)
    expect_error(
        "AssociatedListenerFoundException", client.delete_accelerator, AcceleratorArn=accelerator
    )
    client.delete_listener(ListenerArn=listener)
    expect_error(
        "AcceleratorNotDisabledException", client.delete_accelerator, AcceleratorArn=accelerator
    )
    client.update_accelerator(AcceleratorArn=accelerator, Enabled=False)
    wait_until_deployed(client, accelerator)
    client.delete_accelerator(AcceleratorArn=accelerator)

    expect_error(
        "AcceleratorNotFoundException", client.describe_accelerator, AcceleratorArn=accelerator
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


def test_the_same_token_makes_one_accelerator(client: Client) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""
    first = client.create_accelerator(Name="once", IdempotencyToken="t")["Accelerator"]
    again = client.create_accelerator(Name="once", IdempotencyToken="t")["Accelerator"]

    assert again["AcceleratorArn"] == first["AcceleratorArn"]
    expect_error(
        "InvalidArgumentException", client.create_accelerator, Name="two", IdempotencyToken="t"
    )


def test_lists_come_in_pages(client: Client, accelerator: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListListeners.html."""
    created = [
        client.create_listener(
            AcceleratorArn=accelerator,
            Protocol="TCP",
            PortRanges=[{"FromPort": port, "ToPort": port}],
        )["Listener"]
        for port in range(1000, 1005)
    ]

    pages = client.get_paginator("list_listeners").paginate(
        AcceleratorArn=accelerator, PaginationConfig={"PageSize": 2}
    )

    sizes = [len(page["Listeners"]) for page in pages]
    assert sizes == [2, 2, 1]
    assert client.list_listeners(AcceleratorArn=accelerator)["Listeners"] == created
    for call, arguments in (
        (client.list_listeners, {"AcceleratorArn": accelerator, "NextToken": "nonsense"}),
        (client.list_accelerators, {"NextToken": "Zm9vOjE="}),
    ):
        expect_error("InvalidNextTokenException", call, **arguments)


def test_tags_come_and_go(client: Client, accelerator: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_TagResource.html."""
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    client.tag_resource(ResourceArn=accelerator, Tags=tags)
    client.untag_resource(ResourceArn=accelerator, TagKeys=["a"])

    assert client.list_tags_for_resource(ResourceArn=accelerator)["Tags"] == tags[1:]
    wait_until_deployed(client, accelerator)


def test_flow_log_settings_are_kept(client: Client, accelerator: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateAcceleratorAttributes.html."""
    settings = {"FlowLogsEnabled": True, "FlowLogsS3Bucket": "b", "FlowLogsS3Prefix": "p"}
    client.update_accelerator_attributes(AcceleratorArn=accelerator, **settings)

    described = client.describe_accelerator_attributes(AcceleratorArn=accelerator)
    assert described["AcceleratorAttributes"] == settings
    wait_until_deployed(client, accelerator)


def test_ports_are_unique_in_an_accelerator(client: Client, listener: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateListener.html."""
    owner = listener.split("/listener/", maxsplit=1)[0]

    message = expect_error(
        "InvalidPortRangeException",
        client.create_listener,
        AcceleratorArn=owner,
        Protocol="TCP",
        PortRanges=[{"FromPort": 70, "ToPort": 90}],
    )

    assert "70-90" in message
    assert "overlaps 80 of listener '" in message


def test_it_answers_in_us_west_2_only(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""
    elsewhere = shared.client("globalaccelerator", FRANKFURT)

    message = expect_error("AccessDeniedException", elsewhere.list_accelerators)

    assert "--region us-west-2" in message


def test_what_the_twin_lacks_says_so(client: Client) -> None:
    message = expect_error("UnsupportedOperationException", client.list_custom_routing_accelerators)

    assert "ListCustomRoutingAccelerators" in message


def test_deleting_waits_for_the_last_change(client: Client, accelerator: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html."""
    client.update_accelerator(AcceleratorArn=accelerator, Enabled=False)
    wait_until_deployed(client, accelerator)
    client.delete_accelerator(AcceleratorArn=accelerator)

    named = [
        one["AcceleratorArn"] for one in client.list_accelerators(MaxResults=100)["Accelerators"]
    ]
    assert accelerator not in named
