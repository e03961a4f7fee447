"""Accelerators over boto3: addresses, deployment, deletion, attributes, tags."""

from tests.functional.twin.aws_errors import Client
from tests.functional.twin.control.control_process import ControlProcess
from tests.functional.twin.control.globalaccelerator.calls import (
    create_group,
    expect_error,
    wait_until_deployed,
)


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


def test_deleting_waits_for_the_last_change(client: Client, accelerator: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html."""
    client.update_accelerator(AcceleratorArn=accelerator, Enabled=False)
    wait_until_deployed(client, accelerator)
    client.delete_accelerator(AcceleratorArn=accelerator)

    named = [
        one["AcceleratorArn"] for one in client.list_accelerators(MaxResults=100)["Accelerators"]
    ]
    assert accelerator not in named
