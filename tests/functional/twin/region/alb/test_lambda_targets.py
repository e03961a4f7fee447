"""Functions that a load balancer can't invoke, or whose response it can't use."""

import json
from dataclasses import replace

import pytest

from tests.functional.twin.region.region_process import (
    CONSTANT,
    FUNCTION_ARN,
    RegionDeployment,
    RegionProcess,
)


@pytest.mark.parametrize(
    "returned",
    [
        "no object",
        {"statusCode": 200, "body": None},
        {"statusCode": 200, "headers": {}, "isBase64Encoded": False, "body": "x" * 1_048_576},
    ],
)
async def test_a_malformed_lambda_response_is_a_502(
    region: RegionProcess, returned: object
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues"""
    source = (
        "import json\ndef handler(event, context):\n"
        f"    return json.loads({json.dumps(returned)!r})"
    )
    await region.deploy(RegionDeployment(code=region.zip(source)))

    assert (await region.get())[0] == 502


async def test_a_function_without_permission_is_a_502(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html"""
    deployed = RegionDeployment(code=region.zip(CONSTANT), permitted=False)
    await region.deploy(deployed)
    before = (await region.get())[0]

    await region.deploy(replace(deployed, permitted=True))

    assert (before, (await region.get())[0]) == (502, 200)


@pytest.mark.parametrize("target", [f"{FUNCTION_ARN}2:live", f"{FUNCTION_ARN}:absent"])
async def test_an_unknown_function_is_a_502(region: RegionProcess, target: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT), targets=(target,)))

    assert (await region.get())[0] == 502
