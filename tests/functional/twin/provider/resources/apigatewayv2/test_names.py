"""Parts of APIs by the ids of Terraform's provider.

https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigatewayv2
"""

from dataclasses import replace

from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion
from tests.functional.twin.provider.resources.apigatewayv2.http_apis import make_route


def test_parts_are_imported_by_the_ids_of_terraform(driver: Driver, api: Resource) -> None:
    integration, route = make_route(driver, api, "GET /a")

    for made in (integration, route):
        imported = replace(made, id=f"{api.id}/{made.id}", inputs={}, outputs={})
        found = driver.refresh(imported)
        assert found is not None
        assert (found.id, found.outputs["apiId"]) == (made.id, api.id)

    check_deletion(driver, route, integration)
