"""The operations of both APIs are the served ones."""

from tests.unit.twin.control.apigateway.calls import CERTIFICATES
from twin.control.apigateway.service import http_operations, rest_operations
from twin.moto.calls.served_operations import SERVED


def test_what_is_served_has_its_operation() -> None:
    assert set(rest_operations(CERTIFICATES.get)) == SERVED["apigateway"]
    assert set(http_operations(CERTIFICATES.get)) == SERVED["apigatewayv2"]
