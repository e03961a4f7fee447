"""HTTP APIs, stages and domain names, with a control process.

The steps are those of Terraform's provider:
https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigatewayv2
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import import_certificate
from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from twin.provider.values import Properties

PREFIX = "aws:apigatewayv2/"
ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:{FRANKFURT}:{ACCOUNT}:function:kv:live"
LOG_GROUP = f"arn:aws:logs:{FRANKFURT}:{ACCOUNT}:log-group:/aws/api"


@pytest.fixture(scope="module")
def driver(control_driver: Driver) -> Driver:
    return control_driver


@pytest.fixture
def api(driver: Driver) -> Iterator[Resource]:
    made = driver.create(f"{PREFIX}api:Api", "kv", {"name": "kv", "protocolType": "HTTP"})
    yield made
    driver.delete(made)


def make_route(driver: Driver, api: Resource, key: str) -> tuple[Resource, Resource]:
    """An integration and a route to it."""
    integration = driver.create(
        f"{PREFIX}integration:Integration",
        "kv",
        {"apiId": api.id, "integrationType": "AWS_PROXY", "integrationUri": FUNCTION},
    )
    target = {"apiId": api.id, "routeKey": key, "target": f"integrations/{integration.id}"}
    return integration, driver.create(f"{PREFIX}route:Route", key, target)


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


def test_a_stage_lives(driver: Driver, api: Resource) -> None:
    made = [*make_route(driver, api, "GET /a"), *make_route(driver, api, "GET /b")]
    settings: Properties = {
        "apiId": api.id,
        "name": "$default",
        "autoDeploy": True,
        "stageVariables": {"a": "1", "b": "2"},
        "defaultRouteSettings": {"throttlingBurstLimit": 10, "throttlingRateLimit": 5.5},
        "routeSettings": [
            {"routeKey": "GET /a", "throttlingBurstLimit": 1, "throttlingRateLimit": 1}
        ],
        "tags": {"a": "b"},
    }
    stage = check_lifecycle(
        driver,
        f"{PREFIX}stage:Stage",
        "live",
        settings,
        {
            "stageVariables": {"b": "3"},
            "routeSettings": [
                {"routeKey": "GET /b", "throttlingBurstLimit": 2, "throttlingRateLimit": 2}
            ],
            "accessLogSettings": {"destinationArn": LOG_GROUP, "format": "$context.requestId"},
        },
    )

    host = f"{api.id}.execute-api.{FRANKFURT}.amazonaws.com"
    assert stage.outputs["invokeUrl"] == f"https://{host}/"
    assert stage.outputs["executionArn"].endswith(f":{api.id}/$default")
    assert stage.outputs["stageVariables"] == {"b": "3"}
    assert [one["routeKey"] for one in stage.outputs["routeSettings"]] == ["GET /b"]
    check_deletion(driver, stage, *reversed(made))


def test_a_plain_stage_serves_a_deployment(driver: Driver, api: Resource) -> None:
    made = make_route(driver, api, "GET /a")
    deployment = check_lifecycle(
        driver,
        f"{PREFIX}deployment:Deployment",
        "first",
        {"apiId": api.id, "triggers": {"routes": "1"}},
        {"description": "d"},
    )
    stage = check_lifecycle(
        driver,
        f"{PREFIX}stage:Stage",
        "prod",
        {"apiId": api.id, "name": "prod", "deploymentId": deployment.id},
        {"description": "d"},
    )

    assert stage.outputs["invokeUrl"].endswith(".amazonaws.com/prod")
    check_deletion(driver, stage, deployment, *reversed(made))


def test_a_domain_and_its_mapping_live(
    driver: Driver, api: Resource, shared: ControlProcess
) -> None:
    made = make_route(driver, api, "$default")
    stage = driver.create(
        f"{PREFIX}stage:Stage", "live", {"apiId": api.id, "name": "$default", "autoDeploy": True}
    )
    configuration = {"endpointType": "REGIONAL", "securityPolicy": "TLS_1_2"}
    first, second = (import_certificate(shared, FRANKFURT, "shop.v2.test") for _ in range(2))
    domain = check_lifecycle(
        driver,
        f"{PREFIX}domainName:DomainName",
        "shop",
        {
            "domainName": "shop.v2.test",
            "domainNameConfiguration": {**configuration, "certificateArn": first},
        },
        {"domainNameConfiguration": {**configuration, "certificateArn": second}},
    )
    mapping = check_lifecycle(
        driver,
        f"{PREFIX}apiMapping:ApiMapping",
        "shop",
        {"apiId": api.id, "domainName": domain.id, "stage": "$default"},
        {"apiMappingKey": "v1"},
    )

    found = domain.outputs["domainNameConfiguration"]
    assert found["targetDomainName"].startswith("d-")
    assert found["hostedZoneId"] == "Z1U9ULNL0V5AJ3"
    check_deletion(driver, mapping, domain, stage, *reversed(made))


def test_parts_are_imported_by_the_ids_of_terraform(driver: Driver, api: Resource) -> None:
    integration, route = make_route(driver, api, "GET /a")

    for made in (integration, route):
        imported = replace(made, id=f"{api.id}/{made.id}", inputs={}, outputs={})
        found = driver.refresh(imported)
        assert found is not None
        assert found.outputs["apiId"] == api.id

    check_deletion(driver, route, integration)
