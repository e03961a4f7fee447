"""Calls that AWS refuses."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Any
"""A boto3 client, one of its methods or answers."""


def expect_aws_error(code_expected: str, call: Client, **arguments: object) -> ClientError:
    """Make a call that must fail with this code; the error."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code_expected
    return caught.value


def error_message(error: ClientError) -> str:
    """What an error says."""
    return error.response["Error"]["Message"]
