"""Domain names and base path mappings.

https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigateway
"""

from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import import_certificate
from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from tests.functional.twin.provider.resources.apigateway.rest_apis import (
    PREFIX,
    make_method,
    make_stage,
)

NAME = "shop.v1.test"


def test_a_domain_and_its_paths_live(driver: Driver, api: Resource, shared: ControlProcess) -> None:
    make_method(driver, api)
    deployment, stage = make_stage(driver, api)
    first, second = (import_certificate(shared, FRANKFURT, NAME) for _ in range(2))
    domain = check_lifecycle(
        driver,
        f"{PREFIX}domainName:DomainName",
        "shop",
        {
            "domainName": NAME,
            "regionalCertificateArn": first,
            "endpointConfiguration": {"types": "REGIONAL"},
            "securityPolicy": "TLS_1_2",
        },
        {"regionalCertificateArn": second},
    )
    root = check_lifecycle(
        driver,
        f"{PREFIX}basePathMapping:BasePathMapping",
        "root",
        {"domainName": NAME, "restApi": api.id},
        {"stageName": "live"},
    )
    named = check_lifecycle(
        driver,
        f"{PREFIX}basePathMapping:BasePathMapping",
        "named",
        {"domainName": NAME, "restApi": api.id, "basePath": "v1", "stageName": "live"},
        {},
    )

    assert domain.outputs["regionalDomainName"].startswith("d-")
    assert domain.outputs["regionalZoneId"] == "Z1U9ULNL0V5AJ3"
    assert (root.id, named.id) == (f"{NAME}/", f"{NAME}/v1")
    check_deletion(driver, named, root, domain, stage, deployment)
