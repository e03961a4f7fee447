"""REST APIs as resources, and the account."""

import pytest

from tests.unit.twin.control.apigateway.calls import Gateway


def test_an_api_has_a_root_and_is_edge_optimized_unless_it_says_otherwise(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html"""
    made = gateway.rest("CreateRestApi", name="kv", tags={"a": "b"})

    assert made["endpointConfiguration"] == {"types": ["EDGE"], "ipAddressType": "ipv4"}
    assert made["apiKeySource"] == "HEADER"
    assert not made["disableExecuteApiEndpoint"]
    root = gateway.rest("GetResource", restApiId=made["id"], resourceId=made["rootResourceId"])
    assert root == {"id": made["rootResourceId"], "path": "/"}
    assert gateway.rest("GetRestApi", restApiId=made["id"]) == made
    assert gateway.rest("GetRestApis") == {"items": [made]}


def test_an_api_is_patched(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html"""
    api = gateway.rest_api(description="d")["id"]
    changes = [
        ("/name", "other", "replace"),
        ("/description", None, "remove"),
        ("/minimumCompressionSize", "10", "replace"),
        ("/disableExecuteApiEndpoint", "True", "replace"),
        ("/binaryMediaTypes/image~1png", None, "add"),
        ("/binaryMediaTypes/image~1jpeg", None, "add"),
        ("/binaryMediaTypes/image~1png", "image/gif", "replace"),
        ("/binaryMediaTypes/image~1jpeg", None, "remove"),
        ("/endpointConfiguration/types/REGIONAL", "EDGE", "replace"),
    ]

    for path, value, op in changes:
        gateway.patch("UpdateRestApi", path, value, op=op, restApiId=api)

    found = gateway.rest("GetRestApi", restApiId=api)
    assert found["name"] == "other"
    assert "description" not in found
    assert found["minimumCompressionSize"] == 10
    assert found["disableExecuteApiEndpoint"]
    assert found["binaryMediaTypes"] == ["image/gif"]
    assert found["endpointConfiguration"]["types"] == ["EDGE"]
    off = gateway.patch("UpdateRestApi", "/minimumCompressionSize", restApiId=api)
    assert "minimumCompressionSize" not in off


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"description": ""}, "Description cannot be an empty string"),
        (
            {"minimumCompressionSize": -1},
            "Invalid minimum compression size, must be between 0 and 10485760",
        ),
        ({"name": " "}, "No Name specified"),
        (
            {"endpointConfiguration": {"types": ["X"]}},
            "Invalid endpoint type. Must be one of: [EDGE, REGIONAL, PRIVATE]",
        ),
    ],
)
def test_wrong_apis_are_refused(gateway: Gateway, given: dict[str, object], message: str) -> None:
    """https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_api.snapshot.json"""
    refused = gateway.rest_refused("CreateRestApi", **{"name": "kv", **given})

    assert (refused.code, refused.message) == ("BadRequestException", message)


@pytest.mark.parametrize(
    "given",
    [
        {"policy": "{}"},
        {"cloneFrom": "x"},
        {"endpointConfiguration": {"types": ["PRIVATE"]}},
    ],
)
def test_what_is_not_served_is_refused_by_name(gateway: Gateway, given: dict[str, object]) -> None:
    refused = gateway.rest_refused("CreateRestApi", **{"name": "kv", **given})

    assert refused.status == 501
    assert next(iter(given)) in refused.message


def test_an_api_that_a_domain_leads_to_is_not_deleted(gateway: Gateway) -> None:
    api, _ = gateway.deployed_rest_api()
    gateway.domain()
    gateway.rest("CreateBasePathMapping", domainName="api.muster.test", restApiId=api)

    refused = gateway.rest_refused("DeleteRestApi", restApiId=api)

    assert "Please remove all base path mappings" in refused.message
    gateway.rest("DeleteBasePathMapping", domainName="api.muster.test", basePath="(none)")
    gateway.rest("DeleteRestApi", restApiId=api)
    assert gateway.rest_refused("GetRestApi", restApiId=api).status == 404


def test_the_account_has_a_role_for_logs(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetAccount.html"""
    before = gateway.rest("GetAccount")
    after = gateway.patch("UpdateAccount", "/cloudwatchRoleArn", "arn:aws:iam::123456789012:role/r")

    assert before["throttleSettings"] == {"burstLimit": 5000, "rateLimit": 10000.0}
    assert after == {**before, "cloudwatchRoleArn": "arn:aws:iam::123456789012:role/r"}
    assert gateway.patch("UpdateAccount", "/cloudwatchRoleArn") == before
    wrong = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": "x"}]
    assert gateway.rest_refused("UpdateAccount", patchOperations=wrong).status == 400
