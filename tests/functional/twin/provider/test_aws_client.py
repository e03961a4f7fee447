"""Calls of AWS and their errors, with moto as AWS."""

from typing import Any

import grpc
import pytest

from tests.functional.twin.provider.deployments import TABLE
from tests.functional.twin.provider.driver import Driver


def test_an_error_of_aws_is_one_line_with_operation_region_and_code(driver: Driver) -> None:
    driver.create("aws:dynamodb/table:Table", "twice", {**TABLE, "name": "twice"})

    with pytest.raises(grpc.RpcError) as failed:
        driver.create("aws:dynamodb/table:Table", "twice", {**TABLE, "name": "twice"})

    error: Any = failed.value
    assert error.details().startswith(
        "aws:dynamodb/table:Table 'twice': CreateTable in eu-central-1: ResourceInUseException"
    )
    assert "\n" not in error.details()
