"""Responses in each protocol that a service of control's own may have."""

import json

import pytest

from twin.moto.calls.aws_call import AwsCall
from twin.moto.calls.response_writer import write_response


def signed(service: str, url: str) -> AwsCall:
    credential = f"KEY/20261129/us-east-1/{service}/aws4_request"
    header = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00"
    return AwsCall(method="GET", url=url, headers={"authorization": header})


def test_rest_xml() -> None:
    call = signed("route53", "/2013-04-01/hostedzonecount")

    response = write_response(call, "GetHostedZoneCount", {"HostedZoneCount": 2})

    assert response.status == 200
    assert b"<HostedZoneCount>2</HostedZoneCount>" in response.body
    assert b"https://route53.amazonaws.com/doc/2013-04-01/" in response.body


@pytest.mark.parametrize(
    ("url", "operation", "member"),
    [("/apis", "GetRestApis", "items"), ("/v2/apis", "GetApis", "Items")],
)
def test_rest_json_of_both_services_of_api_gateway(url: str, operation: str, member: str) -> None:
    response = write_response(signed("apigateway", url), operation, {member: []})

    (content,) = json.loads(response.body).values()
    assert content == []


def test_the_status_is_the_models() -> None:
    response = write_response(signed("apigateway", "/v2/apis"), "CreateApi", {"ApiId": "a1"})

    assert response.status == 201
    assert json.loads(response.body) == {"apiId": "a1"}
    assert dict(response.headers)["x-amzn-RequestId"]
