"""Custom domain names and mappings in the API `apigatewayv2`."""

from typing import Any

import pytest

from tests.unit.twin.control.apigateway.calls import CERTIFICATE, FUNCTION, PENDING, Gateway
from twin.topology.apigateway import ApiMapping

NAME = "api.muster.test"


def test_a_domain_has_a_name_of_its_region(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html"""
    made = gateway.domain("API.muster.test")

    target = made["DomainNameConfigurations"][0]["ApiGatewayDomainName"]
    assert made["DomainName"] == NAME
    assert made["DomainNameArn"] == f"arn:aws:apigateway:eu-central-1::/domainnames/{NAME}"
    assert target.startswith("d-")
    assert target.endswith(".execute-api.eu-central-1.amazonaws.com")
    (published,) = gateway.published().domains
    assert (published.name, published.regional_name) == (NAME, target)
    assert gateway.http("GetDomainName", DomainName=NAME) == made
    assert gateway.http("GetDomainNames")["Items"] == [made]


def test_each_region_may_have_the_same_name(gateway: Gateway) -> None:
    gateway.domain()
    refused = gateway.refused(
        "CreateDomainName",
        DomainName=NAME,
        DomainNameConfigurations=[{"CertificateArn": CERTIFICATE}],
    )
    assert (refused.code, refused.status) == ("ConflictException", 409)

    gateway.region = "us-west-2"

    assert gateway.refused("GetDomainName", DomainName=NAME).status == 404
    assert gateway.http("GetDomainNames")["Items"] == []


def configured(**configuration: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3 takes them
    return {"DomainNameConfigurations": [{"CertificateArn": CERTIFICATE, **configuration}]}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (configured(EndpointType="EDGE"), "NotImplemented"),
        (configured(SecurityPolicy="TLS_1_0"), "BadRequestException"),
        (configured(CertificateArn=PENDING), "BadRequestException"),
        ({}, "BadRequestException"),
        ({"DomainNameConfigurations": [{}, {}]}, "BadRequestException"),
        (configured() | {"RoutingMode": "ROUTING_RULE_ONLY"}, "NotImplemented"),
        (
            configured() | {"MutualTlsAuthentication": {"TruststoreUri": "s3://a/b"}},
            "NotImplemented",
        ),
    ],
)
def test_what_is_wrong_or_not_served_is_refused(
    gateway: Gateway, given: dict[str, Any], code: str
) -> None:
    assert gateway.refused("CreateDomainName", DomainName=NAME, **given).code == code


def test_an_update_takes_another_certificate(gateway: Gateway) -> None:
    made = gateway.domain()

    refused = gateway.refused(
        "UpdateDomainName",
        DomainName=NAME,
        DomainNameConfigurations=[{"CertificateArn": PENDING}],
    )
    same = gateway.http(
        "UpdateDomainName",
        DomainName=NAME,
        DomainNameConfigurations=[{"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_1_2"}],
    )

    assert "not yet issued" in refused.message
    assert same == made


def test_a_mapping_leads_to_a_stage(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html"""
    api = gateway.api(Target=FUNCTION)
    gateway.domain()

    made = gateway.http(
        "CreateApiMapping", DomainName=NAME, ApiId=api, Stage="$default", ApiMappingKey="v1/items"
    )

    same = {"DomainName": NAME, "ApiMappingId": made["ApiMappingId"]}
    assert gateway.http("GetApiMapping", **same) == made
    assert gateway.published().domains[0].mappings == (
        ApiMapping(key="v1/items", api_id=api, stage="$default"),
    )
    gateway.http("UpdateApiMapping", **same, ApiId=api, ApiMappingKey="")
    assert gateway.http("GetApiMappings", DomainName=NAME)["Items"][0]["ApiMappingKey"] == ""
    gateway.http("DeleteApiMapping", **same)
    assert gateway.refused("GetApiMapping", **same).status == 404


def test_a_key_leads_to_one_stage(gateway: Gateway) -> None:
    api = gateway.api(Target=FUNCTION)
    gateway.domain()
    mapping = {"DomainName": NAME, "ApiId": api, "Stage": "$default"}
    gateway.http("CreateApiMapping", **mapping)

    assert gateway.refused("CreateApiMapping", **mapping).code == "ConflictException"
    for wrong in ("/a", "a/", "a//b", "a b", "x" * 301):
        refused = gateway.refused("CreateApiMapping", **mapping, ApiMappingKey=wrong)
        assert refused.code == "BadRequestException"


def test_a_mapping_needs_an_api_and_its_stage(gateway: Gateway) -> None:
    api = gateway.api(Target=FUNCTION)
    gateway.domain()

    unknown = gateway.refused("CreateApiMapping", DomainName=NAME, ApiId="x", Stage="$default")
    refused = gateway.refused("CreateApiMapping", DomainName=NAME, ApiId=api, Stage="prod")

    assert unknown.status == 404
    assert refused.message == "Invalid stage identifier specified"
