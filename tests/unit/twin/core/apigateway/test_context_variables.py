"""Variables of a request in access logs and in gateway responses."""

from hypothesis import given
from hypothesis import strategies as st

from tests.apigateway_requests import IDS, routed_request
from tests.apigateway_topologies import ACCOUNT, HTTP_ID, domain, http_api, rest_api, route
from twin.core.apigateway.context_variables import (
    RequestOutcome,
    context_variables,
    format_access_log,
    format_template,
)

OUTCOME = RequestOutcome(
    status=500,
    response_bytes=35,
    request_bytes=7,
    latency_ms=12.6,
    integration_latency_ms=10.2,
    lambda_status=200,
    function_status=None,
    error_type="DEFAULT_5XX",
    error_message="Internal Server Error",
    error_detail="the answer is no JSON",
)
CLF = (
    '$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod '
    '$context.routeKey $context.protocol" $context.status $context.responseLength '
    "$context.requestId $context.extendedRequestId"
)


def test_a_line_has_the_common_log_format() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html"""
    request = routed_request(http_api(route("GET /a/{b}")), "/a/1")

    line = format_access_log(CLF, context_variables(request, OUTCOME, ACCOUNT))

    assert line == (
        '127.210.7.1 - - [04/Mar/2020:19:03:58 +0000] "GET GET /a/{b} HTTP/1.1" 500 35 '
        f"{IDS.extended_id} {IDS.extended_id}"
    )


def test_what_happened_at_the_integration_is_logged() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html"""
    request = routed_request(http_api(), "/b/a", domain=domain(("b", HTTP_ID, "$default")))

    found = context_variables(request, OUTCOME, ACCOUNT)

    expected = {
        "customDomain.basePathMatched": "b",
        "dataProcessed": "42",
        "error.messageString": '"Internal Server Error"',
        "error.responseType": "DEFAULT_5XX",
        "integrationErrorMessage": "the answer is no JSON",
        "integrationLatency": "10",
        "integration.integrationStatus": "200",
        "path": "/b/a",
        "responseLatency": "13",
        "stage": "$default",
    }
    assert expected.items() <= found.items()
    assert "integration.status" not in found


def test_a_variable_without_a_value_is_a_hyphen_in_a_log() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"""
    request = routed_request(rest_api(), "/prod/")
    variables = context_variables(request, RequestOutcome(status=200), ACCOUNT)

    line = format_access_log(
        "$context.error.message $context.authorizer.x $context.status.", variables
    )

    assert line == "- - 200."


def test_a_template_knows_stage_variables() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html"""
    text = format_template("$stageVariables.a $context.b $input.c", {"b": "2"}, {"a": "1"})

    assert text == "1 2 $input.c"


@given(st.text(max_size=30))
def test_any_format_makes_a_line(template: str) -> None:
    variables = context_variables(routed_request(http_api()), OUTCOME, ACCOUNT)

    line = format_access_log(template, variables)

    assert line == template or "$context." in template or "$stageVariables." in template


def test_a_client_s_path_makes_no_text_larger_than_aws_allows() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
    variables = {"path": "a" * 10_000}
    repeated = "$context.path" * 2_000

    assert len(format_access_log(repeated, variables)) == 1_040_000
    assert len(format_template(repeated, variables, {})) == 10_480_000
