"""Lambda's Invoke over HTTP."""

import base64
import io
import re

from tests.functional.twin.region.lambdas.invocations import invoke
from tests.functional.twin.region.region_process import (
    CONSTANT,
    FUNCTION_ARN,
    REGION,
    RegionDeployment,
    RegionProcess,
)
from tests.waiting import eventually
from twin.runtime.instance import internal_url

TRACE = "1-5c4f3c2d-0123456789abcdef01234567"


async def test_invoke_answers_as_lambda_does(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    source = "def handler(event, context):\n    print('hello')\n    return {'got': event}"
    await region.deploy(RegionDeployment(code=region.zip(source)))

    response = await invoke(
        region,
        payload={"a": 1},
        query="?Qualifier=live",
        X_Amz_Log_Type="Tail",
        X_Amzn_Trace_Id=f"Root={TRACE};Sampled=1",
    )

    assert (response.status, await response.json()) == (200, {"got": {"a": 1}})
    assert response.headers["X-Amz-Executed-Version"] == "1"
    assert "X-Amz-Function-Error" not in response.headers
    assert response.headers["X-Amzn-Trace-Id"] == f"Root={TRACE};Sampled=0"
    request_id = response.headers["X-Amzn-RequestId"]
    log = base64.b64decode(response.headers["X-Amz-Log-Result"]).decode()
    assert re.fullmatch(
        rf"START RequestId: {request_id} Version: 1\nhello\nEND RequestId: {request_id}\n"
        rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms"
        r"\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\n",
        log,
    )
    assert log in region.log()


async def test_invoke_supports_dry_run_and_event(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    source = "def handler(event, context):\n    print('seen', event)"
    await region.deploy(RegionDeployment(code=region.zip(source)))

    dry = await invoke(region, "app:live", X_Amz_Invocation_Type="DryRun")
    later = await invoke(region, "app:live", payload={"n": 5}, X_Amz_Invocation_Type="Event")

    assert (dry.status, later.status) == (204, 202)
    eventually(lambda: "seen {'n': 5}" in region.log())


async def test_invoke_rejects_bad_calls_with_lambdas_errors(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT)))
    address = internal_url(
        region.instance.region_address(REGION), "/2015-03-31/functions/app:live/invocations"
    )

    async with region.http.post(address, data=b"no json") as bad:
        bad_content = (bad.status, bad.headers["X-Amzn-ErrorType"])
    async with region.http.post(address, data=io.BytesIO(b" " * 6_291_457)) as big:
        too_large = (big.status, big.headers["X-Amzn-ErrorType"])
    unknown = await invoke(region, "other")
    no_alias = await invoke(region, "app:absent")
    elsewhere = await invoke(region, FUNCTION_ARN.replace(REGION, "us-west-2"))

    no_name = await invoke(region, "no%20name")
    no_kind = await invoke(region, "app:live", X_Amz_Invocation_Type="Later")

    for invalid in (no_name, no_kind):
        assert (invalid.status, invalid.headers["X-Amzn-ErrorType"]) == (400, "ValidationException")
    assert bad_content == (400, "InvalidRequestContentException")
    assert too_large == (413, "RequestTooLargeException")
    for response in (unknown, no_alias):
        assert (response.status, response.headers["X-Amzn-ErrorType"]) == (
            404,
            "ResourceNotFoundException",
        )
    assert (elsewhere.status, (await elsewhere.json())["message"]) == (
        404,
        f"Functions from 'us-west-2' are not reachable in this region ('{REGION}')",
    )


async def test_a_response_of_more_than_six_megabytes_is_an_error(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    await region.deploy(
        RegionDeployment(
            code=region.zip("def handler(event, context):\n    return 'x' * event['n']")
        )
    )

    largest = await invoke(region, "app:live", payload={"n": 6_291_554})
    too_large = await invoke(region, "app:live", payload={"n": 6_291_555})

    assert len(await largest.read()) == 6_291_556
    assert too_large.headers["X-Amz-Function-Error"] == "Unhandled"
    assert (await too_large.json())["errorType"] == "Function.ResponseSizeTooLarge"


async def test_an_event_that_is_no_json_is_refused_and_costs_nothing(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
    source = "def handler(event, context):\n    return len(str(event))"
    await region.deploy(RegionDeployment(code=region.zip(source)))
    address = internal_url(
        region.instance.region_address(REGION), "/2015-03-31/functions/app:live/invocations"
    )
    deep = b"[" * 100_000 + b"]" * 100_000
    refused = {}
    for event in (b"NaN", b"-Infinity", "{}".encode("utf-16"), deep):
        async with region.http.post(address, data=io.BytesIO(event)) as response:
            refused[event] = (response.status, response.headers.get("X-Amzn-ErrorType"))

    long_number = await region.http.post(address, data=b"9" * 4000)
    deep_context = base64.b64encode(b"[" * 1500 + b"]" * 1500).decode()
    no_context = await invoke(region, "app:live", X_Amz_Client_Context=deep_context)

    assert set(refused.values()) == {(400, "InvalidRequestContentException")}
    assert await long_number.json() == 4000
    assert no_context.headers["X-Amzn-ErrorType"] == "InvalidRequestContentException"
