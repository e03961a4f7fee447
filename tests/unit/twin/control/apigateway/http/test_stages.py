"""Stages of HTTP APIs."""

from typing import Any

import pytest

from tests.unit.twin.control.apigateway.calls import FUNCTION, LOG_GROUP, Gateway
from twin.topology.apigateway import Throttle

FORMAT = "$context.requestId $context.status"


def test_settings_of_a_stage_hold_where_a_route_has_none(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html"""
    api = gateway.api()
    gateway.route(api, "GET /a")
    gateway.route(api, "GET /b")

    gateway.stage(
        api,
        DefaultRouteSettings={"ThrottlingRateLimit": 100.0, "DetailedMetricsEnabled": True},
        RouteSettings={"GET /a": {"ThrottlingRateLimit": 1.5, "ThrottlingBurstLimit": 2}},
    )

    stage = gateway.published_stage(api)
    assert stage.throttle == Throttle(rate_per_s=100.0)
    assert [route.throttle for route in stage.routes] == [
        Throttle(rate_per_s=1.5, burst=2),
        Throttle(),
    ]
    assert all(route.detailed_metrics for route in stage.routes)
    gateway.http("DeleteRouteSettings", ApiId=api, StageName="$default", RouteKey="GET /a")
    assert gateway.published_stage(api).routes[0].throttle == Throttle()


def test_settings_of_an_unknown_route_are_refused(gateway: Gateway) -> None:
    api = gateway.api(Target=FUNCTION)

    refused = gateway.refused(
        "UpdateStage", ApiId=api, StageName="$default", RouteSettings={"GET /x": {}}
    )

    assert (refused.code, refused.status) == ("NotFoundException", 404)
    assert refused.message == (
        "Unable to find Route by key GET /x within the provided RouteSettings"
    )


def test_an_access_log_goes_to_a_log_group_of_the_region(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html"""
    api = gateway.api(Target=FUNCTION)
    settings = {"DestinationArn": f"{LOG_GROUP}:*", "Format": FORMAT}

    made = gateway.http("UpdateStage", ApiId=api, StageName="$default", AccessLogSettings=settings)

    assert made["AccessLogSettings"] == {"DestinationArn": LOG_GROUP, "Format": FORMAT}
    stage = gateway.published_stage(api)
    assert (stage.access_log_group, stage.access_log_format) == ("/aws/api", FORMAT)
    gateway.http("UpdateStage", ApiId=api, StageName="$default", AccessLogSettings={})
    assert gateway.published_stage(api).access_log_group == ""
    gateway.http("UpdateStage", ApiId=api, StageName="$default", AccessLogSettings=settings)
    gateway.http("DeleteAccessLogSettings", ApiId=api, StageName="$default")
    assert gateway.published_stage(api).access_log_group == ""


def test_functions_are_named_by_stage_variables(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html"""
    api = gateway.api()
    uri = FUNCTION.replace(":live", ":${stageVariables.alias}")
    gateway.route(api, integration=gateway.integration(api, IntegrationUri=uri))

    gateway.stage(api, "a", StageVariables={"alias": "live"})
    gateway.stage(api, "b", StageVariables={"alias": "next"})

    served = [gateway.published_stage(api, name).routes[0].integration for name in ("a", "b")]
    assert [one.function_arn.rpartition(":")[2] for one in served] == ["live", "next"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"StageName": "a b"}, "BadRequestException"),
        ({"StageName": "$other"}, "BadRequestException"),
        ({"StageName": "there"}, "ConflictException"),
        ({"DeploymentId": "unknown"}, "NotFoundException"),
        ({"DeploymentId": "x", "AutoDeploy": True}, "BadRequestException"),
        ({"ClientCertificateId": "x"}, "NotImplemented"),
        ({"StageVariables": {"a-b": "c"}}, "BadRequestException"),
        ({"DefaultRouteSettings": {"LoggingLevel": "INFO"}}, "BadRequestException"),
        ({"DefaultRouteSettings": {"ThrottlingRateLimit": 10001.0}}, "BadRequestException"),
        ({"DefaultRouteSettings": {"ThrottlingBurstLimit": -1}}, "BadRequestException"),
        ({"AccessLogSettings": {"DestinationArn": LOG_GROUP}}, "BadRequestException"),
    ],
)
def test_what_is_wrong_or_not_served_is_refused(
    gateway: Gateway, given: dict[str, Any], code: str
) -> None:
    api = gateway.api()
    gateway.stage(api, "there")

    assert gateway.refused("CreateStage", ApiId=api, **{"StageName": "new", **given}).code == code


def test_a_stage_that_a_domain_leads_to_is_not_deleted(gateway: Gateway) -> None:
    api = gateway.api(Target=FUNCTION)
    gateway.domain()
    gateway.http("CreateApiMapping", DomainName="api.muster.test", ApiId=api, Stage="$default")

    refused = gateway.refused("DeleteStage", ApiId=api, StageName="$default")

    assert refused.message == (
        "Deleting stage $default failed. Please remove all base path mappings related to the stage "
        "in your domains: api.muster.test"
    )
    (mapping,) = gateway.http("GetApiMappings", DomainName="api.muster.test")["Items"]
    gateway.http(
        "DeleteApiMapping", DomainName="api.muster.test", ApiMappingId=mapping["ApiMappingId"]
    )
    gateway.http("DeleteStage", ApiId=api, StageName="$default")
    assert gateway.http("GetStages", ApiId=api)["Items"] == []
    assert gateway.http("GetDeployments", ApiId=api)["Items"] == []


def test_an_update_keeps_the_rest(gateway: Gateway) -> None:
    api = gateway.api(Target=FUNCTION)
    before = gateway.http("GetStage", ApiId=api, StageName="$default")
    gateway.now += 60

    after = gateway.http("UpdateStage", ApiId=api, StageName="$default", Description="d")

    changed = {"Description": "d", "LastUpdatedDate": before["LastUpdatedDate"] + 60}
    assert after == {**before, **changed}
