"""Functions of the tests, their calls, and their execution environments."""

import json
from pathlib import Path

import aiohttp

from tests.functional.twin.region.region_process import REGION, RegionProcess
from tests.waiting import async_eventually
from twin.internal_api.schemas import FunctionStatus
from twin.runtime.instance import internal_url

RESPONSE = '{"statusCode": 200, "isBase64Encoded": False, "headers": {}, "body": %s}'
SLOW = f"""
import time
def handler(event, context):
    time.sleep(float(event["queryStringParameters"].get("s", "0")))
    return {RESPONSE % '"done"'}
"""
RETURN_PID = f"""
import os
def handler(event, context):
    return {RESPONSE % "str(os.getpid())"}
"""


def function_returning(text: str) -> str:
    return f"def handler(event, context):\n    return {RESPONSE % repr(text)}\n"


async def function_status(region: RegionProcess) -> FunctionStatus:
    (status,) = (await region.status()).functions
    return status


async def await_environments(
    region: RegionProcess, count: int, within_s: float = 10.0
) -> FunctionStatus:
    async def reached() -> FunctionStatus | None:
        status = await function_status(region)
        assert status.workers == count, status
        return status

    found = await async_eventually(reached, within_s=within_s)
    assert found is not None
    return found


async def invoke(
    region: RegionProcess,
    name: str = "app",
    payload: object = None,
    query: str = "",
    **headers: str,
) -> aiohttp.ClientResponse:
    address = internal_url(
        region.instance.region_address(REGION), f"/2015-03-31/functions/{name}/invocations{query}"
    )
    sent_headers = {header.replace("_", "-"): value for header, value in headers.items()}
    response = await region.http.post(address, data=json.dumps(payload or {}), headers=sent_headers)
    await response.read()
    return response


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]
