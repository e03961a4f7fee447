"""One Region's HTTP API."""

import json

from tests.infra.graph import ACCOUNT, BOTH_DOORS, TWO_REGIONS, build_graph

REGION = "us-west-2"


def test_every_request_goes_to_the_alias() -> None:
    graph = build_graph("prod", **BOTH_DOORS)

    assert graph.one("apigatewayv2/api:Api", REGION).inputs["protocolType"] == "HTTP"
    assert graph.one("apigatewayv2/route:Route", REGION).inputs["routeKey"] == "$default"
    integration = graph.one("apigatewayv2/integration:Integration", REGION)
    assert integration.inputs["integrationType"] == "AWS_PROXY"
    assert integration.inputs["payloadFormatVersion"] == "2.0"
    assert integration.inputs["integrationUri"].endswith("alias/live")
    assert {"Alias", "Permission"} <= graph.dependencies(integration)


def test_only_this_api_may_invoke_the_alias() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html"""
    graph = build_graph("prod", **BOTH_DOORS)

    (permission,) = (
        node
        for node in graph.of(":Permission", REGION)
        if node.inputs["principal"] == "apigateway.amazonaws.com"
    )
    assert permission.inputs["qualifier"] == "live"
    assert permission.inputs["sourceArn"] == (
        f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{REGION}-api-id/*/$default"
    )
    assert permission.replaced_in_place


def test_the_stage_has_throttle_and_access_log() -> None:
    graph = build_graph("prod", **BOTH_DOORS, api_rate_limit=100, api_burst_limit=50)

    stage = graph.one("apigatewayv2/stage:Stage", REGION)
    assert (stage.inputs["name"], stage.inputs["autoDeploy"]) == ("$default", True)
    assert stage.inputs["defaultRouteSettings"] == {
        "throttlingRateLimit": 100,
        "throttlingBurstLimit": 50,
    }
    log = stage.inputs["accessLogSettings"]
    assert "/aws/apigateway/muster-prod" in log["destinationArn"]
    assert json.loads(log["format"])["status"] == "$context.status"
    assert {"Route", "LogGroup"} <= graph.dependencies(stage)


def test_pages_of_the_configured_origins_may_read_answers() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    everybody = build_graph("prod", **BOTH_DOORS).one("apigatewayv2/api:Api", REGION)
    one = build_graph("prod", **BOTH_DOORS, cors_origins=["https://www.example.com"])
    nobody = build_graph("prod", **BOTH_DOORS, cors_origins=[])

    assert everybody.inputs["corsConfiguration"]["allowOrigins"] == ["*"]
    assert "x-served-region" in everybody.inputs["corsConfiguration"]["exposeHeaders"]
    (origin,) = one.one("apigatewayv2/api:Api", REGION).inputs["corsConfiguration"]["allowOrigins"]
    assert origin == "https://www.example.com"
    assert "corsConfiguration" not in nobody.one("apigatewayv2/api:Api", REGION).inputs


def test_two_names_and_no_other_lead_to_the_api() -> None:
    graph = build_graph("prod", **BOTH_DOORS)

    for region in TWO_REGIONS:
        domains = graph.of("apigatewayv2/domainName:DomainName", region)
        names = {node.inputs["domainName"] for node in domains}
        assert names == {"api.example.com", f"{region}.api.example.com"}
        for node in domains:
            assert node.inputs["domainNameConfiguration"]["securityPolicy"] == "TLS_1_2"
            assert node.inputs["domainNameConfiguration"]["endpointType"] == "REGIONAL"
        assert len(graph.of("apigatewayv2/apiMapping:ApiMapping", region)) == 2
        assert graph.one("apigatewayv2/api:Api", region).inputs["disableExecuteApiEndpoint"]
