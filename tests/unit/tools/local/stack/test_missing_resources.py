"""Resources that Pulumi has on record and the twin has no more."""

from dataclasses import replace

from tools.local.stack.missing_resources import find_missing_resources
from twin.topology.apigateway import Api, ApiGatewayTopology, CustomDomain
from twin.topology.model import (
    Accelerator,
    AcceleratorListener,
    EndpointGroup,
    LambdaFunction,
    LoadBalancer,
    RegionTopology,
    TargetGroup,
    TargetHealthCheck,
    Topology,
)
from twin.topology.route53 import HealthCheck, HostedZone, Route53Topology

FRANKFURT = "eu-central-1"
OUTPUTS = {
    "accelerator_arn": "arn:accelerator",
    "regions": {
        FRANKFURT: {
            "alb_arn": "arn:alb",
            "target_group_arn": "arn:targets",
            "endpoint_group_arn": "arn:group",
            "function_name": "app",
        }
    },
}
GROUP = EndpointGroup(arn="arn:group", region=FRANKFURT)
LISTENER = AcceleratorListener(arn="arn:listener", protocol="TCP", groups=(GROUP,))
CHECK = TargetHealthCheck(
    enabled=False,
    path="/",
    interval_s=10.0,
    timeout_s=5.0,
    healthy_threshold=3,
    unhealthy_threshold=2,
    matcher="200",
)
REGION = RegionTopology(
    load_balancers=(
        LoadBalancer(arn="arn:alb", name="alb", address="127.120.1.1", scheme="internal"),
    ),
    target_groups=(
        TargetGroup(arn="arn:targets", name="t", target_type="lambda", health_check=CHECK),
    ),
    functions=(LambdaFunction(arn="arn:app", name="app"),),
)
TOPOLOGY = Topology(
    accelerators=(
        Accelerator(arn="arn:accelerator", name="a", enabled=True, ips=(), listeners=(LISTENER,)),
    ),
    regions={FRANKFURT: REGION},
)


def test_nothing_is_missing_after_a_deployment() -> None:
    assert find_missing_resources(OUTPUTS, TOPOLOGY) == ()
    assert find_missing_resources({}, TOPOLOGY) == ()


def test_what_was_deleted_is_named() -> None:
    without = replace(REGION, load_balancers=(), functions=())

    missing = find_missing_resources(OUTPUTS, replace(TOPOLOGY, regions={FRANKFURT: without}))

    assert missing == (f"load balancer of {FRANKFURT}", f"function of {FRANKFURT}")


def test_an_accelerator_takes_its_groups_along() -> None:
    missing = find_missing_resources(OUTPUTS, replace(TOPOLOGY, accelerators=()))

    assert missing == ("accelerator", f"endpoint group of {FRANKFURT}")


def test_a_resource_of_the_same_name_elsewhere_is_another_one() -> None:
    missing = find_missing_resources(OUTPUTS, replace(TOPOLOGY, regions={"us-west-2": REGION}))

    assert len(missing) == 3


DNS_OUTPUTS = {
    "dns": {
        "zone_id": "Z1",
        "regions": {
            FRANKFURT: {
                "health_check_id": "check-1",
                "api_id": "api-1",
                "regional_domain": "d-1.execute-api.eu-central-1.amazonaws.com",
            }
        },
    }
}
DOMAIN = CustomDomain(
    name="api.muster.test",
    regional_name="d-1.execute-api.eu-central-1.amazonaws.com",
    certificate_arn="arn:certificate",
)
API = Api(id="api-1", name="muster", type="HTTP")
DNS_TOPOLOGY = Topology(
    route53=Route53Topology(
        zones=(HostedZone(id="Z1", name="muster.test."),),
        health_checks=(HealthCheck(id="check-1", version=1, type="HTTPS"),),
    ),
    regions={
        FRANKFURT: RegionTopology(api_gateway=ApiGatewayTopology(apis=(API,), domains=(DOMAIN,)))
    },
)


def test_nothing_of_the_dns_door_is_missing_after_a_deployment() -> None:
    assert find_missing_resources(DNS_OUTPUTS, DNS_TOPOLOGY) == ()
    assert find_missing_resources({"dns": None}, DNS_TOPOLOGY) == ()


def test_what_was_deleted_of_the_dns_door_is_named() -> None:
    missing = find_missing_resources(DNS_OUTPUTS, Topology())

    assert missing == (
        "hosted zone",
        f"health check of {FRANKFURT}",
        f"API of {FRANKFURT}",
        f"domain name of {FRANKFURT}",
    )
