"""Idempotency tokens over boto3."""

from tests.functional.twin.aws_errors import Client
from tests.functional.twin.control.globalaccelerator.calls import expect_error


def test_the_same_token_makes_one_accelerator(client: Client) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""
    first = client.create_accelerator(Name="once", IdempotencyToken="t")["Accelerator"]
    again = client.create_accelerator(Name="once", IdempotencyToken="t")["Accelerator"]

    assert again["AcceleratorArn"] == first["AcceleratorArn"]
    expect_error(
        "InvalidArgumentException", client.create_accelerator, Name="two", IdempotencyToken="t"
    )
