"""API Gateway's part of the Topology."""

from tests.unit.twin.control.apigateway.calls import FUNCTION, Gateway
from twin.control.apigateway.publication import add_api_gateways
from twin.topology.apigateway import Throttle
from twin.topology.model import LambdaFunction, RegionTopology, Topology
from twin.topology.validation import check_topology


def test_a_region_with_an_api_has_a_gateway_beside_the_rest(gateway: Gateway) -> None:
    api = gateway.api(Target=FUNCTION)
    region = RegionTopology(functions=(LambdaFunction(arn=FUNCTION, name="kv"),))
    before = Topology(regions={"eu-central-1": region, "us-west-2": RegionTopology()})

    after = add_api_gateways(before, gateway.state, address=lambda name: name[:2], port=8443)

    check_topology(after)
    assert after.regions["us-west-2"] == RegionTopology()
    assert after.regions["eu-central-1"].functions == region.functions
    found = after.regions["eu-central-1"].api_gateway
    assert (found.address, found.port) == ("eu", 8443)
    assert [one.id for one in found.apis] == [api]


def test_settings_of_methods_hold_before_those_of_all(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html"""
    api, _ = gateway.deployed_rest_api()
    where = {"restApiId": api, "stageName": "live"}

    gateway.patch("UpdateStage", "/*/*/throttling/rateLimit", "5.5", **where)
    gateway.patch("UpdateStage", "/*/*/metrics/enabled", "true", **where)
    stage = gateway.published_stage(api, "live")
    assert stage.throttle == Throttle(rate_per_s=5.5, burst=5000)
    assert stage.routes[0].throttle == Throttle()
    assert stage.routes[0].detailed_metrics

    gateway.patch("UpdateStage", "/~1/GET/throttling/burstLimit", "-1", **where)
    stage = gateway.published_stage(api, "live")
    assert stage.routes[0].throttle == Throttle(rate_per_s=10000.0)
    assert not stage.routes[0].detailed_metrics


def test_a_region_that_has_nothing_else_is_there(gateway: Gateway) -> None:
    gateway.domain()

    after = add_api_gateways(Topology(), gateway.state, address=str, port=443)

    assert list(after.regions) == ["eu-central-1"]
    assert [one.name for one in after.regions["eu-central-1"].api_gateway.domains] == [
        "api.muster.test"
    ]
