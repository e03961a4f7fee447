"""Custom domain names and base path mappings in the API `apigateway`."""

from typing import Any

import pytest

from tests.unit.twin.control.apigateway.calls import CERTIFICATE, FUNCTION, PENDING, Gateway
from twin.topology.apigateway import ApiMapping

NAME = "api.muster.test"
REGIONAL = {
    "domainName": NAME,
    "regionalCertificateArn": CERTIFICATE,
    "endpointConfiguration": {"types": ["REGIONAL"]},
}


def test_both_apis_have_the_same_domains(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html"""
    made = gateway.rest("CreateDomainName", **REGIONAL, tags={"a": "b"})

    (shown,) = gateway.http("GetDomainName", DomainName=NAME)["DomainNameConfigurations"]
    assert made["regionalDomainName"] == shown["ApiGatewayDomainName"]
    assert made["regionalHostedZoneId"] == shown["HostedZoneId"]
    assert made["domainNameStatus"] == "AVAILABLE"
    assert gateway.rest("GetDomainNames") == {"items": [made]}
    refused = gateway.rest_refused("CreateDomainName", **REGIONAL)
    assert refused.message == "The domain name you provided already exists."
    gateway.rest("DeleteDomainName", domainName=NAME)
    assert gateway.rest_refused("GetDomainName", domainName=NAME).message == (
        "Invalid domain name identifier specified"
    )


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"endpointConfiguration": {"types": ["EDGE"]}}, 501),
        ({"endpointConfiguration": {}, "regionalCertificateArn": None}, 501),
        ({"securityPolicy": "TLS_1_0"}, 501),
        ({"mutualTlsAuthentication": {"truststoreUri": "s3://a/b"}}, 501),
        ({"routingMode": "ROUTING_RULE_ONLY"}, 501),
        ({"regionalCertificateArn": PENDING}, 400),
    ],
)
def test_what_is_wrong_or_not_served_is_refused(
    gateway: Gateway, given: dict[str, Any], status: int
) -> None:
    assert gateway.rest_refused("CreateDomainName", **{**REGIONAL, **given}).status == status


def test_a_domain_is_patched(gateway: Gateway) -> None:
    made = gateway.rest("CreateDomainName", **REGIONAL)

    same = gateway.patch(
        "UpdateDomainName", "/regionalCertificateArn", CERTIFICATE, domainName=NAME
    )

    assert same == made
    for path, value in [("/regionalCertificateArn", PENDING), ("/securityPolicy", "TLS_1_0")]:
        patch = {"op": "replace", "path": path, "value": value}
        gateway.rest_refused("UpdateDomainName", domainName=NAME, patchOperations=[patch])


def test_a_mapping_without_stage_takes_it_from_the_path(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html"""
    api, _ = gateway.deployed_rest_api()
    gateway.rest("CreateDomainName", **REGIONAL)

    root = gateway.rest("CreateBasePathMapping", domainName=NAME, restApiId=api)
    other = gateway.rest(
        "CreateBasePathMapping", domainName=NAME, restApiId=api, basePath="v1", stage="live"
    )

    assert root == {"basePath": "(none)", "restApiId": api}
    assert gateway.rest("GetBasePathMappings", domainName=NAME)["items"] == [root, other]
    assert gateway.published().domains[0].mappings == (
        ApiMapping(key="", api_id=api, stage=""),
        ApiMapping(key="v1", api_id=api, stage="live"),
    )
    where = {"domainName": NAME, "basePath": "v1"}
    assert gateway.patch("UpdateBasePathMapping", "/basePath", "v2", **where)["basePath"] == "v2"
    assert gateway.rest_refused("GetBasePathMapping", **where).status == 404
    gateway.rest("DeleteBasePathMapping", domainName=NAME, basePath="v2")
    assert gateway.rest("GetBasePathMapping", domainName=NAME, basePath="(none)") == root


def test_a_rest_api_is_mapped_by_the_other_api_too(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html"""
    api, _ = gateway.deployed_rest_api()
    gateway.rest("CreateDomainName", **REGIONAL)

    gateway.http("CreateApiMapping", DomainName=NAME, ApiId=api, Stage="live", ApiMappingKey="a/b")

    assert gateway.published().domains[0].mappings[0].key == "a/b"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"restApiId": "unknown"}, "Invalid REST API identifier specified"),
        ({"stage": "next"}, "Invalid stage identifier specified"),
        ({"basePath": "(none)"}, "Base path already exists for this domain name"),
        (
            {"basePath": "a/b"},
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. To "
            "create a multi-level base path mapping, use API Gateway V2.",
        ),
    ],
)
def test_wrong_mappings_are_refused(gateway: Gateway, given: dict[str, Any], message: str) -> None:
    api, _ = gateway.deployed_rest_api()
    gateway.rest("CreateDomainName", **REGIONAL)
    gateway.rest("CreateBasePathMapping", domainName=NAME, restApiId=api)
    mapping = {"domainName": NAME, "restApiId": api, "basePath": "v1", **given}

    assert gateway.rest_refused("CreateBasePathMapping", **mapping).message == message


def test_an_http_api_is_none_of_this_api_s(gateway: Gateway) -> None:
    api = gateway.api(Target=FUNCTION)
    gateway.rest("CreateDomainName", **REGIONAL)

    refused = gateway.rest_refused("CreateBasePathMapping", domainName=NAME, restApiId=api)

    assert refused.message == "Invalid REST API identifier specified"
