"""Errors as the person at `pulumi up` reads them."""

import pytest

from twin.provider.errors import AwsCallFailed, AwsUnreachable


def failed(message: str, status: int) -> str:
    return str(
        AwsCallFailed(
            operation="CreateTable",
            region="us-west-2",
            code="ServiceUnavailable",
            message=message,
            status=status,
        )
    )


def test_an_error_is_one_line_with_operation_region_code_and_message() -> None:
    assert failed("bad\n  thing", 400) == (
        "CreateTable in us-west-2: ServiceUnavailable: bad thing"
    )


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("Region us-west-2 is down", "`twin region start us-west-2`"),
        ("control is not running", "`twin control start`"),
    ],
)
def test_an_error_for_a_stopped_process_has_a_hint(message: str, hint: str) -> None:
    assert hint in failed(message, 503)


def test_a_message_with_the_gateway_s_hint_gets_no_other() -> None:
    message = "us-west-2 is down; bring it back: twin region start us-west-2"

    assert failed(message, 503).endswith(message)


def test_an_unreachable_endpoint_is_named_with_a_hint() -> None:
    error = AwsUnreachable(
        "CreateVpc", "eu-central-1", "http://127.0.0.1:4566", "ConnectionRefused"
    )

    assert "no response from http://127.0.0.1:4566" in str(error)
    assert "`make up`" in str(error)
