"""Listeners over boto3."""

from tests.functional.twin.aws_errors import Client
from tests.functional.twin.control.globalaccelerator.calls import expect_error


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
