"""HTTP APIs, integrations and routes.

https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigatewayv2
"""

from tests.functional.twin.control.control_process import FRANKFURT
from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from tests.functional.twin.provider.resources.apigatewayv2.http_apis import (
    ACCOUNT,
    FUNCTION,
    PREFIX,
    make_route,
)


def test_an_api_lives(driver: Driver) -> None:
    cors = {"allowOrigins": ["https://a.test"], "allowMethods": ["GET"], "maxAge": 60}
    first = {"name": "one", "protocolType": "HTTP", "description": "d", "tags": {"a": "b"}}

    api = check_lifecycle(
        driver,
        f"{PREFIX}api:Api",
        "one",
        first,
        {"name": "two", "tags": {"c": "d"}, "corsConfiguration": cors},
    )

    endpoint = f"{api.id}.execute-api.{FRANKFURT}.amazonaws.com"
    assert api.outputs["apiEndpoint"] == f"https://{endpoint}"
    assert api.outputs["arn"] == f"arn:aws:apigateway:{FRANKFURT}::/apis/{api.id}"
    assert api.outputs["executionArn"] == f"arn:aws:execute-api:{FRANKFURT}:{ACCOUNT}:{api.id}"
    plain = driver.update(api, first)
    assert driver.diff(plain, first) == ([], [])
    refreshed = driver.refresh(plain)
    assert refreshed is not None
    assert "corsConfiguration" not in refreshed.outputs
    check_deletion(driver, api)


def test_an_integration_lives(driver: Driver, api: Resource) -> None:
    integration = check_lifecycle(
        driver,
        f"{PREFIX}integration:Integration",
        "kv",
        {"apiId": api.id, "integrationType": "AWS_PROXY", "integrationUri": FUNCTION},
        {"payloadFormatVersion": "2.0", "timeoutMilliseconds": 5000, "description": "d"},
    )

    assert integration.outputs["integrationMethod"] == "POST"
    check_deletion(driver, integration)


def test_a_route_lives(driver: Driver, api: Resource) -> None:
    integration, other = make_route(driver, api, "GET /other")
    route = check_lifecycle(
        driver,
        f"{PREFIX}route:Route",
        "kv",
        {"apiId": api.id, "routeKey": "GET /a"},
        {"routeKey": "ANY /{proxy+}", "target": f"integrations/{integration.id}"},
    )

    check_deletion(driver, route, other, integration)
