"""Calls of Global Accelerator by boto3."""

from typing import Any

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT
from tests.waiting import eventually


def wait_until_deployed(client: Client, arn: str) -> None:
    """Wait until the accelerator is DEPLOYED."""

    def is_deployed() -> bool:
        status = client.describe_accelerator(AcceleratorArn=arn)["Accelerator"]["Status"]
        return bool(status == "DEPLOYED")

    eventually(is_deployed)


def expect_error(code: str, call: Client, **arguments: object) -> str:
    """Message of the error with this code that the call must return."""
    return error_message(expect_aws_error(code, call, **arguments))


def create_group(client: Client, listener: str, **more: object) -> dict[str, Any]:
    """An endpoint group in Frankfurt."""
    created: dict[str, Any] = client.create_endpoint_group(
        ListenerArn=listener, EndpointGroupRegion=FRANKFURT, **more
    )["EndpointGroup"]
    return created
