"""How functions are invoked: permission, time-outs, failures."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.apigateway_topologies import (
    ACCOUNT,
    FUNCTION_ARN,
    HTTP_HOST,
    HTTP_ID,
    LIVE,
    REGION,
    REST_HOST,
    gateway,
    http_api,
    proxy,
    rest_api,
    route,
)
from tests.functional.twin.region.apigateway.running_gateway import PERMISSION, running_gateway
from twin.region.apigateway.integrations import IntegrationTimedOut, describe_failure, limit_time
from twin.region.lambdas.invocation import (
    CodeUnusable,
    FunctionNotFound,
    InvocationResult,
    Throttled,
    ThrottleReason,
)

BOTH = gateway(http_api(), rest_api())
RESULT = InvocationResult(payload=b"{}", version="1")


@pytest.mark.parametrize(
    ("source", "permitted"),
    [
        (f"{HTTP_ID}/*/*", True),
        (f"{HTTP_ID}/$default/$default", True),
        ("*", True),
        (f"{HTTP_ID}/test/*", False),
        ("other/*/*", False),
    ],
)
async def test_the_functions_policy_has_to_permit_the_api(
    tmp_path: Path, source: str, permitted: bool
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html"""
    async with running_gateway(tmp_path, BOTH) as api:
        arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{source}"
        granted = replace(PERMISSION, source_arn=arn)
        api.function.config = replace(api.function.config, permissions=(granted,))
        answer = await api.get(host=HTTP_HOST)

    assert answer.status == (200 if permitted else 500)
    assert permitted or answer.json == {"message": "Internal Server Error"}


async def test_a_permission_of_another_qualifier_does_not_count(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"""
    async with running_gateway(tmp_path, BOTH) as api:
        granted = (replace(PERMISSION, qualifier=""), replace(PERMISSION, principal="elb"))
        api.function.config = replace(api.function.config, permissions=granted)
        http = await api.get(host=HTTP_HOST)
        rest = await api.get("/prod/", host=REST_HOST)

    assert (http.status, rest.status) == (500, 500)
    assert rest.json == {"message": "Internal server error"}
    assert rest.header("x-amzn-ErrorType") == "InternalServerErrorException"


async def test_a_permission_counts_from_the_moment_that_it_is_there(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html"""
    async with running_gateway(tmp_path, BOTH) as api:
        granted = api.function.config
        api.function.config = replace(granted, permissions=())
        before = await api.get(host=HTTP_HOST)
        api.function.config = granted
        after = await api.get(host=HTTP_HOST)

    assert (before.status, after.status) == (500, 200)


@pytest.mark.parametrize("arn", [f"{FUNCTION_ARN}2:live", LIVE.replace(REGION, "us-west-2"), ""])
async def test_a_function_that_is_not_there_is_an_error(tmp_path: Path, arn: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html"""
    other = replace(proxy(), function_arn=arn)
    async with running_gateway(tmp_path, gateway(http_api(route("$default", other)))) as api:
        answer = await api.get(host=HTTP_HOST)

    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})


async def test_a_throttled_function_is_an_error_of_the_server(tmp_path: Path) -> None:
    """https://repost.aws/questions/QUfI6bsdd0SOiPeyimzxSkfQ"""
    async with running_gateway(tmp_path, BOTH) as api:
        api.function.error = Throttled(ThrottleReason.RESERVED)
        http = await api.get(host=HTTP_HOST)
        rest = await api.get("/prod/", host=REST_HOST)

    assert (http.status, http.json) == (503, {"message": "Service Unavailable"})
    assert (rest.status, rest.json) == (500, {"message": "Internal server error"})


async def test_a_function_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
    config = gateway(
        http_api(route("$default", proxy(timeout_ms=50))),
        rest_api(route("ANY /", proxy("1.0", timeout_ms=50))),
    )
    async with running_gateway(tmp_path, config) as api:
        api.function.holds = True
        http = await api.get(host=HTTP_HOST)
        rest = await api.get("/prod", host=REST_HOST)
        for result in api.function.running:
            result.set_result(RESULT)

    assert (http.status, http.json) == (503, {"message": "Service Unavailable"})
    assert http.header("apigw-requestid")
    assert (rest.status, rest.json) == (504, {"message": "Endpoint request timed out"})


async def test_a_limited_future_ends_as_the_invocation_does() -> None:
    loop = asyncio.get_running_loop()
    done, failed, cancelled, late = (loop.create_future() for _ in range(4))
    limited = [limit_time(future, 0.05) for future in (done, failed, cancelled, late)]
    done.set_result(RESULT)
    failed.set_exception(FunctionNotFound("gone"))
    cancelled.cancel()

    outcomes = await asyncio.gather(*limited, return_exceptions=True)
    late.set_exception(CodeUnusable("after the time-out"))

    assert [type(outcome) for outcome in outcomes] == [
        InvocationResult,
        FunctionNotFound,
        asyncio.CancelledError,
        IntegrationTimedOut,
    ]


def test_each_failure_has_its_error() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html"""
    failures = (FunctionNotFound("a"), IntegrationTimedOut("b"), CodeUnusable("c"))

    names = [describe_failure(failure, LIVE).kind.name for failure in failures]

    assert names == ["NOT_PERMITTED", "TIMED_OUT", "BAD_ANSWER"]
