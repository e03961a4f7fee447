"""API Gateway without a process."""

import pytest

from tests.unit.twin.control.apigateway.calls import Gateway


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()
