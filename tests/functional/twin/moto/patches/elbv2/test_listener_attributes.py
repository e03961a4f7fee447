"""Listener attributes over boto3."""

import pytest

from tests.functional.twin.aws_errors import Client, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import ServiceIds

PREFIX = "routing.http.response."


@pytest.fixture
def listener(deployed: ServiceIds) -> str:
    """The ARN of the shared service's listener."""
    return deployed.listener


def attributes_of(elb: Client, listener: str) -> dict[str, str]:
    described = elb.describe_listener_attributes(ListenerArn=listener)["Attributes"]
    return {attribute["Key"]: attribute["Value"] for attribute in described}


def test_a_listener_has_its_documented_attributes(elb: Client, listener: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html"""
    found = attributes_of(elb, listener)

    assert found[f"{PREFIX}server.enabled"] == "true"
    assert found[f"{PREFIX}strict_transport_security.header_value"] == ""
    assert "tcp.idle_timeout.seconds" not in found
    assert len(found) == 11


def test_changed_attributes_reach_the_region(
    shared: ControlProcess, elb: Client, listener: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListenerAttributes.html"""
    key = f"{PREFIX}x_frame_options.header_value"
    elb.modify_listener_attributes(ListenerArn=listener, Attributes=[{"Key": key, "Value": "DENY"}])

    assert attributes_of(elb, listener)[key] == "DENY"
    balancers = shared.topology().regions[FRANKFURT].load_balancers
    (published,) = [li for lb in balancers for li in lb.listeners if li.arn == listener]
    assert published.attributes == {f"{PREFIX}server.enabled": "true", key: "DENY"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tcp.idle_timeout.seconds", "60"),
        (f"{PREFIX}x_odd.header_value", "1"),
        (f"{PREFIX}server.enabled", "yes"),
        (f"{PREFIX}x_content_type_options.header_value", "sniff"),
        (f"{PREFIX}x_frame_options.header_value", "a\nb"),
        (f"{PREFIX}x_frame_options.header_value", "a" * 1025),
    ],
)
def test_other_attributes_and_values_are_refused(
    elb: Client, listener: str, key: str, value: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListenerAttributes.html"""
    expect_aws_error(
        "InvalidConfigurationRequest",
        elb.modify_listener_attributes,
        ListenerArn=listener,
        Attributes=[{"Key": key, "Value": value}],
    )
