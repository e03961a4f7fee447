"""REST APIs, resources, gateway responses and the account.

https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigateway
"""

from tests.functional.twin.control.control_process import FRANKFURT
from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from tests.functional.twin.provider.resources.apigateway.rest_apis import (
    ACCOUNT,
    PREFIX,
    import_again,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


def test_a_rest_api_lives(driver: Driver) -> None:
    api = check_lifecycle(
        driver,
        f"{PREFIX}restApi:RestApi",
        "one",
        {
            "name": "one",
            "endpointConfiguration": {"types": "REGIONAL"},
            "binaryMediaTypes": ["image/png"],
            "tags": {"a": "b"},
        },
        {
            "name": "two",
            "description": "d",
            "endpointConfiguration": {"types": "EDGE"},
            "binaryMediaTypes": ["image/gif"],
            "minimumCompressionSize": "10",
            "tags": {"c": "d"},
        },
    )

    assert api.outputs["arn"] == f"arn:aws:apigateway:{FRANKFURT}::/restapis/{api.id}"
    assert api.outputs["executionArn"] == f"arn:aws:execute-api:{FRANKFURT}:{ACCOUNT}:{api.id}"
    assert len(api.outputs["rootResourceId"]) == 10
    check_deletion(driver, api)


def test_a_resource_lives(driver: Driver, api: Resource) -> None:
    resource = check_lifecycle(
        driver,
        f"{PREFIX}resource:Resource",
        "a",
        {"restApi": api.id, "parentId": api.outputs["rootResourceId"], "pathPart": "a"},
        {"pathPart": "b"},
    )

    assert resource.outputs["path"] == "/b"
    found = import_again(driver, resource, f"{api.id}/{resource.id}")
    assert found.outputs["restApi"] == api.id
    check_deletion(driver, resource)


def test_a_gateway_response_lives(driver: Driver, api: Resource) -> None:
    header = "gatewayresponse.header.Access-Control-Allow-Origin"
    response = check_lifecycle(
        driver,
        f"{PREFIX}response:Response",
        "missing",
        {"restApiId": api.id, "responseType": "MISSING_AUTHENTICATION_TOKEN"},
        {"statusCode": "404", "responseParameters": {header: "'*'"}},
    )

    assert response.id == f"aggr-{api.id}-MISSING_AUTHENTICATION_TOKEN"
    found = import_again(driver, response, f"{api.id}/MISSING_AUTHENTICATION_TOKEN")
    assert found.outputs["statusCode"] == "404"
    check_deletion(driver, response)


def test_the_account_lives(driver: Driver) -> None:
    account = check_lifecycle(
        driver,
        f"{PREFIX}account:Account",
        "account",
        {"cloudwatchRoleArn": ROLE},
        {"cloudwatchRoleArn": f"{ROLE}2"},
    )

    assert account.outputs["throttleSettings"] == [{"burstLimit": 5000, "rateLimit": 10000}]
    driver.delete(account)
    refreshed = driver.refresh(account)
    assert refreshed is not None
    assert "cloudwatchRoleArn" not in refreshed.outputs
