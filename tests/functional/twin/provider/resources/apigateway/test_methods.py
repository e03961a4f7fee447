"""Methods, integrations and their responses.

https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigateway
"""

from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from tests.functional.twin.provider.resources.apigateway.rest_apis import (
    INVOCATIONS,
    PREFIX,
    import_again,
    root_method,
)


def test_a_method_and_its_integration_live(driver: Driver, api: Resource) -> None:
    names = root_method(api)
    parameter = "method.request.querystring.q"
    method = check_lifecycle(
        driver,
        f"{PREFIX}method:Method",
        "get",
        {**names, "authorization": "NONE", "requestParameters": {parameter: "true"}},
        {"operationName": "op", "requestParameters": {parameter: "false"}},
    )
    integration = check_lifecycle(
        driver,
        f"{PREFIX}integration:Integration",
        "get",
        {**names, "type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": INVOCATIONS},
        {"timeoutMilliseconds": 5000, "requestTemplates": {"application/json": "{}"}},
    )

    assert method.id == f"agm-{api.id}-{names['resourceId']}-GET"
    assert integration.outputs["passthroughBehavior"] == "WHEN_NO_MATCH"
    identity = f"{api.id}/{names['resourceId']}/GET"
    assert import_again(driver, method, identity).outputs["httpMethod"] == "GET"
    found = import_again(driver, integration, identity)
    assert found.outputs["resourceId"] == names["resourceId"]
    assert found.outputs["integrationHttpMethod"] == "POST"
    check_deletion(driver, integration, method)


def test_a_mock_and_its_responses_live(driver: Driver, api: Resource) -> None:
    names = root_method(api, "OPTIONS")
    header = "method.response.header.Access-Control-Allow-Origin"
    method = driver.create(f"{PREFIX}method:Method", "options", {**names, "authorization": "NONE"})
    integration = check_lifecycle(
        driver,
        f"{PREFIX}integration:Integration",
        "options",
        {
            **names,
            "type": "MOCK",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
        },
        {},
    )
    response = check_lifecycle(
        driver,
        f"{PREFIX}methodResponse:MethodResponse",
        "options",
        {**names, "statusCode": "200", "responseParameters": {header: "true"}},
        {"responseModels": {"application/json": "Empty"}},
    )
    answer = check_lifecycle(
        driver,
        f"{PREFIX}integrationResponse:IntegrationResponse",
        "options",
        {**names, "statusCode": "200", "responseParameters": {header: "'*'"}},
        {"selectionPattern": "2..", "responseTemplates": {"application/json": "{}"}},
    )

    found = import_again(driver, answer, f"{api.id}/{names['resourceId']}/OPTIONS/200")
    assert found.outputs["selectionPattern"] == "2.."
    check_deletion(driver, answer, response, integration, method)
