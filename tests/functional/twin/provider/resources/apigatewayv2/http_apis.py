"""What the tests of HTTP APIs have in common."""

from tests.functional.twin.control.control_process import FRANKFURT
from tests.functional.twin.provider.driver import Driver, Resource

PREFIX = "aws:apigatewayv2/"
ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:{FRANKFURT}:{ACCOUNT}:function:kv:live"


def make_route(driver: Driver, api: Resource, key: str) -> tuple[Resource, Resource]:
    """An integration and a route to it."""
    integration = driver.create(
        f"{PREFIX}integration:Integration",
        "kv",
        {"apiId": api.id, "integrationType": "AWS_PROXY", "integrationUri": FUNCTION},
    )
    target = {"apiId": api.id, "routeKey": key, "target": f"integrations/{integration.id}"}
    return integration, driver.create(f"{PREFIX}route:Route", key, target)
