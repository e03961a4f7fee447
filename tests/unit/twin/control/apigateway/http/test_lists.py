"""Pages of lists in the API `apigatewayv2`."""

import pytest

from tests.unit.twin.control.apigateway.calls import Gateway


def test_a_list_is_read_in_pages(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html"""
    apis = sorted(gateway.api() for _ in range(3))

    first = gateway.http("GetApis", MaxResults="2")
    second = gateway.http("GetApis", MaxResults="2", NextToken=first["NextToken"])

    assert [one["ApiId"] for one in first["Items"] + second["Items"]] == apis
    assert "NextToken" not in second


@pytest.mark.parametrize("number", ["0", "501", "x", "-1", "1".zfill(9).ljust(5000, "0")])
def test_a_wrong_size_of_pages_is_refused(gateway: Gateway, number: str) -> None:
    assert "MaxResults" in gateway.refused("GetApis", MaxResults=number).message
