"""Calls of Global Accelerator by boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.control.control_process import FRANKFURT
from tests.waiting import eventually

Client = Any
"""A boto3 client, or one of its methods."""


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
