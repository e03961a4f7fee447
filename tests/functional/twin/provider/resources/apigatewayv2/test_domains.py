"""Domain names and their mappings.

https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigatewayv2
"""

from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import import_certificate
from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from tests.functional.twin.provider.resources.apigatewayv2.http_apis import PREFIX, make_route


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
